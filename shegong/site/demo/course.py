"""How a case of the demo went: drawn at random, day by day from its registration to its closing or to today. Pure."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from itertools import pairwise

from shegong.lib import calendar

STEPS = ("intake", "assessment", "planning", "plan_review", "intervention", "evaluation", "closure_review", "closed")
MIDDLE = {
    "intake": 1, "assessment": 4, "planning": 2, "plan_review": 1, "intervention": 20, "evaluation": 2, "closure_review": 2,
}  # fmt: skip
LOST = (("client", 45), ("lost", 25), ("referred", 15), ("other", 15))
# more cases in the weeks before the Spring Festival, when arrears are asked for; fewer in its month
SEASON = {1: 1.7, 2: 0.6, 3: 1.0, 4: 0.9, 5: 0.9, 6: 1.0, 7: 0.9, 8: 0.9, 9: 1.0, 10: 1.0, 11: 1.15, 12: 1.5}
ARREARS = {12: 2.2, 1: 2.6, 2: 1.4, 11: 1.4}
MONTHS = 24
STUCK = 0.04
SLOW = ("assessment", "planning", "intervention")


@dataclass(frozen=True)
class Course:
    """``state`` as of today; ``days``: the day on which each state was entered. ``due_on`` is not decided here."""

    state: str
    days: dict[str, dt.date] = field(default_factory=dict)
    held_from: str = ""
    reason: str = ""

    @property
    def entered(self) -> dt.date:
        """The day the present state began."""
        return self.days[self.state]


def registered_days(rng: random.Random, count: int, today: dt.date) -> list[dt.date]:
    """Days of registration over two years up to today, rising slowly, with the season, mostly working days; in order."""
    days = [today - dt.timedelta(days=n) for n in range(MONTHS * 365 // 12)]
    weights = []
    for n, day in enumerate(days):
        trend = 1.0 - 0.4 * n / len(days)
        weights.append(SEASON[day.month] * trend * (1.0 if calendar.is_workday(day) else 0.12))
    return sorted(rng.choices(days, weights, k=count))


def course(rng: random.Random, registered: dt.date, today: dt.date, *, quick: bool, stuck: float = STUCK) -> Course:
    """The way of a case through its phases. ``quick``: mediation, with short terms. ``stuck``: how often one rests too long."""
    days, ends_at, reason = {"intake": registered}, "", ""
    if rng.random() < 0.09:
        ends_at, reason = rng.choice(STEPS[1:5]), rng.choices([r for r, _w in LOST], [w for _r, w in LOST])[0]
    slow = rng.choice(SLOW) if rng.random() < stuck else ""
    day = registered
    for state, following in pairwise(STEPS):
        if state == ends_at:
            following = "closed"
        day += dt.timedelta(days=_length(rng, state, quick) + (rng.randint(15, 60) if state == slow else 0))
        if day > today:
            return _resting(rng, Course(state, days), today)
        days[following] = day
        if following == "closed":
            break
    closed = Course("closed", days, reason=reason or "goal")
    if today - day < dt.timedelta(days=100) and not reason and rng.random() < 0.12:
        return Course(
            "follow_up", {**days, "follow_up": min(today, day + dt.timedelta(days=rng.randint(20, 60)))}, reason="goal"
        )
    return closed


def _length(rng: random.Random, state: str, quick: bool) -> int:
    """Days in a state; mostly within its term."""
    days = rng.lognormvariate(0, 0.55) * MIDDLE[state] * (0.5 if quick else 1.0)
    return round(min(days, 3 * MIDDLE[state] + 1))


def _resting(rng: random.Random, course: Course, today: dt.date) -> Course:
    """Some open cases are suspended, some are with another office."""
    if course.state != "intervention" or rng.random() > 0.06:
        return course
    state = "suspended"
    return Course(
        state, {**course.days, state: min(today, course.entered + dt.timedelta(days=3))}, held_from="intervention"
    )


def late_courses(today: dt.date) -> tuple[Course, ...]:
    """Three that are past their day whenever the demo is built: in assessment, planning and intervention."""
    made = []
    for ago, states in ((30, STEPS[:2]), (24, STEPS[:3]), (52, STEPS[:5])):
        start = today - dt.timedelta(days=ago)
        days = {state: start + dt.timedelta(days=2 * n) for n, state in enumerate(states)}
        made.append(Course(states[-1], days))
    return tuple(made)
