"""CSV exports: UTF-8 with mark, every cell quoted, formula-like text guarded by an apostrophe. Pure Python."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import IO, Any

from ..declare import Column, Type
from ..plaintext import guard
from .looks import clean, heading
from .shapes import plain_value

_BATCH = 500


class CsvWriter:
    """Writes one CSV file. All cells are quoted, so that no other separator can split one."""

    def __init__(self, columns: Sequence[Column], out: IO[bytes]) -> None:
        self.out, self.count = out, 0
        self.buffer = io.StringIO(newline="")
        self.lines = csv.writer(self.buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        self.cells = [_csv_cell(column) for column in columns]
        out.write(b"\xef\xbb\xbf")
        self.lines.writerow([guard(heading(column, star=False)) for column in columns])

    def add(self, row: Sequence[Any]) -> None:
        """Write one row; None is an empty cell."""
        self.lines.writerow(
            [text(value) if value is not None else "" for text, value in zip(self.cells, row, strict=True)]
        )
        self.count += 1
        if self.count % _BATCH == 0:
            self._drain()

    def note(self, text: str) -> None:
        """A line below the rows that is no row: where the file comes from. Reading skips it, as any note."""
        self.lines.writerow([guard(_without_nul(text)), *[""] * (len(self.cells) - 1)])

    def close(self) -> int:
        """Write what is left; gives the number of rows."""
        self._drain()
        return self.count

    def _drain(self) -> None:
        self.out.write(self.buffer.getvalue().encode("utf-8", "replace"))
        self.buffer.seek(0)
        self.buffer.truncate()


def _csv_cell(column: Column) -> Callable[[Any], str]:
    shape = plain_value(column)
    if column.type in (Type.MONEY, Type.INTEGER, Type.DECIMAL):
        numeric = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)

        def number(value: Any) -> str:
            text: str = shape(value)
            return text if numeric.fullmatch(text) else guard(text)

        return number
    return lambda value: guard(_without_nul(shape(value)))


def _without_nul(text: str) -> str:
    return text if text.isprintable() else clean(text)
