"""The dated tree, posts apart, accounts."""

from __future__ import annotations

import datetime as dt

import pytest

from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.models import Grant, Org, User
from shegong.kernel.orgs.reach import acting, actor_of, everything, today
from shegong.registry import queries
from shegong.registry.models import Person
from shegong.registry.services import (
    close_org,
    end_grant,
    found_org,
    give_grant,
    keep_tree,
    merge_org,
    move_org,
    open_account,
    register_person,
    rename_org,
)  # fmt: skip
from tests import cast

from .synthetic import number

pytestmark = pytest.mark.django_db
YESTERDAY, TOMORROW = today() - dt.timedelta(days=1), today() + dt.timedelta(days=1)
LAST_YEAR = today() - dt.timedelta(days=365)


def level(day: dt.date, key: str, account="province_officer") -> list[str]:
    with acting(cast.actor(account)) as actor:
        return [n.name for n in queries.org_branch(actor, day, cast.org(key).pk).nodes]


def test_a_moved_town_takes_its_people_along_and_last_year_reads_as_it_was():
    with acting(cast.actor("town_worker")) as actor:
        register_person(actor, cast.org("town"), name="欧阳明月", id_number=number(1))
    before = level(LAST_YEAR, "county")
    with acting(cast.actor("system_admin")) as actor:
        town = move_org(actor, cast.org("town"), parent=cast.org("neighbour_county"), on=today(), reason="区划调整")
    assert town.path.startswith(cast.org("neighbour_county").path)
    assert level(LAST_YEAR, "county") == before
    assert "石牌街道总工会" not in level(today(), "county")
    assert "石牌街道总工会" in level(today(), "neighbour_county")
    with everything():
        assert Person.objects.get().org_path == town.path
    for account, sees in (("neighbour_county_clerk", True), ("county_clerk", False), ("town_worker", True)):
        with acting(cast.actor(account)) as actor:
            assert queries.people(actor).exists() is sees, account


def test_a_change_of_tomorrow_waits_for_the_keeper():
    with acting(cast.actor("system_admin")) as actor:
        rename_org(actor, cast.org("town"), name="石牌街道工会联合会", on=TOMORROW, reason="更名")
    assert cast.org("town").name == "石牌街道总工会"
    assert keep_tree() == 0
    assert keep_tree(TOMORROW) == 1
    assert cast.org("town").name == "石牌街道工会联合会"
    assert "石牌街道总工会" in level(today(), "county")
    assert "石牌街道工会联合会" in level(TOMORROW, "county")


def test_merging_towns_hands_over_people_and_children():
    with acting(cast.actor("town_worker")) as actor:
        register_person(actor, cast.org("town"), name="欧阳明月", id_number=number(1))
    with acting(cast.actor("system_admin")) as actor:
        merge_org(actor, cast.org("town"), into=cast.org("town2"), on=today(), reason="街道合并")
    assert cast.org("base").path.startswith(cast.org("town2").path)
    with acting(cast.actor("town2_worker")) as actor:
        assert queries.people(actor).exists()
    assert not cast.actor("town_worker").posts  # a post at a closed organisation gives nothing
    assert "石牌街道总工会" not in level(today(), "county")
    assert "石牌街道总工会" in level(YESTERDAY, "county")


def test_what_the_tree_refuses():
    with acting(cast.actor("system_admin")) as actor:
        for wrong in (
            lambda: move_org(actor, cast.org("county"), parent=cast.org("town"), on=today(), reason="试试"),
            lambda: move_org(actor, cast.org("city"), parent=cast.org("town"), on=today(), reason="试试"),
            lambda: close_org(actor, cast.org("county"), on=today(), reason="试试"),
            lambda: merge_org(actor, cast.org("town"), into=cast.org("county"), on=today(), reason="试试"),
            lambda: rename_org(actor, cast.org("town"), name="新名", on=today(), reason=""),
            lambda: rename_org(actor, cast.org("town"), name="新名字", on=dt.date(1990, 1, 1), reason="太早"),
            lambda: found_org(actor, cast.org("county"), code="town", name="重码工会", kind="town"),
            lambda: found_org(actor, cast.org("town"), code="c9", name="区总工会", kind="county"),
            lambda: found_org(actor, cast.org("county"), code="t9", name="街道工会", kind="town", area_code="123456"),
        ):
            with pytest.raises(Refused) as refusal:
                wrong()
            assert refusal.value.message
        made = found_org(actor, cast.org("county"), code="t9", name="新街道总工会", kind="town", area_code="440106")
        assert made.path == f"{cast.org('county').path}{made.pk}."
        court = found_org(actor, cast.org("province"), code="hr9", name="某区人社局", kind="partner", outside=True)
        assert court.path == f"{court.pk}."
    with acting(cast.actor("county_clerk")) as actor, pytest.raises(NotAllowed):
        rename_org(actor, cast.org("town"), name="新名字", on=today(), reason="无权")


