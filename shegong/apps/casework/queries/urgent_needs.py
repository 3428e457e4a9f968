"""READ: urgent needs, by place, by who raised them and by who owns them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.orgs.models import Org, User
from shegong.kernel.orgs.reach import Actor, above, today, within
from shegong.registry.policy import ABOVE, FIELD

from ..models import NeedEntry, UrgentNeed
from ..policy import ANYONE, DISPUTE_LINES, LINES, URGENT_NEED, Problem
from .cases import EMPLOYER_SIDE, EVERY_CASE, is_near, near

OPEN_STATES = ("raised", "assigned", "in_hand", "answered")
OWNERS = FIELD | ABOVE | {"base_cadre", "hotline", "lawyer", "mediator", "partner"}  # who may be given a need
OUTSIDE = frozenset({"lawyer", "mediator", "partner"})  # firms and agencies stand outside the tree
FOR_THEMSELVES = OUTSIDE | {"worker"}
RAISERS = OWNERS | {"employer_hr"}
WAITING = ("raised", "assigned", "in_hand")


def urgent_needs(actor: Actor, deed: str = "casework.urgent_need.view") -> QuerySet[UrgentNeed]:
    """Needs the actor may do ``deed`` to."""
    wanted = declared(deed)
    found = within(actor.prefixes(wanted.roles)) if wanted.roles else Q(pk__in=[])
    if actor.user_id:
        if "raiser" in wanted.members:
            found |= Q(raised_by_id=actor.user_id) & (EVERY_CASE if actor.roles() & FOR_THEMSELVES else near(actor, RAISERS))
        if "owner" in wanted.members:
            found |= Q(owner_id=actor.user_id) & (EVERY_CASE if actor.roles() & OUTSIDE else near(actor, OWNERS))
    return UrgentNeed.objects.filter(found).select_related("org", "raised_by", "owner", "employer", "escalated_to")


reads(URGENT_NEED)(urgent_needs)


@relates(URGENT_NEED)
def ties_of_need(actor: Actor, need: UrgentNeed) -> frozenset[str]:
    """ "raiser" and "owner", while a post near the need holds: a worker's own need and what was given to somebody outside the
    tree need no near post."""
    if not actor.user_id:
        return frozenset()
    ties = set()
    if need.raised_by_id == actor.user_id and (actor.roles() & FOR_THEMSELVES or is_near(actor, RAISERS, need.org_path)):
        ties.add("raiser")
    if need.owner_id == actor.user_id and (actor.roles() & OUTSIDE or is_near(actor, OWNERS, need.org_path)):
        ties.add("owner")
    return frozenset(ties)


def filtered_needs(
    actor: Actor, *, state: str = "", problem: str = "", org: Org | None = None, overdue: bool = False
) -> QuerySet[UrgentNeed]:
    """The list page, newest first. ``state``: one of the states, or "open"."""
    found = urgent_needs(actor)
    if state:
        found = found.filter(state__in=OPEN_STATES if state == "open" else [state])
    if problem:
        found = found.filter(problem=problem)
    if org is not None:
        found = found.filter(within([org.path]))
    if overdue:
        found = found.filter(state__in=WAITING, due_on__lt=today())
    return found


def needs_to_do(actor: Actor) -> QuerySet[UrgentNeed]:
    """What waits for this very actor, the soonest due first: to assign, to work on, to judge whether it is settled, and what
    was escalated to their office."""
    mine = Q(owner_id=actor.user_id, state__in=["assigned", "in_hand"]) | Q(
        raised_by_id=actor.user_id, state="answered"
    )
    to_assign = Q(state="raised") & within(actor.prefixes(FIELD))
    offices = [p.org_id for p in actor.posts if p.role in FIELD | ABOVE]
    escalated = Q(escalated_to_id__in=offices, state__in=WAITING)
    return urgent_needs(actor).filter(mine | to_assign | escalated).order_by("due_on", "id")


def entries_of(need: UrgentNeed) -> QuerySet[NeedEntry]:
    """What was said on its way, oldest first."""
    return need.entries.select_related("by").order_by("id")


def places_to_raise(actor: Actor) -> list[Org]:
    """Organisations at which the actor may raise a need."""
    return list(Org.objects.filter(pk__in={p.org_id for p in actor.posts if p.role in ANYONE}).order_by("path"))


def owner_roles(need: UrgentNeed) -> frozenset[str]:
    """Who may own it: of a dispute nobody who stands on the employer's side (rule 5)."""
    return frozenset(OWNERS) - EMPLOYER_SIDE if LINES[Problem(need.problem)] in DISPUTE_LINES else frozenset(OWNERS)


def owners_for(need: UrgentNeed) -> QuerySet[User]:
    """Accounts that may be given the need: field staff and cadres at its place, above it or below it."""
    near = Q(grants__org__path__in=above(need.org_path)) | Q(
        grants__org__path__gte=need.org_path, grants__org__path__lt=need.org_path[:-1] + "/"
    )
    held = Q(grants__role__in=owner_roles(need), grants__valid_from__lte=today())
    still = Q(grants__valid_to=None) | Q(grants__valid_to__gt=today())
    return User.objects.filter(near & held & still, is_active=True).distinct().order_by("name", "id")
