"""PAGE: service points, and which towns and streets have one on a day."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shegong.kernel.actions import pages
from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today
from shegong.registry.queries import org_in_reach
from shegong.ui.lists import Column

from ..forms.stations import DayFilter, StationFilter
from ..policy import STATION
from ..queries.stations import VIEW, coverage, filtered_stations, sheet_of, stations
from .linked import list_page, one, record_page

TONES = {"preparing": "info", "open": "good", "closed": "done"}


def station_list(request: HttpRequest) -> HttpResponse:
    """Service points of one's own office and those standing within one's posts."""
    actor = actor_of(request)
    if not actor.roles() & STATION.deeds["view"].roles:
        raise NotAllowed()
    form = StationFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    columns = [
        Column("name", _("Service point"), fixed=True), Column("state", _("State")), Column("site", _("Stands at")),
        Column("host", _("Run together with")), Column("opened", _("In service since")), Column("reviewed", _("Annual review")),
    ]  # fmt: skip
    post = actor.first_post(STATION.deeds["set_up"].roles)
    new = reverse("deed_page", args=[STATION.deeds["set_up"].code, post.org_id]) if post else ""
    found = filtered_stations(actor, text=chosen.get("text", ""), state=chosen.get("state", ""))
    more = {"filter": form, "columns": columns, "new_url": new, "tones": TONES, "year": today().year}
    return list_page(request, "casework/station_list.html", found, **more)


def station_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One service point: hours, staff, whom it serves, reviews, who is on duty next."""
    actor = actor_of(request)
    station = one(stations(actor, VIEW), pk)
    doable = {d.verb for d in pages.allowed(actor, station)}
    more = {"sheet": sheet_of(actor, station), "doable": doable, "state_tone": TONES[station.state]}
    return record_page(request, actor, "casework/station_detail.html", STATION, station, **more)


def station_coverage(request: HttpRequest) -> HttpResponse:
    """Towns and streets with and without a service point on a day, those without first; for a county, a city, the province."""
    actor = actor_of(request)
    roles = STATION.deeds["view"].roles
    post = actor.first_post(roles)
    if post is None:
        raise NotAllowed()
    form = DayFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    named = chosen.get("org") or ""
    org = org_in_reach(actor, int(named) if named.isascii() and named.isdigit() else post.org_id, VIEW)
    if not named and org.kind == "centre" and org.parent is not None:
        org = org.parent  # the centre covers its county
    day = chosen.get("day") or today()
    columns = [
        Column("name", _("Town or street") if org.kind == "county" else _("Organisation"), fixed=True), Column("covered",
        _("Covered"), numeric=True),
        Column("by", _("By, or why not")),
    ]  # fmt: skip
    found = coverage(org, day)
    named_places = {one.station.pk for part in found.parts for one in (*part.places, *part.failing)}
    opens = set(stations(actor, VIEW).filter(pk__in=named_places).values_list("pk", flat=True))
    context = {
        "org": org, "up": _above(actor, org), "found": found, "opens": opens, "columns": columns, "filter": form, "day": day,
    }  # fmt: skip
    return render(request, "casework/station_coverage.html", context)


def _above(actor: Actor, org: Org) -> Org | None:
    """The organisation above, where the actor may look at that too."""
    try:
        return org_in_reach(actor, org.parent_id, VIEW) if org.parent_id else None
    except NotAllowed:
        return None
