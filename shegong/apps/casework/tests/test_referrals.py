"""A need handed to another organisation: what the receiver sees, what comes back, and who is kept out."""

from __future__ import annotations

import json

import pytest

from shegong.apps.casework.models import Case, PlanNeed, Record, Referral
from shegong.apps.casework.queries import pages
from shegong.apps.casework.queries import referrals as reading
from shegong.apps.casework.queries.todo import todo
from shegong.apps.casework.services import referrals
from shegong.kernel.actions.errors import NotAllowed, Refused, Stale, WrongState
from shegong.kernel.actions.models import Notice
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs import tree
from shegong.kernel.orgs.reach import acting, everything, today
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db
SHARED = "停工两月，需办理失业登记"


def refer(case: Case, to: str = "partner", by: str = "town_worker", **more: object) -> Referral:
    more.setdefault("need", None)
    more["need"] = more["need"] or given.need_of(case)
    facts = {"to_org": cast.org(to), "shared": SHARED, "client_name": "王女士", "consent_on": today(), **more}
    do(by, referrals.refer_case, case, **facts)
    with everything():
        return Referral.objects.filter(case=case).order_by("-id")[0]


def state_of(case: Case) -> str:
    with everything():
        return Case.objects.get(pk=case.pk).state


def sees(account: str, referral: Referral) -> bool:
    with acting(cast.actor(account)) as actor:
        return reading.referrals(actor).filter(pk=referral.pk).exists()


def test_the_partner_sees_the_referral_but_not_the_case():
    case = given.working()
    referral = refer(case, client_phone="13800138000")
    with acting(cast.actor("partner")) as actor:
        found = reading.referrals_received(actor).get()
        assert (found.shared, found.client_name, str(found.client_phone)) == (SHARED, "王女士", "138****8000")
        assert found.case_number == case.number and case.number in str(found)
        assert not Case.objects.filter(pk=case.pk).exists()
        assert not PlanNeed.objects.exists() and not Record.objects.exists()
    for outsider in (
        "neighbour_partner",
        "neighbour_supervisor",
        "lawyer",
        "base_cadre",
        "employer_hr",
        "worker",
        "town2_worker",
    ):
        assert not sees(outsider, referral), outsider
        with acting(cast.actor(outsider)):
            assert not Referral.objects.exists(), outsider  # row-level security alone


@pytest.mark.parametrize("outsider", ["neighbour_partner", "neighbour_town_worker", "town2_worker", "finance"])
def test_outsiders_get_the_answer_of_a_thing_that_does_not_exist(outsider):
    referral = refer(given.working())
    for service, facts in ((referrals.accept_referral, {}), (referrals.recall_referral, {"reason": "不需要了"})):
        with pytest.raises(NotAllowed) as error:
            do(outsider, service, referral, **facts)
        assert error.value.status == 404


def test_a_case_whose_only_need_is_away_rests_and_wakes_with_the_outcome():
    case = given.working()
    referral = refer(case)
    assert state_of(case) == "referred"
    referral = do("partner", referrals.accept_referral, referral)
    assert referral.state == "accepted" and state_of(case) == "referred"
    do("partner", referrals.finish_referral, referral, outcome="met", answer="已办理失业登记并推荐岗位")
    with everything():
        stored = Case.objects.get(pk=case.pk)
        assert (stored.state, stored.held_from) == ("intervention", "")
        assert given.need_of(case).outcome == "met"
        bodies = [json.loads(r.body) for r in Record.objects.filter(case=case, kind="decision")]
        assert [b["decision"] for b in bodies] == ["referred", "referral_accept", "referral_finish"]
        assert bodies[-1]["text"] == "已办理失业登记并推荐岗位"
        lines = Entry.objects.filter(object_id=str(case.pk), deed="casework.referral.finish")
        assert lines.get().changes["state"] == ["referred", "intervention"]
        assert Entry.objects.filter(object_id=str(referral.pk), deed="casework.referral.finish").count() == 1
    with acting(cast.actor("town_worker")):
        assert Notice.objects.filter(user=cast.user("town_worker"), kind="casework.referral").count() == 2


def test_declined_comes_back_with_the_reason():
    case = given.working()
    referral = do("partner", referrals.decline_referral, refer(case), reason="不在本部门职责内")
    assert (referral.state, referral.answer) == ("declined", "不在本部门职责内")
    assert state_of(case) == "intervention" and given.need_of(case).outcome == "open"
    refer(case, to="neighbour_town")  # and may be sent elsewhere


def test_recalled_by_the_sender_only():
    case = given.working()
    referral = refer(case)
    with pytest.raises(NotAllowed):
        do("partner", referrals.recall_referral, referral, reason="不办")
    do("colleague", referrals.recall_referral, referral, reason="职工已自行解决")
    assert state_of(case) == "intervention"
    with pytest.raises(WrongState):
        do("partner", referrals.accept_referral, referral)


def test_the_sender_cannot_answer_for_the_receiver():
    referral = refer(given.working())
    for service, facts in ((referrals.accept_referral, {}), (referrals.decline_referral, {"reason": "算了吧算了"})):
        with pytest.raises(NotAllowed):
            do("town_worker", service, referral, **facts)


