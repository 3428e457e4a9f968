"""Service points, a fair month of duties, fee sheets (S40, S41): every town tested, every rule kept, nothing paid twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shegong.apps.casework.models import Duty, DutyRoster, FeeLine, FeeSheet, Lawyer, LegalAid, Station
from shegong.apps.casework.queries.duty import board_of, duties, month_view
from shegong.apps.casework.queries.fees import fee_sheets, lines_of, sums_of
from shegong.apps.casework.queries.quality import quality_of
from shegong.apps.casework.queries.stations import coverage, is_rest_day
from shegong.apps.casework.services import duty as deeds
from shegong.apps.casework.services import fees, panel, stations, wishes
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.models import Notice
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.lib import creditcode
from tests import cast
from tests.test_access import sign_in

from .given import do

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
NEXT = (today().replace(day=1) + 32 * DAY).replace(day=1)  # a month that lies ahead
THIS = today().replace(day=1)
NINE, FIVE = dt.time(9), dt.time(17)


def firm(lawyers: int = 3) -> list[Lawyer]:
    """A firm of the centre's panel; the first of its lawyers has an account."""
    found = do(
        "legal_officer", panel.register_firm, cast.org("centre"), name="广东示例律师事务所", credit_code=creditcode.synthetic(1, prefix="31"),
        contract_from=dt.date(2020, 1, 1), contract_to=dt.date(2040, 1, 1),
    )  # fmt: skip
    for n in range(lawyers):
        user = cast.user("lawyer") if n == 0 else None
        told = {"name": f"律师{'甲乙丙丁戊己'[n]}", "licence": f"1440120151000000{n}", "user": user, "licence_to": dt.date(2039, 1, 1)}
        found = do("legal_officer", panel.add_lawyer, found, **told)
    with everything():
        return list(Lawyer.objects.order_by("licence"))


def station(name: str = "天河区仲裁院值班点", site: str = "centre", weekdays: Any = range(5), needed: int = 1, **facts: Any) -> Station:
    made = do("legal_officer", stations.set_up_station, cast.org("centre"), site=cast.org(site), name=name, **facts)
    hours = {"opens": NINE, "closes": FIVE, "needed": needed, "valid_from": dt.date(2020, 1, 1)}
    made = do("legal_officer", stations.set_station_hours, made, weekdays=list(weekdays), **hours)
    made = do("legal_officer", stations.add_station_staff, made, name="接待员", since=dt.date(2020, 1, 1))
    return do("legal_officer", stations.start_station, made, opened_on=dt.date(2020, 1, 1))


def planned(month: dt.date = NEXT, **limits: int) -> DutyRoster:
    found = do("legal_officer", deeds.plan_roster, cast.org("centre"), month=month, **limits)
    given = {"week_limit": found.week_limit, "month_limit": found.month_limit}
    return do("legal_officer", deeds.generate_roster, found, **given)


def rows(found: DutyRoster) -> list[Duty]:
    with everything():
        return list(Duty.objects.filter(roster=found).select_related("lawyer", "station").order_by("day", "seat"))


def again(thing: Any) -> Any:
    with everything():
        thing.refresh_from_db()
    return thing


# --- service points ---------------------------------------------------------------------------------------------------
def test_a_place_goes_into_service_with_hours_and_staff_only():
    made = do("legal_officer", stations.set_up_station, cast.org("centre"), site=cast.org("centre"), name="中心")
    with pytest.raises(Refused, match="hours"):
        do("legal_officer", stations.start_station, made)
    hours = {"opens": FIVE, "closes": NINE, "needed": 1, "valid_from": today()}
    with pytest.raises(Refused) as error:
        do("legal_officer", stations.set_station_hours, made, weekdays=[0], **hours)
    assert error.value.field == "closes"
    with pytest.raises(NotAllowed):
        do("neighbour_county_clerk", stations.correct_station, made, name="抢占")


def test_every_town_is_tested_by_itself_and_says_why_not():
    with acting(cast.actor("county_clerk")):
        before = coverage(cast.org("county"), today())
    assert before.parts and not any(part.places for part in before.parts)
    point = station(site="station", name="石牌站")
    with acting(cast.actor("county_clerk")):
        after = coverage(cast.org("county"), today())
    covered = {part.org.code for part in after.parts if part.places}
    assert covered == {"town"} and len(after.parts) == len(before.parts)
    do("legal_officer", stations.serve_town, point, town=cast.org("town2"), since=today())
    with acting(cast.actor("county_clerk")):
        assert {p.org.code for p in coverage(cast.org("county"), today()).parts if p.places} == {"town", "town2"}
    year = today().year
    do("legal_officer", stations.review_station, again(point), year=year - 1, reviewed_on=today(), passed=False, note="没有台账")
    with acting(cast.actor("county_clerk")):
        assert not any(part.places for part in coverage(cast.org("county"), today()).parts)
    page = sign_in("county_clerk").get("/stations/coverage")
    assert page.status_code == 200 and "石牌站" in page.content.decode()


