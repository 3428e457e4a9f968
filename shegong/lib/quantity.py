"""Figures with their qualifier, as reports print them: 38,257余万元, 3成多, 近200人, 逾3400名, 约3700人, 百余场.

A figure is never more certain than what was written. 超过, 多, 余, 以上 → ≥; 逾, 高于 → >; 近, 不足 → <; 不超过, 以下 →
≤; 约, 左右 → ≈. Units are never mixed, and figures of one unit are added only when the caller states that they count
different things (persons and households overlap). When, where and by whom a figure was counted belongs to the record
that holds it, not here.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import ClassVar

from shegong.lib.errors import N_, Invalid


class Qualifier(StrEnum):
    EXACT = ""
    AT_LEAST = "≥"
    MORE = ">"
    AT_MOST = "≤"
    LESS = "<"
    ABOUT = "≈"


class Order(StrEnum):
    """How two figures compare; unknown when their bounds allow several answers."""

    LESS = "less"
    EQUAL = "equal"
    GREATER = "greater"
    UNKNOWN = "unknown"


class InvalidQuantity(Invalid):
    """A text which is no figure, or figures which may not be combined."""

    MESSAGES: ClassVar[Mapping[str, str]] = {
        "empty": N_("The figure is empty."),
        "format": N_("“%(found)s” is not a figure. Write a number, with 约, 近, 超过 or 余 if it is not exact."),
        "vague": N_("“%(found)s” gives no number to hold on to. Write the number."),
        "unit": N_("The figures have different units, %(left)s and %(right)s; they cannot be combined."),
        "overlap": N_(
            "These figures may count the same things twice; they are added only when they are known to be different."
        ),
        "unbounded": N_("Neither a lower nor an upper bound is left, so there is no result to show."),
        "not_attributable": N_(
            "The upper figure does not come from the lower one alone, so their ratio means nothing."
        ),
        "zero": N_("A share of nothing cannot be formed."),
    }


@dataclass(frozen=True, slots=True)
class Figure:
    """value in unit, with its qualifier.

    upper   for ≥ and >: what the value stays below, when the writing tells (38257余万 → below 38258万, 3成多 → below 40 %)
    within  for ≈: half-width of the range meant, when known
    """

    value: Decimal
    unit: str = ""
    qualifier: Qualifier = Qualifier.EXACT
    upper: Decimal | None = None
    within: Decimal | None = None

    @property
    def low(self) -> Decimal | None:
        """Greatest known lower bound."""
        if self.qualifier in {Qualifier.EXACT, Qualifier.AT_LEAST, Qualifier.MORE}:
            return self.value
        return self.value - self.within if self.within is not None else None

    @property
    def high(self) -> Decimal | None:
        """Least known upper bound."""
        if self.qualifier in {Qualifier.EXACT, Qualifier.AT_MOST, Qualifier.LESS}:
            return self.value
        return self.value + self.within if self.within is not None else self.upper

    @property
    def open_low(self) -> bool:
        """Whether the lower bound itself is excluded."""
        return self.qualifier is Qualifier.MORE

    @property
    def open_high(self) -> bool:
        """Whether the upper bound itself is excluded."""
        return self.qualifier is Qualifier.LESS or (self.upper is not None and self.qualifier is not Qualifier.ABOUT)

    def __str__(self) -> str:
        return f"{self.qualifier.value}{_shown(self.value)}{self.unit}"


PP = "个百分点"


def exact(value: Decimal | int, unit: str = "") -> Figure:
    return Figure(Decimal(value), unit)


# --- arithmetic -----------------------------------------------------------------------------------------------------------------


def add(left: Figure, right: Figure, *, disjoint: bool) -> Figure:
    """Sum of two figures of one unit. disjoint: the caller knows that nothing is counted in both; without it there is no sum."""
    _one_unit(left, right)
    if not disjoint:
        raise InvalidQuantity("overlap")
    return _combine(left, right)


def total(figures: Sequence[Figure], *, disjoint: bool) -> Figure:
    """Sum of at least one figure, under the rules of `add`."""
    if not figures:
        raise InvalidQuantity("empty")
    result = figures[0]
    for figure in figures[1:]:
        result = add(result, figure, disjoint=disjoint)
    return result


def subtract(left: Figure, right: Figure) -> Figure:
    """Difference of two figures of one unit; two percentages differ by percentage points (个百分点), not by per cent."""
    _one_unit(left, right)
    result = _combine(left, scale(right, -1))
    return replace(result, unit=PP) if left.unit == "%" else result


def scale(figure: Figure, factor: Decimal | int, unit: str | None = None) -> Figure:
    """The figure times an exact factor; a negative one turns ≥ into ≤. unit: the unit of the result when it changes."""
    factor = Decimal(factor)
    named = figure.unit if unit is None else unit
    if factor == 0:
        return Figure(Decimal(0), named)
    within = None if figure.within is None else figure.within * abs(factor)
    if factor > 0:
        upper = None if figure.upper is None else figure.upper * factor
        return Figure(figure.value * factor, named, figure.qualifier, upper, within)
    return Figure(figure.value * factor, named, _TURNED[figure.qualifier], None, within)


def divide(figure: Figure, by: Figure, unit: str, *, attributable: bool) -> Figure:
    """The figure for each one of another: cases per year, yuan per case.

    attributable: the caller knows that the upper figure arises from the lower one alone (members are not "per new
    union" when they also joined old ones). An exact divisor keeps the bounds; two bounded figures give ≈, for the
    quotient is bounded on no side.
    """
    if not attributable:
        raise InvalidQuantity("not_attributable")
    if by.value <= 0:
        raise InvalidQuantity("zero")
    if by.qualifier is Qualifier.EXACT:
        return scale(figure, 1 / by.value, unit)
    if figure.qualifier is Qualifier.EXACT and figure.value >= 0:
        return Figure(figure.value / by.value, unit, _TURNED[by.qualifier])
    return Figure(figure.value / by.value, unit, Qualifier.ABOUT)


def share(part: Figure, whole: Figure) -> Figure:
    """part of whole in %, unrounded. One unit; the parts of a whole are attributable to it."""
    _one_unit(part, whole)
    return scale(divide(part, whole, "%", attributable=True), 100)


def of(percentage: Figure, whole: Figure) -> Figure:
    """So many per cent of a figure, in the figure's unit: 44.8 % of >2,000 → ≥896 stays bounded as the whole is."""
    if percentage.unit != "%":
        raise InvalidQuantity("unit", left=percentage.unit or "-", right="%")
    if percentage.qualifier is not Qualifier.EXACT and whole.qualifier is not Qualifier.EXACT:
        return Figure(
            percentage.value * whole.value / 100,
            whole.unit,
            _both(percentage.qualifier, whole.qualifier),
        )
    if percentage.qualifier is Qualifier.EXACT:
        return scale(whole, percentage.value / 100)
    return scale(percentage, whole.value / 100, whole.unit)


def rounded(figure: Figure, decimals: int = 0) -> Figure:
    """Rounded for display so that the statement stays true: lower bounds down, upper bounds up, the rest half up."""
    step = Decimal(1).scaleb(-decimals)
    mode = ROUND_HALF_UP
    if figure.qualifier in {Qualifier.AT_LEAST, Qualifier.MORE}:
        mode = ROUND_FLOOR
    elif figure.qualifier in {Qualifier.AT_MOST, Qualifier.LESS}:
        mode = ROUND_CEILING
    upper = None if figure.upper is None else figure.upper.quantize(step, ROUND_CEILING)
    return replace(figure, value=figure.value.quantize(step, mode), upper=upper)


def compare(left: Figure, right: Figure) -> Order:
    """Order of two figures of one unit as far as their bounds decide it. ≈ without a stated range decides nothing."""
    _one_unit(left, right)
    if left.qualifier is right.qualifier is Qualifier.EXACT and left.value == right.value:
        return Order.EQUAL
    if _below(left, right):
        return Order.LESS
    return Order.GREATER if _below(right, left) else Order.UNKNOWN


def _below(left: Figure, right: Figure) -> bool:
    if left.high is None or right.low is None:
        return False
    return left.high < right.low or (left.high == right.low and (left.open_high or right.open_low))


def _one_unit(left: Figure, right: Figure) -> None:
    if left.unit != right.unit:
        raise InvalidQuantity("unit", left=left.unit or "-", right=right.unit or "-")


_TURNED = {
    Qualifier.EXACT: Qualifier.EXACT,
    Qualifier.ABOUT: Qualifier.ABOUT,
    Qualifier.AT_LEAST: Qualifier.AT_MOST,
    Qualifier.AT_MOST: Qualifier.AT_LEAST,
    Qualifier.MORE: Qualifier.LESS,
    Qualifier.LESS: Qualifier.MORE,
}


def _combine(left: Figure, right: Figure) -> Figure:
    value = left.value + right.value
    qualifier = _both(left.qualifier, right.qualifier)
    upper = None
    if qualifier in {Qualifier.AT_LEAST, Qualifier.MORE} and left.high is not None and right.high is not None:
        upper = left.high + right.high
    within = None
    if qualifier is Qualifier.ABOUT and all(
        figure.low is not None and figure.high is not None for figure in (left, right)
    ):
        within = (left.within or Decimal(0)) + (right.within or Decimal(0))
    return Figure(value, left.unit, qualifier, upper, within)


def _both(left: Qualifier, right: Qualifier) -> Qualifier:
    """Qualifier of a sum: ≈ wins, a strict bound makes the sum strict, bounds of opposite sides leave nothing."""
    kinds = {left, right} - {Qualifier.EXACT}
    if not kinds:
        return Qualifier.EXACT
    if Qualifier.ABOUT in kinds:
        return Qualifier.ABOUT
    if kinds <= {Qualifier.AT_LEAST, Qualifier.MORE}:
        return Qualifier.MORE if Qualifier.MORE in kinds else Qualifier.AT_LEAST
    if kinds <= {Qualifier.AT_MOST, Qualifier.LESS}:
        return Qualifier.LESS if Qualifier.LESS in kinds else Qualifier.AT_MOST
    raise InvalidQuantity("unbounded")


# --- reading --------------------------------------------------------------------------------------------------------------------

_BEFORE = {
    "不少于": Qualifier.AT_LEAST, "不低于": Qualifier.AT_LEAST, "至少": Qualifier.AT_LEAST, "超过": Qualifier.AT_LEAST,
    "超": Qualifier.AT_LEAST, "上": Qualifier.AT_LEAST, "≥": Qualifier.AT_LEAST, ">=": Qualifier.AT_LEAST,
    "逾": Qualifier.MORE, "高于": Qualifier.MORE, "多于": Qualifier.MORE, "大于": Qualifier.MORE, ">": Qualifier.MORE,
    "不超过": Qualifier.AT_MOST, "不多于": Qualifier.AT_MOST, "不高于": Qualifier.AT_MOST, "至多": Qualifier.AT_MOST,
    "最多": Qualifier.AT_MOST, "≤": Qualifier.AT_MOST, "<=": Qualifier.AT_MOST,
    "将近": Qualifier.LESS, "接近": Qualifier.LESS, "近": Qualifier.LESS, "不足": Qualifier.LESS, "不到": Qualifier.LESS,
    "少于": Qualifier.LESS, "低于": Qualifier.LESS, "<": Qualifier.LESS,
    "大约": Qualifier.ABOUT, "约": Qualifier.ABOUT, "≈": Qualifier.ABOUT, "~": Qualifier.ABOUT, "共": Qualifier.EXACT,
}  # fmt: skip
_AFTER = {
    "以上": Qualifier.AT_LEAST, "以下": Qualifier.AT_MOST, "左右": Qualifier.ABOUT, "上下": Qualifier.ABOUT,
}  # fmt: skip
_SCALES = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1_000,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "万亿": 10**12,
}
_HAN_DIGITS = {
    "〇": 0,
    "零": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_UNIT_ALIASES = {
    "名": "人",
    "位": "人",
    "圆": "元",
    "块": "元",
    "百分点": PP,
    "宗": "件",
    "起": "件",
}

_VAGUE = re.compile(r"数[十百千万亿]|几[十百千万亿]?|若干|众多|成[百千]上[千万]|许多|多数|部分")
_BEFORE_PATTERN = "|".join(re.escape(word) for word in sorted(_BEFORE, key=len, reverse=True))
_SHAPE = re.compile(
    rf"(?P<before>{_BEFORE_PATTERN})?(?P<percent>百分之)?"
    r"(?P<number>[-+]?[\d,]+(?:\.\d+)?|[〇零一二两三四五六七八九十百千万亿点]+)"
    r"(?P<more>[多余])?(?P<scale>万亿|千万|百万|十万|[百千万亿](?!分))?(?P<tenths>成)?(?P<more_after>[多余])?"
    r"(?P<half>半)?(?P<after>以上|以下|左右|上下)?"
    r"(?P<unit>%|个百分点|百分点|[^\d\s%多余以左上,.]{1,6})?(?P<after_unit>以上|以下|左右|上下|多)?"
)


def parse(text: str) -> Figure:
    """Read a figure with its qualifier and unit. Raises InvalidQuantity.

    38,257余万元 → ≥382,570,000元 (below 382,580,000) · 3成多 → >30% (below 40) · 百余场 → ≥100场
    · 近200人 → <200人 · 过半 → >50%.
    """
    shown = unicodedata.normalize("NFKC", text or "").strip()
    written = re.sub(r"\s+", "", shown)
    if not written:
        raise InvalidQuantity("empty")
    if written in {"过半", "超半数", "过半数"}:
        return Figure(Decimal(50), "%", Qualifier.MORE)
    if _VAGUE.match(re.sub(rf"^(?:{_BEFORE_PATTERN})", "", written)):
        raise InvalidQuantity("vague", found=shown[:20])
    found = _SHAPE.fullmatch(written)
    if not found or found["half"]:
        raise InvalidQuantity("format", found=shown[:20])
    return _figure(found, shown)


def _figure(found: re.Match[str], shown: str) -> Figure:
    number = _number(found["number"], shown)
    step = Decimal(_SCALES[found["scale"] or ""])
    unit = _UNIT_ALIASES.get(found["unit"] or "", found["unit"] or "")
    if found["percent"] or found["tenths"]:
        if unit not in {"", "%"}:
            raise InvalidQuantity("format", found=shown[:20])
        unit, step = "%", step * (10 if found["tenths"] else 1)
    value = number * step
    if found["tenths"] and found["more_after"]:
        return Figure(value, unit, Qualifier.MORE, upper=value + step)
    more = found["more"] or found["more_after"] or (found["after_unit"] == "多")
    qualifier = _qualifier(found, bool(more), shown)
    upper = value + step if found["more"] and found["scale"] and found["number"][-1].isdigit() else None
    return Figure(value, unit, qualifier, upper if qualifier is Qualifier.AT_LEAST else None)


def _qualifier(found: re.Match[str], more: bool, shown: str) -> Qualifier:
    """One qualifier; two are accepted only when they say the same side (超过100多人)."""
    after = found["after"] or (found["after_unit"] if found["after_unit"] in _AFTER else None)
    said = [_BEFORE[found["before"]]] if found["before"] else []
    said += [Qualifier.AT_LEAST] if more else []
    said += [_AFTER[after]] if after else []
    try:
        result = Qualifier.EXACT
        for qualifier in said:
            result = _both(result, qualifier)
        return result
    except InvalidQuantity:
        raise InvalidQuantity("format", found=shown[:20]) from None


def _number(written: str, shown: str) -> Decimal:
    if written[-1].isdigit() and written.isascii():
        if "," in written and not re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", written):
            raise InvalidQuantity("format", found=shown[:20])
        return Decimal(written.replace(",", ""))
    whole, _, fraction = written.partition("点")
    if "点" in written and not re.fullmatch(r"[〇零一二三四五六七八九]+", fraction):
        raise InvalidQuantity("format", found=shown[:20])
    digits = "".join(str(_HAN_DIGITS[character]) for character in fraction)
    return Decimal(f"{_han_integer(whole, shown)}.{digits or 0}")


def _han_integer(written: str, shown: str) -> int:
    """三百二十四 → 324, 十二万 → 120000, 一亿二千万; a leading scale counts once (百 → 100); 二〇二三 → 2023."""
    if all(character in _HAN_DIGITS for character in written) and written:
        return int("".join(str(_HAN_DIGITS[character]) for character in written))
    result = section = 0
    digit: int | None = None
    for character in written:
        if character in _HAN_DIGITS:
            digit = _HAN_DIGITS[character]
        elif character in "万亿":
            section = (section + (digit or 0)) or (0 if result else 1)
            result = (
                (result + section) * _SCALES[character] if character == "亿" else result + section * _SCALES[character]
            )
            section, digit = 0, None
        elif character in _SCALES:
            section += (1 if digit is None else digit) * _SCALES[character]
            digit = None
        else:
            raise InvalidQuantity("format", found=shown[:20])
    return result + section + (digit or 0)


def _shown(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
