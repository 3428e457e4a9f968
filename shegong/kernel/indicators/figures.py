"""READ: figures at any level of the tree, exact. Who may ask, and what small cells hide, is decided in ``asking``."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import today

from .declare import Cube, Indicator, cube_of, month_of, resolved
from .spans import FIRST, LAST, crossing, next_month, params, path_on, spans

Key = tuple[str, ...]  # values of what was asked ``by``, in that order
Cells = dict[Key, dict[str, int]]  # key → code of the indicator → value
Wanted = Sequence[str | Indicator]  # indicators, or their codes
THEN = "then"


@dataclass(frozen=True)
class Ask:
    """What is asked: an organisation with everything below it, first and last month, dimension filters.

    ``tree``: "then" sums each month by the tree of that month; "today", or a day, sums all months by that one tree. ``own``: only
    what hangs at the organisation itself, as far as it hung below the organisation ``under``, where that is named.
    """

    org: Org
    first: dt.date
    last: dt.date
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tree: str | dt.date = THEN
    own: bool = False
    under: Org | None = None

    @property
    def tree_day(self) -> dt.date | None:
        """The day of the one tree that is asked for, None where each month has its own."""
        if self.tree == THEN:
            return None
        return today() if self.tree == "today" else dt.date.fromisoformat(str(self.tree))

    def narrowed(self, **where: tuple[str, ...]) -> Ask:
        """The same with more filters; a dimension filtered twice keeps what both accept."""
        merged = dict(self.where)
        for dim, accepted in where.items():
            merged[dim] = tuple(v for v in accepted if dim not in merged or v in merged[dim])
        return replace(self, where=merged)


@dataclass
class AreaRow:
    """One organisation in a table by area. ``own``: only what hangs at it itself. ``left``: it hung here in some of the months
    asked, and hangs elsewhere at their end. ``partial``: it came or left meanwhile, so the row is less than ``ask`` answers.
    ``ask``: the question whose answer the row otherwise is."""

    org_id: int
    name: str
    kind: str
    own: bool = False
    left: bool = False
    partial: bool = False
    ask: Ask | None = None
    cells: Cells = field(default_factory=dict)


def total(code: str, ask: Ask) -> int:
    """One figure."""
    return table([code], ask).get((), {}).get(code, 0)


def table(codes: Wanted, ask: Ask, by: Sequence[str] = ()) -> Cells:
    """Figures by dimension values and/or ``month``/``year``. One statement a cube, whatever the number of indicators."""
    found: Cells = defaultdict(lambda: _zeros(codes))
    for cube, wanted in _by_cube(codes).items():
        for _place, key, values in _read(cube, wanted, ask, by, _whole(ask)):
            found[key].update(values)
    return dict(found)


def by_area(codes: Wanted, ask: Ask, by: Sequence[str] = ()) -> list[AreaRow]:
    """The same for each organisation directly below ``ask.org``, then what is its own: together exactly the whole.

    With the tree of each month an organisation that moved is counted here for the months in which it hung here.
    """
    rows = _children(ask)
    for cube, wanted in _by_cube(codes).items():
        for place, key, values in _read(cube, wanted, ask, by, _parts(ask)):
            rows[place].cells.setdefault(key, _zeros(codes)).update(values)
    return [row for row in rows.values() if row.cells or not (row.own or row.left)]


def by_unit(codes: Wanted, ask: Ask, by: Sequence[str] = ()) -> list[AreaRow]:
    """The same for each organisation at or below ``ask.org`` that itself has anything: stations and centre, say. They too are
    together exactly the whole."""
    found: dict[int, Cells] = defaultdict(dict)
    for cube, wanted in _by_cube(codes).items():
        source = replace(_own(replace(ask, under=ask.org)), place="c.org_id")
        for place, key, values in _read(cube, wanted, ask, by, source):
            found[place].setdefault(key, _zeros(codes)).update(values)
    orgs = Org.objects.filter(pk__in=found).order_by("code")
    return [
        AreaRow(o.pk, o.name, o.kind, own=True, ask=replace(ask, org=o, own=True, under=ask.org), cells=found[o.pk])
        for o in orgs
    ]


def _zeros(codes: Wanted) -> dict[str, int]:
    """Every figure at a key, for a cube that has nothing there while another has."""
    return {one.code: 0 for one in map(resolved, codes) if one.live is None}


# --- which cells are summed -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Source:
    """FROM and WHERE over ``indicators_cell c``; ``place``: SQL of the row it belongs to."""

    place: str
    joined: str
    where: str
    given: Mapping[str, Any]


def _whole(ask: Ask) -> _Source:
    if ask.own:
        source = _own(ask)
        return replace(
            source, where=f"c.org_id = %(self)s and {source.where}", given={**source.given, "self": ask.org.pk}
        )
    if ask.tree_day is None or not crossing(ask.org.pk):
        return _Source("0::bigint", "", "c.org_id = %(org)s and not c.own", {"org": ask.org.pk})
    return replace(_leaves(ask), place="0::bigint")


def _own(ask: Ask) -> _Source:
    """Leaves that hung below ``ask.under``."""
    if ask.under is None:
        return _Source("0::bigint", "", "c.own", {})
    if ask.tree_day is not None:
        return replace(_leaves(replace(ask, org=ask.under)), place="0::bigint")
    return _Source(
        "0::bigint", f"join ({spans()}) t on t.org_id = c.org_id and c.month >= t.from_month and c.month < t.to_month",
        "c.own and %(under)s = any(string_to_array(rtrim(t.path, '.'), '.')::bigint[])", {"under": ask.under.pk},
    )  # fmt: skip


def _parts(ask: Ask) -> _Source:
    """Each organisation directly below in its months here, and what is the asked one's own: a short list to join to."""
    if ask.tree_day is not None:
        return _leaves(ask)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select org_id, false, from_month, to_month from ({_children_spans()}) s where parent_id = %(org)s "
            "and from_month < to_month union all select %(org)s, true, %(start)s::date, %(end)s::date",
            params(org=ask.org.pk, start=FIRST, end=LAST),
        )
        ids, owns, starts, ends = (list(column) for column in zip(*cursor.fetchall(), strict=True))
    return _Source(
        "case when c.own then 0 else c.org_id end",
        "join unnest(%(ids)s::bigint[], %(owns)s::bool[], %(starts)s::date[], %(ends)s::date[]) t(org_id, own, start, until) "
        "on t.org_id = c.org_id and t.own = c.own and c.month >= t.start and c.month < t.until",
        "true",
        {"ids": ids, "owns": owns, "starts": starts, "ends": ends},
    )


