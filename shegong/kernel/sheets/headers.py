"""Find the header of a sheet as people really send it, and say what was matched with what. Pure Python.

Copes with title rows, two- and three-row headers (merged cells joined parent + child), any column order, synonyms,
full-width letters, line breaks, units in the header, hidden and empty columns, several sheets in a book.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .declare import Column, Sheet, Type
from .headings import bare, cell_text, money_unit, names_of, plain, unit_above
from .reading import Book, SheetHead, letter
from .refusal import Unreadable

MAX_DEPTH = 3
OWN_COLUMNS = frozenset({plain("需要更正的问题"), plain("What to mend")})


@dataclass(frozen=True, slots=True)
class Match:
    """One column of the file taken for a declared column. `index` from 0; `header` as the file writes it."""

    column: Column
    index: int
    header: str
    unit: str = ""
    hidden: bool = False

    @property
    def letter(self) -> str:
        """Excel's letter of the column."""
        return letter(self.index)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A sheet of the book that was not read: hidden, empty, no header found, or matched less well."""

    name: str
    reason: str
    matched: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the header lies and what it says. Row numbers from 0; the first data row is `header_row + depth`."""

    head: SheetHead
    header_row: int
    depth: int
    matches: tuple[Match, ...]
    headers: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...] = ()
    missing: tuple[tuple[Column, str], ...] = ()
    ambiguous: tuple[tuple[Column, tuple[str, ...]], ...] = ()
    empty: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = field(default=())

    @property
    def first_row(self) -> int:
        """Number (from 0) of the first row below the header."""
        return self.header_row + self.depth

    @property
    def usable(self) -> bool:
        """Whether rows can be taken: every required column is there, none twice."""
        return not self.missing and not self.ambiguous

    def as_report(self) -> dict[str, Any]:
        """The layout as plain JSON values for the report."""
        return {
            "sheet": self.head.name,
            "header_row": self.header_row + 1,
            "header_rows": self.depth,
            "matched": [[m.column.name, m.letter, m.header, m.unit, m.hidden] for m in self.matches],
            "unknown": [list(entry) for entry in self.unknown],
            "missing": [[column.name, suggestion] for column, suggestion in self.missing],
            "ambiguous": [[column.name, list(letters)] for column, letters in self.ambiguous],
            "empty": list(self.empty),
            "ignored_sheets": [[entry.name, entry.reason] for entry in self.ignored],
            "hidden_rows": self.head.hidden_rows,
        }


def choose(book: Book, sheet: Sheet, *, sheet_name: str = "") -> Layout:
    """The best-matching visible sheet of the book with its layout.

    `sheet_name` names one to use. Raises Unreadable: no_header, no_such_sheet.
    """
    layouts: list[Layout] = []
    ignored: list[Ignored] = []
    for head in book.sheets:
        if sheet_name and head.name != sheet_name:
            ignored.append(Ignored(head.name, "not_chosen"))
        elif not head.visible:
            ignored.append(Ignored(head.name, "hidden"))
        elif not head.head:
            ignored.append(Ignored(head.name, "empty"))
        elif (layout := find_header(head, sheet)) is None:
            ignored.append(Ignored(head.name, "no_header"))
        else:
            layouts.append(layout)
    if not layouts:
        if sheet_name and all(head.name != sheet_name for head in book.sheets):
            raise Unreadable("no_such_sheet", sheet=sheet_name)
        raise Unreadable("no_header", columns=", ".join(str(c.label) for c in sheet.columns if c.required)[:300])
    best = max(layouts, key=lambda found: (found.usable, len(found.matches), found.head.rows))
    for other in layouts:
        if other is not best:
            reason = "same_header" if len(other.matches) == len(best.matches) else "fits_less"
            ignored.append(Ignored(other.head.name, reason, len(other.matches)))
    return _with_ignored(best, ignored)


def _with_ignored(layout: Layout, ignored: Iterable[Ignored]) -> Layout:

    return replace(layout, ignored=tuple(ignored))


def find_header(head: SheetHead, sheet: Sheet) -> Layout | None:
    """The header rows of one sheet, or None when fewer than two declared columns can be recognised."""
    width = max((len(row) for row in head.head), default=0)
    grid = _grid(head, width)
    names = _Names(sheet)
    best: tuple[tuple[int, int, int, int], int, int, _Matching] | None = None
    for top in range(len(grid)):
        for depth in range(1, min(MAX_DEPTH, len(grid) - top) + 1):
            matching = names.match(_columns(grid, top, depth, width, head))
            rank = (matching.score, matching.joined, -depth, -top)
            if matching.score and (best is None or rank > best[0]):
                best = (rank, top, depth, matching)
    if best is None or len(best[3].found) < min(2, len(sheet.columns)):
        return None
    return _layout(head, sheet, best[1], best[2], best[3])


