"""Statutory clocks as rows: started, moved by an event, settled; by a deed of their own or beside another one."""

from __future__ import annotations

import datetime as dt

from shegong.kernel.orgs.reach import Actor
from shegong.lib import clocks as law

from ..models import Case, ClockEvent, LegalClock
from ..policy.clocks import LIVE, MET, RUNNING, STILL, VOID
from ..queries.clocks import limits_for, reckon
from ._file import place_of


def runs_already(case: Case, limit: str, on: dt.date) -> bool:
    """Whether the same limit runs from that day."""
    return LegalClock.objects.filter(case=case, limit=limit, started_on=on, state__in=LIVE).exists()


def store_clock(actor: Actor, case: Case, rule: law.Limit, on: dt.date, note: str = "") -> LegalClock:
    """A limit that begins with the event of ``on``, its last day reckoned."""
    answer = law.run(rule, on)
    return LegalClock.objects.create(
        case=case, limit=rule.code, area=case.org.area_code, started_on=on, due_on=answer.due_on, provisional=answer.provisional,
        note=note.strip()[:200], by_id=actor.user_id, **place_of(case),
    )  # fmt: skip


def store_event(actor: Actor, clock: LegalClock, event: law.Event, answer: law.Clock) -> None:
    """Keep the event and set the clock to what came out; the caller saves the clock."""
    ClockEvent.objects.create(
        clock=clock, case_id=clock.case_id, kind=event.kind, happened_on=event.on, length=event.length, reason=event.reason[:200],
        by_id=actor.user_id, **place_of(clock),
    )  # fmt: skip
    clock.due_on, clock.provisional, clock.warned = answer.due_on, answer.provisional, None


def start(actor: Actor, case: Case, limit: str, on: dt.date) -> None:
    """Start a limit beside another deed; nothing where no such limit was in force, or the same one runs from that day."""
    rule = limits_for(case.org.area_code, on).get(limit)
    if rule is not None and not runs_already(case, limit, on):
        store_clock(actor, case, rule, on)


def settle(case: Case, limit: str, on: dt.date) -> None:
    """What this limit asked for was done on that day, in time or not."""
    for clock in LegalClock.objects.filter(case=case, limit=limit, state__in=LIVE).select_for_update():
        clock.state, clock.settled_on, clock.version = MET, max(on, clock.started_on), clock.version + 1
        clock.save()


def reopen(case: Case, limit: str) -> None:
    """What was noted as done was not: the limit settled last runs again."""
    clock = LegalClock.objects.filter(case=case, limit=limit, state=MET).select_for_update().order_by("-started_on").first()
    if clock is not None:
        clock.state, clock.settled_on, clock.version = RUNNING if clock.due_on else STILL, None, clock.version + 1
        clock.save()


def void(case: Case, limit: str, note: str) -> None:
    """What started this limit did not happen; it stays on file, and no longer runs."""
    for clock in LegalClock.objects.filter(case=case, limit=limit, state__in=LIVE).select_for_update():
        clock.state, clock.note, clock.version = VOID, note[:200], clock.version + 1
        clock.save()


def happen(actor: Actor, case: Case, limit: str, kind: law.EventKind, on: dt.date, reason: str) -> None:
    """Note an event of the limit that runs, beside another deed; nothing where it does not fit the limit as it stands."""
    clock = LegalClock.objects.select_for_update().filter(case=case, limit=limit, state__in=LIVE).order_by("-started_on").first()
    if clock is None or (kind == "resume") != (clock.state == STILL):
        return
    event = law.Event(kind, max(on, clock.started_on), 0, reason)
    try:
        answer = reckon(clock, [event])
    except law.InvalidClock:  # it had run out before: nothing can hold it any more, and the delay stays visible
        return
    store_event(actor, clock, event, answer)
    clock.state, clock.version = STILL if kind == "suspend" else RUNNING, clock.version + 1
    clock.save()
