"""READ: a declared table filled for an organisation and a period, as one actor may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.indicators import asking
from shegong.kernel.indicators.asking import Shown, ShownArea
from shegong.kernel.indicators.declare import Indicator, cube_of, indicator_of, narrowed, rate_of
from shegong.kernel.indicators.figures import THEN, Ask, months
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor

from .declare import Head, Table, Where, table_of


@dataclass(frozen=True)
class CellValue:
    """``value``: count, fen, or an exact ratio; None with the reason in ``why``. ``code`` and ``ask`` lead to the rows behind;
    ``linked`` is False where the cell is only a part of what they answer."""

    value: int | Decimal | None
    code: str
    ask: Ask
    why: str = ""
    linked: bool = True


@dataclass(frozen=True)
class TableRow:
    """``drill``: the organisation a row leads down to."""

    key: str
    label: str
    cells: tuple[CellValue, ...]
    ask: Ask
    drill: Org | None = None


@dataclass
class TableResult:
    """A filled table: what page, print view, export, command line and API all show."""

    table: Table
    actor: Actor
    ask: Ask
    by: str
    rows: list[TableRow]
    total: TableRow
    as_of: dt.datetime
    shares: list[str] = field(default_factory=list)

    @property
    def heads(self) -> tuple[Head, ...]:
        return self.table.heads

    @property
    def title(self) -> str:
        return str(self.table.title)

    @property
    def asked_by(self) -> str:
        return self.actor.name

    @property
    def header(self) -> tuple[list[tuple[str, int]], list[str]]:
        """Two header rows: groups with their widths, then titles with units."""
        groups: list[tuple[str, int]] = []
        for head in self.heads:
            name = str(head.group)
            if groups and groups[-1][0] == name:
                groups[-1] = (name, groups[-1][1] + 1)
            else:
                groups.append((name, 1))
        return groups, [f"{head.title}（{head.unit}）" for head in self.heads]

    @property
    def period(self) -> str:
        return f"{self.ask.first:%Y-%m} – {self.ask.last:%Y-%m}"

    @property
    def row_title(self) -> str:
        return str(self.table.by[self.by])

    @property
    def definitions(self) -> list[tuple[str, str]]:
        return list({head.name: head.definition for head in self.heads}.items())

    @property
    def hidden(self) -> list[str]:
        """Why cells are hidden, each reason once."""
        return list(
            dict.fromkeys(c.why for row in [*self.rows, self.total] for c in row.cells if c.value is None and c.why)
        )

    @property
    def notes(self) -> list[str]:
        tree = _("Each month is counted by the organisation tree of that month.")
        if self.ask.tree != THEN:
            tree = _("All months are counted by today's organisation tree.")
        return [*map(str, self.table.notes), tree, *(f"—: {why}" for why in self.hidden)]


def may_ask(actor: Actor, org: Org, codes: Sequence[str]) -> None:
    """Raise as if the organisation were not there, unless the actor may ask all these figures of it."""
    if not asking.reaches(actor, codes, org):
        raise NotAllowed(_("There is no such record."), missing=True)


def report(
    actor: Actor,
    code: str,
    org: Org,
    first: dt.date,
    last: dt.date,
    *,
    by: str = "",
    tree: str = THEN,
    where: Where | None = None,
) -> TableResult:
    """Fill the table ``code`` for ``org`` with all below it, from month ``first`` to month ``last``; ``by``: what its rows are.

    Raises ``NotAllowed`` for an organisation out of reach, ``Refused`` naming ``table``, ``by``, ``tree`` or ``last``.
    """
    made = table_of(code)
    may_ask(actor, org, made.codes)
    by = by or next(iter(made.by))
    if by not in made.by:
        known = ", ".join(made.by)
        raise Refused(_("The rows of %(table)s can be: %(known)s.") % {"table": code, "known": known}, field="by")
    if tree not in (THEN, "today"):
        raise Refused(_("The tree is “then” or “today”."), field="tree")
    if last < first:
        raise Refused(_("The last month lies before the first."), field="last")
    ask = Ask(org, first.replace(day=1), last.replace(day=1), where or {}, tree)
    with asking.one_look():
        filler = _Filler(actor, made, ask)
        rows = filler.organisations(by) if by in ("area", "unit") else filler.values(by)
        whole = filler.whole()
    filled = TableResult(made, actor, ask, by, rows, whole, timezone.now())
    filled.shares = _shares(filled)
    return filled


Found = Mapping[str, Shown]  # code of the indicator, as its column narrows it → figure


def column(head: Head, code: str) -> Indicator:
    """One of the indicators a column is read from, narrowed as the column is."""
    return narrowed(indicator_of(code), head.where)


class _Filler:
    """Reads every figure of one table, all columns at once."""

    def __init__(self, actor: Actor, made: Table, ask: Ask) -> None:
        self.actor, self.made, self.ask = actor, made, ask
        read = [(head, [column(head, code) for code in head.parts]) for head in made.heads]
        self.wanted = list({one.code: one for _head, parts in read for one in parts}.values())
        self.parts = [(head, [one.code for one in parts]) for head, parts in read]

    def whole(self) -> TableRow:
        """The total, read by itself and never added up from the rows."""
        found = asking.shown_table(self.actor, self.wanted, self.ask).get(())
        return self._row("total", _("Total"), self.ask, found or asking.nothing(self.actor, self.wanted, self.ask))

    def organisations(self, by: str) -> list[TableRow]:
        """Rows by area, the asked one's own last; or by each unit that has entries itself."""
        read = asking.shown_by_area if by == "area" else asking.shown_by_unit
        return [self._organisation(by, area) for area in read(self.actor, self.wanted, self.ask)]

    def _organisation(self, by: str, area: ShownArea) -> TableRow:
        found = area.cells.get(()) or asking.nothing(self.actor, self.wanted, area.ask)
        label = area.name
        if area.own and by == "area":
            label = _("%(org)s itself") % {"org": area.name}
        elif area.partial:
            label = _("%(org)s (while it belonged here)") % {"org": area.name}
        drill = None if area.own or area.partial else area.ask.org
        key = f"{area.org_id}{'-own' if area.own else ''}"
        return self._row(key, label, area.ask, found, drill=drill, linked=not area.partial)

    def values(self, by: str) -> list[TableRow]:
        """Rows by month, year or a dimension."""
        found = {key: cells for (key,), cells in asking.shown_table(self.actor, self.wanted, self.ask, [by]).items()}
        rows = []
        for key, label in self._labels(by, found).items():
            asked = at(self.ask, by, key)
            rows.append(self._row(key, label, asked, found.get(key) or asking.nothing(self.actor, self.wanted, asked)))
        return rows

    def _labels(self, by: str, found: Mapping[str, object]) -> dict[str, str]:
        if by == "month":
            return {f"{m:%Y-%m}": f"{m:%Y-%m}" for m in months(self.ask.first, self.ask.last)}
        if by == "year":
            return {str(y): str(y) for y in range(self.ask.first.year, self.ask.last.year + 1)}
        dims = cube_of(indicator_of(self.made.heads[0].parts[0]).cube).dims
        labels = next(d.labels() for d in dims if d.code == by)
        return {
            **{k: v for k, v in labels.items() if k or k in found},
            **{k: k for k in sorted(found) if k not in labels},
        }

    def _row(
        self, key: str, label: str, ask: Ask, found: Found, *, drill: Org | None = None,
        linked: bool = True,
    ) -> TableRow:  # fmt: skip
        cells = tuple(
            cell_of(h, [found[c] for c in codes], ask.narrowed(**h.where), linked=linked) for h, codes in self.parts
        )
        return TableRow(key, label, cells, ask, drill)