def _grid(head: SheetHead, width: int) -> list[list[str]]:
    """Header area as text, horizontal merges filled to the right (vertical ones stay in their first row)."""
    grid = [[cell_text(value) for value in row] + [""] * (width - len(row)) for row in head.head]
    for top, left, bottom, right in head.merged:
        if top >= len(grid) or left >= width:
            continue
        for row in range(top, min(bottom, len(grid) - 1) + 1):
            for column in range(left, min(right, width - 1) + 1):
                grid[row][column] = grid[top][left] if row == top else ""
    return grid


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One physical column of a possible header: all levels joined, the lowest level alone."""

    index: int
    joined: str
    own: str
    levels: int


def _columns(grid: Sequence[Sequence[str]], top: int, depth: int, width: int, head: SheetHead) -> list[_Candidate]:
    """Texts of each column over `depth` rows. A parent without text takes the one to its left (unmerged exports)."""
    rows = [list(row) for row in grid[top : top + depth]]
    for level in range(depth - 1):
        last = ""
        for index in range(width):
            below = any(rows[deeper][index] for deeper in range(level + 1, depth))
            if rows[level][index]:
                last = rows[level][index] if below else ""
            elif below and last:
                rows[level][index] = last
            else:
                last = ""
    candidates = []
    for index in range(width):
        texts = [row[index] for row in rows if row[index]]
        texts = [text for at, text in enumerate(texts) if at == 0 or text != texts[at - 1]]
        if texts:
            candidates.append(_Candidate(index, "/".join(texts), texts[-1], len(texts)))
    return candidates


@dataclass(slots=True)
class _Matching:
    """Result of trying one header: declared column name -> candidates (more than one is ambiguous)."""

    found: dict[str, list[_Candidate]] = field(default_factory=dict)
    rest: list[_Candidate] = field(default_factory=list)
    score: int = 0
    joined: int = 0


class _Names:
    """All names of a sheet's columns, looked up in the order exact, without brackets."""

    def __init__(self, sheet: Sheet) -> None:
        self.required = {column.name for column in sheet.columns if column.required}
        self.exact: dict[str, str] = {}
        self.loose: dict[str, str] = {}
        for column in sheet.columns:
            for text in names_of(column):
                self.exact.setdefault(plain(text), column.name)
                self.loose.setdefault(bare(text), column.name)

    def look(self, text: str) -> str:
        """Name of the declared column a header text means, or ""."""
        if len(text) > 120:
            return ""
        return self.exact.get(plain(text)) or self.loose.get(bare(text) or "\0", "")

    def match(self, candidates: list[_Candidate]) -> _Matching:
        """Joined texts first; the lowest level alone only for columns no joined text has claimed."""
        result = _Matching()
        rest: list[_Candidate] = []
        for candidate in candidates:
            name = self.look(candidate.joined)
            if name:
                result.found.setdefault(name, []).append(candidate)
                result.joined += candidate.levels > 1
            else:
                rest.append(candidate)
        claimed = set(result.found)
        for candidate in rest:
            name = self.look(candidate.own) if candidate.levels > 1 else ""
            if name and name not in claimed:
                result.found.setdefault(name, []).append(candidate)
            else:
                result.rest.append(candidate)
        result.score = sum(2 if name in self.required else 1 for name in result.found)
        return result


def _layout(head: SheetHead, sheet: Sheet, top: int, depth: int, matching: _Matching) -> Layout:
    hidden = {index for low, high in head.hidden_columns for index in range(low, high + 1)}
    above = unit_above(cell_text(value) for row in head.head[:top] for value in row if value)
    matches: list[Match] = []
    ambiguous: list[tuple[Column, tuple[str, ...]]] = []
    for column in sheet.columns:
        found = matching.found.get(column.name, [])
        if len(found) > 1:
            ambiguous.append((column, tuple(letter(candidate.index) for candidate in found)))
        for candidate in found[:1]:
            unit = (money_unit(candidate.joined) or above or column.unit) if column.type is Type.MONEY else ""
            matches.append(Match(column, candidate.index, candidate.joined, unit, candidate.index in hidden))
    rest = [candidate for candidate in matching.rest if plain(candidate.own) not in OWN_COLUMNS]
    missing = [
        (column, _suggest(column, rest))
        for column in sheet.columns
        if column.required and column.name not in matching.found
    ]
    headers = {candidate.index: candidate.joined for group in matching.found.values() for candidate in group}
    headers.update({candidate.index: candidate.joined for candidate in matching.rest})
    width = max((len(row) for row in head.head), default=0)
    return Layout(
        head, top, depth, tuple(matches), tuple(headers.get(index, "") for index in range(width)),
        unknown=tuple((letter(candidate.index), candidate.joined[:60]) for candidate in rest),
        missing=tuple(missing), ambiguous=tuple(ambiguous),
        empty=tuple(letter(index) for index in range(width) if index not in headers and not _filled(head, index)),
    )  # fmt: skip


def _filled(head: SheetHead, index: int) -> bool:
    return any(index < len(row) and row[index] not in ("", None) for row in head.head)


def _suggest(column: Column, rest: Sequence[_Candidate]) -> str:
    """The most similar header nobody claimed, as "C 联系方式", or ""."""
    texts = {plain(candidate.own): candidate for candidate in rest}
    for name in names_of(column):
        close = difflib.get_close_matches(plain(name), texts, n=1, cutoff=0.5)
        if close:
            candidate = texts[close[0]]
            return f"{letter(candidate.index)} {candidate.joined[:60]}"
    return ""
