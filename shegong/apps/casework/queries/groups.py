"""READ: the workers of a group case, and the groups a single case could join."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.pages import keyset
from shegong.kernel.orgs.reach import Actor, widened
from shegong.registry.policy import FIELD

from ..models import Case, Participant
from ..policy import OPEN, Form
from .cases import cases, ties
from .pages import ASSIGNED, INSIDE


@dataclass(frozen=True)
class Workers:
    """One page of the workers of a group, and what all of them come to: (result, how many, claimed, recovered)."""

    rows: list[Participant]
    after: str
    totals: tuple[tuple[str, int, int, int], ...]
    names: bool  # the persons' own pages are open to the actor


def workers_of(actor: Actor, case: Case, after: str | None = None) -> Workers:
    """The workers in the order in which they came. Raises ``NotAllowed`` (403) for a client or raiser, who reads the case and
    not the others' matters."""
    by_place = _by_place(actor, case)
    if not by_place and not ties(actor, case) & (INSIDE | ASSIGNED):
        raise NotAllowed(_("The other workers of the group are not yours to read."))
    with nullcontext() if by_place else widened(case.org_path):
        found = Participant.objects.filter(case=case)
        rows, last = keyset(found.select_related("person", "own_case"), after, newest_first=False)
        sums = found.order_by().values_list("result").annotate(n=Count("pk"), c=Sum("claimed_fen"), r=Sum("recovered_fen"))
        totals = tuple(sorted((str(result), int(n), int(c), int(r)) for result, n, c, r in sums))
    return Workers(rows, last, totals, by_place)


def _by_place(actor: Actor, case: Case) -> bool:
    return actor.system or any(p.role in FIELD and case.org_path.startswith(p.path) for p in actor.posts)


def everybody(actor: Actor, case: Case) -> list[Participant]:
    """All workers of a group, for a paper; none for whom ``workers_of`` refuses."""
    by_place = _by_place(actor, case)
    if case.form != Form.GROUP or not (by_place or ties(actor, case) & (INSIDE | ASSIGNED)):
        return []
    with nullcontext() if by_place else widened(case.org_path):
        return list(Participant.objects.filter(case=case).select_related("person").order_by("id"))


def groups_to_join(actor: Actor, case: Any) -> QuerySet[Case]:
    """Open group cases of the same organisation, newest first."""
    found = cases(actor, "casework.case.add_participant").filter(form=Form.GROUP, state__in=OPEN, org_id=case.org_id)
    groups: QuerySet[Case] = found.exclude(pk=case.pk)
    return groups
