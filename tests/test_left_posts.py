"""What somebody held by a post ends with it: moved to another county, back as a worker, or on the employer's side (rules 4 and 5)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from shegong.apps.casework.models import Case, Member, Referral, UrgentNeed
from shegong.apps.casework.services.urgent_needs import raise_need
from shegong.kernel.actions.deeds import service_of
from shegong.kernel.orgs.models import Grant
from shegong.kernel.orgs.reach import acting, everything, today

from . import cast, world
from .api.callers import Caller
from .test_attacks import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(db) -> world.World:
    return world.build()


def move(account: str, key: str | None = None, role: str = "town_worker") -> None:
    """Her posts end today; a new one where ``key`` says."""
    with everything():
        Grant.objects.filter(user__username=account).update(valid_to=today())
        if key:
            Grant.objects.create(user=cast.user(account), role=role, org=cast.org(key), valid_from=dt.date(2020, 1, 1))


def key() -> dict[str, str]:
    return {"idempotency_key": str(uuid.uuid4())}


@pytest.mark.parametrize("state", ["intervention", "closed"])
def test_who_moved_to_a_neighbour_leaves_her_cases_behind(home, state):
    case = home.things["casework.case"]
    with everything():
        Case.objects.filter(pk=case.pk).update(state=state, closed_on=today() if state == "closed" else None)
    assert sign_in("town_worker").get(f"/cases/{case.pk}").status_code == 200
    move("town_worker", "neighbour_town")
    client = sign_in("town_worker")
    for page in ("", "/print", "/workers", "/readers"):
        assert client.get(f"/cases/{case.pk}{page}").status_code == 404, page
    assert client.get(f"/documents/{home.things['document'].pk}").status_code == 404
    assert Caller("town_worker").get(f"cases/{case.pk}").status_code == 404
    assert str(case.pk) not in client.get("/cases").content.decode()


def test_an_ended_post_does_not_come_back_as_raiser(home):
    case = home.things["casework.case"]
    with everything():
        Case.objects.filter(pk=case.pk).update(worker=None, line="care")
    move("town_worker", "neighbour_town", "worker")
    assert sign_in("town_worker").get(f"/cases/{case.pk}").status_code == 404
    with everything():
        Case.objects.filter(pk=case.pk).update(raised_by=cast.user("base_cadre"))
    assert sign_in("base_cadre").get(f"/cases/{case.pk}").status_code == 200
    move("base_cadre", "other_city", "hotline")
    assert sign_in("base_cadre").get(f"/cases/{case.pk}").status_code == 404


@pytest.mark.parametrize("to", [None, "neighbour_town"])
def test_who_sent_a_referral_and_left_neither_reads_nor_recalls_it(home, to):
    referral = home.things["casework.referral"]
    with everything():
        Referral.objects.filter(pk=referral.pk).update(sent_by=cast.user("colleague"))
    move("colleague", to)
    client = sign_in("colleague")
    assert client.get(f"/referrals/{referral.pk}").status_code == 404
    assert Caller("colleague").get("referrals").json().get("items", []) == []
    sent = {"reason": "不需要了取消", **key()}
    assert client.post(f"/do/casework.referral.recall/{referral.pk}", sent).status_code == 404


@pytest.mark.parametrize("to", [None, "neighbour_town"])
def test_who_owned_or_raised_a_need_and_left_has_no_say_in_it(home, to):
    need = home.things["casework.urgent_need"]
    with everything():
        UrgentNeed.objects.filter(pk=need.pk).update(
            owner=cast.user("colleague"), raised_by=cast.user("colleague"), state="in_hand"
        )
    assert sign_in("colleague").get(f"/needs/{need.pk}").status_code == 200
    move("colleague", to)
    client = sign_in("colleague")
    assert client.get(f"/needs/{need.pk}").status_code == 404
    sent = {"answer": "已经办结没有问题", **key()}
    assert client.post(f"/do/casework.urgent_need.answer/{need.pk}", sent).status_code == 404


def test_the_employers_side_reads_nothing_that_was_shared_with_an_agency(home):
    case = home.things["casework.case"]
    with everything():
        Case.objects.filter(pk=case.pk).update(raised_by=cast.user("base_cadre"), line="care", problem="women")
        Referral.objects.filter(case=case).update(state="recalled")
    with acting(cast.actor("town_worker")) as actor:
        service_of("casework.case.refer")(
            actor, Case.objects.get(pk=case.pk), need=home.things["need"], to_org=cast.org("partner"),
            shared="丈夫家暴就诊秘密", client_name="欧阳", consent_on=today(),
        )  # fmt: skip
    client = sign_in("base_cadre")
    for page in (f"/cases/{case.pk}", f"/cases/{case.pk}/print"):
        shown = client.get(page)
        assert shown.status_code == 200
        assert "就诊秘密" not in shown.content.decode()
        assert cast.org("partner").name not in shown.content.decode()


def test_a_dispute_need_is_not_given_to_the_employers_cadre(home):
    need = home.things["casework.urgent_need"]
    with everything():
        UrgentNeed.objects.filter(pk=need.pk).update(state="raised", owner=None, problem="wages")
    sent = {"owner": cast.user("base_cadre").pk, **key()}
    assert sign_in("town_worker").post(f"/do/casework.urgent_need.assign/{need.pk}", sent).status_code == 422


def test_the_cadre_who_raised_a_need_does_not_learn_of_the_dispute_made_of_it(home):
    with acting(cast.actor("base_cadre")) as actor:
        need = raise_need(actor, cast.org("base"), problem="wages", text="车间三人欠薪")
    with acting(cast.actor("town_worker")) as actor:
        service_of("casework.urgent_need.take_up")(actor, UrgentNeed.objects.get(pk=need.pk))
    with everything():
        need.refresh_from_db()
        number = need.case.number
    shown: Any = sign_in("base_cadre").get(f"/needs/{need.pk}")
    assert shown.status_code == 200
    assert not re.search(rf"(?<!N){number}", shown.content.decode())
    assert str(need.case_id) not in shown.content.decode()
    assert re.search(rf"(?<!N){number}", sign_in("town_worker").get(f"/needs/{need.pk}").content.decode())


@pytest.mark.parametrize("account", ["neighbour_town_worker", "employer_hr", "other_worker"])
def test_nobody_ties_herself_to_a_case_even_by_sql(home, account):
    case, actor = home.things["casework.case"], cast.actor(account)
    with acting(actor), transaction.atomic():
        place = {"org_id": actor.posts[0].org_id, "org_path": actor.posts[0].path}
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            Member.objects.create(case_id=case.pk, user_id=actor.user_id, tie="helper", **place)
        assert not Case.objects.filter(pk=case.pk).exists()
