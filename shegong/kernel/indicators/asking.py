"""READ: figures for somebody. Who may ask, who may open them to rows, and what small cells hide from the rest.

Every page, export and API operation reads figures here; ``figures`` underneath knows no actor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today

from . import figures
from .behind import live_total
from .declare import Cube, Indicator, cube_of, indicator_of, month_of, resolved
from .figures import Ask, Key, Wanted
from .spans import params, spans
from .suppress import Place, Values, Veil

TOO_FEW = _("Under 5, or it would give away a figure under 5.")
ROWS_ONLY = _("Shown only to those who may open the entries behind it.")


@dataclass(frozen=True)
class Shown:
    """A figure as somebody may see it: ``value`` is None where it is hidden, and ``why`` says why."""

    value: int | None
    why: str | Promise = ""


ShownCells = dict[Key, dict[str, Shown]]
Mask = Callable[[Key, int | None, int], Shown]


@dataclass
class _Look:
    """What was found out about small cells, kept for one look: veils by cube, year and axis, places by organisation."""

    veils: dict[tuple[str, int, tuple[str, ...], int], Veil] = field(default_factory=dict)
    places: dict[tuple[int, int, int | None], list[Place]] = field(default_factory=dict)


_LOOK: ContextVar[_Look | None] = ContextVar("look", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Figures that are read together (a page, a table) find out only once what small cells hide."""
    token = _LOOK.set(_LOOK.get() or _Look())
    try:
        yield
    finally:
        _LOOK.reset(token)


@dataclass
class ShownArea:
    """As ``figures.AreaRow``, with what may be shown."""

    org_id: int
    name: str
    own: bool
    left: bool
    partial: bool
    ask: Ask
    cells: ShownCells = field(default_factory=dict)


def reaches(actor: Actor, codes: Iterable[str], org: Org) -> bool:
    """Whether the actor may ask these figures of this organisation at all. Anything else is as if it were not there."""
    return actor.system or all(_within(actor, indicator_of(code).may_ask, org) for code in codes)


def opens(actor: Actor, code: str, org: Org) -> bool:
    """Whether the actor may open the figure to its rows; small cells hide nothing from him then."""
    return _opens(actor, indicator_of(code), org)


def _opens(actor: Actor, one: Indicator, org: Org) -> bool:
    return actor.system or _within(actor, one.list_roles, org)


def _within(actor: Actor, roles: frozenset[str], org: Org) -> bool:
    return any(org.path.startswith(prefix) for prefix in actor.prefixes(roles))


def shown(actor: Actor, code: str, ask: Ask) -> Shown:
    """One figure; of a distinct count the rows are read at once."""
    one = indicator_of(code)
    if one.live is None:
        return shown_table(actor, [code], ask).get((), {}).get(code) or _mask(actor, one, ask)((), None, 0)
    if one.persons and not opens(actor, code, ask.org):
        return Shown(None, ROWS_ONLY)
    return Shown(live_total(actor, code, ask))


def shown_table(actor: Actor, codes: Wanted, ask: Ask, by: Sequence[str] = ()) -> ShownCells:
    """``figures.table`` as the actor may see it; keys at which nothing was counted are left out."""
    masks = {one.code: _mask(actor, one, ask, by) for one in map(resolved, codes)}
    exact = figures.table(codes, ask, by)
    return {key: {code: masks[code](key, None, value) for code, value in cells.items()} for key, cells in exact.items()}


def shown_by_area(actor: Actor, codes: Wanted, ask: Ask, by: Sequence[str] = ()) -> list[ShownArea]:
    """``figures.by_area`` as the actor may see it."""
    masks = {one.code: _mask(actor, one, ask, by) for one in map(resolved, codes)}
    return [_shown_area(row, masks, 0 if row.own else row.org_id) for row in figures.by_area(codes, ask, by)]


def shown_by_unit(actor: Actor, codes: Wanted, ask: Ask, by: Sequence[str] = ()) -> list[ShownArea]:
    """``figures.by_unit`` as the actor may see it."""
    rows = []
    with one_look():
        for row in figures.by_unit(codes, ask, by):
            masks = {one.code: _mask(actor, one, row.ask or ask, by) for one in map(resolved, codes)}
            rows.append(_shown_area(row, masks, 0))
    return rows


def _shown_area(row: figures.AreaRow, masks: Mapping[str, Mask], part: int) -> ShownArea:
    cells = {k: {c: masks[c](k, part, v) for c, v in values.items()} for k, values in row.cells.items()}
    if row.ask is None:
        raise ValueError("a row by area knows its question")
    return ShownArea(row.org_id, row.name, row.own, row.left, row.partial, row.ask, cells)


def nothing(actor: Actor, codes: Wanted, ask: Ask, by: Sequence[str] = (), key: Key = ()) -> dict[str, Shown]:
    """Cells at which nothing was counted: 0, or hidden where what is around them is."""
    return {one.code: _mask(actor, one, ask, by)(key, None, 0) for one in map(resolved, codes)}


