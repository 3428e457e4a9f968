"""WRITE: the directory of resources, and what is promised from it for a case (S44). Nothing is promised twice.

``Resource.taken`` counts what is asked for, promised or given; it changes under the lock of its row, and a CHECK stands behind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.audit import trail
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import Actor, everything, today, widened
from shegong.lib import areas, calendar

from ..models import Case, PlanNeed, Promise, Resource
from ..models.linked import ResourceKind
from ..policy import CASE, DISPUTE_LINES, PROMISE, Problem, RecordKind
from ..queries.resources import GIVERS
from ._file import add_record, need_choice, need_fen, need_future, need_people, need_text, overseers, place_of

ASK_DAYS = 7  # working days for promise and delivery, where the asker names no day
EDITABLE = frozenset(
    {"title", "kind", "problem", "giver", "giver_org", "contact", "terms", "area_code", "quantity", "valid_to"}
)


# --- the directory ----------------------------------------------------------------------------------------------------
@action("casework.resource.offer")
def offer_resource(actor: Actor, place: Org, *, title: str, kind: str, problem: str, giver: str, **more: Any) -> Resource:
    """Enter a resource. ``more``: giver_org, contact, terms, area_code (the place's by default), quantity (None: as much as
    is asked), valid_to. Raises ``Refused`` naming the field."""
    made = Resource(org=place, org_path=place.path, area_code=place.area_code)
    _fill(made, {"title": title, "kind": kind, "problem": problem, "giver": giver, **more})
    made.save(force_insert=True)
    return made


@action("casework.resource.correct")
def correct_resource(actor: Actor, resource: Resource, **changes: Any) -> Done:
    """Correct fields of the entry; the quantity never below what is taken already."""
    owner = resource.giver_org_id
    _fill(resource, changes)
    if resource.giver_org_id != owner:
        new = resource.giver_org or resource.org
        waiting = Promise.objects.filter(resource=resource, state__in=["asked", "promised"])
        if new.kind == OrgKind.BASE and waiting.filter(case__line__in=DISPUTE_LINES).exists():
            raise Refused(_("Requests for disputes still wait here; a base-level union must not see them."), field="giver_org")
        waiting.update(to_path=new.path)
    return Done(resource)


@action("casework.resource.withdraw")
def withdraw_resource(actor: Actor, resource: Resource, *, reason: str) -> Done:
    """Take it out of the directory. What was asked of it must be answered first."""
    if resource.withdrawn_on:
        raise Refused(_("This resource was withdrawn already."))
    waiting = Promise.objects.filter(resource=resource, state__in=["asked", "promised"]).count()
    if waiting:
        raise Refused(_("%(count)s requests still wait: promise and deliver, or refuse them first.") % {"count": waiting})
    resource.withdrawn_on = today()
    return Done(resource, reason=need_text(reason, "reason"))


def _fill(resource: Resource, given: dict[str, Any]) -> None:
    """Check and set fields. Raises ``Refused``."""
    if strange := set(given) - EDITABLE:
        raise Refused(_("Unknown fields: %(names)s.") % {"names": ", ".join(sorted(strange))})
    for name, value in given.items():
        setattr(resource, name, value.strip() if isinstance(value, str) else value)
    need_text(resource.title, "title")
    need_text(resource.giver, "giver")
    need_choice(resource.kind, ResourceKind, "kind")
    need_choice(resource.problem, Problem, "problem")
    if resource.area_code and areas.get(resource.area_code) is None and not _area_of_an_org(resource.area_code):
        raise Refused(_("No area has this code."), field="area_code")
    if resource.quantity is not None and resource.quantity < max(resource.taken, 0 if resource.taken else 1):
        raise Refused(
            _("%(taken)s are asked for or promised already; the quantity cannot be less.") % {"taken": resource.taken}
            if resource.taken else _("Give at least 1, or leave it empty when there is no limit."),
            field="quantity",
        )  # fmt: skip
    if resource.valid_to is not None and "valid_to" in given:
        need_future(resource.valid_to, "valid_to")


def _area_of_an_org(code: str) -> bool:
    return Org.objects.filter(area_code=code).exists()


# --- for a case -------------------------------------------------------------------------------------------------------
@action("casework.case.promise")
def promise_resource(
    actor: Actor,
    case: Case,
    *,
    resource: Resource,
    purpose: str,
    quantity: int = 1,
    amount_fen: int = 0,
    need: PlanNeed | None = None,
    due_on: dt.date | None = None,
) -> Done:
    """Ask for a resource for this case (or one need of its plan). Its owner sees the number of the case and ``purpose``.

    Raises ``Refused``: withdrawn or expired, fewer left than asked for, a need of another case.
    """
    if need is not None and not PlanNeed.objects.filter(pk=need.pk, case=case).exists():
        raise Refused(_("This need is not part of this case."), field="need")
    need_people(quantity, "quantity")
    need_fen(amount_fen, "amount_fen")
    row = _take(resource, quantity)
    if case.line in DISPUTE_LINES and (row.giver_org or row.org).kind == OrgKind.BASE:
        raise Refused(
            _("A base-level union stands inside the employer: it must not learn of a dispute. Choose another resource."),
            field="resource",
        )
    made = Promise.objects.create(
        resource=row, case=case, need=need, case_number=case.number, to_path=(row.giver_org or row.org).path,
        purpose=need_text(purpose, "purpose"), quantity=quantity, amount_fen=amount_fen, asked_by_id=actor.user_id,
        asked_on=today(), due_on=need_future(due_on or calendar.add_days(today(), ASK_DAYS, mode="working"), "due_on"),
        **place_of(case),
    )  # fmt: skip
    _tell_givers(made, gettext_noop("“%(resource)s” is asked for, for case %(number)s, due %(due)s."))
    changes = {"promise": [None, str(made.pk)], "resource": [None, row.title], "quantity": [None, quantity]}
    return Done(case, touched=[made], changes=changes)


def _take(resource: Resource, quantity: int) -> Resource:
    """Count ``quantity`` as taken, under the lock of the row. Raises ``Refused`` when that many are not left."""
    with widened(resource.org_path):
        rows = Resource.objects.select_for_update(of=("self",)).select_related("org", "giver_org")
        row = rows.filter(pk=resource.pk).first()
        if row is None or row.withdrawn_on or (row.valid_to and row.valid_to < today()):
            raise Refused(_("This resource is no longer offered."), field="resource")
        if row.quantity is not None and row.taken + quantity > row.quantity:
            left = row.quantity - row.taken
            raise Refused(_("Only %(left)s are left of this resource.") % {"left": left}, field="quantity")
        row.taken += quantity
        row.save(update_fields=["taken"])
    return row


def _give_back(promise: Promise) -> None:
    with widened(promise.resource.org_path):
        row = Resource.objects.select_for_update().get(pk=promise.resource_id)
        row.taken -= promise.quantity
        row.save(update_fields=["taken"])


@action("casework.promise.give")
def give_promise(actor: Actor, promise: Promise, *, due_on: dt.date | None = None, note: str = "") -> Done:
    """The owner promises it, by ``due_on``."""
    if due_on is not None:
        promise.due_on = need_future(due_on, "due_on")
    _tell_asker(actor, promise, gettext_noop("“%(resource)s” is promised for case %(number)s by %(due)s."))
    return Done(promise, reason=note)


@action("casework.promise.refuse")
def refuse_promise(actor: Actor, promise: Promise, *, reason: str) -> Done:
    """The owner says no; what was counted as taken is free again."""
    promise.reason = need_text(reason, "reason")[:200]
    _give_back(promise)
    _tell_asker(actor, promise, gettext_noop("“%(resource)s” was refused for case %(number)s; read the reason."))
    return Done(promise)


@action("casework.promise.deliver")
def deliver_promise(
    actor: Actor, promise: Promise, *, delivered_on: dt.date | None = None, amount_fen: int | None = None
) -> Done:
    """It reached the client; ``amount_fen``: what it was worth in the end."""
    promise.delivered_on = delivered_on or today()
    if promise.delivered_on > today() or promise.delivered_on < promise.asked_on:
        raise Refused(_("The day of delivery lies between the request and today."), field="delivered_on")
    if amount_fen is not None:
        promise.amount_fen = need_fen(amount_fen, "amount_fen")
    _tell_asker(actor, promise, gettext_noop("“%(resource)s” was delivered for case %(number)s: confirm its effect."))
    return Done(promise)


@action("casework.promise.confirm")
def confirm_promise(actor: Actor, promise: Promise, *, effect: str) -> Done:
    """The case's side says what it did; an entry of the file keeps it."""
    promise.effect = need_text(effect, "effect")
    case = Case.objects.get(pk=promise.case_id)
    body = {"decision": "resource_confirmed", "resource": promise.resource.title, "text": promise.effect}
    add_record(actor, case, RecordKind.DECISION, body)
    line = trail.Line("casework.promise.confirm", CASE.code, case.pk, case.org_path, changes={"promise": [None, str(promise.pk)]})
    trail.write(actor, line)
    return Done(promise)


