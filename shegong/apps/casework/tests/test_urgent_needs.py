"""Urgent needs: raised by anyone, closed by the raiser alone, moved up when nobody answers."""

from __future__ import annotations

import datetime as dt

import pytest

from shegong.apps.casework.models import Case, NeedEntry, UrgentNeed
from shegong.apps.casework.queries import urgent_needs as reading
from shegong.apps.casework.queries.todo import todo
from shegong.apps.casework.services import urgent_needs
from shegong.kernel.actions.errors import NotAllowed, Refused, WrongState
from shegong.kernel.actions.models import Notice
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.lib import calendar
from tests import cast

from .given import do

pytestmark = pytest.mark.django_db


def raised(by: str = "worker", org: str = "town", **more: object) -> UrgentNeed:
    facts = {"problem": "wages", "text": "三个月没有发工资", **more}
    return do(by, urgent_needs.raise_need, cast.org(org), **facts)


def answered(by: str = "worker") -> UrgentNeed:
    need = do("town_worker", urgent_needs.assign_need, raised(by), owner=cast.user("colleague"))
    do("colleague", urgent_needs.take_need, need)
    return do("colleague", urgent_needs.answer_need, need, answer="已与单位协商，本周五前补发")


@pytest.mark.parametrize(
    ("account", "place", "home"),
    [
        ("worker", "town", "town"), ("base_cadre", "base", "town"), ("hotline", "city", "city"), ("mediator", "workshop", "county"),
        ("lawyer", "firm", "county"), ("partner", "partner", "county"), ("neighbour_partner", "neighbour_partner", "neighbour_county"),
        ("province_officer", "town", "town"),
    ],
)  # fmt: skip
def test_anyone_raises_and_it_rests_where_somebody_works_on_it(account, place, home):
    need = raised(account, place)
    assert need.org == cast.org(home) and need.state == "raised"
    assert need.due_on == calendar.add_days(today(), 3, mode="working")
    with acting(cast.actor(account)) as actor:
        assert reading.urgent_needs(actor).filter(pk=need.pk).exists()
        assert UrgentNeed.objects.filter(pk=need.pk).exists()  # seen through the wall as its raiser


@pytest.mark.parametrize("account", ["employer_hr", "finance", "system_admin", "expired"])
def test_who_holds_no_such_role_cannot_raise(account):
    with pytest.raises(NotAllowed):
        raised(account)


def test_the_whole_round_is_closed_by_the_raiser_only():
    need = answered()
    for other in ("town_worker", "colleague", "supervisor", "province_officer", "other_worker"):
        with pytest.raises(NotAllowed):
            do(other, urgent_needs.close_off_need, need)
    do("town_worker", urgent_needs.call_back_need, need, text="职工说已收到一半")
    need = do("worker", urgent_needs.redo_need, need, reason="只发了一半")
    assert (need.state, need.redone, need.called_back_on) == ("assigned", 1, None)
    need = do("colleague", urgent_needs.answer_need, need, answer="余款已经到账")
    need = do("worker", urgent_needs.close_off_need, need)
    assert (need.state, need.closed_on) == ("closed", today())
    with acting(cast.actor("worker")) as actor:
        kinds = [e.kind for e in reading.entries_of(need)]
        assert kinds == ["assigned", "answer", "call_back", "redo", "answer", "closed"]
        assert not reading.needs_to_do(actor).exists()


def test_the_old_answer_stays_readable_after_a_second_one():
    need = answered()
    do("worker", urgent_needs.redo_need, need, reason="没有解决")
    do("colleague", urgent_needs.answer_need, need, answer="第二次答复内容")
    with acting(cast.actor("worker")):
        texts = list(NeedEntry.objects.filter(need=need, kind="answer").order_by("id"))
        assert [t.text for t in texts] == ["已与单位协商，本周五前补发", "第二次答复内容"]


def test_neighbours_see_nothing():
    need = answered()
    for account in ("neighbour_supervisor", "town2_worker", "other_worker", "lawyer", "employer_hr", "base_cadre"):
        with acting(cast.actor(account)) as actor:
            assert not reading.urgent_needs(actor).exists(), account
            assert not UrgentNeed.objects.exists(), account
            assert not NeedEntry.objects.exists(), account
        with pytest.raises(NotAllowed) as error:
            do(account, urgent_needs.close_off_need, need)
        assert error.value.status == 404


