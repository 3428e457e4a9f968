"""The reading child: `python -m shegong.kernel.sheets.child NAME LIMITS`, the file on descriptor 0's neighbour.

Protocol, one JSON document per line on standard output: first the book (or `{"refused": code, "params": {…}}`), then
for every sheet number read from standard input the sheet's rows in batches (lists of rows), closed by `{"end": rows}`.
Cells: text, numbers, true/false as JSON has them; "" for an empty cell; dates and times as `{"d": iso}`, durations
as `{"t": text}`. Formulas give their stored result. Nothing is written to disk and no socket can be opened.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any

from shegong.lib.confine import confine

from .limits import Limits
from .refusal import Unreadable

MARK_SHEET = "_shegong"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SPREADSHEET_NAMES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".et", ".ods")
_OTHER_MAGIC = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MZ", b"\x7fELF")
_WEB_STARTS = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<svg", b"<meta", b"<head", b"mime-version")
_OLD_EXCEL = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")

Cells = list[Any]


def _plain(value: object) -> dict[str, str]:
    if isinstance(value, (dt.date, dt.datetime)):
        return {"d": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"t": str(value)}
    return {"t": str(value)}


class Reader:
    """One open file of either format: `book` describes it, `rows` streams a sheet."""

    def book(self) -> dict[str, Any]:
        """The description sent first."""
        raise NotImplementedError

    def rows(self, index: int) -> Iterator[Cells]:
        """All rows of one sheet from the first row of the file, blank ones included."""
        raise NotImplementedError


class TextReader(Reader):
    """A CSV file: one sheet."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        from . import plaintext

        self.plaintext = plaintext
        self.stream, self.limits = stream, limits
        self.encoding = plaintext.find_encoding(stream)
        stream.seek(0)
        sample = stream.read(64 * 1024).decode(self.encoding, "ignore")
        self.delimiter = plaintext.find_delimiter(sample[: sample.rfind("\n") + 1] or sample)

    def book(self) -> dict[str, Any]:
        head: list[Cells] = []
        count = width = 0
        for row in self.rows(0):
            count += 1
            width = max(width, len(row))
            if count <= self.limits.head_rows:
                head.append(row)
        sheet = {"name": "", "visible": True, "rows": count, "columns": width, "head": head}
        return {"format": "csv", "encoding": self.encoding, "delimiter": self.delimiter, "sheets": [sheet]}

    def rows(self, index: int) -> Iterator[Cells]:
        yield from self.plaintext.rows(self.stream, self.encoding, self.delimiter, self.limits)


class WorkbookReader(Reader):
    """An .xlsx workbook through calamine, after `workbook.survey` has looked it over."""

    def __init__(self, stream: IO[bytes], size: int, limits: Limits) -> None:
        import python_calamine

        from . import workbook

        self.limits = limits
        self.survey = workbook.survey(stream, size, limits)
        stream.seek(0)
        self.file = python_calamine.load_workbook(stream)
        self.visible = python_calamine.SheetVisibleEnum.Visible
        self.work = python_calamine.SheetTypeEnum.WorkSheet
        if len(self.file.sheet_names) > limits.sheets:
            raise Unreadable("too_many_sheets", count=len(self.file.sheet_names), limit=limits.sheets)
        self.held: tuple[int, Any] | None = None

    def _sheet(self, index: int) -> Any:
        if self.held is None or self.held[0] != index:
            self.held = None
            self.held = (index, self.file.get_sheet_by_index(index))
        return self.held[1]

    def book(self) -> dict[str, Any]:
        sheets: list[dict[str, Any]] = []
        mark: list[Cells] = []
        for index, entry in enumerate(self.file.sheets_metadata):
            visible = entry.visible == self.visible and entry.typ == self.work
            if entry.name == MARK_SHEET:
                mark = [row for _, row in zip(range(5), self._sheet(index).iter_rows(), strict=False)]
            sheets.append(self._describe(index, entry.name) if visible else {"name": entry.name, "visible": False})
        return {"format": "xlsx", "date1904": self.survey.date1904, "mark": mark, "sheets": sheets}

    def _describe(self, index: int, name: str) -> dict[str, Any]:
        sheet = self._sheet(index)
        rows, columns = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
        rows = max(rows, self._last_marked(index))
        if rows > self.limits.rows + 100:
            raise Unreadable("too_many_rows", limit=self.limits.rows, cell=f"{name}!A{rows}")
        if columns > self.limits.columns:
            raise Unreadable("too_many_columns", limit=self.limits.columns, cell=name)
        part = self.survey.parts.get(name)
        merged = [[*first, *last] for first, last in (sheet.merged_cell_ranges or [])]
        head = [row for _, row in zip(range(self.limits.head_rows), self.rows(index), strict=False)]
        return {
            "name": name, "visible": True, "rows": rows, "columns": columns, "head": head, "merged": merged,
            "errors": part.errors if part else {}, "uncached": part.uncached if part else [],
            "hidden_columns": part.hidden_columns if part else [], "hidden_rows": part.hidden_rows if part else 0,
        }  # fmt: skip

    def rows(self, index: int) -> Iterator[Cells]:
        count = 0
        for count, row in enumerate(self._sheet(index).iter_rows(), start=1):  # noqa: B007
            yield row
        for _missing in range(count, self._last_marked(index)):
            yield []

    def _last_marked(self, index: int) -> int:
        """Number of the last row with a cell calamine shows empty: a formula's error, a formula without a result."""
        part = self.survey.parts.get(self.file.sheet_names[index])
        marked = (*part.errors, *part.uncached) if part else ()
        last = max((int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for reference in marked), default=0)
        return min(last, self.limits.rows)


