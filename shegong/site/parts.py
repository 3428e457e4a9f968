"""READ: the cast of the demo province, as the sign-in page offers it. Demo mode only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Org, User
from shegong.kernel.orgs.roles import all_roles

from .demo.cast import CAST, Part

_SHELVES = (
    (_("Street, town and enterprise"), {"town_worker", "base_cadre", "worker", "employer_hr"}),
    (
        _("District and partners"),
        {"supervisor", "county_clerk", "legal_officer", "lawyer", "mediator", "partner", "finance"},
    ),
    (_("City and province"), {"city_officer", "province_officer", "hotline", "auditor"}),
    (_("Administrators, separated"), {"system_admin", "security_admin", "audit_admin"}),
)


@dataclass(frozen=True)
class Offer:
    """One account to sign in with: who, as what, where, and what to try."""

    account: str
    name: str
    role: str
    org: str
    trial: str


def accounts() -> frozenset[str]:
    return frozenset(part.account for part in CAST)


def groups() -> list[tuple[str, Sequence[Offer]]]:
    """The cast by level; without those whose account is not there yet. Two queries."""
    there = set(User.objects.filter(username__in=accounts(), is_active=True).values_list("username", flat=True))
    names = dict(Org.objects.filter(code__in={p.org for p in CAST}).values_list("code", "name"))
    found: list[tuple[str, Sequence[Offer]]] = []
    for label, roles in _SHELVES:
        offers = [_offer(p, names) for p in CAST if p.role in roles and p.account in there]
        if offers:
            found.append((str(label), offers))
    return found


def _offer(part: Part, names: dict[str, str]) -> Offer:
    trial = part.zh if (get_language() or "zh").startswith("zh") else part.en
    return Offer(part.account, part.name, str(all_roles()[part.role].label), names.get(part.org, part.org), trial)
