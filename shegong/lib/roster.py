"""A fair month of duties: who stands where on which day. Solved to the proven optimum as one flow of least cost (OR-Tools).

Hard: a shift takes no more people than it needs; a person at most one place a day, nothing that is barred, and no more than the
limits of a week (Monday to Sunday) and of the month. What cannot be filled stays open and is explained; it is no error.

Aims, each only among what is best by those before it:
0. least left open · 1. fairness: least sum of squares of (duties held − fair share), which also gives the least spread
between the person farthest above and the one farthest below the share · 2. fewest wishes broken · 3. least ``far``.

The rules of a person (day within week within month) are nested, so everything is a flow and every answer is whole and proven;
docs/algorithms/roster.md says why. The same problem gives the same answer. Pure Python.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from ortools.graph.python import min_cost_flow  # type: ignore[import-untyped]

GRAIN = 20  # a fair share is reckoned in twentieths of a duty
MOST_FAR, MOST_WISHES = 9, 9  # what one duty can cost at most; more is cut off


@dataclass(frozen=True)
class Shift:
    """A place on a day that needs so many people."""

    place: str
    day: dt.date
    needed: int = 1


@dataclass(frozen=True)
class Person:
    """``weight``: days on which she could stand duty, over all months that count; ``past``: duties held in those months
    before this
    one. ``held``: duties that stand already, of this month and of the weeks that reach into it. ``barred``: (day, place) →
    why, place "" for all. ``wishes``: (day, place or "") → wishes that a duty there would break. ``far``: place → cost."""

    code: str
    weight: int = 1
    past: int = 0
    held: Mapping[dt.date, str] = field(default_factory=dict)
    barred: Mapping[tuple[dt.date, str], str] = field(default_factory=dict)
    wishes: Mapping[tuple[dt.date, str], int] = field(default_factory=dict)
    far: Mapping[str, int] = field(default_factory=dict)

    def bar(self, place: str, day: dt.date) -> str:
        """Why she cannot stand there on that day by leave, licence or word; "" where nothing speaks against it."""
        return self.barred.get((day, "")) or self.barred.get((day, place)) or ""

    def wish(self, place: str, day: dt.date) -> int:
        return min(MOST_WISHES, self.wishes.get((day, ""), 0) + (self.wishes.get((day, place), 0) if place else 0))

    def cost(self, place: str) -> int:
        return min(MOST_FAR, self.far.get(place, 0))


@dataclass(frozen=True)
class Limits:
    """Most duties of one person, all places together."""

    week: int = 2
    month: int = 8


@dataclass(frozen=True)
class Problem:
    """One month. ``month``: its first day. Codes of people and (place, day) of shifts are unique. Raises ``ValueError``."""

    month: dt.date
    shifts: tuple[Shift, ...]
    people: tuple[Person, ...]
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        once = Counter((s.place, s.day) for s in self.shifts)
        names = Counter(p.code for p in self.people)
        if any(n > 1 for n in [*once.values(), *names.values()]) or any(s.needed < 0 for s in self.shifts):
            raise ValueError("a shift or person stands there twice, or needs fewer than nobody")


@dataclass(frozen=True)
class Duty:
    person: str
    place: str
    day: dt.date


@dataclass(frozen=True)
class Gap:
    """A shift that ``missing`` people are lacking for, and what keeps each person from it: reason → codes of people."""

    place: str
    day: dt.date
    missing: int
    because: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Share:
    """``fair``: her share of all duties that count; ``count``: duties in this month, ``past`` those before."""

    person: str
    count: int
    past: int
    fair: Fraction

    @property
    def above(self) -> Fraction:
        """How far she stands above her share; below it: negative."""
        return self.count + self.past - self.fair


@dataclass(frozen=True, order=True)
class Score:
    """The aims in their order: smaller is better. ``squares`` in duties², ``spread`` in duties."""

    unfilled: int
    squares: Fraction
    wishes: int
    far: int
    spread: Fraction


@dataclass(frozen=True)
class Roster:
    """``proven``: no roster is better by the stated aims."""

    duties: tuple[Duty, ...]
    gaps: tuple[Gap, ...]
    shares: tuple[Share, ...]
    score: Score
    proven: bool


def week_of(day: dt.date) -> dt.date:
    """The Monday of its week."""
    return day - dt.timedelta(days=day.weekday())


def why_not(person: Person, place: str, day: dt.date, held: Mapping[dt.date, str], limits: Limits) -> str:
    """The hard rule that a duty would break, given what she ``held`` besides: a reason of hers, or "busy", "week", "month";
    "" none."""
    if reason := person.bar(place, day):
        return reason
    if day in held:
        return "busy"
    if sum(week_of(d) == week_of(day) for d in held) >= limits.week:
        return "week"
    if sum((d.year, d.month) == (day.year, day.month) for d in held) >= limits.month:
        return "month"
    return ""


# --- solving ------------------------------------------------------------------------------------------------------------
def solve(problem: Problem) -> Roster:
    """The best roster by the stated aims. Always answers; what cannot be filled is in ``gaps``."""
    people = sorted((p for p in problem.people if p.weight > 0), key=lambda p: p.code)
    shifts = sorted((s for s in problem.shifts if s.needed), key=lambda s: (s.day, s.place))
    duties, proven = _flow(problem, people, shifts) if shifts else ((), True)
    return Roster(duties, gaps(problem, duties), shares(problem, duties), judge(problem, duties), proven)


def _flow(problem: Problem, people: Sequence[Person], shifts: Sequence[Shift]) -> tuple[tuple[Duty, ...], bool]:
    total = sum(s.needed for s in shifts)
    wish_unit = total * MOST_FAR + 1
    square_unit = total * (MOST_WISHES * wish_unit + MOST_FAR) + 1
    net = _Net()
    stands = [net.node() for _s in shifts]
    by_day: dict[dt.date, list[int]] = {}
    for n, shift in enumerate(shifts):
        net.arc(stands[n], net.sink, shift.needed)
        by_day.setdefault(shift.day, []).append(n)
    chosen: list[tuple[int, Person, Shift]] = []
    fair, steepest = fair_shares(problem), 0
    for person in people:
        top = net.node()
        this_month = [d for d in person.held if (d.year, d.month) == (problem.month.year, problem.month.month)]
        before = person.past + len(this_month)
        for nth in range(max(0, problem.limits.month - len(this_month))):
            # what one more duty adds to the square, in GRAIN⁻¹: rises with each, so that arcs fill in order
            step = 2 * (GRAIN * (before + nth) - round(GRAIN * fair[person.code])) + GRAIN
            net.arc(net.source, top, 1, step * square_unit)
            steepest = max(steepest, abs(step))
        _branches(net, problem, person, top, shifts, stands, by_day, wish_unit, chosen)
    open_unit = (2 * steepest + 1) * square_unit * max(1, total) + 1
    for n, shift in enumerate(shifts):
        net.arc(net.source, stands[n], shift.needed, open_unit)
    flows, proven = net.solve(total)
    return tuple(sorted((Duty(p.code, s.place, s.day) for arc, p, s in chosen if flows[arc]), key=_place_of)), proven


def _branches(
    net: _Net, problem: Problem, person: Person, top: int, shifts: Sequence[Shift], stands: Sequence[int],
    by_day: Mapping[dt.date, list[int]], wish_unit: int, chosen: list[tuple[int, Person, Shift]],
) -> None:  # fmt: skip
    """From a person through her weeks and days to the shifts she may take."""
    weeks: dict[dt.date, int] = {}
    taken = Counter(week_of(d) for d in person.held)
    for day, numbers in by_day.items():
        free = [n for n in numbers if not person.bar(shifts[n].place, day)] if day not in person.held else []
        week = week_of(day)
        if not free or problem.limits.week <= taken[week]:
            continue
        if week not in weeks:
            weeks[week] = net.node()
            net.arc(top, weeks[week], problem.limits.week - taken[week])
        at = net.node()
        net.arc(weeks[week], at, 1)
        for n in free:
            place = shifts[n].place
            cost = person.wish(place, day) * wish_unit + person.cost(place)
            chosen.append((net.arc(at, stands[n], 1, cost), person, shifts[n]))


class _Net:
    """Nodes and arcs, collected as lists and handed over at once."""

    source, sink = 0, 1

    def __init__(self) -> None:
        self.nodes = 2
        self.arcs: list[tuple[int, int, int, int]] = []

    def node(self) -> int:
        self.nodes += 1
        return self.nodes - 1

    def arc(self, tail: int, head: int, most: int, cost: int = 0) -> int:
        self.arcs.append((tail, head, most, cost))
        return len(self.arcs) - 1

    def solve(self, total: int) -> tuple[Sequence[int], bool]:
        tails, heads, most, cost = (np.array(column, dtype=np.int64) for column in zip(*self.arcs, strict=True))
        solver = min_cost_flow.SimpleMinCostFlow()
        arcs = solver.add_arcs_with_capacity_and_unit_cost(tails, heads, most, cost)
        solver.set_node_supply(self.source, total)
        solver.set_node_supply(self.sink, -total)
        status = solver.solve()
        if (
            status != solver.OPTIMAL
        ):  # the open arcs make every problem feasible, so only numbers beyond 64 bits lead here
            raise OverflowError(f"a roster of this size is beyond the solver: {status}")
        return solver.flows(arcs).tolist(), True


# --- judging: the same for the solver's answer, for what was changed by hand, and for any other way ----------------------
def fair_shares(problem: Problem) -> dict[str, Fraction]:
    """Each person's part of all duties that count (held before, standing, and asked for now), by weight."""
    counted = [p for p in problem.people if p.weight > 0]
    weight = sum(p.weight for p in counted)
    stands = sum(_held_now(problem, p) for p in counted)
    total = sum(s.needed for s in problem.shifts) + stands + sum(p.past for p in counted)
    return {p.code: Fraction(total * p.weight, weight) for p in counted}


