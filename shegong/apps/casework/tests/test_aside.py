"""Risk, escalation, hand-over, ties, emergencies, the group, and what the keeper does."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from shegong.apps.casework.models import Case, Member, Participant, PlanNeed, Record, Task
from shegong.apps.casework.queries.cases import cases as readable
from shegong.apps.casework.queries.cases import may_view, readers, ties
from shegong.apps.casework.services import aside, keeping, phases, records
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.models import Notice
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.models import Grant
from shegong.kernel.orgs.reach import acting, everything, today
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db


def opens(account: str, case: Case) -> bool:
    with acting(cast.actor(account)) as actor:
        found = readable(actor, "casework.case.view").filter(pk=case.pk).first()
        return found is not None and may_view(actor, found)


def told(account: str, case: Case, words: str) -> bool:
    with acting(cast.actor(account)):
        return Notice.objects.filter(object_id=str(case.pk), text__contains=words).exists()


# --- risk and escalation ----------------------------------------------------------------------------------------------------
def test_danger_to_life_is_escalated_and_due_at_once():
    case = given.case(risk=3)
    assert case.escalated_to == cast.org("county")
    assert case.due_on == today()
    assert told("county_clerk", case, "Danger to life")
    raised = do("town_worker", aside.set_risk, given.working(), risk=3, reason="透露轻生念头")
    assert (raised.escalated_to, raised.due_on) == (cast.org("county"), today())


@pytest.mark.parametrize(("people", "warned"), [(9, False), (10, True)])
def test_ten_people_with_one_claim_are_an_early_warning(people, warned):
    case = given.case(people=people, line="rights")
    assert told("county_clerk", case, "Early warning") is warned
    assert case.risk == (1 if warned else 0)
    assert case.escalated_to is None


def test_escalation_climbs_and_opens_the_case_to_the_level_asked_alone():
    case = do("town_worker", aside.escalate_case, given.working(), reason="涉及跨区企业，需区里协调")
    assert case.escalated_to == cast.org("county")
    assert not opens("city_officer", case)
    case = do("county_clerk", aside.escalate_case, case, reason="涉及多个区，请市总协调")
    assert case.escalated_to == cast.org("city")
    assert opens("city_officer", case)
    assert not opens("province_officer", case)
    assert told("city_officer", case, "escalated to you")
    with pytest.raises(NotAllowed, match="was asked"):
        do("county_clerk", aside.answer_escalation, case, answer="区里先处理")
    case = do("city_officer", aside.answer_escalation, case, answer="由市总牵头召集三方会议")
    assert case.escalated_to is None
    assert not opens("city_officer", case)
    assert told("town_worker", case, "was answered")


def test_there_is_nothing_above_the_top():
    case = given.working()
    for _ in range(3):
        case = do("county_clerk", aside.escalate_case, case, reason="请上级研究处理")
    with pytest.raises(Refused, match="no level above"):
        do("county_clerk", aside.escalate_case, case, reason="请上级研究处理")


# --- hand-over and tasks ------------------------------------------------------------------------------------------------------
def test_hand_over_moves_open_tasks_and_needs():
    case = do("town_worker", aside.reassign_case, given.working(), worker=cast.user("colleague"), reason="原社工休产假")
    assert case.worker == cast.user("colleague")
    with everything():
        assert set(Task.objects.filter(case=case, done_on=None).values_list("owner__username", flat=True)) == {
            "colleague"
        }
        assert PlanNeed.objects.get(case=case).owner.username == "colleague"
    assert told("colleague", case, "in charge")
    with pytest.raises(Refused):
        do("town_worker", aside.reassign_case, case, worker=cast.user("town2_worker"), reason="转给五山街道")


def test_a_task_is_finished_once_and_only_in_its_own_case():
    case, other = given.working(), given.working()
    do("town_worker", aside.set_task, case, text="联系企业", due_on=today())
    with everything():
        task = Task.objects.get(case=case, text="联系企业")
    with pytest.raises(Refused):
        do("town_worker", aside.finish_task, other, task=task)
    do("town_worker", aside.finish_task, case, task=task)
    with pytest.raises(Refused, match="already"):
        do("town_worker", aside.finish_task, case, task=task)


# --- ties ---------------------------------------------------------------------------------------------------------------------
def test_a_lawyer_sees_one_case_until_the_tie_ends():
    case, other = given.working(line="rights"), given.working(line="rights")
    do("county_clerk", aside.assign_member, case, user=cast.user("lawyer"), tie="lawyer", because="代理仲裁")
    assert opens("lawyer", case)
    assert not opens("lawyer", other)
    do("lawyer", phases.log_contact, case, kind="contact", text="会见当事人，核对工资单")
    with acting(cast.actor("lawyer")) as actor, pytest.raises(NotAllowed):
        phases.settle_need(actor, case, need=given.need_of(case), outcome="met")
    with everything():
        member = Member.objects.get(case=case, tie="lawyer")
    do("county_clerk", aside.unassign_member, case, member=member, reason="案件办结")
    assert not opens("lawyer", case)


def test_a_lawyer_corrects_only_her_own_entries():
    case = given.working(line="rights")
    do("county_clerk", aside.assign_member, case, user=cast.user("lawyer"), tie="lawyer")
    do("lawyer", phases.log_contact, case, kind="contact", text="会见当事人")
    with everything():
        mine, theirs = Record.objects.get(case=case, kind="contact"), Record.objects.get(case=case, kind="assessment")
    do("lawyer", records.correct_record, case, record=mine, text="电话会见当事人", reason="笔误")
    with pytest.raises(NotAllowed, match="own entries"):
        do("lawyer", records.correct_record, case, record=theirs, field="problems", text="改写", reason="原因")


def test_who_loses_the_post_loses_the_tie():
    case = given.working()
    do("county_clerk", aside.assign_member, case, user=cast.user("lawyer"), tie="lawyer")
    Grant.objects.filter(user=cast.user("lawyer")).update(valid_to=today())
    assert not opens("lawyer", case)


@pytest.mark.parametrize(
    ("account", "tie"), [("town_worker", "lawyer"), ("lawyer", "mediator"), ("lawyer", "owner"), ("expired", "helper")]
)
def test_a_tie_needs_the_role(account, tie):
    with pytest.raises(Refused):
        do("county_clerk", aside.assign_member, given.working(), user=cast.user(account), tie=tie)


def test_nobody_is_assigned_twice():
    case = given.working()
    do("county_clerk", aside.assign_member, case, user=cast.user("mediator"), tie="mediator")
    with pytest.raises(Refused, match="already"):
        do("county_clerk", aside.assign_member, case, user=cast.user("mediator"), tie="mediator")


# --- emergencies ----------------------------------------------------------------------------------------------------------------
def test_breaking_the_glass_opens_for_a_day_tells_the_superiors_and_stays_in_the_trail():
    case = given.working()
    assert not opens("city_officer", case)
    with pytest.raises(Refused) as refused:
        do("city_officer", aside.break_glass, case, reason="急")
    assert refused.value.field == "reason"
    do("city_officer", aside.break_glass, case, reason="接到职工轻生警情，需立即了解情况")
    assert opens("city_officer", case)
    assert told("province_officer", case, "in an emergency")
    assert told("supervisor", case, "in an emergency")
    with acting(cast.actor("town_worker")) as actor:
        entry = Entry.objects.get(object_id=str(case.pk), deed="casework.case.break_glass")
        assert "轻生" in entry.reason
        assert [r["name"] for r in readers(actor, case)] == ["杨小寒"]
    with everything():
        Member.objects.filter(tie="emergency").update(until=timezone.now() - dt.timedelta(minutes=1))
    assert not opens("city_officer", case)


def test_no_emergency_where_the_case_is_open_anyway_or_out_of_reach():
    case = given.working()
    with pytest.raises(Refused):
        do("supervisor", aside.break_glass, case, reason="想看看这个案子的情况")
    for account in ("other_city_officer", "neighbour_supervisor", "lawyer"):
        with pytest.raises(NotAllowed) as refused:
            do(account, aside.break_glass, case, reason="想看看这个案子的情况")
        assert refused.value.status == 404, account


# --- the group --------------------------------------------------------------------------------------------------------------------
def test_the_case_shows_the_sums_of_its_group_and_a_person_joins_once():
    case = given.case(form="group", line="rights", people=2, client=None)
    first = given.person("甲一")
    case = do("town_worker", aside.add_participant, case, person=first, claimed_fen=100_00)
    case = do(
        "town_worker",
        aside.add_participant,
        case,
        newcomer={"name": "乙二"},
        claimed_fen=250_50,
        is_representative=True,
    )
    assert (case.claimed_fen, case.people) == (350_50, 2)
    with pytest.raises(Refused, match="already"):
        do("town_worker", aside.add_participant, case, person=first)
    with everything():
        rows = list(Participant.objects.filter(case=case).order_by("claimed_fen"))
    case = do("town_worker", aside.settle_participant, case, participant=rows[0], result="left", recovered_fen=30_00)
    case = do("town_worker", aside.settle_participant, case, participant=rows[1], result="agreed", recovered_fen=200_00)
    assert (case.claimed_fen, case.recovered_fen) == (250_50, 230_00)


def test_tenth_worker_of_a_group_raises_the_alarm():
    case = given.case(form="group", line="rights", client=None)
    for n in range(10):
        case = do("town_worker", aside.add_participant, case, newcomer={"name": f"工友{'一二三四五六七八九十'[n]}"})
    assert (case.people, case.risk) == (10, 1)
    assert told("county_clerk", case, "Early warning")


def test_only_a_group_has_participants_and_its_amounts_are_not_typed():
    from shegong.apps.casework.services import cases

    with pytest.raises(Refused):
        do("town_worker", aside.add_participant, given.case(), newcomer={"name": "甲一"})
    with pytest.raises(Refused) as refused:
        do("town_worker", cases.correct_facts, given.case(form="group"), reason="更正", claimed_fen=5)
    assert refused.value.field == "claimed_fen"


# --- the keeper -------------------------------------------------------------------------------------------------------------------
def test_reminders_go_out_once_and_overdue_moves_up():
    case = given.working()
    do("town_worker", aside.set_task, case, text="联系企业", due_on=today())
    with everything():
        assert keeping.remind_due() == 1
        assert keeping.remind_due() == 0
        assert keeping.move_up_overdue() == 0
    assert told("town_worker", case, "Due in case")
    later = today() + dt.timedelta(days=14)
    with everything():
        Task.objects.filter(case=case).exclude(text="联系企业").delete()
        assert keeping.move_up_overdue(later) == 1
        assert keeping.move_up_overdue(later) == 0
    assert told("county_clerk", case, "still undone")
    assert not told("town_worker", case, "still undone")


def test_a_request_that_nobody_accepts_is_given_to_the_nearest_overseer():
    case = given.case()
    later = today() + dt.timedelta(days=14)
    with everything():
        assert keeping.move_up_overdue(later) == 1
        assert keeping.move_up_overdue(later) == 0
        task = Task.objects.get(case=case)
    assert task.owner.username in {"county_clerk", "supervisor", "second_supervisor"}
    assert told("county_clerk", case, "nobody has")


def test_ties_are_named():
    case = given.working()
    with acting(cast.actor("town_worker")) as actor:
        assert ties(actor, case) == {"worker_in_charge"}
    with acting(cast.actor("neighbour_town_worker")) as actor:
        assert ties(actor, case) == frozenset()
