"""The register as it should be: every entry of the nineteen places, adding up to the golden figures to the fen."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from ..names import Invented, Inventor
from .golden import SONGJIANG, Shape
from .places import CENTRE, Place, places

DISPUTES = {
    "拖欠工资": 34, "经济补偿": 12, "违法解除": 10, "未签劳动合同": 8, "工伤待遇": 12,
    "加班费": 8, "社会保险": 6, "年休假": 4, "女职工权益": 3, "确认劳动关系": 3,
}  # fmt: skip
# months of a year by how many come: before the Spring Festival arrears peak
SEASON = (15, 10, 8, 7, 7, 7, 6, 6, 7, 7, 9, 13)
LAWYERS = 50  # of the volunteer group
GBK_STATIONS = (5, 12)  # their registers come as GBK text, which holds no four-byte characters
WAN_STATIONS = (3, 9, 16)  # these write money in 万元
K = TypeVar("K")
EARLIEST_TIES = 0.02  # applicants who come a second time


@dataclass(frozen=True)
class Aid:
    """One entry. Money in fen; texts "" and days None where the register has nothing."""

    number: str
    place: Place
    form: str
    stage: str
    result: str
    dispute: str
    applicant: Invented
    has_id: bool
    opponent: str
    people: int
    is_group: bool
    claimed_fen: int
    recovered_fen: int
    proof: str
    lawyer: str
    accepted_on: dt.date
    concluded_on: dt.date | None
    note: str = ""

    @property
    def year(self) -> int:
        return self.accepted_on.year


def entries(rng: random.Random, scale: float = 1.0, shape: Shape = SONGJIANG) -> list[Aid]:
    """All entries, by place, in the order of their day. ``scale`` below 1 gives a smaller register of the same shape."""
    forms = scaled(shape.forms, scale)
    total = sum(forms.values())
    years = largest_remainder(shape.years, total)
    by_place = _by_place(forms)
    days = _days(rng, years)
    rng.shuffle(days)
    made: list[Aid] = []
    writers = _Writers(rng)
    for place, own in by_place.items():
        kinds = [form for form, count in own.items() for _ in range(count)]
        rng.shuffle(kinds)
        own_days = sorted(days.pop() for _ in kinds)
        made += [
            writers.entry(place, n, form, day) for n, (form, day) in enumerate(zip(kinds, own_days, strict=True), 1)
        ]
    return _with_money(rng, made, shape.recovered_fen if scale == 1.0 else round(shape.recovered_fen * total / shape.total))


def scaled(counts: Mapping[str, int], scale: float) -> dict[str, int]:
    """The counts times ``scale``, none of them lost altogether."""
    return dict(counts) if scale == 1.0 else {k: max(2, round(v * scale)) for k, v in counts.items()}


def largest_remainder(weights: Mapping[K, int], total: int) -> dict[K, int]:
    """``total`` shared by weight in whole numbers (largest remainders)."""
    whole = sum(weights.values())
    parts = {k: total * w // whole for k, w in weights.items()}
    rest = sorted(weights, key=lambda k: (-(total * weights[k] % whole), str(k)))
    for k in rest[: total - sum(parts.values())]:
        parts[k] += 1
    return parts


def _by_place(forms: Mapping[str, int]) -> dict[Place, dict[str, int]]:
    """How many of each form each place has; the centre takes most cases that go to court."""
    shares: dict[Place, dict[str, int]] = {p: {} for p in places()}
    for form, count in forms.items():
        weights = {p: p.weight * (6 if p.code == CENTRE and form == "representation" else 1) for p in places()}
        for place, share in largest_remainder(weights, count).items():
            shares[place][form] = share
    return shares


def _days(rng: random.Random, years: Mapping[int, int]) -> list[dt.date]:
    found = []
    for year, count in years.items():
        for month in rng.choices(range(1, 13), SEASON, k=count):
            day = dt.date(year, month, rng.randint(1, 28))
            found.append(day - dt.timedelta(days=1 if day.weekday() == 5 and day.day > 1 else 0))
    return found


class _Writers:
    """Makes single entries."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.people = Inventor(rng, area=995000)
        self.plain = Inventor(rng, gbk_only=True, area=996000, seen=self.people.seen)
        self.lawyers = [self.plain.name() + "律师" for _ in range(LAWYERS)]
        self.mediators = [self.plain.name() for _ in range(60)]
        self.opponents = [str(self.plain.employer("广州")["name"]) for _ in range(600)]
        self.earlier: dict[str, list[Invented]] = defaultdict(list)

    def entry(self, place: Place, n: int, form: str, day: dt.date) -> Aid:
        rng = self.rng
        stage, result, took = self._course(form, day)
        people = rng.choice((2, 3, 5, 6, 11, 12, 15, 24, 48)) if form == "mediation" and rng.random() < 0.02 else 1
        light = form == "consultation"
        return Aid(
            number=f"{place.short}援〔{day.year}〕{n:04d}号", place=place, form=form, stage=stage, result=result,
            dispute=rng.choices(list(DISPUTES), list(DISPUTES.values()))[0], applicant=self._applicant(place),
            has_id=rng.random() < (0.35 if light else 0.985),
            opponent="" if light and rng.random() < 0.5 else rng.choice(self.opponents),
            people=people, is_group=people >= 10, claimed_fen=0, recovered_fen=0, proof="",
            lawyer=rng.choice(self.lawyers if form in ("representation", "drafting") else self.mediators),
            accepted_on=day, concluded_on=day + dt.timedelta(days=took) if result != "pending" else None,
            note="群体性，已报区总工会" if people >= 10 else "",
        )  # fmt: skip

    def _course(self, form: str, day: dt.date) -> tuple[str, str, int]:
        """Stage, result, and days until it was concluded."""
        rng = self.rng
        late = day >= dt.date(2025, 11, 20)
        if form == "mediation":
            result = "pending" if late and rng.random() < 0.5 else rng.choices(("success", "failure"), (86, 14))[0]
            return rng.choices(("before", "after"), (82, 18))[0], result, rng.randint(1, 20)
        if form == "representation":
            result = "pending" if day.year == 2025 and day.month > 9 and rng.random() < 0.6 else "closed"
            return rng.choices(("arbitration", "litigation"), (71, 29))[0], result, rng.randint(35, 120)
        return "", "closed", 0 if form == "consultation" else rng.randint(0, 3)

    def _applicant(self, place: Place) -> Invented:
        inventor = self.plain if _is_gbk(place) else self.people
        known = self.earlier[place.code]
        if known and self.rng.random() < EARLIEST_TIES:
            return self.rng.choice(known)
        known.append(inventor.person())
        return known[-1]


