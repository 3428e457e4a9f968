"""Approvals: a thing goes through tiers of votes. A flow is data with versions; work in flight keeps the tiers it began with."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.db.models import Func, Q, QuerySet, TextField
from django.utils.translation import gettext as _

from shegong.kernel.orgs.reach import Actor, today, within
from shegong.kernel.orgs.roles import all_roles
from shegong.lib import calendar

from .errors import NotAllowed, WrongState
from .inbox import tell
from .models import Approval, Flow, Verdict, Vote
from .rights import May, may
from .vocabulary import Deed, declared_flow


def flow_on(code: str, day: dt.date) -> tuple[int, list[dict[str, Any]]]:
    """Version and tiers in force on ``day``; version 0 is the declared flow."""
    stored = Flow.objects.filter(code=code, valid_from__lte=day).order_by("-valid_from", "-version").first()
    if stored:
        return stored.version, stored.tiers
    return 0, [asdict(tier) for tier in declared_flow(code)]


def open_approval(actor: Actor, code: str, target: Any) -> Approval:
    """Start the flow for ``target`` and tell those of the first tier."""
    version, tiers = flow_on(code, today())
    made = Approval.objects.create(
        flow=code,
        version=version,
        tiers=tiers,
        kind=_kind_code(target),
        object_id=target.pk,
        title=str(target)[:120],
        opened_by_id=actor.user_id,
        org=target.org,
        org_path=target.org_path,
        due_on=calendar.add_days(today(), tiers[0]["days"], mode="working"),
    )
    _tell_tier(made)
    return made


def _kind_code(target: Any) -> str:
    from .vocabulary import kind_of

    found = kind_of(type(target))
    if found is None:
        raise LookupError(f"{type(target).__name__} is of no declared kind")
    return found.code


def _tell_tier(approval: Approval) -> None:
    tell(
        approval.org_path,
        [approval.role],
        "“%(title)s” awaits your approval, due %(due)s.",
        {"title": approval.title, "due": str(approval.due_on)},
        approval.kind,
        approval.object_id,
    )


def open_for(target: Any, code: str) -> Approval | None:
    return Approval.objects.filter(flow=code, object_id=target.pk, state=Verdict.OPEN).first()


def may_vote(actor: Actor, deed: Deed, target: Any) -> May:
    """Whether the actor may vote now: the tier's role by place, never on what they submitted themselves, once per tier."""
    approval = open_for(target, deed.flow or "")
    if approval is None:
        plain = may(actor, deed, target)
        return plain if not plain else May(False, _("Nothing is waiting for approval here."), near=True)
    tier_deed = Deed(deed.code, deed.label, deed.done, frozenset({approval.role}))
    plain = may(actor, tier_deed, target)
    if not plain:
        return plain
    if approval.opened_by_id == actor.user_id:
        return May(False, _("You submitted this yourself; somebody else must approve it."), near=True)
    if approval.votes.filter(tier=approval.tier, user_id=actor.user_id).exists():
        return May(False, _("You have already given your opinion."), near=True)
    return plain


def count_vote(actor: Actor, deed: Deed, target: Any, opinion: str) -> bool:
    """Store the vote. True when the flow is decided by it: then the deed takes effect."""
    approval = (
        Approval.objects.select_for_update().filter(flow=deed.flow, object_id=target.pk, state=Verdict.OPEN).first()
    )
    if approval is None:
        raise WrongState(_("Nothing is waiting for approval here."))
    Vote.objects.create(
        approval=approval, tier=approval.tier, user_id=actor.user_id, verdict=deed.vote, opinion=opinion
    )
    if deed.vote == Verdict.RETURNED:
        approval.state = Verdict.RETURNED
    else:
        votes = approval.votes.filter(tier=approval.tier, verdict=Verdict.APPROVED).count()
        if votes < approval.tiers[approval.tier]["need"]:
            return False
        if approval.tier + 1 < len(approval.tiers):
            approval.tier += 1
            approval.due_on = calendar.add_days(today(), approval.tiers[approval.tier]["days"], mode="working")
            approval.save()
            _tell_tier(approval)
            return False
        approval.state = Verdict.APPROVED
    approval.save()
    return True


def withdraw(actor: Actor, target: Any, code: str) -> None:
    """Take a submission back before it is decided; only its submitter may."""
    approval = open_for(target, code)
    if approval is None:
        raise WrongState(_("Nothing is waiting for approval here."))
    if approval.opened_by_id != actor.user_id and not actor.system:
        raise NotAllowed(_("Only the one who submitted it can take it back."))
    approval.state = Verdict.WITHDRAWN
    approval.save()


def awaiting(actor: Actor) -> QuerySet[Approval]:
    """Approvals that wait for this actor's vote, soonest due first."""
    found = Q(pk__in=[])
    for role in actor.roles():
        found |= Q(role_now=role) & within(actor.prefixes([role]))
    return (
        Approval.objects.filter(state=Verdict.OPEN)
        .alias(role_now=RawRole())
        .filter(found)
        .exclude(opened_by_id=actor.user_id)
        .order_by("due_on", "id")
    )


class RawRole(Func):
    """The role of the tier an approval stands at."""

    template = "(tiers -> tier ->> 'role')"
    output_field = TextField()
    arity = 0


def tell_overdue() -> int:
    """Tell the level above of approvals past their day; once each. Returns how many."""
    late = Approval.objects.filter(state=Verdict.OPEN, due_on__lt=today(), told_above=False).select_related(
        "org__parent"
    )
    overseers = [r.code for r in all_roles().values() if r.oversees]
    count = 0
    for approval in late.select_for_update(of=("self",)):
        above = approval.org.parent.path if approval.org.parent else approval.org_path
        tell(
            above,
            [approval.role, *overseers],
            "“%(title)s” has waited past its day (%(due)s).",
            {"title": approval.title, "due": str(approval.due_on)},
            approval.kind,
            approval.object_id,
        )
        approval.told_above = True
        approval.save(update_fields=["told_above"])
        count += 1
    return count
