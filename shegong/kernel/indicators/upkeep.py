"""Keeping cells equal to a recount. A deed notes which months it touched (one small insert in its own transaction); the
keeper counts exactly those again from the rows and passes the difference up the tree of that month."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models.functions import TruncMonth
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Coalesce

from shegong.kernel.orgs.reach import everything, today

from .declare import Cube, all_cubes, cubes_over, month_of
from .models import Cell, Dirty

_LOCK = 0xCE11
Key = tuple[int, dt.date, tuple[str, ...]]  # organisation, month, dimension values


# --- noting ----------------------------------------------------------------------------------------------------------
def touch(changed: Iterable[tuple[models.Model, dict[str, Any]]]) -> None:
    """Note the months of rows that were added or changed; ``before``: field values ahead of the change."""
    found: set[tuple[str, int, dt.date]] = set()
    for row, before in changed:
        label = row._meta.label
        for cube in cubes_over(label):
            field = cube.date
            for org, day in ((getattr(row, "org_id", None), getattr(row, field, None)), (before.get("org"), before.get(field))):
                if org and day:
                    found.add((label, int(org), month_of(_as_date(day))))
    touch_months(found)


def touch_months(months: Iterable[tuple[str, int, dt.date]]) -> None:
    """Note (model label, organisation, first of month) triples."""
    rows = sorted(set(months))
    if not rows:
        return
    with connection.cursor() as cursor:
        values = ",".join(["(%s,%s,%s)"] * len(rows))
        cursor.execute(f"insert into indicators_dirty (model, org_id, month) values {values}", [v for r in rows for v in r])


def _as_date(day: Any) -> dt.date:
    if isinstance(day, dt.datetime):
        return day.date()
    return day if isinstance(day, dt.date) else dt.date.fromisoformat(str(day)[:10])


# --- counting again --------------------------------------------------------------------------------------------------
def keep_once(limit: int = 5000) -> int:
    """Count again what deeds have noted; returns how many notes were worked off. One keeper at a time."""
    with everything(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            "delete from indicators_dirty where id in (select id from indicators_dirty order by id limit %s) "
            "returning model, org_id, month",
            [limit],
        )
        notes = cursor.fetchall()
        by_model: dict[str, dict[dt.date, set[int]]] = defaultdict(lambda: defaultdict(set))
        for model, org, month in notes:
            by_model[model][month].add(org)
        for model, months in by_model.items():
            for cube in cubes_over(model):
                _recount(cube, months)
    return len(notes)


def _recount(cube: Cube, months: dict[dt.date, set[int]]) -> None:
    places = Q(pk__in=[])
    for month, orgs in months.items():
        places |= Q(month=month, org_id__in=orgs)
    fresh = _count(cube, months)
    stored = {
        (c.org_id, c.month, tuple(c.dims)): tuple(c.values) for c in Cell.objects.filter(places, cube=cube.code, own=True)
    }
    nothing = (0,) * len(cube.measures)
    changes = {
        key: tuple(new - old for new, old in zip(fresh.get(key, nothing), stored.get(key, nothing), strict=True))
        for key in fresh.keys() | stored.keys()
        if fresh.get(key, nothing) != stored.get(key, nothing)
    }
    if changes:
        _add(cube, True, changes)
        _add(cube, False, _passed_up(changes))


def _count(cube: Cube, months: dict[dt.date, set[int]] | None = None) -> dict[Key, tuple[int, ...]]:
    rows = cube.rows()
    if months is not None:
        wanted = Q(pk__in=[])
        for month, orgs in months.items():
            wanted |= Q(**{f"{cube.date}__gte": month, f"{cube.date}__lt": next_month(month)}, org_id__in=orgs)
        rows = rows.filter(wanted)
    dims = {f"d{i}": as_dimension(d.source) for i, d in enumerate(cube.dims)}
    sums = {f"m{i}": Coalesce(m, 0, output_field=models.BigIntegerField()) for i, m in enumerate(cube.measures.values())}
    counted = rows.order_by().annotate(cell_month=TruncMonth(cube.date), **dims)
    counted = counted.values("org_id", "cell_month", *dims).annotate(**sums)
    return {
        (row["org_id"], _as_date(row["cell_month"]), tuple(row[d] for d in dims)): tuple(row[m] for m in sums)
        for row in counted.iterator(5000)
    }


def as_dimension(source: Any) -> Any:
    return Coalesce(Cast(F(source) if isinstance(source, str) else source, CharField()), Value(""), output_field=CharField())


def next_month(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=32)).replace(day=1)


def tree_day(month: dt.date) -> dt.date:
    """The day whose tree a month is summed by: its last, or today while it runs."""
    return min(next_month(month) - dt.timedelta(days=1), max(today(), month))


def _passed_up(changes: dict[Key, tuple[int, ...]]) -> dict[Key, tuple[int, ...]]:
    """The same differences for the organisation itself and each one above it in that month."""
    above = {month: _ancestors(month, {k[0] for k in changes if k[1] == month}) for month in {k[1] for k in changes}}
    total: dict[Key, tuple[int, ...]] = {}
    for (org, month, dims), delta in changes.items():
        for up in above[month].get(org, (org,)):
            key = (up, month, dims)
            total[key] = tuple(a + b for a, b in zip(total.get(key, (0,) * len(delta)), delta, strict=True))
    return total


def _ancestors(month: dt.date, orgs: set[int]) -> dict[int, tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select org_id, path from orgs_orgterm where org_id = any(%(o)s) and valid_from <= %(d)s "
            "and (valid_to is null or valid_to > %(d)s)",
            {"o": sorted(orgs), "d": tree_day(month)},
        )
        return {org: tuple(int(p) for p in path.split(".") if p) for org, path in cursor.fetchall()}


def _add(cube: Cube, own: bool, changes: dict[Key, tuple[int, ...]]) -> None:
    """Add differences to cells; elementwise, in a fixed order so that two writers could not deadlock."""
    added = ", ".join(f"c.values[{i + 1}] + excluded.values[{i + 1}]" for i in range(len(cube.measures)))
    with connection.cursor() as cursor:
        cursor.executemany(
            'insert into indicators_cell as c (cube, org_id, own, month, dims, "values") values (%s, %s, %s, %s, %s, %s) '
            f'on conflict (cube, org_id, own, month, dims) do update set "values" = array[{added}]::bigint[]',
            [(cube.code, org, own, month, list(dims), list(delta)) for (org, month, dims), delta in sorted(changes.items())],
        )


# --- from scratch ----------------------------------------------------------------------------------------------------
def rebuild(codes: Iterable[str] | None = None) -> int:
    """Count every cell again from the rows (set-up, repair). Returns how many leaf cells there are."""
    total = 0
    with everything():
        for cube in all_cubes().values():
            if codes is not None and cube.code not in set(codes):
                continue
            Cell.objects.filter(cube=cube.code).delete()
            fresh = _count(cube)
            _copy(cube, True, fresh)
            total += len(fresh)
        roll_up(dt.date.min.replace(year=1900), codes)
    return total


def roll_up(since: dt.date, codes: Iterable[str] | None = None) -> None:
    """Sum leaf cells anew over the tree of each month from ``since``: after a move, a merger or a rebuild."""
    wanted = list(codes) if codes is not None else list(all_cubes())
    with connection.cursor() as cursor:
        for code in wanted:
            width = len(all_cubes()[code].measures)
            sums = ", ".join(f"sum(c.values[{i + 1}])" for i in range(width))
            cursor.execute("delete from indicators_cell where cube = %s and not own and month >= %s", [code, month_of(since)])
            cursor.execute(
                f"""
                insert into indicators_cell (cube, org_id, own, month, dims, "values")
                select c.cube, u.up::bigint, false, c.month, c.dims, array[{sums}]::bigint[]
                from indicators_cell c
                join orgs_orgterm t on t.org_id = c.org_id
                  and t.valid_from <= least((c.month + interval '1 month - 1 day')::date, greatest(%(today)s, c.month))
                  and (t.valid_to is null
                       or t.valid_to > least((c.month + interval '1 month - 1 day')::date, greatest(%(today)s, c.month)))
                cross join lateral unnest(string_to_array(rtrim(t.path, '.'), '.')) u(up)
                where c.cube = %(code)s and c.own and c.month >= %(since)s
                group by 1, 2, 4, 5
                """,
                {"today": today(), "code": code, "since": month_of(since)},
            )


def _copy(cube: Cube, own: bool, cells: dict[Key, tuple[int, ...]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy('copy indicators_cell (cube, org_id, own, month, dims, "values") from stdin') as copy,
    ):
        for (org, month, dims), values in cells.items():
            copy.write_row((cube.code, org, own, month, list(dims), list(values)))


def pending() -> int:
    """Notes not worked off yet."""
    return Dirty.objects.count()


def differences(code: str) -> list[str]:
    """Where the stored leaf cells of a cube differ from a recount; empty when all is well."""
    with everything():
        cube = all_cubes()[code]
        fresh = {k: v for k, v in _count(cube).items() if any(v)}
        stored = {
            (c.org_id, c.month, tuple(c.dims)): tuple(c.values)
            for c in Cell.objects.filter(cube=code, own=True)
            if any(c.values)
        }
    keys = sorted(fresh.keys() | stored.keys())
    return [f"{k}: {stored.get(k)} stored, {fresh.get(k)} counted" for k in keys if fresh.get(k) != stored.get(k)]