def shares(problem: Problem, duties: Iterable[Duty]) -> tuple[Share, ...]:
    """How each person comes out, the one farthest above her share first. Who could never stand duty is left out."""
    got, fair = Counter(d.person for d in duties), fair_shares(problem)
    rows = [
        Share(p.code, got[p.code] + _held_now(problem, p), p.past, fair[p.code])
        for p in problem.people
        if p.code in fair
    ]
    return tuple(sorted(rows, key=lambda s: (-s.above, s.person)))


def judge(problem: Problem, duties: Sequence[Duty]) -> Score:
    """How good a roster is by the aims. The hard rules are not asked here."""
    by_code = {p.code: p for p in problem.people}
    # judged by the share in the grain that is solved in, so that "not worse" means the same on both sides
    above = [Fraction(GRAIN * (s.count + s.past) - round(GRAIN * s.fair), GRAIN) for s in shares(problem, duties)]
    return Score(
        unfilled=sum(s.needed for s in problem.shifts) - len(duties),
        squares=sum((a * a for a in above), Fraction(0)),
        wishes=sum(by_code[d.person].wish(d.place, d.day) for d in duties),
        far=sum(by_code[d.person].cost(d.place) for d in duties),
        spread=max(above) - min(above) if above else Fraction(0),
    )


