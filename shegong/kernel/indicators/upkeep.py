"""Keeping cells equal to a recount. A deed notes which months it touched (one small insert in its own transaction); the
keeper counts exactly those again from the rows and passes the difference up the tree of that month, one statement a cube."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DataError, connection, models, transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, TruncMonth

from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import SHANGHAI, everything, today

from .declare import Cube, all_cubes, cube_of, cubes_over, month_of
from .models import Dirty
from .spans import next_month, params, spans

log = logging.getLogger(__name__)
_LOCK = 0xCE11
Months = Mapping[dt.date, set[int]]  # first of month → organisations


# --- noting ----------------------------------------------------------------------------------------------------------
def touch(changed: Iterable[tuple[models.Model, dict[str, Any]]]) -> None:
    """Note the months of rows that were added or changed; ``before``: field values ahead of the change."""
    found: set[tuple[str, int, dt.date]] = set()
    for row, before in changed:
        label = row._meta.label
        for field in {c.date for c in cubes_over(label)}:
            orgs = {o for o in (getattr(row, "org_id", None), before.get("org")) if o}
            days = {_as_date(d) for d in (getattr(row, field, None), before.get(field)) if d}
            found |= {(label, int(org), month_of(day)) for org in orgs for day in days}
    touch_months(found)


def touch_months(months: Iterable[tuple[str, int, dt.date]]) -> None:
    """Note (model label, organisation, first of month) triples."""
    rows = sorted({(label, int(org), month_of(_as_date(day))) for label, org, day in months})
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into indicators_dirty (model, org_id, month) select * from unnest(%s::text[], %s::bigint[], %s::date[])",
            [list(column) for column in zip(*rows, strict=True)],
        )


def _as_date(day: Any) -> dt.date:
    """The business date of a date, an instant, or the text of either."""
    if isinstance(day, str):
        day = dt.datetime.fromisoformat(day) if len(day) > 10 else dt.date.fromisoformat(day)
    if isinstance(day, dt.datetime):
        return day.astimezone(SHANGHAI).date() if day.tzinfo else day.date()
    return day  # type: ignore[no-any-return]


def pending() -> int:
    """Notes that could be worked off now."""
    return Dirty.objects.exclude(model="", month__gt=today()).count()


# --- counting again --------------------------------------------------------------------------------------------------
def keep_once(limit: int = 5000) -> int:
    """Count again what was noted; returns how many notes were worked off. One keeper at a time."""
    with everything(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            "delete from indicators_dirty where id in (select id from indicators_dirty "
            "where model <> '' or month <= %s order by id limit %s) returning model, org_id, month",
            [today(), limit],
        )
        notes = cursor.fetchall()
        if not notes:
            return 0
        by_model: dict[str, dict[dt.date, set[int]]] = defaultdict(lambda: defaultdict(set))
        for model, org, month in notes:
            by_model[model][month].add(org)
        moved = by_model.pop("", None)
        with _patient():
            if moved:
                _roll_moved(moved)
            kept = [model for model, months in by_model.items() if not _recount_model(model, months)]
    return sum(model not in kept for model, _org, _month in notes)


def _recount_model(model: str, months: Months) -> bool:
    """Recount every cube over ``model``. A row whose figures cannot be summed keeps its notes and stops no other model's."""
    try:
        with transaction.atomic():
            for cube in cubes_over(model):
                _recount(cube, months)
    except DataError as error:
        log.error("the figures over %s could not be counted, their notes are kept: %s", model, error)
        touch_months((model, org, month) for month, orgs in months.items() for org in orgs)
        return False
    return True


@contextmanager
def _patient() -> Iterator[None]:
    """Counting may take longer than a request may."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('statement_timeout')")
        usual = cursor.fetchone()[0]
        cursor.execute("set local statement_timeout = '1h'")
        yield
        cursor.execute("select set_config('statement_timeout', %s, true)", [usual])


_DIFFERENCES = """
with noted as (select * from unnest(%(orgs)s::bigint[], %(months)s::date[]) n(org_id, month)),
fresh as ({fresh}),
stored as (select c.org_id, c.month, c.dims, c."values" as vals from indicators_cell c join noted n using (org_id, month)
  where c.cube = %(cube)s and c.own),
