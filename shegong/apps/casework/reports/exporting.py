"""WRITE: a filled table as a workbook, CSV or JSON, all three as the page shows it; in the trail with its question (rule 40)."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.indicators.declare import indicator_of
from shegong.kernel.sheets.plaintext import guard
from shegong.kernel.sheets.write.looks import SAFE, base_format, clean, sheet_name
from shegong.lib.money import format_yuan
from shegong.ui.formats import datetime_zh

from .declare import Head
from .filling import CellValue, TableResult, TableRow

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
Grid = list[list[Any]]


def export(filled: TableResult, form: str) -> bytes:
    """The table in ``form`` (xlsx, csv or json). Must run inside a transaction: the export is written to the trail."""
    written = {"xlsx": as_workbook, "csv": as_csv, "json": as_json}[form](filled)
    question = {
        "table": filled.table.code, "org": filled.ask.org.code,
        "from": f"{filled.ask.first:%Y-%m}", "to": f"{filled.ask.last:%Y-%m}", "by": filled.by, "tree": str(filled.ask.tree),
        "where": {k: list(v) for k, v in filled.ask.where.items()},
        "format": form, "rows": len(filled.rows),
    }  # fmt: skip
    deed = filled.table.export_deed
    line = trail.Line(
        deed, deed.rpartition(".")[0], filled.table.code, filled.ask.org.path, Outcome.EXPORTED, "", question
    )
    trail.write(filled.actor, line)
    return written


def raw(head: Head, cell: CellValue) -> Any:
    """A cell as a number: yuan with two decimals for money, a ratio unrounded; None where it is hidden."""
    if cell.value is None or head.is_rate or not head.money:
        return cell.value
    return Decimal(cell.value).scaleb(-2)


def text(head: Head, cell: CellValue) -> str:
    """A cell as people read it."""
    if cell.value is None:
        return "—"
    if head.is_rate:
        places = Decimal("0.1") if head.unit == "%" else Decimal("0.01")
        amount = Decimal(cell.value) / (100 if indicator_of(head.parts[0]).money else 1)
        return f"{amount.quantize(places, 'ROUND_HALF_UP'):,f}"
    return format_yuan(int(cell.value), unit=False) if head.money else f"{int(cell.value):,}"


def watermark(filled: TableResult) -> str:
    """Who took this out, and when."""
    return _("Exported by %(who)s at %(at)s") % {"who": filled.asked_by, "at": datetime_zh(filled.as_of)}


def _above(filled: TableResult) -> list[str]:
    """The lines above the table: title, whose figures and when."""
    place = _("%(org)s with all below it, %(period)s, %(by)s") % {
        "org": filled.ask.org.name,
        "period": filled.period,
        "by": filled.row_title,
    }
    return [filled.title, place, watermark(filled)]


def grid(filled: TableResult) -> Grid:
    """The two header rows and every row with the total last, as text and numbers: the same in all forms."""
    groups, titles = filled.header
    first: list[Any] = [filled.row_title]
    for name, width in groups:
        first += [name, *[""] * (width - 1)]
    rows = [
        [row.label, *(raw(h, c) for h, c in zip(filled.heads, row.cells, strict=True))]
        for row in [*filled.rows, filled.total]
    ]
    shares = [[_("Share of the total"), *filled.shares]] if any(filled.shares) else []
    return [first, ["", *titles], *rows, *shares]


def as_csv(filled: TableResult) -> bytes:
    """UTF-8 with mark; text that looks like a formula is guarded."""
    buffer = io.StringIO(newline="")
    lines = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for above in _above(filled):
        lines.writerow([guard(above)])
    for row in grid(filled):
        lines.writerow([_plain(value) for value in row])
    for note in filled.notes:
        lines.writerow([guard(note)])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8")


def _plain(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, str):
        return guard(value)
    return format(value.quantize(Decimal("0.000001")).normalize(), "f") if _fraction(value) else str(value)


def _fraction(value: Any) -> bool:
    return isinstance(value, Decimal) and -value.as_tuple().exponent > 2  # type: ignore[operator]


def as_json(filled: TableResult) -> bytes:
    """Money in yuan and ratios as text, so that nothing is rounded on the way."""

    def values(row: TableRow) -> dict[str, Any]:
        pairs = [(h, raw(h, c)) for h, c in zip(filled.heads, row.cells, strict=True)]
        return {h.key: _plain(v) if isinstance(v, Decimal) else v for h, v in pairs}

    body = {
        "table": filled.table.code, "title": filled.title, "org": {"code": filled.ask.org.code, "name": filled.ask.org.name},
        "from": f"{filled.ask.first:%Y-%m}", "to": f"{filled.ask.last:%Y-%m}", "by": filled.by, "tree": str(filled.ask.tree),
        "as_of": filled.as_of.isoformat(), "asked_by": filled.asked_by,
        "columns": [
            {
                "key": h.key, "group": str(h.group), "title": str(h.title), "unit": h.unit, "indicator": h.code,
                "definition": h.definition,
            }
            for h in filled.heads
        ],
        "rows": [
            {"key": row.key, "label": row.label, "values": values(row)} for row in filled.rows
        ],
        "total": values(filled.total),
        "shares": {h.key: s for h, s in zip(filled.heads, filled.shares, strict=False) if s},
        "notes": filled.notes,
    }  # fmt: skip
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def as_workbook(filled: TableResult) -> bytes:
    """One sheet, frozen below its two header rows; text stays text, numbers carry their format."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {**SAFE, "in_memory": True}) as book:
        page = book.add_worksheet(sheet_name(filled.table.code))
        top = _head(book, page, filled)
        _body(book, page, filled, top)
        page.freeze_panes(top, 1)
        page.set_column(0, 0, 32)
        page.set_column(1, len(filled.heads), 14)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_footer(f"&L{clean(watermark(filled)).replace('&', '&&')}&R&P / &N")
    return out.getvalue()


