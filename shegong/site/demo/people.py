"""Employers and people of the demo province, taken in by the same batch deeds as an imported workbook."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, everything
from shegong.kernel.sheets.declare import SheetRow
from shegong.registry.models import Employer
from shegong.registry.services import import_employers, import_people

from .names import Inventor
from .staff import Office

BATCH = 2000
EMPLOYERS_PER_CITY = 24
NEW_FORMS = ("", "", "", "", "", "", "", "", "delivery_rider", "courier", "ride_hailing_driver", "truck_driver")


@dataclass(frozen=True)
class Known:
    """Somebody on file: what a case needs of her."""

    id: UUID
    name: str
    employer: UUID


def take_in_employers(actor: Actor, top: Org, inventor: Inventor, cities: dict[str, str]) -> dict[str, list[Employer]]:
    """Two dozen employers a city; by city. ``cities``: area code → short name."""
    rows = [
        {**inventor.employer(name), "area_code": code} for code, name in cities.items() for _ in range(EMPLOYERS_PER_CITY)
    ]  # fmt: skip
    with everything():
        import_employers(actor, top, [SheetRow(n, row) for n, row in enumerate(rows, 1)], batch_key="demo")
        found: dict[str, list[Employer]] = {code: [] for code in cities}
        for employer in Employer.objects.filter(area_code__in=cities).order_by("credit_code"):
            found[employer.area_code].append(employer)
    return found


def take_in_people(
    actor: Actor, top: Org, rng: random.Random, inventor: Inventor, offices: Sequence[Office], count: int,
    employers: dict[str, list[Employer]], known: dict[int, list[Known]], tell: Callable[[int], object],
) -> None:  # fmt: skip
    """Put ``count`` people on file at the offices, by their weight; ``known`` gets them by organisation."""
    places = rng.choices(offices, [o.weight for o in offices], k=count)
    for start in range(0, count, BATCH):
        rows, jobs = [], []
        for number, office in enumerate(places[start : start + BATCH], 1):
            employer = rng.choice(employers[office.city])
            jobs.append((office, employer))
            rows.append(SheetRow(number, _row(rng, inventor, office, employer)))
        with everything():
            results = import_people(actor, top, rows, batch_key=f"demo{start}")
        for row, result, (office, employer) in zip(rows, results, jobs, strict=True):
            if result.outcome == "created":
                here = known.setdefault(office.org.pk, [])
                here.append(Known(UUID(result.ref), row.values["name"], employer.pk))
        tell(start + len(rows))


def _row(rng: random.Random, inventor: Inventor, office: Office, employer: Employer) -> dict[str, Any]:
    person = inventor.person()
    return {
        "name": person.name, "id_number": person.id_number, "phone": person.phone, "sex": person.sex,
        "birth_on": person.birth_on, "organisation": office.org, "employer_code": employer.credit_code,
        "new_form": rng.choice(NEW_FORMS), "is_migrant": rng.random() < 0.45, "is_member": rng.random() < 0.6,
        "area_code": office.org.area_code, "address": f"{office.org.name[:-5]}示例路{rng.randint(1, 300)}号",
    }  # fmt: skip
