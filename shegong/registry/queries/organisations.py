"""READ: the organisation tree as of a day, one organisation with its history, areas in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.vocabulary import deed, reads
from shegong.kernel.orgs.models import Grant, Org, OrgTerm
from shegong.kernel.orgs.reach import Actor, orgs_on, today, within
from shegong.lib import areas

from ..policy import ORG

VIEW = "registry.org.view"


@reads(ORG)
def organisations(actor: Actor, code: str = VIEW) -> QuerySet[Org]:
    """Organisations at and below the actor's posts that carry the deed."""
    return Org.objects.filter(within(actor.prefixes(deed(code).roles), "path"))


def organisations_on(actor: Actor, day: dt.date, code: str = VIEW) -> QuerySet[Org]:
    """The same as of ``day``: those that existed then, with ``name_then``, ``path_then`` and ``parent_then``."""
    open_then = Q(closed_on=None) | Q(closed_on__gt=day)
    return orgs_on(day).filter(open_then).filter(within(actor.prefixes(deed(code).roles), "path_then"))


@dataclass(frozen=True)
class OrgNode:
    """One organisation in the tree of a day."""

    pk: int
    name: str
    kind: str
    code: str
    has_children: bool


@dataclass(frozen=True)
class OrgBranch:
    """One level of the tree of a day. ``trail``: from the top of the actor's reach down to ``org``."""

    day: dt.date
    org: Org | None
    trail: list[tuple[int, str]]
    nodes: list[OrgNode]


def org_branch(actor: Actor, day: dt.date, below: int | None = None) -> OrgBranch:
    """What hung directly under ``below`` on ``day``; the heads of the actor's reach without it. Raises ``NotAllowed``."""
    seen: QuerySet[Any] = organisations_on(actor, day)  # annotated rows
    if below is None:
        heads = list(seen.filter(_is_head(actor)))
        return OrgBranch(day, None, [], _nodes(heads, day))
    org: Any = seen.filter(pk=below).first()
    if org is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    children = seen.filter(parent_then=org.pk).order_by("name_then")
    above = _ids(org.path_then)
    names = dict(seen.filter(pk__in=above).values_list("pk", "name_then"))
    return OrgBranch(day, org, [(pk, names[pk]) for pk in above if pk in names], _nodes(list(children), day))


def _ids(path: str) -> list[int]:
    return [int(p) for p in path.split(".") if p]


def _is_head(actor: Actor) -> Q:
    """The organisations at the top of the actor's reach, wherever they hung on the day: by id, for paths change."""
    prefixes = actor.prefixes(deed(VIEW).roles)
    if "" in prefixes:
        return Q(parent_then=None)
    return Q(pk__in=[int(p.rstrip(".").rpartition(".")[2]) for p in prefixes])


def _nodes(orgs: list[Any], day: dt.date) -> list[OrgNode]:
    holding = Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))
    alive = Q(org__closed_on=None) | Q(org__closed_on__gt=day)
    parents = OrgTerm.objects.filter(holding, alive, parent__in=[o.pk for o in orgs])
    busy = set(parents.values_list("parent_id", flat=True).distinct())
    return [OrgNode(o.pk, o.name_then, str(o.get_kind_display()), o.code, o.pk in busy) for o in orgs]


@dataclass(frozen=True)
class OrgPage:
    """What the page of an organisation shows."""

    org: Org
    area: AreaShown
    above: list[Org]
    terms: list[OrgTerm]
    children: int
    grants: list[Grant]
    employers: int


def org_page(actor: Actor, pk: int) -> OrgPage:
    """One organisation with its names and places over time, and its posts where the actor may see them."""
    org = organisations(actor).filter(pk=pk).select_related("parent").first()
    if org is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    from .posts import grants

    return OrgPage(
        org=org,
        area=area_shown(org.area_code),
        above=list(organisations(actor).filter(pk__in=_ids(org.path)).exclude(pk=pk).order_by("path")),
        terms=list(org.terms.select_related("parent").order_by("-valid_from")),
        children=Org.objects.filter(parent=org, closed_on=None).count(),
        grants=list(grants(actor, "registry.grant.view").filter(org=org).select_related("user")),
        employers=org.employers.aggregate(n=Count("pk"))["n"],
    )


def home_org(actor: Actor, code: str) -> Org | None:
    """Where the actor does a deed that names no place: the organisation of their first post with it."""
    post = actor.first_post(deed(code).roles)
    return Org.objects.filter(pk=post.org_id).first() if post else None


def codes_of(ids: Iterable[int]) -> dict[int, str]:
    """Codes of organisations by their keys."""
    return dict(Org.objects.filter(pk__in=set(ids)).values_list("pk", "code"))


def org_in_reach(actor: Actor, pk: int, code: str) -> Org:
    """An organisation where the actor may do the deed. Raises ``NotAllowed`` as for one that is not there."""
    found = Org.objects.filter(within(actor.prefixes(deed(code).roles), "path")).filter(pk=pk).first()
    if found is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    return found


def resolver(actor: Actor, code: str, day: dt.date | None = None) -> Callable[[str], Org | None]:
    """Finds an organisation by code or exact name among those where the actor may do the deed; for imports.

    Also by a name it once had. A name that two organisations bear finds neither: use the code.
    """
    day = day or today()
    prefixes = actor.prefixes(deed(code).roles)
    found = Org.objects.filter(within(prefixes, "path")).filter(Q(closed_on=None) | Q(closed_on__gt=day))
    by_name: dict[str, Org | None] = {}
    by_code = {org.code: org for org in found}
    for org in by_code.values():
        by_name[org.name] = None if org.name in by_name else org
    old = OrgTerm.objects.filter(org__in=found).exclude(name=F("org__name")).values_list("name", "org__code")
    for name, org_code in old:
        by_name.setdefault(name, by_code.get(org_code))
    return lambda text: by_code.get(text) or by_name.get(text)


# --- areas ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class AreaShown:
    """An area code in words. ``note``: that it was abolished, when and what followed; or that no table knows it."""

    code: str
    name: str = ""
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.code)


def area_shown(code: str, day: dt.date | None = None) -> AreaShown:
    """A code as people read it; an abolished one stays readable (domain.md 3.3)."""
    if not code:
        return AreaShown("")
    area = areas.get(code)
    if area is None:
        return AreaShown(code, note=_("not in the table"))
    name = areas.full_name(code) or area.name
    if area.valid_on(day or today()):
        return AreaShown(code, name)
    after = areas.full_name(area.successor) if area.successor else ""
    if after:
        return AreaShown(code, name, _("abolished on %(day)s, now %(after)s") % {"day": area.valid_to, "after": after})
    return AreaShown(code, name, _("abolished on %(day)s") % {"day": area.valid_to})
