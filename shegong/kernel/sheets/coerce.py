"""Cells -> values, with errors by cell. Works on batches, column by column; pure Python.

Repeated cells are converted once per file. 100,000 rows x 12 columns take about one and a half seconds on one core.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from shegong.lib import idcard, phone

from .declare import SheetRow, Type
from .headers import Layout, Match
from .reading import Row, letter
from .rowkinds import RowKinds, Skipped
from .values import Bad, Converter, Doubtful, as_text, converter

_MISSING = object()
_CACHE_LIMIT = 200_000
_DISTINCT_TYPES = frozenset({Type.ID_NUMBER, Type.PHONE, Type.TEXT})  # remembering these costs more than it saves
_FILL_DOWN = frozenset(
    {Type.TEXT, Type.CHOICE, Type.ORGANISATION, Type.DATE, Type.MONTH, Type.YES_NO, Type.CREDIT_CODE}
)
# what people write so that a cell is not empty; in free text "无" or "/" may be the answer itself
NOTHING_SAID = frozenset(["-", "--", "—", "——", "－", "/", "／", "\\", "*", "无", "暂无", "未提供", "不详", "N/A", "n/a"])
_SPEECHLESS = frozenset(
    {Type.ID_NUMBER, Type.CREDIT_CODE, Type.PHONE, Type.DATE, Type.MONTH, Type.MONEY, Type.INTEGER, Type.DECIMAL}
)

Resolver = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class CellError:
    """One thing to mend. `row` from 1 as Excel shows it, `column` from 0 (-1: the whole row); `shown` is masked."""

    row: int
    column: int
    name: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    shown: str = ""

    @property
    def cell(self) -> str:
        """Excel's reference, "C7", or the row number alone."""
        return f"{letter(self.column)}{self.row}" if self.column >= 0 else str(self.row)

    def sealed(self) -> list[Any]:
        """The error as plain JSON values; nothing in it is a whole ID number or phone."""
        return [self.row, self.column, self.name, self.code, self.params, self.shown]

    @classmethod
    def unsealed(cls, entry: Sequence[Any]) -> CellError:
        """Read back what `sealed` gave."""
        return cls(*entry)


@dataclass(slots=True)
class Coerced:
    """One batch: good rows, the errors of the bad ones, numbers of the bad rows."""

    rows: list[SheetRow]
    errors: list[CellError]
    bad: set[int]
    warnings: list[CellError] = field(default_factory=list)


def shown(match: Match, cell: Any) -> str:
    """The cell as a report may show it: ID numbers and phones masked, other secrets hidden, the rest cut to 40."""
    written = as_text(cell) if cell != "" else ""
    text = written if isinstance(written, str) else str(cell)
    if match.column.type is Type.ID_NUMBER:
        return idcard.mask(text) if isinstance(cell, str) and len(text) in (15, 18) else "*" * min(len(text), 18)
    if match.column.type is Type.PHONE:
        masked = phone.mask(text)
        return masked if masked != text else "*" * min(len(text), 18)
    return "*" * min(len(text), 8) if match.column.masked else text[:40]


class _ColumnWork:
    """Converts the cells of one column; remembers what it has seen."""

    def __init__(self, match: Match, convert: Converter) -> None:
        self.match, self.convert = match, convert
        self.cached = match.column.type not in _DISTINCT_TYPES
        self.seen: dict[str, Any] = {}
        self.empty: Any = Bad("required") if match.column.required else None
        self.nothing = NOTHING_SAID if match.column.type in _SPEECHLESS else frozenset()

    def values(self, cells: Iterable[Any]) -> list[Any]:
        """Converted cells: values, None for empty ones, Bad and Doubtful among them."""
        empty, convert, seen, nothing = self.empty, self.convert, self.seen, self.nothing
        if not self.cached:
            return [
                empty if cell.__class__ is str and (not cell or cell.isspace() or cell.strip() in nothing) else convert(cell)
                for cell in cells
            ]
        if len(seen) > _CACHE_LIMIT:
            seen.clear()
        result = []
        for cell in cells:
            if cell.__class__ is str:
                value = seen.get(cell, _MISSING)
                if value is _MISSING:
                    value = seen[cell] = empty if not cell or cell.isspace() or cell.strip() in nothing else convert(cell)
                result.append(value)
            else:
                result.append(convert(cell))
        return result


