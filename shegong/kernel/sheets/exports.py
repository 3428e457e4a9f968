"""READ: exports of declared sheets, streamed. The caller hands rows it may see and writes the audit entry (rule 40)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, cast

from .declare import Column, Sheet
from .write.stream import Format, open_writer
from .write.stream import export as write

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def export(
    sheet: Sheet, rows: Iterable[Sequence[Any]], out: IO[bytes], *, format: Format, columns: Sequence[str] = ()
) -> int:
    """Write rows (values in the order of the chosen columns) to `out`; gives the row count for the audit entry.

    `columns` chooses and orders columns by name; all of the sheet by default. Raises KeyError for an unknown name.
    """
    return write(chosen(sheet, columns), rows, out, format=format, title=str(sheet.title))


def chosen(sheet: Sheet, columns: Sequence[str]) -> list[Column]:
    """The columns by name, or all."""
    return [sheet.by_name[name] for name in columns] if columns else list(sheet.columns)


class _Pipe(io.RawIOBase):
    """A file object that keeps what is written until it is drained."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int:
        piece = bytes(chunk)
        self.chunks.append(piece)
        self.size += len(piece)
        return len(piece)

    def drain(self) -> bytes:
        """Everything written since the last call."""
        piece, self.chunks, self.size = b"".join(self.chunks), [], 0
        return piece


def stream(
    sheet: Sheet, rows: Iterable[Sequence[Any]], *, format: Format, columns: Sequence[str] = (), finished: Callable[[int], None],
    note: str = "",
) -> Iterator[bytes]:  # fmt: skip
    """The export as chunks for a streamed answer, memory flat; `finished(row count)` is called once, at the very end.

    `note` stands below the rows: the watermark of an export."""
    pipe = _Pipe()
    writer = open_writer(chosen(sheet, columns), cast(IO[bytes], pipe), format=format, title=str(sheet.title))
    for row in rows:
        writer.add(row)
        if pipe.size > 64 * 1024:
            yield pipe.drain()
    if note:
        writer.note(note)
    count = writer.close()
    yield pipe.drain()
    finished(count)
