"""READ: statutory clocks — those within reach, how each came out, and the limits there are to choose from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today, within
from shegong.lib import clocks as law
from shegong.lib import statutes

from ..models import Case, ClockEvent, LegalClock
from ..policy import LEGAL_CLOCK
from ..policy.clocks import LIVE, RUNNING
from .cases import tied_to, ties

VIEW = "casework.legal_clock.view"
MOST = 200


@reads(LEGAL_CLOCK)
def legal_clocks(actor: Actor, deed: str = VIEW) -> QuerySet[LegalClock]:
    """Clocks to which the actor may do ``deed``, by the place of the case or by a tie to it."""
    wanted = declared(deed)
    found = within(actor.prefixes(wanted.roles))
    if wanted.members:
        found |= Q(case__in=Case.objects.filter(tied_to(actor, deed)).order_by().values("pk"))
    return LegalClock.objects.filter(found).select_related("case", "org")


@relates(LEGAL_CLOCK)
def ties_of_clock(actor: Actor, clock: LegalClock) -> frozenset[str]:
    """The actor's ties to the case it runs for."""
    return frozenset(ties(actor, clock.case))


def clocks_to_watch(actor: Actor, *, days: int | None = None, state: str = "") -> list[LegalClock]:
    """What runs (or stands still), the next to run out first; ``days``: only what runs out within so many days or has. At
    most 200: who has more narrows them by days."""
    found = legal_clocks(actor).filter(state__in=LIVE)
    if state in LIVE:
        found = found.filter(state=state)
    if days is not None:
        found = found.filter(state=RUNNING, due_on__lte=today() + dt.timedelta(days=days))
    return list(found.order_by(F("due_on").asc(nulls_last=True), "id")[:MOST])


@dataclass(frozen=True)
class Line:
    """One step of a reckoning in words: what happened on which day, and the last day as it then stood (None: standing still)."""

    what: str
    on: dt.date
    due_on: dt.date | None
    reason: str = ""


@dataclass(frozen=True)
class Reckoning:
    """A clock for people: title and article of its limit, the last day, and how it came out step by step."""

    title: str
    starts: str
    article: str
    length: str
    due_on: dt.date | None
    left: int | None
    provisional: bool
    rest_day: bool
    lines: tuple[Line, ...]


def reckoned(clock: law.Clock) -> Reckoning:
    """The answer of ``shegong.lib.clocks`` in the reader's language."""
    limit = clock.limit
    lines = tuple(Line(_step(step, limit), step.on, step.due_on, step.reason) for step in clock.steps)
    return Reckoning(
        title=_(limit.title), starts=_(limit.starts), article=limit.article, length=length_of(limit, abs(limit.length)),
        due_on=clock.due_on, left=clock.left(today()), provisional=clock.provisional, rest_day=clock.rest_day, lines=lines,
    )  # fmt: skip


def reckoned_of(clock: LegalClock) -> Reckoning:
    """How a stored clock came out; only what is stored where its events no longer fit a rule that was corrected since."""
    try:
        return reckoned(reckon(clock))
    except law.InvalidClock:
        plain = reckoned(law.run(limit_of(clock), clock.started_on))
        left = None if clock.due_on is None else (clock.due_on - today()).days
        return replace(plain, due_on=clock.due_on, left=left, rest_day=False, lines=())


def reckon(clock: LegalClock, more: Iterable[law.Event] = ()) -> law.Clock:
    """How a stored clock stands by the rule in force on its first day, with ``more`` events supposed. Raises ``InvalidClock``."""
    known = ClockEvent.objects.filter(clock=clock).order_by("happened_on", "id")
    events = [law.Event(e.kind, e.happened_on, e.length, e.reason) for e in known]  # type: ignore[arg-type]
    return law.run(limit_of(clock), clock.started_on, [*events, *more])


def limit_of(clock: LegalClock) -> law.Limit:
    """The rule that holds for it: that of its first day, its area's own before the country's."""
    return statutes.limit_named(clock.limit, clock.started_on, clock.area)


def area_of(actor: Actor) -> str:
    """Code of the area in which the actor acts now; "" without a post."""
    post = actor.acting_post
    return str(Org.objects.values_list("area_code", flat=True).get(pk=post.org_id)) if post else ""


def limits_for(area: str, day: dt.date | None = None) -> dict[str, law.Limit]:
    """Limits to choose from on a day, by code; an area's own replaces the country's."""
    found: dict[str, law.Limit] = {}
    for limit in sorted(statutes.limits_on(day or today(), area), key=lambda one: len(one.area)):
        found[limit.code] = limit
    return found


def titled(limit: law.Limit) -> str:
    """What a list of limits shows: name, length, article."""
    return f"{_(limit.title)} · {length_of(limit, abs(limit.length))} · {limit.article}"


def length_of(limit: law.Limit, amount: int) -> str:
    """ "45 days", "5 working days", "1 year"."""
    return {
        "day": _("%(count)s days"), "workday": _("%(count)s working days"), "month": _("%(count)s months"),
        "year": _("%(count)s years"),
    }[limit.unit] % {"count": amount}  # fmt: skip


def _step(step: law.Step, limit: law.Limit) -> str:
    if step.kind == "start":
        back = _("counts back from %(event)s") if limit.length < 0 else _("begins with %(event)s")
        return back % {"event": _(limit.starts)}
    if step.kind == "extend":
        return _("extended by %(length)s") % {"length": length_of(limit, step.amount)}
    if step.kind == "resume":
        return _("runs on; %(count)s days do not count") % {"count": step.amount}
    return {"interrupt": _("interrupted: begins anew"), "suspend": _("suspended: stands still")}[step.kind]
