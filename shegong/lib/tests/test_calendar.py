"""Clocks of the law (golden C10, C12), working days, months, statistical years."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import calendar
from shegong.lib.calendar import Month

covered_days = st.dates(date(2010, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("event", "days", "due"),
    [
        (date(2024, 3, 8), 45, date(2024, 4, 22)),  # award
        (date(2024, 3, 8), 60, date(2024, 5, 7)),  # award, extended
        (date(2024, 4, 22), 15, date(2024, 5, 7)),  # suing after the award
        (
            date(2024, 4, 22),
            30,
            date(2024, 5, 22),
        ),  # employer asks to revoke a final award
        (date(2024, 3, 1), 15, date(2024, 3, 16)),  # mediation; a Saturday, not moved
    ],
)
def test_golden_c10_arbitration_clocks(event: date, days: int, due: date) -> None:
    assert calendar.add_days(event, days) == due


def test_golden_c12_legal_aid_clocks() -> None:
    decide = calendar.add_days(date(2024, 6, 3), 7)
    assert decide == date(2024, 6, 10)  # Dragon Boat Festival; a calendar limit stays
    assert calendar.add_days(decide, 3) == date(2024, 6, 13)


def test_working_days_skip_holidays_and_count_makeup_days() -> None:
    # 2024: 1-7 October off, Sunday 29 September and Saturday 12 October worked.
    assert calendar.is_workday(date(2024, 9, 29)) and calendar.is_workday(date(2024, 10, 12))
    assert not calendar.is_workday(date(2024, 10, 7))
    assert calendar.add_days(date(2024, 9, 28), 1, "working") == date(2024, 9, 29)
    assert calendar.add_days(date(2024, 9, 30), 1, "working") == date(2024, 10, 8)
    assert calendar.add_days(date(2024, 10, 8), 5, "working") == date(2024, 10, 14)
    assert calendar.add_days(date(2024, 10, 8), -1, "working") == date(2024, 9, 30)


def test_a_limit_running_into_an_unpublished_year_is_provisional() -> None:
    uncovered = max(calendar.official().years) + 1
    assert not calendar.covered(uncovered) and calendar.covered(2026)
    reached = calendar.deadline(date(uncovered - 1, 12, 25), 10, "working")
    assert reached.provisional and reached.due_on.year == uncovered
    assert not calendar.deadline(date(2025, 3, 3), 10, "working").provisional
    assert not calendar.deadline(date(uncovered, 3, 3), 10).provisional, "calendar days need no notice"


def test_a_notice_extends_the_calendar() -> None:
    year = max(calendar.official().years) + 1
    new_year = date(year, 1, 1)
    sunday = next(new_year + timedelta(days=n) for n in range(2, 12) if (new_year + timedelta(days=n)).weekday() == 6)
    known = calendar.official().extended(year, [new_year], [sunday])
    assert known.covered(year) and not known.is_workday(new_year) and known.is_workday(sunday)
    assert known.is_workday(date(2024, 9, 29)), "other years stay"
    assert not calendar.official().covered(year), "the official calendar itself is not changed"
    with pytest.raises(ValueError, match="another year"):
        known.extended(year, [date(year + 1, 1, 1)], [])


def test_notices_are_read_from_the_table(tmp_path: object) -> None:
    from pathlib import Path

    table = Path(str(tmp_path)) / "holidays.csv"
    table.write_text(
        "date,kind,source\n2031-01-01,holiday,notice\n2031-01-04,workday,notice\n",
        encoding="utf-8",
    )
    assert list(calendar._notices(table)) == [(2031, {date(2031, 1, 1)}, {date(2031, 1, 4)})]


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode"):
        calendar.add_days(date(2024, 1, 1), 1, "business")  # type: ignore[arg-type]


@given(covered_days, st.integers(1, 90))
def test_nth_working_day_counts_back_to_n(start: date, n: int) -> None:
    due = calendar.add_days(start, n, "working")
    assert calendar.is_workday(due)
    assert calendar.working_days_between(start, due) == n


@given(covered_days, st.integers(0, 60), st.integers(0, 60))
def test_working_days_add_up(start: date, first: int, second: int) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    between = calendar.working_days_between
    assert between(start, middle) + between(middle, end) == between(start, end)


def test_counting_backwards_is_negative() -> None:
    # From Tuesday back to Monday noon-to-noon: the Monday is the one working day before.
    assert calendar.working_days_between(date(2024, 10, 15), date(2024, 10, 14)) == -1


@given(covered_days, st.integers(1, 40))
def test_backwards_count_mirrors_add_days(start: date, n: int) -> None:
    assert calendar.working_days_between(start, calendar.add_days(start, -n, "working")) == -n


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(-300, 300))
def test_months_shift_and_measure(day: date, steps: int) -> None:
    month = calendar.month_of(day)
    assert calendar.months_between(month, month.shifted(steps)) == steps
    assert month.first_on <= day <= month.last_on
    assert (month.last_on + timedelta(days=1)) == month.shifted(1).first_on
    assert Month.parse(str(month)) == month


def test_iterating_months_includes_both_ends() -> None:
    assert [str(month) for month in calendar.iter_months(Month(2023, 11), Month(2024, 2))] == [
        "2023-11",
        "2023-12",
        "2024-01",
        "2024-02",
    ]
    assert list(calendar.iter_months(Month(2024, 2), Month(2024, 1))) == []


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_statistical_year_runs_from_october_to_september(day: date) -> None:
    year = calendar.statistical_year(day)
    assert year.starts_on <= day <= year.ends_on
    assert (
        year.starts_on.month,
        year.starts_on.day,
        year.ends_on.month,
        year.ends_on.day,
    ) == (10, 1, 9, 30)
    assert len(year.months) == 12
    assert calendar.statistical_year(date(2023, 10, 1)).year == 2024
