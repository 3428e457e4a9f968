"""READ: who can be put in charge of a case, or tied to it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import OuterRef, Q, QuerySet, Subquery

from shegong.kernel.orgs.models import Grant, User
from shegong.kernel.orgs.reach import above, today
from shegong.registry.policy import FIELD

OUTSIDE = frozenset({"lawyer", "mediator", "partner"})


def posts_today(roles: Iterable[str]) -> QuerySet[Grant]:
    """Posts in force with one of ``roles`` at organisations that are open."""
    day = today()
    found = Grant.objects.filter(role__in=list(roles), valid_from__lte=day).exclude(valid_to__lte=day)
    return found.filter(Q(org__closed_on=None) | Q(org__closed_on__gt=day))


def colleagues(path: str, roles: Iterable[str] | None = None) -> QuerySet[User]:
    """Active accounts with a field post at ``path`` or above it, nearest first; ``place`` names where."""
    return _accounts(posts_today(roles or FIELD).filter(org__path__in=above(path)))


def assignable(area_code: str) -> QuerySet[User]:
    """Lawyers, mediators and partners of the same city (by area code): firms and agencies stand outside the tree."""
    posts = posts_today(OUTSIDE)
    return _accounts(posts.filter(org__area_code__startswith=area_code[:4]) if area_code else posts)


def _accounts(posts: QuerySet[Grant]) -> QuerySet[User]:
    mine = posts.filter(user=OuterRef("pk")).order_by("-org__path")
    found = User.objects.filter(is_active=True, pk__in=posts.values("user"))
    return found.annotate(
        place=Subquery(mine.values("org__name")[:1]), near=Subquery(mine.values("org__path")[:1])
    ).order_by("-near", "name")