# --- the month --------------------------------------------------------------------------------------------------------
def test_a_month_is_filled_evenly_on_working_days_and_keeps_leave_and_limits():
    lawyers = firm(3)
    place = station(weekdays=range(7))
    leave = {"kind": "leave", "first": NEXT, "last": NEXT + 9 * DAY}
    do("lawyer", wishes.note_wish, lawyers[0], **leave)
    found = planned(week_limit=3, month_limit=20)
    filled = rows(found)
    days = {d.day for d in filled}
    assert days and not any(is_rest_day(day) and day.weekday() < 5 for day in days)  # no public holiday
    assert all(d.station_id == place.pk for d in filled)
    mine = [d.day for d in filled if d.lawyer_id == lawyers[0].pk]
    assert mine and min(mine) > NEXT + 9 * DAY
    for one in lawyers:
        own = [d.day for d in filled if d.lawyer_id == one.pk]
        assert len(own) == len(set(own)) <= 20
        weeks = [day - day.weekday() * DAY for day in own]
        assert max(map(weeks.count, weeks)) <= 3
    with acting(cast.actor("legal_officer")):
        view = month_view(found)
        assert found.best["proven"] and len(view.gaps) == sum(d.lawyer_id is None for d in filled)


def test_what_cannot_be_filled_stays_open_with_each_lawyer_s_reason():
    lawyers = firm(2)
    station()
    for one in lawyers:
        do("legal_officer", wishes.note_wish, one, kind="leave", first=NEXT, last=(NEXT + 32 * DAY).replace(day=1))
    found = planned()
    assert all(d.lawyer_id is None for d in rows(found))
    page = sign_in("legal_officer").get(f"/rosters/{found.pk}").content.decode()
    assert "律师甲" in page and "请假" in page


def test_duties_set_by_hand_stay_when_the_month_is_filled_again():
    lawyers = firm(3)
    station()
    found = planned(week_limit=5, month_limit=20)
    first = rows(found)[0]
    other = next(one for one in lawyers if one.pk != first.lawyer_id)
    do("legal_officer", deeds.assign_duty, first, lawyer=other)
    do("legal_officer", deeds.generate_roster, again(found), week_limit=5, month_limit=20)
    assert again(first).lawyer_id == other.pk and first.fixed
    assert sum(d.day == first.day for d in rows(found)) == 1


def test_a_rule_that_a_hand_would_break_is_named():
    lawyers = firm(2)
    station()
    found = planned(week_limit=1)
    by_week = [d for d in rows(found) if d.day.isocalendar().week == rows(found)[-1].day.isocalendar().week]
    held = next(d for d in by_week if d.lawyer_id == lawyers[0].pk)
    other = next(d for d in by_week if d.pk != held.pk and d.lawyer_id != lawyers[0].pk)
    with pytest.raises(Refused) as error:
        do("legal_officer", deeds.assign_duty, other, lawyer=lawyers[0])
    assert "律师甲" in error.value.message


def test_a_swap_is_offered_taken_and_both_rules_hold():
    lawyers = firm(2)
    station()
    found = do("legal_officer", deeds.publish_roster, planned(week_limit=7, month_limit=31))
    with everything():
        Lawyer.objects.filter(pk=lawyers[1].pk).update(user=cast.user("mediator"))
        own = next(d for d in rows(found) if d.lawyer_id == lawyers[0].pk)
        assert Notice.objects.filter(user=cast.user("lawyer"), kind="casework.lawyer").exists()
    with acting(cast.actor("mediator")) as actor:  # an account of the other lawyer; before it is offered she does not see it
        assert not duties(actor).filter(pk=own.pk).exists()
    own = do("lawyer", deeds.offer_duty, own, note="家中有事")
    taken = do("lawyer", deeds.recall_duty, own)
    assert taken.offered_at is None


def test_leave_that_comes_later_bars_publishing_and_a_stranger_sees_nothing():
    lawyers = firm(2)
    station()
    found = planned()
    duty = next(d for d in rows(found) if d.lawyer_id == lawyers[0].pk)
    do("lawyer", wishes.note_wish, lawyers[0], kind="leave", first=duty.day, last=duty.day)
    with pytest.raises(Refused):
        do("legal_officer", deeds.publish_roster, found)
    for stranger in ("neighbour_county_clerk", "neighbour_town_worker", "partner", "employer_hr", "worker"):
        with acting(cast.actor(stranger)) as actor:
            assert not duties(actor).exists() and not Duty.objects.exists(), stranger
    assert sign_in("neighbour_county_clerk").get(f"/rosters/{found.pk}").status_code == 404


def test_a_month_without_holidays_on_file_is_refused_in_words():
    firm(1)
    station()
    with pytest.raises(Refused) as error:
        do("legal_officer", deeds.plan_roster, cast.org("centre"), month=dt.date(2049, 1, 1))
    assert "2049" in error.value.message


# --- money ------------------------------------------------------------------------------------------------------------
def done_duty(lawyer: Lawyer, day: dt.date | None = None) -> Duty:
    """A duty of today or before, noted as done."""
    point = station(weekdays=range(7))
    with everything():
        roster = DutyRoster.objects.create(month=THIS, org=cast.org("centre"), org_path=cast.org("centre").path, state="published")
        made = Duty.objects.create(
            roster=roster, station=point, day=day or today(), opens=NINE, closes=FIVE, lawyer=lawyer, published=True,
            org=roster.org, org_path=roster.org_path,
        )  # fmt: skip
    return do("legal_officer", deeds.log_duty, made, consultations=4, minutes=480)


