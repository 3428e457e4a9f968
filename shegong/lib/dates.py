"""Dates as people type them into spreadsheets and forms.

Read: 2023.5.6, 2023-5-6, 2023/05/06, 2023年5月6日 (号), 20230506, 二〇二三年五月六日, 2023年5月 and 2023年 (with less
precision), a time after the date, full-width digits, stray blanks, datetime objects, and the serial numbers of Excel
(1900 and 1904 systems) when the cell is numeric. Refused, with the reason: two-digit years, day/month orders, anything
whose reading would be a guess.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from shegong.lib.errors import N_, Invalid

Precision = Literal["day", "month", "year"]
EARLIEST, LATEST = 1900, 2100
CHINA = ZoneInfo("Asia/Shanghai")

_YMD = re.compile(r"(\d{4})([-./年])(\d{1,2})(?:[-./月](\d{1,2})[日号]?)?月?")
_TIME = re.compile(r"[T日号\s]*?([T\s]|(?<=[日号]))(\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?|\d{1,2}时(\d{1,2}分?)?)$")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR = re.compile(r"(\d{4})年")
_TWO_DIGIT_YEAR = re.compile(r"['’]?\d{2}[-./年]\d{1,2}([-./月]\d{1,2}[日号]?)?月?")
_DAY_MONTH = re.compile(r"\d{1,2}[-./]\d{1,2}[-./]\d{4}")
_NUMERALS = {character: str(value) for value, character in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_CHINESE = re.compile(
    r"([〇零○一二三四五六七八九]{4})年(?:([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,4})[日号])?)?"
)


class InvalidDate(Invalid):
    """A text or cell which is no date, or could be several."""

    MESSAGES: ClassVar[Mapping[str, str]] = {
        "empty": N_("The date is empty."),
        "format": N_("“%(found)s” is not a date. Write it as 2023-05-06 or 2023年5月6日."),
        "no_such_day": N_("%(found)s does not exist in the calendar."),
        "two_digit_year": N_("The year in “%(found)s” has two digits only. Write all four, for example 2023-05-06."),
        "day_month_order": N_("“%(found)s” may mean two different days. Write the year first, for example 2023-05-06."),
        "six_digits": N_("“%(found)s” may be a month or a day with a short year. Write it as 2023-05 or 2023-05-06."),
        "number_as_text": N_(
            "“%(found)s” is a spreadsheet's day number stored as text. Format the cell as a date and enter it again."
        ),
        "number_is_month": N_(
            "The number %(found)s may be a year or a month (2023.10 becomes 2023.1). Format the cell as text or date."
        ),
        "number": N_("The number %(found)s is no date. Format the cell as a date and enter it again."),
        "excel_1900_leap": N_("This cell holds 29 February 1900, a day that never was."),
        "year_out_of_range": N_("The year of %(found)s lies outside 1900 to 2100."),
    }


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """value: the day, or the first day of the month or year when less was written; precision says which."""

    value: date
    precision: Precision = "day"

    def __str__(self) -> str:
        return format_chinese(self.value, self.precision)


def parse(value: object, *, date1904: bool = False) -> ParsedDate:
    """Read a cell or a typed date. Raises InvalidDate.

    date1904: the workbook counts days from 1 January 1904 (old Macintosh files); it concerns numeric cells only.
    """
    if isinstance(value, datetime):
        local = value.astimezone(CHINA) if value.tzinfo else value
        return _in_range(ParsedDate(local.date()))
    if isinstance(value, date):
        return _in_range(ParsedDate(value))
    if isinstance(value, bool):
        raise InvalidDate("format", found=str(value))
    if isinstance(value, (int, float)):
        return _in_range(_from_number(value, date1904))
    return _in_range(_from_text(str(value if value is not None else "")))


def format_chinese(value: date, precision: Precision = "day") -> str:
    """2023年5月6日, 2023年5月 or 2023年, as in official documents (GB/T 9704)."""
    shown = f"{value.year}年"
    if precision != "year":
        shown += f"{value.month}月"
    return shown + f"{value.day}日" if precision == "day" else shown


def from_serial(serial: int, *, date1904: bool = False) -> date:
    """The day of a spreadsheet's day number. Raises InvalidDate.

    In the 1900 system day 1 is 1 January 1900 and day 60 the 29 February 1900 that never was, kept for old habits; later days are
    therefore one further. In the 1904 system day 0 is 1 January 1904.
    """
    if date1904:
        return date(1904, 1, 1) + timedelta(days=serial)
    if serial == 60:
        raise InvalidDate("excel_1900_leap")
    if serial < 1:
        raise InvalidDate("number", found=serial)
    return date(1899, 12, 31 if serial < 60 else 30) + timedelta(days=serial)


def _from_number(number: float, date1904: bool) -> ParsedDate:
    """A numeric cell: YYYYMMDD typed as a number, or a day number; years and months typed as numbers are refused."""
    if not 0 < number < 30_000_000:
        raise InvalidDate("number", found=number)
    whole = int(number)
    if EARLIEST <= whole <= LATEST:
        raise InvalidDate("number_is_month", found=f"{number:g}")
    if whole >= 10_000_000 and whole == number:
        return _compact(str(whole))
    if whole > 73_415:  # 31 December 2100; beyond it 202305 and 230506 would become days in far centuries
        raise InvalidDate("number", found=f"{number:g}")
    return ParsedDate(from_serial(whole, date1904=date1904))


def _from_text(text: str) -> ParsedDate:
    shown = unicodedata.normalize("NFKC", text).strip().strip("'`\ufeff\u200b").strip()
    if not shown:
        raise InvalidDate("empty")
    if _INSTANT.fullmatch(shown):
        return _from_instant(shown)
    written = re.sub(r"\s+", "", _TIME.sub(_keep_day_sign, shown)).replace("。", ".").replace("、", ".").rstrip(".")
    if found := _CHINESE.fullmatch(written):
        return _build(_digits(found[1]), _small(found[2]), _small(found[3]), shown)
    if found := _YMD.fullmatch(written):
        _same_signs(found, written, shown)
        return _build(found[1], found[3], found[4], shown)
    if found := _YEAR.fullmatch(written):
        return _build(found[1], None, None, shown)
    if _COMPACT.fullmatch(written):
        return _compact(written)
    raise _why_not(written, shown)


def _from_instant(shown: str) -> ParsedDate:
    """A time stamp with its offset means the day it was in China: 2023-05-06T20:00:00Z is the 7th."""
    try:
        return ParsedDate(datetime.fromisoformat(shown).astimezone(CHINA).date())
    except (ValueError, OverflowError):
        raise InvalidDate("format", found=shown) from None


def _keep_day_sign(found: re.Match[str]) -> str:
    """Dropping a time must not drop the 日 before it."""
    return "日" if "日" in found[0] else ""


def _same_signs(found: re.Match[str], written: str, shown: str) -> None:
    """2023年5-6 mixes two ways of writing; the stray sign may hide a missing part."""
    signs = re.sub(r"\d", "", written)
    allowed = {"年月日", "年月号", "年月"} if found[2] == "年" else {found[2], found[2] * 2}
    if signs not in allowed:
        raise InvalidDate("format", found=shown)


def _compact(digits: str) -> ParsedDate:
    return _build(digits[:4], digits[4:6], digits[6:], digits)


def _build(year: str, month: str | None, day: str | None, shown: str) -> ParsedDate:
    precision: Precision = "day" if day else "month" if month else "year"
    try:
        return ParsedDate(date(int(year), int(month or 1), int(day or 1)), precision)
    except ValueError:
        raise InvalidDate("no_such_day", found=shown) from None


def _in_range(parsed: ParsedDate) -> ParsedDate:
    if not EARLIEST <= parsed.value.year <= LATEST:
        raise InvalidDate("year_out_of_range", found=parsed.value.isoformat())
    return parsed


def _why_not(written: str, shown: str) -> InvalidDate:
    if _TWO_DIGIT_YEAR.fullmatch(written):
        return InvalidDate("two_digit_year", found=shown)
    if _DAY_MONTH.fullmatch(written):
        return InvalidDate("day_month_order", found=shown)
    if re.fullmatch(r"\d{6}", written):
        return InvalidDate("six_digits", found=shown)
    if re.fullmatch(r"[1-9]\d{3,4}(\.\d+)?", written) and 10_000 <= float(written) <= 73_415:
        return InvalidDate("number_as_text", found=shown)
    return InvalidDate("format", found=shown[:40])


def _digits(numerals: str) -> str:
    return "".join(_NUMERALS[character] for character in numerals)


def _small(numerals: str | None) -> str | None:
    """Chinese numerals one to ninety-nine: 十 10, 十二 12, 二十 20, 三十一 31."""
    if not numerals:
        return None
    if "十" not in numerals:
        return _digits(numerals)
    tens, _, ones = numerals.partition("十")
    return f"{_digits(tens) or '1'}{_digits(ones.replace('十', '')) or '0'}"