def test_the_tree_is_shown_from_the_top_of_ones_reach_only():
    with acting(cast.actor("county_clerk")) as actor:
        heads = queries.org_branch(actor, today())
        assert [n.name for n in heads.nodes] == ["天河区总工会"]
        with pytest.raises(NotAllowed) as refusal:
            queries.org_branch(actor, today(), cast.org("neighbour_county").pk)
        assert refusal.value.status == 404
        with pytest.raises(NotAllowed):
            queries.org_page(actor, cast.org("neighbour_town").pk)
        found = queries.resolver(actor, "registry.person.import")
        assert found("town") == found("石牌街道总工会") == cast.org("town")
        assert found("neighbour_town") is found("北京街道总工会") is None


def test_an_abolished_area_stays_readable():
    from shegong.lib import areas

    old = next(a for a in areas._abolished().values() if a.valid_to)
    shown = queries.area_shown(old.code)
    assert shown.name
    assert str(old.valid_to) in shown.note
    assert not queries.area_shown("440106").note
    assert queries.area_shown("000000").note


# --- posts ------------------------------------------------------------------------------------------------------------
def give(account="colleague", role="town_worker", place="town2", **given):
    with acting(cast.actor("security_admin")) as actor:
        return give_grant(
            actor,
            cast.org(place),
            user=cast.user(account),
            role=role,
            **({"valid_from": today(), "reason": "任命"} | given),
        )


def test_a_post_works_from_its_day_and_ends_at_once():
    grant = give()
    assert {p.org_name for p in cast.actor("colleague").posts} == {"石牌街道总工会", "五山街道总工会"}
    with acting(cast.actor("security_admin")) as actor:
        end_grant(actor, grant, reason="调离")
    assert {p.org_name for p in cast.actor("colleague").posts} == {"石牌街道总工会"}
    give(valid_from=TOMORROW)
    assert len(cast.actor("colleague").posts) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"role": "county_clerk"}, "role"),
        ({"role": "nobody"}, "role"),
        ({"account": "security_admin", "role": "auditor", "place": "province"}, "user"),
        ({"account": "system_admin", "role": "audit_admin", "place": "county"}, "role"),
        ({"account": "system_admin", "role": "security_admin", "place": "province"}, "role"),
        ({"account": "colleague", "place": "town"}, "valid_from"),
        ({"account": "suspended"}, "user"),
        ({"valid_to": today()}, "valid_to"),
        ({"reason": " "}, "reason"),
    ],
)
def test_posts_that_are_refused(given, field):
    with pytest.raises(Refused) as refusal:
        give(**given)
    assert refusal.value.field == field


def test_apart_holds_for_days_that_overlap_only():
    with acting(cast.actor("security_admin")) as actor:
        end_grant(actor, Grant.objects.get(user__username="system_admin"), reason="卸任")
    assert give("system_admin", "audit_admin", "province", valid_from=today()).pk


def test_only_the_security_administrator_gives_posts_and_only_below():
    for account in ("system_admin", "audit_admin", "county_clerk", "province_officer"):
        with acting(cast.actor(account)) as actor, pytest.raises(NotAllowed):
            give_grant(
                actor,
                cast.org("town2"),
                user=cast.user("colleague"),
                role="town_worker",
                valid_from=today(),
                reason="越权",
            )
    give("colleague", "security_admin", "county")
    with acting(cast.actor("colleague")) as actor, pytest.raises(NotAllowed):
        give_grant(
            actor,
            cast.org("neighbour_town"),
            user=cast.user("town2_worker"),
            role="town_worker",
            valid_from=today(),
            reason="越界",
        )


def test_an_account_opens_with_a_password_shown_once_and_no_rights():
    with acting(cast.actor("security_admin")) as actor:
        user = open_account(actor, cast.org("county"), username="New.Worker", name="新同事")
        password = user.shown_once["password"]
        with pytest.raises(Refused):
            open_account(actor, cast.org("county"), username="new.worker", name="另一人")
        assert "new.worker" in {u.username for u in queries.accounts(actor)}
    stored = User.objects.get(username="new.worker")
    assert stored.check_password(password)
    assert stored.must_change_password
    assert actor_of("new.worker").posts == ()
    with everything():
        entry = Entry.objects.get(deed="registry.account.open", outcome="done")
        assert password not in str(entry.changes)
        assert stored.password not in str(entry.changes)


def test_closed_organisations_leave_the_tree_but_not_the_past():
    with acting(cast.actor("system_admin")) as actor:
        close_org(actor, cast.org("workshop"), on=today(), reason="撤销")
    assert Org.objects.get(code="workshop").closed_on == today()
    assert "天河区联合调解工作室" not in level(today(), "county")
    assert "天河区联合调解工作室" in level(YESTERDAY, "county")
