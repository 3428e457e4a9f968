"""DECLARE: what a role is. The roles themselves are named by ``shegong.registry.policy``."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

_ROLES: dict[str, Role] = {}


@dataclass(frozen=True)
class Role:
    """A role that a grant can give.

    ``at``: kinds of organisation where it may be granted. ``opens_rows``: whether it lets row-level security show rows of
    the organisation and those below it. A role without it (lawyer, partner, employer side, administrators, auditor,
    worker) sees only what is assigned to it or raised by it, whatever a query forgets.
    ``staff``: signs in with a second factor. ``apart``: roles that one person must not hold at the same time. ``oversees``: is
    told when something below waits past its day.
    """

    code: str
    label: Promise | str
    at: frozenset[str]
    opens_rows: bool = False
    staff: bool = True
    apart: frozenset[str] = frozenset()
    oversees: bool = False


def declare_role(role: Role) -> Role:
    if role.code in _ROLES and _ROLES[role.code] != role:
        raise ValueError(f"role {role.code} is declared twice")
    _ROLES[role.code] = role
    return role


def role(code: str) -> Role:
    return _ROLES[code]


def all_roles() -> dict[str, Role]:
    return dict(_ROLES)
