"""READ: whether a filled table ties: rows to the total, one way of splitting to the others, parts to wholes, cells to entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import BigIntegerField
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from shegong.kernel.indicators import asking
from shegong.kernel.indicators.behind import rows_behind
from shegong.kernel.indicators.declare import cube_of, indicator_of
from shegong.kernel.orgs.reach import Actor

from .filling import CellValue, TableResult, TableRow, report

# (table, column) → columns that are together exactly it
SUMS = {
    ("T09", "all"): ("mediation", "representation", "consultation", "drafting"),
    ("T11", "all"): ("reminder", "opinion", "proposal"),
    ("T09", "mediation"): ("before_finished", "before_pending", "after_finished", "after_pending", "stageless"),
}
# (table, column that is never more than, this one)
BOUNDS = (
    ("T09", "before_success", "before_finished"), ("T09", "after_success", "after_finished"), ("T09", "groups", "all"),
    ("T09", "arbitration_closed", "arbitration_accepted"), ("T09", "litigation_closed", "litigation_accepted"),
    ("T09", "all", "people"), ("casework", "given", "asked"),
    ("T11", "answered", "all"), ("T11", "in_time", "answered"), ("T11", "late", "answered"), ("T11", "corrected", "all"),
    ("T11", "uncorrected", "all"),
)  # fmt: skip


def contradictions(filled: TableResult, *, splits: bool = True, entries: bool = True) -> list[str]:
    """What does not tie, in words; empty when everything does. ``splits``: against every other kind of rows; ``entries``:
    against the rows behind each cell (only for an actor who may open them)."""
    found = [*_added_up(filled), *_parts(filled)]
    if splits:
        for by in filled.table.by:
            if by != filled.by:
                ask = filled.ask
                other = report(
                    filled.actor,
                    filled.table.code,
                    ask.org,
                    ask.first,
                    ask.last,
                    by=by,
                    tree=str(ask.tree),
                    where=ask.where,
                )
                found += _added_up(other)
                found += _same_total(filled, other)
    if entries:
        found += [text for row in [*filled.rows, filled.total] for text in _entries(filled, row)]
    return found


def _added_up(filled: TableResult) -> Iterator[str]:
    for place, head in enumerate(filled.heads):
        cells = [row.cells[place] for row in filled.rows]
        whole = filled.total.cells[place].value
        if head.is_rate or whole is None or any(c.value is None for c in cells):
            continue
        together = sum(c.value for c in cells if c.value is not None)
        if together != whole:
            yield _("%(column)s: the rows %(by)s add up to %(sum)s, the total is %(total)s.") % {
                "column": head.key, "by": filled.row_title, "sum": together, "total": whole,
            }  # fmt: skip


def _same_total(one: TableResult, other: TableResult) -> Iterator[str]:
    for head, a, b in zip(one.heads, one.total.cells, other.total.cells, strict=True):
        if a.value != b.value:
            yield _("%(column)s: the total is %(one)s here and %(other)s %(by)s.") % {
                "column": head.key, "one": a.value, "other": b.value, "by": other.row_title,
            }  # fmt: skip


def _parts(filled: TableResult) -> Iterator[str]:
    """Columns that are parts of another, row by row."""
    for row in [*filled.rows, filled.total]:
        at = {h.key: c.value for h, c in zip(filled.heads, row.cells, strict=True)}
        for whole, parts in _sums(filled):
            values = [at[p] for p in parts]
            if at[whole] is not None and None not in values and sum(v for v in values if v is not None) != at[whole]:
                said = {"row": row.label, "parts": ", ".join(parts), "whole": whole}
                yield _("%(row)s: %(parts)s do not add up to %(whole)s.") % said
        for code, part, most in BOUNDS:
            if code == filled.table.code and _more(at[part], at[most]):
                yield _("%(row)s: %(part)s is more than %(whole)s.") % {"row": row.label, "part": part, "whole": most}


def _sums(filled: TableResult) -> list[tuple[str, tuple[str, ...]]]:
    phases = tuple(h.key for h in filled.heads if h.key.startswith("phase_"))
    declared = [(whole, parts) for (code, whole), parts in SUMS.items() if code == filled.table.code]
    return [*declared, ("all", phases)] if phases else declared


def _more(part: Any, whole: Any) -> bool:
    return part is not None and whole is not None and part > whole


def _entries(filled: TableResult, row: TableRow) -> Iterator[str]:
    for head, cell in zip(filled.heads, row.cells, strict=True):
        if (
            head.is_rate
            or cell.value is None
            or not cell.linked
            or not asking.opens(filled.actor, cell.code, cell.ask.org)
        ):
            continue
        counted = behind_total(filled.actor, cell)
        if counted != cell.value:
            yield _("%(row)s, %(column)s: %(value)s shown, the entries behind give %(counted)s.") % {
                "row": row.label, "column": head.key, "value": cell.value, "counted": counted,
            }  # fmt: skip


def behind_total(actor: Actor, cell: CellValue) -> int:
    """The cell's measure taken from the very rows behind it."""
    one = indicator_of(cell.code)
    measure = cube_of(one.cube).measures[one.measure]
    rows = rows_behind(actor, cell.code, cell.ask).order_by()
    total: int = rows.aggregate(n=Coalesce(measure, 0, output_field=BigIntegerField()))["n"]
    return total
