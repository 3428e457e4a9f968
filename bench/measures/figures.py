"""Figures over pre-computed cells: beside a bare read of the same cells and GROUP BY over the rows; upkeep, freshness, truth."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.house import OURS, ROOT, House
from bench.result import Goal, Measure
from bench.sizes import Size
from bench.timing import alternated, median, wall

MONTHS = 36
_T09 = """
select c.org_id, c.dims[1], c.dims[2], c.dims[3], c.dims[4], sum(c."values"[1]), sum(c."values"[2]), sum(c."values"[3]),
  sum(c."values"[4]) from indicators_cell c where c.cube = 'casework.aid' and not c.own
  and c.org_id in (select id from orgs_org where parent_id = %(org)s union all select %(org)s)
  and c.month >= %(first)s and c.month <= %(last)s group by 1, 2, 3, 4, 5
"""
_DASHBOARD = """
select c.cube, c.org_id, c.month, c.dims, c."values" from indicators_cell c where not c.own
  and c.cube = any(%(cubes)s) and c.org_id in (select id from orgs_org where parent_id = %(org)s union all select %(org)s)
  and c.month >= %(first)s and c.month <= %(last)s
"""
_CUBES = [
    f"casework.{name}" for name in ("registered", "closed", "phase", "rating", "need_raised", "need_closed", "aid")
]
_BY_AREA = """
select split_part(org_path, '.', 2), form, stage, result, is_group, count(*), sum(people), sum(claimed_fen), sum(recovered_fen)
from casework_legalaid where org_path >= %(low)s and org_path < %(high)s and accepted_on >= %(first)s and accepted_on < %(after)s
group by 1, 2, 3, 4, 5
"""
_COVERING = """
create index if not exists bench_covering on casework_legalaid (accepted_on, org_path)
  include (form, stage, result, is_group, people, claimed_fen, recovered_fen)