def gaps(problem: Problem, duties: Sequence[Duty]) -> tuple[Gap, ...]:
    """What is open, by day, with what keeps each person from it."""
    filled = Counter((d.place, d.day) for d in duties)
    held = {p.code: dict(p.held) for p in problem.people}
    for d in duties:
        held[d.person][d.day] = d.place
    found = []
    for shift in sorted(problem.shifts, key=lambda s: (s.day, s.place)):
        missing = shift.needed - filled[shift.place, shift.day]
        if missing <= 0:
            continue
        because: dict[str, list[str]] = {}
        for person in problem.people:
            if held[person.code].get(shift.day) != shift.place:
                reason = why_not(person, shift.place, shift.day, held[person.code], problem.limits)
                because.setdefault(reason or "elsewhere", []).append(person.code)
        found.append(Gap(shift.place, shift.day, missing, {k: tuple(v) for k, v in sorted(because.items())}))
    return tuple(found)


@dataclass(frozen=True)
class Unkept:
    """A duty against ``count`` wishes of its person. ``instead``: who could stand there without breaking rule or wish, as
    things are; empty: nobody could. Where somebody could, the wish gave way to fairness."""

    duty: Duty
    count: int
    instead: tuple[str, ...]


def unkept(problem: Problem, duties: Sequence[Duty]) -> tuple[Unkept, ...]:
    """Wishes that a roster breaks, by day."""
    by_code = {p.code: p for p in problem.people}
    held = {p.code: dict(p.held) for p in problem.people}
    for d in duties:
        held[d.person][d.day] = d.place
    found = []
    for d in sorted(duties, key=_place_of):
        if count := by_code[d.person].wish(d.place, d.day):
            instead = tuple(
                p.code for p in problem.people
                if p.code != d.person and not p.wish(d.place, d.day)
                and not why_not(p, d.place, d.day, held[p.code], problem.limits)
            )  # fmt: skip
            found.append(Unkept(d, count, instead))
    return tuple(found)


def _held_now(problem: Problem, person: Person) -> int:
    return sum((d.year, d.month) == (problem.month.year, problem.month.month) for d in person.held)


def _place_of(duty: Duty) -> tuple[dt.date, str, str]:
    return duty.day, duty.place, duty.person
