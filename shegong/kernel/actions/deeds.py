"""``@action``: the only magic in the house. Every promise that cuts across deeds is kept here, in this order:

one transaction · the same key gives the same answer · the row is locked and fetched through row-level security · rights ·
state · version · the vote, where the deed is one · the service itself · state moved · one trail entry · figures told.
"""

from __future__ import annotations

import functools
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.indicators import upkeep
from shegong.kernel.orgs.reach import Actor, acting, everything

from . import approvals
from .errors import KeyReused, NotAllowed, Refused, Stale, WrongState
from .models import Receipt
from .rights import may
from .vocabulary import Deed
from .vocabulary import deed as declared

_SERVICES: dict[str, Callable[..., Any]] = {}


@dataclass
class Done:
    """What a service may return when it has more to say than the thing itself: the ``thing`` the deed answers with, other
    rows it made or changed (``touched``, whose figures follow), the reason for the trail, and what changed in them."""

    thing: models.Model
    touched: list[models.Model] = field(default_factory=list)
    reason: str = ""
    found: bool = False  # a deed that makes things found this one on file already
    changes: dict[str, Any] = field(default_factory=dict)
    shown_once: dict[str, str] = field(default_factory=dict)  # a one-time code; on ``thing.shown_once``, kept nowhere


def action(code: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make ``fn(actor, target, **given)`` the service of the declared deed ``code``.

    The service is then called ``service(actor, target, key=None, version=None, **given)`` and returns the thing done to or
    made. Raises ``NotAllowed``, ``WrongState``, ``Stale``, ``Refused``, ``KeyReused``; nothing is half done then, and a
    refusal stays in the trail.
    """
    deed = declared(code)

    def wrap(fn: Callable[..., Any]) -> Callable[..., Any]:
        if code in _SERVICES:
            raise ValueError(f"{code} has two services")

        @functools.wraps(fn)
        def service(
            actor: Actor, target: Any, *, key: uuid.UUID | None = None, version: int | None = None, **given: Any
        ) -> Any:
            with _transaction(actor):
                try:
                    with transaction.atomic():
                        return _perform(deed, fn, actor, target, key, version, given)
                except (NotAllowed, Refused, WrongState) as refusal:
                    place = getattr(target, "org_path", "")
                    line = trail.Line(code, deed.kind.code, target.pk, place, Outcome.REFUSED, str(refusal))
                    trail.write(actor, line)
                    failure = refusal
            raise failure

        service.deed = deed  # type: ignore[attr-defined]
        _SERVICES[code] = service
        return service

    return wrap


def service_of(code: str) -> Callable[..., Any]:
    """The service of a deed, or ``KeyError``."""
    return _SERVICES[code]


def services() -> dict[str, Callable[..., Any]]:
    return dict(_SERVICES)


def _transaction(actor: Actor) -> Any:
    """The request's transaction where there is one, else our own with the actor's reach."""
    return transaction.atomic() if connection.in_atomic_block else acting(actor)


def _perform(
    deed: Deed,
    fn: Callable[..., Any],
    actor: Actor,
    target: Any,
    key: uuid.UUID | None,
    version: int | None,
    given: dict[str, Any],
) -> Any:
    body = _digest(deed.code, target.pk, given) if key else ""
    if key and (receipt := _receipt(actor, key)):
        return _replay(deed, receipt, body, target)
    if not deed.creates:
        target = _locked(target)
    _check(deed, actor, target, version)
    before = {} if deed.creates else trail.snapshot(target)
    if deed.vote and not approvals.count_vote(actor, deed, target, given.get("opinion", "")):
        done = Done(target)  # the tier or flow is not complete yet: the state stays
    else:
        result = fn(actor, target, **given)
        done = result if isinstance(result, Done) else Done(result if isinstance(result, models.Model) else target)
        _move(deed, target)
    if deed.opens:
        approvals.open_approval(actor, deed.opens, target)
    _record(deed, actor, target, done, before)
    if key:
        Receipt.objects.create(actor_id=actor.user_id, key=key, deed=deed.code, body=body, object_id=str(done.thing.pk))
    if done.shown_once:
        done.thing.shown_once = done.shown_once  # type: ignore[attr-defined]
    return done.thing


def _locked(target: Any) -> Any:
    """The row as it is now, locked. Out of reach and not there are the same answer (rule 3)."""
    row = type(target)._default_manager.select_for_update(of=("self",)).filter(pk=target.pk).first()
    if row is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    return row


def _check(deed: Deed, actor: Actor, target: Any, version: int | None) -> None:
    verdict = approvals.may_vote(actor, deed, target) if deed.vote else may(actor, deed, target)
    if not verdict:
        raise NotAllowed(verdict.why, missing=not verdict.near)
    if deed.creates:
        return
    if deed.source and target.state not in deed.source:
        states = deed.kind.states
        raise WrongState(
            _("“%(deed)s” cannot be done while the record is “%(state)s”.")
            % {"deed": deed.label, "state": states.get(target.state, target.state)}
        )
    if version is not None and version != target.version:
        raise Stale(_("Somebody else changed this record since you opened it."), theirs=target)


def _move(deed: Deed, target: Any) -> None:
    if deed.creates:
        return
    if deed.target:
        target.state = deed.target
    if hasattr(target, "version") and not deed.still:
        target.version += 1
    target.save()


def _record(deed: Deed, actor: Actor, target: Any, done: Done, before: dict[str, Any]) -> None:
    if deed.creates and done.found:
        changes, subject = {}, done.thing
    elif deed.creates:
        changes = trail.difference(
            {}, {k: v for k, v in trail.snapshot(done.thing).items() if v not in (None, "", "None")}
        )
        subject = done.thing
    else:
        changes, subject = trail.difference(before, trail.snapshot(target)), target
    changes.pop("version", None)
    place = getattr(subject, "org_path", "") or getattr(target, "org_path", "")
    line = trail.Line(deed.code, deed.kind.code, subject.pk, place, Outcome.DONE, done.reason, changes | done.changes)
    trail.write(actor, line)
    upkeep.touch(
        [
            (subject, before),
            *((row, {}) for row in done.touched),
            *(() if done.thing is subject else ((done.thing, {}),)),
        ]
    )


# --- idempotency ----------------------------------------------------------------------------------------------------
def _receipt(actor: Actor, key: uuid.UUID) -> Receipt | None:
    """A receipt under this key, waiting for a twin that is in flight."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, %s))", [str(key), actor.user_id])
    return Receipt.objects.filter(actor_id=actor.user_id, key=key).first()