# --- what small cells hide ----------------------------------------------------------------------------------------------
def _mask(actor: Actor, one: Indicator, ask: Ask, by: Sequence[str] = ()) -> Mask:
    """(key, part, value) → what may be shown. ``part``: an organisation directly below, 0 for the remainder, None for all."""
    if not one.persons or _opens(actor, one, ask.org):
        return lambda key, part, value: Shown(value)
    cube = cube_of(one.cube)
    if ask.tree_day is not None or "count" not in cube.measures:
        return lambda key, part, value: Shown(None, ROWS_ONLY)

    look = _LOOK.get() or _Look()

    @cache
    def verdict(key: Key, part: int | None) -> str | Promise:
        return _verdict(cube, one, ask, dict(zip(by, key, strict=False)), 0 if ask.own else part, look)

    def mask(key: Key, part: int | None, value: int) -> Shown:
        why = verdict(key, part)
        return Shown(None, why) if why else Shown(value)

    return mask


def _verdict(
    cube: Cube, one: Indicator, ask: Ask, at: Mapping[str, str], part: int | None, look: _Look
) -> str | Promise:
    """Why a cell is hidden; empty when it may be shown."""
    accepts: dict[str, tuple[str, ...]] = {}
    for where in (one.where, ask.where, {d: (v,) for d, v in at.items() if d not in ("month", "year")}):
        for dim, taken in where.items():
            accepts[dim] = tuple(v for v in taken if dim not in accepts or v in accepts[dim])
    for year, months in _years(ask, at).items():
        wanted = {**accepts, "month": months} if months else accepts
        axis = ("month",) if set(wanted) == {"month"} else cube.axis_of(wanted) if wanted else ()
        if axis is None:
            return ROWS_ONLY
        veil = _veil(look, cube, year, axis, int(ask.org.path.split(".")[0]))
        for place in _places(look, ask.org.pk, year, part):
            if not (veil.shows(place, wanted) if wanted else veil.shows_total(place)):
                return TOO_FEW
    return ""


def _years(ask: Ask, at: Mapping[str, str]) -> dict[int, tuple[str, ...]]:
    """Year → its months that are asked; none where it is the whole year, or all of it that there is yet."""
    if "month" in at:
        return {int(at["month"][:4]): (at["month"],)}
    found: dict[int, list[str]] = {}
    for month in figures.months(ask.first, ask.last):
        found.setdefault(month.year, []).append(f"{month:%Y-%m}")
    if "year" in at:
        found = {int(at["year"]): found.get(int(at["year"]), [])}
    now = month_of(today())
    whole = {y: 12 if y != now.year else now.month for y in found}
    return {
        y: () if months[:1] == [f"{y}-01"] and len(months) >= whole[y] else tuple(months) for y, months in found.items()
    }


def _veil(look: _Look, cube: Cube, year: int, axis: tuple[str, ...], root: int) -> Veil:
    """Made from the cells of this moment, once a look: only for viewers without the rows."""
    name = (cube.code, year, axis, root)
    if not axis:  # the total: any axis of the year has decided it
        held = [known for known in look.veils if (known[0], known[1], known[3]) == (cube.code, year, root)]
        name = held[0] if held else (cube.code, year, ("month",), root)
    if name not in look.veils:
        look.veils[name] = _read_veil(cube, year, name[2], root)
    return look.veils[name]


def _read_veil(cube: Cube, year: int, axis: tuple[str, ...], root: int) -> Veil:
    places = {d.code: i + 1 for i, d in enumerate(cube.dims)}
    keys = ", ".join("to_char(c.month, 'YYYY-MM')" if d == "month" else f"c.dims[{places[d]}]" for d in axis)
    statement = (
        f'select t.path, array[{keys}], sum(c."values"[{cube.position("count")}])::bigint from indicators_cell c '
        f"join ({spans()}) t on t.org_id = c.org_id and c.month >= t.from_month and c.month < t.to_month "
        "where c.cube = %(cube)s and c.own and c.month >= %(first)s and c.month <= %(last)s "
        "and t.path >= %(low)s and t.path < %(high)s group by 1, 2"
    )
    leaves: dict[Place, dict[Values, int]] = {}
    with connection.cursor() as cursor:
        given = params(
            cube=cube.code, first=dt.date(year, 1, 1), last=dt.date(year, 12, 1), low=f"{root}.", high=f"{root}/"
        )
        cursor.execute(statement, given)
        for path, values, count in cursor.fetchall():
            leaves.setdefault((*_steps(path), 0), {})[tuple(values)] = count
    return Veil(axis, leaves)


def _places(look: _Look, org: int, year: int, part: int | None) -> list[Place]:
    """Where the organisation, or its part, hung in that year; once for each place it had."""
    if (org, year, part) not in look.places:
        look.places[org, year, part] = _read_places(org, year, part)
    return look.places[org, year, part]


def _read_places(org: int, year: int, part: int | None) -> list[Place]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select distinct path from ({spans('t.org_id = %(org)s')}) s where from_month <= %(last)s "
            "and to_month > %(first)s and from_month < to_month and (%(parent)s = 0 or parent_id = %(parent)s)",
            params(org=part or org, parent=org if part else 0, first=dt.date(year, 1, 1), last=dt.date(year, 12, 1)),
        )
        found = [_steps(row[0]) for row in cursor.fetchall()]
    return [(*place, 0) for place in found] if part == 0 else found


def _steps(path: str) -> Place:
    return tuple(int(step) for step in path.split(".") if step)
