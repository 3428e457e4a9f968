"""The pure rules, by example and as properties."""

from __future__ import annotations

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st

from shegong.apps.casework import policy, rules
from shegong.lib import calendar

DAY = dt.date(2026, 3, 2)
days = st.dates(dt.date(2021, 1, 1), dt.date(2026, 12, 1))
states = st.sampled_from(sorted(policy.CASE.states))
lines = st.sampled_from(policy.Line.values)
risks = st.sampled_from([r.value for r in policy.Risk])
outcomes = st.sampled_from(["open", "met", "partly", "unmet", "referred"])
files = st.builds(
    rules.CaseFile,
    form=st.sampled_from(policy.Form.values),
    state=states,
    has_client=st.booleans(),
    participants=st.integers(0, 5),
    consent_on=st.none() | days,
    assessed=st.booleans(),
    evaluated=st.booleans(),
    need_outcomes=st.lists(outcomes, max_size=4).map(tuple),
    open_referrals=st.integers(0, 2),
    open_promises=st.integers(0, 2),
    open_shares=st.integers(0, 2),
)
shares = st.builds(
    rules.Share, st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["open", "agreed", "refused", "left"])
)


def test_codes_are_those_of_the_policy():
    assert set(policy.PHASES) == set(rules.ORDER)
    assert set(policy.CASE.states) > rules.RESTING
    assert set(rules.STANDS_IN) <= set(policy.CASE.states)
    assert set(policy.CloseReason.values) - {"goal"} == rules.EARLY_ENDS
    assert policy.Risk.values == [rules.NORMAL, rules.RAISED, rules.URGENT, rules.DANGER]
    for terms in rules.TERMS:
        assert {s for s, _ in terms.days} <= set(policy.CASE.states)
        assert {line for _, line in terms.days} <= {*policy.Line.values, "*"}


def test_every_reason_has_its_words():
    from shegong.apps.casework.services._file import REASONS

    seen: set[str] = set()
    for consent in (None, DAY):
        for state in ("planning", "evaluation"):
            for needs in ((), ("open",)):
                file = rules.CaseFile(
                    state=state, consent_on=consent, need_outcomes=needs, open_referrals=1, open_promises=1, live_clocks=1,
                    open_shares=1, open_aid=1, open_mediation=1,
                )
                for verdict in (
                    rules.may_accept(file), rules.may_assess(file, DAY - dt.timedelta(1)), rules.may_submit_plan(file),
                    rules.may_submit_closure(file, "goal"), rules.may_evaluate(file),
                ):  # fmt: skip
                    seen |= set(verdict.reasons)
    assert seen == set(REASONS)


@given(files, days)
def test_no_assessment_without_earlier_consent(file, on):
    assert rules.may_assess(file, on).ok == (file.consent_on is not None and file.consent_on <= on)


@given(files)
def test_a_plan_needs_consent_assessment_and_an_open_need(file):
    wanted = file.consent_on is not None and file.assessed and "open" in file.need_outcomes
    assert rules.may_submit_plan(file).ok == wanted


@given(files, st.sampled_from(policy.CloseReason.values))
def test_nothing_closes_over_an_open_need_or_referral(file, reason):
    verdict = rules.may_submit_closure(file, reason)
    if "open" in file.need_outcomes or file.open_referrals or file.open_promises or file.consent_on is None:
        assert not verdict.ok
    if verdict.ok and reason == "goal":
        assert file.state == "evaluation"
        assert file.evaluated


@given(states, lines, risks, days)
def test_higher_risk_is_never_due_later(state, line, risk, today):
    due = rules.next_due(state, line, risk, today)
    worse = rules.next_due(state, line, min(risk + 1, rules.DANGER), today)
    assert (due is None) == (worse is None)
    if due is not None:
        assert today <= worse <= due
        assert risk >= rules.DANGER or calendar.is_workday(due)


def test_limits_by_line_and_state():
    assert rules.next_due("intake", "mediation", 0, DAY) == dt.date(2026, 3, 3)
    assert rules.next_due("intake", "hardship", 0, DAY) == dt.date(2026, 3, 5)
    assert rules.next_due("intake", "hardship", rules.DANGER, DAY) == DAY
    assert rules.next_due("closed", "hardship", 0, DAY) is None


@given(days)
def test_the_terms_of_a_day_are_the_newest_before_it(day):
    newer = rules.Terms(dt.date(2024, 1, 1), {("intake", "*"): 1})
    assert rules.terms_on(day, [newer, *rules.TERMS]) == (newer if day >= newer.valid_from else rules.TERMS[0])


@given(risks, st.integers(1, 200))
def test_alarms_follow_danger_and_numbers(risk, people):
    alarm = rules.alarm(risk, people, rules.TERMS[0])
    assert (alarm.level == "immediate") == (risk == rules.DANGER)
    assert ("crowd" in alarm.reasons) == (people >= 10)
    assert alarm.least_risk >= risk


@given(states, days, days)
def test_overdue_only_while_somebody_has_to_act(state, due, today):
    assert rules.is_overdue(state, due, today) == (due < today and state not in rules.RESTING)
    assert not rules.is_overdue(state, None, today)


@given(days, st.integers(-20, 20))
def test_the_owner_hears_first_then_the_supervisor(due, shift):
    heard = rules.who_hears(due, due + dt.timedelta(shift))
    assert (heard == "") == (shift < 0)
    if heard == "supervisor":
        assert calendar.working_days_between(due, due + dt.timedelta(shift)) >= rules.TERMS[0].move_up_days


@given(st.lists(st.tuples(risks, st.none() | days), min_size=2, max_size=20))
def test_the_queue_puts_risk_before_the_day(rows):
    ordered = sorted(rows, key=lambda r: rules.queue_key(*r))
    for (risk, due), (next_risk, next_due) in itertools.pairwise(ordered):
        assert risk > next_risk or (risk == next_risk and (due or rules.NEVER) <= (next_due or rules.NEVER))


@given(st.lists(shares, max_size=30), st.lists(shares, max_size=30))
def test_group_sums_add_up(one, other):
    a, b, both = rules.group_totals(one), rules.group_totals(other), rules.group_totals([*one, *other])
    assert both.people == a.people + b.people
    assert both.claimed_fen == a.claimed_fen + b.claimed_fen
    assert both.recovered_fen == a.recovered_fen + b.recovered_fen
    assert sum(both.by_result.values()) == len(one) + len(other)


@given(states, st.sampled_from(["", *rules.ORDER[:-1]]))
def test_the_stepper_has_one_place_and_nothing_done_behind_it(state, held):
    steps = rules.steps(state, held)
    assert [phase for phase, _ in steps] == list(rules.ORDER)
    marks = [how for _, how in steps]
    if state in ("closed", "follow_up"):
        assert set(marks) == {"done"}
    else:
        assert marks.count("now") == 1
        assert "done" not in marks[marks.index("now") :]
