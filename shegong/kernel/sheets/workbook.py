"""Look over the XML parts of an .xlsx before calamine opens it: DTD, macros, links out, real extent. Pure Python.

One streaming pass over the unpacked bytes with regular expressions: no XML parser sees the file here, and the two
things calamine does not tell (which cells hold an error value, which formula has no stored result) are noted.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from .archive import Meter, open_archive
from .limits import Limits
from .refusal import Unreadable

_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""")
_DDE = re.compile(rb"<f[^>]*>\s*=?\s*(?:\w+|'[^'<]+'|&apos;[^<]{1,80}?&apos;)\|[^<!]{1,300}!")
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
_EXTERNAL = re.compile(rb"""TargetMode\s*=\s*["']External["']""")
_LINK_ONLY = re.compile(rb"""Type\s*=\s*["'][^"']*/hyperlink["']""")
_WIDE = re.compile(rb'<c r="((?:[A-Z]{3}|I[W-Z]|[J-Z][A-Z])\d+)"(?: [^>]*?[^/])?>')
_TALL = re.compile(rb'<c r="([A-Z]{1,3}(\d{6,7}))"(?: [^>]*?[^/])?>')
_ERROR = re.compile(rb'<c r="([A-Z]{1,3}\d+)"(?=[^>]*\bt="e")[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]{1,20})</v>')
_UNCACHED = re.compile(rb'<c r="([A-Z]{1,3}\d+)"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)(?:<v/>|<v></v>)?</c>')
_HIDDEN_COLUMN = re.compile(rb'<col\b(?=[^>]*\bhidden="(?:1|true)")[^>]*>')
_MIN = re.compile(rb'\bmin="(\d+)"')
_MAX = re.compile(rb'\bmax="(\d+)"')
_HIDDEN_ROW = re.compile(rb'<row\b[^>]*\bhidden="(?:1|true)"')
_SHEET = re.compile(rb"<sheet\b[^>]*>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_DATE1904 = re.compile(rb'<workbookPr\b[^>]*\bdate1904\s*=\s*["\'](?:1|true)["\']')
_FORBIDDEN_PARTS = (
    ("xl/vbaproject", "macros"),
    ("xl/macrosheets/", "macros"),
    ("xl/dialogsheets/", "macros"),
    ("xl/activex/", "macros"),
    ("customui/", "macros"),
    ("xl/externallinks/", "external_links"),
    ("xl/connections.xml", "external_links"),
    ("xl/querytables/", "external_links"),
    ("xl/embeddings/", "zip_nested"),
    ("xl/model/", "zip_nested"),
)


@dataclass(slots=True)
class Part:
    """What the pass found in one worksheet part. Cell references as in Excel ("B7")."""

    errors: dict[str, str] = field(default_factory=dict)
    uncached: list[str] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    hidden_rows: int = 0
    merged: int = 0


@dataclass(slots=True)
class Survey:
    """What the pass found in the workbook; `parts` keyed by sheet name."""

    date1904: bool = False
    parts: dict[str, Part] = field(default_factory=dict)


def survey(stream: IO[bytes], size: int, limits: Limits) -> Survey:
    """Read every byte of the workbook once; refuse what must not be opened. Raises Unreadable."""
    with open_archive(stream, size, limits) as archive:
        names = {entry.filename.casefold(): entry for entry in archive.infolist()}
        _check_parts(names)
        meter = Meter(limits)
        found: dict[str, Part] = {}
        small: dict[str, bytes] = {}
        for lowered, entry in names.items():
            chunks = meter.spool(archive, entry)
            if lowered.startswith("xl/worksheets/") and lowered.endswith(".xml"):
                found[lowered] = _worksheet(chunks, limits)
            elif lowered.endswith((".xml", ".rels", ".vml")):
                small[lowered] = _other_part(lowered, chunks)
            else:
                for _chunk in chunks:
                    pass
    return _assemble(found, small)


def _check_parts(names: dict[str, zipfile.ZipInfo]) -> None:
    for lowered in names:
        for prefix, code in _FORBIDDEN_PARTS:
            if lowered.startswith(prefix):
                raise Unreadable(code)
    if "xl/workbook.bin" in names:
        raise Unreadable("old_format")
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise Unreadable("not_a_workbook")


def _pieces(chunks: Iterable[bytes], cut: bytes) -> Iterator[bytes]:
    """Re-cut chunks so that no piece ends inside a tag (or, for worksheets, inside a cell)."""
    carry = b""
    first = True
    for chunk in chunks:
        piece = carry + chunk
        if first:
            _check_start(piece)
            first = False
        at = piece.rfind(cut)
        if at <= 0:
            at = piece.rfind(b"<")
        if at <= 0:
            if len(piece) > 4 * 1024 * 1024:
                raise Unreadable("cell_too_long")
            carry = piece
            continue
        carry = piece[at:]
        yield piece[:at]
    if carry:
        yield carry


