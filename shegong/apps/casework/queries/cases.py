"""READ: which cases an actor may do what to, by place and by tie; the one source of lists, pages and checks."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.rights import may
from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.reach import Actor, above, widened, within
from shegong.registry.models import Person
from shegong.registry.policy import ABOVE, FIELD
from shegong.registry.queries.people import current, family

from ..models import Case, Member, Participant
from ..policy import CASE, DISPUTE_LINES, Source

# A tie counts only while its holder holds one of these roles: who lost the post lost the tie (rule 4). Being in charge and having
# raised it for somebody count only while the post is near the case: it does not move along to another county.
TIE_ROLES: Mapping[str, frozenset[str]] = {
    "worker_in_charge": frozenset(FIELD),
    "lawyer": frozenset({"lawyer"}),
    "mediator": frozenset({"mediator"}),
    "partner": frozenset({"partner"}),
    "helper": frozenset(FIELD),
    "emergency": frozenset(FIELD | ABOVE),
    "escalated": frozenset(FIELD | ABOVE),
    "raiser": frozenset({"hotline", "base_cadre", "worker"}),  # field staff see by place
}
MEMBER_TIES = frozenset({"lawyer", "mediator", "partner", "helper", "emergency", "client"})
EVERY_CASE = ~Q(pk__in=[])  # an empty Q() would vanish from an "or"
EMPLOYER_SIDE = frozenset({"base_cadre", "employer_hr"})


@reads(CASE)
def cases(actor: Actor, deed: str) -> QuerySet[Case]:
    """Cases to which ``actor`` may do ``deed``, by place or by tie, newest first."""
    return placed(actor, deed, tied_to(actor, deed))


def placed(actor: Actor, deed: str, also: Q | None = None) -> QuerySet[Case]:
    """Cases within the places where the actor holds a role of the deed, or where ``also`` holds."""
    place = by_place(actor.prefixes(declared(deed).roles))
    found = place if also is None else place | also
    return (
        Case.objects.filter(found).select_related("org", "worker", "client", "employer", "escalated_to").order_by("-id")
    )


def tied(actor: Actor, deed: str) -> QuerySet[Case]:
    """Cases to which the actor may do the deed by a tie alone. Ties are looked up first, so that each comes off its index."""
    found = Case.objects.filter(tied_to(actor, deed, joined(actor, deed)))
    return found.select_related("org", "worker", "client", "employer", "escalated_to").order_by("-id")


def by_place(prefixes: tuple[str, ...]) -> Q:
    """Cases below these paths. For a city or county an equality, so that the newest come off an index in order; for the
    root no condition at all: what lies outside the tree is held back by row-level security."""
    found = Q(pk__in=[])
    for prefix in prefixes:
        depth = prefix.count(".")
        if depth <= 1:
            return EVERY_CASE
        if depth == 2:
            found |= Q(city_path=prefix)
        elif depth == 3:
            found |= Q(county_path=prefix)
        else:
            found |= within([prefix])
    return found


def joined(actor: Actor, deed: str) -> list[uuid.UUID]:
    """Cases that the actor was tied to by name (``Member``), as far as the deed accepts it. One query, or none."""
    wanted = declared(deed).members & possible(actor) & MEMBER_TIES
    return list(_memberships(actor).filter(tie__in=wanted).values_list("case_id", flat=True)) if wanted else []


def tied_to(actor: Actor, deed: str, cases: list[uuid.UUID] | None = None) -> Q:
    """The condition of the ties that the deed accepts and the actor can hold today. ``cases``: what ``joined`` found."""
    wanted = declared(deed).members & possible(actor)
    found = Q(pk__in=[])
    if cases is not None:
        found |= Q(pk__in=cases)
    elif wanted & MEMBER_TIES:
        found |= Q(pk__in=_memberships(actor).filter(tie__in=wanted & MEMBER_TIES).values("case"))
    if "worker_in_charge" in wanted:
        found |= Q(worker_id=actor.user_id) & within(actor.prefixes(FIELD))
    if "raiser" in wanted:
        found |= _raised(actor)
    if "escalated" in wanted:
        found |= Q(escalated_to__in=_asked_at(actor))
    return found


def possible(actor: Actor) -> frozenset[str]:
    """Ties that the actor's roles of today allow; the client's own needs any post at all."""
    if not actor.posts:
        return frozenset()
    roles = actor.roles()
    return frozenset(tie for tie, needed in TIE_ROLES.items() if needed & roles) | {"client"}


RAISE_FOR_OTHERS = frozenset({"hotline", "base_cadre"})


def _raised(actor: Actor) -> Q:
    """What the actor raised: as a worker for herself, as hotline or cadre for somebody at a place her post is near to."""
    found = Q(pk__in=[])
    if "worker" in actor.roles():
        found |= Q(client=None, source=Source.ONLINE) | Q(client__user_id=actor.user_id)
    found |= near(actor, RAISE_FOR_OTHERS)
    found &= Q(raised_by_id=actor.user_id)
    return found & ~Q(line__in=DISPUTE_LINES) if actor.roles() & EMPLOYER_SIDE else found


def near(actor: Actor, roles: Iterable[str]) -> Q:
    """Things at, below or above the places where the actor holds one of these roles."""
    prefixes = actor.prefixes(roles)
    return within(prefixes) | Q(org_path__in={path for prefix in prefixes for path in above(prefix)})


def is_near(actor: Actor, roles: Iterable[str], path: str) -> bool:
    """``near`` for one thing at ``path``."""
    wanted = frozenset(roles)
    return any(p.role in wanted and (path.startswith(p.path) or p.path.startswith(path)) for p in actor.posts)


def _asked_at(actor: Actor) -> list[int]:
    """Organisations in which the actor answers an escalation: those of the very post, not all below it."""
    return [p.org_id for p in actor.posts if p.role in TIE_ROLES["escalated"]]


def lasting() -> Q:
    """Ties that hold now: without an end, or with one to come."""
    return Q(until=None) | Q(until__gt=timezone.now())


def _memberships(actor: Actor) -> QuerySet[Member]:
    return Member.objects.filter(lasting(), user_id=actor.user_id)


@relates(CASE)
def ties(actor: Actor, case: Case) -> frozenset[str]:
    """Names of the actor's ties to this case that count today. One query."""
    able = possible(actor)
    if not able:
        return frozenset()
    held = set(_memberships(actor).filter(case=case).values_list("tie", flat=True))
    if case.worker_id == actor.user_id and any(p.role in FIELD and case.org_path.startswith(p.path) for p in actor.posts):
        held.add("worker_in_charge")
    if case.raised_by_id == actor.user_id and _is_raiser(actor, case):
        held.add("raiser")
    if case.escalated_to_id in _asked_at(actor):
        held.add("escalated")
    return frozenset(held) & able


