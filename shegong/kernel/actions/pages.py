"""READ: what one actor may do to one thing now, and why (not)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from shegong.kernel.orgs.reach import Actor
from shegong.ui.lists import Deed as Button
from shegong.ui.lists import SavedFilter as Saved

from . import approvals
from .models import SavedFilter
from .rights import may
from .vocabulary import Deed, Kind, kind_of


@dataclass(frozen=True)
class Explained:
    """One deed with the verdict on it."""

    deed: Deed
    ok: bool
    why: str


def kind_for(thing: Any) -> Kind:
    found = kind_of(type(thing))
    if found is None:
        raise LookupError(f"{type(thing).__name__} is of no declared kind")
    return found


def allowed(actor: Actor, thing: Any) -> list[Deed]:
    """Deeds this actor may do to the thing in its present state, the primary ones first: the buttons of its page."""
    found = [e.deed for e in explain(actor, thing) if e.ok and not e.deed.reads]
    return sorted(found, key=lambda d: (not d.primary, d.danger))


def buttons(actor: Actor, thing: Any) -> tuple[Button | None, list[Button]]:
    """The one next deed and the rest, as the kit draws them."""
    found = [
        Button(str(d.label), reverse("deed_page", args=[d.code, thing.pk]), primary=d.primary, danger=d.danger)
        for d in allowed(actor, thing)
    ]
    primary = found[0] if found and found[0].primary else None
    return primary, [b for b in found if b is not primary]


def explain(actor: Actor, thing: Any) -> list[Explained]:
    """Every deed of the thing's kind with its verdict and reason: the page "why can I (not) do this?"."""
    memo = TieMemo(actor)
    return [_explain(memo, deed, thing) for deed in kind_for(thing).deeds.values() if not (deed.creates or deed.batch)]


class TieMemo:
    """Rights of one actor over one thing, its relations looked up once however many deeds ask."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._ties: dict[Any, frozenset[str]] = {}
        self._open: dict[tuple[str, Any], Any] = {}

    def ties(self, deed: Deed, thing: Any) -> frozenset[str]:
        if thing.pk not in self._ties:
            relations = deed.kind.relations
            self._ties[thing.pk] = relations(self.actor, thing) if relations else frozenset()
        return self._ties[thing.pk]


def _explain(memo: TieMemo, deed: Deed, thing: Any) -> Explained:
    if deed.source and thing.state not in deed.source:
        state = deed.kind.states.get(thing.state, thing.state)
        return Explained(deed, False, _("Not while the record is “%(state)s”.") % {"state": state})
    vote, actor = deed.vote, memo.actor
    verdict = approvals.may_vote(actor, deed, thing) if vote else may(actor, deed, thing, ties=memo.ties)
    return Explained(deed, verdict.ok, verdict.why)


def saved_filters(actor: Actor, page: str, query: str) -> list[Saved]:
    """The person's own filters of a list, the one in use marked."""
    return [
        Saved(f.label, f"{reverse(page)}?{f.query}", f.query == query)
        for f in SavedFilter.objects.filter(user_id=actor.user_id, page=page)
    ]


def keyset(
    found: QuerySet[Any], after: str | None, limit: int = 20, *, newest_first: bool = True
) -> tuple[list[Any], str]:
    """One page of ``found`` by primary key, and the key behind which the next begins ("" at the end)."""
    found = found.order_by("-pk" if newest_first else "pk")
    if after:
        try:
            found = found.filter(**{"pk__lt" if newest_first else "pk__gt": uuid.UUID(after)})
        except ValueError:
            return [], ""
    rows = list(found[: limit + 1])
    return rows[:limit], str(rows[limit - 1].pk) if len(rows) > limit else ""
