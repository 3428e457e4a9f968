"""The tree, the accounts and the employers of a bench database."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password

from bench.sizes import Size
from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Grant, Org, User
from shegong.kernel.orgs.reach import Actor, everything
from shegong.kernel.sheets.declare import SheetRow
from shegong.registry.models import Employer
from shegong.registry.services import import_employers
from shegong.site.demo import cast, province
from shegong.site.demo.names import Inventor
from shegong.site.demo.register import found_stations

HOME_SHARE = 0.06  # of the province's cases lie in the home district, as in a large one of a hundred and twenty
EMPLOYERS = 500


@dataclass(frozen=True)
class Office:
    """A town with its workers; ``weight`` of the cases."""

    org_id: int
    path: str
    area: str
    workers: tuple[int, ...]
    weight: float


@dataclass(frozen=True)
class Province:
    """``aid``: organisations that keep a legal-aid register."""

    offices: list[Office]
    employers: list[UUID]
    aid: list[tuple[int, str]]


def build(rng: random.Random, size: Size) -> Province:
    """Guangdong's tree with base unions up to ``size.orgs``, the cast, ``size.workers`` town workers."""
    with everything():
        orgs = province.build()
        orgs |= found_stations(orgs[f"U{province.HOME_COUNTY}"])
        users = cast.build(orgs)
        towns = [o for o in orgs.values() if o.kind == "town"]
        _base_unions(towns, size.orgs - len(orgs))
        offices = _offices(rng, towns, users, size.workers)
        employers = _employers(rng, orgs["U440000"])
    aid = [(o.pk, o.path) for o in orgs.values() if o.kind in ("station", "centre", "county")]
    return Province(offices, employers, sorted(aid))


def _base_unions(towns: list[Org], count: int) -> None:
    names = [(towns[n % len(towns)], n) for n in range(max(0, count))]
    tree.found_many(
        [tree.Founding(f"BB{n}", f"示例企业工会（{n}）", "base", town, town.area_code) for town, n in names]
    )


def _offices(rng: random.Random, towns: list[Org], users: dict[str, User], workers: int) -> list[Office]:
    """Workers spread over the towns; the home town is worked by the cast as well."""
    inventor, password = Inventor(rng), make_password(None)
    ordered = sorted(towns, key=lambda o: o.area_code != province.HOME_TOWN)
    staffed = ordered[: max(1, min(len(towns), workers))]
    made = [User(username=f"bw{n}", name=inventor.name(), password=password) for n in range(workers)]
    User.objects.bulk_create(made, batch_size=2000)
    places = [staffed[n % len(staffed)] for n in range(workers)]
    Grant.objects.bulk_create(
        [
            Grant(user=u, role="town_worker", org=o, valid_from=cast.SINCE, reason="bench")
            for u, o in zip(made, places, strict=True)
        ],
        batch_size=2000,
    )
    by_town: dict[int, list[int]] = {o.pk: [] for o in staffed}
    for user, org in zip(made, places, strict=True):
        by_town[org.pk].append(user.pk)
    home = [o for o in staffed if o.area_code.startswith(province.HOME_COUNTY)]
    rest = max(1, len(staffed) - len(home))
    return [_office(o, by_town[o.pk], users, len(home), rest) for o in staffed]


def _office(org: Org, workers: list[int], users: dict[str, User], homes: int, rest: int) -> Office:
    if org.area_code == province.HOME_TOWN:
        workers = [users["chen"].pk, *workers]
    at_home = org.area_code.startswith(province.HOME_COUNTY)
    weight = HOME_SHARE / homes if at_home else (1 - HOME_SHARE) / rest
    return Office(org.pk, org.path, org.area_code, tuple(workers), weight)


def _employers(rng: random.Random, top: Org) -> list[UUID]:
    inventor = Inventor(rng)
    rows: list[Any] = [
        SheetRow(n, {**inventor.employer("广东"), "area_code": "440100"}) for n in range(1, EMPLOYERS + 1)
    ]
    import_employers(Actor.machine("bench").working_as(via="bench"), top, rows, batch_key="bench")
    return list(Employer.objects.order_by("credit_code").values_list("pk", flat=True))
