"""What the services beside the case share: who holds a role at a place, and where outside posts raise things."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from shegong.kernel.orgs.models import Grant
from shegong.kernel.orgs.reach import above, today


def grants_at(roles: Iterable[str], path: str) -> QuerySet[Grant]:
    """Posts in force today of active accounts with one of ``roles`` at ``path`` or above it."""
    day: Any = today()
    found = Grant.objects.filter(
        role__in=list(roles), valid_from__lte=day, user__is_active=True, org__path__in=above(path)
    )
    return found.exclude(valid_to__lte=day)


def holds_any(roles: Iterable[str], path: str) -> bool:
    """Whether anybody holds one of ``roles`` at ``path`` or above it today."""
    return grants_at(roles, path).exists()
