"""Cases at a stage, made through the deeds themselves. Each function returns the case as stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from shegong.apps.casework.models import Case, PlanNeed
from shegong.apps.casework.services import cases, phases
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.registry.services import people
from tests import cast

SOON = dt.timedelta(days=7)


def do(account: str, service: Callable[..., Any], target: Any, **given: Any) -> Any:
    """One deed by one member of the cast, with their reach, as a request does it."""
    with acting(cast.actor(account)) as actor:
        return service(actor, target, **given)


def person(name: str = "王小雨", org: str = "town", by: str = "town_worker", **facts: Any) -> Any:
    return do(by, people.register_person, cast.org(org), name=name, **facts)


def case(by: str = "town_worker", org: str = "town", **facts: Any) -> Case:
    given = {"line": "hardship", "summary": "工伤后收入下降，孩子要上学", **facts}
    if by == "town_worker" and not {"client", "newcomer"} & set(given):
        given["client"] = person()
    return do(by, cases.create_case, cast.org(org), **given)


def accepted(**facts: Any) -> Case:
    return do("town_worker", cases.accept_case, case(**facts))


def consented(**facts: Any) -> Case:
    return do("town_worker", cases.record_consent, accepted(**facts), kind="written", exceptions_explained=True)


def assessed(**facts: Any) -> Case:
    return do(
        "town_worker",
        phases.assess_case,
        consented(**facts),
        problems="停工两个月",
        needs="生活补助",
        strengths="家人支持",
    )


def planned(**facts: Any) -> Case:
    return add_need(assessed(**facts))


def add_need(found: Case, **facts: Any) -> Case:
    given = {
        "problem": "relief",
        "goal": "渡过停工期",
        "indicator": "补助到账",
        "method": "申请困难帮扶",
        "due_on": today() + SOON,
    }
    return do("town_worker", phases.plan_need, found, **{**given, **facts})


def submitted(**facts: Any) -> Case:
    return do("town_worker", phases.submit_plan, planned(**facts))


def working(**facts: Any) -> Case:
    return do("supervisor", phases.approve_plan, submitted(**facts), opinion="同意")


def need_of(found: Case) -> PlanNeed:
    with everything():
        return PlanNeed.objects.get(case=found)


def settled(**facts: Any) -> Case:
    found = working(**facts)
    return do("town_worker", phases.settle_need, found, need=need_of(found), outcome="met")


def evaluated(**facts: Any) -> Case:
    return do(
        "town_worker", phases.evaluate_case, settled(**facts), goals_reached="补助到账，孩子已入学", client_view="满意"
    )


def to_close(**facts: Any) -> Case:
    return do("town_worker", phases.submit_closure, evaluated(**facts), close_reason="goal", text="目标达成")


def closed(**facts: Any) -> Case:
    return do("supervisor", phases.approve_closure, to_close(**facts), opinion="同意结案")


def closed_early(reason: str = "client", **facts: Any) -> Case:
    found = do("town_worker", phases.submit_closure, consented(**facts), close_reason=reason, text="本人要求终止")
    return do("supervisor", phases.approve_closure, found)
