"""The main job, through pages only: a request is recorded, assessed, planned, approved, worked, referred, closed, rated by the
worker, and at the same moment stands in the province's figure. Once at an office PC, once on a phone."""

from __future__ import annotations

import re
import time

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STORY = "三个月没有发工资，老板不接电话"


def _org(house, code: str) -> int:
    return house.sql(f"select id from orgs_org where code = '{code}'")[0][0]


def _user(house, account: str) -> int:
    return house.sql(f"select id from orgs_user where username = '{account}'")[0][0]


def _count(house, code: str) -> int:
    """The figure of registered cases as stored for an organisation: what its dashboard reads."""
    rows = house.sql(
        "select coalesce(sum((\"values\")[1]), 0) from indicators_cell where not own and cube like 'casework.registered%%'"
        f" and org_id = {_org(house, code)}"
    )
    return int(rows[0][0])


@pytest.mark.parametrize("wide", [1440, 390], ids=["office", "phone"])
def test_from_request_to_rated_closure_and_the_provinces_figure(house, somebody, wide):
    before = _count(house, "province")
    worker = somebody("town_worker", wide)
    worker.do(
        "casework.case.create", str(_org(house, "town")), client_name="欧阳建国", client_phone="13900000001", line="rights",
        problem="wages", summary=STORY, claimed_fen="18000",
    )  # fmt: skip
    assert re.search(r"/cases/[0-9a-f-]{36}", worker.page.url), worker.page.url
    case = worker.page.url.rsplit("/", 1)[1]
    assert STORY in worker.text()

    # consent comes before assessment: until then the button is not there
    worker.do("casework.case.accept", case)
    worker.go(f"/cases/{case}")
    worker.do("casework.case.consent", case, kind="written", exceptions_explained=True)
    worker.do("casework.case.assess", case, problems="欠薪三个月", needs="拿回工资")
    worker.do(
        "casework.case.plan_need", case, problem="wages", goal="拿回三个月工资", indicator="工资到账", method="协商，不成则申请仲裁",
        due_on=_in_days(20),
    )  # fmt: skip
    worker.do("casework.case.submit_plan", case)

    # the supervisor finds it in her to-do, not the one who submitted it
    assert worker.go(f"/do/casework.case.approve_plan/{case}").page.locator("form.sg-formular").count() == 0
    supervisor = somebody("supervisor")
    assert house.sql(f"select number from casework_case where id = '{case}'")[0][0] in supervisor.go("/").text()
    supervisor.do("casework.case.approve_plan", case, opinion="同意")

    worker.do("casework.case.log", case, kind="visit", text="走访企业，约定下周协商")
    need = house.sql(f"select id from casework_planneed where case_id = '{case}'")[0][0]
    referral = _refer_and_answer(house, somebody, worker, case, str(need))
    assert "done" in referral
    worker.do("casework.case.settle_need", case, need=str(need), outcome="met") if _open(house, need) else None
    worker.do("casework.case.evaluate", case, goals_reached="工资已全部到账", recovered_fen="18000")
    worker.do("casework.case.submit_closure", case, close_reason="goal", text="目标达成")
    supervisor.go(f"/do/casework.case.approve_closure/{case}")
    supervisor.fill(opinion="同意结案")
    supervisor.send()
    code = re.search(r"\b[A-Z2-9]{4}[- ]?[A-Z2-9]{4}\b", supervisor.text())
    assert code, supervisor.text()

    _rate(house, somebody, case, code.group(0), wide)
    _wait_for(lambda: _count(house, "province") == before + 1)
    assert _count(house, "county") >= 1
    _seen_at_every_level(house, somebody, case)


def _in_days(days: int) -> str:
    import datetime as dt

    return (dt.date.today() + dt.timedelta(days=days)).isoformat()


def _open(house, need: object) -> bool:
    return house.sql(f"select outcome from casework_planneed where id = '{need}'")[0][0] in ("open", "referred")


def _refer_and_answer(house, somebody, worker, case: str, need: str) -> str:
    worker.do(
        "casework.case.refer", case, need=need, to_org="天河区人力资源和社会保障局", client_name="欧阳建国", shared="请协助责令支付",
        due_on=_in_days(7),
    )  # fmt: skip
    partner = somebody("partner")
    referral = str(house.sql(f"select id from casework_referral where case_id = '{case}'")[0][0])
    assert "请协助责令支付" in partner.go(f"/referrals/{referral}").text()
    assert partner.go(f"/cases/{case}").page.locator("text=三个月没有发工资").count() == 0
    partner.do("casework.referral.accept", referral)
    partner.do("casework.referral.finish", referral, outcome="met", answer="已责令支付，工资到账")
    return str(house.sql(f"select state from casework_referral where id = '{referral}'")[0][0])


def _rate(house, somebody, case: str, code: str, wide: int) -> None:
    """Only the worker, with the code: staff are turned away, and it works once."""
    staff = somebody("county_clerk")
    assert staff.go(f"/rate/{code}").page.locator("form.sg-formular").count() == 0
    visitor = somebody("", wide)
    visitor.go(f"/rate/{code}")
    for name in ("overall", "attitude", "speed", "result"):
        visitor.page.locator(f"label[for=id_{name}_5]").click()
    visitor.send()
    assert house.sql(f"select overall from casework_rating where case_id = '{case}'") == [(5,)]
    again = somebody("", wide).go(f"/rate/{code}")
    assert again.page.locator("[name=overall]").count() == 0


def _wait_for(true, seconds: float = 8) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.2)
    raise AssertionError("the figure did not follow the deed")


def _seen_at_every_level(house, somebody, case: str) -> None:
    """County opens it; city and province see the figure and the row, not the file; the neighbour sees nothing."""
    assert STORY in somebody("county_clerk").go(f"/cases/{case}").text()
    province = somebody("province_officer")
    assert STORY not in province.go(f"/cases/{case}").text()
    assert province.go("/dashboard").page.locator("main").inner_text()
    neighbour = somebody("neighbour_county_clerk").go(f"/cases/{case}")
    assert STORY not in neighbour.text()
    assert "404" in neighbour.page.title() or "找不到" in neighbour.text() or "没有" in neighbour.text()
