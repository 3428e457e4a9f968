"""The demo province, from an empty migrated database to something alive, in about a minute.

Guangdong's real union tree; everybody in it is invented. Deterministic by its seed and the day on which it is built: days are
relative to today. The past comes by batch deeds and COPY, today by the cast's own deeds (``scene``).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from shegong.apps.casework.models import Case
from shegong.kernel.audit import sealing
from shegong.kernel.audit.models import Seal
from shegong.kernel.indicators import upkeep
from shegong.kernel.orgs.models import Org, User
from shegong.kernel.orgs.reach import Actor, everything, today
from shegong.lib import areas
from shegong.registry.models import Employer, Person

from . import beside, cast, province, staff
from .history import Chronicler
from .names import Inventor
from .people import Known, take_in_employers, take_in_people
from .register import found_stations
from .scene import play
from .stage import Stage

SEED = "shegong"
CASES, PEOPLE, NEEDS, AID = 6_000, 6_000, 240, 420
Progress = Callable[[str, int, int], object]


class NotEmpty(RuntimeError):
    """There is something in the database already; the demo is built into an empty one only."""


@dataclass(frozen=True)
class Summary:
    """What was built. ``rating_code``: opens the rating that the worker of the cast (zhang) has not given yet."""

    organisations: int
    accounts: int
    employers: int
    people: int
    cases: int
    rating_code: str


def build(progress: Progress | None = None, scale: float = 1.0, *, reset: bool = False, seed: str = SEED) -> Summary:
    """Build it. ``scale`` multiplies cases and people; ``progress(text, done, total)`` hears how far it is.

    Raises ``NotEmpty`` where an organisation is there already; with ``reset`` the demo's database is emptied and set up first.
    """
    if reset:
        _empty()
    if Org.objects.exists():
        raise NotEmpty("the database is not empty: `shegong demo --reset` empties a demo's database first")
    tell = progress or (lambda text, done, total: None)
    builder = _Builder(random.Random(f"{seed}:{today()}"), scale, tell)  # noqa: S311 - invented people, no keys
    return builder.build()


def _empty() -> None:
    """As ``shegong demo --reset`` does: only a database marked as a demo's."""
    from shegong.site.cli.demo import empty_database
    from shegong.site.cli.serving import prepare

    empty_database()
    prepare()


@dataclass
class _Builder:
    """The steps, in order."""

    rng: random.Random
    scale: float
    tell: Progress

    def build(self) -> Summary:
        orgs, users, offices = self._tree()
        inventor = Inventor(self.rng, area=991000)
        actor = Actor.machine("演示数据").working_as(via="demo")
        employers = take_in_employers(actor, orgs["U440000"], inventor, _cities())
        known = self._people(actor, orgs["U440000"], inventor, offices, employers)
        chronicler = Chronicler(self.rng, actor, offices, known, employers, today())
        chronicler.write(self._times(CASES), self._telling("案件 cases", CASES))
        self._beside(orgs, offices, employers)
        stage = Stage(self.rng, orgs, users, inventor)
        play(stage, lambda done, total: self.tell("今天的石牌街道 today", done, total))
        self._figures()
        return self._summary(stage)

    def _times(self, count: int) -> int:
        return max(1, round(count * self.scale))

    def _telling(self, text: str, count: int) -> Callable[[int], object]:
        total = self._times(count)
        return lambda done: self.tell(text, done, total)

    def _tree(self) -> tuple[dict[str, Org], dict[str, User], list[staff.Office]]:
        self.tell("组织与账号 organisations", 0, 3)
        with everything():
            orgs = province.build()
            self.tell("组织与账号 organisations", 1, 3)
            orgs |= found_stations(orgs[f"U{province.HOME_COUNTY}"])
            users = cast.build(orgs)
            self.tell("组织与账号 organisations", 2, 3)
            offices = staff.engage(self.rng, orgs, users)
        self.tell("组织与账号 organisations", 3, 3)
        return orgs, users, offices

    def _people(
        self,
        actor: Actor,
        top: Org,
        inventor: Inventor,
        offices: list[staff.Office],
        employers: dict[str, list[Employer]],
    ) -> dict[int, list[Known]]:
        known: dict[int, list[Known]] = {}
        tell = self._telling("职工 people", PEOPLE)
        take_in_people(actor, top, self.rng, inventor, offices, self._times(PEOPLE), employers, known, tell)
        return known

    def _beside(self, orgs: dict[str, Org], offices: list[staff.Office], employers: dict[str, list[Employer]]) -> None:
        day: dt.date = today()
        self.tell("诉求、资源、法援 beside", 0, 3)
        beside.resources(self.rng, orgs, list(_cities()))
        self.tell("诉求、资源、法援 beside", 1, 3)
        beside.urgent_needs(self.rng, offices, employers, self._times(NEEDS), day)
        self.tell("诉求、资源、法援 beside", 2, 3)
        beside.legal_aid(self.rng, orgs, offices, self._times(AID), day)
        self.tell("诉求、资源、法援 beside", 3, 3)

    def _figures(self) -> None:
        self.tell("指标与封存 figures", 0, 2)
        upkeep.rebuild()
        self.tell("指标与封存 figures", 1, 2)
        _set_aside_anchor()
        while sealing.seal_once(50_000):
            pass
        self.tell("指标与封存 figures", 2, 2)

    def _summary(self, stage: Stage) -> Summary:
        with everything():
            return Summary(
                Org.objects.count(), User.objects.count(), Employer.objects.count(), Person.objects.count(), Case.objects.count(),
                stage.rating_code,
            )  # fmt: skip


def _set_aside_anchor() -> None:
    """The anchor file of a demo that was emptied tells of a trail that is gone: keep it beside, under its time."""
    path: Path = settings.SHEGONG_ANCHOR_FILE
    if path.exists() and not Seal.objects.exists():
        path.rename(path.with_name(f"{path.name}.{dt.datetime.now():%Y%m%d%H%M%S}"))


def _cities() -> dict[str, str]:
    """Area code → short name of the province's cities."""
    return {a.code: a.name.removesuffix("市") for a in areas.load(province.PROVINCE) if a.level is areas.Level.CITY}
