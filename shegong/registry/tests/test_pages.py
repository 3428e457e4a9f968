"""The pages: what they show, what they hide, and that a list asks as much for three rows as for one."""

from __future__ import annotations

import io
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything
from shegong.registry.models import Person
from shegong.registry.services import register_employer, register_person
from tests import cast

from .synthetic import number

pytestmark = pytest.mark.django_db


def sign_in(account: str) -> Client:
    client = Client()
    client.force_login(cast.user(account), backend="django.contrib.auth.backends.ModelBackend")
    return client


def register(index=1, **given) -> Person:
    with acting(cast.actor("town_worker")) as actor:
        facts = {"name": "欧阳明月", "id_number": number(index), "phone": f"1380000000{index}"} | given
        return register_person(actor, cast.org("town"), **facts)


PAGES = {
    "town_worker": ["person_list", "duplicate_list", "employer_list", "org_list"],
    "security_admin": ["post_list", "account_list", "org_list"],
    "system_admin": ["org_list"],
    "city_officer": ["employer_list", "org_list"],
}


@pytest.mark.parametrize(("account", "name"), [(a, n) for a, names in PAGES.items() for n in names])
def test_lists_ask_no_more_for_three_rows_than_for_one(account, name):
    client = sign_in(account)
    counts = []
    for start in (1, 2):
        for index in range(start, start * 2):
            register(index, name="欧阳明月", phone="13800000001")
            with acting(cast.actor("town_worker")) as actor:
                register_employer(actor, cast.org("town"), name=f"示例制造有限公司{index}号")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            response = client.get(reverse(name))
        assert response.status_code == 200, response.content[:500]
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_page_of_a_person_shows_masks_and_leaves_a_line():
    person = register()
    page = sign_in("town_worker").get(reverse("person_detail", args=[person.pk])).content.decode()
    assert "9900**********" in page
    assert number(1) not in page
    assert "138****0001" in page
    with everything():
        assert Entry.objects.filter(deed="registry.person.view", outcome="seen", object_id=str(person.pk)).count() == 1


def test_reveal_is_a_post_with_a_purpose():
    person = register()
    client, url = sign_in("town_worker"), reverse("person_reveal", args=[person.pk, "id_number"])
    assert client.get(url).status_code == 405
    assert number(1) in client.post(url, {"purpose": "card"}).content.decode()
    assert number(1) in client.post(url, {"purpose": "card"}, headers={"HX-Request": "true"}).content.decode()
    assert number(1) not in client.post(url, {"purpose": ""}).content.decode()
    with everything():
        assert Entry.objects.filter(deed="registry.person.reveal", outcome="done").count() == 2


def test_a_neighbour_gets_the_same_page_as_for_nobody():
    person = register()
    client = sign_in("neighbour_county_clerk")
    for name, extra in (("person_detail", []), ("person_merge", [uuid.uuid4()])):
        there = client.get(reverse(name, args=[person.pk, *extra]))
        nowhere = client.get(reverse(name, args=[uuid.uuid4(), *extra]))
        assert there.status_code == nowhere.status_code == 404
    assert client.post(reverse("person_reveal", args=[person.pk, "phone"]), {"purpose": "card"}).status_code == 404
    assert "欧阳" not in client.get(reverse("person_list"), {"q": "ouyang"}).content.decode()


def test_a_person_is_registered_merged_and_set_apart_by_clicks():
    client = sign_in("town_worker")
    url = reverse("deed_page", args=["registry.person.register", cast.org("town").pk])
    for index in (1, 2):
        sent = {
            "name": "欧阳明月",
            "phone": "13800000001",
            "id_number": number(1) if index == 1 else "",
            "idempotency_key": str(uuid.uuid4()),
        }
        assert client.post(url, sent).status_code == 302
    with everything():
        kept, gone = Person.objects.order_by("pk")
    clerk = sign_in("county_clerk")
    page = clerk.get(reverse("person_merge", args=[kept.pk, gone.pk]))
    assert page.status_code == 200
    assert str(gone.pk) in page.content.decode()
    sent = {"gone": str(gone.pk), "reason": "同一张身份证", "idempotency_key": str(uuid.uuid4()), "version": "1"}
    answer = clerk.post(reverse("deed_page", args=["registry.person.merge", kept.pk]), sent)
    assert answer.status_code == 302, answer.content[:2000]
    merged = clerk.get(reverse("person_detail", args=[gone.pk])).content.decode()
    assert str(kept.pk) in merged
    answer = clerk.post(
        reverse("deed_page", args=["registry.person.unmerge", gone.pk]),
        {"reason": "弄错了", "idempotency_key": str(uuid.uuid4())},
    )
    assert answer.status_code == 302
    with everything():
        assert set(Person.objects.values_list("state", flat=True)) == {"active"}


def test_the_export_is_masked_counted_and_for_the_clerk():
    register()
    assert sign_in("town_worker").get(reverse("person_export")).status_code == 403
    client, address = sign_in("county_clerk"), reverse("person_export") + "?q=欧阳"
    assert 'name="purpose"' in client.get(address).content.decode()
    answer = client.post(address, {"purpose": "季度核对", "format": "xlsx"})
    assert answer.status_code == 422  # four characters say nothing
    answer = client.post(address, {"purpose": "季度核对名册", "format": "xlsx"})
    content = b"".join(answer.streaming_content)
    from zipfile import ZipFile

    text = "".join(
        ZipFile(io.BytesIO(content)).read(n).decode("utf8", "ignore") for n in ZipFile(io.BytesIO(content)).namelist()
    )
    assert "欧阳明月" in text
    assert number(1) not in text
    with everything():
        entry = Entry.objects.get(outcome="exported")
    assert (entry.reason, entry.changes["filter"], entry.changes["rows"]) == ("季度核对名册", {"searched": True}, 1)


@pytest.mark.parametrize("name", ["post_list", "account_list"])
def test_posts_and_accounts_are_not_for_everybody(name):
    for account in ("town_worker", "county_clerk", "system_admin", "lawyer"):
        assert sign_in(account).get(reverse(name)).status_code in (403, 404)


def test_detail_pages_open():
    with acting(cast.actor("town_worker")) as actor:
        employer = register_employer(actor, cast.org("town"), name="示例制造有限公司")
    client = sign_in("town_worker")
    assert client.get(reverse("employer_detail", args=[employer.pk])).status_code == 200
    assert client.get(reverse("org_detail", args=[cast.org("town").pk])).status_code == 200
    assert client.get(reverse("org_detail", args=[cast.org("neighbour_town").pk])).status_code == 404
    page = sign_in("security_admin").get(reverse("org_detail", args=[cast.org("town").pk])).content.decode()
    assert "town_worker" in page
    part = client.get(
        reverse("org_list"), {"below": cast.org("town").pk}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in part
    assert "法律援助工作站" in part
