"""The steps of one case in the home street, each by the member of the cast whose work it is, through the real deeds."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shegong.apps.casework.models import Case, PlanNeed
from shegong.apps.casework.services import cases, phases
from shegong.kernel.orgs.models import Org, User
from shegong.kernel.orgs.reach import Actor, acting, actor_of, everything, today

from .names import Inventor
from .province import HOME_TOWN

Plan = tuple[str, str, str]  # goal, how we will know, method
ARREARS: Plan = ("讨回工资", "工资到账", "约谈单位，必要时转劳动监察")


@dataclass
class Stage:
    """The cast, where they act, and what was made. ``rating_code``: of a closed case whose worker has not rated yet."""

    rng: random.Random
    orgs: dict[str, Org]
    users: dict[str, User]
    inventor: Inventor
    made: int = 0
    rating_code: str = ""
    actors: dict[str, Actor] = field(default_factory=dict)

    @property
    def town(self) -> Org:
        return self.orgs[f"U{HOME_TOWN}"]

    @property
    def factory_union(self) -> Org:
        return self.orgs[f"B{HOME_TOWN}"]

    def do(self, account: str, service: Callable[..., Any], target: Any, **given: Any) -> Any:
        """One deed by one of the cast, with a client-made key as a page sends it."""
        if account not in self.actors:
            self.actors[account] = actor_of(account, via="web")
        key = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        with acting(self.actors[account]) as actor:
            return service(actor, target, key=key, **given)

    def ago(self, days: int) -> dt.date:
        return today() - dt.timedelta(days=days)

    # --- steps of one case -------------------------------------------------------------------------------------------
    def newcomer(self) -> dict[str, Any]:
        person = self.inventor.person()
        return {"name": person.name, "id_number": person.id_number, "phone": person.phone}

    def case(self, line: str, problem: str, summary: str, *, by: str = "chen", days: int = 5, **facts: Any) -> Any:
        """A new request; without a client given, of somebody new."""
        if "client" not in facts and facts.get("form") != "group":
            facts["newcomer"] = self.newcomer()
        self.made += 1
        given = {"line": line, "problem": problem, "summary": summary, "registered_on": self.ago(days), **facts}
        place = self.factory_union if by == "feng" else self.town
        return self.do(by, cases.create_case, place, **given)

    def accepted(self, case: Case, days: int = 4) -> Any:
        """Accepted, with consent."""
        case = self.do("chen", cases.accept_case, case)
        return self.do(
            "chen", cases.record_consent, case, kind="written", exceptions_explained=True, consent_on=self.ago(days)
        )

    def assessed(self, case: Case, days: int = 3, **facts: Any) -> Any:
        given = {
            "problems": "收入中断，支出压力大",
            "needs": "尽快拿到应得的钱",
            "self_system": "表达清楚，愿意配合",
            **facts,
        }
        return self.do("chen", phases.assess_case, self.accepted(case, days + 1), happened_on=self.ago(days), **given)

    def planned(self, case: Case, plan: Plan = ARREARS, *, due: int = 14) -> Any:
        given = dict(zip(("goal", "indicator", "method"), plan, strict=True)) | {"problem": case.problem or "relief"}
        return self.do("chen", phases.plan_need, self.assessed(case), due_on=today() + dt.timedelta(days=due), **given)

    def submitted(self, case: Case, plan: Plan = ARREARS) -> Any:
        return self.do("chen", phases.submit_plan, self.planned(case, plan))

    def working(self, case: Case, plan: Plan = ARREARS) -> Any:
        """The plan was approved and a first contact logged."""
        case = self.do("zhou", phases.approve_plan, self.submitted(case, plan), opinion="同意，注意时限")
        text = "与单位人事通话，对方答应本周内答复"
        return self.do("chen", phases.log_contact, case, kind="contact", text=text, minutes=20)

    def need_of(self, case: Case) -> PlanNeed:
        with everything():
            return PlanNeed.objects.filter(case=case).order_by("id")[0]

    def evaluated(self, case: Case, **money: int) -> Any:
        case = self.working(case)
        case = self.do("chen", phases.settle_need, case, need=self.need_of(case), outcome="met", note="款项已到账")
        return self.do("chen", phases.evaluate_case, case, goals_reached="目标达成", client_view="满意", **money)

    def to_close(self, case: Case, **money: int) -> Any:
        case = self.evaluated(case, **money)
        return self.do("chen", phases.submit_closure, case, close_reason="goal", text="目标达成，已告知回访安排")

    def closed(self, case: Case, **money: int) -> Any:
        return self.do("zhou", phases.approve_closure, self.to_close(case, **money), opinion="同意结案")
