"""Case list, filtered list, case page, create: CPU beside the floor, SQL statements, growth with the number of cases, a crowd."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from bench.house import FLOOR, OURS, House, Served
from bench.result import Goal, Measure
from bench.sizes import Size
from bench.timing import alternated, median, share
from bench.wire import Caller, cpu_ms, crowd, signed_in

LIST, FILTERED = "/cases", "/cases?line=rights&state=open"
NAMED = {"one": "/cases?client=%E7%8E%8B", "two": "/cases?client=%E7%8E%8B%E4%BC%9F"}  # 王, 王伟
HOW = (
    "CPU of gunicorn and of its database sessions from /proc over {n} sequential loopback requests a round; "
    "median of {r} alternated rounds"
)
CONNECTIONS = 32


@dataclass
class Site:
    """A served site with one signed-in caller for each role."""

    served: Served
    callers: dict[str, Caller]

    def cpu(self, role: str, path: str, requests: int) -> Callable[[], float]:
        return lambda: cpu_ms(self.served, [path] * requests, self.callers[role])


def measure(house: House, many: str, few: str, plain: str, size: Size) -> list[Measure]:
    """All of them, with the three sites served at once."""
    with ExitStack() as stack:
        floor = _site(house, stack, plain, FLOOR, {"floor": "floor"})
        cast = {"clerk": "wu", "province": "zhu", "worker": "chen"}
        ours = _site(house, stack, many, OURS, cast)
        small = _site(house, stack, few, OURS, cast)
        case = _case_path(ours)
        found = [
            *_lists(floor, ours, size),
            *_statements(floor, ours, case),
            *_case_page(floor, ours, case, size),
            _create(ours, size),
        ]
        found += _growth(ours, small, size) + _names(ours, size)
    return found


def crowded(house: House, many: str, size: Size) -> list[Measure]:
    """32 connections at once, against the processes and threads that ``shegong serve`` starts by default."""
    with house.serving(many, OURS, workers=2, threads=4) as served:
        one = signed_in(house, served, OURS, "wu")
        callers = [Caller(served.port, dict(one.cookies)) for _ in range(CONNECTIONS)]
        crowd(callers, LIST, min(2.0, size.seconds))
        met = crowd(callers, LIST, size.seconds)
    p50, p95 = share(met.seconds, 0.5) * 1000, share(met.seconds, 0.95) * 1000
    how = f"{CONNECTIONS} callers ask for the list without a pause for {size.seconds:g} s, from threads"
    ours = {"p50_ms": p50, "p95_ms": p95, "requests_per_second": len(met.seconds) / size.seconds}
    return [
        Measure("crowd.p95", "32 connections: p95 beside p50", Goal("<=", 1.5, "× p50"), p95 / p50, how, ours),
        Measure(
            "crowd.errors",
            "32 connections: errors",
            Goal("==", 0, "errors"),
            met.errors,
            how,
            {"requests": len(met.seconds)},
        ),
    ]


def _site(house: House, stack: ExitStack, database: str, settings: str, cast: dict[str, str]) -> Site:
    served = stack.enter_context(house.serving(database, settings))
    return Site(served, {role: signed_in(house, served, settings, account) for role, account in cast.items()})


def _case_path(site: Site) -> str:
    """A case of the home town with its whole file."""
    with site.served.house.connect(site.served.database) as connection:
        row = connection.execute(
            "select c.id from casework_case c join orgs_user u on u.id = c.worker_id where u.username = 'chen' "
            "and c.state = 'intervention' order by c.id limit 1"
        ).fetchone()
        row = (
            row
            or connection.execute(
                "select c.id from casework_case c join orgs_org o on o.id = c.org_id where o.code = 'U440106006' limit 1"
            ).fetchone()
        )
    if row is None:
        raise RuntimeError("the home town has no case: the size is too small")
    return f"/cases/{row[0]}"


def _lists(floor: Site, ours: Site, size: Size) -> list[Measure]:
    runs = {
        "floor": floor.cpu("floor", "/rows", size.requests), "list": ours.cpu("clerk", LIST, size.requests),
        "filtered": ours.cpu("clerk", FILTERED, size.requests), "province": ours.cpu("province", LIST, size.requests),
    }  # fmt: skip
    took = {k: median(v) for k, v in alternated(runs, size.rounds).items()}
    how, base = HOW.format(n=size.requests, r=size.rounds), {"cpu_ms": took["floor"], "sql": 3}
    titles = {
        "list": "Case list of a district", "filtered": "Case list of a district, filtered by line and phase",
        "province": "Case list of the province",
    }  # fmt: skip
    return [
        Measure(
            f"page.{k}.cpu", title, Goal("<=", 1.5, "× floor"), took[k] / took["floor"], how, {"cpu_ms": took[k]}, base
        )
        for k, title in titles.items()
    ]


def _statements(floor: Site, ours: Site, case: str) -> list[Measure]:
    """SQL statements a page, counted by a middleware on request; session and actor included, savepoints apart."""
    pages = [
        ("list", "Case list", ours, "clerk", LIST, 8), ("filtered", "Filtered case list", ours, "clerk", FILTERED, 8),
        ("province", "Case list of the province", ours, "province", LIST, 8),
        ("named", "Case list by a client's name", ours, "clerk", NAMED["two"], 8),
        ("case", "Case page", ours, "worker", case, 10),
    ]  # fmt: skip
    at_floor = floor.callers["floor"].get("/rows", X_Bench_Count="1").headers["x-sql"]
    found = []
    for code, title, site, role, path, most in pages:
        answer = site.callers[role].get(path, X_Bench_Count="1")
        how = "statements counted in the request by execute_wrapper, session and actor included"
        ours_says = {
            "sql": int(answer.headers["x-sql"]),
            "savepoints": int(answer.headers["x-sql-control"]),
            "bytes": len(answer.body),
        }
        goal = Goal("<=", most, "SQL")
        found.append(
            Measure(f"page.{code}.sql", f"{title}: SQL", goal, ours_says["sql"], how, ours_says, {"sql": int(at_floor)})
        )
    return found


def _case_page(floor: Site, ours: Site, case: str, size: Size) -> list[Measure]:
    runs = {"floor": floor.cpu("floor", "/rows", size.requests), "case": ours.cpu("worker", case, size.requests)}
    took = {k: median(v) for k, v in alternated(runs, size.rounds).items()}
    how = HOW.format(n=size.requests, r=size.rounds)
    note = "The bound of 1.5 is set for lists; the page of a case has none but its SQL, so the same is asked here."
    return [
        Measure(
            "page.case.cpu", "Case page", Goal("<=", 1.5, "× floor"), took["case"] / took["floor"], how, {"cpu_ms": took["case"]},
            {"cpu_ms": took["floor"]}, note,
        )
    ]  # fmt: skip


def _create(ours: Site, size: Size) -> Measure:
    """A case of somebody on file, by its form, with audit; each request makes one."""
    caller, rng = ours.callers["worker"], random.Random(7)
    with ours.served.house.connect(ours.served.database) as connection:
        row = connection.execute("select id from orgs_org where code = 'U440106006'").fetchone()
        person = connection.execute(
            "select id from registry_person where org_id = %s order by id limit 1", [row[0] if row else 0]
        ).fetchone()
    path = f"/do/casework.case.create/{row[0] if row else 0}"
    hidden = caller.form(path)
    fields = {
        "line": "rights", "summary": f"拖欠工资（{rng.random()}）", "problem": "wages", "source": "walk_in", "form": "individual",
        "people": "1", "risk": "0", "registered_on": dt.date.today().isoformat(), "claimed_fen": "3000",
        "client": str(person[0]) if person else "",
    }  # fmt: skip
    counted = caller.send(path, fields, hidden, X_Bench_Count="1").headers
    pids_before = ours.served.pids()
    from bench.timing import cpu_seconds

    before, times = cpu_seconds(pids_before), max(3, size.requests // 4)
    for _ in range(times):
        caller.send(path, fields, hidden)
    each = (cpu_seconds(pids_before) - before) * 1000 / times
    sql = int(counted["x-sql"])
    how = "POST of the intake form with audit, receipt, search words and figures; statements counted by execute_wrapper"
    return Measure("page.create.sql", "Create a case: SQL", Goal("<=", 12, "SQL"), sql, how,
                   {"sql": sql, "savepoints": int(counted["x-sql-control"]), "cpu_ms": each})  # fmt: skip


def _growth(ours: Site, small: Site, size: Size) -> list[Measure]:
    found = []
    for code, role, path in (("list", "clerk", LIST), ("filtered", "clerk", FILTERED), ("province", "province", LIST)):
        runs = {"many": ours.cpu(role, path, size.requests), "few": small.cpu(role, path, size.requests)}
        took = {k: median(v) for k, v in alternated(runs, size.rounds).items()}
        title = f"Growth from {size.few_cases:,} to {size.cases:,} cases: {code}"
        how = HOW.format(n=size.requests, r=size.rounds)
        found.append(
            Measure(
                f"growth.{code}",
                title,
                Goal("<=", 1.2, "× few cases"),
                took["many"] / took["few"],
                how,
                {"cpu_ms": took["many"]},
                {"cpu_ms": took["few"]},
            )
        )
    return found


def _names(ours: Site, size: Size) -> list[Measure]:
    """As the district's clerk: a level above lists rows without names, so nobody there searches for one."""
    paths, role, found = {"all": LIST, **NAMED}, "clerk", []
    took = alternated({k: ours.cpu(role, p, size.requests) for k, p in paths.items()}, size.rounds)
    how, goal = HOW.format(n=size.requests, r=size.rounds), Goal("<=", 2.0, "× unfiltered")
    base = median(took["all"])
    for name in NAMED:
        title, value = f"Name filter, {name} character{'s' if name == 'two' else ''}", median(took[name])
        found.append(Measure(f"name.{name}", title, goal, value / base, how, {"cpu_ms": value}, {"cpu_ms": base}))
    return found