changed as materialized (
  select coalesce(f.org_id, s.org_id) as org_id, coalesce(f.month, s.month) as month, coalesce(f.dims, s.dims) as dims, {delta}
  from fresh f full join stored s on s.org_id = f.org_id and s.month = f.month and s.dims = f.dims
  where f.vals is distinct from s.vals),
span as ({spans}),
added as (
  select org_id, true as own, month, dims, {names} from changed
  union all
  select u.up::bigint, false, c.month, c.dims, {sums} from changed c
  join span t on t.org_id = c.org_id and c.month >= t.from_month and c.month < t.to_month
  cross join lateral unnest(string_to_array(rtrim(t.path, '.'), '.')) u(up)
  group by 1, 2, 3, 4),
written as (
  insert into indicators_cell as c (cube, org_id, own, month, dims, "values")
  select %(cube)s, org_id, own, month, dims, array[{names}]::bigint[] from added order by org_id, own, month, dims
  on conflict (cube, org_id, own, month, dims) do update set "values" = array[{grown}]::bigint[]
  returning id, "values")
select coalesce(array_agg(id) filter (where 0 = all("values")), '{{}}') from written
"""


def _recount(cube: Cube, months: Months) -> None:
    """Bring the leaf cells of these months to what the rows say, and everything above them by the difference."""
    pairs = [(org, month) for month, orgs in months.items() for org in orgs]
    sql, given = fresh_sql(cube, months)
    width = range(1, len(cube.measures) + 1)
    statement = _DIFFERENCES.format(
        fresh=sql,
        spans=spans("t.org_id in (select org_id from noted)"),
        delta=", ".join(f"coalesce(f.vals[{i}], 0) - coalesce(s.vals[{i}], 0) as v{i}" for i in width),
        names=", ".join(f"v{i}" for i in width),
        sums=", ".join(f"sum(v{i})" for i in width),
        grown=", ".join(f'c."values"[{i}] + excluded."values"[{i}]' for i in width),
    )
    named = params(orgs=[o for o, _ in pairs], months=[m for _, m in pairs], cube=cube.code, **given)
    with connection.cursor() as cursor:
        cursor.execute(statement, named)
        empty = cursor.fetchone()[0]
        if empty:
            cursor.execute("delete from indicators_cell where id = any(%s)", [empty])


def fresh_sql(cube: Cube, months: Months | None = None) -> tuple[str, dict[str, Any]]:
    """SQL that counts the cube from its rows: org_id, month, dims, vals; with its named parameters."""
    rows = cube.rows()
    if months is not None:
        rows = _only(cube, rows, months)
    dims = {f"d{i}": as_dimension(d.source) for i, d in enumerate(cube.dims)}
    sums = {
        f"m{i}": Coalesce(m, 0, output_field=models.BigIntegerField()) for i, m in enumerate(cube.measures.values())
    }
    counted = rows.order_by().annotate(cell_month=TruncMonth(cube.date), **dims)
    counted = counted.values("org_id", "cell_month", *dims).annotate(**sums)
    sql, given = counted.query.get_compiler("default").as_sql()
    named = {f"p{i}": value for i, value in enumerate(given)}
    sql = sql.replace("%%", "\0") % tuple(f"%({name})s" for name in named)
    arrays = f"array[{', '.join(dims)}]::varchar[] as dims, array[{', '.join(sums)}]::bigint[] as vals"
    return f"select org_id, cell_month::date as month, {arrays} from ({sql.replace(chr(0), '%%')}) q", named


def _only(cube: Cube, rows: QuerySet[Any], months: Months) -> QuerySet[Any]:
    """By path, not by organisation: that is what the tables are indexed by, and row-level security lets it use the index."""
    paths = dict(Org.objects.filter(pk__in=set().union(*months.values())).values_list("pk", "path"))
    wanted = Q(pk__in=[])
    for month, orgs in months.items():
        here = [paths[o] for o in orgs if o in paths]
        wanted |= Q(**{f"{cube.date}__gte": month, f"{cube.date}__lt": next_month(month)}, org_path__in=here)
    return rows.filter(wanted)


def as_dimension(source: Any) -> Any:
    """A dimension's value as cells keep it: text, empty for none."""
    return Coalesce(
        Cast(F(source) if isinstance(source, str) else source, CharField()), Value(""), output_field=CharField()
    )


