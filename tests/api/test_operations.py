"""Operations of the API do what a click does: for the same people, through the same doors, with the same trail."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from shegong.apps.casework.models import Case, UrgentNeed
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import everything, today
from shegong.lib import idcard
from tests import cast, world

from .callers import Caller

pytestmark = pytest.mark.django_db
CASE = {
    "org": "town",
    "line": "rights",
    "summary": "三个月没有发工资",
    "problem": "wages",
    "external_ref": "HR-2026-77",
}
FOREIGN = ["neighbour_town_worker", "neighbour_supervisor", "neighbour_county_clerk", "other_city_officer", "other_town_worker",
           "town2_worker", "employer_hr", "base_cadre", "neighbour_partner", "finance", "auditor", "expired", "system_admin"]  # fmt: skip


def entries(pk: object, deed: str) -> int:
    with everything():
        return Entry.objects.filter(object_id=str(pk), deed=deed).count()


# --- another system files a request and follows it --------------------------------------------------------------------
def test_a_request_is_filed_and_followed():
    sender = Caller("hotline")
    filed = sender.post("cases", {**CASE, "client": {"name": "欧阳甲", "phone": "13800001111"}})
    assert filed.status_code == 201, filed.content.decode()
    pk = filed.json()["id"]
    with everything():
        case = Case.objects.select_related("client", "org").get(pk=pk)
    assert (case.source, case.state, case.org.code, case.client.name) == ("system", "intake", "town", "欧阳甲")
    found = sender.get("cases", external_ref="HR-2026-77").json()["items"]
    assert [c["id"] for c in found] == [pk]
    progress = sender.get(f"cases/{pk}/progress").json()
    assert (progress["state"], progress["state_label"], progress["external_ref"]) == ("intake", "Intake", "HR-2026-77")
    assert "summary" not in progress and "client" not in progress
    assert Caller("neighbour_town_worker").get("cases", external_ref="HR-2026-77").json()["items"] == []
    from shegong.apps.casework.services.cases import accept_case
    from shegong.kernel.orgs.reach import acting

    with acting(cast.actor("town_worker")) as actor:
        accept_case(actor, case)
    assert sender.get(f"cases/{pk}/progress").json()["state"] == "assessment"


def test_the_senders_number_is_his_own():
    Caller("hotline").post("cases", CASE)
    assert Caller("town_worker").get("cases", external_ref="HR-2026-77").json()["items"] == []


def test_who_may_not_file_there():
    for account, status in (
        ("neighbour_town_worker", 404),
        ("worker", 404),
        ("lawyer", 404),
        ("expired", 404),
        ("employer_hr", 404),
    ):
        assert Caller(account).post("cases", CASE).status_code == status, account
    with everything():
        assert not Case.objects.filter(external_ref="HR-2026-77").exists()


def test_a_consultation_is_closed_at_once():
    body = {
        "org": "town",
        "line": "rights",
        "question": "加班费怎么算",
        "answer": "按法定标准",
        "client_name": "欧阳乙",
    }
    answer = Caller("town_worker").post("consultations", body)
    assert answer.status_code == 201
    with everything():
        assert Case.objects.get(pk=answer.json()["id"]).state == "closed"


# --- reading ----------------------------------------------------------------------------------------------------------
def test_opening_a_case_is_in_its_trail_and_shows_masks(home):
    case = home.things["casework.case"]
    given = Caller("town_worker").get(f"cases/{case.pk}").json()
    assert given["summary"] == world.CANARY and given["client"] == world.CLIENT
    assert "*" in given["client_record"]["id_number"] and world.PHONE not in str(given)
    assert entries(case.pk, "casework.case.view") == 1


@pytest.mark.parametrize("account", FOREIGN)
def test_foreign_is_the_same_404_as_not_existing(home, account):
    caller, wrong = Caller(account), []
    things = {"cases/{}": "casework.case", "cases/{}/progress": "casework.case"}
    deeds = {
        "cases/{}/contacts": ("casework.case", {"kind": "contact", "text": "看看"}),
        "referrals/{}/accept": ("casework.referral", {"version": 1}),
        "referrals/{}/decline": ("casework.referral", {"version": 1, "reason": "不"}),
        "referrals/{}/finish": ("casework.referral", {"version": 1, "outcome": "met", "answer": "好"}),
    }
    with everything():
        before = world.digest_of_everything()
    for path, kind in things.items():
        there, nowhere = (caller.get(path.format(pk)) for pk in (home.things[kind].pk, uuid.uuid4()))
        if (there.status_code, there.content, dict(there.headers)) != (404, nowhere.content, dict(nowhere.headers)):
            wrong.append(path)
    for path, (kind, body) in deeds.items():
        there, nowhere = (caller.post(path.format(pk), body) for pk in (home.things[kind].pk, uuid.uuid4()))
        if (there.status_code, there.content) != (404, nowhere.content):
            wrong.append(path)
    with everything():
        assert world.digest_of_everything() == before
    assert not wrong
    for path in ("cases", "urgent-needs", "referrals"):
        assert world.CANARY not in caller.get(path).content.decode()
        assert world.CLIENT not in caller.get(path).content.decode()


def test_levels_above_list_rows_but_do_not_open_them(home):
    case = home.things["casework.case"]
    officer = Caller("city_officer")
    row = next(c for c in officer.get("cases").json()["items"] if c["id"] == str(case.pk))
    assert row["client"] == "欧**"
    assert officer.get(f"cases/{case.pk}").status_code == 403
    assert world.CANARY not in officer.get(f"cases/{case.pk}").content.decode()


def test_ties_open_the_case(home):
    case = home.things["casework.case"]
    for account in ("worker", "lawyer", "mediator"):
        assert Caller(account).get(f"cases/{case.pk}").status_code == 200, account
    assert (
        Caller("lawyer").post(f"cases/{case.pk}/contacts", {"kind": "contact", "text": "谈了一次"}).status_code == 200
    )
    assert (
        Caller("worker").post(f"cases/{case.pk}/contacts", {"kind": "contact", "text": "谈了一次"}).status_code == 404
    )


def test_lists_are_paged_by_key_and_filtered_by_the_allow_list():
    caller = Caller("town_worker")
    made = [
        caller.post("cases", {**CASE, "line": line}).json()["id"]
        for line in ("rights", "care", "rights", "care", "rights")
    ]
    seen, after = [], ""
    for _turn in range(4):
        page = caller.get("cases", limit=2, **({"after": after} if after else {})).json()
        seen += [c["id"] for c in page["items"]]
        after = page["after"]
        if not after:
            break
    assert seen == made[::-1]
    assert {c["line"] for c in caller.get("cases", line="care").json()["items"]} == {"care"}
    assert caller.get("cases", limit=101).status_code == 400
    assert (caller.get("cases", line="x").status_code, caller.get("cases", line="x").json()["field"]) == (422, "line")
    assert caller.get("cases", org="town").json()["items"] and not caller.get("cases", org="town2").json()["items"]


# --- referrals --------------------------------------------------------------------------------------------------------
def test_the_partner_answers_and_a_conflict_shows_both_versions(home):
    referral, partner = home.things["casework.referral"], Caller("partner")
    row = partner.get("referrals", end="received").json()["items"][0]
    assert (row["id"], row["version"], row["shared"]) == (str(referral.pk), 1, world.CANARY)
    assert entries(referral.pk, "casework.referral.view") == 1
    key = uuid.uuid4()
    first = partner.post(f"referrals/{referral.pk}/accept", {"version": 1}, key=key)
    assert first.json()["state"] == "accepted", first.content.decode()
    again = partner.post(f"referrals/{referral.pk}/accept", {"version": 1}, key=key)
    assert again.json() == first.json() and again["Idempotent-Replay"] == "true"
    stale = partner.post(f"referrals/{referral.pk}/finish", {"version": 1, "outcome": "met", "answer": "已经全部办结"})
    assert stale.status_code == 409
    assert stale.json()["yours"]["version"] == 1 and stale.json()["theirs"]["version"] == 2
    state = partner.post(f"referrals/{referral.pk}/accept", {"version": 2})
    assert (state.status_code, state.json()["theirs"]["state"]) == (409, "accepted")
    done = partner.post(f"referrals/{referral.pk}/finish", {"version": 2, "outcome": "met", "answer": "已经全部办结"})
    assert done.status_code == 200, done.content.decode()
    assert done.json()["state"] == "done"
    assert not Caller("partner").get("referrals", end="sent").json()["items"]
    sender = Caller("town_worker").get("referrals", end="sent", state="done").json()["items"]
    assert sender[0]["answer"] == "已经全部办结"


# --- urgent needs, people, organisations ----------------------------------------------------------------------------------
def test_anyone_raises_a_need_and_follows_it():
    worker = Caller("worker")
    made = worker.post("urgent-needs", {"org": "town", "problem": "safety", "text": "车间没有通风", "people": 3})
    assert made.status_code == 201, made.content.decode()
    row = worker.get("urgent-needs", state="open").json()["items"][0]
    assert (row["id"], row["people"], row["state_label"]) == (made.json()["id"], 3, "Raised")
    assert Caller("other_worker").get("urgent-needs").json()["items"] == []
    assert Caller("neighbour_town_worker").get("urgent-needs").json()["items"] == []
    with everything():
        assert UrgentNeed.objects.get(pk=made.json()["id"]).org.code == "town"


def test_a_person_is_found_by_exact_number_only_and_each_look_is_recorded(home):
    number = idcard.synthetic(birth_on=dt.date(1988, 5, 6), sex="1")
    caller = Caller("town_worker")
    found = caller.post("people/lookup", {"id_number": number}, key=None)
    assert found.json()["found"]["name"] == world.CLIENT
    assert number not in found.content.decode() and world.PHONE not in found.content.decode()
    person = home.things["registry.person"]
    assert entries(person.pk, "registry.person.find") == 1
    other = idcard.synthetic(birth_on=dt.date(1990, 5, 6), sex="2")
    assert caller.post("people/lookup", {"id_number": other}, key=None).json() == {"found": None}
    assert caller.post("people/lookup", {"id_number": number[:-1]}, key=None).status_code == 422
    assert Caller("neighbour_town_worker").post("people/lookup", {"id_number": number}, key=None).json() == {
        "found": None
    }
    for account in ("worker", "lawyer", "employer_hr", "city_officer", "expired"):
        assert Caller(account).post("people/lookup", {"id_number": number}, key=None).status_code == 403, account
    assert caller.get("people/lookup", id_number=number).status_code in (400, 405)


def test_organisations_below_ones_posts():
    codes = [o["code"] for o in Caller("county_clerk").get("orgs").json()["items"]]
    assert "town" in codes and "town2" in codes and "neighbour_town" not in codes
    page = Caller("city_officer").get("orgs", limit=2).json()
    assert len(page["items"]) == 2 and page["after"]
    assert Caller("city_officer").get("orgs", limit=2, after=page["after"]).json()["items"][0] not in page["items"]
    assert Caller("worker").get("orgs").json()["items"] == []


# --- figures ----------------------------------------------------------------------------------------------------------
def test_figures_with_definitions_for_who_may_ask_them():
    caller = Caller("county_clerk")
    known = {i["code"]: i for i in caller.get("indicators").json()}
    assert known["casework.registered"]["definition"] and known["casework.clients"]["additive"] is False
    month = f"{today():%Y-%m}"
    span = {"org": "county", "from": month, "to": month}
    for line in ("rights", "care", "rights"):
        Caller("town_worker").post("cases", {**CASE, "line": line})
    from shegong.kernel.indicators import upkeep

    with everything():
        upkeep.keep_once()
    assert caller.get("indicators/casework.registered", **span).json()["rows"] == [
        {"key": {}, "org": None, "org_name": None, "value": 3, "why": ""}
    ]
    by_line = caller.get("indicators/casework.registered", **span, by="line").json()["rows"]
    assert {r["key"]["line"]: r["value"] for r in by_line} == {"rights": 2, "care": 1}
    by_area = caller.get("indicators/casework.registered", **span, by="area").json()["rows"]
    assert {r["org"]: r["value"] for r in by_area}["town"] == 3
    assert caller.get("indicators/casework.registered", **span, by="nothing").status_code == 422
    assert caller.get("indicators/casework.registered", **{**span, "to": "2020-01"}).status_code == 422
    foreign = caller.get("indicators/casework.registered", **{**span, "org": "neighbour_county"})
    nowhere = caller.get("indicators/casework.registered", **{**span, "org": "nowhere"})
    assert (foreign.status_code, foreign.content) == (404, nowhere.content)
    assert Caller("worker").get("indicators/casework.registered", **span).status_code == 404
    assert Caller("worker").get("indicators").json() == []


def test_a_table_is_the_table_of_the_page():
    caller = Caller("county_clerk")
    span = {"org": "county", "from": "2026-01", "to": "2026-12"}
    table = caller.get("reports/T09", **span).json()
    assert (table["table"], table["from"], table["org"]["code"]) == ("T09", "2026-01", "county")
    assert {c["key"] for c in table["columns"]} == set(table["total"])
    assert caller.get("reports/T99", **span).status_code == 404
    assert caller.get("reports/T09", **{**span, "org": "neighbour_county"}).status_code == 404
    assert caller.get("reports/T09", **{**span, "from": "2026-13"}).status_code == 400
