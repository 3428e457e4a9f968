"""The parent's side of reading: start the confined child, choose a sheet, receive rows. Pure Python."""

from __future__ import annotations

import datetime as dt
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from .limits import STANDARD, Limits
from .refusal import Unreadable

ROOT = Path(__file__).resolve().parents[3]
_LINE_BYTES = 256 * 1024 * 1024

Row = list[Any]


class ClockText(str):
    """Text of a cell that holds a time of day or a duration; no column type takes it as a number."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SheetHead:
    """One sheet of a book as the child described it. Row and column numbers start at 0; `merged` are inclusive."""

    index: int
    name: str
    visible: bool
    rows: int = 0
    columns: int = 0
    head: list[Row] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncached: frozenset[tuple[int, int]] = frozenset()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    hidden_rows: int = 0


class Book:
    """An open file: use as a context manager. `sheets` are described; `rows(sheet)` streams (first row, rows).

    Raises Unreadable from `__enter__` and while streaming. The wall limit counts only time spent waiting for the
    child, so a slow consumer is never mistaken for a slow file.
    """

    def __init__(self, source: Path | IO[bytes], *, name: str = "", limits: Limits = STANDARD) -> None:
        self.source, self.name, self.limits = source, name, limits
        self.format = self.encoding = self.delimiter = ""
        self.date1904 = False
        self.mark: dict[str, str] = {}
        self.sheets: list[SheetHead] = []
        self._buffer = bytearray()
        self._waited = 0.0
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        handle = open(self.source, "rb") if isinstance(self.source, Path) else self.source
        try:
            self._start(handle)
            self._describe(self._receive())
        except BaseException:
            self._stop()
            raise
        finally:
            if isinstance(self.source, Path):
                handle.close()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()

    def rows(self, sheet: SheetHead) -> Iterator[tuple[int, list[Row]]]:
        """Batches `(number of the first row from 0, rows)`; blank rows are empty lists."""
        child = self._running()
        try:
            child.stdin.write(f"{sheet.index}\n".encode())
            child.stdin.flush()
        except BrokenPipeError as error:
            raise Unreadable("damaged") from error
        first = 0
        while isinstance(batch := self._receive(), list):
            yield first, batch
            first += len(batch)

    def _start(self, handle: IO[bytes]) -> None:
        descriptor = handle.fileno()
        os.lseek(descriptor, 0, os.SEEK_SET)
        self._child = subprocess.Popen(
            [sys.executable, "-s", "-m", "shegong.kernel.sheets.child", str(descriptor), self.name[-200:].replace("\0", ""),
             self.limits.to_json()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=(descriptor,), cwd=ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}, close_fds=True, start_new_session=True,
        )  # fmt: skip

    def _running(self) -> Any:
        """The child with its pipes. Raises RuntimeError outside the `with` block."""
        if self._child is None:
            raise RuntimeError("the book is not open: use it in a with block")
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        try:
            child.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _receive(self) -> Any:
        line = self._line()
        document = json.loads(line, object_hook=_cell)
        if isinstance(document, dict) and "refused" in document:
            raise Unreadable(document["refused"], **document["params"])
        return document

    def _line(self) -> bytes:
        """One line from the child, waiting no longer in all than the wall limit."""
        descriptor = self._running().stdout.fileno()
        searched = 0
        while (at := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > _LINE_BYTES:
                raise Unreadable("too_big")
            started = time.monotonic()
            ready, _, _ = select.select([descriptor], [], [], max(0.0, self.limits.wall_seconds - self._waited))
            self._waited += time.monotonic() - started
            if not ready:
                raise Unreadable("too_slow", seconds=self.limits.wall_seconds)
            chunk = os.read(descriptor, 1024 * 1024)
            if not chunk:
                raise self._died()
            self._buffer += chunk
        line = bytes(self._buffer[:at])
        del self._buffer[: at + 1]
        return line

    def _died(self) -> Unreadable:
        code = self._running().wait()
        if code in (-24, -9):  # SIGXCPU; SIGKILL follows it
            return Unreadable("too_slow", seconds=self.limits.cpu_seconds)
        return Unreadable("too_big" if code < 0 else "damaged")

    def _describe(self, document: dict[str, Any]) -> None:
        self.format = document["format"]
        self.encoding = document.get("encoding", "")
        self.delimiter = document.get("delimiter", "")
        self.date1904 = document.get("date1904", False)
        self.mark = {str(row[0]): str(row[1]) for row in document.get("mark", []) if len(row) > 1}
        self.sheets = [_sheet(index, entry) for index, entry in enumerate(document["sheets"])]


def _sheet(index: int, entry: dict[str, Any]) -> SheetHead:
    if not entry["visible"]:
        return SheetHead(index, entry["name"], False)
    return SheetHead(
        index, entry["name"], True, entry["rows"], entry["columns"], entry["head"],
        [tuple(box) for box in entry.get("merged", [])],
        {position(reference): text for reference, text in entry.get("errors", {}).items()},
        frozenset(position(reference) for reference in entry.get("uncached", [])),
        tuple((low, high) for low, high in entry.get("hidden_columns", [])), entry.get("hidden_rows", 0),
    )  # fmt: skip


def _cell(document: dict[str, Any]) -> Any:
    """Dates and times come as one-key objects; everything else stays as it is."""
    if len(document) == 1:
        if "d" in document:
            text = document["d"]
            if len(text) > 10 and not text.endswith("T00:00:00"):
                return dt.datetime.fromisoformat(text)
            return dt.date.fromisoformat(text[:10])
        if "t" in document:
            return ClockText(document["t"])
    return document


def position(reference: str) -> tuple[int, int]:
    """(row, column) from 0 of an Excel reference: position("B7") == (6, 1)."""
    column = 0
    at = 0
    for at, character in enumerate(reference):  # noqa: B007
        if character.isdigit():
            break
        column = column * 26 + ord(character) - 64
    return int(reference[at:]) - 1, column - 1


def letter(column: int) -> str:
    """Excel's letter of a column counted from 0: letter(27) == "AB"."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
