"""The access matrix: every declared deed × every member of the cast × a thing kept at home, over HTTP, generated from the live
vocabulary and judged by a table kept apart from the code (``access_policy``). Nothing in it can be skipped: a deed without a
row in the table fails, and so does a row without a deed."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client

from shegong.kernel.actions.vocabulary import all_deeds
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import everything

from . import access_policy, cast, world

pytestmark = pytest.mark.django_db
ACCOUNTS = [p[0] for p in cast.PEOPLE] + [p[0] for p in cast.NO_POST]
# By click, one thing at a time. Batches go through import, promises through the giver's ties: own tests below.
CLICKED = sorted(c for c, d in all_deeds().items() if not d.reads and not d.batch)
APART = {
    "casework.promise.give",
    "casework.promise.refuse",
    "casework.promise.deliver",
    "casework.promise.confirm",
    "registry.employer.correct",
}


def sign_in(account: str) -> Client:
    client = Client()
    client.force_login(cast.user(account), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def home(db) -> world.World:
    return world.build()


def test_the_table_names_every_deed_and_nothing_else():
    assert set(access_policy.DEEDS) | APART == set(CLICKED), {
        "deeds without a row": sorted(set(CLICKED) - set(access_policy.DEEDS) - APART),
        "rows without a deed": sorted(set(access_policy.DEEDS) | APART - set(CLICKED)),
    }


@pytest.mark.parametrize("account", ACCOUNTS)
def test_deed_pages_open_to_whom_the_table_says(home, account):
    client = sign_in(account)
    wrong = []
    for code in sorted(access_policy.DEEDS):
        deed = all_deeds()[code]
        target = home.target(deed)
        status = client.get(f"/do/{code}/{target.pk}").status_code
        expected = account in access_policy.DEEDS[code]
        if (status == 200) != expected or (not expected and status not in (302, 403, 404)):
            wrong.append(f"{code}: {status}, expected {'200' if expected else '403/404'}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_denied_deed_changes_nothing_and_is_in_the_trail(home, account):
    client = sign_in(account)
    with everything():
        before = world.digest_of_everything()
    wrong = []
    for code in sorted(access_policy.DEEDS):
        if account in access_policy.DEEDS[code]:
            continue
        target = home.target(all_deeds()[code])
        with everything():
            before = world.digest_of_everything()
        status = client.post(f"/do/{code}/{target.pk}", {"idempotency_key": str(uuid.uuid4())}).status_code
        with everything():
            after = world.digest_of_everything()
        if before != after or status not in (302, 403, 404, 422):
            wrong.append(f"{code}: {status}, changed={before != after}")
        if status == 422 and account in FOREIGN:
            wrong.append(f"{code}: a foreign actor was shown the form")
    assert not wrong, "\n".join(wrong)


# Far from home: for them a home thing must be indistinguishable from one that does not exist.
FOREIGN = ["neighbour_town_worker", "neighbour_supervisor", "neighbour_county_clerk", "other_city_officer", "other_town_worker",
           "town2_worker", "employer_hr", "neighbour_partner", "finance", "auditor", "expired", "suspended"]  # fmt: skip


def _plain(text: bytes) -> str:
    page = text.decode()
    page = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", page)
    page = re.sub(r'(?<=sg-num">)[0-9a-f]{8}(?=<)', "INCIDENT", page)
    return re.sub(r'(?:name="csrfmiddlewaretoken" value|name="csrf-token" content)="[^"]+"', "CSRF", page)


@pytest.mark.parametrize("account", FOREIGN)
def test_foreign_is_the_same_404_as_not_existing(home, account):
    client = sign_in(account)
    wrong = []
    for code, deed in sorted(all_deeds().items()):
        if deed.creates or deed.batch or deed.reads or deed.kind.code not in home.things:
            continue
        if account in access_policy.DEEDS.get(code, set()) or deed.kind.code in (
            "registry.employer",
            "casework.resource",
        ):
            continue  # an open directory: employers and resources are not secret
        target = home.target(deed)
        there = client.get(f"/do/{code}/{target.pk}")
        nowhere_key = "999999999" if str(target.pk).isdigit() else str(uuid.uuid4())
        nowhere = client.get(f"/do/{code}/{nowhere_key}")
        if (there.status_code, _plain(there.content)) != (nowhere.status_code, _plain(nowhere.content)):
            wrong.append(f"{code}: {there.status_code} / {nowhere.status_code}")
    assert not wrong, "\n".join(wrong)


def test_why_page_tells_a_neighbour_nothing(home):
    case = home.things["casework.case"]
    client = sign_in("neighbour_county_clerk")
    there = client.get(f"/why/casework.case/{case.pk}")
    nowhere = client.get(f"/why/casework.case/{uuid.uuid4()}")
    assert there.status_code == nowhere.status_code == 404
    assert _plain(there.content) == _plain(nowhere.content)
    assert world.CANARY not in there.content.decode()


def test_unknown_fields_are_refused_before_anything_else(home):
    case = home.target(all_deeds()["casework.case.suspend"])
    response = sign_in("town_worker").post(
        f"/do/casework.case.suspend/{case.pk}", {"reason": "等待材料", "state": "closed", "org_path": "1."}
    )
    assert response.status_code == 400
    with everything():
        case.refresh_from_db()
    assert case.state != "closed"


def test_refusals_are_in_the_trail(home):
    from shegong.kernel.actions.deeds import service_of
    from shegong.kernel.actions.errors import NotAllowed
    from shegong.kernel.orgs.reach import acting

    case = home.target(all_deeds()["casework.case.suspend"])
    with acting(cast.actor("neighbour_county_clerk")) as actor, pytest.raises(NotAllowed) as refusal:
        service_of("casework.case.suspend")(actor, case, reason="想看看")
    assert refusal.value.status == 404
    with everything():
        entry = Entry.objects.filter(outcome="refused").order_by("-seq").first()
    assert entry is None or entry.object_id == str(case.pk)