def _head(book: Any, page: Any, filled: TableResult) -> int:
    """Title lines and the two header rows; gives the number of the first row below."""
    bold = base_format(book, bold=True, font_size=14)
    head = base_format(book, bold=True, bg_color="#E8EEF7", border=1, text_wrap=True, align="center")
    above = _above(filled)
    for number, line in enumerate(above):
        page.write_string(number, 0, clean(line), bold if number == 0 else base_format(book))
    at, column = len(above), 1
    groups, titles = filled.header
    page.merge_range(at, 0, at + 1, 0, clean(filled.row_title), head)
    for name, width in groups:
        if width > 1:
            page.merge_range(at, column, at, column + width - 1, clean(name), head)
        else:
            page.write_string(at, column, clean(name), head)
        column += width
    for number, title in enumerate(titles, start=1):
        page.write_string(at + 1, number, clean(title), head)
    return at + 2


def _body(book: Any, page: Any, filled: TableResult, top: int) -> None:
    words, bold = base_format(book), base_format(book, bold=True, top=1)
    formats = {
        (kind, total): base_format(book, num_format=shape, bold=total, top=int(total))
        for kind, shape in (("money", "#,##0.00"), ("rate", "0.00"), ("count", "#,##0"))
        for total in (False, True)
    }
    rows = [*filled.rows, filled.total]
    for number, row in enumerate(rows, start=top):
        total = row is filled.total
        page.write_string(number, 0, clean(row.label), bold if total else words)
        for column, (head, cell) in enumerate(zip(filled.heads, row.cells, strict=True), start=1):
            value = raw(head, cell)
            if value is None:
                page.write_string(number, column, "—", bold if total else words)
            else:
                kind = "rate" if head.is_rate else "money" if head.money else "count"
                page.write_number(number, column, value, formats[kind, total])
    last = top + len(rows)
    if any(filled.shares):
        for column, value in enumerate([_("Share of the total"), *filled.shares]):
            page.write_string(last, column, clean(value), words)
        last += 1
    for number, note in enumerate(filled.notes, start=last + 1):
        page.write_string(number, 0, clean(note), words)
