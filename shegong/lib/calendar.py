"""Days, working days and months of the mainland calendar.

Working days follow the State Council's yearly notice (holidays and make-up working days), which appears each November
for the next year. Years up to the last notice in the installed `chinesecalendar` package come from there; later notices
are added, without a new release, as rows of `holidays.csv` beside this file. A year nobody has published yet is counted
by weekdays, and the answer says so (`Deadline.provisional`).

Legal clocks exclude the day of the event. Arbitration: "3, 5, 10 days" are working days, "15, 45" calendar days; which
mode a limit uses is data of that limit, not decided here. A calendar limit may end on a rest day; it is not moved.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from chinese_calendar import constants

Mode = Literal["calendar", "working"]
NOTICES = Path(__file__).with_name("holidays.csv")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkCalendar:
    """Dated facts: rest days on weekdays, working days on week-ends, and the years a notice covers."""

    holidays: frozenset[date]
    makeup_workdays: frozenset[date]
    years: frozenset[int] = field(repr=False)

    def covered(self, year: int) -> bool:
        """Whether an official notice is known for the year."""
        return year in self.years

    def is_workday(self, day: date) -> bool:
        """By the notice; in an uncovered year Monday to Friday."""
        if day in self.makeup_workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def extended(self, year: int, holidays: Iterable[date], makeup_workdays: Iterable[date]) -> "WorkCalendar":
        """A calendar which also knows (or replaces) one year's notice. Raises ValueError for a day of another year."""
        off, on = frozenset(holidays), frozenset(makeup_workdays)
        strangers = [day for day in off | on if day.year != year]
        if strangers or off & on:
            raise ValueError(
                f"notice for {year} has days of another year or of both kinds: {sorted(strangers) or sorted(off & on)}"
            )
        return WorkCalendar(
            frozenset(day for day in self.holidays if day.year != year) | off,
            frozenset(day for day in self.makeup_workdays if day.year != year) | on,
            self.years | {year},
        )


class Deadline(NamedTuple):
    """due_on, and whether it rests on a year without an official notice (then it may move when the notice appears)."""

    due_on: date
    provisional: bool


@cache
def official() -> WorkCalendar:
    """The package's years, overlaid with the notices of holidays.csv."""
    years = frozenset(day.year for day in constants.holidays)
    known = WorkCalendar(frozenset(constants.holidays), frozenset(constants.workdays), years)
    for year, off, on in _notices():
        known = known.extended(year, off, on)
    return known


def _notices(path: Path = NOTICES) -> Iterator[tuple[int, set[date], set[date]]]:
    """Years of holidays.csv: columns date, kind (holiday | workday), source."""
    years: dict[int, tuple[set[date], set[date]]] = {}
    with path.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            day = date.fromisoformat(row["date"])
            off, on = years.setdefault(day.year, (set(), set()))
            {"holiday": off, "workday": on}[row["kind"]].add(day)
    for year, (off, on) in sorted(years.items()):
        yield year, off, on


def covered(year: int) -> bool:
    return official().covered(year)


def is_workday(day: date) -> bool:
    return official().is_workday(day)


def deadline(
    start: date,
    n: int,
    mode: Mode = "calendar",
    *,
    calendar: WorkCalendar | None = None,
) -> Deadline:
    """The last day of a limit of n days; the day of the event, `start`, is not counted.

    Negative n counts back ("three days before the hearing"); n = 0 is the day itself in either mode.
    """
    if mode == "calendar":
        return Deadline(start + timedelta(days=n), provisional=False)
    if mode != "working":
        raise ValueError(f"mode is 'calendar' or 'working', not {mode!r}")
    known = calendar or official()
    step, day, left = (_DAY if n > 0 else -_DAY), start, abs(n)
    provisional = False
    while left:
        day += step
        provisional = provisional or not known.covered(day.year)
        left -= known.is_workday(day)
    return Deadline(day, provisional)


def add_days(
    start: date,
    n: int,
    mode: Mode = "calendar",
    *,
    calendar: WorkCalendar | None = None,
) -> date:
    """`deadline` without the flag."""
    return deadline(start, n, mode, calendar=calendar).due_on


def working_days_between(start: date, end: date, *, calendar: WorkCalendar | None = None) -> int:
    """Working days after `start` up to and including `end`; negative when end lies before start.

    The inverse of add_days in mode "working": the n-th working day after start gives n.
    """
    if end < start:
        return -working_days_between(end - _DAY, start - _DAY, calendar=calendar)
    known = calendar or official()
    return sum(known.is_workday(start + timedelta(days=offset)) for offset in range(1, (end - start).days + 1))


class Month(NamedTuple):
    """A calendar month; sorts by time and prints as 2023-05."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_on(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_on(self) -> date:
        return self.shifted(1).first_on - _DAY

    def shifted(self, months: int) -> "Month":
        """This many months later (earlier when negative)."""
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read 2023-05. Raises ValueError."""
        day = date.fromisoformat(f"{text}-01")
        return cls(day.year, day.month)


def month_of(day: date) -> Month:
    return Month(day.year, day.month)


def months_between(first: Month, last: Month) -> int:
    """Steps from first to last: 0 for the same month, negative backwards."""
    return (last.year - first.year) * 12 + last.month - first.month


def iter_months(first: Month, last: Month) -> Iterator[Month]:
    """first, …, last, both included; nothing when last lies before first."""
    for steps in range(months_between(first, last) + 1):
        yield first.shifted(steps)


class StatisticalYear(NamedTuple):
    """The union census year: 1 October of the year before to 30 September (the standard period of the annual report)."""

    year: int

    @property
    def starts_on(self) -> date:
        return date(self.year - 1, 10, 1)

    @property
    def ends_on(self) -> date:
        return date(self.year, 9, 30)

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(iter_months(month_of(self.starts_on), month_of(self.ends_on)))


def statistical_year(day: date) -> StatisticalYear:
    """The statistical year a day falls into: 2023-10-01 belongs to 2024."""
    return StatisticalYear(day.year + (day.month >= 10))
