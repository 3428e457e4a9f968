"""The insider with a valid account, act by act (threat model of assurance.md): each way in that was tried, and stays shut."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.db.models import Q
from django.test import Client, override_settings

from shegong.apps.casework.models import Case, Member, Promise, Rating, Resource
from shegong.apps.casework.queries.cases import readers
from shegong.apps.casework.queries.legal_aid import AidFilters, filtered_legal_aid
from shegong.apps.casework.queries.lists import Filters, list_rows
from shegong.apps.casework.services.resources import correct_resource, promise_resource
from shegong.kernel.actions.deeds import service_of
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.models import Receipt
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.indicators import asking, upkeep
from shegong.kernel.indicators.figures import Ask
from shegong.kernel.orgs.models import Grant, Org
from shegong.kernel.orgs.reach import Actor, acting, everything, today, widened, within
from shegong.kernel.vault import search
from shegong.registry.models import Person
from shegong.registry.services.people import record_tie
from shegong.site.middleware import MUST_CHANGE

from . import cast, world
from .api.callers import Caller

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
A_REASON = "依据材料核实"


def sign_in(account: str, **more: Any) -> Client:
    client = Client(**more)
    client.force_login(cast.user(account), backend=BACKEND)
    return client


@pytest.fixture
def home(db) -> world.World:
    return world.build()


def row_of(thing: Any) -> Any:
    with everything():
        return type(thing).objects.values().get(pk=thing.pk)


# --- the second wall, and the first ----------------------------------------------------------------------------------------
def test_every_row_stays_every_row_in_an_or():
    everyone = Actor.machine()
    assert Org.objects.filter(within(everyone.prefixes(["supervisor"]), "path") | Q(pk=0)).count() == Org.objects.count()
    assert Org.objects.filter(within([""], "path") & Q(code="town")).count() == 1
    assert Org.objects.filter(within((), "path") | Q(code="town")).count() == 1


def test_a_reach_widened_for_a_service_closes_when_it_fails(home):
    with acting(cast.actor("neighbour_town_worker")):
        with pytest.raises(Refused), widened(cast.org("town").path):
            assert Case.objects.exists()
            raise Refused("no")
        assert not Case.objects.exists()


@pytest.mark.parametrize("line", ["rights", "mediation"])
def test_a_dispute_is_shut_to_the_cadre_who_raised_it_by_row_level_security_alone(home, line):
    case = home.things["casework.case"]
    with everything():
        Case.objects.filter(pk=case.pk).update(raised_by=cast.user("base_cadre"), line=line)
    with acting(cast.actor("base_cadre")):
        assert not Case.objects.filter(pk=case.pk).exists()
    with everything():
        Case.objects.filter(pk=case.pk).update(line="care")
    with acting(cast.actor("base_cadre")):
        assert Case.objects.filter(pk=case.pk).exists()
    with everything():
        Case.objects.filter(pk=case.pk).update(raised_by=cast.user("hotline"), line=line)
    with acting(cast.actor("hotline")):
        assert Case.objects.filter(pk=case.pk).exists()


def test_a_cadre_who_files_a_dispute_twice_under_one_key_gets_one_answer_and_no_file(db):
    caller, key = Caller("base_cadre"), uuid.uuid4()
    body = {"org": "base", "line": "rights", "summary": world.CANARY}
    first, again = caller.post("cases", body, key=key), caller.post("cases", body, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() and again["Idempotent-Replay"] == "true"
    assert caller.get(f"cases/{first.json()['id']}").status_code == 404
    assert caller.get("cases").json()["items"] == []
    assert Caller("employer_hr").post("cases", body, key=key).status_code in (403, 404)


# --- searching as an oracle --------------------------------------------------------------------------------------------------
@pytest.fixture
def indexed(home) -> world.World:
    from shegong.apps.casework.models import CaseSearch
    from shegong.registry.models import PersonSearch

    with everything():
        case = home.things["casework.case"]
        search.put(CaseSearch, case.pk, [world.CANARY])
        search.put(PersonSearch, case.client_id, [world.CLIENT])
    return home


@pytest.mark.parametrize("asked", [{"client": world.CLIENT}, {"client": "欧阳"}, {"text": "欠薪四个月"}])
def test_who_sees_rows_without_names_cannot_find_them_by_a_name_or_a_word(indexed, asked):
    found = {}
    for account in ("town_worker", "city_officer", "province_officer"):
        with acting(cast.actor(account)) as actor:
            found[account] = len(list_rows(actor, Filters.read(asked)).rows)
            assert len(list_rows(actor, Filters.read({})).rows) == 1  # the row itself may be listed
    assert found == {"town_worker": 1, "city_officer": 0, "province_officer": 0}


def test_an_emergency_opens_the_search_for_that_case(indexed):
    case = indexed.things["casework.case"]
    with everything():
        Member.objects.create(case=case, user=cast.user("city_officer"), tie="emergency", org=case.org, org_path=case.org_path)
    with acting(cast.actor("city_officer")) as actor:
        assert [c.pk for c in list_rows(actor, Filters.read({"text": "欠薪四个月"})).rows] == [case.pk]


def test_the_legal_aid_register_is_no_oracle_of_applicants(home):
    found = {}
    for account in ("county_clerk", "city_officer"):
        with acting(cast.actor(account)) as actor:
            found[account] = filtered_legal_aid(actor, AidFilters.read({"text": world.CLIENT})).count()
            assert filtered_legal_aid(actor, AidFilters.read({"text": "金丝雀-1"})).count() == 1
    assert found == {"county_clerk": 1, "city_officer": 0}


@pytest.mark.parametrize("name", ["client__id_digest__gte", "_connector", "org_path", "org__path__startswith", "summary", "pk"])
def test_names_outside_the_allow_list_filter_nothing(home, name):
    client = sign_in("neighbour_county_clerk")
    for page in ("/cases", "/needs", "/referrals", "/legal-aid", "/people", "/employers"):
        assert client.get(page, {name: "OR"}).status_code in (200, 400, 422)
    assert Caller("neighbour_county_clerk").get("cases", **{name: "OR"}).status_code == 400


# --- one person's word ---------------------------------------------------------------------------------------------------------
def test_nobody_reads_a_single_rating_as_an_average(home):
    case, day = home.things["casework.case"], today()
    with everything():
        Rating.objects.filter(case=case).update(
            state="given", overall=2, attitude=2, speed=2, result=2, asked_on=day, given_on=day
        )
        upkeep.touch_months({("casework.Rating", case.org_id, day.replace(day=1))})
    upkeep.rebuild() if hasattr(upkeep, "rebuild") else None
    for account in ("town_worker", "supervisor", "county_clerk", "city_officer"):
        with acting(cast.actor(account)) as actor:
            for part in ("overall", "attitude", "speed", "result"):
                ask = Ask(case.org, day.replace(day=1), day.replace(day=1), {"line": ("rights",)})
                assert not asking.opens(actor, f"casework.score_{part}", case.org)
                assert asking.shown(actor, f"casework.score_{part}", ask).value in (None, 0)


# --- the employer's side -------------------------------------------------------------------------------------------------------
def test_a_base_union_is_never_asked_for_a_resource_in_a_dispute(home):
    case, base = home.things["casework.case"], cast.org("base")
    with everything():
        theirs = Resource.objects.create(
            title="岗位", kind="job", problem="job", giver=base.name, giver_org=base, org=case.org, org_path=case.org_path
        )
        before = Promise.objects.count()
    with acting(cast.actor("town_worker")) as actor:
        with pytest.raises(Refused) as refusal:
            promise_resource(actor, case, resource=theirs, purpose="讨薪期间过渡岗位")
        assert refusal.value.field == "resource"
        with pytest.raises(Refused) as refusal:
            correct_resource(actor, home.things["casework.resource"], giver_org=base)
        assert refusal.value.field == "giver_org"
    with everything():
        assert Promise.objects.count() == before
        theirs.refresh_from_db()
        assert theirs.taken == 0


def test_personnel_reach_no_page_that_tells_of_a_dispute(home):
    client, employer = sign_in("employer_hr"), home.things["registry.employer"]
    for page in ("/cases", "/needs", "/", "/inbox", f"/search?q={world.CLIENT}", "/referrals"):
        text = client.get(page).content.decode()
        assert "金丝雀" not in text.replace(f'value="{world.CLIENT}"', "").replace(world.CLIENT, "", 3) or page.startswith("/search")
        assert home.things["casework.case"].number not in text
    for page in (f"/employers/{employer.pk}", f"/cases?employer={employer.pk}", "/dashboard", "/reports", "/figures/casework.open"):
        assert home.things["casework.case"].number not in client.get(page).content.decode()


# --- many at once, fields that do not belong ------------------------------------------------------------------------------------
def test_bulk_deeds_take_no_foreign_ids_no_foreign_fields_and_lead_nowhere_else(home):
    case = home.things["casework.case"]
    foreign = sign_in("neighbour_county_clerk")
    answer = foreign.post("/do-many/casework.case.set_risk", {"selected": [str(case.pk)], "confirmed": "1", "risk": "3", "reason": A_REASON})
    assert case.number not in answer.content.decode()
    assert row_of(case)["risk"] == case.risk
    own = sign_in("town_worker")
    sent = {"selected": [str(case.pk)], "confirmed": "1", "risk": "1", "reason": A_REASON, "org_path": "1.", "state": "closed"}
    assert own.post("/do-many/casework.case.set_risk", sent).status_code == 400
    for elsewhere in ("https://example.org/", "//example.org", "javascript:alert(1)", "/\\example.org"):
        page = own.post("/do-many/casework.case.set_risk", {"selected": [str(case.pk)], "back": elsewhere}).content.decode()
        assert "example.org" not in page and "javascript:" not in page


@pytest.mark.parametrize("code", ["casework.case.break_glass", "registry.person.reveal", "casework.referral.reveal"])
def test_what_opens_something_sensitive_is_not_done_in_bulk(home, code):
    client = sign_in("city_officer")
    with everything():
        before = world.digest_of_everything()
    sent = {"selected": [str(home.things["casework.case"].pk)], "confirmed": "1", "reason": "上级检查需要统一查阅"}
    assert client.post(f"/do-many/{code}", sent).status_code == 404
    with everything():
        assert world.digest_of_everything() == before


SMUGGLED = {
    "state": "closed", "org": "1", "org_id": "1", "org_path": "1.", "version": "99", "raised_by": "1", "worker_id": "1",
    "user": "1", "id": str(uuid.uuid4()), "closed_on": "2026-01-01", "escalated_to": "1", "is_active": "0", "role": "system_admin",
}  # fmt: skip


@pytest.mark.parametrize("account", ["town_worker", "supervisor", "worker", "partner", "city_officer", "security_admin"])
def test_no_deed_takes_a_field_that_its_form_does_not_have(home, account):
    from shegong.kernel.actions.forms import DeedForm
    from shegong.kernel.actions.vocabulary import all_deeds, form_of

    from .access_policy import DEEDS

    client, wrong = sign_in(account), []
    for code in sorted(c for c, allowed in DEEDS.items() if account in allowed):
        target = home.target(all_deeds()[code])
        known = set((form_of(code) or DeedForm).base_fields)
        smuggled = {k: v for k, v in SMUGGLED.items() if k not in known | {"version"}}
        with everything():
            before = world.digest_of_everything()
        status = client.post(f"/do/{code}/{target.pk}", smuggled).status_code
        with everything():
            if status != 400 or world.digest_of_everything() != before:
                wrong.append(f"{code}: {status}")
    assert not wrong, "\n".join(wrong)


# --- sessions, tokens, cookies, other sites ------------------------------------------------------------------------------------
def test_a_key_of_somebody_else_is_no_key(home):
    case, key = home.things["casework.case"], uuid.uuid4()
    with acting(cast.actor("town_worker")) as actor:
        service_of("casework.case.set_risk")(actor, case, key=key, risk=1, reason=A_REASON)
    with acting(cast.actor("neighbour_county_clerk")) as actor, pytest.raises(NotAllowed) as refusal:
        service_of("casework.case.set_risk")(actor, case, key=key, risk=1, reason=A_REASON)
    assert refusal.value.status == 404
    assert Receipt.objects.filter(key=key).count() == 1


def test_a_password_set_by_somebody_else_opens_no_api(home):
    caller = Caller(session="town_worker")
    assert caller.get("me").status_code == 200
    session = caller.client.session
    session[MUST_CHANGE] = True
    session.save()
    assert caller.get("me").status_code == 401
    assert caller.get("cases").status_code == 401


def test_a_post_that_ended_ends_in_the_open_session_and_in_tokens(home):
    case = home.things["casework.case"]
    client, caller = sign_in("town_worker"), Caller("town_worker")
    assert client.get(f"/cases/{case.pk}").status_code == caller.get(f"cases/{case.pk}").status_code == 200
    with everything():
        Grant.objects.filter(user__username="town_worker").update(valid_to=today())
    assert client.get(f"/cases/{case.pk}").status_code == caller.get(f"cases/{case.pk}").status_code == 404
    user = cast.user("town_worker")
    user.is_active = False
    user.save()
    assert client.get(f"/cases/{case.pk}").status_code == 302
    assert caller.get(f"cases/{case.pk}").status_code == 401


def test_an_old_session_ends_with_the_password_and_a_fixed_one_is_left_behind(db):
    victim = Client()
    victim.get("/sign-in")
    session = victim.session
    session["planted"] = "1"
    session.save()
    planted = session.session_key
    victim.cookies[settings.SESSION_COOKIE_NAME] = planted
    victim.post("/sign-in", {"username": "town_worker", "password": "demo-town_worker"})
    assert victim.session.session_key != planted
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert thief.get("/cases").status_code == 302
    user = cast.user("town_worker")
    user.set_password("something-else-entirely")
    user.save()
    assert victim.get("/cases").status_code == 302


@pytest.mark.parametrize("post", ["supervisor@1", "town_worker@999999", "province_officer@1", "", "town_worker@"])
def test_a_post_not_held_cannot_be_taken(db, post):
    client = sign_in("town_worker")
    assert client.post("/me/post", {"post": post}).status_code == 404
    assert "post" not in client.session


@pytest.mark.parametrize("next_", ["https://example.org", "//example.org", "/\\example.org", "javascript:alert(1)", "\t//example.org", "http:///example.org"])
def test_signing_in_leads_nowhere_else(db, next_):
    answer = Client().post("/sign-in", {"username": "worker", "password": "demo-worker", "next": next_})
    assert answer.status_code == 302 and "example.org" not in answer.url and answer.url.startswith("/")
    answer = sign_in("worker").post("/me/language", {"language": "en", "next": next_})
    assert answer.url.startswith("/") and "example.org" not in answer.url


def test_no_unsafe_request_passes_without_the_token_against_forgery(home):
    client = sign_in("town_worker", enforce_csrf_checks=True)
    case = home.things["casework.case"]
    addresses = [
        f"/do/casework.case.suspend/{case.pk}", "/do-many/casework.case.set_risk", "/filters/save", "/inbox/read", "/me",
        "/me/post", "/me/language", "/me/password", "/me/sessions/end", "/sign-out", "/imports/new", "/cases/export",
        f"/people/{case.client_id}/reveal/phone", "/ratings/slip",
    ]  # fmt: skip
    assert {a: client.post(a, {"language": "en"}).status_code for a in addresses} == dict.fromkeys(addresses, 403)
    forged = client.post("/api/v1/urgent-needs", {}, content_type="application/json", headers={"Idempotency-Key": str(uuid.uuid4())})
    assert forged.status_code == 403
    bearer = {"Idempotency-Key": str(uuid.uuid4()), "Authorization": "Bearer nonsense"}
    assert client.post("/api/v1/urgent-needs", {}, content_type="application/json", headers=bearer).status_code == 403


def test_a_foreign_host_name_is_refused(db):
    assert Client().get("/sign-in", headers={"host": "evil.example.org"}).status_code == 400
    assert Client().get("/sign-in", headers={"x-forwarded-host": "evil.example.org"}).status_code == 200


def test_cookies_are_for_this_house_alone(db):
    client = Client()
    client.post("/sign-in", {"username": "worker", "password": "demo-worker"})
    for name in (settings.SESSION_COOKIE_NAME, "known_device"):
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"]


@override_settings(SHEGONG_STAFF_SECOND_FACTOR=True)
def test_codes_of_the_second_factor_cannot_be_guessed_session_after_session(db):
    from shegong.site import limiter

    statuses = []
    for _session in range(4):
        client = Client()
        client.post("/sign-in", {"username": "town_worker", "password": "demo-town_worker"})
        for _try in range(5):
            statuses.append(client.post("/sign-in/second-factor", {"code": "000000"}).status_code)
    assert statuses.count(422) <= limiter.PER_ACCOUNT


# --- people --------------------------------------------------------------------------------------------------------------------
def test_an_office_that_ties_a_person_cannot_merge_her_away_from_home(home):
    person = home.things["registry.person"]
    neighbour = cast.org("neighbour_county")
    with everything():
        own = Person.objects.create(name="欧阳某", org=neighbour, org_path=neighbour.path)
    record_tie(person.pk, neighbour, "card")
    merge = service_of("registry.person.merge")
    with acting(cast.actor("neighbour_county_clerk")) as actor, pytest.raises(NotAllowed):
        merge(actor, own, gone=person, reason=A_REASON, despite_numbers=True)
    assert row_of(person)["state"] == "active"


def test_registering_a_number_on_file_tells_only_that_it_is(home):
    """With a wrong name: one sentence, no column; and no tie is left behind."""
    from shegong.kernel.vault.cells import open_secret
    from shegong.registry.models import PersonTie

    with everything():
        person = Person.objects.get(pk=home.things["registry.person"].pk)
        number = open_secret(person.id_number)
        before = PersonTie.objects.count()
    answer = sign_in("neighbour_town_worker").post(
        f"/do/registry.person.register/{cast.org('neighbour_town').pk}",
        {"name": "别的名字", "id_number": number, "idempotency_key": str(uuid.uuid4())},
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    for canary in (world.CLIENT, world.PHONE, world.PHONE[-4:], "金丝雀", str(person.pk)):
        assert canary not in text.replace(number, "")
    with everything():
        assert PersonTie.objects.count() == before


def test_a_foreign_person_is_not_revealed_and_costs_no_quota(home):
    person = home.things["registry.person"]
    for account in ("neighbour_county_clerk", "city_officer", "employer_hr", "lawyer", "base_cadre"):
        for column in ("phone", "id_number", "password", "id_digest"):
            answer = sign_in(account).post(f"/people/{person.pk}/reveal/{column}", {"purpose": "核对"})
            assert answer.status_code == 404, (account, column)
            assert world.PHONE not in answer.content.decode()


# --- who looked --------------------------------------------------------------------------------------------------------------
def test_a_client_reads_who_looked_at_her_file_and_a_neighbour_does_not(home):
    case = home.things["casework.case"]
    with acting(cast.actor("colleague")) as actor:
        trail.write(actor, trail.Line("casework.case.view", "casework.case", case.pk, case.org_path, Outcome.SEEN))
    with acting(cast.actor("worker")) as actor:
        assert "林白露" in {row["name"] for row in readers(actor, case)}
    with acting(cast.actor("neighbour_county_clerk")) as actor, pytest.raises(NotAllowed) as refusal:
        readers(actor, case)
    assert refusal.value.status == 404


# --- votes, emergencies, codes -----------------------------------------------------------------------------------------------
def test_nobody_votes_twice_or_on_what_they_submitted(home):
    from shegong.kernel.actions.models import Approval, Vote
    from shegong.kernel.actions.vocabulary import all_deeds

    case = home.target(all_deeds()["casework.case.approve_plan"])
    with everything():
        Approval.objects.filter(object_id=case.pk).update(tiers=[{"role": "supervisor", "need": 2, "days": 3}])
    approve = service_of("casework.case.approve_plan")
    with acting(cast.actor("supervisor")) as actor:
        approve(actor, case)
        with pytest.raises(NotAllowed):
            approve(actor, case)
    with everything():
        assert Vote.objects.filter(approval__object_id=case.pk).count() == 1
        Approval.objects.filter(object_id=case.pk).update(opened_by=cast.user("second_supervisor"))
    with acting(cast.actor("second_supervisor")) as actor, pytest.raises(NotAllowed):
        approve(actor, case)
    assert row_of(case)["state"] == "plan_review"


@pytest.mark.parametrize("account", ["neighbour_town_worker", "other_city_officer", "lawyer", "employer_hr", "hotline", "expired", "finance"])
def test_the_glass_is_broken_by_nobody_from_elsewhere(home, account):
    case = home.things["casework.case"]
    with acting(cast.actor(account)) as actor, pytest.raises(NotAllowed):
        service_of("casework.case.break_glass")(actor, case, reason="情况紧急需要立即查看")
    with everything():
        assert not Member.objects.filter(case=case, tie="emergency").exists()


def test_guessing_rating_codes_is_counted_before_it_is_looked_up(home):
    client = Client()
    statuses = [client.post("/rate", {"code": f"AAAA{i:04d}".replace("0", "2").replace("1", "3")}).status_code for i in range(12)]
    assert statuses[:10] == [422] * 10 and set(statuses[10:]) == {429}


# --- what a sheet says ---------------------------------------------------------------------------------------------------------
def test_a_sheet_names_no_foreign_organisation(home):
    from shegong.kernel.sheets.declare import SheetRow
    from shegong.registry.services import import_people

    foreign = cast.org("town")
    row = SheetRow(2, {"name": "张三丰", "phone": "13900000001", "organisation": foreign})
    with acting(cast.actor("neighbour_county_clerk")) as actor:
        results = import_people(actor, cast.org("neighbour_county"), [row])
    assert [r.outcome for r in results] == ["refused"]
    from shegong.kernel.sheets.placing import resolver_for

    with acting(cast.actor("neighbour_county_clerk")) as actor:
        for sheet in ("registry.people", "casework.cases", "casework.legal_aid"):
            resolve = resolver_for(actor, sheet)
            assert resolve is None or (resolve("town") is None and resolve(foreign.name) is None)