def open_reader(stream: IO[bytes], name: str, limits: Limits) -> Reader:
    """Tell the format by content, not by name. Raises Unreadable with what to do instead."""
    size = stream.seek(0, os.SEEK_END)
    if size == 0:
        raise Unreadable("empty_file")
    if size > limits.file_bytes:
        raise Unreadable("file_too_big", megabytes=limits.file_bytes // 1024 // 1024)
    stream.seek(0)
    head = stream.read(4096)
    if head[:4] == b"PK\x03\x04":
        return WorkbookReader(stream, size, limits)
    _refuse_others(stream, head, name.lower())
    return TextReader(stream, limits)


def _refuse_others(stream: IO[bytes], head: bytes, name: str) -> None:
    if head.startswith(_OLE):
        stream.seek(0)
        encrypted = "EncryptedPackage".encode("utf-16-le") in stream.read()
        raise Unreadable("encrypted" if encrypted else "old_format")
    if head.startswith(_OTHER_MAGIC) or head[:2] == b"PK":
        raise Unreadable("not_a_workbook")
    if head.startswith(_OLD_EXCEL):
        raise Unreadable("old_format")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_WEB_STARTS):
        raise Unreadable("web_page")
    if name.endswith(_SPREADSHEET_NAMES):
        raise Unreadable("not_a_workbook")


def _send(document: object) -> None:
    sys.stdout.write(json.dumps(document, default=_plain, ensure_ascii=False, allow_nan=False))
    sys.stdout.write("\n")


def _stream(rows: Iterable[Cells], limits: Limits) -> None:
    batch: list[Cells] = []
    total = 0
    for row in rows:
        total += 1
        batch.append([] if row.count("") == len(row) else row)
        if len(batch) >= limits.batch_rows:
            _send(batch)
            batch = []
    if batch:
        _send(batch)
    _send({"end": total})


def _serve(stream: IO[bytes], name: str, limits: Limits) -> None:
    reader = open_reader(stream, name, limits)
    _send(reader.book())
    sys.stdout.flush()
    for line in sys.stdin:
        _stream(reader.rows(int(line)), limits)
        sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Run the protocol; every failure becomes a refusal line, never a traceback with cell text in it."""
    descriptor, name, limits = int(arguments[0]), arguments[1], Limits.from_json(arguments[2])
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass")  # type: ignore[union-attr]
    import csv  # noqa: F401  (loaded before the limits: imports open files)
    import html  # noqa: F401
    import zipfile  # noqa: F401

    import python_calamine  # noqa: F401

    from . import plaintext, workbook  # noqa: F401

    gc.disable()  # a short life that only makes lists of text; saves a tenth of the time
    confine(memory_bytes=limits.memory_bytes, cpu_seconds=limits.cpu_seconds)
    refusal: Unreadable
    try:
        with os.fdopen(descriptor, "rb") as stream:
            _serve(stream, name, limits)
        return 0
    except Unreadable as error:
        refusal = error
    except MemoryError:
        refusal = Unreadable("too_big")
    except BrokenPipeError:
        return 0
    except BaseException:  # calamine reports its panics as BaseException
        refusal = Unreadable("damaged")
    _send({"refused": refusal.code, "params": refusal.params})
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
