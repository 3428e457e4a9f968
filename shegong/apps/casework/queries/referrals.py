"""READ: referrals, from both ends. The receiver sees the referral, never the case behind it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import Actor, today, within
from shegong.registry.policy import FIELD

from ..models import Referral
from ..policy import RECEIVERS, REFERRAL

OPEN_STATES = ("sent", "accepted")


def _received(actor: Actor) -> Q:
    return within(actor.prefixes(RECEIVERS), "to_path")


def _sent(actor: Actor) -> Q:
    return within(actor.prefixes(FIELD))


def referrals(actor: Actor, deed: str = "casework.referral.view") -> QuerySet[Referral]:
    """Referrals the actor may do ``deed`` to, as receiver or sender."""
    ends = {"receiver": _received(actor), "sender": _sent(actor)}
    found = Q(pk__in=[])
    for tie in declared(deed).members:
        found |= ends[tie]
    return Referral.objects.filter(found).select_related("org", "to_org", "sent_by")


reads(REFERRAL)(referrals)


@relates(REFERRAL)
def ties_of_referral(actor: Actor, referral: Referral) -> frozenset[str]:
    """Ties: "receiver": a post over the organisation it was sent to. "sender": a field post over the sending one."""
    ties = set()
    if any(p.role in RECEIVERS and referral.to_path.startswith(p.path) for p in actor.posts):
        ties.add("receiver")
    if any(p.role in FIELD and referral.org_path.startswith(p.path) for p in actor.posts):
        ties.add("sender")
    return frozenset(ties)


def referrals_received(actor: Actor, states: tuple[str, ...] = OPEN_STATES) -> QuerySet[Referral]:
    """What was referred to the actor's offices, the soonest due first: the to-do "referred to me"."""
    return referrals(actor, "casework.referral.accept").filter(state__in=states).order_by("due_on", "id")


def receivers_like(text: str, *, area: str = "", limit: int = 10) -> list[Org]:
    """Organisations a need can be referred to: by code, by name or a part of it; those in the area of the sender first."""
    text = text.strip()
    if not text:
        return []
    able = Org.objects.exclude(kind__in=[OrgKind.FIRM, OrgKind.BASE]).exclude(closed_on__lte=today())
    exact = list(able.filter(Q(code=text) | Q(name=text))[:limit])
    if exact:
        return exact
    found = list(able.filter(name__contains=text).order_by("path")[: limit * 20])
    return sorted(found, key=lambda o: (not _near(o, area), len(o.name), o.path))[:limit]


def _near(org: Org, area: str) -> bool:
    return bool(area and org.area_code) and (org.area_code.startswith(area[:6]) or area.startswith(org.area_code))
