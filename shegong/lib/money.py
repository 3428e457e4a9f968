"""Money: whole fen in an integer, never a float.

Read from text as people write it (1,234.56 · ￥1,234.56元 · 38257万元 · 3.5万 · full-width); write as 元, as 万元, and in capital
numerals (人民币大写, by the rules of the payment regulation 支付结算办法, annex 1).
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from shegong.lib.errors import N_, Invalid

FEN = 100
UNITS = {
    "": 1,
    "百": 100,
    "千": 1_000,
    "万": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}  # yuan
LIMIT = 9_223_372_036_854_775_807  # fen in a database's bigint

_AMOUNT = re.compile(r"(?P<number>[\d,]*\.?\d+|[\d,]+\.)(?P<unit>亿|千万|百万|万|千|百)?(?:元|圆|块)?整?")
_SMALL = re.compile(r"(?:(?P<yuan>[\d,]+)[元圆块])?(?:(?P<jiao>\d)角)?(?:(?P<fen>\d)分)?")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?|[\d]*\.?\d*")
_PREFIX = re.compile(r"^(人民币|RMB|CNY|¥)+", re.IGNORECASE)


class InvalidMoney(Invalid):
    """A text or cell which is no amount of money."""

    MESSAGES: ClassVar[Mapping[str, str]] = {
        "empty": N_("The amount is empty."),
        "format": N_("“%(found)s” is not an amount. Write it as 1,234.56 or 3.5万元."),
        "grouping": N_("The commas in “%(found)s” do not separate thousands. Write 1,234.56 or 1234.56."),
        "fraction_of_fen": N_("“%(found)s” has a fraction of a fen. Give at most two decimals of a yuan."),
        "float": N_("An amount must be text or a whole number of yuan, not a binary fraction."),
        "too_large": N_("“%(found)s” is larger than any amount this system keeps."),
    }


def parse(text: str | int | Decimal) -> int:
    """Fen of an amount in yuan. Raises InvalidMoney; a float is refused (see from_cell for spreadsheet cells)."""
    if isinstance(text, (bool, float)):
        raise InvalidMoney("float")
    if isinstance(text, (int, Decimal)):
        return to_fen(Decimal(text), str(text))
    shown = unicodedata.normalize("NFKC", text or "").strip().strip("'\ufeff\u200b")
    if not shown:
        raise InvalidMoney("empty")
    written = re.sub(r"\s+", "", shown)
    negative, bare = _sign(written)
    fen = to_fen(_yuan(bare, shown), shown)
    return -fen if negative else fen


def from_cell(number: float) -> int:
    """Fen of a numeric spreadsheet cell in yuan.

    A cell holds a double of which 15 digits are meant; those are read, so 0.1+0.2 is 30 fen. Raises InvalidMoney.
    """
    if isinstance(number, bool) or not math.isfinite(number):
        raise InvalidMoney("format", found=str(number))
    return to_fen(Decimal(f"{number:.15g}"), f"{number:.15g}")


def to_fen(yuan: Decimal, shown: str = "") -> int:
    """Fen of yuan; refuses what is not whole."""
    if not yuan.is_finite():
        raise InvalidMoney("format", found=shown)
    if abs(yuan) > LIMIT // FEN:
        raise InvalidMoney("too_large", found=shown)
    fen = yuan * FEN
    if fen != fen.to_integral_value():
        raise InvalidMoney("fraction_of_fen", found=shown)
    return int(fen)


def format_yuan(fen: int, *, unit: bool = True) -> str:
    """1,234.56元, always two decimals."""
    sign, (yuan, rest) = "-" if fen < 0 else "", divmod(abs(fen), FEN)
    return f"{sign}{yuan:,}.{rest:02d}{'元' if unit else ''}"


def format_wan(fen: int, *, decimals: int | None = None) -> str:
    """38,257万元. Exact with as many decimals as needed, or rounded half up to `decimals` for display."""
    wan = Decimal(fen).scaleb(-6)
    if decimals is None:
        shown = f"{wan:,f}"
        return (shown.rstrip("0").rstrip(".") if "." in shown else shown) + "万元"
    rounded = wan.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded:,f}万元"


def in_words(fen: int) -> str:
    """Capital numerals for vouchers: 壹仟肆佰零玖元伍角, 陆仟零柒元壹角肆分, 叁佰贰拾伍元零肆分, 壹万元整.

    整 closes an amount without fen and jiao; 零 stands for any run of zeros inside, also before the fen; -1 begins with 负.
    """
    yuan, rest = divmod(abs(fen), FEN)
    if yuan >= 10**16:
        raise InvalidMoney("too_large", found=str(fen))
    jiao, cents = divmod(rest, 10)
    words = _integer_words(yuan) + "元" if yuan else ""
    if not rest:
        words = (words or "零元") + "整"
    if jiao:
        words += _CAPITAL[jiao] + "角"
    elif cents and yuan:
        words += "零"
    if cents:
        words += _CAPITAL[cents] + "分"
    return ("负" if fen < 0 else "") + words


_CAPITAL = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def _integer_words(number: int) -> str:
    """A positive integer in capital numerals, by groups of four digits."""
    groups: list[int] = []
    while number:
        number, low = divmod(number, 10_000)
        groups.append(low)
    words, gap = "", False
    for index in range(len(groups) - 1, -1, -1):
        group = groups[index]
        if not group:
            gap = bool(words)
            continue
        if words and (gap or group < 1_000):
            words += "零"
        words += _group_words(group) + _group_name(groups, index)
        gap = False
    return words


def _group_name(groups: list[int], index: int) -> str:
    """万亿 is said once: 壹万贰仟亿 needs 亿 only after the lower group when that is not zero."""
    if index == 3 and groups[2]:
        return "万"
    return _GROUPS[index]


def _group_words(group: int) -> str:
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _CAPITAL[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return words


def _sign(written: str) -> tuple[bool, str]:
    """Whether it is negative (-1, −1, (1) of bookkeepers) and the rest without currency signs."""
    if re.fullmatch(r"\(.+\)", written):
        return True, _PREFIX.sub("", written[1:-1])
    bare = _PREFIX.sub("", written)
    if bare[:1] in {"-", "−", "负"}:
        return True, _PREFIX.sub("", bare[1:])
    return False, bare


def _yuan(bare: str, shown: str) -> Decimal:
    if found := _AMOUNT.fullmatch(bare):
        return _number(found["number"], shown) * UNITS[found["unit"] or ""]
    found = _SMALL.fullmatch(bare)
    if found and bare:
        yuan = _number(found["yuan"] or "0", shown)
        return yuan + Decimal(int(found["jiao"] or 0)) / 10 + Decimal(int(found["fen"] or 0)) / 100
    raise InvalidMoney("format", found=shown[:40])


def _number(digits: str, shown: str) -> Decimal:
    if not _GROUPED.fullmatch(digits):
        raise InvalidMoney("grouping", found=shown)
    return Decimal(digits.replace(",", ""))
