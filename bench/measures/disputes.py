"""Disputes: a group's list taken in, limits reckoned anew after a change of rule, conflicts of interest, a fair month of duties."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import xlsxwriter

from bench.baselines.roundrobin import round_robin
from bench.house import House
from bench.result import Goal, Measure
from bench.sizes import Size
from bench.timing import alternated, median, share, wall

WORKERS, CLOCKS, PARTIES, LAWYERS, PLACES = 1_000, 100_000, 500_000, 50, 19
CHECKS = 200
LIMIT, EVERY_EVENT = "arbitration.award", 5  # one clock in five was extended
_CLOCKS = """
insert into casework_legalclock (id, case_id, "limit", area, started_on, due_on, provisional, state, note, by_id, version, org_id, org_path)
select gen_random_uuid(), c.id, %(limit)s, '', date '2025-01-01' + %(later)s + (n %% 400)::int, date '2025-01-01', false, 'running',
  '', %(by)s, 1, c.org_id, c.org_path
from (select id, org_id, org_path, row_number() over (order by id) as n from casework_case order by id limit %(cases)s) c
"""
_EVENTS = """
insert into casework_clockevent (id, clock_id, case_id, kind, happened_on, length, reason, by_id, at, org_id, org_path)
select gen_random_uuid(), id, case_id, 'extend', started_on + 10, 15, '批准延长', by_id, now(), org_id, org_path
from (select *, row_number() over (order by id) as n from casework_legalclock where "limit" = %(limit)s) c where n %% %(every)s = 0
"""
_PARTIES = """
insert into casework_firmparty (id, firm_id, side, name, plain, core, credit_code, org_id, org_path)
select gen_random_uuid(), %(firm)s, case n %% 2 when 0 then 'for' else 'against' end, '对照示例公司' || n, '对照示例公司' || n,
  '对照示例' || n, '', %(org)s, %(path)s from generate_series(1, %(count)s) n