def at(ask: Ask, by: str, key: str) -> Ask:
    """The question that the row ``key`` of a table by ``by`` answers."""
    if by == "month":
        month = dt.date.fromisoformat(f"{key}-01")
        return replace(ask, first=month, last=month)
    if by == "year":
        year = int(key)
        return replace(ask, first=max(ask.first, dt.date(year, 1, 1)), last=min(ask.last, dt.date(year, 12, 1)))
    return ask.narrowed(**{by: (key,)})


def cell_of(head: Head, shown: Sequence[Shown], ask: Ask, *, linked: bool = True) -> CellValue:
    """A column's cell from the figures read for it; a rate from its two raw counts."""
    if not head.is_rate:
        return CellValue(shown[0].value, head.code, ask, str(shown[0].why), linked)
    made, (top, bottom) = rate_of(head.code), shown
    if top.value is None or bottom.value is None:
        return CellValue(None, made.bottom, ask, str(top.why or bottom.why), linked)
    if not bottom.value:
        return CellValue(None, made.bottom, ask, _("Nothing to divide by."), linked)
    return CellValue(Decimal(top.value * made.times) / Decimal(bottom.value), made.bottom, ask, "", linked)


def _shares(filled: TableResult) -> list[str]:
    """Shares of the total row, each from raw counts. The whole is 100 % by itself, not by adding rounded parts (G02)."""
    at_key = {head.key: cell.value for head, cell in zip(filled.heads, filled.total.cells, strict=True)}
    return [share(at_key[h.key], at_key[h.share_of]) if h.share_of else "" for h in filled.heads]


def share(part: int | Decimal | None, whole: int | Decimal | None, decimals: int = 1) -> str:
    """76.0% of raw counts; empty where either is hidden or there is no whole."""
    if part is None or not whole:
        return ""
    exact = Decimal(part) * 100 / Decimal(whole)
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)}%"
