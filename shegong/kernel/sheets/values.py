"""One converter per column type: a cell as read -> a value, or `Bad`. Pure Python.

Every converter takes the raw cell (text, float, bool, date, datetime, ClockText; never "") and never raises. Numbers in
ID, phone and credit-code columns are refused, never repaired: a double holds 15 of an ID number's 18 digits, and
whoever formats phones as numbers has formatted the IDs beside them the same way (assurance rule 38).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from shegong.lib import areas, creditcode, dates, idcard, phone
from shegong.lib import money as lib_money
from shegong.lib.errors import Invalid

from .declare import Column, Type
from .headings import label_texts
from .reading import ClockText

_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?E[+-]?\d+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_ID_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_YEAR_MONTH = re.compile(r"(\d{4})(\d{2})", re.ASCII)
_MONEY_NOISE = re.compile(r"[\s,，'_]|^(?:人民币|RMB|CNY|[¥￥])", re.IGNORECASE)
_MONEY_UNIT = re.compile(r"[元圆块角分百千万亿]")
_BIRTHS: dict[str, bool] = {}
_AREAS: dict[str, bool] = {}
_YES = frozenset(["是", "有", "对", "√", "✓", "✔", "☑", "y", "yes", "true", "1", "t"])
_NO = frozenset(["否", "无", "没有", "不是", "不", "×", "✗", "✘", "☐", "n", "no", "false", "0", "f"])


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that is not taken. `code` is a key of `words.CELL_MESSAGES` or "<kind>.<code of shegong.lib>"."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A value that is taken but that somebody should look at."""

    value: Any
    warnings: tuple[str, ...]


Converter = Callable[[Any], Any]


