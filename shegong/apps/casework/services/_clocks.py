"""Statutory clocks that deeds start and settle by themselves."""

from __future__ import annotations

import datetime as dt

from shegong.kernel.orgs.reach import Actor
from shegong.lib import clocks as law

from ..models import Case, ClockEvent, LegalClock
from ..policy.clocks import LIVE, MET, STILL
from ..queries.clocks import limits_for, reckon
from ._file import place_of


def start(actor: Actor, case: Case, limit: str, on: dt.date, note: str = "") -> LegalClock | None:
    """Start a limit with the event of ``on``; None where no such limit was in force, or the same one runs from that day."""
    area = case.org.area_code
    rule = limits_for(area, on).get(limit)
    if rule is None or LegalClock.objects.filter(case=case, limit=limit, started_on=on, state__in=LIVE).exists():
        return None
    answer = law.run(rule, on)
    return LegalClock.objects.create(
        case=case, limit=limit, area=area, started_on=on, due_on=answer.due_on, provisional=answer.provisional,
        note=note.strip()[:200], by_id=actor.user_id, **place_of(case),
    )  # fmt: skip


def settle(case: Case, limit: str, on: dt.date) -> None:
    """What this limit asked for was done on that day, in time or not."""
    rows = LegalClock.objects.filter(case=case, limit=limit, state__in=LIVE)
    for clock in rows.select_for_update():
        clock.state, clock.settled_on, clock.version = MET, max(on, clock.started_on), clock.version + 1
        clock.save()


def happen(actor: Actor, case: Case, limit: str, kind: law.EventKind, on: dt.date, reason: str) -> None:
    """Note an event of the limit that runs, and reckon its last day anew."""
    clock = LegalClock.objects.select_for_update().filter(case=case, limit=limit, state__in=LIVE).order_by("-started_on").first()
    if clock is None or (kind == "resume") != (clock.state == STILL):
        return
    event = law.Event(kind, max(on, clock.started_on), 0, reason)
    try:
        answer = reckon(clock, [event])
    except law.InvalidClock:  # it had run out before: nothing can hold it any more, and the delay stays visible
        return
    ClockEvent.objects.create(
        clock=clock, case=case, kind=kind, happened_on=event.on, reason=reason[:200], by_id=actor.user_id, **place_of(case)
    )
    clock.state = STILL if kind == "suspend" else "running"
    clock.due_on, clock.provisional, clock.warned, clock.version = answer.due_on, answer.provisional, None, clock.version + 1
    clock.save()
