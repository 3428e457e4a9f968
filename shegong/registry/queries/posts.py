"""READ: who holds which post, and accounts, for the security administrator."""

from __future__ import annotations

from django.db.models import Prefetch, Q, QuerySet

from shegong.kernel.actions.vocabulary import deed, reads
from shegong.kernel.orgs.models import Grant, User
from shegong.kernel.orgs.reach import Actor, within
from shegong.kernel.orgs.roles import all_roles

from ..policy import GRANT

VIEW = "registry.grant.view"


@reads(GRANT)
def grants(actor: Actor, code: str = VIEW) -> QuerySet[Grant]:
    """Posts at and below the places where the actor may do the deed; those in force first, then the newest."""
    found = Grant.objects.filter(within(actor.prefixes(deed(code).roles), "org__path"))
    return found.select_related("user", "org").order_by("org__path", "-valid_from", "id")


def grants_found(actor: Actor, text: str = "", *, after: str = "", limit: int = 50) -> tuple[list[Grant], str]:
    """A page of posts by account, person or organisation, in the order of the tree; and the key of the next page."""
    found = grants(actor)
    if text:
        words = Q(user__username__icontains=text) | Q(user__name__icontains=text) | Q(org__name__icontains=text)
        found = found.filter(words)
    path, _sep, pk = after.rpartition("-")
    if pk.isdigit() and len(pk) < 12:
        found = found.filter(Q(org__path__gt=path) | Q(org__path=path, id__gt=int(pk)))
    rows = list(found.order_by("org__path", "id")[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return rows[:limit], f"{last.org.path}-{last.pk}" if last else ""


def accounts(actor: Actor, text: str = "", *, after: int = 0, limit: int = 50) -> list[User]:
    """Accounts with a post in the actor's reach, and those without any; each with ``posts_here``. Up to ``limit`` + 1."""
    prefixes = actor.prefixes(deed(VIEW).roles)
    if not prefixes:
        return []
    here = Grant.objects.filter(within(prefixes, "org__path"))
    found = User.objects.filter(Q(grants=None) | Q(pk__in=here.values("user_id")), pk__gt=after).distinct()
    if text.strip():
        found = found.filter(Q(username__icontains=text.strip()) | Q(name__icontains=text.strip()))
    held = Prefetch("grants", queryset=here.select_related("org").order_by("-valid_from"), to_attr="posts_here")
    return list(found.prefetch_related(held).order_by("pk")[: limit + 1])


def role_choices(kind: str = "") -> list[tuple[str, str]]:
    """Roles that can be held at an organisation of ``kind``, with their names."""
    return [(r.code, str(r.label)) for r in all_roles().values() if not kind or kind in r.at]