def test_an_owner_from_outside_reaches_this_need_only():
    need = do("town_worker", urgent_needs.assign_need, raised(), owner=cast.user("lawyer"))
    raised("other_worker")
    with acting(cast.actor("lawyer")) as actor:
        assert list(reading.needs_to_do(actor)) == [need]
    do("lawyer", urgent_needs.take_need, need)
    do("lawyer", urgent_needs.answer_need, need, answer="已协助申请仲裁")


def test_it_is_not_given_to_somebody_without_a_post_near_it():
    need = raised()
    for account in ("neighbour_town_worker", "expired", "finance", "suspended"):
        with pytest.raises(Refused) as error:
            do("town_worker", urgent_needs.assign_need, need, owner=cast.user(account))
        assert error.value.field == "owner"
    assert cast.user("colleague") in reading.owners_for(need)
    assert cast.user("neighbour_town_worker") not in reading.owners_for(need)


def test_states_hold():
    need = raised()
    with pytest.raises(WrongState):
        do("worker", urgent_needs.close_off_need, need)
    with pytest.raises(WrongState):
        do("town_worker", urgent_needs.call_back_need, need, text="问一问")


def test_refusals_name_the_field():
    for bad, name in (({"text": "急"}, "text"), ({"problem": "money"}, "problem"), ({"people": 0}, "people")):
        with pytest.raises(Refused) as error:
            raised(**bad)
        assert error.value.field == name


def test_many_people_with_one_claim_warn_the_overseers_at_once():
    with everything():
        before = Notice.objects.filter(user=cast.user("supervisor")).count()
    raised(people=9)
    with everything():
        assert Notice.objects.filter(user=cast.user("supervisor")).count() == before
    raised(people=10)
    with everything():
        told = Notice.objects.filter(user=cast.user("supervisor")).latest("at")
        assert told.values["people"] == "10"


def test_overdue_moves_up_level_by_level_and_once_a_term():
    need = raised()
    late = need.due_on + dt.timedelta(days=1)
    assert urgent_needs.move_up_overdue_needs(need.due_on) == 0
    assert urgent_needs.move_up_overdue_needs(late) == 1
    assert urgent_needs.move_up_overdue_needs(late) == 0
    with everything():
        need.refresh_from_db()
        assert need.escalated_to == cast.org("county") and need.due_on < late
        entry = Entry.objects.get(object_id=str(need.pk), deed="casework.urgent_need.escalate")
        assert (entry.actor_name, entry.reason) == ("system", "overdue")
        assert Notice.objects.filter(user=cast.user("supervisor"), object_id=str(need.pk)).exists()
    with acting(cast.actor("supervisor")) as actor:
        assert [r.pk for r in todo(actor).needs.rows] == [str(need.pk)]
    for level in ("city", "province"):
        assert urgent_needs.move_up_overdue_needs(need.next_move_on + dt.timedelta(days=1)) == 1
        with everything():
            need.refresh_from_db()
        assert need.escalated_to == cast.org(level)
    assert urgent_needs.move_up_overdue_needs(need.next_move_on + dt.timedelta(days=1)) == 1  # told again at the top
    with everything():
        need.refresh_from_db()
    assert need.escalated_to == cast.org("province")


def test_an_answered_need_does_not_move():
    need = answered()
    assert urgent_needs.move_up_overdue_needs(need.next_move_on + dt.timedelta(days=30)) == 0


def test_escalated_by_hand_and_answered_above():
    need = do("town_worker", urgent_needs.escalate_need, raised(), reason="需要市里协调")
    assert need.escalated_to == cast.org("county") and need.state == "raised"
    do("supervisor", urgent_needs.escalate_need, need, reason="涉及多个区")
    need = do("town_worker", urgent_needs.assign_need, need, owner=cast.user("city_officer"))
    do("city_officer", urgent_needs.answer_need, need, answer="市总工会已约谈企业")


def test_taken_up_as_a_case_once():
    need = do("town_worker", urgent_needs.take_up_need, raised())
    with everything():
        case = Case.objects.get(pk=need.case_id)
    assert (case.line, case.problem, case.summary) == ("rights", "wages", "三个月没有发工资")
    with pytest.raises(Refused):
        do("town_worker", urgent_needs.take_up_need, need)


def test_lists_filter():
    one, two = raised(), raised("other_worker", problem="job")
    with acting(cast.actor("town_worker")) as actor:
        assert list(reading.filtered_needs(actor, problem="job")) == [two]
        assert set(reading.filtered_needs(actor, state="open")) == {one, two}
        assert not reading.filtered_needs(actor, overdue=True).exists()
        assert set(reading.needs_to_do(actor)) == {one, two}
        assert not reading.filtered_needs(actor, org=cast.org("town2")).exists()