def test_with_another_open_need_the_case_goes_on():
    case = given.add_need(given.planned(), goal="孩子入学", indicator="已入学")
    do("town_worker", given.phases.submit_plan, case)
    do("supervisor", given.phases.approve_plan, case, opinion="同意")
    with everything():
        first, second = PlanNeed.objects.filter(case=case)
    one = refer(case, need=first)
    assert state_of(case) == "intervention"
    refer(case, need=second, to="neighbour_town")
    assert state_of(case) == "referred"
    do("partner", referrals.decline_referral, one, reason="材料不全不受理")
    assert state_of(case) == "intervention"  # one need is ours again


def test_while_the_plan_is_being_made_the_case_stays_in_planning():
    case = given.planned()
    refer(case)
    assert state_of(case) == "planning"


def test_a_union_of_any_place_can_receive():
    referral = refer(given.working(), to="other_town")
    do("other_town_worker", referrals.accept_referral, referral)
    with acting(cast.actor("other_city_officer")):
        assert Referral.objects.filter(pk=referral.pk).exists()  # it lies over the receiver


def refusal(case: Case, **more: object) -> str | None:
    with pytest.raises(Refused) as error:
        refer(case, **more)
    return error.value.field


def test_refusals_name_the_field():
    case, other = given.working(), given.planned()
    assert refusal(case, need=given.need_of(other)) == "need"
    assert refusal(case, to="town") == "to_org"
    assert refusal(case, to="firm") == "to_org"
    assert refusal(case, to="base") == "to_org"
    assert refusal(case, consent_on=None) == "consent_on"
    assert refusal(case, shared="  ") == "shared"
    assert refusal(case, client_name=" ") == "client_name"
    assert refusal(case, client_phone="12") == "client_phone"
    assert refusal(case, share_phone=True) == "client_phone"  # none on file
    refer(case)
    with pytest.raises(WrongState):
        refer(case)  # it rests: its only need is away


def test_a_need_is_with_one_office_at_a_time():
    case = given.planned()
    refer(case)
    assert refusal(case, to="neighbour_town") == "need"


def test_the_phone_is_revealed_to_the_receiver_and_leaves_no_copy():
    case = given.working(client=given.person(phone="13912345678"))
    referral = refer(case, share_phone=True)
    shown = do("partner", referrals.reveal_phone, referral, purpose="联系职工办理登记")
    assert shown.revealed == "13912345678"
    with pytest.raises(NotAllowed):
        do("town_worker", referrals.reveal_phone, referral, purpose="看看号码")
    with everything():
        line = Entry.objects.get(object_id=str(referral.pk), deed="casework.referral.reveal", outcome="done")
        assert "13912345678" not in json.dumps(line.changes) + line.reason


def test_a_stale_page_is_told():
    referral = refer(given.working())
    do("partner", referrals.accept_referral, referral, version=1)
    with pytest.raises(Stale):
        do("partner", referrals.decline_referral, referral, reason="忙不过来了", version=1)


def test_receivers_are_found_by_code_name_and_part_of_it():
    assert [o.code for o in reading.receivers_like("partner")] == ["partner"]
    assert [o.code for o in reading.receivers_like("天河区人力资源和社会保障局")] == ["partner"]
    found = [o.code for o in reading.receivers_like("人力资源", area="440104")]
    assert found == ["neighbour_partner", "partner"]
    assert reading.receivers_like("示例律师") == [] and reading.receivers_like("") == []


def test_the_path_follows_when_the_receiver_moves():
    referral = refer(given.working(), to="neighbour_town")
    with everything():
        tree.change(cast.org("neighbour_town"), today(), parent=cast.org("other_city"))
        moved = Referral.objects.get(pk=referral.pk)
        assert moved.to_path == cast.org("neighbour_town").path != referral.to_path
    do("neighbour_town_worker", referrals.accept_referral, referral)
    assert not sees("neighbour_supervisor", referral)


def test_it_waits_for_the_receiver_not_for_the_sender():
    referral = refer(given.working())
    for account, rows in (("town_worker", []), ("partner", [str(referral.pk)])):
        with acting(cast.actor(account)) as actor:
            assert [r.pk for r in todo(actor).referred.rows] == rows


def test_what_came_back_reads_in_words_not_in_codes():
    case = given.working()
    declined = refer(case)
    do("partner", referrals.decline_referral, declined, reason="不在本辖区")
    again = refer(case)
    do("partner", referrals.accept_referral, again)
    do("partner", referrals.finish_referral, again, outcome="partly", answer="已登记失业")
    with acting(cast.actor("town_worker")) as actor:
        records = pages.case_page(actor, Case.objects.get(pk=case.pk)).records
    shown = [(name, label, text) for record in records for name, label, text in record.fields if record.kind == "decision"]
    assert {text for name, _label, text in shown if name in ("decision", "outcome")} >= {"the referral was finished", "partly met"}
    codes = {name for name, label, _text in shown if name == label} | {t for n, _l, t in shown if n == "decision" and "_" in t}
    assert not codes
