"""Legal aid from the application to the archive (S39): the means test, both ends, the register that follows, papers, hearings."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from shegong.apps.casework import reports, rules
from shegong.apps.casework.models import AidApplication, Case, Document, LegalAid, LegalClock, Member
from shegong.apps.casework.queries import aid as reading
from shegong.apps.casework.queries.aid import aid_applications, offices_for
from shegong.apps.casework.queries.cases import cases
from shegong.apps.casework.services import aid, aside, clocks, hearings, keeping
from shegong.apps.casework.services._file import file_of
from shegong.kernel.actions.errors import NotAllowed, Refused, WrongState
from shegong.kernel.actions.models import Notice
from shegong.kernel.indicators import upkeep
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.lib import paper as typesetting
from tests import cast
from tests.test_access import sign_in

from . import given
from .given import do

pytestmark = pytest.mark.django_db
FACTS = {"form": "representation", "stage": "arbitration", "dispute": "拖欠工资", "facts": "金丝雀：三个月工资未发，有打卡记录"}
POOR = {"household": 3, "income_fen": 6_000_00}
DAY = dt.timedelta(days=1)


def rule(org: str = "county", by: str = "county_clerk", **facts):
    told = {"valid_from": dt.date(2020, 1, 1), "ceiling_fen": 2_500_00, "basis": "示例援助办法", "keep_years": 10, "exempt": ("migrant",)}
    return do(by, aid.set_aid_rule, cast.org(org), **{**told, **facts})


def applied(by: str = "town_worker", case: Case | None = None, **facts) -> AidApplication:
    found = case or given.consented(line="rights", problem="wages")
    told = {"office": cast.org("centre"), **FACTS, **POOR, **facts}
    do(by, aid.apply_for_aid, found, **told)
    with everything():
        return AidApplication.objects.get(case=found, state="applied")


def granted(**facts) -> AidApplication:
    rule()
    return do("legal_officer", aid.accept_aid, applied(**facts))


def assigned(**facts) -> AidApplication:
    return do("legal_officer", aid.assign_aid, granted(**facts), user=cast.user("lawyer"))


def concluded(**facts) -> AidApplication:
    found = do("lawyer", aid.begin_aid, assigned(**facts))
    end = {"result": "success", "outcome": "仲裁裁决支付工资", "claimed_fen": 9_000_00, "recovered_fen": 8_000_00, "proof": "裁决书"}
    return do("lawyer", aid.conclude_aid, found, **end)


def live(found: AidApplication) -> dict[str, dt.date | None]:
    with everything():
        return dict(LegalClock.objects.filter(case=found.case_id, state__in=["running", "still"]).values_list("limit", "due_on"))


def entry_of(found: AidApplication) -> LegalAid:
    with everything():
        return LegalAid.objects.get(pk=found.entry_id)


# --- means ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"household": 3, "income_fen": 7_500_00}, rules.WITHIN),  # the ceiling itself passes
        ({"household": 3, "income_fen": 7_500_01}, rules.ABOVE),  # and a fen above it does not
        ({}, rules.UNTOLD),
        ({"exempt": "migrant"}, rules.EXEMPT),
        ({"exempt": "relief"}, rules.UNTOLD),  # this office does not exempt the group
        ({"household": 1, "income_fen": 0, "claimed_fen": 999_99}, rules.TOO_LITTLE),
        ({"exempt": "migrant", "claimed_fen": 999_99}, rules.TOO_LITTLE),
    ],
)
def test_means(told, outcome):
    found = rules.MeansTest(2_500_00, 1_000_00, ("migrant",))
    assert rules.measure_means(found, **{"claimed_fen": 5_000_00, **told}).outcome == outcome


@hypothesis_given(st.integers(1, 50), st.integers(0, 10**9), st.integers(0, 10**7))
def test_a_larger_household_or_a_smaller_income_never_fails_what_passed(people, income, ceiling):
    found = rules.MeansTest(ceiling)
    if rules.measure_means(found, household=people, income_fen=income).met:
        assert rules.measure_means(found, household=people + 1, income_fen=income).met
        assert rules.measure_means(found, household=people, income_fen=max(0, income - 1)).met
    assert rules.measure_means(None, household=people, income_fen=income).outcome == rules.NO_RULE


def test_the_nearest_test_of_the_day_of_application_counts_and_says_why():
    rule("province", "province_officer", ceiling_fen=1_000_00)
    first = rule()
    rule(valid_from=today() + DAY, ceiling_fen=1)
    found = applied()
    with acting(cast.actor("legal_officer")):
        answer = reading.tested(found)
        assert (answer.means.outcome, answer.rule.pk) == (rules.WITHIN, first.pk)
        assert "2,000.00" in answer.text and "2,500.00" in answer.text
    with pytest.raises(Refused):
        rule()
    do("county_clerk", aid.withdraw_aid_rule, first, reason="录入错误")
    with acting(cast.actor("legal_officer")):
        assert reading.tested(found).means.outcome == rules.ABOVE


# --- both ends --------------------------------------------------------------------------------------------------------
def test_the_office_reads_the_application_and_not_the_case_until_it_grants_aid():
    found = applied()
    with acting(cast.actor("legal_officer")) as actor:
        assert [a.facts for a in aid_applications(actor)] == [FACTS["facts"]]
        assert not cases(actor, "casework.case.view").exists()
        assert not Case.objects.exists()
    for stranger in ("neighbour_county_clerk", "neighbour_town_worker", "employer_hr", "lawyer", "partner", "expired"):
        with acting(cast.actor(stranger)) as actor:
            assert not aid_applications(actor).exists(), stranger
            assert not AidApplication.objects.exists(), stranger
    rule()
    do("legal_officer", aid.accept_aid, found)
    with acting(cast.actor("legal_officer")) as actor:
        assert cases(actor, "casework.case.view").exists()


def test_an_office_outside_the_county_cannot_be_chosen_nor_decide():
    found = given.consented(line="rights")
    assert {o.kind for o in offices_for(cast.org("town"))} == {"centre", "station", "county"}
    with pytest.raises(Refused) as error:
        do("town_worker", aid.apply_for_aid, found, office=cast.org("neighbour_county"), **FACTS)
    assert error.value.field == "office"
    with pytest.raises(NotAllowed):
        do("neighbour_county_clerk", aid.accept_aid, applied(case=found))
    with pytest.raises(Refused):  # one open application a case
        do("town_worker", aid.apply_for_aid, found, office=cast.org("centre"), **FACTS)


def test_nobody_decides_on_what_she_entered_herself():
    rule()
    found = applied(by="county_clerk")
    with pytest.raises(Refused):
        do("county_clerk", aid.accept_aid, found)
    with pytest.raises(Refused):
        do("county_clerk", aid.refuse_aid, found, reason="不属于援助范围")
    assert do("supervisor", aid.accept_aid, found).state == "accepted"


# --- deciding ---------------------------------------------------------------------------------------------------------
def test_the_golden_clocks_of_an_application():
    """C12: applied 2024-06-03 → decide by 2024-06-10."""
    case = given.consented(line="rights", registered_on=dt.date(2024, 6, 1))
    found = applied(case=case, applied_on=dt.date(2024, 6, 3))
    assert live(found) == {"legal_aid.decide": dt.date(2024, 6, 10)}


def test_granting_starts_three_days_and_makes_the_register_entry():
    found = granted()
    assert live(found) == {"legal_aid.assign": today() + 3 * DAY}
    entry = entry_of(found)
    assert (entry.org.code, entry.form, entry.stage, entry.state, entry.people) == ("centre", "representation", "arbitration", "pending", 1)
    assert entry.accepted_on == today() and entry.number == found.number
    with everything():
        assert Member.objects.filter(case=found.case_id, user=cast.user("legal_officer"), tie="helper").exists()


def test_papers_are_asked_for_once_and_the_limit_stands_still_meanwhile():
    found = do("legal_officer", aid.ask_supplement, applied(), missing="收入证明、劳动合同", missing_by=today() + 5 * DAY)
    assert live(found) == {"legal_aid.decide": None}
    found = do("town_worker", aid.supply_papers, found)
    assert live(found) == {"legal_aid.decide": today() + 7 * DAY}
    with pytest.raises(Refused):
        do("legal_officer", aid.ask_supplement, found, missing="还要一份说明", missing_by=today() + DAY)


def test_means_that_are_not_met_bar_it_and_unknown_ones_need_a_reason():
    found = applied(household=1, income_fen=9_000_00)
    with pytest.raises(Refused) as error:  # no rule yet
        do("legal_officer", aid.accept_aid, found)
    assert error.value.field == "reason"
    rule()
    with pytest.raises(Refused):
        do("legal_officer", aid.accept_aid, found, reason="情况特殊")
    found = do("town_worker", aid.correct_aid, found, exempt="migrant")
    assert do("legal_officer", aid.accept_aid, found).state == "accepted"


def test_emergency_comes_before_means_only_while_a_limitation_runs_out():
    case = given.consented(line="rights")
    found = applied(case=case, household=None, income_fen=None)
    with pytest.raises(Refused) as error:
        do("legal_officer", aid.accept_aid, found, emergency=True)
    assert error.value.field == "emergency"
    do("town_worker", clocks.start_legal_clock, case, limit="arbitration.limitation", started_on=today() - dt.timedelta(days=361))
    done = do("legal_officer", aid.accept_aid, found, emergency=True)
    assert (done.state, done.emergency) == ("accepted", True)
    do("town_worker", aid.correct_aid, done, **POOR, claimed_fen=7_00)  # the means come later, and the register follows
    assert entry_of(done).claimed_fen == 7_00


def test_what_is_decided_is_not_corrected_unless_an_emergency_left_it_for_later():
    with pytest.raises(Refused):
        do("town_worker", aid.correct_aid, granted(), household=1)


def test_a_refusal_is_objected_to_and_another_person_answers():
    found = do("legal_officer", aid.refuse_aid, applied(), reason="不属于援助范围")
    assert live(found) == {} and found.entry_id is None
    found = do("town_worker", aid.object_to_refusal, found, objection="属于拖欠劳动报酬")
    assert live(found) == {"legal_aid.objection": today() + 5 * DAY}
    with pytest.raises(Refused):
        do("legal_officer", aid.overturn_refusal, found, answer="异议成立，重新审查")
    found = do("supervisor", aid.overturn_refusal, found, answer="异议成立，重新审查")
    assert (found.state, found.decided_on, live(found)) == ("applied", None, {"legal_aid.decide": today() + 7 * DAY})


# --- working ----------------------------------------------------------------------------------------------------------
def test_the_lawyer_of_the_case_works_and_another_sees_nothing():
    found = assigned()
    assert live(found) == {}
    assert entry_of(found).lawyer == "卫春分"
    found = do("lawyer", aid.begin_aid, found)
    do("lawyer", aid.set_aid_stage, found, form="representation", stage="litigation")
    assert entry_of(found).stage == "litigation"
    with pytest.raises(Refused):
        do("lawyer", aid.set_aid_stage, found, form="mediation", stage="litigation")
    with pytest.raises(NotAllowed):
        do("mediator", aid.conclude_aid, found, result="success", outcome="无权结案")


def test_concluding_needs_proof_and_the_register_and_the_case_say_the_same():
    found = do("lawyer", aid.begin_aid, assigned())
    with pytest.raises(Refused) as error:
        do("lawyer", aid.conclude_aid, found, result="success", outcome="裁决支付", recovered_fen=100)
    assert error.value.field == "proof"
    with everything():
        assert Case.objects.get(pk=found.case_id).recovered_fen == 0
    found = do("lawyer", aid.conclude_aid, found, result="success", outcome="裁决支付", claimed_fen=9_00, recovered_fen=8_00, proof="裁决书")
    entry = entry_of(found)
    assert (entry.state, entry.result, entry.claimed_fen, entry.recovered_fen, entry.proof) == ("concluded", "success", 9_00, 8_00, "裁决书")
    with everything():
        case = Case.objects.get(pk=found.case_id)
        assert (case.claimed_fen, case.recovered_fen) == (9_00, 8_00)


def test_concluding_without_an_amount_keeps_what_the_case_says_was_recovered():
    found = do("lawyer", aid.begin_aid, assigned())
    with everything():
        Case.objects.filter(pk=found.case_id).update(recovered_fen=5_00)
    do("lawyer", aid.conclude_aid, found, result="success", outcome="已全部支付", proof="收据")
    with everything():
        assert Case.objects.get(pk=found.case_id).recovered_fen == 5_00
    assert entry_of(found).recovered_fen == 5_00


def test_a_case_stays_open_while_aid_is_under_way():
    found = assigned()
    with everything():
        assert "open_aid" in rules.may_submit_closure(file_of(found.case), "goal").reasons
        assert "open_aid" in rules.may_join(file_of(found.case)).reasons
    do("legal_officer", aid.end_aid, found, end_reason="asked", outcome="受援人要求终止")
    with everything():
        assert "open_aid" not in rules.may_submit_closure(file_of(found.case), "goal").reasons


def test_aid_withdrawn_after_it_was_granted_closes_the_case_to_the_office_again():
    found = do("town_worker", aid.withdraw_aid, granted(), reason="受援人撤回申请")
    assert entry_of(found).state == "ended"
    with acting(cast.actor("legal_officer")) as actor:
        assert not cases(actor, "casework.case.view").exists()


def test_a_group_s_amounts_come_from_its_workers():
    case = given.consented(line="rights", problem="wages", form="group")
    for n in range(3):
        newcomer = {"name": f"虚构{'甲乙丙'[n]}", "phone": f"1380000000{n}"}
        case = do("town_worker", aside.add_participant, case, newcomer=newcomer, claimed_fen=1_000_00, is_representative=n == 2)
    found = granted(case=case, exempt="migrant")
    entry = entry_of(found)
    assert (found.applicant_name, entry.people, entry.is_group, entry.claimed_fen) == ("虚构丙", 3, True, 3_000_00)


def test_t09_counts_exactly_what_was_granted_at_every_level():
    concluded()
    applied(case=given.consented(line="rights"))  # undecided: not counted
    with everything():
        while upkeep.keep_once():
            pass
    for account, org in (("county_clerk", "county"), ("city_officer", "city"), ("province_officer", "province")):
        with acting(cast.actor(account)) as actor:
            filled = reports.report(actor, "T09", cast.org(org), today().replace(day=1), today())
            assert reports.contradictions(filled) == []
            cells = {head.key: cell.value for head, cell in zip(filled.heads, filled.total.cells, strict=True)}
        assert [cells[key] for key in ("all", "representation", "recovered")] == [1, 1, 8_000_00]


# --- afterwards ---------------------------------------------------------------------------------------------------------
def test_the_archive_wants_a_complete_file_and_numbers_without_gaps():
    found = concluded()
    with pytest.raises(WrongState):
        do("legal_officer", aid.archive_aid, found)
    found = do("town_worker", aid.call_back_aid, found, satisfied="yes", text="钱已收到，很满意")
    with pytest.raises(Refused) as error:
        do("legal_officer", aid.archive_aid, found)
    assert "a scan of the papers" in error.value.message
    with everything():
        case = Case.objects.get(pk=found.case_id)
        Document.objects.create(
            case=case, title="裁决书", media="application/pdf", size=1, digest="0" * 64, stored="x", by=cast.user("lawyer"),
            org_id=case.org_id, org_path=case.org_path,
        )  # fmt: skip
    found = do("legal_officer", aid.archive_aid, found)
    assert found.archive_number == f"{today().year}-00001"
    assert found.keep_until == dt.date(today().year + 10, 12, 31)


def test_ending_early_closes_the_lawyer_s_tie_and_counts_as_ended():
    found = do("legal_officer", aid.end_aid, assigned(), end_reason="own_lawyer", outcome="受援人自行委托律师")
    assert entry_of(found).state == "ended"
    with acting(cast.actor("lawyer")) as actor:
        assert not aid_applications(actor).exists()


# --- pages and papers -----------------------------------------------------------------------------------------------------
def test_papers_are_pdf_and_the_whole_file_only_for_who_reads_the_case():
    found = concluded()
    for account, kind, status in (
        ("legal_officer", "notice", 200), ("lawyer", "assignment", 200), ("legal_officer", "file", 200), ("county_clerk", "file", 200),
        ("neighbour_county_clerk", "file", 404), ("legal_officer", "nothing", 404),
    ):  # fmt: skip
        answer = sign_in(account).get(f"/aid/{found.pk}/paper/{kind}")
        assert answer.status_code == status, (account, kind)
        if status == 200:
            assert answer.content.startswith(b"%PDF-") and "attachment" in answer["Content-Disposition"]


def test_papers_are_chinese_whatever_the_reader_s_language_and_no_font_is_said_plainly(monkeypatch):
    found = granted()
    with translation.override("en"), acting(cast.actor("legal_officer")) as actor:
        told = reading.paper_of(actor, found, "notice")
    assert (told["form"], told["stage"]) == ("代理", "仲裁") and "人均月收入" in told["means"] and "人均月收入" in told["reason"]
    monkeypatch.setattr(typesetting, "_has_font", lambda: False)
    answer = sign_in("legal_officer").get(f"/aid/{found.pk}/paper/notice")
    assert answer.status_code == 422 and "fonts-noto-cjk" in answer.content.decode()


def test_a_hearing_is_reminded_of_once_and_again_when_it_is_moved():
    found = assigned()
    with everything():
        case = Case.objects.get(pk=found.case_id)
    at = dt.datetime.combine(today() + 3 * DAY, dt.time(9, 30))
    do("town_worker", hearings.add_hearing, case, kind="court", at=at, forum="天河区人民法院")
    do("town_worker", hearings.add_hearing, case, kind="court", at=at + DAY, forum="天河区人民法院")
    with everything():
        Notice.objects.all().delete()
        assert [keeping.remind_of_hearings(), keeping.remind_of_hearings()] == [1, 0]
        told = set(Notice.objects.values_list("user__username", flat=True))
        assert told == {"town_worker", "lawyer"}
        hearing = case.hearings.order_by("at").first()
    do("town_worker", hearings.postpone_hearing, hearing, at=at - DAY, reason="法院通知")
    with everything():
        assert keeping.remind_of_hearings() == 1


def test_a_hearing_is_told_moved_held_and_goes_into_a_calendar():
    found = assigned()
    with everything():
        case = Case.objects.get(pk=found.case_id)
    at = dt.datetime.combine(today() + DAY, dt.time(9, 30))
    with pytest.raises(Refused):
        do("lawyer", hearings.add_hearing, case, kind="arbitration", at=at.replace(hour=3), forum="天河区仲裁委")
    with pytest.raises(Refused):
        do("lawyer", hearings.add_hearing, case, kind="arbitration", at=at - 9 * DAY, forum="天河区仲裁委")
    do("lawyer", hearings.add_hearing, case, kind="arbitration", at=at, forum="天河区仲裁委;一庭")
    with everything():
        hearing = case.hearings.get()
    with pytest.raises(Refused):
        do("lawyer", hearings.hold_hearing, hearing, outcome="还没有开")
    hearing = do("town_worker", hearings.postpone_hearing, hearing, at=at + DAY, reason="对方申请")
    assert hearing.moved_from is not None
    body = sign_in("lawyer").get(f"/hearings?month={(at + DAY):%Y-%m}&format=ics").content.decode()
    assert "天河区仲裁委\\;一庭" in body.replace("\r\n ", "") and case.number in body.replace("\r\n ", "")
    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))
    assert case.number not in sign_in("neighbour_town_worker").get(f"/hearings?month={(at + DAY):%Y-%m}").content.decode()