def _replay(deed: Deed, receipt: Receipt, body: str, target: Any) -> Any:
    if receipt.body != body:
        raise KeyReused(_("This form was already sent with other content. Reload the page and send it again."))
    found = type(target)._default_manager.filter(pk=receipt.object_id).first() if not deed.creates else None
    if found is None:
        with everything():  # by its own receipt: made by this very account, perhaps not for its eyes (a cadre's dispute)
            found = deed.kind.model._default_manager.filter(pk=receipt.object_id).first()
    if found is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    found.replayed = True  # type: ignore[union-attr]  # only for this answer; no column
    return found


def _digest(code: str, pk: object, given: dict[str, Any]) -> str:
    text = json.dumps([code, str(pk), given], sort_keys=True, default=_as_text, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_text(value: Any) -> str:
    if isinstance(value, models.Model):
        return str(value.pk)
    if hasattr(value, "read") and hasattr(value, "seek"):
        value.seek(0)
        digest = hashlib.sha256(value.read()).hexdigest()
        value.seek(0)
        return digest
    if isinstance(value, (list, tuple, set)) or hasattr(value, "__iter__"):
        return json.dumps([_as_text(v) for v in value])
    return str(value)


# --- many rows at once ------------------------------------------------------------------------------------------------
def batch_action(code: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make ``fn(actor, place, rows, **given) -> (results, lines, touched)`` the service of a batch deed.

    Rights are checked once at ``place``, everything is one transaction, each row that was done leaves one trail entry
    (``lines``), the figures of ``touched`` follow; ``results`` go back to the caller, refusals row by row among them.
    """
    deed = declared(code)

    def wrap(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def service(actor: Actor, place: Any, rows: Any, **given: Any) -> Any:
            with _transaction(actor), transaction.atomic():
                verdict = may(actor, deed, place)
                if not verdict:
                    raise NotAllowed(verdict.why, missing=not verdict.near)
                results, lines, touched = fn(actor, place, rows, **given)
                trail.write_many(actor, lines)
                upkeep.touch_months(touched)
                return results

        service.deed = deed  # type: ignore[attr-defined]
        _SERVICES[code] = service
        return service

    return wrap
