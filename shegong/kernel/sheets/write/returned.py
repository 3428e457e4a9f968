"""The workbook that goes back: the same rows in the same layout, red cells, comments with reason and remedy."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shegong.lib.errors import N_

from ..coerce import CellError
from ..declare import TEXT_LIKE, Type
from ..headers import OWN_COLUMNS, Layout
from ..headings import plain
from ..reading import Book, Row
from ..words import cell_message, translate
from .looks import SAFE, add_mark, base_format, clean, say, sheet_name, width

COMMENTS = 5_000
WHAT_TO_MEND = N_("What to mend")


@dataclass(slots=True)
class _Formats:
    """Formats of the workbook, plain and red, by kind of cell."""

    head: Format
    by_kind: dict[tuple[str, bool], Format] = field(default_factory=dict)

    @classmethod
    def of(cls, book: xlsxwriter.Workbook) -> _Formats:
        """Make all formats of one workbook."""
        made = cls(base_format(book, bold=True, bg_color="#E8EEF7", border=1, text_wrap=True, align="center"))
        for kind, number_format in (
            ("text", "@"),
            ("number", "General"),
            ("date", "yyyy-mm-dd"),
            ("moment", "yyyy-mm-dd hh:mm"),
        ):
            made.by_kind[kind, False] = base_format(book, num_format=number_format)
            made.by_kind[kind, True] = base_format(
                book, num_format=number_format, bg_color="#FFC7CE", font_color="#9C0006", border=1
            )
        return made


def write_returned(
    out: IO[bytes], book: Book, layout: Layout, errors: Iterable[CellError], *, mark: Mapping[str, str],
    only_bad: bool = False, folder: str | None = None,
) -> int:  # fmt: skip
    """Write the workbook to mend; gives the number of rows with errors.

    `only_bad` leaves out the rows without errors. `folder` takes xlsxwriter's temporary row file. Comments stand on the
    first 5,000 errors; the red colour and the last column ("What to mend") on all.
    """
    by_row: dict[int, list[CellError]] = {}
    for error in errors:
        by_row.setdefault(error.row, []).append(error)
    options = {**SAFE, "constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    if folder:
        options["tmpdir"] = folder
    with xlsxwriter.Workbook(out, options) as target:
        page = target.add_worksheet(sheet_name(layout.head.name or "CSV"))
        writer = _Writer(page, _Formats.of(target), layout, by_row)
        writer.columns()
        for first, rows in book.rows(layout.head):
            for number, row in enumerate(rows, start=first + 1):
                writer.row(number, row, only_bad)
        if not only_bad:
            page.merge.extend([list(box) for box in layout.head.merged if box[0] >= layout.first_row])
        _summary(target, by_row, mark)
        add_mark(target, {"shegong": "1", **mark})
        page.activate()
    return len(by_row)


class _Writer:
    """Writes the rows of one page in order (constant memory: a row left is a row written)."""

    def __init__(
        self, page: Worksheet, formats: _Formats, layout: Layout, by_row: Mapping[int, list[CellError]]
    ) -> None:
        self.page, self.formats, self.layout, self.by_row = page, formats, layout, by_row
        self.next = 0
        self.comments = 0
        self.own = next(
            (i for i, h in enumerate(layout.headers) if plain(h.rsplit("/", 1)[-1]) in OWN_COLUMNS), len(layout.headers)
        )

    def columns(self) -> None:
        """Widths, and text format for the columns whose values must stay text."""
        for match in self.layout.matches:
            kind = "text" if match.column.type in TEXT_LIKE or match.column.type is Type.MONTH else "number"
            self.page.set_column(match.index, match.index, width(match.column), self.formats.by_kind[kind, False])
        self.page.set_column(self.own, self.own, 60)
        self.page.freeze_panes(self.layout.first_row, 0)
        for box in self.layout.head.merged:
            if box[2] < self.layout.first_row:
                self.page.merge.append(list(box))

    def row(self, number: int, row: Row, only_bad: bool) -> None:
        """One row of the file: header rows always, others as wanted."""
        errors = self.by_row.get(number, [])
        in_header = number <= self.layout.first_row
        if only_bad and not in_header and not errors:
            return
        at = self.next if only_bad else number - 1
        self.next = at + 1
        red = {error.column: error for error in errors if error.column >= 0}
        for index, cell in enumerate(row):
            if index != self.own and (cell != "" or index in red):
                self._cell(at, index, cell, in_header, index in red, red.get(index))
        for index in red:
            if index >= len(row):
                self._cell(at, index, "", False, True, red[index])
        if number == self.layout.first_row:
            self.page.write_string(at, self.own, translate(WHAT_TO_MEND), self.formats.head)
        elif errors:
            self._explain(at, number, errors)

    def _cell(self, at: int, index: int, cell: Any, in_header: bool, red: bool, error: CellError | None) -> None:
        page, formats = self.page, self.formats.by_kind
        if in_header:
            page.write_string(at, index, clean(cell if isinstance(cell, str) else f"{cell}"), self.formats.head)
        elif cell == "":
            text = error.shown if error is not None and error.code == "formula_error" else ""
            page.write_string(at, index, text, formats["text", True]) if text else page.write_blank(
                at, index, None, formats["text", red]
            )
        elif isinstance(cell, str):
            page.write_string(at, index, clean(cell), formats["text", red])
        elif isinstance(cell, bool):
            page.write_boolean(at, index, cell, formats["number", red])
        elif isinstance(cell, (int, float)):
            page.write_number(at, index, cell, formats["number", red])
        else:
            self._moment(at, index, cell, red)

    def _moment(self, at: int, index: int, cell: dt.date, red: bool) -> None:
        kind = "moment" if isinstance(cell, dt.datetime) else "date"
        if cell.year < 1900:
            self.page.write_string(at, index, cell.isoformat(), self.formats.by_kind["text", red])
        else:
            self.page.write_datetime(at, index, cell, self.formats.by_kind[kind, red])

    def _explain(self, at: int, number: int, errors: list[CellError]) -> None:
        lines: list[str] = []
        for error in sorted(errors, key=lambda entry: entry.column):
            message = cell_message(error.code, error.params)
            lines.append(f"{error.cell}: {message}")
            if error.column >= 0 and self.comments < COMMENTS:
                self.comments += 1
                self.page.write_comment(at, error.column, clean(message), {"x_scale": 2, "author": "Shegong"})
        self.page.write_string(at, self.own, clean("\n".join(lines)), self.formats.by_kind["text", True])


def _summary(target: xlsxwriter.Workbook, by_row: Mapping[int, list[CellError]], mark: Mapping[str, str]) -> None:
    page = target.add_worksheet(sheet_name(say(N_("Summary of errors"))))
    bold = base_format(target, bold=True)
    page.set_column(0, 0, 90)
    page.set_column(1, 1, 12)
    page.write_string(
        0, 0, say(N_("Rows to mend: %(rows)s"), rows=len(by_row)), base_format(target, bold=True, font_size=14)
    )
    page.write_string(
        1, 0, say(N_("Mend the red cells in this workbook and upload it again; rows already taken are left out."))
    )
    page.write_string(2, 0, say(N_("Batch: %(run)s"), run=mark.get("run", "")))
    page.write_string(4, 0, say(N_("Error")), bold)
    page.write_string(4, 1, say(N_("How often")), bold)
    counts = Counter(cell_message(e.code, dict.fromkeys(e.params, "…") if e.code != "refused" else e.params)
                     for errors in by_row.values() for e in errors)  # fmt: skip
    for row, (message, count) in enumerate(counts.most_common(200), start=5):
        page.write_string(row, 0, clean(message))
        page.write_number(row, 1, count)
