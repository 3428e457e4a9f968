"""The frame, the search box and the trail's pages: each person meets their own work and nothing else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Entry, Outcome
from shegong.kernel.orgs.reach import acting, everything
from shegong.kernel.orgs.roles import all_roles
from shegong.site.context import navigation, new_url
from shegong.site.models import TrailCheck
from shegong.site.places import PLACES
from shegong.site.trail import entries
from tests import cast

pytestmark = pytest.mark.django_db


def client_of(account: str) -> Client:
    client = Client()
    assert client.post(reverse("sign_in"), {"username": account, "password": f"demo-{account}"}).status_code == 302
    return client


def labels(account: str) -> set[str]:
    return {entry.url for group in navigation(cast.actor(account), "/") for entry in group.entries}


def test_navigation_names_only_roles_and_pages_that_exist():
    for place in PLACES:
        assert reverse(place.url_name)
        assert (place.roles or frozenset()) <= set(all_roles()), place.url_name


def test_everybody_sees_the_places_of_their_own_work():
    assert reverse("trail_list") in labels("audit_admin")
    assert reverse("trail_list") not in labels("town_worker") | labels("security_admin") | labels("system_admin")
    assert reverse("person_list") in labels("town_worker")
    assert labels("employer_hr") == {reverse("home")}
    assert reverse("case_list") in labels("worker")
    assert reverse("dashboard") not in labels("worker")


@pytest.mark.parametrize("account", [person[0] for person in cast.PEOPLE])
def test_every_place_a_role_is_shown_opens_for_it(account):
    client = client_of(account)
    for url in sorted(labels(account)):
        assert client.get(url).status_code == 200, url
    if new_url(cast.actor(account)):
        assert client.get(new_url(cast.actor(account)), follow=True).status_code == 200


def test_the_place_one_is_at_is_marked():
    marked = [
        e.url for g in navigation(cast.actor("audit_admin"), reverse("trail_verify")) for e in g.entries if e.active
    ]
    assert marked == [reverse("trail_verify")]


def test_the_frame_costs_one_statement(django_assert_num_queries, rf):
    from shegong.site.context import frame

    request = rf.get("/")
    with acting(cast.actor("town_worker")) as actor:
        request.actor = actor
        with django_assert_num_queries(0):
            context = frame(request)
        with django_assert_num_queries(1):
            assert context["shell"].user_name == "陈小满"


def test_an_error_page_needs_no_database(rf, django_assert_num_queries):
    from shegong.site import errors

    request = rf.get("/nothing")
    request.actor, request.incident = cast.actor("town_worker"), "7k3m"
    with django_assert_num_queries(0):
        page = errors.server_error(request)
    assert page.status_code == 500
    assert "7k3m" in page.content.decode()


# --- search ------------------------------------------------------------------------------------------------------------------
def test_search_finds_organisations_within_reach_only():
    page = client_of("county_clerk").get(reverse("search"), {"q": "街道总工会"}).content.decode()
    assert "石牌街道总工会" in page
    assert "北京街道总工会" not in page


def test_search_takes_anything_and_says_when_nothing_fits():
    client = client_of("town_worker")
    for text in ("", " ", "'", "%", "_", "\\", "<script>alert(1)</script>", "a" * 500, "4401", "SG-2026-000001", "😀"):
        answer = client.get(reverse("search"), {"q": text})
        assert answer.status_code == 200, text
        assert "<script>alert" not in answer.content.decode()
    assert client.get(reverse("search"), {"q": "a\x00b"}).status_code == 400
    assert client.get("/cases%00").status_code in (400, 404)


def test_an_employers_side_finds_no_person_and_no_case():
    page = client_of("employer_hr").get(reverse("search"), {"q": "张"}).content.decode()
    assert reverse("person_list") not in page


# --- the trail ---------------------------------------------------------------------------------------------------------------
def write(account: str, reason: str, outcome: str = Outcome.DONE) -> None:
    with acting(cast.actor(account)) as actor:
        trail.write(
            actor, trail.Line("registry.person.view", "registry.person", "p1", actor.posts[0].path, outcome, reason)
        )


def test_the_trail_opens_to_the_audit_administrator_alone_and_notes_it():
    write("town_worker", "看了一眼")
    write("neighbour_town_worker", "邻区的一眼")
    page = client_of("audit_admin").get(reverse("trail_list")).content.decode()
    assert "看了一眼" in page
    assert "邻区的一眼" in page
    with everything():
        assert Entry.objects.filter(deed="registry.trail.view", outcome=Outcome.SEEN).count() == 1
    for account in ("town_worker", "province_officer", "system_admin", "security_admin", "auditor", "worker"):
        client = client_of(account)
        for url in (reverse("trail_list"), reverse("trail_verify")):
            assert client.get(url).status_code == 404, (account, url)
        assert client.post(reverse("trail_verify_now")).status_code == 404


def test_the_trail_is_filtered_and_paged():
    for n in range(60):
        write("town_worker", f"第{n}次")
    write("colleague", "被拒", Outcome.REFUSED)
    client = client_of("audit_admin")
    page = client.get(reverse("trail_list"), {"who": "陈小满"}).content.decode()
    assert "第59次" in page
    assert "第5次" not in page
    assert "被拒" not in page.split("<tbody")[1]
    more = page.split('class="sg-more"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert "第5次" in client.get(more).content.decode()
    assert "被拒" in client.get(reverse("trail_list"), {"outcome": "refused"}).content.decode()
    assert client.get(reverse("trail_list"), {"since": "no date", "after": "x", "outcome": "?"}).status_code == 200


def test_an_audit_administrator_of_one_city_reads_that_city_only():
    write("town_worker", "广州")
    write("other_town_worker", "东莞")
    with everything():
        here = [e.reason for e in entries((cast.org("city").path,), {}, None) if e.deed == "registry.person.view"]
        system = entries((cast.org("city").path,), {}, None).filter(org_path="").count()
    assert here == ["广州"]
    assert system == 0


def test_a_check_is_asked_for_once():
    client = client_of("audit_admin")
    assert client.get(reverse("trail_verify_now")).status_code == 405
    client.post(reverse("trail_verify_now"))
    client.post(reverse("trail_verify_now"))
    assert TrailCheck.objects.count() == 1
    assert client.get(reverse("trail_verify")).status_code == 200
