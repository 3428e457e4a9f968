"""Exports streamed row by row in constant memory. Pure Python.

`export` writes a whole iterable; `open_writer` gives the writer itself, for answers sent while rows still come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any, Literal, Protocol

from ..declare import Column
from .textfile import CsvWriter
from .workbook import XlsxWriter

Format = Literal["xlsx", "csv"]


class Writer(Protocol):
    """Takes rows one by one; `close` finishes the file and gives the number of rows."""

    def add(self, row: Sequence[Any]) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> int: ...


def open_writer(columns: Sequence[Column], out: IO[bytes], *, format: str, title: str = "") -> Writer:
    """A writer of rows (values in the order of `columns`) into `out`, which need not be seekable.

    Money is fen and leaves in the column's unit. Labels and yes/no in the active language.
    """
    if format == "xlsx":
        return XlsxWriter(columns, out, title)
    if format == "csv":
        return CsvWriter(columns, out)
    raise ValueError(f"no export format {format!r}: use xlsx or csv")


def export(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: IO[bytes], *, format: str, title: str = ""
) -> int:
    """Write all rows; gives their number."""
    writer = open_writer(columns, out, format=format, title=title)
    for row in rows:
        writer.add(row)
    return writer.close()