# --- overdue ----------------------------------------------------------------------------------------------------------
def remind_of_promises(on: dt.date | None = None, limit: int = 1000) -> int:
    """Tell owner, asker and the overseers of promises past their day, once each. For the keeper; returns how many."""
    day = on or today()
    with everything():
        late = Promise.objects.filter(state__in=["asked", "promised", "delivered"], due_on__lt=day, reminded_on=None)
        rows = late.select_related("resource", "org").order_by("due_on", "id")
        found = list(rows.select_for_update(of=("self",), skip_locked=True)[:limit])
        text = gettext_noop("“%(resource)s” for case %(number)s is past its day (%(due)s).")
        for promise in found:
            if promise.state == "delivered":
                tell_user(promise.asked_by_id, text, _values(promise), PROMISE.code, promise.pk)
            else:
                _tell_givers(promise, text)
            tell(promise.org_path, overseers(), text, _values(promise), PROMISE.code, promise.pk)
        _mark_reminded(found, day)
    return len(found)


def _mark_reminded(found: Iterable[Promise], day: dt.date) -> None:
    Promise.objects.filter(pk__in=[p.pk for p in found]).update(reminded_on=day)


# --- telling ----------------------------------------------------------------------------------------------------------
def _values(promise: Promise) -> dict[str, str]:
    return {"resource": promise.resource.title, "number": promise.case_number, "due": str(promise.due_on)}


def _tell_givers(promise: Promise, text: str, roles: Iterable[str] = GIVERS) -> None:
    tell(promise.to_path, sorted(roles), text, _values(promise), PROMISE.code, promise.pk)


def _tell_asker(actor: Actor, promise: Promise, text: str) -> None:
    if promise.asked_by_id != actor.user_id:
        tell_user(promise.asked_by_id, text, _values(promise), PROMISE.code, promise.pk)
