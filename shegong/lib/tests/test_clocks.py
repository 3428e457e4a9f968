"""Statutory clocks: golden C10 and C12, what moves a limit and what cannot, and properties that hold for any."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import calendar, statutes
from shegong.lib.clocks import Event, InvalidClock, Limit, add_months, run
from shegong.lib.statutes import LIMITS, limit_on, needs_emergency_aid

days = st.dates(date(2012, 1, 1), date(2024, 12, 31))
LIMITATION = limit_on("arbitration.limitation", date(2024, 1, 1))
AWARD = limit_on("arbitration.award", date(2024, 1, 1))


@pytest.mark.parametrize(
    ("code", "start", "events", "due"),
    [
        ("arbitration.award", date(2024, 3, 8), [], date(2024, 4, 22)),
        ("arbitration.award", date(2024, 3, 8), [Event("extend", date(2024, 4, 18))], date(2024, 5, 7)),
        ("award.sue", date(2024, 4, 22), [], date(2024, 5, 7)),
        ("award.revoke", date(2024, 4, 22), [], date(2024, 5, 22)),
        ("mediation.agreement", date(2024, 3, 1), [], date(2024, 3, 16)),
        ("legal_aid.decide", date(2024, 6, 3), [], date(2024, 6, 10)),
        ("legal_aid.assign", date(2024, 6, 10), [], date(2024, 6, 13)),
        # five working days over the National Day holiday of 2024, with its make-up days
        ("arbitration.accept", date(2024, 9, 27), [], date(2024, 10, 10)),
        ("arbitration.hearing_notice", date(2024, 10, 15), [], date(2024, 10, 9)),
        ("arbitration.postpone", date(2024, 5, 8), [], date(2024, 4, 30)),
        ("arbitration.limitation", date(2024, 2, 29), [], date(2025, 2, 28)),
        ("injury.decide", date(2024, 1, 10), [], date(2024, 3, 10)),
    ],
)
def test_last_days(code, start, events, due):
    assert run(limit_on(code, start), start, events).due_on == due


def test_interruption_begins_anew_and_suspension_only_stands_still():
    start = date(2023, 5, 10)
    cut = run(LIMITATION, start, [Event("interrupt", date(2024, 1, 15), reason="向劳动监察投诉")])
    assert cut.due_on == date(2025, 1, 15)
    still = run(LIMITATION, start, [Event("suspend", date(2024, 1, 1)), Event("resume", date(2024, 1, 31))])
    assert still.due_on == date(2024, 6, 9)
    assert [(s.kind, s.due_on) for s in still.steps] == [
        ("start", date(2024, 5, 10)), ("suspend", None), ("resume", date(2024, 6, 9)),
    ]  # fmt: skip
    running = run(LIMITATION, start, [Event("suspend", date(2024, 1, 1))])
    assert running.due_on is None
    assert running.left(date(2030, 1, 1)) is None


@pytest.mark.parametrize(
    ("limit", "events", "code"),
    [
        (LIMITATION, [Event("interrupt", date(2022, 1, 1))], "before_start"),
        (LIMITATION, [Event("interrupt", date(2025, 1, 1))], "expired"),
        (LIMITATION, [Event("resume", date(2023, 6, 1))], "not_suspended"),
        (LIMITATION, [Event("suspend", date(2023, 6, 1)), Event("suspend", date(2023, 7, 1))], "suspended_already"),
        (LIMITATION, [Event("extend", date(2023, 6, 1))], "not_extendable"),
        (AWARD, [Event("interrupt", date(2023, 5, 20))], "not_interruptible"),
        (limit_on("award.sue", date(2023, 5, 10)), [Event("suspend", date(2023, 5, 20))], "not_suspendable"),
        (AWARD, [Event("extend", date(2023, 5, 20), 16)], "extended_too_far"),
        (AWARD, [Event("extend", date(2023, 5, 20), 5), Event("extend", date(2023, 5, 21), 5)], "extended_twice"),
        (limit_on("arbitration.postpone", date(2023, 5, 10)), [Event("extend", date(2023, 5, 20))], "counts_back"),
    ],
)
def test_what_cannot_have_happened_is_refused(limit, events, code):
    with pytest.raises(InvalidClock) as refusal:
        run(limit, date(2023, 5, 10), events)
    assert refusal.value.code == code
    assert str(refusal.value)


def test_a_rest_day_is_named_and_not_moved():
    ends = run(limit_on("mediation.agreement", date(2024, 3, 1)), date(2024, 3, 1))
    assert (ends.due_on, ends.rest_day, ends.provisional) == (date(2024, 3, 16), True, False)


def test_a_year_without_notice_says_so_where_working_days_count():
    far = date(max(calendar.official().years) + 2, 5, 4)
    assert run(limit_on("arbitration.accept", far), far).provisional
    assert not run(limit_on("arbitration.award", far), far).provisional


@pytest.mark.parametrize(("left", "urgent"), [(7, False), (6, True), (0, True), (-1, False)])
def test_emergency_aid_with_six_days_or_fewer(left, urgent):
    today = date(2024, 6, 3)
    assert needs_emergency_aid(today + timedelta(days=left), today) is urgent


def test_a_rule_holds_from_its_day_and_in_its_area():
    with pytest.raises(LookupError):
        limit_on("arbitration.award", date(2008, 4, 30))
    with pytest.raises(LookupError):
        limit_on("supervision.opinion", date(2024, 1, 1), "440106")
    assert limit_on("supervision.opinion", date(2024, 1, 1), "330106").unit == "workday"
    assert limit_on("supervision.opinion", date(2024, 1, 1), "110105").unit == "day"
    newer = Limit("arbitration.award", "x", "x", 30, "day", "新法", date(2026, 1, 1), area="")
    older = Limit("arbitration.award", "x", "x", 45, "day", "旧法", date(2008, 5, 1), date(2026, 1, 1))
    assert [limit_on("arbitration.award", date(y, 6, 1), known=(newer, older)).length for y in (2025, 2026)] == [45, 30]


def test_every_limit_names_its_article_and_is_in_force_once():
    for limit in LIMITS:
        assert "《" in limit.article
        assert len([o for o in statutes.limits_on(limit.valid_from, limit.area) if (o.code, o.area) == (limit.code, limit.area)]) == 1


@given(days, st.integers(0, 200), st.integers(0, 90))
def test_standing_still_costs_as_many_days_as_it_lasted(start, after, lasted):
    stop = start + timedelta(days=after)
    went_on = stop + timedelta(days=lasted)
    still = run(LIMITATION, start, [Event("suspend", stop), Event("resume", went_on)])
    plain = run(LIMITATION, start)
    assert still.due_on and plain.due_on
    assert (still.due_on - plain.due_on).days == lasted


@given(days, st.integers(0, 365))
def test_an_interruption_is_a_new_start(start, after):
    cut = start + timedelta(days=after)
    if cut <= add_months(start, 12):
        assert run(LIMITATION, start, [Event("interrupt", cut)]).due_on == run(LIMITATION, cut).due_on


@given(days, st.sampled_from([limit for limit in LIMITS if not limit.area and limit.valid_from <= date(2012, 1, 1)]))
def test_the_last_day_comes_after_its_event_and_later_events_end_later(start, limit):
    due, later = run(limit, start).due_on, run(limit, start + timedelta(days=1)).due_on
    assert due and later
    assert (due > start) == (limit.length > 0)
    assert due <= later
