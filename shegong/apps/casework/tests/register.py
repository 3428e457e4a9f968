"""The Songjiang register of golden G01–G04, row by row: 24,556 entries of four years, a centre and 18 stations."""

from __future__ import annotations

import datetime as dt
import random

from django.db import connection

from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Org
from shegong.lib.ids import new_id
from tests import cast

PARTS = {"mediation": 18_666, "representation": 678, "consultation": 5_047, "drafting": 165}
TOTAL = 24_556
RECOVERED_FEN = 38_257_450_000  # 38,257余万元: at least 382,570,000 yuan and below 382,580,000
YEARS = (2017, 2018, 2019, 2020)
STAGES = {
    "mediation": ("before", "after"),
    "representation": ("arbitration", "litigation"),
    "consultation": ("",),
    "drafting": ("",),
}
RESULTS = {
    "mediation": ("success", "failure", "pending"),
    "representation": ("closed", "pending"),
    "consultation": ("closed",),
    "drafting": ("closed",),
}
COLUMNS = "id, org_id, org_path, number, form, stage, result, state, dispute, applicant_name, employer_name, people, is_group, claimed_fen, recovered_fen, proof, lawyer, accepted_on, version"


def places() -> list[Org]:
    """The cast's centre and 18 stations below the county's towns."""
    towns = [cast.org("town"), cast.org("town2")]
    made = tree.found_many(
        [
            tree.Founding(
                f"S{n:02}", f"第{n:02}街镇法律援助工作站", "station", towns[n % 2], "440106", dt.date(2017, 1, 1)
            )
            for n in range(1, 19)
        ]
    )
    return [cast.org("centre"), *made]


def fill(seed: int = 4) -> list[Org]:
    """Enter the register by COPY (through a staging table, as row-level security asks). Returns its places."""
    chance, orgs = random.Random(seed), places()
    forms = [form for form, count in PARTS.items() for _ in range(count)]
    chance.shuffle(forms)
    paying = [i for i, form in enumerate(forms) if form in ("mediation", "representation")]
    shares = dict.fromkeys(paying, RECOVERED_FEN // len(paying))
    shares[paying[0]] += RECOVERED_FEN - sum(shares.values())
    with connection.cursor() as cursor:
        cursor.execute(f"create temp table stage as select {COLUMNS} from casework_legalaid with no data")
        with cursor.copy(f"copy stage ({COLUMNS}) from stdin") as copy:
            for i, form in enumerate(forms):
                org = orgs[0] if chance.random() < 0.12 else chance.choice(orgs[1:])
                result = chance.choice(RESULTS[form])
                people = chance.choice([1] * 30 + [48])
                day = dt.date(YEARS[i % 4], chance.randint(1, 12), chance.randint(1, 28))
                fen = shares.get(i, 0)
                copy.write_row((
                    new_id(), org.pk, org.path, f"G{i:06}", form, chance.choice(STAGES[form]), result, "concluded", "", "某某", "", people,
                    people > 9, fen * 2, fen, "", "", day, 1,
                ))  # fmt: skip
        cursor.execute(f"insert into casework_legalaid ({COLUMNS}) select {COLUMNS} from stage")
        cursor.execute("drop table stage")
    return orgs