def as_text(cell: Any) -> str | Bad:
    """A cell as trimmed text. Whole numbers lose ".0"; numbers too long for a double are refused."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, (int, float)):
        if abs(cell) >= 10**15:
            return Bad("number_too_long")
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def text(column: Column) -> Converter:
    """Text up to `max_length`, without control characters."""
    longest = column.max_length

    def convert(cell: Any) -> Any:
        value = cell.strip() if cell.__class__ is str else as_text(cell)
        if isinstance(value, Bad):
            return value
        if len(value) > longest:
            return Bad("text_too_long", {"length": len(value), "limit": longest})
        if not value.isprintable() and _CONTROL.search(value):
            return Bad("control_characters")
        return value or None

    return convert


def id_number(today: dt.date) -> Converter:
    """A checked identity number in its canonical form; see `shegong.lib.idcard.parse`."""

    def convert(cell: Any) -> Any:
        if cell.__class__ is not str:
            return Bad("id_as_number") if isinstance(cell, (int, float)) else Bad("id_not_text")
        if _ID_SHAPE.fullmatch(cell) and _plain_id(cell, today):
            return cell
        try:
            parsed = idcard.parse(cell, today=today)
        except Invalid as error:
            return Bad("id_as_number") if error.code == "number" else Bad(f"id_number.{error.code}", error.params)
        return Doubtful(parsed.number, parsed.warnings) if parsed.warnings else parsed.number

    return convert


def _plain_id(number: str, today: dt.date) -> bool:
    """Fast yes for the common case, in the rules of idcard.parse; anything unusual takes the slow way there."""
    d = number.encode()
    total = (
        7 * d[0] + 9 * d[1] + 10 * d[2] + 5 * d[3] + 8 * d[4] + 4 * d[5] + 2 * d[6] + d[7] + 6 * d[8] + 3 * d[9] + 7 * d[10]
        + 9 * d[11] + 10 * d[12] + 5 * d[13] + 8 * d[14] + 4 * d[15] + 2 * d[16] - 4800
    )  # fmt: skip
    if "10X98765432"[total % 11] != number[17] or number.endswith("000"):
        return False
    birth, area = number[6:14], number[:6]
    fine = _BIRTHS.get(birth)
    if fine is None:
        fine = _BIRTHS[birth] = _birth_is_usual(birth, today)
    known = _AREAS.get(area)
    if known is None:
        known = _AREAS[area] = areas.is_known(area) and area not in idcard.PERMITS
    return fine and known


def _birth_is_usual(birth: str, today: dt.date) -> bool:
    try:
        born = dt.date(int(birth[:4]), int(birth[4:6]), int(birth[6:]))
    except ValueError:
        return False
    return born < today - dt.timedelta(days=2) and today.year - born.year < idcard.OLDEST


def credit_code(column: Column) -> Converter:
    """A unified social credit code; with `optional_checksum` a wrong check character only warns."""

    def convert(cell: Any) -> Any:
        if cell.__class__ is not str:
            return Bad("code_as_number")
        try:
            parsed = creditcode.parse(cell)
        except Invalid as error:
            if column.optional_checksum and error.code in ("checksum", "body_checksum"):
                return Doubtful(creditcode.normalise(cell), (f"code_{error.code}",))
            return Bad("code_as_number") if error.code == "number" else Bad(f"credit_code.{error.code}", error.params)
        return parsed.code

    return convert


def phone_number(cell: Any) -> Any:
    """A phone in the canonical form of `shegong.lib.phone`. A number cell is refused even when no digit is lost."""
    if cell.__class__ is not str:
        return Bad("phone_as_number") if isinstance(cell, (int, float)) else Bad("phone_not_text")
    if _MOBILE.fullmatch(cell):
        return cell
    if _SCIENTIFIC.fullmatch(cell.strip()) or cell.endswith(".0"):
        return Bad("phone_as_number")
    try:
        return phone.parse(cell).number
    except Invalid as error:
        return Bad("phone_as_number") if error.code == "number" else Bad(f"phone.{error.code}", error.params)


def date(date1904: bool) -> Converter:
    """A full date. Month or year alone is refused."""

    def convert(cell: Any) -> Any:
        if isinstance(cell, (bool, ClockText)):
            return Bad("not_a_date")
        try:
            parsed = dates.parse(cell, date1904=date1904)
        except Invalid as error:
            return Bad(f"date.{error.code}", error.params)
        except (ValueError, OverflowError):
            return Bad("not_a_date")
        return parsed.value if parsed.precision == "day" else Bad("date_needs_day")

    return convert


def month(date1904: bool) -> Converter:
    """The first day of a month. "202305" is clear in a month column, so it is taken here."""

    def convert(cell: Any) -> Any:
        if isinstance(cell, (bool, ClockText)):
            return Bad("not_a_date")
        written = as_text(cell) if isinstance(cell, (str, int, float)) else cell
        if isinstance(written, str) and (six := _YEAR_MONTH.fullmatch(unicodedata.normalize("NFKC", written))):
            return _first_of(int(six[1]), int(six[2]))
        try:
            parsed = dates.parse(cell, date1904=date1904)
        except Invalid as error:
            return Bad(f"date.{error.code}", error.params)
        except (ValueError, OverflowError):
            return Bad("not_a_date")
        return parsed.value.replace(day=1) if parsed.precision != "year" else Bad("month_needed")

    return convert


def _first_of(year: int, number: int) -> Any:
    if 1900 <= year <= 2100 and 1 <= number <= 12:
        return dt.date(year, number, 1)
    return Bad("month_needed")


def number_of(cell: Any) -> Decimal | Bad:
    """A cell as an exact decimal: thousands separators and full-width digits read, anything else refused."""
    if isinstance(cell, (bool, dt.date, ClockText)):
        return Bad("not_a_number")
    if isinstance(cell, (int, float)):
        return Decimal(f"{cell:.15g}") if abs(cell) < 10**15 else Bad("number_too_long")
    written = _MONEY_NOISE.sub("", unicodedata.normalize("NFKC", cell))
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)(E[+-]?\d{1,2})?", written, re.ASCII | re.IGNORECASE):
        return Bad("not_a_number")
    try:
        found = Decimal(written)
    except InvalidOperation:
        return Bad("not_a_number")
    return found if abs(found) < 10**18 else Bad("number_too_long")


def money(unit: str) -> Converter:
    """Fen (int). The unit of the header or declaration ("yuan", "wan") counts unless the cell writes its own."""

    def convert(cell: Any) -> Any:
        if isinstance(cell, (bool, dt.date, ClockText)):
            return Bad("not_a_number")
        try:
            if isinstance(cell, str) and (unit != "wan" or _MONEY_UNIT.search(cell)):
                return lib_money.parse(cell)
            amount = number_of(cell) if isinstance(cell, str) else Decimal(f"{cell:.15g}")
            if isinstance(amount, Bad):
                return amount
            return lib_money.to_fen(amount * 10_000 if unit == "wan" else amount, as_shown(cell))
        except Invalid as error:
            return Bad(f"money.{error.code}", error.params)

    return convert


def as_shown(cell: Any) -> str:
    """A number as Excel would show it."""
    return cell.strip() if isinstance(cell, str) else f"{cell:.15g}"


def integer(column: Column) -> Converter:
    """A whole number; the column's own unit behind it ("2人") says nothing new."""
    unit = column.unit

    def convert(cell: Any) -> Any:
        written = cell.strip().removesuffix(unit) if unit and cell.__class__ is str else cell
        found = number_of(written)
        if isinstance(found, Bad):
            return found
        return int(found) if found == found.to_integral_value() else Bad("not_whole")

    return convert


