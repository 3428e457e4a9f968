"""WRITE: the dated organisation tree — founding, renaming, moving, merging, closing, each from a date on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.rights import may
from shegong.kernel.actions.vocabulary import deed
from shegong.kernel.indicators import upkeep
from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import Actor, everything, today
from shegong.lib import areas

from .. import rules
from ..models import Employer


@action("registry.org.found")
def found_org(
    actor: Actor, parent: Org, *, code: str, name: str, kind: str, area_code: str = "", opened_on: dt.date | None = None,
    outside: bool = False,
) -> Done:  # fmt: skip
    """Found an organisation below ``parent``; ``outside``: a partner agency or law firm that stands outside the union tree.

    Raises ``Refused`` naming the field.
    """
    verdict = rules.may_hang(kind, parent.kind, outside=outside)
    if verdict:
        raise Refused(_(verdict), field="kind")
    code, name = code.strip(), " ".join(name.split())
    if not code or Org.objects.filter(code=code).exists():
        raise Refused(_("Give a code that no other organisation has."), field="code")
    _check_name(name)
    if area_code and areas.get(area_code) is None:
        raise Refused(
            _("“%(code)s” is no area code. Use 6 digits, or 9 for a town.") % {"code": area_code[:12]},
            field="area_code",
        )
    above = None if outside else parent
    start = opened_on or today()
    if above and start < above.opened_on:
        raise Refused(_("It cannot be older than the organisation above it."), field="opened_on")
    return Done(tree.found(tree.Founding(code, name, OrgKind(kind).value, above, area_code, start)))


@action("registry.org.rename")
def rename_org(actor: Actor, org: Org, *, name: str, on: dt.date, reason: str) -> Done:
    """Another name from ``on``; before that day it keeps the old one everywhere. Raises ``Refused``."""
    name = " ".join(name.split())
    _check_name(name)
    return _change(org, on, reason, {"name": [org.name, name]}, lambda: tree.change(org, on, name=name, because=reason))


@action("registry.org.move")
def move_org(actor: Actor, org: Org, *, parent: Org, on: dt.date, reason: str) -> Done:
    """Hang ``org`` and all below it under ``parent`` from ``on``; figures of earlier days keep the old tree."""
    _other_end(actor, parent, "registry.org.move")
    verdict = rules.may_hang(org.kind, parent.kind)
    if verdict:
        raise Refused(_(verdict), field="parent")
    change = {"parent": [str(org.parent or ""), parent.name]}
    return _change(org, on, reason, change, lambda: tree.change(org, on, parent=parent, because=reason))


@action("registry.org.merge")
def merge_org(actor: Actor, org: Org, *, into: Org, on: dt.date, reason: str) -> Done:
    """Close ``org`` from ``on``; ``into`` takes over what hangs below it, and sees its records."""
    _other_end(actor, into, "registry.org.merge")
    if into.kind != org.kind:
        raise Refused(_("Only organisations of the same kind can be merged."), field="into")
    if into.path.startswith(org.path):
        raise Refused(_("An organisation cannot be merged into one below it."), field="into")
    change = {"merged_into": ["", into.name]}
    return _change(org, on, reason, change, lambda: tree.close(org, on, into=into, because=reason))


@action("registry.org.close")
def close_org(actor: Actor, org: Org, *, on: dt.date, reason: str) -> Done:
    """Close ``org`` from ``on``. Nothing may hang below it; whoever holds a post there holds none from that day."""
    if Employer.objects.filter(union_org=org).exists() and org.kind != OrgKind.BASE:
        raise Refused(_("Employers are on the list of this organisation: move them, or name a successor."))
    return _change(org, on, reason, {}, lambda: tree.close(org, on, because=reason))


def _check_name(name: str) -> None:
    if not 2 <= len(name) <= 80:
        raise Refused(_("Enter the full name, 2 to 80 characters."), field="name")


def _other_end(actor: Actor, other: Org, code: str) -> None:
    """The other organisation of a move or merger must be within the same right."""
    verdict = may(actor, deed(code), other)
    if not verdict:
        raise NotAllowed(verdict.why, missing=not verdict.near)
    if other.closed_on is not None:
        raise Refused(_("“%(org)s” is closed.") % {"org": other.name})


def _change(org: Org, on: dt.date, reason: str, changes: dict[str, Any], how: Callable[[], Any]) -> Done:
    """Carry out a dated change and, where it has begun, bring rows and figures up to it."""
    if len(reason.strip()) < 2:
        raise Refused(_("Name the decision this rests on."), field="reason")
    if org.closed_on is not None and org.closed_on <= on:
        raise Refused(_("“%(org)s” is closed.") % {"org": org.name})
    if on < org.opened_on:
        raise Refused(_("The organisation did not exist yet on that day."), field="on")
    try:
        with everything():  # paths of rows that the administrator may not see move too
            how()
            if on <= today():
                upkeep.roll_up(on)
    except tree.TreeRefused as refused:
        raise Refused(str(refused), field="on") from refused
    org.refresh_from_db()
    return Done(org, reason=reason.strip(), changes={**changes, "on": ["", on.isoformat()]})


def keep_tree(day: dt.date | None = None) -> int:
    """For the keeper, once a day and at start: changes whose day has come take effect. Returns how many organisations."""
    with everything():
        moved = tree.apply_terms(day or today())
        if moved:
            upkeep.roll_up(day or today())
    return moved
