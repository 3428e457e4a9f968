"""Joint mediation (S37, S38): from the application to the last instalment, or over to arbitration; T10; each side keeps its notes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import given as drawn
from hypothesis import strategies as st

from shegong.apps.casework import reports, rules
from shegong.apps.casework.models import Case, Instalment, LegalClock, Mediation, Member, Participant
from shegong.apps.casework.queries.cases import cases
from shegong.apps.casework.queries.mediation import mediation_paper_of, mediations, notes_for
from shegong.apps.casework.services import cases as case_deeds
from shegong.apps.casework.services import groups, keeping, mediation
from shegong.apps.casework.services._file import file_of
from shegong.apps.casework.services.mediation import _divided
from shegong.apps.casework.sheets import PARTICIPANTS_SHEET
from shegong.apps.casework.sheets.disputes import MEDIATIONS_SHEET
from shegong.kernel.actions.errors import NotAllowed, Refused, WrongState
from shegong.kernel.actions.models import Notice
from shegong.kernel.audit.models import Entry
from shegong.kernel.indicators import upkeep
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.kernel.sheets.declare import SheetRow
from shegong.kernel.sheets.tests.files import table
from shegong.kernel.sheets.tests.taking import take
from shegong.lib import idcard
from tests import cast
from tests.test_access import sign_in

from . import given
from .given import do

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
CLAIM = "金丝雀：要求支付三个月工资"


def applied(case: Case | None = None, **facts) -> Mediation:
    found = case or given.consented(line="rights", problem="wages", claimed_fen=9_000_00)
    told = {"workshop": cast.org("workshop"), "claim": CLAIM, "opponent": "天河某某建筑公司", **facts}
    do("town_worker", mediation.apply_for_mediation, found, **told)
    with everything():
        return Mediation.objects.get(case=found, state="applied")


def taken(**facts) -> Mediation:
    return do("county_clerk", mediation.accept_mediation, applied(**facts), mediator=cast.user("mediator"))


def agreed(parts: int = 3, agreed_fen: int = 10_000_00, **facts) -> Mediation:
    told = {"agreement": "公司分期支付所欠工资", "agreed_fen": agreed_fen, "parts": parts, "first_due_on": today()}
    return do("mediator", mediation.agree_mediation, taken(**facts), **told)


def group(people: int = 3, claimed: float = 1_000) -> Case:
    case = given.case(form="group", line="rights", problem="wages", client=None, people=1)
    born = dt.date(1980, 1, 1)
    lines = [
        [f"工友{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{'一二三四五六七八九十百千万'[n // 10]}",
         idcard.synthetic(birth_on=born + n * DAY, sex="1", sequence=1), claimed]
        for n in range(people)
    ]  # fmt: skip
    rows = take(table([["姓名", "身份证号码", "拖欠工资"], *lines]), PARTICIPANTS_SHEET).rows
    rows = [SheetRow(row.number, {**row.values, "case": case.number}) for row in rows]
    results = do("town_worker", groups.import_participants, cast.org("town"), rows=rows, batch_key="k" * 64)
    assert {r.outcome for r in results} == {"created"}
    return do("town_worker", case_deeds.accept_case, again(case))


def again(thing):
    with everything():
        thing.refresh_from_db()
    return thing


def live(found: Mediation) -> dict[str, dt.date | None]:
    with everything():
        return dict(LegalClock.objects.filter(case=found.case_id, state="running").values_list("limit", "due_on"))


def case_of(found: Mediation) -> Case:
    with everything():
        return Case.objects.get(pk=found.case_id)


# --- coming in --------------------------------------------------------------------------------------------------------
def test_the_golden_fifteen_days():
    """C10: applied 2024-03-01 → agreement until 2024-03-16, after it arbitration is open."""
    case = given.consented(line="rights", registered_on=dt.date(2024, 2, 1))
    found = applied(case=case, applied_on=dt.date(2024, 3, 1))
    assert live(found) == {"mediation.agreement": dt.date(2024, 3, 16)}


def test_a_workshop_of_the_county_and_only_one_at_a_time():
    case = given.consented(line="rights")
    with pytest.raises(Refused) as error:
        applied(case=case, workshop=cast.org("neighbour_county"))
    assert error.value.field == "workshop"
    applied(case=case)
    with pytest.raises(Refused):
        applied(case=case)
    with everything():
        assert Notice.objects.filter(user=cast.user("county_clerk"), kind="casework.mediation").exists()
        assert rules.may_submit_closure(file_of(case), "goal").reasons.count("open_mediation") == 1
        assert "open_mediation" in rules.may_join(file_of(case)).reasons


def test_the_mediator_sees_the_case_once_it_is_hers_and_strangers_never_see_the_mediation():
    found = applied()
    with acting(cast.actor("mediator")) as actor:
        assert not mediations(actor).exists() and not Case.objects.exists()
    do("county_clerk", mediation.accept_mediation, found, mediator=cast.user("mediator"))
    with acting(cast.actor("mediator")) as actor:
        assert [m.claim for m in mediations(actor)] == [CLAIM]
        assert cases(actor, "casework.case.view").exists()
    for stranger in ("neighbour_county_clerk", "neighbour_town_worker", "town2_worker", "employer_hr", "lawyer", "partner", "expired"):
        with acting(cast.actor(stranger)) as actor:
            assert not mediations(actor).exists() and not Mediation.objects.exists(), stranger
    assert sign_in("neighbour_county_clerk").get(f"/mediations/{found.pk}").status_code == 404


def test_without_anybody_to_talk_to_there_is_no_mediation():
    with pytest.raises(Refused) as error:
        applied(opponent="")
    assert error.value.field == "opponent"


def test_somebody_who_does_not_mediate_here_is_not_put_in_charge():
    with pytest.raises(Refused) as error:
        do("county_clerk", mediation.accept_mediation, applied(), mediator=cast.user("lawyer"))
    assert error.value.field == "mediator"


def test_declined_and_withdrawn_say_why_and_stop_the_limit():
    found = do("county_clerk", mediation.decline_mediation, applied(), reason="不属于劳动争议")
    assert found.state == "declined" and live(found) == {}
    found = do("town_worker", mediation.withdraw_mediation, applied(), reason="双方已和解")
    assert found.state == "withdrawn" and live(found) == {}


# --- at the table -----------------------------------------------------------------------------------------------------
def test_each_side_keeps_its_own_notes():
    found = taken()
    do("town_worker", mediation.hold_session, found, note="工会内部：底线八千", reader="union")
    do("mediator", mediation.hold_session, again(found), note="单位私下愿付七千", reader="mediators")
    do("mediator", mediation.hold_session, again(found), note="双方到场", proposer="employer", proposed_fen=7_000_00)
    read = {}
    for account in ("town_worker", "mediator", "county_clerk"):
        with acting(cast.actor(account)) as actor:
            read[account] = {n.note for n in notes_for(actor, found)}
    assert read["mediator"] == {"单位私下愿付七千", "双方到场"}
    assert read["town_worker"] == {"工会内部：底线八千", "双方到场"} == read["county_clerk"]
    page = sign_in("mediator").get(f"/mediations/{found.pk}").content.decode()
    assert "双方到场" in page and "底线八千" not in page
    page = sign_in("town_worker").get(f"/mediations/{found.pk}").content.decode()
    assert "底线八千" in page and "私下愿付" not in page
    assert found.version < again(found).version


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"held_on": today() - 400 * DAY}, "held_on"),
        ({"minutes": 0}, "minutes"),
        ({"proposer": "employer"}, "proposed_fen"),
        ({"proposed_fen": 5}, "proposer"),
        ({"held_on": today() + DAY}, "held_on"),
    ],
)
def test_a_session_that_cannot_have_been_is_refused(told, field):
    with pytest.raises(Refused) as error:
        do("mediator", mediation.hold_session, taken(), note="到场", **told)
    assert error.value.field == field


# --- the agreement ----------------------------------------------------------------------------------------------------
@drawn(st.integers(1, 10**11), st.integers(1, 60))
def test_instalments_are_whole_fen_nearly_equal_and_make_up_the_sum(total, parts):
    shares = _divided(total, parts)
    assert sum(shares) == total and len(shares) == parts and min(shares) >= 0
    assert max(shares) - min(shares) < parts


def test_an_agreement_ends_the_fifteen_days_begins_the_thirty_and_is_followed_to_the_last_fen():
    found = agreed()
    assert found.state == "agreed" and (found.people, found.agreed_fen) == (1, 10_000_00)
    assert live(found) == {"mediation.confirm": today() + 30 * DAY}
    with everything():
        rows = list(Instalment.objects.filter(mediation=found))
    assert [r.amount_fen for r in rows] == [3_333_33, 3_333_33, 3_333_34]
    assert [r.due_on.day for r in rows][:1] == [today().day] and len({(r.due_on.year, r.due_on.month) for r in rows}) == 3
    found = do("mediator", mediation.note_payment, found, due_on=rows[0].due_on, amount_fen=1_000_00, proof="银行回单")
    assert case_of(found).recovered_fen == 1_000_00
    with pytest.raises(Refused) as error:
        do("mediator", mediation.note_payment, found, due_on=rows[0].due_on, amount_fen=2_333_34, proof="银行回单")
    assert error.value.field == "amount_fen" and "2,333.33" in error.value.message
    for row in rows:
        found = do("town_worker", mediation.note_payment, again(found), due_on=row.due_on, proof="银行回单")
    assert found.state == "performed" and case_of(found).recovered_fen == 10_000_00
    with pytest.raises(WrongState):
        do("town_worker", mediation.note_payment, found, due_on=rows[0].due_on, proof="银行回单")
    with everything():
        assert "open_mediation" not in rules.may_submit_closure(file_of(case_of(found)), "goal").reasons


def test_a_payment_noted_wrongly_is_corrected_and_the_agreement_is_open_again():
    found = agreed(parts=1)
    found = do("mediator", mediation.note_payment, found, due_on=today(), proof="收条")
    assert found.state == "performed"
    found = do("mediator", mediation.correct_payment, found, due_on=today(), paid_fen=4_000_00, reason="实际只到账四千")
    assert found.state == "agreed" and case_of(found).recovered_fen == 4_000_00
    with pytest.raises(Refused):
        do("mediator", mediation.correct_payment, found, due_on=today(), paid_fen=10_000_01, reason="多到账")
    found = do("mediator", mediation.correct_payment, found, due_on=today(), paid_fen=0, reason="支票退回")
    assert case_of(found).recovered_fen == 0
    with everything():
        assert Entry.objects.filter(deed="casework.mediation.correct_payment").count() == 2


def test_an_agreement_entered_wrongly_goes_back_to_the_table_while_nothing_is_paid():
    found = agreed()
    before = case_of(found)
    found = do("mediator", mediation.take_back_agreement, found, reason="金额录错")
    assert found.state == "in_session" and (found.agreed_fen, found.ended_on, found.agreement) == (0, None, None)
    assert live(found) == {"mediation.agreement": today() + 15 * DAY}
    with everything():
        assert not Instalment.objects.filter(mediation=found).exists()
    told = {"agreement": "重新录入的协议", "agreed_fen": 500_00, "first_due_on": today()}
    found = do("mediator", mediation.agree_mediation, found, **told)
    found = do("mediator", mediation.note_payment, found, due_on=today(), amount_fen=1, proof="收条")
    with pytest.raises(Refused):
        do("mediator", mediation.take_back_agreement, found, reason="金额又录错")
    assert case_of(found).version > before.version


def test_the_group_signs_one_text_with_an_annex_and_who_does_not_agree_stays_open():
    case = group(3, 1_000)
    found = taken(case=case)
    with everything():
        people = list(Participant.objects.filter(case=case).order_by("id"))
    told = {"agreement": "按八成支付", "percent": 80, "parts": 2, "first_due_on": today(), "without": (people[2],)}
    found = do("mediator", mediation.agree_mediation, found, **told)
    assert (found.people, found.agreed_fen) == (2, 1_600_00)
    with everything():
        assert list(Participant.objects.filter(case=case).order_by("id").values_list("result", flat=True)) == ["agreed", "agreed", "open"]
    with pytest.raises(Refused) as error:
        do("mediator", mediation.note_payment, found, due_on=today(), amount_fen=100, proof="回单")
    assert error.value.field == "participant"
    found = do("mediator", mediation.note_payment, found, due_on=today(), participant=people[0], amount_fen=100_00, proof="回单")
    found = do("mediator", mediation.note_payment, found, due_on=today(), proof="回单")
    with everything():
        shares = list(Participant.objects.filter(case=case).order_by("id").values_list("recovered_fen", flat=True))
        assert shares == [400_00, 400_00, 0] and again(case).recovered_fen == sum(shares) == 800_00
    found = do("mediator", mediation.take_back_agreement, again(agreed()), reason="金额录错")
    assert again(case).recovered_fen == 800_00  # another's agreement


def test_a_claim_that_is_not_told_or_nobody_left_is_refused_whole():
    case = group(2, 0)
    found = taken(case=case)
    told = {"agreement": "按八成支付", "first_due_on": today()}
    with pytest.raises(Refused) as error:
        do("mediator", mediation.agree_mediation, found, percent=80, **told)
    assert error.value.field == "percent" and "工友" in error.value.message
    with everything():
        everybody = tuple(Participant.objects.filter(case=case))
    with pytest.raises(Refused) as error:
        do("mediator", mediation.agree_mediation, found, percent=80, without=everybody, **told)
    assert error.value.field == "without"
    assert again(found).state == "accepted" and live(found) == {"mediation.agreement": today() + 15 * DAY}


def test_no_agreement_hands_over_to_arbitration_with_the_file_and_without_one_side_s_notes():
    found = taken()
    do("mediator", mediation.hold_session, found, note="双方差距较大", proposer="worker", proposed_fen=9_000_00)
    do("town_worker", mediation.hold_session, again(found), note="工会内部：底线八千", reader="union")
    told = {"reason": "双方分歧较大", "commission": "天河区劳动人事争议仲裁委员会"}
    found = do("mediator", mediation.fail_mediation, again(found), **told)
    assert found.state == "not_reached" and live(found) == {}
    with acting(cast.actor("mediator")):
        kind, data = mediation_paper_of(found)
    assert kind == "handover" and data["commission"] == told["commission"]
    assert "双方差距较大" in json.dumps(data, ensure_ascii=False) and "底线" not in json.dumps(data, ensure_ascii=False)
    answer = sign_in("mediator").get(f"/mediations/{found.pk}/paper")
    assert answer.content.startswith(b"%PDF-")


def test_confirmation_is_applied_for_then_decided_with_its_number():
    found = agreed()
    with pytest.raises(Refused):
        do("mediator", mediation.confirm_mediation, found, way="court", applied_on=today() - DAY)
    found = do("mediator", mediation.confirm_mediation, found, way="court", applied_on=today())
    assert live(found) == {} and found.confirmed_on is None
    with pytest.raises(Refused) as error:
        do("mediator", mediation.confirm_mediation, found, way="court", applied_on=today(), confirmed_on=today())
    assert error.value.field == "number"
    found = do(
        "mediator", mediation.confirm_mediation, found, way="court", applied_on=today(), confirmed_on=today(), number="（2026）粤0106民特1号"
    )
    assert found.confirmed_on == today()
    with pytest.raises(Refused):  # what is being confirmed is not taken back
        do("mediator", mediation.take_back_agreement, found, reason="金额录错")


def test_what_is_due_is_told_the_day_before_and_once_more_when_it_did_not_arrive():
    found = agreed(parts=2)
    hear = {"town_worker", "mediator"}
    with everything():
        Notice.objects.all().delete()
        assert [keeping.remind_of_instalments(today()), keeping.remind_of_instalments(today())] == [1, 0]
        assert set(Notice.objects.values_list("user__username", flat=True)) == hear
        assert [keeping.remind_of_instalments(today() + n * DAY) for n in (1, 2, 3, 4)] == [1, 0, 0, 0]
        assert Notice.objects.filter(text__contains="has not arrived").count() == 2
        second = Instalment.objects.filter(mediation=found).order_by("due_on")[1]
        assert keeping.remind_of_instalments(second.due_on - DAY) == 1
        assert keeping.remind_of_instalments(second.due_on) == 0


# --- papers -----------------------------------------------------------------------------------------------------------
def test_one_hundred_and_thirty_people_one_paper_and_the_worker_does_not_get_the_others_names():
    found = taken(case=group(130, 1_234.5))
    told = {"agreement": "按全额分三期支付", "percent": 100, "parts": 3, "first_due_on": today()}
    found = do("mediator", mediation.agree_mediation, found, **told)
    assert (found.people, found.agreed_fen) == (130, 130 * 1_234_50)
    with acting(cast.actor("mediator")):
        kind, data = mediation_paper_of(found)
    assert kind == "agreement" and len(data["annex"]) == 130 and data["agreed"] == "160,485.00"
    answer = sign_in("mediator").get(f"/mediations/{found.pk}/paper")
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF-")
    with connection.cursor() as cursor:  # the agreement is sealed where it lies
        cursor.execute("select agreement::text, claim::text from casework_mediation where id = %s", [found.pk])
        assert not any("按全额" in str(cell) or "三个月" in str(cell) for cell in cursor.fetchone() or ())


# --- registers and T10 ------------------------------------------------------------------------------------------------
HEAD = ["编号", "申请日期", "受理日期", "申请人", "被申请人", "诉求", "涉及人数", "诉求金额", "调解结果", "结案日期", "协议金额", "司法确认日期"]
LINES = [
    ["2025调1", "2025.5.6", "2025-05-07", "张三", "某公司", "欠薪", 1, 8000, "达成协议", "2025年5月16日", 7500, "2025-06-01"],
    ["2025调2", "2025-05-08", "2025-05-09", "李四", "某公司", "欠薪", 12, "3万", "履行完毕", "2025-05-20", 28000, ""],
    ["2025调3", "2025-05-09", "2025-05-12", "王五", "某厂", "工伤", 1, 50000, "转仲裁", "2025-05-26", "", ""],
    ["2025调4", "2025-05-10", "", "赵六", "某厂", "社保", 1, "", "不予受理", "2025-05-12", "", ""],
    ["2025调5", "2025-05-11", "2025-05-11", "钱七", "某厂", "加班费", 1, 900, "转仲裁", "2025-05-01", "", ""],
    ["2025调6", "2025-05-11", "2025-05-12", "孙八", "某厂", "加班费", 1, 900, "转仲裁", "2025-05-20", 900, ""],
]


def take_in(lines):
    taken_ = take(table([["联合调解工作室台账"], HEAD, *lines]), MEDIATIONS_SHEET)
    assert not taken_.errors, taken_.errors
    return do("county_clerk", mediation.import_mediations, cast.org("county"), rows=[
        SheetRow(r.number, {**r.values, "workshop": cast.org("workshop")}) for r in taken_.rows
    ], batch_key="k" * 64)  # fmt: skip


def test_a_register_is_taken_in_once_and_what_contradicts_itself_comes_back():
    results = take_in(LINES)
    assert [r.outcome for r in results] == ["created"] * 4 + ["refused"] * 2
    assert [c.column for r in results for c in r.complaints] == ["ended_on", "result"]
    assert [r.outcome for r in take_in(LINES[:4])] == ["unchanged"] * 4
    changed = [[*LINES[0][:10], 7600, LINES[0][11]]]
    assert [r.outcome for r in take_in(changed)] == ["refused"]


def test_what_leaves_adds_up_and_names_nobody():
    take_in(LINES[:4])
    found = agreed()
    client = sign_in("county_clerk")
    answer = client.post("/mediations/export", {"format": "csv", "purpose": "季度统计上报"})
    with translation.override("zh-hans"):  # streamed within the request's language
        lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    head = next(n for n, line in enumerate(lines) if "协议金额" in "".join(line))
    money = next(n for n, name in enumerate(lines[head]) if name.startswith("协议金额"))
    told = lines[head + 1 : -1]  # the last says who exported it and what for
    assert len(told) == 5 and sum(float(line[money] or 0) for line in told) == 7500 + 28000 + 10000
    everything_said = json.dumps(told, ensure_ascii=False)
    assert found.number in everything_said and CLAIM not in everything_said and "张三" not in everything_said


@pytest.mark.parametrize("by", ["unit", "area", "month", "state"])
def test_t10_counts_every_mediation_once_and_ties_in_every_direction(by):
    take_in(LINES[:4])
    agreed()
    with everything():
        while upkeep.keep_once():
            pass
    for org in ("county", "city", "province"):
        with acting(cast.actor("province_officer")) as actor:
            filled = reports.report(actor, "T10", cast.org(org), dt.date(2025, 1, 1), today(), by=by)
            assert reports.contradictions(filled) == []
            total = {head.key: cell.value for head, cell in zip(filled.heads, filled.total.cells, strict=True)}
        assert (total["received"], total["accepted"], total["settled"], total["arbitration"]) == (5, 4, 3, 1)
        assert (total["confirmed"], total["performed"], total["people"]) == (1, 1, 14)
        assert total["agreed"] == 7_500_00 + 28_000_00 + 10_000_00


def test_every_figure_of_t10_opens_to_its_mediations_and_not_for_the_neighbour():
    take_in(LINES[:4])
    with everything():
        while upkeep.keep_once():
            pass
    asked = f"?org={cast.org('county').pk}&start=2025-05&to=2025-05"
    for code in ("received", "accepted", "settled", "confirmed", "arbitration", "performed", "people", "agreed", "days"):
        answer = sign_in("county_clerk").get(f"/figures/casework.mediation_{code}/entries{asked}")
        assert answer.status_code == 200, code
    page = sign_in("county_clerk").get(f"/figures/casework.mediation_settled/entries{asked}").content.decode()
    assert "2025调1" in page and "2025调2" in page and "2025调3" not in page and "张三" not in page
    assert "2025调1" not in sign_in("neighbour_county_clerk").get(f"/figures/casework.mediation_settled/entries{asked}").content.decode()


def test_the_deeds_are_not_for_those_who_only_have_the_place():
    found = taken()
    with pytest.raises(NotAllowed):
        do("colleague", mediation.agree_mediation, found, agreement="按全额支付", agreed_fen=1, first_due_on=today())
    with pytest.raises(NotAllowed):
        do("worker", mediation.hold_session, found, note="我来写")


def test_the_printed_case_file_says_where_it_is_and_names_the_workers_to_those_at_work_only():
    case = group(12)
    found = taken(case=case)
    for account, sees in (("town_worker", True), ("mediator", True), ("worker", False)):
        if account == "worker":
            with everything():
                Member.objects.create(case=case, user=cast.user("worker"), tie="client", org=case.org, org_path=case.org_path)
        answer = sign_in(account).get(f"/cases/{case.pk}/print")
        page = answer.content.decode()
        assert answer.status_code == 200 and (found.number in page) and ("工友乙二" in page) == sees, account
