"""The nineteen places that keep a register: pure names and codes, no database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from shegong.lib import areas

from .golden import STATIONS

HOME_COUNTY = "440106"
CENTRE = "C440106"
CENTRE_NAME = "天河区职工法律援助中心"


@dataclass(frozen=True)
class Place:
    """A station or the centre. ``short``: how its register numbers call it. ``weight``: its share of the work."""

    code: str
    name: str
    area_code: str
    short: str
    weight: int


@cache
def places() -> tuple[Place, ...]:
    """The centre first, then eighteen stations in the order of their area codes."""
    towns = areas.children(HOME_COUNTY)[:STATIONS]
    stations = tuple(
        Place(f"S{t.code}", f"{t.name}法律援助工作站", t.code, t.name.removesuffix("街道"), 60 + 37 * i % 71)
        for i, t in enumerate(towns)
    )
    return (Place(CENTRE, CENTRE_NAME, HOME_COUNTY, "中心", 230), *stations)
