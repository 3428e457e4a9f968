"""What stands beside the cases: resources, urgent needs, legal-aid entries over the province, each with its past."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from django.db import connection

from shegong.apps.casework.models import LegalAid, NeedEntry, NeedTerm, Resource, UrgentNeed
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import everything
from shegong.lib import calendar
from shegong.registry.models import Employer

from . import texts
from .casefile import at_hour, weighted
from .names import Inventor
from .pour import pour
from .province import HOME_COUNTY, HOME_TOWN
from .staff import Office

RESOURCE_CITIES = 12
AID_OFFICES = 24
FREE_YEAR = 2026  # from here on the home centre's register is the demo's own; before lies the imported one


def resources(rng: random.Random, orgs: dict[str, Org], cities: Sequence[str]) -> int:
    """A directory: everything for the home district, some for other cities."""
    made = []
    places = [orgs[f"U{HOME_COUNTY}"]] * len(texts.RESOURCES) + [orgs[f"U{c}"] for c in cities[:RESOURCE_CITIES]]
    for n, place in enumerate(places):
        title, kind, problem, giver = texts.RESOURCES[n % len(texts.RESOURCES)]
        made.append(
            Resource(
                title=title, kind=kind, problem=problem, giver=giver, contact="工作日 9:00—17:00",
                terms="凭困难证明或工会会员证", area_code=place.area_code, org=place, org_path=place.path,
                quantity=None if kind == "service" else rng.choice((5, 10, 20, 50)),
            )
        )  # fmt: skip
    with everything():
        return pour(made)


def urgent_needs(
    rng: random.Random, offices: Sequence[Office], employers: dict[str, list[Employer]], count: int, today: dt.date
) -> int:
    """Needs that town workers raised: mostly answered and closed off, the young ones still open and within their term."""
    with everything(), connection.cursor() as cursor:
        cursor.execute("select nextval('casework_urgentneed_number') from generate_series(1, %s)", [count])
        numbers = [row[0] for row in cursor.fetchall()]
        terms = dict(NeedTerm.objects.values_list("problem", "days"))
        others = [o for o in offices if o.org.area_code != HOME_TOWN]
        days = sorted(today - dt.timedelta(days=int(rng.triangular(0, 540, 0))) for _ in numbers)
        made = []
        for number, day in zip(numbers, days, strict=True):
            office = rng.choices(others, [o.weight for o in others])[0]
            made.append(_need(rng, office, rng.choice(employers[office.city]), number, day, terms, today))
        pour(made)
        pour([entry for need in made for entry in _entries(rng, need, today)])
    return len(made)


def _need(
    rng: random.Random,
    office: Office,
    employer: Employer,
    number: int,
    day: dt.date,
    terms: dict[str, int],
    today: dt.date,
) -> UrgentNeed:
    wish, org, worker = texts.wish(rng, employer.name), office.org, rng.choice(office.workers)
    due = calendar.add_days(day, terms[wish.problem], mode="working")
    state = "closed" if due < today else rng.choice(("raised", "assigned", "in_hand", "answered"))
    answered = state in ("closed", "answered")
    return UrgentNeed(
        org=org, org_path=org.path, number=f"N{day.year}{number:07d}", problem=wish.problem, text=wish.text,
        people=rng.choice((1, 1, 1, 2, 4, 8, 14)), employer=employer, state=state, raised_by_id=worker, raised_on=day,
        owner_id=None if state == "raised" else worker, due_on=due, next_move_on=due,
        answer="已联系单位，按约定时间解决。" if answered else None,
        closed_on=min(today, day + dt.timedelta(days=rng.randint(1, 20))) if state == "closed" else None,
    )  # fmt: skip


def _entries(rng: random.Random, need: UrgentNeed, today: dt.date) -> list[NeedEntry]:
    """What was said on the way."""
    steps = {"raised": [], "assigned": ["assigned"], "in_hand": ["assigned"], "answered": ["assigned", "answer"]}
    kinds = steps.get(need.state, ["assigned", "answer", "call_back", "closed"])
    said = {"answer": need.answer or "", "call_back": "回访：职工表示已解决。"}
    day = min(need.closed_on or today, today)
    return [
        NeedEntry(need=need, kind=k, text=said.get(k, ""), by_id=need.raised_by_id, at=at_hour(rng, day)) for k in kinds
    ]


def legal_aid(rng: random.Random, orgs: dict[str, Org], offices: Sequence[Office], count: int, today: dt.date) -> int:
    """Entries of other districts' registers over two years; of the home centre only from ``FREE_YEAR`` on, so that the
    imported register stands alone in its years."""
    inventor = Inventor(rng, area=994000)
    codes = sorted({o.supervised_from for o in offices if not o.org.area_code.startswith(HOME_COUNTY)})
    places = [orgs[f"U{code}"] for code in rng.sample(codes, min(AID_OFFICES, len(codes)))]
    made = []
    for n in range(count):
        day = today - dt.timedelta(days=rng.randrange(730))
        home = day.year >= FREE_YEAR and n % 6 == 0
        made.append(_aid(rng, inventor, orgs["C440106"] if home else rng.choice(places), n + 1, day, today))
    with everything():
        return pour(made)


def _aid(rng: random.Random, inventor: Inventor, org: Org, n: int, day: dt.date, today: dt.date) -> LegalAid:
    form = weighted(rng, {"mediation": 70, "consultation": 22, "representation": 6, "drafting": 2})
    stage = {"mediation": rng.choice(("before", "before", "after")), "representation": "arbitration"}.get(form, "")
    took = 0 if form in ("consultation", "drafting") else rng.randint(3, 60)
    done = day + dt.timedelta(days=took) <= today
    result = ("closed" if form != "mediation" else rng.choice(("success", "success", "failure"))) if done else "pending"
    paid = rng.randint(20, 500) * 10_000 if result == "success" or (form == "representation" and done) else 0
    return LegalAid(
        org=org, org_path=org.path, number=f"{day.year}-{n:05d}", form=form, stage=stage, result=result,
        state="concluded" if done else "pending", dispute="拖欠工资" if form != "consultation" else "劳动合同",
        applicant_name=inventor.name(), employer_name=str(inventor.employer("广东")["name"]), claimed_fen=paid * 5 // 4,
        recovered_fen=paid, proof="调解协议书" if paid else "", lawyer=inventor.name(), accepted_on=day,
        concluded_on=day + dt.timedelta(days=took) if done else None,
    )  # fmt: skip