def _is_raiser(actor: Actor, case: Case) -> bool:
    if actor.roles() & EMPLOYER_SIDE and case.line in DISPUTE_LINES:
        return False
    own = case.client.user_id == actor.user_id if case.client else case.source == Source.ONLINE
    return ("worker" in actor.roles() and own) or is_near(actor, RAISE_FOR_OTHERS, case.org_path)


def may_view(actor: Actor, case: Case) -> bool:
    """Whether the content of the case is open to the actor."""
    return bool(may(actor, declared("casework.case.view"), case))


def open_case(actor: Actor, pk: uuid.UUID | str) -> Case:
    """The case for its page; leaves a line in the trail that it was looked at. Raises ``NotAllowed`` (404) out of reach, and
    (403) for who may list it but not open it: the page then offers the emergency."""
    try:
        found: Case | None = cases(actor, "casework.case.list").filter(pk=uuid.UUID(str(pk))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    verdict = may(actor, declared("casework.case.view"), found)
    if not verdict:
        raise NotAllowed(verdict.why, missing=not verdict.near, case=found)
    trail.write(actor, trail.Line("casework.case.view", CASE.code, found.pk, found.org_path, Outcome.SEEN))
    return found


def readers(actor: Actor, case: Case) -> list[dict[str, object]]:
    """Who looked at this file and who tried in vain, newest first; for the owner's staff and the client. Raises
    ``NotAllowed``."""
    verdict = may(actor, declared("casework.case.readers"), case)
    if not verdict:
        raise NotAllowed(verdict.why, missing=not verdict.near)
    looks = [Outcome.SEEN, Outcome.EXPORTED, Outcome.REFUSED]
    found = trail.of_object(case.pk, outcomes=looks) | trail.of_object(case.pk).filter(deed="casework.case.break_glass")
    with widened(case.org_path):  # a client has no reach by place; the lines about her own file are hers to read
        entries = list(found.order_by("-seq")[:200])
    return [
        {"at": e.at, "name": e.actor_name, "deed": e.deed, "outcome": e.get_outcome_display(), "reason": e.reason}
        for e in entries
    ]


def client_history(actor: Actor, person: Person) -> QuerySet[Case]:
    """Every case of one person that the actor may list, across service lines, whichever of the merged rows it names, as
    client or as one of a group; newest first."""
    rows = family(current(person))
    groups = Participant.objects.filter(person__in=rows).values("case")
    found: QuerySet[Case] = cases(actor, "casework.case.list").filter(Q(client__in=rows) | Q(pk__in=groups))
    return found