def _is_gbk(place: Place) -> bool:
    return places().index(place) in GBK_STATIONS


def _with_money(rng: random.Random, found: list[Aid], target_fen: int) -> list[Aid]:
    """Claims and what was recovered; the sum of the latter is ``target_fen`` exactly. Whole yuan but for two entries."""
    won = {("mediation", "success"), ("representation", "closed")}
    earners = [i for i, aid in enumerate(found) if (aid.form, aid.result) in won]
    wants = {i: rng.lognormvariate(9.3, 0.8) * (found[i].people ** 0.8) for i in earners}
    factor = target_fen / 100 / sum(wants.values())
    money = {i: max(100, round(want * factor)) * 100 for i, want in wants.items()}
    _settle(money, found, target_fen)
    done = []
    for i, aid in enumerate(found):
        fen = money.get(i, 0)
        claimed = _claimed(rng, aid, fen)
        done.append(replace(aid, recovered_fen=fen, claimed_fen=claimed, proof=_proof(aid) if fen else ""))
    return done


def _settle(money: dict[int, int], found: list[Aid], target_fen: int) -> None:
    """Put the rounding on the largest entries of places that write yuan, so that no 万元 cell needs six decimals."""
    gap = target_fen - sum(money.values())
    wan = {places()[s].code for s in WAN_STATIONS}
    large = sorted((i for i in money if found[i].place.code not in wan), key=lambda i: -money[i])[:20]
    for i in large[:-1]:
        step = gap // 100 // len(large) * 100
        money[i] += step
        gap -= step
    money[large[-1]] += gap
    if min(money.values()) <= 0 or sum(money.values()) != target_fen:
        raise ArithmeticError("the amounts do not settle")


def _claimed(rng: random.Random, aid: Aid, recovered_fen: int) -> int:
    if recovered_fen:
        return -(-int(recovered_fen / rng.uniform(0.55, 1.0)) // 1000) * 1000
    return 0 if aid.form in ("consultation", "drafting") else rng.randint(20, 900) * 10_000


def _proof(aid: Aid) -> str:
    if aid.form == "mediation":
        return f"调解协议书{aid.number[-5:-1]}"
    return "仲裁裁决书" if aid.stage == "arbitration" else "民事判决书"


def totals(found: Iterable[Aid]) -> dict[str, dict[str, dict[str, int]]]:
    """Count, people, claimed and recovered by "place", "form", "year" and over "all"."""
    sums: dict[str, dict[str, Counter[str]]] = {by: defaultdict(Counter) for by in ("all", "place", "form", "year")}
    for aid in found:
        keys = {"all": "all", "place": aid.place.code, "form": aid.form, "year": str(aid.year)}
        for by, key in keys.items():
            sums[by][key].update(
                count=1, people=aid.people, claimed_fen=aid.claimed_fen, recovered_fen=aid.recovered_fen
            )
    return {by: {k: dict(v) for k, v in sorted(rows.items())} for by, rows in sums.items()}