def tariff(**given: int) -> None:
    for item, fen in {"duty": 500_00, "litigate": 2_000_00, **given}.items():
        do("legal_officer", fees.set_fee_rate, cast.org("centre"), item=item, amount_fen=fen, valid_from=dt.date(2020, 1, 1))


def entry(lawyer: Lawyer, number: str = "2026援1", **facts: Any) -> LegalAid:
    told = {"form": "representation", "stage": "litigation", "result": "closed", "accepted_on": today(), "concluded_on": today(), **facts}
    with everything():
        org = cast.org("centre")
        return LegalAid.objects.create(number=number, applicant_name="某人", lawyer=lawyer.name, org=org, org_path=org.path, **told)


def sheet() -> FeeSheet:
    return do("legal_officer", fees.draw_up_sheet, cast.org("centre"), month=THIS)


def test_a_sheet_is_what_was_done_and_ties_by_lawyer_firm_place_and_item():
    lawyers = firm(2)
    tariff()
    done_duty(lawyers[0])
    entry(lawyers[1])
    found = sheet()
    with acting(cast.actor("legal_officer")):
        lines = lines_of(found)
        sums = sums_of(lines)
    assert found.total_fen == sum(line.amount_fen for line in lines) == 2_500_00
    for part in (sums.by_firm, sums.by_lawyer, sums.by_station, sums.by_item):
        assert sum(one[-1] for one in part) == found.total_fen == sums.total_fen
    assert {line.source_kind for line in lines} == {"casework.duty", "casework.legal_aid"}


def test_another_person_approves_and_then_it_is_paid_once():
    lawyers = firm(1)
    tariff()
    done_duty(lawyers[0])
    found = do("county_clerk", fees.submit_sheet, sheet())
    with pytest.raises(Refused):
        do("county_clerk", fees.approve_sheet, found)
    found = do("supervisor", fees.approve_sheet, found)
    with pytest.raises(Refused) as error:
        do("legal_officer", fees.pay_sheet, found, paid_on=today() - DAY, voucher="2026-11-88")
    assert error.value.field == "paid_on"
    found = do("legal_officer", fees.pay_sheet, found, voucher="2026-11-88")
    assert found.state == "paid"
    with pytest.raises(Refused):
        sheet()
    with everything(), pytest.raises(IntegrityError), transaction.atomic():  # not even past the services
        line = FeeLine.objects.get()
        line.pk = None
        line.id = __import__("uuid").uuid4()
        line.save(force_insert=True)


def test_a_record_that_changes_before_approval_sends_the_sheet_back():
    lawyers = firm(1)
    tariff()
    duty = done_duty(lawyers[0])
    found = do("county_clerk", fees.submit_sheet, sheet())
    do("legal_officer", deeds.undo_duty_log, duty, reason="登记错误")
    with pytest.raises(Refused):
        do("supervisor", fees.approve_sheet, found)
    found = do("supervisor", fees.send_back_sheet, found, reason="值班记录有误")
    found = do("legal_officer", fees.reckon_sheet, found)
    assert found.total_fen == 0 and not lines_of(found)


def test_money_of_lawyers_is_not_for_the_neighbour_nor_for_lawyers():
    lawyers = firm(1)
    tariff()
    done_duty(lawyers[0])
    found = sheet()
    for stranger in ("neighbour_county_clerk", "lawyer", "town_worker", "partner", "mediator"):
        with acting(cast.actor(stranger)) as actor:
            assert not fee_sheets(actor).exists(), stranger
        assert sign_in(stranger).get(f"/fees/{found.pk}").status_code == 404, stranger
    assert sign_in("legal_officer").get(f"/fees/{found.pk}/paper").status_code == 404  # nothing to sign before it is approved
    do("supervisor", fees.approve_sheet, do("legal_officer", fees.submit_sheet, found))
    assert sign_in("legal_officer").get(f"/fees/{found.pk}/paper").content.startswith(b"%PDF-")


# --- quality ------------------------------------------------------------------------------------------------------------
def test_quality_says_each_part_and_a_missed_duty_costs():
    lawyers = firm(1)
    duty = done_duty(lawyers[0])
    with everything():
        good = quality_of(lawyers[0], THIS)
    do("legal_officer", deeds.undo_duty_log, duty, reason="登记错误")
    with everything():
        bad = quality_of(lawyers[0], THIS)
        assert bad.score < good.score and sum(one.points for one in bad.points) == bad.score
    page = sign_in("legal_officer").get(f"/lawyers/one/{lawyers[0].pk}").content.decode()
    assert "计分规则" in page


def test_the_board_is_the_same_problem_for_judging_as_for_filling():
    firm(2)
    station()
    found = planned()
    with acting(cast.actor("legal_officer")):
        board = board_of(found, [])
        assert board.limits_told() == {"week": 2, "month": 8}
