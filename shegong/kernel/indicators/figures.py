"""READ: figures at any level of the tree, with their definition and the way to their rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, orgs_on, today, within

from .declare import Cube, Indicator, cube_of, indicator_of
from .upkeep import as_dimension, next_month, tree_day


@dataclass(frozen=True)
class Ask:
    """What is asked: an organisation with everything below it, first and last month, dimension filters."""

    org: Org
    first: dt.date
    last: dt.date
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def total(code: str, ask: Ask) -> int:
    """One figure."""
    return next(iter(table([code], ask).values()), {}).get(code, 0)


def table(codes: Sequence[str], ask: Ask, by: Sequence[str] = ()) -> dict[tuple[str, ...], dict[str, int]]:
    """Figures by dimension values and/or ``month``/``year``: {(values of ``by``) → {indicator → value}}."""
    found: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for cube, wanted in _by_cube(codes).items():
        for one in wanted:
            for key, value in _read(cube, one, [ask.org.pk], ask, by):
                found[key[1:]][one.code] = value
    return dict(found)


def by_area(codes: Sequence[str], ask: Ask, by: Sequence[str] = ()) -> list[AreaRow]:
    """The same for each organisation directly below ``ask.org`` (as the tree stood at the end), then its own remainder."""
    day = tree_day(ask.last)
    below = list(orgs_on(day).filter(parent_then=ask.org.pk))
    rows = {o.pk: AreaRow(o.pk, o.name_then, o.kind) for o in below}
    rows[-ask.org.pk] = AreaRow(ask.org.pk, ask.org.name, ask.org.kind, own=True)
    for cube, wanted in _by_cube(codes).items():
        for one in wanted:
            for key, value in _read(cube, one, [o.pk for o in below], ask, by):
                rows[int(key[0])].cells.setdefault(key[1:], {})[one.code] = value
            for key, value in _read(cube, one, [ask.org.pk], ask, by, own=True):
                rows[-ask.org.pk].cells.setdefault(key[1:], {})[one.code] = value
    if not rows[-ask.org.pk].cells:
        del rows[-ask.org.pk]
    return list(rows.values())


@dataclass
class AreaRow:
    """One organisation in a table by area. ``own``: what hangs at the asked organisation itself."""

    org_id: int
    name: str
    kind: str
    own: bool = False
    cells: dict[tuple[str, ...], dict[str, int]] = field(default_factory=dict)


def rows_behind(actor: Actor, code: str, ask: Ask) -> QuerySet[Any]:
    """The rows a figure counts, as far as ``actor`` may list them: the same query as the cells, no other (rule 43)."""
    one = indicator_of(code)
    cube = cube_of(one.cube)
    found = cube.rows().filter(**{f"{cube.date}__gte": ask.first, f"{cube.date}__lt": next_month(ask.last)})
    found = found.filter(_places_then(cube, ask))
    sources = {d.code: d.source for d in cube.dims}
    for dim, accepted in {**one.where, **ask.where}.items():
        found = found.annotate(**{f"by_{dim}": as_dimension(sources[dim])}).filter(**{f"by_{dim}__in": list(accepted)})
    if one.list_roles and not actor.system:
        found = found.filter(within(actor.prefixes(one.list_roles)))
    return found


def live_total(actor: Actor, code: str, ask: Ask) -> int:
    """A distinct count, taken from the rows at once."""
    one = indicator_of(code)
    if one.live is None:
        return total(code, ask)
    return one.live(rows_behind(actor, code, ask))


def _places_then(cube: Cube, ask: Ask) -> Q:
    """Rows whose organisation hung below ``ask.org`` in the month they count for: the tree that ``roll_up`` sums by."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select org_id, valid_from, valid_to from orgs_orgterm where valid_from <= %(today)s "
            "and %(id)s = any(string_to_array(rtrim(path, '.'), '.')::bigint[])",
            {"id": ask.org.pk, "today": today()},
        )
        terms = cursor.fetchall()
    always: list[int] = []
    found = Q(pk__in=[])
    for org, start, end in terms:
        end = end if end and end <= today() else None
        if start <= ask.first and (end is None or end.replace(day=1) > ask.last):
            always.append(org)
            continue
        span = Q(org_id=org, **{f"{cube.date}__gte": start.replace(day=1)})
        found |= span & Q(**{f"{cube.date}__lt": end.replace(day=1)}) if end else span
    return found | Q(org_id__in=always)


def _by_cube(codes: Iterable[str]) -> dict[Cube, list[Indicator]]:
    found: dict[str, list[Indicator]] = defaultdict(list)
    for code in codes:
        one = indicator_of(code)
        if one.live is None:
            found[one.cube].append(one)
    return {cube_of(c): wanted for c, wanted in found.items()}


def _read(
    cube: Cube, one: Indicator, orgs: Sequence[int], ask: Ask, by: Sequence[str], *, own: bool = False
) -> list[tuple[tuple[str, ...], int]]:
    places = {d.code: i + 1 for i, d in enumerate(cube.dims)}
    keys = [_key(b, places) for b in by]
    params: list[Any] = [cube.code, list(orgs), own, ask.first.replace(day=1), ask.last]
    conditions = ""
    for dim, accepted in {**one.where, **ask.where}.items():
        if dim not in places:
            return []
        conditions += f" and dims[{places[dim]}] = any(%s)"
        params.append(list(accepted))
    group = ", ".join(str(i + 1) for i in range(len(keys) + 1))
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {', '.join(['org_id::text', *keys])}, sum(\"values\"[{cube.position(one.measure)}])::bigint "
            "from indicators_cell where cube = %s and org_id = any(%s) and own = %s and month >= %s and month <= %s"
            f"{conditions} group by {group}",
            params,
        )
        return [(tuple(row[:-1]), row[-1] or 0) for row in cursor.fetchall()]


def _key(by: str, places: dict[str, int]) -> str:
    if by == "month":
        return "to_char(month, 'YYYY-MM')"
    if by == "year":
        return "to_char(month, 'YYYY')"
    return f"dims[{places[by]}]"
