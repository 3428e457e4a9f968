"""Forms: one per deed, in words that help; what they give is what the services take."""

from __future__ import annotations

import inspect

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shegong.apps.casework.models import Case
from shegong.apps.casework.policy import CASE
from shegong.apps.casework.services import aside, cases, phases
from shegong.kernel.actions.deeds import service_of
from shegong.kernel.actions.vocabulary import form_of
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.lib.ids import new_id
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db
NO_FORM = {"withdraw_plan", "withdraw_closure", "renew_invite"}  # a confirmation is enough
OTHERS = {"add_document", "remove_document", "refer", "promise", "renew_invite"}
MINE = [d.code for d in CASE.deeds.values() if not (d.reads or d.batch or d.verb in NO_FORM | OTHERS)]


def filled(account: str, code: str, target, **posted):
    """The bound form of a deed, as the deed page makes it."""
    with acting(cast.actor(account)) as actor:
        form = form_of(code)(posted, actor=actor, target=target)
        form.is_valid()
    return form


@pytest.mark.parametrize("code", MINE)
def test_every_deed_has_a_form_whose_fields_its_service_takes(code):
    """``**facts`` takes any name; otherwise each name of a form must be a parameter of the service."""
    assert form_of(code) is not None, code
    parameters = inspect.signature(service_of(code)).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    folded = {"client_name", "client_id_number", "client_phone", "client_sex", "client"}
    names = set(form_of(code).base_fields) - (folded - set(parameters))
    assert names <= set(parameters), names - set(parameters)


@pytest.mark.parametrize("code", MINE)
def test_every_field_has_a_label(code):
    for name, field in form_of(code).base_fields.items():
        assert field.label, f"{code} {name}"


def test_intake_by_form():
    form = filled(
        "town_worker", "casework.case.create", cast.org("town"), line="rights", summary="拖欠工资三个月", source="walk_in",
        form="individual", people="1", risk="0", registered_on=str(today()), claimed_fen="1.2万", client_name="王五",
        client_phone="13800138000",
    )  # fmt: skip
    assert form.errors == {}
    case = do("town_worker", cases.create_case, cast.org("town"), **form.cleaned_data)
    assert (case.claimed_fen, case.client.name, str(case.client.phone)) == (1_200_000, "王五", "138****8000")


def test_intake_for_somebody_on_file_prefers_the_record():
    person = given.person()
    form = filled(
        "town_worker", "casework.case.create", cast.org("town"), line="care", summary="想学一门手艺", source="visit",
        form="individual", people="1", risk="0", registered_on=str(today()), client=str(person.pk),
    )  # fmt: skip
    assert form.errors == {}
    assert do("town_worker", cases.create_case, cast.org("town"), **form.cleaned_data).client == person


def test_a_person_out_of_reach_is_no_choice():
    foreign = given.person("外区人", "neighbour_town", "neighbour_town_worker")
    form = filled(
        "town_worker", "casework.case.create", cast.org("town"), line="care", summary="想学一门手艺", source="visit",
        form="individual", people="1", risk="0", registered_on=str(today()), client=str(foreign.pk),
    )  # fmt: skip
    assert set(form.errors) == {"client"}


def test_numbers_without_a_name_and_bad_money_are_told_by_field():
    form = filled(
        "town_worker", "casework.case.create", cast.org("town"), line="rights", summary="欠薪", source="walk_in",
        form="individual", people="0", risk="0", registered_on="soon", claimed_fen="a lot", client_phone="13800138000",
    )  # fmt: skip
    assert set(form.errors) == {"people", "registered_on", "claimed_fen", "client_name"}


def test_correcting_facts_by_form_changes_only_what_was_changed():
    case = given.case(claimed_fen=5_000_00)
    with acting(cast.actor("town_worker")) as actor:
        shown = form_of("casework.case.correct_facts")(actor=actor, target=case)
        posted = {name: "" if (v := shown[name].value()) is None else str(v) for name in shown.fields}
    form = filled("town_worker", "casework.case.correct_facts", case, **{**posted, "people": "3", "reason": "共三人"})
    assert form.errors == {}
    after = do("town_worker", cases.correct_facts, case, **form.cleaned_data)
    assert (after.people, after.claimed_fen, after.client_id, after.summary) == (
        3,
        5_000_00,
        case.client_id,
        case.summary,
    )


def test_phase_forms_go_through_to_the_services():
    case = given.consented()
    form = filled(
        "town_worker",
        "casework.case.assess",
        case,
        happened_on=str(today()),
        self_system="腰伤未愈",
        problems="停工",
        needs="补助",
        risk="1",
    )
    assert form.errors == {}
    case = do("town_worker", phases.assess_case, case, **form.cleaned_data)
    form = filled(
        "town_worker", "casework.case.plan_need", case, problem="relief", priority="1", goal="渡过难关", indicator="补助到账",
        method="申请", owner=str(cast.user("colleague").pk), due_on=str(today()),
    )  # fmt: skip
    assert form.errors == {}
    do("town_worker", phases.plan_need, case, **form.cleaned_data)
    need = given.need_of(case)
    assert (need.priority, need.owner.username) == (1, "colleague")


def test_choices_of_colleagues_end_at_the_places_above():
    case = given.accepted()
    with acting(cast.actor("town_worker")) as actor:
        form = form_of("casework.case.reassign")(actor=actor, target=case)
        names = {u.username for u in form.fields["worker"].queryset}
    assert names == {"colleague", "supervisor", "second_supervisor", "county_clerk"}
    assert filled(
        "town_worker", "casework.case.reassign", case, worker=str(cast.user("town2_worker").pk), reason="转交"
    ).errors.keys() == {"worker"}


def test_lawyers_and_partners_of_the_city_can_be_assigned():
    case = given.accepted()
    with acting(cast.actor("county_clerk")) as actor:
        form = form_of("casework.case.assign")(actor=actor, target=case)
        names = {u.username for u in form.fields["user"].queryset}
    assert {"lawyer", "mediator", "partner", "colleague"} <= names
    assert not {"expired", "suspended", "worker", "other_town_worker"} & names


def test_corrections_offer_the_entries_of_this_case_only():
    case, other = given.assessed(), given.assessed()
    with acting(cast.actor("town_worker")) as actor:
        form = form_of("casework.case.correct_record")(actor=actor, target=case)
        offered = {r.case_id for r in form.fields["record"].queryset}
    assert offered == {case.pk} != {other.pk}
    assert "problems" in dict(form.fields["field"].choices)


def test_participants_by_form():
    case = given.case(form="group", line="rights", client=None)
    form = filled("town_worker", "casework.case.add_participant", case, client_name="甲一", claimed_fen="3,000.50")
    assert form.errors == {}
    assert do("town_worker", aside.add_participant, case, **form.cleaned_data).claimed_fen == 300_050


def test_taking_in_a_case_stays_within_its_budget_of_queries():
    """Twelve with session and actor; savepoints are not queries of ours but are counted here too."""
    person, place = given.person(), cast.org("town")
    with acting(cast.actor("town_worker")) as actor, CaptureQueriesContext(connection) as taken:
        cases.create_case(actor, place, key=new_id(), line="care", summary="想学一门手艺", client=person)
    sql = [q["sql"] for q in taken if "SAVEPOINT" not in q["sql"]]
    assert len(sql) <= 12, [s[:100] for s in sql]
    with everything():
        assert Case.objects.count() == 1
