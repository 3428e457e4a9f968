"""A cube over a real scoped table for tests, and a tree that tests may bend."""

from __future__ import annotations

import datetime as dt
import random

from django.db.models import Count, Sum

from shegong.apps.casework.models import LegalAid
from shegong.kernel.indicators import declare
from shegong.kernel.indicators.declare import Cube, Dimension, Indicator
from shegong.lib.ids import new_id
from tests import cast

ROLES = frozenset({"legal_officer", "county_clerk", "town_worker", "supervisor", "city_officer", "province_officer"})
BENCH = declare.cube(
    Cube(
        "test.aid", "casework.LegalAid", "accepted_on",
        (Dimension("form", "form", "form"), Dimension("group", "group", "is_group")),
        {"count": Count("pk"), "people": Sum("people"), "recovered": Sum("recovered_fen")},
    )
)  # fmt: skip
for code, measure, where in (
    ("test.entries", "count", {}),
    ("test.people", "people", {}),
    ("test.recovered", "recovered", {}),
    ("test.mediated", "count", {"form": ("mediation",)}),
):
    declare.indicator(
        Indicator(
            code,
            code,
            code,
            "件",
            "test.aid",
            measure,
            where,
            persons=True,
            list_roles=ROLES,
            ask_roles=frozenset({"auditor", "finance"}),
        )
    )
CODES = ["test.entries", "test.people", "test.recovered", "test.mediated"]
FORMS = ("mediation", "representation", "consultation", "drafting")


def entry(
    org, day: dt.date, form: str = "mediation", people: int = 1, recovered: int = 0, group: bool = False
) -> LegalAid:
    """One register entry, unsaved."""
    pk = new_id()
    return LegalAid(
        id=pk, org=org, org_path=org.path, number=pk.hex[-24:], form=form, people=people, recovered_fen=recovered, is_group=group,
        applicant_name="某某", accepted_on=day,
    )  # fmt: skip


def scatter(
    seed: int,
    count: int,
    keys=("town", "town2", "station", "centre", "neighbour_town", "other_town"),
    years=(2023, 2024),
) -> list[LegalAid]:
    """Entries strewn over organisations, months and dimensions. Saves and returns them."""
    chance = random.Random(seed)
    orgs = [cast.org(k) for k in keys]
    made = [
        entry(
            chance.choice(orgs), dt.date(chance.choice(years), chance.randint(1, 12), chance.randint(1, 28)), chance.choice(FORMS),
            chance.randint(1, 4), chance.randint(0, 10**6), chance.random() < 0.2,
        )
        for _ in range(count)
    ]  # fmt: skip
    LegalAid.objects.bulk_create(made)
    return made
