"""One request from intake to rated closure, and what each step leaves behind."""

from __future__ import annotations

import json

import pytest

from shegong.apps.casework.models import CLOCK, Case, Record, Task
from shegong.apps.casework.services import phases
from shegong.kernel.actions.models import Approval, Notice
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything, today
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db


def test_from_intake_to_closure():
    case = given.closed()
    assert case.state == "closed"
    assert case.closed_on == today()
    assert case.close_reason == "goal"
    assert case.shown_once["rating_code"]
    with acting(cast.actor("county_clerk")):
        kinds = list(Record.objects.filter(case=case).order_by("id").values_list("kind", flat=True))
        assert kinds == ["consent", "assessment", "plan", "evaluation", "closure", "decision"]
        deeds = list(Entry.objects.filter(object_id=str(case.pk)).order_by("seq").values_list("deed", flat=True))
    assert [d.rpartition(".")[2] for d in deeds] == [
        "create", "accept", "consent", "assess", "plan_need", "submit_plan", "approve_plan", "settle_need", "evaluate",
        "submit_closure", "approve_closure",
    ]  # fmt: skip


def test_every_step_restarts_the_clock_as_one_task_of_the_worker_in_charge():
    case = given.working()
    with acting(cast.actor("town_worker")):
        clocks = Task.objects.filter(case=case, text=CLOCK)
        assert [t.due_on for t in clocks.filter(done_on=None)] == [case.due_on]
        assert clocks.exclude(done_on=None).count() == 2  # assessment and planning are done
        assert case.due_on > today()


def test_closing_ends_every_task_but_the_follow_up():
    case = given.closed()
    with acting(cast.actor("town_worker")):
        left = list(Task.objects.filter(case=case, done_on=None).values_list("text", flat=True))
    assert left == [phases.FOLLOW_UP_TASK]


def test_records_are_sealed_in_the_database():
    from django.db import connection

    case = given.assessed()
    with everything(), connection.cursor() as cursor:
        cursor.execute("select body from casework_record where case_id = %s", [case.pk])
        assert all("停工".encode() not in bytes(row[0]) for row in cursor.fetchall())
        assert json.loads(Record.objects.get(case=case, kind="assessment").body)["problems"] == "停工两个月"


def test_approval_is_announced_and_its_outcome_reported():
    case = given.submitted()
    with acting(cast.actor("supervisor")):
        assert Notice.objects.filter(object_id=str(case.pk), text__contains="awaits your approval").exists()
        assert Approval.objects.get(object_id=case.pk).state == "open"
    do("supervisor", phases.approve_plan, case)
    with acting(cast.actor("town_worker")):
        assert Notice.objects.filter(object_id=str(case.pk), text__contains="was approved").count() == 1


def test_return_goes_back_to_planning_and_the_next_submission_opens_a_new_vote():
    case = do("supervisor", phases.return_plan, given.submitted(), opinion="请补充家庭情况")
    assert case.state == "planning"
    case = do("town_worker", phases.submit_plan, case)
    case = do("supervisor", phases.approve_plan, case)
    assert case.state == "intervention"


def test_numbers_carry_the_year_and_never_repeat():
    first, second = given.case(), given.case()
    assert first.number != second.number
    assert first.number.startswith(str(today().year))
    assert len(first.number) == 11
    with everything():
        assert Case.objects.filter(number=first.number).count() == 1