def _children_spans() -> str:
    return spans("t.org_id in (select org_id from orgs_orgterm where parent_id = %(org)s)")


def _leaves(ask: Ask) -> _Source:
    day = ask.tree_day or today()
    path = path_on(ask.org.pk, day)
    return _Source(
        f"coalesce(nullif(split_part(t.path, '.', {path.count('.') + 1}), ''), '0')::bigint",
        f"join ({spans()}) t on t.org_id = c.org_id and %(tree)s >= t.from_month and %(tree)s < t.to_month",
        "c.own and t.path >= %(low)s and t.path < %(high)s",
        {"tree": month_of(day), "low": path, "high": path[:-1] + "/" if path else ""},
    )


def _children(ask: Ask) -> dict[int, AreaRow]:
    """Rows by organisation in the order of codes; the own remainder is row 0, last."""
    first, last = (ask.tree_day,) * 2 if ask.tree_day else (ask.first, ask.last)
    with connection.cursor() as cursor:
        cursor.execute(
            "select o.id, max(s.name) filter (where s.to_month > %(last)s), max(s.name), o.kind, max(s.to_month), "
            f"o.closed_on, min(s.from_month) from ({_children_spans()}) s join orgs_org o on o.id = s.org_id "
            "where s.parent_id = %(org)s and s.from_month <= %(last)s and s.to_month > %(first)s "
            "group by o.id, o.code, o.kind, o.closed_on order by o.code",
            params(org=ask.org.pk, first=month_of(first), last=month_of(last)),
        )
        found = cursor.fetchall()
    rows: dict[int, AreaRow] = {}
    for pk, name, earlier, kind, until, closed_on, since in found:
        gone = until <= month_of(last) or bool(closed_on and closed_on <= ask.first)
        partial = ask.tree_day is None and (since > month_of(first) or until <= month_of(last))
        rows[pk] = AreaRow(pk, name or earlier, kind, left=gone, partial=partial)
    known = Org.objects.in_bulk(list(rows))
    for pk, row in rows.items():
        row.ask = replace(ask, org=known[pk])
    rows[0] = AreaRow(ask.org.pk, ask.org.name, ask.org.kind, own=True, ask=replace(ask, own=True, under=ask.org))
    return rows


