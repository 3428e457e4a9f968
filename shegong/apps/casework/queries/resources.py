"""READ: the directory of resources, and the promises that wait."""

from __future__ import annotations

from django.db.models import Case as DbCase
from django.db.models import F, Q, QuerySet, Value, When

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.orgs.reach import Actor, today, within
from shegong.registry.policy import ABOVE, FIELD

from ..models import Case, Promise, Resource
from ..policy import PROMISE, RESOURCE

GIVERS = FIELD | ABOVE | {"partner", "base_cadre"}  # who may answer for the organisation that owns a resource
KEEPERS = FIELD | ABOVE  # who keeps the directory


def resources(actor: Actor, deed: str = "casework.resource.view") -> QuerySet[Resource]:
    """Resources the actor may do ``deed`` to. The directory is open to everyone whose role may look at all."""
    wanted = declared(deed)
    found = Resource.objects.select_related("org", "giver_org")
    if not wanted.reads:
        return found.filter(within(actor.prefixes(wanted.roles)))
    return found if actor.system or actor.roles() & wanted.roles else found.none()


reads(RESOURCE)(resources)


def filtered_resources(
    actor: Actor, *, area: str = "", problem: str = "", kind: str = "", text: str = "", available: bool = True
) -> QuerySet[Resource]:
    """The directory by area and problem class. A resource serves an area when it is offered for it, for one around it, for
    one inside it, or for everywhere."""
    found = resources(actor)
    if area:
        around = [area[:n] for n in (2, 4, 6, 9) if len(area) >= n]
        found = found.filter(Q(area_code="") | Q(area_code__in=around) | Q(area_code__startswith=area))
    if problem:
        found = found.filter(problem=problem)
    if kind:
        found = found.filter(kind=kind)
    if text.strip():
        found = found.filter(Q(title__icontains=text.strip()) | Q(giver__icontains=text.strip()))
    if available:
        still = Q(valid_to=None) | Q(valid_to__gte=today())
        found = found.filter(still, Q(quantity=None) | Q(quantity__gt=F("taken")), withdrawn_on=None)
    return found


def resources_for(actor: Actor, case: Case) -> QuerySet[Resource]:
    """What could be asked for a case: available where it lies, its own class of problem first."""
    found = filtered_resources(actor, area=case.org.area_code)
    same_class = DbCase(When(problem=case.problem, then=Value(0)), default=Value(1))
    return found.order_by(same_class, "title", "id")


def promises(actor: Actor, deed: str = "casework.promise.view") -> QuerySet[Promise]:
    """Promises the actor may do ``deed`` to: by the place of the case, or as who decides on the resource."""
    wanted = declared(deed)
    found = within(actor.prefixes(wanted.roles)) if wanted.roles else Q(pk__in=[])
    if "giver" in wanted.members:
        found |= within(actor.prefixes(GIVERS), "to_path") | within(actor.prefixes(KEEPERS), "resource__org_path")
    return Promise.objects.filter(found).select_related("resource", "org", "asked_by")


reads(PROMISE)(promises)


@relates(PROMISE)
def ties_of_promise(actor: Actor, promise: Promise) -> frozenset[str]:
    """ "giver": a post over the organisation that owns the resource, or over the one that keeps it in the directory."""
    kept = promise.resource.org_path
    for post in actor.posts:
        if post.role in GIVERS and promise.to_path.startswith(post.path):
            return frozenset({"giver"})
        if post.role in KEEPERS and kept.startswith(post.path):
            return frozenset({"giver"})
    return frozenset()


def promises_to_do(actor: Actor) -> QuerySet[Promise]:
    """What waits for this actor, overdue ones first: requests to answer, promises to keep, effects to confirm."""
    giving = within(actor.prefixes(GIVERS), "to_path") & Q(state__in=["asked", "promised"])
    confirming = within(actor.prefixes(FIELD)) & Q(state="delivered")
    mine = Q(asked_by_id=actor.user_id, state="promised", due_on__lt=today()) if actor.user_id else Q(pk__in=[])
    return promises(actor).filter(giving | confirming | mine).order_by("due_on", "id")