# --- summing anew -----------------------------------------------------------------------------------------------------
_ROLLED = """
select u.up::bigint as org_id, c.month, c.dims, array[{sums}]::bigint[] as vals
from indicators_cell c join ({spans}) t on t.org_id = c.org_id and c.month >= t.from_month and c.month < t.to_month
cross join lateral unnest(string_to_array(rtrim(t.path, '.'), '.')) u(up)
where c.cube = %(cube)s and c.own and {months}
group by 1, 2, 3
"""


def rolled_sql(cube: Cube, months: str = "true") -> str:
    """SQL that sums the leaf cells of a cube up the tree of each month: org_id, month, dims, vals."""
    sums = ", ".join(f'sum(c."values"[{i}])' for i in range(1, len(cube.measures) + 1))
    return _ROLLED.format(sums=sums, spans=spans(), months=months)


def roll_up(since: dt.date, codes: Iterable[str] | None = None) -> None:
    """Sum leaf cells anew over the tree of each month from ``since``. A change of the tree notes itself; this is for repair."""
    with everything(), _patient(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        for code in list(codes) if codes is not None else list(all_cubes()):
            _roll(cube_of(code), "c.month >= %(since)s", {"since": month_of(since)})


def _roll(cube: Cube, months: str, given: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        named = params(cube=cube.code, **given)
        cursor.execute(f"delete from indicators_cell c where c.cube = %(cube)s and not c.own and {months}", named)
        cursor.execute(
            'insert into indicators_cell (cube, org_id, own, month, dims, "values") '
            f"select %(cube)s, org_id, false, month, dims, vals from ({rolled_sql(cube, months)}) r where not 0 = all(vals)",
            named,
        )


def _roll_moved(moved: Months) -> None:
    """Sum anew the months in which an organisation that hangs elsewhere now has anything of its own."""
    pairs = [(org, day) for day, orgs in moved.items() for org in orgs]
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.cube, array_agg(distinct c.month) from indicators_cell c "
            "join unnest(%(orgs)s::bigint[], %(days)s::date[]) n(org_id, day) on n.org_id = c.org_id "
            "left join (select org_id, min(valid_from) as earliest from orgs_orgterm group by 1) t on t.org_id = c.org_id "
            "where c.own and (c.month >= date_trunc('month', n.day) or n.day <= coalesce(t.earliest, n.day)) group by 1",
            {"orgs": [o for o, _ in pairs], "days": [d for _, d in pairs]},
        )
        found = cursor.fetchall()
    known = all_cubes()
    for code, months in found:
        if code in known:
            _roll(known[code], "c.month = any(%(rolled)s)", {"rolled": months})


def rebuild(codes: Iterable[str] | None = None) -> int:
    """Count every cell again from the rows (set-up, repair). Returns how many leaf cells there are."""
    total = 0
    with everything(), _patient(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        for code in list(codes) if codes is not None else list(all_cubes()):
            cube = cube_of(code)
            sql, given = fresh_sql(cube)
            cursor.execute("delete from indicators_cell where cube = %s and own", [code])
            cursor.execute(
                'insert into indicators_cell (cube, org_id, own, month, dims, "values") '
                f"select %(cube)s, org_id, true, month, dims, vals from ({sql}) f where not 0 = all(vals)",
                {"cube": code, **given},
            )
            total += cursor.rowcount
            _roll(cube, "true", {})
    return total


_COMPARE = """
select coalesce(a.org_id, b.org_id), coalesce(a.month, b.month), coalesce(a.dims, b.dims), a.vals, b.vals
from (select org_id, month, dims, "values" as vals from indicators_cell where cube = %(cube)s and own = %(own)s) a
full join ({right} where not 0 = all(vals)) b on a.org_id = b.org_id and a.month = b.month and a.dims = b.dims
where a.vals is distinct from b.vals order by 1, 2, 3
"""


def differences(code: str) -> list[str]:
    """Where stored cells differ from a recount, at the leaves and above them; empty when all is well."""
    cube = cube_of(code)
    sql, given = fresh_sql(cube)
    found = []
    with everything(), _patient(), connection.cursor() as cursor:
        for own, right in ((True, sql), (False, rolled_sql(cube))):
            cursor.execute(_COMPARE.format(right=f"select * from ({right}) r"), params(cube=code, own=own, **given))
            level = "own" if own else "with all below"
            found += [f"{o} {m:%Y-%m} {d} {level}: {a} stored, {b} counted" for o, m, d, a, b in cursor.fetchall()]
    return found
