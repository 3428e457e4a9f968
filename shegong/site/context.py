"""What surrounds every page: navigation by work, where I act now, unread notices. One SQL statement at most, and only for a page
that shows the frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from shegong.kernel.actions import inbox
from shegong.kernel.orgs.reach import Actor
from shegong.kernel.orgs.roles import all_roles
from shegong.ui.shell import NavEntry, NavGroup, Post, Shell

from .places import PLACES, Place


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: ``shell`` (false for someone not signed in) and ``demo``."""
    return {"shell": SimpleLazyObject(lambda: _shell(request)), "demo": settings.DEMO}


def _shell(request: HttpRequest) -> Shell | None:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or not actor.user_id or getattr(request, "frameless", False):
        return None
    return Shell(
        user_key=f"u{actor.user_id}",
        user_name=actor.name,
        nav=navigation(actor, request.path),
        posts=posts(actor),
        switch_url=reverse("switch_post"),
        search_url=reverse("search"),
        new_url=new_url(actor),
        todo_url=reverse("home"),
        me_url=reverse("me"),
        inbox_url=reverse("inbox_list"),
        inbox_count=inbox.notices(actor).filter(read_at=None)[:100].count(),
        sign_in_url=reverse("sign_in"),
        sign_out_url=reverse("sign_out"),
        language_url=reverse("set_language"),
    )


def navigation(actor: Actor, path: str) -> list[NavGroup]:
    """Places this actor's roles have work in; the longest address that fits the page is marked."""
    open_to = [place for place in PLACES if place.roles is None or actor.roles() & place.roles]
    urls = {place.url_name: reverse(place.url_name) for place in open_to}
    fitting = [url for url in urls.values() if path == url or (url != "/" and path.startswith(f"{url}/"))]
    here = max(fitting, key=len, default="")
    groups: dict[str, list[NavEntry]] = {}
    for place in open_to:
        url = urls[place.url_name]
        groups.setdefault(str(place.group), []).append(_entry(place, url, url == here))
    return [NavGroup(label, entries) for label, entries in groups.items()]


def _entry(place: Place, url: str, active: bool) -> NavEntry:
    return NavEntry(str(place.label), url, icon=place.icon, active=active)


def posts(actor: Actor) -> list[Post]:
    """All posts held today; the one acted from first where none was chosen."""
    known, now = all_roles(), actor.acting_post
    return [
        Post(p.value, p.org_name, str(known[p.role].label), current=p == now) for p in actor.posts if p.role in known
    ]


def new_url(actor: Actor) -> str:
    """Where the key ``n`` and the phone's "new" lead: a new case for those who take them in, a request for a worker."""
    for place, roles in _NEW:
        if actor.roles() & roles:
            return reverse(place)
    return ""


_INTAKE = frozenset({"town_worker", "county_clerk", "legal_officer", "supervisor", "hotline", "base_cadre"})
_NEW: Iterable[tuple[str, frozenset[str]]] = (("case_new", _INTAKE), ("request_new", frozenset({"worker"})))
