"""The eighteen stations and the centre, as organisations: eighteen streets of the home district have a station."""

from __future__ import annotations

import datetime as dt

from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Org

from .golden import STATIONS
from .places import CENTRE, Place, places

SINCE = dt.date(2021, 9, 1)


def found_stations(county: Org | None = None) -> dict[str, Org]:
    """Stations under the first eighteen streets of ``county`` (the demo's home district), and its centre, by code.

    What is there already stays as it is. Raises ``LookupError`` for a district with fewer streets.
    """
    county = county or Org.objects.get(code="U440106")
    towns = list(
        Org.objects.filter(parent=county, kind="town", closed_on=None).order_by("area_code", "code")[:STATIONS]
    )
    if len(towns) < STATIONS:
        raise LookupError(
            f"{county.name}: {STATIONS} streets or towns are needed for the stations, there are {len(towns)}"
        )
    known = {o.code: o for o in Org.objects.filter(code__in=[p.code for p in places()])}
    by_area = {t.area_code: t for t in towns}
    news = [_founding(p, county, by_area) for p in places() if p.code not in known]
    return known | {o.code: o for o in tree.found_many(news)} if news else known


def _founding(place: Place, county: Org, by_area: dict[str, Org]) -> tree.Founding:
    if place.code == CENTRE:
        return tree.Founding(CENTRE, place.name, "centre", county, county.area_code, SINCE)
    return tree.Founding(place.code, place.name, "station", by_area[place.area_code], place.area_code, SINCE)