"""


def measure(house: House, many: str, few: str, plain: str, size: Size) -> list[Measure]:
    """The four goals of disputes; every number of rows shrinks with a smaller house."""
    scale = min(1.0, size.cases / 50_000)
    return [
        _group(house, many, size, max(20, int(WORKERS * scale))),
        _undone(lambda: _reckoned(max(200, int(CLOCKS * scale)))),
        _undone(lambda: _conflicts(max(1_000, int(PARTIES * scale)))),
        _roster(),
    ]


class _Undone(Exception):
    """Takes everything back that a measure put into the house."""


def _undone(work: Callable[[], Measure]) -> Measure:
    """The measure, with the whole province in reach, and nothing of it left behind."""
    from shegong.kernel.orgs.reach import everything

    found: list[Measure] = []
    try:
        with everything():
            found.append(work())
            raise _Undone
    except _Undone:
        return found[0]


# --- a group's list -------------------------------------------------------------------------------------------------------
def _group(house: House, many: str, size: Size, workers: int) -> Measure:
    took, runs = [], count()

    def ours() -> float:
        book = house.folder / "group.xlsx"
        _write_group(book, workers, f"{house.folder}:{uuid.uuid4()}")
        seconds = _take_in(book, workers)
        took.append(seconds)
        next(runs)
        return seconds

    book = house.folder / "group-read.xlsx"
    _write_group(book, workers, "read")
    found = alternated({"ours": ours, "read": lambda: wall(lambda: _read(book))}, min(size.rounds, 3), warm=False)
    book.unlink(missing_ok=True)
    how = (
        f"{workers:,} workers of one group case by workbook through check and commit as the district's clerk, each run new people: "
        "sealed, searchable, compared with who is on file; wall clock"
    )
    return Measure(
        "disputes.group", "Group import", Goal("<=", 5, "s"), median(found["ours"]), how, {"seconds": found["ours"]},
        {"only_reading_the_file_seconds": median(found["read"])},
    )  # fmt: skip


def _write_group(path: Path, workers: int, seed: str) -> None:
    from shegong.site.demo.names import Inventor

    inventor = Inventor(random.Random(seed), area=997000)
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["姓名", "身份证号码", "手机号", "拖欠工资"])
        for at in range(1, workers + 1):
            one = inventor.person()
            page.write_row(at, 0, [one.name, one.id_number, one.phone, 5_000 + at])


def _take_in(book: Path, workers: int) -> float:
    from shegong.apps.casework.models import Case
    from shegong.apps.casework.services.cases import create_case
    from shegong.kernel.orgs.models import Org
    from shegong.kernel.orgs.reach import acting, actor_of
    from shegong.kernel.sheets import services

    place = Org.objects.get(code="U440106")
    with acting(actor_of("wu")) as actor:
        case: Case = create_case(actor, place, line="rights", problem="wages", form="group", summary="对照：三个月工资未发")
    with book.open("rb") as stream:
        run = services.receive(
            actor, stream, sheet_code="casework.participants", org_id=place.pk, org_path=place.path, name=book.name,
            once={"case": case.number},
        )  # fmt: skip

    def take() -> None:
        done = services.commit(actor, services.check(actor, run), mode="good_rows")
        if done.counts.get("created") != workers:
            raise SystemExit(f"the list was not taken in: {done.counts} {done.refusal}")

    return wall(take)


def _read(book: Path) -> int:
    import python_calamine

    return len(python_calamine.CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python())


# --- limits of the law ------------------------------------------------------------------------------------------------------
def _reckoned(clocks: int) -> Measure:
    """All of them moved by a change of rule; nothing of it stays in the house."""
    from django.db import connection

    from shegong.apps.casework.models import Case, LegalClock
    from shegong.apps.casework.services import keeping
    from shegong.kernel.orgs.models import User
    from shegong.lib import clocks as law
    from shegong.lib import statutes

    told: list[tuple[int, int]] = []
    cases = min(clocks, Case.objects.count())
    by = User.objects.order_by("pk").values_list("pk", flat=True)[0]
    with connection.cursor() as cursor:
        for number in range(-(-clocks // max(cases, 1))):  # the same limit of one case begins on another day each time
            given = {"limit": LIMIT, "by": by, "cases": min(cases, clocks - number * cases), "later": number}
            cursor.execute(_CLOCKS, given)
        cursor.execute(_EVENTS, {"limit": LIMIT, "every": EVERY_EVENT})
        cursor.execute("analyze casework_legalclock, casework_clockevent")
    live = LegalClock.objects.filter(limit=LIMIT)
    started = list(live.values_list("started_on", flat=True))
    moved: list[int] = []
    ours = wall(lambda: moved.append(keeping.reckon_anew(lambda done, of: told.append((done, of)))))
    rule = statutes.limit_on(LIMIT, dt.date(2025, 1, 1), "")
    bare = wall(lambda: [law.run(rule, day) for day in started])
    how = (
        f"{len(started):,} running limits of open cases, every last day wrong, one in {EVERY_EVENT} with an extension; reckoned, written "
        f"and entered in the trail; progress was told {len(told)} times; once"
    )
    return Measure(
        "disputes.reckon", "Limits reckoned anew", Goal("<=", 30, "s"), ours, how, {"seconds": ours, "moved": moved[0]},
        {"rule_alone_in_memory_seconds": bare},
    )  # fmt: skip


# --- conflicts --------------------------------------------------------------------------------------------------------------
def _conflicts(parties: int) -> Measure:
    """One firm with so many parties, checked against cases: known employers, unknown ones, people."""
    from django.db import connection

    from shegong.apps.casework.models import Case, FirmParty, LawFirm, Lawyer
    from shegong.apps.casework.queries.panel import conflicts_of
    from shegong.kernel.orgs.models import Org, User
    from shegong.lib import companyname, creditcode

    org = Org.objects.get(code="U440106")
    at = {"org": org, "org_path": org.path}
    firm = LawFirm.objects.create(name="对照律师事务所", credit_code=creditcode.synthetic(990_001, prefix="31"), **at)
    user = User.objects.get(username="wei")
    Lawyer.objects.filter(user=user).update(user=None)
    Lawyer.objects.create(firm=firm, name=user.name, licence="14401201510990001", user=user, **at)
    with connection.cursor() as cursor:
        cursor.execute(_PARTIES, {"firm": firm.pk, "org": org.pk, "path": org.path, "count": parties})
    cases = list(Case.objects.filter(employer__isnull=False).select_related("employer", "client").order_by("pk")[:CHECKS])
    names = {c.employer.name for c in cases[::2] if c.employer}  # every second employer is a client of the firm
    FirmParty.objects.bulk_create(
        FirmParty(firm=firm, side="for", name=n, plain=companyname.plain(n), core=companyname.core(n), **at) for n in sorted(names)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze casework_firmparty")
    hits: list[int] = []

    def check(case: Case) -> None:
        hits.append(len(conflicts_of(user, case)))

    plain = [companyname.plain(c.employer.name) for c in cases if c.employer]
    exact: Callable[[str], Any] = lambda name: list(FirmParty.objects.filter(plain=name))  # noqa: E731
    check(cases[0])
    ours = [wall(lambda: check(case)) * 1000 for case in cases]  # noqa: B023
    bare = [wall(lambda: exact(name)) * 1000 for name in plain]  # noqa: B023
    how = f"{parties:,} parties of one firm; {len(cases)} cases, each once, {sum(h > 0 for h in hits)} checks with a finding; wall clock"
    return Measure(
        "disputes.conflict", "Conflict check, p95", Goal("<=", 50, "ms"), share(ours, 0.95), how,
        {"p50_ms": median(ours), "p95_ms": share(ours, 0.95)}, {"one_exact_name_p95_ms": share(bare, 0.95)},
    )  # fmt: skip


# --- a fair month ---------------------------------------------------------------------------------------------------------
def _roster() -> Measure:
    from shegong.lib import roster

    problem = _month()
    answers: list[Any] = []
    took = alternated(
        {"ours": lambda: wall(lambda: answers.append(roster.solve(problem))), "in_turn": lambda: wall(lambda: round_robin(problem))},
        3,
    )
    found, turn = answers[-1], roster.judge(problem, round_robin(problem))
    how = (
        f"{LAWYERS} lawyers × {PLACES} places, {sum(s.needed for s in problem.shifts)} duties of a month with leave, wishes, distance and "
        f"earlier duties; proven best: {found.proven}"
    )
    scores = {name: {"open": s.unfilled, "spread": float(s.spread), "wishes_broken": s.wishes} for name, s in (
        ("ours", found.score), ("in_turn", turn),
    )}  # fmt: skip
    return Measure(
        "disputes.roster", "A fair month of duties", Goal("<=", 5, "s"), median(took["ours"]), how,
        {"seconds": median(took["ours"]), **scores["ours"]}, {"seconds": median(took["in_turn"]), **scores["in_turn"]},
        "The baseline is the next lawyer in turn, as offices do it by hand.",
    )  # fmt: skip


def _month() -> Any:
    from shegong.lib.roster import Limits, Person, Problem, Shift

    rng = random.Random(19)
    first = dt.date(2026, 6, 1)
    days = [day for day in (first + dt.timedelta(n) for n in range(30)) if day.weekday() < 5]
    places = [f"p{n:02d}" for n in range(PLACES)]
    shifts = tuple(Shift(place, day) for n, place in enumerate(places) for day in days if n == 0 or (day.day + n) % 2)
    people = []
    for n in range(LAWYERS):
        away = rng.sample(days, rng.randint(0, 6))
        people.append(Person(
            f"l{n:02d}", weight=len(days) - len(away), past=rng.randint(4, 9), barred={(day, ""): "leave" for day in away},
            wishes={(day, ""): 1 for day in rng.sample(days, 3)}, far={place: rng.randint(0, 9) for place in places},
        ))  # fmt: skip
    return Problem(first, shifts, tuple(people), Limits(week=3, month=10))