def _check_start(piece: bytes) -> None:
    """Only UTF-8 XML: another encoding could hide a DTD from a search over bytes."""
    if not piece.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise Unreadable("damaged")
    declared = _ENCODING.search(piece[:300])
    if declared and declared.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        raise Unreadable("dtd")


def _other_part(name: str, chunks: Iterable[bytes]) -> bytes:
    """Scan a part that is not a worksheet; the text of the few small ones we look into comes back."""
    keep = name.endswith(".rels") or name in ("xl/workbook.xml", "[content_types].xml")
    kept: list[bytes] = []
    for piece in _pieces(chunks, b"<"):
        if _DTD.search(piece) or b"\0" in piece:
            raise Unreadable("dtd")
        if name.endswith(".rels"):
            _check_relations(piece)
        if name == "[content_types].xml" and (b"macroEnabled" in piece or b"vbaProject" in piece):
            raise Unreadable("macros")
        if name == "xl/workbook.xml" and b"<externalReference" in piece:
            raise Unreadable("external_links")
        if keep:
            kept.append(piece)
    return b"".join(kept)


def _check_relations(piece: bytes) -> None:
    """Only hyperlinks may point outside: they are never followed."""
    for relation in _RELATION.finditer(piece):
        if _EXTERNAL.search(relation.group()) and not _LINK_ONLY.search(relation.group()):
            raise Unreadable("external_links")


def _worksheet(chunks: Iterable[bytes], limits: Limits) -> Part:
    part = Part()
    rows = 0
    for piece in _pieces(chunks, b"<c "):
        if _DTD.search(piece) or b"\0" in piece:
            raise Unreadable("dtd")
        if b"|" in piece and _DDE.search(piece):
            raise Unreadable("external_links")
        rows += piece.count(b"<row")
        if rows > 1_048_576:
            raise Unreadable("too_many_rows", limit=limits.rows, cell="")
        _extent(piece, limits)
        _notes(piece, part, limits)
    if part.merged > limits.merged:
        raise Unreadable("too_many_merged", count=part.merged, limit=limits.merged)
    return part


def _extent(piece: bytes, limits: Limits) -> None:
    """Refuse cells that hold something outside the limits; empty formatted cells do not count."""
    if limits.columns == 256:
        wide = _WIDE.search(piece)
        if wide:
            raise Unreadable("too_many_columns", limit=limits.columns, cell=wide.group(1).decode())
    if limits.rows >= 99_999:
        for tall in _TALL.finditer(piece):
            if int(tall.group(2)) > limits.rows + 100:
                raise Unreadable("too_many_rows", limit=limits.rows, cell=tall.group(1).decode())


def _notes(piece: bytes, part: Part, limits: Limits) -> None:
    if b't="e"' in piece and len(part.errors) < limits.marked_cells:
        part.errors.update((ref.decode(), text.decode("utf-8", "replace")) for ref, text in _ERROR.findall(piece))
    if b"<f" in piece and len(part.uncached) < limits.marked_cells:
        part.uncached.extend(ref.decode() for ref in _UNCACHED.findall(piece))
    if b"hidden=" in piece:
        part.hidden_rows += len(_HIDDEN_ROW.findall(piece))
        for tag in _HIDDEN_COLUMN.findall(piece):
            low, high = _MIN.search(tag), _MAX.search(tag)
            if low and high and len(part.hidden_columns) < 300:
                part.hidden_columns.append((int(low.group(1)) - 1, min(int(high.group(1)) - 1, limits.columns)))
    part.merged += piece.count(b"<mergeCell ")


def _assemble(found: dict[str, Part], small: dict[str, bytes]) -> Survey:
    """Name the worksheet parts by the sheet names of workbook.xml."""
    workbook = small.get("xl/workbook.xml", b"")
    targets: dict[bytes, str] = {}
    for tag in _RELATION.findall(small.get("xl/_rels/workbook.xml.rels", b"")):
        attributes = dict(_ATTRIBUTE.findall(tag))
        target = attributes.get(b"Target", b"").decode("utf-8", "replace").casefold()
        targets[attributes.get(b"Id", b"")] = target.lstrip("/") if target.startswith("/") else "xl/" + target
    result = Survey(date1904=bool(_DATE1904.search(workbook)))
    for tag in _SHEET.findall(workbook):
        attributes = dict(_ATTRIBUTE.findall(tag))
        part = found.get(targets.get(attributes.get(b"r:id", b""), ""))
        if part is not None:
            result.parts[_unescape(attributes.get(b"name", b""))] = part
    return result


def _unescape(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))
