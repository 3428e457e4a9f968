"""The gates between phases, approvals, closing and what comes after."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from shegong.apps.casework.models import Case, PlanNeed, Record, Task
from shegong.apps.casework.services import aside, cases, phases, records
from shegong.kernel.actions.errors import NotAllowed, Refused, WrongState
from shegong.kernel.indicators.models import Dirty
from shegong.kernel.orgs.reach import acting, everything, today
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db


# --- plan -------------------------------------------------------------------------------------------------------------------
def test_an_empty_plan_is_not_submitted():
    with pytest.raises(Refused) as refused:
        do("town_worker", phases.submit_plan, given.assessed())
    assert refused.value.detail["reasons"] == ["no_need"]


def test_a_need_makes_a_task_for_its_owner():
    case = given.add_need(given.assessed(), owner=cast.user("colleague"))
    with acting(cast.actor("colleague")):
        task = Task.objects.get(case=case, need__isnull=False)
        assert (task.owner.username, task.due_on) == ("colleague", today() + given.SOON)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"due_on": dt.date(2020, 1, 1)}, "due_on"),
        ({"problem": "x"}, "problem"),
        ({"priority": 7}, "priority"),
        ({"goal": ""}, "goal"),
    ],
)
def test_bad_needs_name_their_field(facts, field):
    with pytest.raises(Refused) as refused:
        given.add_need(given.assessed(), **facts)
    assert refused.value.field == field


def test_a_need_cannot_be_given_to_somebody_without_reach():
    with pytest.raises(Refused):
        given.add_need(given.assessed(), owner=cast.user("lawyer"))


def test_nobody_approves_what_they_submitted():
    case = given.planned()
    case = do("supervisor", phases.submit_plan, case)
    with pytest.raises(NotAllowed, match="yourself"):
        do("supervisor", phases.approve_plan, case)
    assert do("second_supervisor", phases.approve_plan, case).state == "intervention"


@pytest.mark.parametrize("account", ["town_worker", "county_clerk", "city_officer", "neighbour_supervisor"])
def test_only_a_supervisor_of_the_place_votes(account):
    case = given.submitted()
    with pytest.raises(NotAllowed):
        do(account, phases.approve_plan, case)


def test_a_return_needs_words():
    case = given.submitted()
    with pytest.raises(Refused) as refused:
        do("supervisor", phases.return_plan, case, opinion="改")
    assert refused.value.field == "opinion"
    assert do("supervisor", phases.approve_plan, case).state == "intervention"


def test_only_the_submitter_takes_it_back():
    case = given.submitted()
    with pytest.raises(NotAllowed):
        do("colleague", phases.withdraw_plan, case)
    assert do("town_worker", phases.withdraw_plan, case).state == "planning"


# --- intervention -------------------------------------------------------------------------------------------------------------
def test_logging_plans_the_next_contact_and_refuses_the_future():
    case = given.working()
    do(
        "town_worker",
        phases.log_contact,
        case,
        kind="visit",
        text="家访，了解情况",
        minutes=40,
        agreed="下周陪同办理",
        next_on=today() + given.SOON,
    )
    with acting(cast.actor("town_worker")):
        assert Task.objects.filter(case=case, text="下周陪同办理", due_on=today() + given.SOON).exists()
        assert Record.objects.get(case=case, kind="visit").minutes == 40
    with pytest.raises(Refused) as refused:
        do("town_worker", phases.log_contact, case, kind="visit", text="明天", happened_on=today() + dt.timedelta(1))
    assert refused.value.field == "happened_on"
    with pytest.raises(Refused):
        do("town_worker", phases.log_contact, case, kind="decision", text="不是接触")


def test_settling_a_need_finishes_its_tasks_and_can_be_taken_back():
    case = given.settled()
    with acting(cast.actor("town_worker")):
        assert not Task.objects.filter(case=case, need__isnull=False, done_on=None).exists()
    do("town_worker", phases.settle_need, case, need=given.need_of(case), outcome="open")
    assert given.need_of(case).outcome == "open"
    with pytest.raises(Refused):
        do("town_worker", phases.settle_need, case, need=given.need_of(case), outcome="wonderful")


def test_a_need_of_another_case_is_refused():
    case, other = given.working(), given.working()
    with everything():
        foreign = PlanNeed.objects.get(case=other)
    with pytest.raises(Refused) as refused:
        do("town_worker", phases.settle_need, case, need=foreign, outcome="met")
    assert refused.value.field == "need"


# --- closing --------------------------------------------------------------------------------------------------------------------
def test_no_closing_over_an_open_need():
    case = do("town_worker", phases.evaluate_case, given.working(), goals_reached="部分")
    with pytest.raises(Refused) as refused:
        do("town_worker", phases.submit_closure, case, close_reason="goal", text="结案")
    assert refused.value.detail["reasons"] == ["open_needs"]


def test_goal_reached_needs_an_evaluation_but_an_early_end_does_not():
    case = given.consented()
    with pytest.raises(Refused) as refused:
        do("town_worker", phases.submit_closure, case, close_reason="goal", text="结案")
    assert refused.value.detail["reasons"] == ["not_evaluated"]
    assert (
        do("town_worker", phases.submit_closure, case, close_reason="lost", text="三次联系不上").state
        == "closure_review"
    )


def test_without_consent_a_case_is_declined_not_closed():
    case = given.accepted()
    with pytest.raises(Refused):
        do("town_worker", phases.submit_closure, case, close_reason="client", text="不愿继续")
    assert do("supervisor", cases.decline_case, case, reason="本人不同意建档").state == "closed"


def test_a_returned_early_end_goes_back_to_its_own_phase():
    case = do("town_worker", phases.submit_closure, given.assessed(), close_reason="lost", text="联系不上")
    case = do("supervisor", phases.return_closure, case, opinion="请再上门一次")
    assert (case.state, case.close_reason) == ("planning", "")


def test_a_returned_closure_goes_to_intervention_and_a_withdrawn_one_to_evaluation():
    case = given.to_close()
    assert do("town_worker", phases.withdraw_closure, case).state == "evaluation"
    case = do("town_worker", phases.submit_closure, case, close_reason="goal", text="目标达成")
    assert do("supervisor", phases.return_closure, case, opinion="补充回访记录").state == "intervention"


def test_nobody_is_asked_to_rate_after_a_death():
    case = given.closed_early("death")
    assert not hasattr(case, "shown_once")
    with acting(cast.actor("town_worker")):
        assert not Task.objects.filter(case=case, done_on=None).exists()


def test_reopening_counts_and_the_month_of_closing_is_counted_again():
    case = given.closed_early()
    with everything():
        Case.objects.filter(pk=case.pk).update(closed_on=dt.date(2026, 1, 9))
        Dirty.objects.all().delete()
    case = do("town_worker", phases.reopen_case, case, reason="补助没有到账")
    assert (case.state, case.reopened, case.closed_on, case.close_reason) == ("assessment", 1, None, "")
    with everything():
        assert Record.objects.filter(case=case, kind="decision").count() == 1  # the closing itself stays on file
        # the month it had been closed in is counted again
        assert Dirty.objects.filter(model="casework.Case", month=dt.date(2026, 1, 1)).exists()
    again = do("town_worker", phases.submit_closure, case, close_reason="client", text="本人终止")
    assert do("supervisor", phases.approve_closure, again).reopened == 1


def test_follow_up_and_its_end_keep_the_closing_day():
    case = do(
        "town_worker",
        phases.follow_up_case,
        given.closed_early(),
        text="电话回访，情况稳定",
        stable=True,
        next_on=today() + given.SOON,
    )
    assert case.state == "follow_up"
    day = case.closed_on
    case = do("town_worker", phases.end_follow_up, case, text="不再跟进")
    assert (case.state, case.closed_on) == ("closed", day)


# --- aside ------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("stage", ["case", "assessed", "working", "evaluated"])
def test_resuming_returns_to_the_phase_that_was_left(stage):
    case = getattr(given, stage)()
    left = case.state
    case = do("town_worker", aside.suspend_case, case, reason="回乡处理家事", review_on=today() + given.SOON)
    assert (case.state, case.held_from) == ("suspended", left)
    case = do("town_worker", aside.resume_case, case)
    assert (case.state, case.held_from) == (left, "")


def test_a_suspended_case_cannot_be_suspended_or_evaluated():
    case = do("town_worker", aside.suspend_case, given.working(), reason="回乡处理家事", review_on=today())
    for service, facts in (
        (aside.suspend_case, {"reason": "再停一次吧", "review_on": today()}),
        (phases.evaluate_case, {"goals_reached": "好"}),
    ):
        with pytest.raises(WrongState):
            do("town_worker", service, case, **facts)


def test_a_correction_keeps_the_old_text():
    case = given.assessed()
    with everything():
        old = Record.objects.get(case=case, kind="assessment")
    do(
        "colleague",
        records.correct_record,
        case,
        record=old,
        field="problems",
        text="停工三个月",
        reason="工资单为三个月",
    )
    with everything():
        assert json.loads(Record.objects.get(pk=old.pk).body)["problems"] == "停工两个月"
        new = Record.objects.get(case=case, kind="correction")
        assert (new.corrects_id, json.loads(new.body)["text"]) == (old.pk, "停工三个月")
    with pytest.raises(Refused) as refused:
        do("colleague", records.correct_record, case, record=old, field="nonsense", text="文字", reason="原因")
    assert refused.value.field == "field"


def test_an_entry_of_another_case_is_not_corrected_here():
    case, other = given.assessed(), given.assessed()
    with everything():
        foreign = Record.objects.get(case=other, kind="assessment")
    with pytest.raises(Refused):
        do("town_worker", records.correct_record, case, record=foreign, field="problems", text="文字", reason="原因")
