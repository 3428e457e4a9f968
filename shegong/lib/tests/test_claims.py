"""Claims of labour law: figures reckoned by hand from the articles, and properties that hold for any input."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import claims
from shegong.lib.claims import CALCULATORS, InvalidClaim, compensated

days = st.dates(date(2008, 1, 1), date(2026, 12, 31))
wages = st.integers(1, 10_000_000)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2020, 3, 1), date(2026, 2, 28), 6),
        (date(2020, 3, 1), date(2026, 3, 1), Fraction(13, 2)),  # one day more is less than six months: half a month
        (date(2025, 1, 1), date(2025, 5, 31), Fraction(1, 2)),
        (date(2025, 1, 1), date(2025, 6, 29), Fraction(1, 2)),
        (date(2025, 1, 1), date(2025, 6, 30), 1),  # six months counts as a year
        (date(2024, 2, 29), date(2025, 2, 27), 1),
        (date(2025, 1, 1), date(2025, 1, 1), Fraction(1, 2)),
    ],
)
def test_months_of_wage_by_years_of_service(start, end, months):
    assert compensated(start, end) == months


def test_wage_and_years_are_capped_above_three_times_the_average():
    given_ = {"started_on": date(2010, 1, 1), "ended_on": date(2024, 12, 31)}
    high = claims.economic_compensation(**given_, monthly_fen=40_000_00, average_fen=10_000_00)
    assert high.fen == 30_000_00 * 12
    plain = claims.economic_compensation(**given_, monthly_fen=30_000_00, average_fen=10_000_00)
    assert plain.fen == 30_000_00 * 15  # exactly three times is not above
    assert claims.economic_compensation(**given_, monthly_fen=40_000_00).fen == 40_000_00 * 15


def test_service_before_the_law_is_left_out_of_compensation_but_not_of_damages():
    given_ = {"started_on": date(2000, 1, 1), "ended_on": date(2009, 12, 31), "monthly_fen": 1000_00}
    assert claims.economic_compensation(**given_).fen == 2000_00
    assert claims.economic_compensation(**given_, unlawful=True).fen == 20_000_00


@pytest.mark.parametrize(
    ("start", "contract", "end", "fen"),
    [
        (date(2025, 1, 15), None, date(2026, 3, 1), 55_000_00),  # eleven months, then it is deemed open-ended
        (date(2025, 1, 15), date(2025, 3, 1), date(2026, 3, 1), 2_500_00),  # 15–28 February: 14 of 28 days
        (date(2025, 1, 15), date(2025, 2, 15), date(2026, 3, 1), 0),  # within the first month
        (date(2025, 1, 15), None, date(2025, 2, 14), 0),
        (date(2025, 1, 15), None, date(2025, 4, 14), 10_000_00),
        (date(2025, 1, 31), None, date(2026, 1, 30), 55_000_00),
    ],
)
def test_double_wage(start, contract, end, fen):
    assert claims.double_wage(started_on=start, contract_on=contract, ended_on=end, monthly_fen=5_000_00).fen == fen


def test_unused_leave_of_a_whole_year_and_of_a_part():
    year = {"from_on": date(2025, 1, 1), "to_on": date(2025, 12, 31), "monthly_fen": 6_000_00}
    assert claims.annual_leave(worked_years=12, taken=3, **year).fen == 3862_07  # 7 × 6000 ÷ 21.75 × 2 = 3862.068…
    assert claims.annual_leave(worked_years=12, taken=11, **year).fen == 0
    assert claims.annual_leave(worked_years=0, taken=0, **year).fen == 0
    part = {"from_on": date(2025, 1, 1), "to_on": date(2025, 6, 30), "monthly_fen": 4_350_00}
    assert claims.annual_leave(worked_years=5, taken=0, **part).fen == 800_00  # 181 × 5 ÷ 365 = 2.47: 2 days × 200 × 2
    leap = {"from_on": date(2024, 1, 1), "to_on": date(2024, 12, 31), "monthly_fen": 2_175_00}
    assert claims.annual_leave(worked_years=20, taken=0, **leap).fen == 3_000_00  # 366 days give no sixteenth


def test_disability_grants():
    assert claims.work_injury(grade=10, monthly_fen=5_000_00).fen == 35_000_00
    assert claims.work_injury(grade=1, monthly_fen=3_000_00, average_fen=10_000_00).fen == 27 * 6_000_00
    assert claims.work_injury(grade=7, monthly_fen=90_000_00, average_fen=10_000_00).fen == 13 * 30_000_00
    allowance = claims.work_injury(grade=4, monthly_fen=8_000_00).steps[-1]
    assert allowance.fen == 6_000_00
    assert claims.work_death(average_fen=8_000_00, income_fen=54_188_00).fen == 48_000_00 + 1_083_760_00


def test_a_range_where_the_article_leaves_one():
    found = claims.after_order(unpaid_fen=1_01)
    assert (found.fen, found.most_fen) == (51, 101)  # half up


@pytest.mark.parametrize(
    ("code", "inputs", "field"),
    [
        ("compensation", {"started_on": date(2025, 2, 1), "ended_on": date(2025, 1, 1), "monthly_fen": 1}, "ended_on"),
        ("compensation", {"started_on": date(2025, 1, 1), "ended_on": date(2025, 2, 1), "monthly_fen": 0}, "monthly_fen"),
        ("double_wage", {"started_on": date(2001, 1, 1), "ended_on": date(2007, 2, 1), "monthly_fen": 1}, "ended_on"),
        ("work_injury", {"grade": 11, "monthly_fen": 1}, "grade"),
        (
            "annual_leave",
            {"worked_years": 3, "from_on": date(2024, 5, 1), "to_on": date(2025, 1, 1), "taken": 0, "monthly_fen": 1},
            "to_on",
        ),
    ],
)
def test_refusals_name_the_input(code, inputs, field):
    with pytest.raises(InvalidClaim) as refused:
        CALCULATORS[code].reckon(**inputs)
    assert refused.value.params["field"] == field
    assert str(refused.value)


@given(days, days, st.none() | days, wages)
def test_double_wage_is_never_above_eleven_months_and_a_contract_never_adds(one, other, contract, wage):
    start, end = min(one, other), max(one, other)
    without = claims.double_wage(started_on=start, ended_on=end, monthly_fen=wage).fen
    with_one = claims.double_wage(started_on=start, ended_on=end, monthly_fen=wage, contract_on=contract).fen
    assert 0 <= with_one <= without <= 11 * wage


@given(days, days, wages)
def test_compensation_grows_with_the_days_and_stays_near_the_years(one, other, wage):
    start, end = min(one, other), max(one, other)
    found = claims.economic_compensation(started_on=start, ended_on=end, monthly_fen=wage).fen
    assert found <= claims.economic_compensation(started_on=start, ended_on=end + timedelta(days=1), monthly_fen=wage).fen
    years = Fraction((end - start).days + 1, 365)
    assert abs(found - wage * years) <= wage * (1 + years / 365) + 1


def test_every_step_can_be_filled_in():
    for amount in (claims.work_injury(grade=3, monthly_fen=1, average_fen=9), claims.work_injury(grade=6, monthly_fen=900)):
        assert all(step.text % step.values for step in amount.steps)
