"""Statutory clocks of a case: reckoned by the rule, moved by what happens, told in time, seen by whom they concern."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from shegong.apps.casework import rules
from shegong.apps.casework.models import ClockEvent, LegalClock, Member
from shegong.apps.casework.queries.clocks import clocks_to_watch, legal_clocks, limits_for, reckon, reckoned
from shegong.apps.casework.services import clocks, keeping, phases
from shegong.kernel.actions.errors import NotAllowed, Refused, WrongState
from shegong.kernel.actions.models import Notice
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.lib import clocks as law
from shegong.lib import statutes
from tests import cast
from tests.test_access import sign_in

from . import given
from .given import do

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def started(case=None, limit="arbitration.limitation", on=None, by="town_worker"):
    case = case or given.consented(line="rights", problem="wages")
    do(by, clocks.start_legal_clock, case, limit=limit, started_on=on or today() - 10 * DAY)
    with everything():
        return LegalClock.objects.select_related("case").get(case=case, limit=limit, state="running")


def tied(case, account, tie):
    with everything():
        Member.objects.create(case=case, user=cast.user(account), tie=tie, org=case.org, org_path=case.org_path)


def fresh(clock):
    with everything():
        return LegalClock.objects.select_related("case").get(pk=clock.pk)


def test_the_last_day_is_reckoned_never_typed():
    on = today() - 10 * DAY
    clock = started(on=on)
    assert clock.due_on == law.add_months(on, 12)
    assert clock.case.number


def test_what_happens_moves_the_last_day_and_stays_on_file():
    clock = started(on=today() - 100 * DAY)
    do("town_worker", clocks.suspend_clock, clock, happened_on=today() - 40 * DAY, reason="住院，病历")
    assert (fresh(clock).state, fresh(clock).due_on) == ("still", None)
    do("town_worker", clocks.resume_clock, clock, happened_on=today() - 10 * DAY, reason="出院小结")
    assert fresh(clock).due_on == law.add_months(today() - 100 * DAY, 12) + 30 * DAY
    do("town_worker", clocks.interrupt_clock, clock, happened_on=today(), reason="向劳动监察大队投诉，回执")
    assert fresh(clock).due_on == law.add_months(today(), 12)
    with everything():
        assert [e.kind for e in ClockEvent.objects.filter(clock=clock)] == ["suspend", "resume", "interrupt"]
        assert len(reckoned(reckon(fresh(clock))).lines) == 4


def test_an_extension_stays_within_the_article():
    clock = started(limit="arbitration.award")
    with pytest.raises(Refused) as refusal:
        do("town_worker", clocks.extend_clock, clock, happened_on=today(), reason="案情复杂", length=16)
    assert refusal.value.field == "length"
    do("town_worker", clocks.extend_clock, clock, happened_on=today(), reason="案情复杂", length=15)
    assert fresh(clock).due_on == today() - 10 * DAY + 60 * DAY


@pytest.mark.parametrize(
    ("limit", "days", "field"),
    [("arbitration.award", 1, "started_on"), ("no.such", 0, "limit"), ("supervision.opinion", 0, "limit")],
)
def test_what_cannot_be_started_says_why(limit, days, field):
    with pytest.raises(Refused) as refusal:
        started(limit=limit, on=today() + days * DAY)
    assert refusal.value.field == field


def test_a_hearing_lies_ahead_and_the_limit_counts_back():
    clock = started(limit="arbitration.postpone", on=today() + 30 * DAY)
    assert clock.due_on < today() + 30 * DAY


def test_the_same_limit_does_not_run_twice_from_one_day():
    clock = started()
    with pytest.raises(Refused):
        started(clock.case)
    do("town_worker", clocks.void_clock, clock, reason="日期录错")
    assert started(clock.case).pk != clock.pk


def test_what_the_article_does_not_know_cannot_happen():
    clock = started(limit="award.sue")
    with pytest.raises(Refused) as refusal:
        do("town_worker", clocks.interrupt_clock, clock, happened_on=today(), reason="电话催告")
    assert "interrupted" in refusal.value.message
    with everything():
        assert not ClockEvent.objects.filter(clock=clock).exists()


def test_a_case_does_not_close_while_a_clock_runs():
    found = given.evaluated(line="rights", problem="wages")
    clock = started(found)
    with pytest.raises(Refused) as refusal:
        do("town_worker", phases.submit_closure, found, close_reason="goal", text="目标达成")
    assert "live_clocks" in refusal.value.detail["reasons"]
    do("town_worker", clocks.meet_clock, clock, settled_on=today(), note="已立案")
    with pytest.raises(WrongState):
        do("town_worker", clocks.suspend_clock, clock, happened_on=today(), reason="误操作")
    do("town_worker", phases.submit_closure, found, close_reason="goal", text="目标达成")


def test_told_once_at_each_stage_and_again_when_the_day_moves():
    clock = started(limit="arbitration.award")
    tied(clock.case, "lawyer", "lawyer")
    due = clock.due_on
    told = []
    for left in (10, 7, 6, 3, 2, 1, 0, -1, -5):
        with everything():
            before = Notice.objects.count()
            keeping.warn_of_clocks(due - left * DAY)
            told.append((left, Notice.objects.count() > before))
    assert [left for left, did in told if did] == [7, 3, 1, 0, -1]
    with everything():
        assert Notice.objects.filter(user=cast.user("lawyer"), object_id=str(clock.case_id)).count() == 5
        assert Notice.objects.filter(user=cast.user("supervisor"), object_id=str(clock.case_id), text__contains="runs out").count() == 3
    do("town_worker", clocks.extend_clock, clock, happened_on=today(), reason="批准延期", length=15)
    with everything():
        assert keeping.warn_of_clocks(due + 15 * DAY - 3 * DAY) == 1


@pytest.mark.parametrize(
    ("left", "warned", "stage"),
    [(8, None, None), (7, None, 7), (5, 7, None), (3, 7, 3), (2, None, 3), (0, 1, 0), (-3, 0, -1), (-9, -1, None)],
)
def test_warning_stages(left, warned, stage):
    assert rules.clock_warning(left, warned) == stage


def test_a_changed_rule_moves_every_live_day(monkeypatch):
    clock, done = started(limit="arbitration.award"), started(limit="arbitration.award", on=today() - 20 * DAY)
    do("town_worker", clocks.meet_clock, done, settled_on=today())
    was = fresh(done).due_on
    changed = tuple(
        law.Limit(**{**{n: getattr(one, n) for n in law.Limit.__slots__}, "length": 30}) if one.code == "arbitration.award" else one
        for one in statutes.LIMITS
    )
    monkeypatch.setattr(statutes.limits_on, "__defaults__", ("", changed))
    monkeypatch.setattr(statutes.limit_on, "__defaults__", ("", changed))
    seen = []
    with everything():
        assert keeping.reckon_anew(lambda done, total: seen.append((done, total))) == 1
        assert keeping.reckon_anew() == 0
    assert fresh(clock).due_on == clock.started_on + 30 * DAY
    assert fresh(done).due_on == was
    assert seen == [(1, 1)]


def test_seen_by_place_and_by_tie_only():
    clock = started()
    tied(clock.case, "lawyer", "lawyer")
    for account, sees in {"town_worker": 1, "county_clerk": 1, "lawyer": 1, "neighbour_town_worker": 0, "city_officer": 0, "mediator": 0}.items():
        with acting(cast.actor(account)) as actor:
            assert legal_clocks(actor).count() == LegalClock.objects.filter(pk=clock.pk).count() * sees == sees, account
    with pytest.raises(NotAllowed) as refusal:
        do("neighbour_town_worker", clocks.void_clock, clock, reason="想看看")
    assert refusal.value.status == 404


def test_the_next_to_run_out_comes_first_and_days_narrow():
    case = given.consented(line="rights", problem="wages")
    late = started(case, "award.sue", today() - 20 * DAY)
    soon = started(case, "mediation.agreement", today() - 10 * DAY)
    far = started(case)
    with acting(cast.actor("town_worker")) as actor:
        assert [c.pk for c in clocks_to_watch(actor)] == [late.pk, soon.pk, far.pk]
        assert [c.pk for c in clocks_to_watch(actor, days=0)] == [late.pk]
        assert [c.pk for c in clocks_to_watch(actor, days=7)] == [late.pk, soon.pk]


# --- pages --------------------------------------------------------------------------------------------------------------
def page(account, address):
    client = Client()
    client.force_login(cast.user(account), backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["language"] = "en"
    return client.get(address)


def test_legal_clock_detail_shows_steps_article_and_supposes():
    clock = started(limit="arbitration.award", on=dt.date(2024, 3, 8))
    shown = page("town_worker", f"/clocks/{clock.pk}").content.decode()
    assert "22 April 2024" in shown
    assert "第四十三条" in shown
    supposed = page("town_worker", f"/clocks/{clock.pk}?event=extend&event_on=2024-04-18").content.decode()
    assert "7 May 2024" in supposed
    refused = page("town_worker", f"/clocks/{clock.pk}?event=interrupt&event_on=2024-04-18").content.decode()
    assert "does not provide for it" in refused
    assert fresh(clock).due_on == dt.date(2024, 4, 22)


def test_legal_clock_list_and_case_page_lead_to_it():
    clock = started()
    assert f"/clocks/{clock.pk}" in page("town_worker", "/clocks").content.decode()
    assert f"/clocks/{clock.pk}" in page("town_worker", f"/cases/{clock.case_id}").content.decode()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("limit=award.sue&started_on=2024-04-22", "7 May 2024"),
        ("limit=legal_aid.decide&started_on=2024-06-03", "10 June 2024"),
        ("limit=mediation.agreement&started_on=2024-03-01", "rest day"),
        ("limit=legal_aid.decide&started_on=2021-06-03", "No such limit was in force"),
        ("limit=award.sue&started_on=2024-13-45", "Enter a valid date"),
        ("", "Choose a limit"),
    ],
)
def test_legal_clock_reckon_needs_no_case(query, says):
    answer = page("town_worker", f"/clocks/reckon?{query}")
    assert answer.status_code == 200
    assert says in answer.content.decode()


def test_an_area_has_its_own_rule_before_the_country():
    assert "supervision.opinion" not in limits_for("440106")
    assert limits_for("330106")["supervision.opinion"].unit == "workday"


def test_limits_that_passed_long_ago_do_not_keep_the_others_from_being_told():
    past, near = started(limit="award.sue"), started(limit="arbitration.award")
    with everything():
        LegalClock.objects.filter(pk=past.pk).update(due_on=near.due_on - 30 * DAY, warned=-1)
        assert keeping.warn_of_clocks(near.due_on, limit=1) == 1


def test_an_event_before_those_on_file_cannot_turn_them_round():
    clock = started(on=today() - 60 * DAY)
    do("town_worker", clocks.suspend_clock, clock, happened_on=today() - 50 * DAY, reason="中止")
    do("town_worker", clocks.resume_clock, fresh(clock), happened_on=today() - 40 * DAY, reason="恢复")
    do("town_worker", clocks.interrupt_clock, fresh(clock), happened_on=today() - 30 * DAY, reason="催告信")
    with pytest.raises(Refused) as refusal:
        do("town_worker", clocks.suspend_clock, fresh(clock), happened_on=today() - 35 * DAY, reason="补录")
    assert refusal.value.field == "happened_on"
    other = started(limit="arbitration.limitation", on=today() - 60 * DAY)
    do("town_worker", clocks.suspend_clock, other, happened_on=today() - 10 * DAY, reason="中止")
    with pytest.raises(Refused):
        do("town_worker", clocks.interrupt_clock, fresh(other), happened_on=today() - 20 * DAY, reason="补录")
    assert (fresh(clock).state, fresh(other).state) == ("running", "still")


def test_a_lawyer_tied_until_a_day_is_warned_too():
    clock = started(limit="arbitration.award")
    with everything():
        Member.objects.create(
            case=clock.case, user=cast.user("lawyer"), tie="lawyer", until=timezone.now() + 90 * DAY, org=clock.org,
            org_path=clock.org_path,
        )  # fmt: skip
        keeping.warn_of_clocks(clock.due_on - 3 * DAY)
        assert Notice.objects.filter(user=cast.user("lawyer"), object_id=str(clock.case_id)).exists()


@pytest.mark.parametrize("address", ["/clocks/reckon?limit=award.sue&started_on=9999-12-31", "/claims/reckon?claim=unlawful"
                                     "&started_on=2020-01-01&ended_on=9999-12-31&monthly_fen=1&average_fen="])
def test_days_at_the_end_of_the_calendar_are_refused_beside_their_field(address):
    page = sign_in("town_worker").get(address)
    assert page.status_code == 200
    assert "sg-field-error" in page.content.decode()
