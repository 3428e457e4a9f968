"""READ: how a lawyer of the panel did in a month: points by a rule that is shown, each with the record behind it.

Never one unexplained number: ``quality_of`` gives the parts, the page shows rule and records. What is scored is on record
anyway; what workers said in ratings counts only as a mean of five and more, so that nobody can be told by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.orgs.reach import SHANGHAI, everything, today

from ..models import AidApplication, Case, Duty, Hearing, Lawyer, Member, Rating
from ..policy import CLOSED, FOLLOW_UP
from ..policy.duty import DONE, MISSED
from .duty import month_before, month_span
from .ratings import LEAST_ANSWERS

POINTS = {
    "duty_done": 2, "duty_taken": 1, "duty_missed": -5, "case_closed": 5, "satisfied": 3, "unsatisfied": -3, "hearing_untold": -2,
}  # fmt: skip
RATING_MONTHS, RATING_MIDDLE, RATING_WEIGHT = 12, 3.0, 5
TELL_WITHIN = dt.timedelta(days=3)


def rule_words() -> dict[str, str]:
    """What each kind of entry stands for."""
    return {
        "duty_done": _("Duty done"), "duty_taken": _("took over a colleague's duty"), "duty_missed": _("Duty missed"),
        "case_closed": _("Case closed"), "satisfied": _("applicant satisfied at the call-back"),
        "unsatisfied": _("applicant not satisfied at the call-back"),
        "hearing_untold": _("hearing passed three days ago, outcome not noted"),
        "ratings": _("mean of the ratings of twelve months"),
    }  # fmt: skip


def rule_text() -> str:
    """The rule in one line."""
    words = rule_words()
    parts = [f"{words[code]} {points:+d}" for code, points in POINTS.items()]
    last = _("%(what)s: (mean − %(middle)s) × %(weight)s") % {
        "what": words["ratings"], "middle": f"{RATING_MIDDLE:g}", "weight": RATING_WEIGHT,
    }  # fmt: skip
    return "、".join([*parts, last])


@dataclass(frozen=True)
class Point:
    """One entry of the score, and the record behind it by kind and key (none for the mean of ratings)."""

    code: str
    points: int
    what: str
    on: dt.date | None
    kind: str = ""
    pk: str = ""


@dataclass(frozen=True)
class Quality:
    """A month of one lawyer. ``asked``, ``given``: ratings of her cases in the twelve months to its end; ``overall`` None
    below five answers, where they count for nothing."""

    month: dt.date
    points: tuple[Point, ...]
    assigned: int
    asked: int
    given: int
    overall: float | None

    @property
    def score(self) -> int:
        return sum(p.points for p in self.points)


def quality_of(lawyer: Lawyer, month: dt.date) -> Quality:
    """From the records alone. Cases, hearings, ratings are those she is tied to as lawyer, wherever they lie."""
    first, last = month_span(month)
    with everything():
        ties = Member.objects.filter(user_id=lawyer.user_id, tie="lawyer") if lawyer.user_id else Member.objects.none()
        points = [*_of_duties(lawyer, first, last), *_of_cases(lawyer, ties, first, last)]
        assigned = ties.filter(since__date__range=(first, last)).values("case").distinct().count()
        since = month_before(month, RATING_MONTHS - 1)
        ratings = Rating.objects.filter(case__in=ties.values("case"), asked_on__range=(since, last))
        numbers = ratings.aggregate(
            asked=Count("pk"), given=Count("pk", filter=Q(state="given")), overall=Avg("overall")
        )
    shown = numbers["overall"] if numbers["given"] >= LEAST_ANSWERS else None
    if shown is not None:
        points.append(Point("ratings", round((shown - RATING_MIDDLE) * RATING_WEIGHT), f"{shown:.1f}", None))
    return Quality(month, tuple(points), assigned, numbers["asked"], numbers["given"], shown)


def _of_duties(lawyer: Lawyer, first: dt.date, last: dt.date) -> Iterator[Point]:
    """Done, taken over, missed (also where somebody stood in)."""
    rows = Duty.objects.filter(Q(lawyer=lawyer) | Q(missed_by=lawyer), published=True, day__range=(first, last))
    for duty in rows.filter(state__in=[DONE, MISSED]).select_related("station").order_by("day", "id"):
        came = duty.state == DONE and duty.lawyer_id == lawyer.pk
        codes = ["duty_done"] if came else ["duty_missed"]
        if came and duty.swapped_from_id not in (None, lawyer.pk):
            codes.append("duty_taken")
        for code in codes:
            yield Point(code, POINTS[code], duty.station.name, duty.day, "casework.duty", str(duty.pk))


def _of_cases(lawyer: Lawyer, ties: QuerySet[Member], first: dt.date, last: dt.date) -> Iterator[Point]:
    """Cases closed, what applicants said when called back, hearings of which nobody noted the outcome."""
    closed = Case.objects.filter(
        pk__in=ties.values("case"), state__in=[CLOSED, FOLLOW_UP], closed_on__range=(first, last)
    )
    for case in closed.order_by("closed_on", "id"):
        yield Point("case_closed", POINTS["case_closed"], case.number, case.closed_on, "casework.case", str(case.pk))
    if lawyer.user_id:
        said = {"yes": "satisfied", "no": "unsatisfied"}
        aid = AidApplication.objects.filter(
            lawyer_id=lawyer.user_id, called_back_on__range=(first, last), satisfied__in=said
        )
        for one in aid.order_by("called_back_on", "id"):
            code = said[one.satisfied]
            yield Point(code, POINTS[code], one.number, one.called_back_on, "casework.aid", str(one.pk))
    begins, ends = (_midnight(day) for day in (first, last + dt.timedelta(1)))
    late: Any = min(ends, timezone.now() - TELL_WITHIN)
    untold = Hearing.objects.filter(case__in=ties.values("case"), state="planned", at__gte=begins, at__lt=late)
    for hearing in untold.select_related("case").order_by("at", "id"):
        on = hearing.at.astimezone(SHANGHAI).date()
        yield Point(
            "hearing_untold", POINTS["hearing_untold"], hearing.case.number, on, "casework.hearing", str(hearing.pk)
        )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), SHANGHAI)


def months_back(count: int = 12) -> list[dt.date]:
    """This month and those before it, newest first."""
    return [month_before(today().replace(day=1), back) for back in range(count)]
