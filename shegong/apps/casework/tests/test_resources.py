"""The directory of resources: found by area and class, asked for, promised, delivered, and never promised twice."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connections, transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from shegong.apps.casework.models import Case, Promise, Record, Resource
from shegong.apps.casework.queries import resources as reading
from shegong.apps.casework.queries.todo import todo
from shegong.apps.casework.services import resources
from shegong.kernel.actions.errors import NotAllowed, Refused, WrongState
from shegong.kernel.actions.models import Notice
from shegong.kernel.orgs.reach import acting, everything, today
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db


def offered(by: str = "county_clerk", org: str = "county", **facts: object) -> Resource:
    given_facts = {"title": "临时生活物资包", "kind": "goods", "problem": "relief", "giver": "区慈善会", **facts}
    return do(by, resources.offer_resource, cast.org(org), **given_facts)


def promised(case: Case, resource: Resource, by: str = "town_worker", **facts: object) -> Promise:
    do(by, resources.promise_resource, case, resource=resource, purpose="渡过停工期", **facts)
    with everything():
        return Promise.objects.filter(case=case).order_by("-id")[0]


def taken(resource: Resource) -> int:
    with everything():
        return Resource.objects.get(pk=resource.pk).taken


def test_the_whole_chain_with_an_outside_owner():
    case = given.working()
    resource = offered(quantity=3)
    promise = promised(case, resource, quantity=2)
    assert (promise.state, taken(resource)) == ("asked", 2)
    with pytest.raises(NotAllowed):
        do("town_worker", resources.give_promise, promise)  # who asks does not promise it to herself
    promise = do("county_clerk", resources.give_promise, promise, due_on=today() + dt.timedelta(days=3))
    promise = do("town_worker", resources.deliver_promise, promise, amount_fen=30_000)
    promise = do("town_worker", resources.confirm_promise, promise, effect="一家三口度过了难关")
    assert (promise.state, promise.amount_fen) == ("confirmed", 30_000)
    with everything():
        assert Record.objects.filter(case=case, kind="decision").exists()
        assert Notice.objects.filter(user=cast.user("town_worker"), kind="casework.promise").count() == 1


def test_a_partner_agency_answers_for_its_own_resource():
    case = given.working()
    resource = offered(giver_org=cast.org("partner"), kind="post", problem="job", title="保洁岗位")
    promise = promised(case, resource)
    with acting(cast.actor("partner")) as actor:
        found = reading.promises_to_do(actor).get()
        assert (found.case_number, found.purpose) == (case.number, "渡过停工期")
        assert str(found) == f"保洁岗位 → {case.number}"
        assert not Case.objects.filter(pk=case.pk).exists()
    for outsider in ("neighbour_partner", "neighbour_supervisor", "town2_worker", "lawyer"):
        with acting(cast.actor(outsider)):
            assert not Promise.objects.exists(), outsider
        with pytest.raises(NotAllowed) as error:
            do(outsider, resources.give_promise, promise)
        assert error.value.status == 404
    assert do("partner", resources.give_promise, promise).state == "promised"


def test_refused_is_free_again():
    case, resource = given.working(), offered(quantity=1)
    promise = promised(case, resource)
    with pytest.raises(Refused) as error:
        promised(case, resource)
    assert error.value.field == "quantity"
    promise = do("county_clerk", resources.refuse_promise, promise, reason="不符合发放条件")
    assert (promise.state, promise.reason, taken(resource)) == ("refused", "不符合发放条件", 0)
    assert promised(case, resource).state == "asked"


def test_a_resource_of_the_neighbour_can_be_asked_for():
    resource = offered("neighbour_county_clerk", "neighbour_county", quantity=1)
    promise = promised(given.working(), resource)
    assert do("neighbour_county_clerk", resources.give_promise, promise).state == "promised"


def test_withdrawn_or_expired_is_not_asked_for():
    case, resource = given.working(), offered()
    promise = promised(case, resource)
    with pytest.raises(Refused):
        do("county_clerk", resources.withdraw_resource, resource, reason="物资用完")
    do("county_clerk", resources.refuse_promise, promise, reason="物资用完")
    do("county_clerk", resources.withdraw_resource, resource, reason="物资用完")
    with pytest.raises(Refused) as error:
        promised(case, resource)
    assert error.value.field == "resource"
    old = offered()
    with everything():
        Resource.objects.filter(pk=old.pk).update(valid_to=today() - dt.timedelta(days=1))
    with pytest.raises(Refused):
        promised(case, old)


def test_the_quantity_never_falls_below_what_is_taken():
    case, resource = given.working(), offered(quantity=5)
    promised(case, resource, quantity=4)
    with pytest.raises(Refused) as error:
        do("county_clerk", resources.correct_resource, resource, quantity=3)
    assert error.value.field == "quantity"
    assert do("county_clerk", resources.correct_resource, resource, quantity=4).quantity == 4
    with everything(), pytest.raises(IntegrityError), transaction.atomic():
        Resource.objects.filter(pk=resource.pk).update(taken=5)  # the wall behind the lock


def test_only_the_owners_side_writes_the_directory():
    resource = offered()
    for outsider in ("town_worker", "neighbour_county_clerk", "partner", "worker"):
        with pytest.raises(NotAllowed):
            do(outsider, resources.correct_resource, resource, title="改名")
    with acting(cast.actor("neighbour_county_clerk")):
        assert Resource.objects.filter(pk=resource.pk).exists()  # everyone reads
        assert Resource.objects.filter(pk=resource.pk).update(title="改名") == 0  # row-level security alone


def test_a_new_owner_answers_what_is_still_open():
    case, resource = given.working(), offered()
    promise = promised(case, resource)
    do("county_clerk", resources.correct_resource, resource, giver_org=cast.org("partner"))
    assert do("partner", resources.give_promise, promise).state == "promised"


def test_states_hold_and_days_are_checked():
    promise = promised(given.working(), offered())
    with pytest.raises(WrongState):
        do("town_worker", resources.confirm_promise, promise, effect="有效果")
    do("county_clerk", resources.give_promise, promise)
    with pytest.raises(Refused) as error:
        do("town_worker", resources.deliver_promise, promise, delivered_on=today() + dt.timedelta(days=1))
    assert error.value.field == "delivered_on"


def test_refusals_name_the_field():
    for bad, name in (
        ({"title": " "}, "title"), ({"kind": "gold"}, "kind"), ({"problem": "x"}, "problem"), ({"quantity": 0}, "quantity"),
        ({"area_code": "999999"}, "area_code"), ({"valid_to": today() - dt.timedelta(days=1)}, "valid_to"),
    ):  # fmt: skip
        with pytest.raises(Refused) as error:
            offered(**bad)
        assert error.value.field == name, bad
    with pytest.raises(Refused):
        offered(taken=7)  # an unknown key sets nothing


def test_found_by_area_and_problem_class():
    here = offered(title="区级物资", area_code="440106")
    town = offered("town_worker", "town", title="街道物资", area_code="440106006")
    elsewhere = offered("neighbour_county_clerk", "neighbour_county", title="越秀物资")
    everywhere = offered(
        "province_officer", "province", title="全省热线", area_code="", problem="wages", kind="service"
    )
    with acting(cast.actor("base_cadre")) as actor:
        assert set(reading.filtered_resources(actor, area="440106006")) == {here, town, everywhere}
        assert set(reading.filtered_resources(actor, area="4401")) == {here, town, elsewhere, everywhere}
        assert set(reading.filtered_resources(actor, area="440106", problem="wages")) == {everywhere}
        assert set(reading.filtered_resources(actor, kind="goods", text="街道")) == {town}
    with acting(cast.actor("worker")) as actor:
        assert not reading.resources(actor).exists()


def test_no_promise_is_left_open_unseen():
    case, resource = given.working(), offered()
    promise = promised(case, resource, due_on=today())
    late = today() + dt.timedelta(days=1)
    assert resources.remind_of_promises(today()) == 0
    assert resources.remind_of_promises(late) == 1
    assert resources.remind_of_promises(late) == 0
    with everything():
        assert Notice.objects.filter(user=cast.user("county_clerk"), object_id=str(promise.pk)).exists()
        Promise.objects.filter(pk=promise.pk).update(due_on=today() - dt.timedelta(days=2), state="promised")
    for account in ("county_clerk", "town_worker"):
        with acting(cast.actor(account)) as actor:
            assert str(promise.pk) in [r.pk for r in todo(actor).promises.rows], account


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@drawn(st.integers(1, 6), st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=8))
def test_whatever_is_asked_and_refused_the_count_is_right(quantity, steps):
    """taken = what is asked for, promised or given; never more than there is."""
    with transaction.atomic():
        case, resource, held = given.case(), offered(quantity=quantity), []
        for count, refuse in steps:
            try:
                held.append(promised(case, resource, quantity=count))
            except Refused:
                assert sum(p.quantity for p in held) + count > quantity
            if refuse and held:
                do("county_clerk", resources.refuse_promise, held.pop(), reason="另有安排")
            assert taken(resource) == sum(p.quantity for p in held) <= quantity
        transaction.set_rollback(True)


@pytest.mark.slow
def test_ten_workers_at_once_never_get_more_than_there_is(committed):
    resource, won, lost = offered(quantity=4), [], []
    database = connections["default"].settings_dict
    cases = [given.case() for _each in range(10)]
    threads = [threading.Thread(target=lambda c=c: _ask_for(c, resource, database, won, lost)) for c in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost), taken(resource)) == (4, 6, 4)


def _ask_for(case: Case, resource: Resource, database: dict, won: list, lost: list) -> None:
    own = connections.create_connection("default")
    own.settings_dict = database
    connections["default"] = own
    try:
        do("town_worker", resources.promise_resource, case, resource=resource, purpose="渡过停工期")
        won.append(1)
    except Refused:
        lost.append(1)
    finally:
        own.close()
