"""Who may take in what, where it lands, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest

from shegong.apps.casework.models import Case, Member
from shegong.apps.casework.queries.cases import cases as readable
from shegong.apps.casework.services import aside, cases, phases
from shegong.kernel.actions.errors import KeyReused, NotAllowed, Refused, Stale, WrongState
from shegong.kernel.actions.models import Notice
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.lib.ids import new_id
from shegong.registry.models import Person
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db


def seen_by(account: str, deed: str = "casework.case.list") -> set[str]:
    with acting(cast.actor(account)) as actor:
        return set(readable(actor, deed).values_list("number", flat=True))


def own_person(account: str) -> Person:
    with everything():
        place = cast.org("town")
        return Person.objects.create(
            org=place, org_path=place.path, name=cast.user(account).name, user=cast.user(account)
        )


# --- where cases land and who sees them ---------------------------------------------------------------------------------
def test_neighbours_see_nothing_and_those_above_see_the_list():
    case = given.case()
    for account in ("town_worker", "colleague", "supervisor", "county_clerk", "city_officer", "province_officer"):
        assert seen_by(account) == {case.number}, account
    for account in (
        "neighbour_town_worker",
        "neighbour_county_clerk",
        "other_city_officer",
        "lawyer",
        "hotline",
        "worker",
        "expired",
    ):
        assert seen_by(account) == set(), account


def test_officers_above_list_but_do_not_open():
    given.case()
    assert seen_by("city_officer", "casework.case.view") == set()
    assert seen_by("county_clerk", "casework.case.view") != set()


def test_without_any_filter_row_level_security_holds_the_wall():
    case = given.case()
    for account in ("neighbour_town_worker", "neighbour_supervisor", "employer_hr", "expired", "other_city_officer"):
        with acting(cast.actor(account)):
            assert not Case.objects.filter(pk=case.pk).exists(), account


def test_a_base_cadres_case_belongs_to_the_town_and_stays_visible_to_her():
    case = given.case("base_cadre", "base", newcomer={"name": "李工"})
    assert case.org == cast.org("town")
    assert seen_by("base_cadre") == {case.number}
    assert case.number in seen_by("town_worker")
    with acting(cast.actor("town_worker")):
        assert Notice.objects.filter(object_id=str(case.pk)).exists()
        assert case.client and Person.objects.get(pk=case.client_id).name == "李工"


@pytest.mark.parametrize("line", ["rights", "mediation"])
def test_the_employers_side_never_sees_a_dispute_not_even_her_own_report(line):
    case = given.case("base_cadre", "base", line=line)
    assert seen_by("base_cadre") == set()
    with acting(cast.actor("base_cadre")) as actor, pytest.raises(NotAllowed):
        cases.correct_facts(actor, case, reason="改错", people=2)


def test_a_case_that_becomes_a_dispute_disappears_from_the_base_union():
    case = given.case("base_cadre", "base")
    do("town_worker", cases.correct_facts, case, reason="其实是欠薪", line="rights")
    assert seen_by("base_cadre") == set()


def test_a_worker_asks_and_sees_only_her_own():
    own = own_person("worker")
    case = do("worker", cases.request_case, cast.org("town"), line="rights", summary="被拖欠两个月工资")
    assert case.client == own
    assert seen_by("worker") == {case.number}
    assert seen_by("other_worker") == set()
    with everything():
        assert Member.objects.get(case=case).tie == "client"


def test_the_hotline_takes_in_for_a_town_and_follows_its_own():
    case = given.case("hotline", "town", newcomer={"name": "来电人", "phone": "13800138000"}, source="hotline")
    assert seen_by("hotline") == {case.number}
    assert case.source == "hotline"


def test_consultation_is_closed_at_once_and_can_be_taken_up():
    case = do(
        "town_worker",
        cases.consult_case,
        cast.org("town"),
        line="rights",
        question="加班费怎么算",
        answer="按劳动法第四十四条",
    )
    assert (case.state, case.closed_on, case.form) == ("closed", today(), "consultation")
    case = do("town_worker", cases.take_up_consultation, case, summary="要求补发加班费")
    assert (case.state, case.closed_on, case.close_reason, case.form) == ("intake", None, "", "individual")
    with pytest.raises(Refused):
        do("town_worker", cases.take_up_consultation, given.closed_early())


# --- refusals --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"line": "nonsense"}, "line"),
        ({"problem": "nonsense"}, "problem"),
        ({"risk": 9}, "risk"),
        ({"people": 0}, "people"),
        ({"summary": " "}, "summary"),
        ({"claimed_fen": -1}, "claimed_fen"),
        ({"registered_on": dt.date(2100, 1, 1)}, "registered_on"),
        ({"newcomer": {"name": "甲", "id_number": "123"}}, "client_id_number"),
    ],
)
def test_bad_facts_name_their_field(facts, field):
    with pytest.raises(Refused) as refused:
        given.case(**facts)
    assert refused.value.field == field


def test_a_refusal_leaves_no_case_but_a_line_in_the_trail():
    with acting(cast.actor("town_worker")) as actor, pytest.raises(Refused):
        cases.create_case(actor, cast.org("town"), line="nonsense", summary="欠薪两个月")
    with everything():
        assert not Case.objects.exists()
        assert Entry.objects.filter(deed="casework.case.create", outcome="refused").count() == 1


def test_foreign_staff_meet_a_missing_record():
    case = given.case()
    for account in ("neighbour_town_worker", "neighbour_supervisor", "lawyer"):
        with pytest.raises(NotAllowed) as refused:
            do(account, cases.accept_case, case)
        assert refused.value.status == 404, account


def test_accept_needs_a_client_and_a_worker_who_reaches_the_case():
    nameless = given.case(client=None)
    with pytest.raises(Refused, match="whom the case is about"):
        do("town_worker", cases.accept_case, nameless)
    with pytest.raises(Refused) as refused:
        do("town_worker", cases.accept_case, given.case(), worker=cast.user("neighbour_town_worker"))
    assert refused.value.field == "worker"


def test_the_same_key_gives_the_same_case_and_another_body_is_refused():
    key, facts = new_id(), {"line": "care", "summary": "独居，想有人说话"}
    first = do("town_worker", cases.create_case, cast.org("town"), key=key, **facts)
    again = do("town_worker", cases.create_case, cast.org("town"), key=key, **facts)
    assert again.pk == first.pk
    with pytest.raises(KeyReused):
        do("town_worker", cases.create_case, cast.org("town"), key=key, **{**facts, "line": "rights"})
    with everything():
        assert Case.objects.count() == 1


def test_a_stale_version_is_told():
    case = given.case()
    do("town_worker", aside.set_risk, case, risk=1, reason="情绪低落，需要关注", version=1)
    with pytest.raises(Stale) as stale:
        do("colleague", aside.set_risk, case, risk=2, reason="已有过激言论", version=1)
    assert stale.value.detail["theirs"].risk == 1


def test_decline_needs_the_supervisor_and_a_reason():
    case = given.case()
    with pytest.raises(NotAllowed):
        do("town_worker", cases.decline_case, case, reason="不属于受理范围")
    with pytest.raises(Refused):
        do("supervisor", cases.decline_case, case, reason="不")
    case = do("supervisor", cases.decline_case, case, reason="已由法院受理，不属于受理范围")
    assert (case.state, case.closed_on) == ("closed", today())


# --- consent ----------------------------------------------------------------------------------------------------------------
def test_no_assessment_before_consent():
    case = given.accepted()
    with pytest.raises(Refused, match="consent"):
        do("town_worker", phases.assess_case, case, problems="问题", needs="需要")


def test_consent_counts_only_with_its_exceptions_explained():
    case = given.accepted()
    with pytest.raises(Refused) as refused:
        do("town_worker", cases.record_consent, case, kind="written", exceptions_explained=False)
    assert refused.value.field == "exceptions_explained"
    with pytest.raises(Refused):
        do("town_worker", cases.record_consent, case, kind="winked", exceptions_explained=True)


def test_an_assessment_cannot_be_dated_before_consent():
    with pytest.raises(Refused) as refused:
        do(
            "town_worker",
            phases.assess_case,
            given.consented(),
            problems="问题",
            needs="需要",
            happened_on=today() - dt.timedelta(1),
        )
    assert refused.value.field == "happened_on"


def test_the_database_too_holds_consent_before_assessment():
    from django.db import IntegrityError, transaction

    case = given.accepted()
    with everything(), pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="planning")


def test_correcting_the_request_keeps_the_old_text():
    from shegong.apps.casework.models import Record

    case = given.case()
    old = case.summary
    do("town_worker", cases.correct_facts, case, reason="听错了", summary="要求补缴社保")
    with acting(cast.actor("town_worker")):
        assert Case.objects.get(pk=case.pk).summary == "要求补缴社保"
        assert old in Record.objects.get(case=case, kind="correction").body


def test_steps_out_of_turn_are_conflicts():
    case = given.case()
    for service, facts in (
        (phases.submit_plan, {}), (phases.evaluate_case, {"goals_reached": "好"}), (aside.resume_case, {}),
        (phases.follow_up_case, {"text": "回访"}), (phases.reopen_case, {"reason": "又有新情况"}),
    ):  # fmt: skip
        with pytest.raises(WrongState):
            do("town_worker", service, case, **facts)
