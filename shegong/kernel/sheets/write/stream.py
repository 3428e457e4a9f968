"""Exports: a workbook or CSV streamed row by row in constant memory, faster than a general writer. Pure Python.

The .xlsx writer knows one thing only, a table of typed columns, and writes its XML directly: every text is an inline
string, so nothing from a row can become a formula. CSV cells that a spreadsheet would take for a formula get an
apostrophe in front; all are quoted, so that no other separator can split one.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import IO, Any, Literal

from ..declare import TEXT_LIKE, Column, Type
from ..plaintext import guard
from ..reading import letter
from ..words import translate
from .looks import clean, heading, sheet_name, width

Format = Literal["xlsx", "csv"]
_BATCH = 500
_SPECIAL = re.compile(r"[&<>\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_")
_EPOCH = dt.date(1899, 12, 30)
_STYLES = {"text": 1, "date": 2, "money": 3, "integer": 4, "plain": 0, "head": 5}


def export(columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: IO[bytes], *, format: Format, title: str = "") -> int:
    """Write `rows` (values in the order of `columns`) to `out`, which need not be seekable; gives the number of rows.

    Money is fen and leaves in the column's unit. Labels and yes/no in the active language.
    """
    if format == "xlsx":
        return _xlsx(columns, rows, out, title)
    if format == "csv":
        return _csv(columns, rows, out)
    raise ValueError(f"no export format {format!r}: use xlsx or csv")


# --- values as text or number ---------------------------------------------------------------------------------------


def plain_value(column: Column) -> Callable[[Any], Any]:
    """Turns a column's value into what leaves: text, or an exact number as text for numeric columns."""
    if column.type is Type.CHOICE:
        labels = {choice.code: str(choice.label) for choice in column.choices}
        return lambda value: labels.get(value, str(value))
    if column.type is Type.YES_NO:
        yes, no = translate("yes"), translate("no")
        return lambda value: yes if value else no
    if column.type is Type.MONTH:
        return lambda value: value.strftime("%Y-%m") if isinstance(value, dt.date) else str(value)
    if column.type is Type.MONEY:
        return _wan if column.unit == "wan" else _yuan
    return str


def _yuan(fen: int) -> str:
    sign, amount = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{amount // 100}.{amount % 100:02d}"


def _wan(fen: int) -> str:
    text = format(Decimal(fen).scaleb(-6), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: IO[bytes]) -> int:
    out.write(b"\xef\xbb\xbf")
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([guard(heading(column, star=False)) for column in columns])
    texts = [_csv_cell(column) for column in columns]
    count = 0
    for row in rows:
        writer.writerow([text(value) if value is not None else "" for text, value in zip(texts, row, strict=True)])
        count += 1
        if count % _BATCH == 0:
            _drain(buffer, out)
    _drain(buffer, out)
    return count


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


def _drain(buffer: io.StringIO, out: IO[bytes]) -> None:
    out.write(buffer.getvalue().encode("utf-8", "replace"))
    buffer.seek(0)
    buffer.truncate()


# --- xlsx -------------------------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    """Text inside an XML element of a workbook; characters Excel cannot hold become U+FFFD."""
    if len(text) > 32_767:
        text = text[:32_766] + "…"
    return _SPECIAL.sub(_escape_one, text) if _SPECIAL.search(text) else text


def _escape_one(found: re.Match[str]) -> str:
    sign = found[0]
    if len(sign) > 1:
        return "_x005F" + sign
    known = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "_x000D_"}
    return known.get(sign, "\ufffd")


def _xlsx(columns: Sequence[Column], rows: Iterable[Sequence[Any]], out: IO[bytes], title: str) -> int:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, text in _parts(sheet_name(title)).items():
            archive.writestr(_entry(name), text)
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as part:
            return _sheet(columns, rows, part)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _sheet(columns: Sequence[Column], rows: Iterable[Sequence[Any]], part: IO[bytes]) -> int:
    part.write(_SHEET_START.format(columns=_widths(columns)).encode())
    heads = [_text_cell(letter(index), "head") for index in range(len(columns))]
    titles = [heading(column, star=False) for column in columns]
    part.write(_row(1, heads, titles).encode("utf-8", "replace"))
    makers = [_cell_maker(letter(index), column) for index, column in enumerate(columns)]
    number, lines = 1, []
    for row in rows:
        number += 1
        lines.append(_row(number, makers, row))
        if len(lines) >= _BATCH:
            part.write("".join(lines).encode("utf-8", "replace"))
            lines.clear()
        if number >= 1_048_576:
            raise ValueError("an Excel sheet holds 1,048,575 rows; export CSV or fewer rows")
    part.write("".join(lines).encode("utf-8", "replace"))
    part.write(b"</sheetData></worksheet>")
    return number - 1


def _row(number: int, makers: Sequence[Callable[[int, Any], str]], row: Sequence[Any]) -> str:
    cells = [make(number, value) for make, value in zip(makers, row, strict=True) if value is not None]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _text_cell(column: str, style: str) -> Callable[[int, Any], str]:
    start, middle = f'<c r="{column}', f'" s="{_STYLES[style]}" t="inlineStr"><is><t xml:space="preserve">'

    def make(number: int, value: Any) -> str:
        text = value if value.__class__ is str else str(value)
        if len(text) > 8_000 or _SPECIAL.search(text):
            text = escape(text)
        return f"{start}{number}{middle}{text}</t></is></c>"

    return make


def _number_cell(column: str, style: str, shape: Callable[[Any], str]) -> Callable[[int, Any], str]:
    start, middle = f'<c r="{column}', f'" s="{_STYLES[style]}"><v>'
    numeric = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)
    as_text = _text_cell(column, "text")

    def make(number: int, value: Any) -> str:
        text = shape(value)
        if numeric.fullmatch(text) and len(text) < 17:
            return f"{start}{number}{middle}{text}</v></c>"
        return as_text(number, text)

    return make


def _cell_maker(column_letter: str, column: Column) -> Callable[[int, Any], str]:
    shape = plain_value(column)
    if column.type is Type.MONEY:
        return _number_cell(column_letter, "money", shape)
    if column.type is Type.INTEGER:
        return _number_cell(column_letter, "integer", shape)
    if column.type is Type.DECIMAL:
        return _number_cell(column_letter, "plain", shape)
    text = _text_cell(column_letter, "text")
    if column.type is Type.DATE:
        number = _number_cell(column_letter, "date", _serial)
        return lambda at, value: number(at, value) if isinstance(value, dt.date) and value.year >= 1901 else text(at, value)
    if column.type in TEXT_LIKE:
        return text
    return lambda at, value: text(at, shape(value))


def _serial(value: dt.date) -> str:
    day = value.date() if isinstance(value, dt.datetime) else value
    return str((day - _EPOCH).days)


def _widths(columns: Sequence[Column]) -> str:
    cells = (f'<col min="{i}" max="{i}" width="{width(c)}" customWidth="1"/>' for i, c in enumerate(columns, start=1))
    return "<cols>" + "".join(cells) + "</cols>"


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_START = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>{columns}<sheetData>'
)


def _parts(name: str) -> dict[str, str]:
    """Every part of the workbook but the sheet."""
    safe = escape(name).replace('"', "&quot;")
    styles = (
        '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="#,##0.00####"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">'
        + "".join(
            f'<xf numFmtId="{number}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
            for number, font in ((0, 0), (49, 0), (164, 0), (165, 0), (1, 0), (49, 1))
        )
        + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    )
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_REL}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets><sheet name="{safe}" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_REL}/styles" Target="styles.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
    }
