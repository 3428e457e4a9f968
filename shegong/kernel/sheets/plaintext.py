"""CSV as people send it: find the encoding and the delimiter, then stream rows. Pure Python."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import IO

from .limits import Limits
from .refusal import Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", "\t", ";", "|", "，")
DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠")  # rule 40, and the line feed
_CHUNK = 1024 * 1024


def find_encoding(stream: IO[bytes]) -> str:
    """Name of the codec that reads every byte: by mark, else UTF-8, else GB18030 (which contains GBK and GB2312).

    Raises Unreadable("nul") for NUL bytes and Unreadable("encoding") when neither codec fits.
    """
    stream.seek(0)
    head = stream.read(4)
    for mark, name in _BOMS:
        if head.startswith(mark):
            _decodes(stream, name, nul_check=False)
            return name
    for name in ("utf-8", "gb18030"):
        if _decodes(stream, name, nul_check=True):
            return name
    raise Unreadable("encoding")


def _decodes(stream: IO[bytes], name: str, *, nul_check: bool) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(name)()
    try:
        while chunk := stream.read(_CHUNK):
            if nul_check and b"\0" in chunk:
                raise Unreadable("nul")
            if "\0" in decoder.decode(chunk):
                raise Unreadable("nul")
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        if nul_check:
            return False
        raise Unreadable("encoding") from error
    return True


def find_delimiter(text: str) -> str:
    """The sign that splits the first lines into the most equal number of fields; a comma when nothing does."""
    best, best_score = ",", 0.0
    for sign in _DELIMITERS:
        try:
            counts = [len(row) for row in csv.reader(io.StringIO(text), delimiter=sign) if row]
        except csv.Error:
            continue
        wide = [count for count in counts if count > 1]
        if not wide:
            continue
        commonest = max(set(wide), key=lambda count: (wide.count(count), count))
        score = wide.count(commonest) / len(counts) * commonest
        if score > best_score:
            best, best_score = sign, score
    return best


def unguard(cell: str) -> str:
    """Undo what programs put around text so that Excel keeps it: `="…"`, or a leading apostrophe (see `guard`)."""
    if cell[:2] == '="' and cell[-1:] == '"' and len(cell) >= 3:
        return cell[2:-1].replace('""', '"')
    if cell[:1] == "'" and (
        cell[1:2] == "'" or cell[1:2] in DANGEROUS or cell[1:].lstrip()[:1] in DANGEROUS or cell[1:].isalnum()
    ):
        return cell[1:]
    return cell


def guard(text: str) -> str:
    """Text as a CSV cell that no spreadsheet takes for a formula: an apostrophe in front where needed.

    Undone by `unguard` on reading, so that what is exported comes back unchanged.
    """
    if not text:
        return text
    first = text[0]
    if first in DANGEROUS or (first.isspace() and text.lstrip()[:1] in DANGEROUS):
        return "'" + text
    return "'" + text if first == "'" and unguard(text) != text else text


def rows(stream: IO[bytes], encoding: str, delimiter: str, limits: Limits) -> Iterator[list[str]]:
    """Rows of text cells, in file order, blank lines as empty lists. Raises Unreadable on limits or broken quoting."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    csv.field_size_limit(limits.cell_chars)
    guarded = set("='")
    try:
        for number, row in enumerate(csv.reader(text, delimiter=delimiter), start=1):
            if number > limits.rows + 100:
                raise Unreadable("too_many_rows", limit=limits.rows, cell=f"A{number}")
            if len(row) > limits.columns:
                raise Unreadable("too_many_columns", limit=limits.columns, cell=f"{number}")
            yield [unguard(cell) if cell[:1] in guarded else cell for cell in row]
    except csv.Error as error:
        raise Unreadable("cell_too_long" if "limit" in str(error) else "damaged") from error
    finally:
        text.detach()