class Coercer:
    """Coerces one file in one layout. Feed it the batches of `Book.rows` in order.

    `resolve` finds organisations within the importer's reach by code or name. Rows repeating the key of an earlier row
    are errors.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        key: Sequence[str] = (),
        date1904: bool = False,
        today: dt.date,
        resolve: Resolver | None = None,
    ) -> None:
        self.layout, self.kinds, self.skipped = layout, RowKinds(layout), Skipped()
        self.width = max([len(layout.headers), *(match.index + 1 for match in layout.matches)])
        self.work = [
            _ColumnWork(m, converter(m.column, unit=m.unit, date1904=date1904, today=today, resolve=resolve))
            for m in layout.matches
        ]
        self.names = tuple(match.column.name for match in layout.matches)
        self.pick = itemgetter(*(match.index for match in layout.matches))
        self.key = tuple(name for name in key if name in self.names)
        self.keys: dict[Any, int] = {}
        self.warned: Counter[str] = Counter()
        self.merged = _body_merges(layout)
        self.wide = _wide_rows(layout)
        mapped = {match.index for match in layout.matches}
        self.spots = {row for row, column in (*layout.head.errors, *layout.head.uncached) if column in mapped}
        self.held: dict[int, tuple[int, Any]] = {}

    def batch(self, first: int, rows: Sequence[Row]) -> Coerced:
        """One batch whose first row has number `first` (from 0)."""
        numbers, kept = self._facts(first, rows)
        result = Coerced([], [], set())
        if not kept:
            return result
        picked: Iterable[Any] = map(self.pick, kept) if len(self.work) > 1 else ((self.pick(row),) for row in kept)
        raw: list[tuple[Any, ...]] = list(zip(*picked, strict=True))
        columns = [work.values(cells) for work, cells in zip(self.work, raw, strict=True)]
        for work, cells, converted in zip(self.work, raw, columns, strict=True):
            self._collect(work.match, numbers, cells, converted, result)
        self._file_errors(numbers, result)
        names = self.names
        bad = result.bad
        for number, values in zip(numbers, zip(*columns, strict=True), strict=True):
            if number not in bad:
                result.rows.append(SheetRow(number, dict(zip(names, values, strict=True))))
        if self.key:
            self._drop_repeats(result)
        return result

    def _facts(self, first: int, rows: Sequence[Row]) -> tuple[list[int], list[Row]]:
        """Row numbers (from 1) and cells of the rows that hold facts."""
        numbers: list[int] = []
        kept: list[Row] = []
        kind_of, pick, width, start = self.kinds.kind, self.pick, self.width, self.layout.first_row
        wide, spots = self.wide, self.spots
        nothing = ("",) * len(self.work) if len(self.work) > 1 else ""
        for index, row in enumerate(rows, start=first):
            if index < start or (not row and index not in spots):
                continue
            if len(row) < width:
                row = row + [""] * (width - len(row))
            kind = kind_of(row) if index not in wide else "note"
            if kind in ("row", "blank") and pick(row) == nothing:
                kind = "unknown_only" if kind == "row" else "blank"
                if index in spots:
                    kind = "row"
            if kind != "row":
                self.skipped.add(kind, index + 1)
                continue
            numbers.append(index + 1)
            kept.append(self._filled(index, row) if self.merged else row)
        return numbers, kept

    def _filled(self, index: int, row: Row) -> Row:
        """Cells below the first of a merged block take its value where that cannot count anything twice."""
        row = list(row)
        for column in [match.index for match in self.layout.matches]:
            box = self.merged.get((index, column))
            if box is None:
                continue
            if index == box:
                self.held[column] = (box, row[column])
            elif row[column] == "" and column in self.held and self.held[column][0] == box:
                row[column] = self.held[column][1]
        return row

    def _collect(
        self, match: Match, numbers: list[int], cells: Sequence[Any], values: list[Any], result: Coerced
    ) -> None:
        """Move Bad and Doubtful out of a column into errors and warnings."""
        for at, value in enumerate(values):
            kind = value.__class__
            if kind is Bad:
                result.bad.add(numbers[at])
                result.errors.append(self._error(match, numbers[at], value.code, value.params, cells[at]))
            elif kind is Doubtful:
                values[at] = value.value
                for code in value.warnings:
                    self.warned[code] += 1
                    if self.warned[code] <= 100:
                        result.warnings.append(self._error(match, numbers[at], code, {}, cells[at]))

    def _error(self, match: Match, number: int, code: str, params: dict[str, Any], cell: Any) -> CellError:
        if match.column.masked and params:
            params = {name: value for name, value in params.items() if not isinstance(value, str)} | (
                {"found": "****"} if "found" in params else {}
            )
        return CellError(number, match.index, match.column.name, code, params, shown(match, cell))

    def _file_errors(self, numbers: list[int], result: Coerced) -> None:
        """Cells with a formula error or a formula without a stored result arrive empty; say so instead of "required"."""
        head = self.layout.head
        if not head.errors and not head.uncached and not self.merged:
            return
        for number in numbers:
            for match in self.layout.matches:
                spot = (number - 1, match.index)
                if spot in head.errors:
                    self._replace(
                        result, match, number, "formula_error", {"error": head.errors[spot]}, head.errors[spot]
                    )
                elif spot in head.uncached:
                    self._replace(result, match, number, "formula_empty", {}, "")
                elif self.merged.get(spot, number - 1) != number - 1 and match.column.type not in _FILL_DOWN:
                    self._replace(result, match, number, "merged_value", {}, "")

    def _replace(
        self, result: Coerced, match: Match, number: int, code: str, params: dict[str, Any], text: str
    ) -> None:
        result.errors = [e for e in result.errors if not (e.row == number and e.column == match.index)]
        result.errors.append(CellError(number, match.index, match.column.name, code, params, text))
        result.bad.add(number)

    def _drop_repeats(self, result: Coerced) -> None:
        """The second row with the same key is an error that names the first."""
        key, keys = self.key, self.keys
        index = self.layout.matches[self.names.index(key[0])].index
        kept = []
        for row in result.rows:
            values = tuple(row.values[name] for name in key)
            if all(value is None for value in values):
                kept.append(row)
                continue
            earlier = keys.setdefault(values, row.number)
            if earlier == row.number:
                kept.append(row)
            else:
                result.bad.add(row.number)
                result.errors.append(CellError(row.number, index, key[0], "repeated_row", {"row": earlier}))
        result.rows = kept


def _body_merges(layout: Layout) -> dict[tuple[int, int], int]:
    """(row, column) -> first row of the block, for vertical merges below the header; wide blocks are notes, not facts."""
    spots: dict[tuple[int, int], int] = {}
    for top, left, bottom, right in layout.head.merged:
        if top < layout.first_row or bottom == top or right - left > 2 or bottom - top > 20_000:
            continue
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                spots[(row, column)] = top
            if len(spots) > 200_000:
                return spots
    return spots


def _wide_rows(layout: Layout) -> frozenset[int]:
    """Rows below the header that are one text merged over more than half of the columns: notes."""
    half = max(3, len(layout.matches) // 2)
    found: set[int] = set()
    for top, left, bottom, right in layout.head.merged:
        if top >= layout.first_row and right - left >= half and bottom - top < 100:
            found.update(range(top, bottom + 1))
    return frozenset(found)
