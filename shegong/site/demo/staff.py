"""Who works where in the demo province, beside the cast: a social worker in each street or town that has cases, and a
supervisor for each district. Their accounts have no password, so nobody signs in as them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from shegong.kernel.orgs.models import Grant, Org, User

from .cast import SINCE
from .names import Inventor
from .province import HOME_COUNTY, HOME_TOWN

# cities by how many cases they have; the rest share what is left
WEIGHTS = {"440100": 30, "440300": 16, "440600": 9, "441900": 10, "442000": 5, "441300": 4, "440400": 4, "440700": 3}
HOME_WEIGHT, HOME_TOWN_WEIGHT = 16, 10
NEIGHBOUR = "440104003"
TOWNS_OF_A_DISTRICT, TOWNS_OF_A_CITY = 2, 12


@dataclass(frozen=True)
class Office:
    """A street or town with cases: who works there, the area of the office above, how much of the province's work it has."""

    org: Org
    city: str
    workers: tuple[int, ...]
    supervised_from: str
    weight: float


def engage(rng: random.Random, orgs: dict[str, Org], users: dict[str, User]) -> list[Office]:
    """Open the accounts and posts; where the cast work, they do."""
    inventor = Inventor(rng, gbk_only=True)
    chosen = _towns(rng, orgs)
    superiors = sorted({t.parent_id: t.parent for t in chosen}.values(), key=lambda o: str(o.code))  # type: ignore[union-attr]
    made: dict[str, User] = {}
    posts: list[tuple[str, str, Org]] = []
    for org, role, head in [(t, "town_worker", "w") for t in chosen] + [(s, "supervisor", "s") for s in superiors if s]:
        name = head + org.area_code
        if org.area_code not in (HOME_TOWN, HOME_COUNTY, NEIGHBOUR):
            made[name] = User(username=name, name=inventor.name(), password=make_password(None))
            posts.append((name, role, org))
    User.objects.bulk_create(list(made.values()), batch_size=500)
    Grant.objects.bulk_create(
        [Grant(user=made[n], role=role, org=org, valid_from=SINCE, reason="演示") for n, role, org in posts],
        batch_size=500,
    )
    return [_office(t, made, users, chosen) for t in chosen]


def _towns(rng: random.Random, orgs: dict[str, Org]) -> list[Org]:
    """Every street of the home district, two of every other district, a dozen of each city without districts."""
    found: list[Org] = []
    for org in sorted(orgs.values(), key=lambda o: o.code):
        if org.kind not in ("county", "city"):
            continue
        below = [o for o in orgs.values() if o.kind == "town" and o.parent_id == org.pk]
        wanted = (
            len(below)
            if org.area_code == HOME_COUNTY
            else TOWNS_OF_A_DISTRICT
            if org.kind == "county"
            else TOWNS_OF_A_CITY
        )
        below.sort(key=lambda o: o.code)
        found += rng.sample(below, min(wanted, len(below))) if org.area_code != HOME_COUNTY else below
    neighbour = orgs[f"U{NEIGHBOUR}"]  # a member of the cast works there
    return found if neighbour in found else [*found, neighbour]


def _office(town: Org, made: dict[str, User], users: dict[str, User], chosen: list[Org]) -> Office:
    city = f"{town.area_code[:4]}00"
    home = town.area_code.startswith(HOME_COUNTY)
    parent = town.parent.area_code if town.parent else ""
    cast = {HOME_TOWN: ("chen", "lin"), NEIGHBOUR: ("cao",)}.get(town.area_code, ())
    own = [users[name] for name in cast] or [made[f"w{town.area_code}"]]
    peers = [t for t in chosen if t.area_code[:4] == town.area_code[:4] and not t.area_code.startswith(HOME_COUNTY)]
    if town.area_code == HOME_TOWN:
        weight = float(HOME_TOWN_WEIGHT)
    elif home:
        weight = HOME_WEIGHT / 20
    else:
        weight = WEIGHTS.get(city, 1.6) / len(peers)
    return Office(town, city, tuple(u.pk for u in own), parent, weight)