def choice(column: Column) -> Converter:
    """The code of a declared choice, by code, label in either language or synonym."""
    known: dict[str, str] = {}
    for entry in column.choices:
        for name in (*label_texts(entry.label), entry.code, *entry.synonyms):
            known.setdefault(_fold(name), entry.code)
    offered = "、".join(str(entry.label) for entry in column.choices)[:200]

    def convert(cell: Any) -> Any:
        written = as_text(cell)
        if isinstance(written, Bad):
            return written
        found = known.get(_fold(written))
        return found if found is not None else Bad("not_a_choice", {"choices": offered})

    return convert


def _fold(written: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", written)).casefold()


def yes_no(cell: Any) -> Any:
    """True or False."""
    if isinstance(cell, bool):
        return cell
    written = as_text(cell)
    folded = _fold(written) if isinstance(written, str) else ""
    if folded in _YES:
        return True
    return False if folded in _NO else Bad("not_yes_no")


def organisation(resolve: Callable[[str], Any] | None) -> Converter:
    """Whatever the injected resolver finds for a code or a name; None means not within the importer's reach."""

    def convert(cell: Any) -> Any:
        written = as_text(cell)
        if isinstance(written, Bad):
            return written
        found = resolve(unicodedata.normalize("NFKC", written)) if resolve else None
        return found if found is not None else Bad("no_organisation")

    return convert


def converter(
    column: Column, *, unit: str, date1904: bool, today: dt.date, resolve: Callable[[str], Any] | None
) -> Converter:
    """The converter of one column of one file."""
    makers: dict[Type, Callable[[], Converter]] = {
        Type.TEXT: lambda: text(column),
        Type.ID_NUMBER: lambda: id_number(today),
        Type.CREDIT_CODE: lambda: credit_code(column),
        Type.PHONE: lambda: phone_number,
        Type.DATE: lambda: date(date1904),
        Type.MONTH: lambda: month(date1904),
        Type.MONEY: lambda: money(unit or column.unit),
        Type.INTEGER: lambda: integer(column),
        Type.DECIMAL: lambda: number_of,
        Type.CHOICE: lambda: choice(column),
        Type.YES_NO: lambda: yes_no,
        Type.ORGANISATION: lambda: organisation(resolve),
    }
    return makers[column.type]()
