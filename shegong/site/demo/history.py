"""Two years of cases over the whole province, poured in as they would stand today."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence

from django.db import connection

from shegong.apps.casework.models import CaseSearch
from shegong.kernel.audit import trail
from shegong.kernel.orgs.reach import Actor, everything
from shegong.kernel.vault import search
from shegong.registry.models import Employer

from . import texts
from .casefile import CaseRows, Setting, consultation, open_file
from .course import ARREARS, Course, course, late_courses, registered_days
from .people import Known
from .pour import pour
from .province import HOME_COUNTY, HOME_TOWN
from .staff import NEIGHBOUR, Office

BATCH = 500
CONSULTATIONS, GROUPS = 0.33, 0.025
GROUP_SIZES = (2, 3, 4, 5, 6, 8, 11, 12, 15, 21)
Tell = Callable[[int], object]


class Chronicler:
    """Writes the cases in the order of their days, so that the newest has the highest number and id."""

    def __init__(
        self, rng: random.Random, actor: Actor, offices: Sequence[Office], known: dict[int, list[Known]],
        employers: dict[str, list[Employer]], today: dt.date,
    ) -> None:  # fmt: skip
        self.rng, self.actor, self.today = rng, actor, today
        self.offices = [o for o in offices if known.get(o.org.pk)]
        self.weights = [o.weight for o in self.offices]
        self.known = known
        self.employers = {e.pk: e for found in employers.values() for e in found}

    def write(self, count: int, tell: Tell) -> int:
        """Pour in ``count`` cases; ``tell`` hears how many there are. Returns it."""
        days = registered_days(self.rng, count, self.today)
        done = 0
        for start in range(0, count, BATCH):
            part = days[start : start + BATCH]
            with everything():
                numbers = list(_numbers(part))
                self._pour([self._one(day, number) for day, number in zip(part, numbers, strict=True)])
            done += len(part)
            tell(done)
        self._overdue()
        return done

    def _one(self, day: dt.date, number: str) -> CaseRows:
        rng = self.rng
        office = rng.choices(self.offices, self.weights)[0]
        people = self.known[office.org.pk]
        draw = rng.random()
        if draw < CONSULTATIONS:
            return consultation(rng, office, day, number, rng.choice(people) if rng.random() < 0.35 else None)
        size = rng.choice(GROUP_SIZES) if draw < CONSULTATIONS + GROUPS else 1
        clients = tuple(rng.sample(people, min(size, len(people))))
        return self._file(office, rng.choice(office.workers), clients, day, number)

    def _file(
        self,
        office: Office,
        worker: int,
        clients: tuple[Known, ...],
        day: dt.date,
        number: str,
        way: Course | None = None,
    ) -> CaseRows:
        employer = self.employers[clients[0].employer]
        wish = texts.wish(self.rng, employer.name, arrears=ARREARS.get(day.month, 1.0))
        way = way or course(self.rng, day, self.today, quick=wish.line == "mediation")
        whole = office.org.area_code.startswith(HOME_COUNTY)
        return open_file(self.rng, Setting(office, worker, employer, clients, wish, way, number, self.today, whole))

    def _overdue(self) -> None:
        """Where the cast work, each has three cases past their day, on whatever day the demo is built."""
        with everything():
            for office in (o for o in self.offices if o.org.area_code in (HOME_TOWN, NEIGHBOUR)):
                for worker in office.workers:
                    ways = late_courses(self.today)
                    numbers = _numbers([way.days["intake"] for way in ways])
                    people = self.rng.choices(self.known[office.org.pk], k=len(ways))
                    jobs = zip(ways, numbers, people, strict=True)
                    self._pour([self._file(office, worker, (one,), w.days["intake"], n, w) for w, n, one in jobs])

    def _pour(self, made: list[CaseRows]) -> None:
        pour([m.case for m in made])
        for name in ("records", "needs", "tasks", "participants", "ratings", "approvals"):
            pour([row for m in made for row in getattr(m, name)])
        search.add_many(CaseSearch, ((m.case.pk, "", m.written) for m in made))
        changes = {"batch": "demo"}
        trail.write_many(
            self.actor,
            (
                trail.Line("casework.case.import", "casework.case", m.case.pk, m.case.org_path, changes=changes)
                for m in made
            ),
        )


def _numbers(days: Sequence[dt.date]) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('casework_case_number') from generate_series(1, %s)", [len(days)])
        for day, (number,) in zip(days, cursor.fetchall(), strict=True):
            yield f"{day.year}{number:07d}"
