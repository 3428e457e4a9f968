"""WRITE: statutory clocks of a case. Each deed adds an event and has the last day reckoned anew; nobody types a last day."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.reach import Actor
from shegong.lib import clocks as law

from ..models import Case, LegalClock
from ..queries.clocks import limit_of, limits_for, reckon
from ._clocks import runs_already, store_clock, store_event
from ._file import need_past, need_text


@action("casework.case.start_clock")
def start_legal_clock(actor: Actor, case: Case, *, limit: str, started_on: dt.date, note: str = "") -> Done:
    """Start a limit of the law with the event of ``started_on``. Raises ``Refused``: no such limit was in force that day, the
    event lies in the future (unless the limit counts back from it), or the same limit runs from that day already."""
    rule = limits_for(case.org.area_code, started_on).get(limit)
    if rule is None:
        raise Refused(_("No such limit was in force on this day."), field="limit")
    if rule.length > 0:
        need_past(started_on, "started_on")
    if runs_already(case, limit, started_on):
        raise Refused(_("This limit runs from that day already."), field="started_on")
    made = store_clock(actor, case, rule, started_on, note)
    return Done(case, changes={"clock": [None, str(made.pk)], "limit": [None, limit], "last_day": [None, str(made.due_on)]})


@action("casework.legal_clock.interrupt")
def interrupt_clock(actor: Actor, clock: LegalClock, *, happened_on: dt.date, reason: str) -> Done:
    """The limit begins anew on that day (claim raised, complaint to an authority, obligation acknowledged)."""
    return _happen(actor, clock, "interrupt", happened_on, reason)


@action("casework.legal_clock.suspend")
def suspend_clock(actor: Actor, clock: LegalClock, *, happened_on: dt.date, reason: str) -> Done:
    """The limit stands still from that day."""
    return _happen(actor, clock, "suspend", happened_on, reason)


@action("casework.legal_clock.resume")
def resume_clock(actor: Actor, clock: LegalClock, *, happened_on: dt.date, reason: str) -> Done:
    """It runs on from that day with what was left."""
    return _happen(actor, clock, "resume", happened_on, reason)


@action("casework.legal_clock.extend")
def extend_clock(actor: Actor, clock: LegalClock, *, happened_on: dt.date, reason: str, length: int = 0) -> Done:
    """More time was granted; ``length`` in the limit's own unit, 0 for all that its article allows."""
    return _happen(actor, clock, "extend", happened_on, reason, length)


@action("casework.legal_clock.meet")
def meet_clock(actor: Actor, clock: LegalClock, *, settled_on: dt.date | None = None, note: str = "") -> Done:
    """What the limit asked for was done on that day, in time or not."""
    clock.settled_on = need_past(settled_on, "settled_on")
    rule = limit_of(clock)
    if rule.length > 0 and clock.settled_on < clock.started_on:
        raise Refused(_("This day lies before the day on which the limit begins to run."), field="settled_on")
    return Done(clock, reason=note.strip())


@action("casework.legal_clock.void")
def void_clock(actor: Actor, clock: LegalClock, *, reason: str) -> Done:
    """It was started by mistake; it stays on file, and no longer runs."""
    clock.note = need_text(reason, "reason")[:200]
    return Done(clock, reason=clock.note)


def _happen(actor: Actor, clock: LegalClock, kind: law.EventKind, on: dt.date, reason: str, length: int = 0) -> Done:
    event = law.Event(kind, need_past(on, "happened_on"), length, need_text(reason, "reason")[:200])
    try:
        answer = reckon(clock, [event])
    except law.InvalidClock as error:
        field = "length" if error.code == "extended_too_far" else "happened_on"
        raise Refused(_(error.message) % error.params, field=field) from None
    if (answer.due_on is None) != (kind == "suspend"):
        text = _("Something noted for a later day already says otherwise; an event comes after those on file.")
        raise Refused(text, field="happened_on")
    store_event(actor, clock, event, answer)
    return Done(clock, reason=event.reason)
