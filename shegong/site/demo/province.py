"""Guangdong's union tree over its real areas: province, 21 cities, districts, and a federation for every street and town.

Dongguan and Zhongshan have no districts: their towns hang directly under the city, as the area table says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Org
from shegong.lib import areas
from shegong.lib.areas import Area, Level

PROVINCE = "44"
SINCE = dt.date(2015, 1, 1)
KINDS = {Level.PROVINCE: "province", Level.CITY: "city", Level.COUNTY: "county", Level.TOWN: "town"}
SUFFIX = {Level.PROVINCE: "总工会", Level.CITY: "总工会", Level.COUNTY: "总工会", Level.TOWN: "工会联合会"}
# The district that the legal-aid register and the cast live in.
HOME_COUNTY = "440106"
HOME_TOWN = "440106006"
FEDERATION_CITIES = ("440100", "440300", "440600", "441900", "442000")


def build() -> dict[str, Org]:
    """Found the whole tree; returns the organisations by code. Four statements a level, however many towns."""
    made: dict[str, Org] = {}
    rows = areas.load(PROVINCE)
    for level in (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.TOWN):
        made |= _found(
            tree.Founding(_code(a), _name(a), KINDS[level], made.get(_code_of(a.parent)), a.code, SINCE)
            for a in rows
            if a.level is level
        )
    made |= _federations(made)
    made |= _home_district(made)
    return made


def _found(news: Iterable[tree.Founding]) -> dict[str, Org]:
    return {o.code: o for o in tree.found_many(list(news))}


def _code(area: Area) -> str:
    return _code_of(area.code)


def _code_of(area_code: str) -> str:
    return f"U{area_code}" if area_code else ""


def _name(area: Area) -> str:
    return area.name + SUFFIX[area.level]


def _federations(made: dict[str, Org]) -> dict[str, Org]:
    """New-business federations where riders and drivers gather, and one industry federation."""
    since = dt.date(2021, 7, 1)
    names = {a.code: a.name for a in areas.load(PROVINCE)}
    news = [
        tree.Founding(f"N{code}", f"{names[code]}网约配送行业工会联合会", "new_biz", made[f"U{code}"], code, since)
        for code in FEDERATION_CITIES
    ]
    news.append(tree.Founding("I440000", "广东省交通运输工会", "industry", made["U440000"], "440000", SINCE))
    return _found(news)


def _home_district(made: dict[str, Org]) -> dict[str, Org]:
    """Tianhe: a legal-aid centre, a workshop, a base union, partner agencies and a law firm; stations come with the register."""
    county, town = made[f"U{HOME_COUNTY}"], made[f"U{HOME_TOWN}"]
    return _found(
        [
            tree.Founding("C440106", "天河区职工法律援助中心", "centre", county, HOME_COUNTY, SINCE),
            tree.Founding(
                "W440106", "天河区劳动争议联合调解工作室", "workshop", county, HOME_COUNTY, dt.date(2022, 3, 1)
            ),
            tree.Founding("B440106006", "天河示例制造有限公司工会委员会", "base", town, HOME_TOWN, dt.date(2018, 5, 1)),
            tree.Founding("P440106-RS", "天河区人力资源和社会保障局", "partner", None, HOME_COUNTY, SINCE),
            tree.Founding("P440106-SF", "天河区司法局", "partner", None, HOME_COUNTY, SINCE),
            tree.Founding("P440104-RS", "越秀区人力资源和社会保障局", "partner", None, "440104", SINCE),
            tree.Founding("F440106", "广东示例律师事务所", "firm", None, HOME_COUNTY, SINCE),
        ]
    )