"""


def measure(house: House, many: str, few: str, plain: str, size: Size) -> list[Measure]:
    """All about figures; rows are added by deeds on the way."""
    from shegong.kernel.indicators import upkeep
    from shegong.kernel.orgs.models import Org

    while upkeep.keep_once():
        pass
    province = Org.objects.get(kind="province")
    given = _question(province)
    return [*_reads(house, many, given, province, size), *_upkeep(size), _fresh(house, many), _recount()]


def _question(province: Any) -> dict[str, Any]:
    from shegong.kernel.orgs.reach import today

    last = today().replace(day=1)
    earlier = last.year * 12 + last.month - MONTHS
    after = (last + dt.timedelta(days=32)).replace(day=1)
    first = dt.date(earlier // 12, earlier % 12 + 1, 1)
    return {
        "org": province.pk, "first": first, "last": last, "after": after, "cubes": _CUBES, "low": province.path,
        "high": province.path[:-1] + "/",
    }  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------
def _reads(house: House, many: str, given: dict[str, Any], province: Any, size: Size) -> list[Measure]:
    with house.connect(many) as connection:
        connection.execute(_COVERING)
        connection.execute("vacuum analyze casework_legalaid")
        connection.execute("vacuum analyze indicators_cell")
        year = {**given, "first": given["last"].replace(year=given["last"].year - 1)}

        def bare(sql: str, asked: dict[str, Any]) -> Callable[[], float]:
            return lambda: wall(lambda: connection.execute(sql, asked).fetchall())

        took = alternated({"t09": _t09(province, given), "bare": bare(_T09, given)}, max(5, size.rounds))
        board = alternated({"page": _dashboard(), "bare": bare(_DASHBOARD, year)}, max(5, size.rounds))
        plain = alternated({"group_by": bare(_BY_AREA, given)}, 3)["group_by"]
        cells = connection.execute("select count(*) from indicators_cell where cube = any(%s)", [_CUBES]).fetchone()
        read = len(connection.execute(_DASHBOARD, year).fetchall())
        connection.execute("drop index bench_covering")
    return _read_measures(size, took, board, median(plain), int(str(cells[0])) if cells else 0, read)


def _read_measures(
    size: Size, took: dict[str, list[float]], board: dict[str, list[float]], plain: float, cells: int, read: int
) -> list[Measure]:
    t09, bare, page, cold = (median(v) * 1000 for v in (took["t09"], took["bare"], board["page"], board["bare"]))
    what = (
        f"{size.facts:,} register entries, {size.cases:,} cases, {cells:,} cells; wall clock, median of alternated runs"
    )
    group = f"the same figures by GROUP BY over the rows, covering index built for it, parallel plans allowed; {what}"
    return [
        Measure("figures.t09", "T09 of the province by area, 36 months", Goal("<=", 2, "× bare read"), t09 / bare,
                "the table as page and export show it, rights and small cells included, beside one written sum of these cells; "
                + what,
                {"ms": t09}, {"ms": bare}),
        Measure("figures.dashboard", "Dashboard of the province, whole page", Goal("<=", 2, "× bare read"), page / cold,
                "sign-in, rights, HTML and charts included, beside one read of the cells of these cubes and months, "
                f"{read:,} of them; {what}",
                {"ms": page}, {"ms": cold, "cells": read},
                "The page shows more than cells: overdue cases are counted live, and HTML is written."),
        Measure("figures.group_by", "T09 beside GROUP BY", Goal(">=", 100, "× faster"), plain * 1000 / t09, group, {"ms": t09},
                {"ms": plain * 1000}),
    ]  # fmt: skip


def _t09(province: Any, given: dict[str, Any]) -> Callable[[], float]:
    from shegong.apps.casework.reports.filling import report
    from shegong.kernel.orgs.reach import acting, actor_of

    def run() -> float:
        with acting(actor_of("zhu")) as actor:
            return wall(lambda: report(actor, "T09", province, given["first"], given["last"], by="area"))

    return run


def _dashboard() -> Callable[[], float]:
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        get_user_model().objects.get(username="zhu"), backend="django.contrib.auth.backends.ModelBackend"
    )

    def run() -> float:
        start = time.perf_counter()
        answer = client.get("/dashboard")
        if answer.status_code != 200:
            raise RuntimeError(f"/dashboard answered {answer.status_code}")
        return time.perf_counter() - start

    return run


# --- upkeep -----------------------------------------------------------------------------------------------------------
def _deed() -> float:
    """One case taken in by the service; seconds with its transaction."""
    from shegong.apps.casework.services.cases import create_case
    from shegong.kernel.orgs.models import Org
    from shegong.kernel.orgs.reach import acting, actor_of

    place = Org.objects.get(code="U440106006")
    actor = actor_of("chen")
    start = time.perf_counter()
    with acting(actor):
        create_case(actor, place, line="rights", summary="拖欠工资三个月，希望工会帮助讨回。", problem="wages")
    return time.perf_counter() - start


def _upkeep(size: Size) -> list[Measure]:
    """What the deed itself pays for figures, and what the keeper pays afterwards."""
    from unittest import mock

    from shegong.kernel.indicators import upkeep

    spent: list[float] = []
    touch = upkeep.touch

    def timed(changed: Any) -> None:
        start = time.perf_counter()
        touch(changed)
        spent.append(time.perf_counter() - start)

    times = max(10, size.requests)
    with mock.patch.object(upkeep, "touch", timed):
        _deed()
        spent.clear()
        deeds = [_deed() for _ in range(times)]
    batch = wall(upkeep.keep_once)
    alone = []
    for _ in range(5):
        _deed()
        alone.append(wall(upkeep.keep_once))
    deed, share = median(deeds) * 1000, median(spent) * 1000
    ours = {
        "deed_ms": deed, "note_ms": share, "keeper_ms_per_deed_of_many": batch * 1000 / times,
        "keeper_ms_for_one_alone": median(alone) * 1000,
    }  # fmt: skip
    how = f"median of {times} deeds (create a case); part of the note of touched months in the deed's own transaction, wall clock"
    note = "Counting again is the keeper's, after the deed; its cost is listed beside it and not part of the ratio."
    return [
        Measure(
            "figures.upkeep",
            "Upkeep in the deed",
            Goal("<=", 10, "% of the deed"),
            share * 100 / deed,
            how,
            ours,
            {},
            note,
        )
    ]


def _fresh(house: House, many: str) -> Measure:
    """Seconds from a deed's commit to the province's figure, with the worker process running."""
    from shegong.kernel.indicators import figures
    from shegong.kernel.indicators.figures import Ask
    from shegong.kernel.orgs.models import Org
    from shegong.kernel.orgs.reach import today

    month, found = today().replace(day=1), list[float]()
    ask = Ask(Org.objects.get(kind="province"), month, month)
    words = [sys.executable, "-m", "shegong.site.cli", "worker"]
    child = subprocess.Popen(words, env=house.environment(many, OURS), cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        for number in range(4):
            before = figures.total("casework.registered", ask)
            _deed()
            start = time.perf_counter()
            while figures.total("casework.registered", ask) == before and time.perf_counter() - start < 60:
                time.sleep(0.05)
            if number:  # the first waits for the worker to start
                found.append(time.perf_counter() - start)
    finally:
        child.terminate()
        child.wait(30)
    how = "the worker process running; from the commit of a deed until the province's figure has changed; the longest of three"
    return Measure(
        "figures.fresh",
        "A deed shows in the province's figure",
        Goal("<=", 5, "s"),
        max(found),
        how,
        {"seconds": found[-1]},
    )


def _recount() -> Measure:
    """Every stored cell, at the leaves and above them, against a recount from the rows."""
    from shegong.kernel.indicators import upkeep
    from shegong.kernel.indicators.declare import all_cubes

    while upkeep.keep_once():
        pass
    wrong = {code: len(upkeep.differences(code)) for code in all_cubes()}
    how = "every cube recounted from its rows and rolled up anew, compared cell by cell, after the deeds above"
    return Measure(
        "figures.recount",
        "Cells that differ from a recount",
        Goal("==", 0, "cells"),
        sum(wrong.values()),
        how,
        dict(wrong),
    )
