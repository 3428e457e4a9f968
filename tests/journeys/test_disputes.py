"""Disputes through pages only: legal aid from application to conclusion, a mediation from application to the last fen, a letter
from draft to answer, a month of duties. Money and names are then looked up where they lie."""

from __future__ import annotations

import datetime as dt

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TODAY = dt.date.today().isoformat()


def _org(house, code: str) -> int:
    return house.sql(f"select id from orgs_org where code = '{code}'")[0][0]


def _one(house, text: str) -> str:
    return str(house.sql(text)[0][0])


def _case(house, worker) -> str:
    worker.do(
        "casework.case.create", str(_org(house, "town")), client_name="欧阳建业", client_phone="13900000011", line="rights",
        problem="wages", summary="四个月没有发工资，有打卡记录", claimed_fen="20000",
    )  # fmt: skip
    case = str(worker.page.url.rsplit("/", 1)[1])
    worker.do("casework.case.accept", case)
    worker.do("casework.case.consent", case, kind="written", exceptions_explained=True)
    return case


@pytest.mark.parametrize("wide", [1440, 390], ids=["office", "phone"])
def test_a_mediation_from_application_to_the_last_fen(house, somebody, wide):
    worker, clerk, mediator = somebody("town_worker", wide), somebody("county_clerk"), somebody("mediator", wide)
    case = _case(house, worker)
    worker.do("casework.case.apply_mediation", case, opponent="天河某某建筑公司", claim="要求支付四个月工资")
    mediation = _one(house, f"select id from casework_mediation where case_id = '{case}'")
    assert mediator.go(f"/mediations/{mediation}").page.locator("text=要求支付四个月工资").count() == 0  # not hers yet
    clerk.do("casework.mediation.accept", mediation, mediator=_one(house, "select id from orgs_user where username = 'mediator'"))
    worker.do("casework.mediation.hold_session", mediation, note="工会内部底线一万五", reader="union")
    mediator.do(
        "casework.mediation.hold_session", mediation, note="双方到场", reader="all", proposer="employer", proposed_fen="15000"
    )
    assert "工会内部底线" not in mediator.go(f"/mediations/{mediation}").text()
    mediator.do(
        "casework.mediation.agree", mediation, agreement="单位分两期支付", agreed_fen="16000.01", parts="2", first_due_on=TODAY
    )
    for _n in range(2):
        mediator.do("casework.mediation.note_payment", mediation, proof="银行回单")
    assert house.sql(f"select state, agreed_fen from casework_mediation where id = '{mediation}'") == [("performed", 16_000_01)]
    assert house.sql(f"select recovered_fen from casework_case where id = '{case}'") == [(16_000_01,)]
    with mediator.page.expect_download() as paper:
        mediator.page.locator(f"a[href='/mediations/{mediation}/paper']").first.click()
    assert paper.value.suggested_filename.endswith(".pdf")
    stranger = somebody("neighbour_county_clerk")
    assert "单位分两期支付" not in stranger.go(f"/mediations/{mediation}").text()


def test_legal_aid_from_application_to_conclusion(house, somebody):
    worker, officer, lawyer = somebody("town_worker", 390), somebody("legal_officer"), somebody("lawyer", 390)
    case = _case(house, worker)
    clerk = somebody("county_clerk")
    clerk.do(
        "casework.aid_rule.set", str(_org(house, "county")), valid_from="2020-01-01", ceiling_fen="2500", keep_years="10", basis="示例援助办法"
    )
    worker.do(
        "casework.case.apply_aid", case, office=str(_org(house, "centre")), form="representation", stage="arbitration",
        dispute="拖欠工资", facts="四个月没有发工资，有打卡记录", household="3", income_fen="6000",
    )  # fmt: skip
    aid = _one(house, f"select id from casework_aidapplication where case_id = '{case}'")
    officer.do("casework.aid.accept", aid)
    officer.do("casework.aid.assign", aid, user=_one(house, "select id from orgs_user where username = 'lawyer'"))
    lawyer.do("casework.aid.begin", aid)
    lawyer.do(
        "casework.aid.conclude", aid, result="success", outcome="仲裁调解，当庭支付", claimed_fen="20000", recovered_fen="18000", proof="调解书"
    )
    entry = house.sql(
        "select l.recovered_fen, l.result from casework_legalaid l join casework_aidapplication a on a.entry_id = l.id "
        f"where a.id = '{aid}'"
    )
    assert entry[0][0] == 18_000_00


def test_a_letter_is_written_approved_by_another_sent_and_answered(house, somebody):
    worker, supervisor = somebody("town_worker"), somebody("supervisor")
    clerk = somebody("county_clerk")
    clerk.do("registry.employer.register", str(_org(house, "county")), name="天河某某电子厂")
    worker.do(
        "casework.letter.draft", str(_org(house, "town")), kind="reminder", employer="天河某某电子厂", subject="按时支付工资",
        text="未按月足额支付工资", basis="《劳动法》第五十条", asks="请补发并书面答复", asked_by=(dt.date.today() + dt.timedelta(15)).isoformat(),
    )  # fmt: skip
    letter = _one(house, "select id from casework_letter where subject = '按时支付工资'")
    worker.do("casework.letter.submit", letter)
    assert worker.go(f"/do/casework.letter.approve/{letter}").page.locator("form.sg-formular").count() == 0
    supervisor.do("casework.letter.approve", letter, mark="天工")
    worker.do("casework.letter.send", letter, sent_on=TODAY, way="hand", served_on=TODAY, proof="主管签收")
    worker.do("casework.letter.answer", letter, answered_on=TODAY, reply="accepted", answer="已补发")
    state = house.sql(f"select state, serial, in_time from casework_letter where id = '{letter}'")
    assert state == [("answered", 1, "yes")]
    assert "天工提字" in worker.go(f"/letters/{letter}").text()
