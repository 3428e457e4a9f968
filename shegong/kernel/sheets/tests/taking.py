"""Reading whole files in tests: bytes in, layout, good rows and errors out."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shegong.kernel.sheets.coerce import CellError, Coercer
from shegong.kernel.sheets.declare import Sheet, SheetRow
from shegong.kernel.sheets.headers import Layout, choose
from shegong.kernel.sheets.reading import Book
from shegong.kernel.sheets.rowkinds import Skipped
from shegong.kernel.sheets.write.returned import write_returned

TODAY = dt.date(2026, 11, 23)


@dataclass
class Taken:
    """What one file gave."""

    layout: Layout
    rows: list[SheetRow] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    warnings: list[CellError] = field(default_factory=list)
    skipped: Skipped = field(default_factory=Skipped)
    mark: dict[str, str] = field(default_factory=dict)

    def codes(self) -> dict[str, str]:
        return {error.cell: error.code for error in self.errors}


@contextmanager
def opened(raw: bytes, name: str = "a.xlsx") -> Iterator[Book]:
    with open(os.memfd_create("test"), "w+b") as stream:
        stream.write(raw)
        stream.flush()
        with Book(stream, name=name) as book:
            yield book


def take(
    raw: bytes, sheet: Sheet, name: str = "a.xlsx", resolve: Callable[[str], Any] | None = None, sheet_name: str = ""
) -> Taken:
    with opened(raw, name) as book:
        layout = choose(book, sheet, sheet_name=sheet_name)
        coercer = Coercer(layout, key=sheet.key, date1904=book.date1904, today=TODAY, resolve=resolve)
        taken = Taken(layout, skipped=coercer.skipped, mark=book.mark)
        for first, rows in book.rows(layout.head):
            part = coercer.batch(first, rows)
            taken.rows += part.rows
            taken.errors += part.errors
            taken.warnings += part.warnings
        return taken


def returned(raw: bytes, sheet: Sheet, *, only_bad: bool = False, name: str = "a.xlsx") -> bytes:
    found = take(raw, sheet, name)
    out = io.BytesIO()
    with opened(raw, name) as book:
        layout = choose(book, sheet)
        write_returned(out, book, layout, found.errors, mark={"sheet": sheet.code, "run": "r-1"}, only_bad=only_bad)
    return out.getvalue()