# --- one statement ----------------------------------------------------------------------------------------------------
def _by_cube(codes: Wanted) -> dict[Cube, list[Indicator]]:
    found: dict[str, list[Indicator]] = defaultdict(list)
    for code in codes:
        one = resolved(code)
        if one.live is None:
            found[one.cube].append(one)
    return {cube_of(c): wanted for c, wanted in found.items()}


def _read(
    cube: Cube, wanted: Sequence[Indicator], ask: Ask, by: Sequence[str], source: _Source
) -> list[tuple[int, Key, dict[str, int]]]:
    """(place, key, indicator → value), without keys at which every indicator is nothing."""
    places = {d.code: i + 1 for i, d in enumerate(cube.dims)}
    if set(ask.where) - places.keys() or set(by) - places.keys() - {"month", "year"}:
        return []
    given = params(**source.given, cube=cube.code, first=month_of(ask.first), last=month_of(ask.last))
    common = "".join(f" and {c}" for c in _conditions(ask.where, places, given))
    keys = "".join(f", {_key(b, places)}" for b in by)
    sums = [_sum(cube, one, places, given) for one in wanted]
    group = ", ".join(str(i + 1) for i in range(len(by) + 1))
    statement = (
        f"select {source.place}{keys}, {', '.join(sums)} from indicators_cell c {source.joined} "
        f"where c.cube = %(cube)s and c.month >= %(first)s and c.month <= %(last)s and {source.where}{common} group by {group}"
    )
    width = len(by) + 1
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [
            (row[0], tuple(row[1:width]), {one.code: v for one, v in zip(wanted, row[width:], strict=True)})
            for row in cursor.fetchall()
            if any(row[width:])
        ]


def _conditions(where: Mapping[str, tuple[str, ...]], places: Mapping[str, int], given: dict[str, Any]) -> list[str]:
    found = []
    for dim, accepted in where.items():
        name = f"w{len(given)}"
        given[name] = list(accepted)
        found.append(f"c.dims[{places[dim]}] = any(%({name})s)")
    return found


def _sum(cube: Cube, one: Indicator, places: Mapping[str, int], given: dict[str, Any]) -> str:
    kept = " and ".join(_conditions(one.where, places, given))
    counted = f'sum(c."values"[{cube.position(one.measure)}])'
    return f"coalesce({counted}{f' filter (where {kept})' if kept else ''}, 0)::bigint"


def _key(by: str, places: Mapping[str, int]) -> str:
    if by == "month":
        return "to_char(c.month, 'YYYY-MM')"
    if by == "year":
        return "to_char(c.month, 'YYYY')"
    return f"c.dims[{places[by]}]"


def months(first: dt.date, last: dt.date) -> list[dt.date]:
    """Firsts of the months from ``first`` to ``last``, both included."""
    found, month = [], month_of(first)
    while month <= last:
        found.append(month)
        month = next_month(month)
    return found
