"""Cases over three years in the order of their days, each with what its page shows; narratives sealed and searchable."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from bench.sizes import Size
from shegong.apps.casework.models import Case, CaseSearch, PlanNeed, Record
from shegong.kernel.vault.fields import seal
from shegong.kernel.vault.search import rows_of
from shegong.lib.ids import new_id
from shegong.site.demo import texts
from shegong.site.demo.province import HOME_COUNTY

from .copying import copy
from .people import SEARCH
from .province import Office, Province

DAYS = 1095
STATES = {"closed": 86, "intervention": 6, "assessment": 3, "intake": 2, "planning": 1, "evaluation": 1, "suspended": 1}
# entries of a file of the home district
FULL = ("consent", "assessment", "plan", "contact", "contact", "contact", "visit", "session")
CASE = (
    "id", "number", "form", "line", "problem", "source", "state", "held_from", "risk", "client_id", "employer_id", "people",
    "summary", "raised_by_id", "worker_id", "registered_on", "due_on", "consent_on", "closed_on", "close_reason", "claimed_fen",
    "recovered_fen", "reopened", "external_ref", "version", "created_at", "changed_at", "org_id", "org_path",
)  # fmt: skip
RECORD = ("id", "case_id", "kind", "body", "happened_on", "by_id", "at", "org_id", "org_path")
NEED = (
    "id", "case_id", "problem", "priority", "goal", "indicator", "method", "owner_id", "due_on", "outcome", "version",
    "org_id", "org_path",
)  # fmt: skip
TASK = ("id", "case_id", "need_id", "text", "owner_id", "due_on", "org_id", "org_path")
ENTRY = (
    "at", "actor_id", "actor_name", "actor_place", "via", "deed", "kind", "object_id", "org_path", "outcome", "reason",
    "changes", "address",
)  # fmt: skip
BATCH = 20_000


@dataclass
class Poured:
    """Rows of one batch, by table."""

    cases: list[tuple[Any, ...]] = field(default_factory=list)
    records: list[tuple[Any, ...]] = field(default_factory=list)
    needs: list[tuple[Any, ...]] = field(default_factory=list)
    tasks: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    plain: list[tuple[UUID, str]] = field(default_factory=list)


def load(
    connection: psycopg.Connection[Any], rng: random.Random, province: Province, people: list[list[UUID]], size: Size
) -> None:
    """COPY ``size.cases`` cases. ``bench_text`` keeps the words in plain, for ILIKE to be compared with."""
    connection.execute("create table bench_text (owner_id uuid primary key, body text not null)")
    made, writer = Poured(), _Writer(rng, province, people, size)
    for number in range(size.cases):
        writer.one(made, number)
        if len(made.cases) == BATCH:
            _pour(connection, made)
            made = Poured()
    _pour(connection, made)
    connection.execute("select setval('casework_case_number', %s)", [size.cases + 1])


def _pour(connection: psycopg.Connection[Any], made: Poured) -> None:
    copy(connection, "casework_case", CASE, made.cases)
    copy(connection, "casework_record", RECORD, made.records)
    copy(connection, "casework_planneed", NEED, made.needs)
    copy(connection, "casework_task", TASK, made.tasks)
    copy(connection, "audit_entry", ENTRY, made.entries)
    copy(connection, "bench_text", ("owner_id", "body"), made.plain)
    copy(connection, "casework_casesearch", SEARCH, _tokens(made.plain))


def _tokens(plain: list[tuple[UUID, str]]) -> Iterator[tuple[Any, ...]]:
    for pk, text in plain:
        yield from rows_of(CaseSearch, (pk, "", text))


class _Writer:
    """Draws one case after another."""

    def __init__(self, rng: random.Random, province: Province, people: list[list[UUID]], size: Size) -> None:
        self.rng, self.people, self.size = rng, people, size
        self.offices, self.employers = province.offices, province.employers
        self.weights = [o.weight if people[n] else 0.0 for n, o in enumerate(self.offices)]
        self.places: list[int] = []
        self.today = dt.date.today()
        self.every = max(1, size.cases // max(size.texts, 1))

    def _office(self) -> int:
        if not self.places:
            self.places = self.rng.choices(range(len(self.offices)), self.weights, k=10_000)
        return self.places.pop()

    def one(self, made: Poured, number: int) -> None:
        """A case, registered on its share of the days, with its file."""
        rng, place, pk = self.rng, self._office(), new_id()
        office = self.offices[place]
        wish = texts.wish(rng, "示例电子科技有限公司")
        text = wish.text if number % self.every else self._long(wish.text)
        day = self.today - dt.timedelta(days=DAYS - number * DAYS // self.size.cases)
        young = (self.today - day).days <= 40
        state = "intervention" if young else rng.choices(list(STATES), list(STATES.values()))[0]
        worker, at = rng.choice(office.workers), dt.datetime(day.year, day.month, day.day, 3, 0, tzinfo=dt.UTC)
        closed = min(self.today, day + dt.timedelta(days=30)) if state == "closed" else None
        made.cases.append((
            pk, f"{day.year}{number + 1:07d}", "individual", wish.line, wish.problem,
            rng.choice(("walk_in", "hotline", "online")), state,
            "intervention" if state == "suspended" else "", 1 if number % 19 == 0 else 0, rng.choice(self.people[place]),
            rng.choice(self.employers), 1, seal(Case, "summary", pk, text), worker, worker, day,
            None if closed else day + dt.timedelta(days=45), None if state == "intake" else day, closed, "goal" if closed else "",
            wish.yuan * 100, wish.yuan * 80 if closed else 0, 0, "", 1, at, at, office.org_id, office.path,
        ))  # fmt: skip
        made.plain.append((pk, text))
        made.entries.append(_entry(at, worker, office, "casework.case.create", pk))
        self._file(made, pk, office, worker, day, at)

    def _long(self, first: str) -> str:
        """Around two hundred characters, now and then with words that are rare."""
        rng = self.rng
        rest = "".join(
            texts.wish(rng, f"示例{rng.choice('甲乙丙丁戊己庚辛')}{rng.randrange(1000)}制造有限公司").text
            for _ in range(4)
        )
        return first + rest + (f"联系人珺瑶{rng.randrange(10)}号。" if rng.random() < 0.0005 else "")

    def _file(self, made: Poured, pk: UUID, office: Office, worker: int, day: dt.date, at: dt.datetime) -> None:
        home = office.area.startswith(HOME_COUNTY)
        place = (office.org_id, office.path)
        for n, kind in enumerate(FULL if home else FULL[:1]):
            own, on = new_id(), min(self.today, day + dt.timedelta(days=n))
            body = _body({"text": f"第{n + 1}次记录：{texts.wish(self.rng, '示例公司').text}"})
            made.records.append((own, pk, kind, seal(Record, "body", own, body), on, worker, at, *place))
        if not home:
            return
        for n in (1, 2):
            own, due = new_id(), day + dt.timedelta(days=30)
            goal = seal(PlanNeed, "goal", own, "讨回拖欠的工资")
            made.needs.append((own, pk, "wages", n, goal, "工资到账", "协商、调解", worker, due, "open", 1, *place))
            made.tasks.append((new_id(), pk, own, "工资到账", worker, due, *place))
        for deed in ("accept", "consent", "assess", "plan"):
            made.entries.append(_entry(at, worker, office, f"casework.case.{deed}", pk))


def _body(fields: dict[str, str]) -> str:
    """As records keep what was written into a form."""
    return json.dumps(fields, ensure_ascii=False)


def _entry(at: dt.datetime, worker: int, office: Office, deed: str, pk: UUID) -> tuple[Any, ...]:
    return (at, worker, "社工", office.path, "bench", deed, "casework.case", str(pk), office.path, "done", "", "{}", "")
