"""What the written workbooks share: safe options, sheet names, column formats, the hidden mark. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format

from ..child import MARK_SHEET
from ..declare import TEXT_LIKE, Column, Type
from ..words import translate

SAFE: dict[str, Any] = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
UNITS = {"yuan": "元", "wan": "万元"}
NUMBER_FORMATS = {
    Type.DATE: "yyyy-mm-dd",
    Type.MONEY: "#,##0.00####",
    Type.INTEGER: "0",
    Type.DECIMAL: "General",
}
_XML_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
MAX_TEXT = 32_767


def clean(text: str) -> str:
    """Text as an Excel cell can hold it: at most 32,767 characters, no characters XML forbids."""
    if not text.isprintable():
        text = _XML_FORBIDDEN.sub("\ufffd", text)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def sheet_name(title: str, fallback: str = "Sheet1") -> str:
    """A title cut to what Excel allows as a sheet name."""
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip().strip("'")[:31].strip()
    return name or fallback


def heading(column: Column, *, star: bool = True) -> str:
    """The header text of a column: label, unit, a star when required."""
    label = str(column.label)
    unit = UNITS.get(column.unit, column.unit)
    if unit and unit not in label:
        label += f"({unit})"
    return label + ("*" if star and column.required else "")


def number_format(column: Column) -> str:
    """Excel's number format of a column; "@" keeps IDs, phones and codes as text."""
    return "@" if column.type in TEXT_LIKE or column.type is Type.MONTH else NUMBER_FORMATS.get(column.type, "General")


def width(column: Column) -> int:
    """Column width in characters."""
    usual = {Type.ID_NUMBER: 22, Type.CREDIT_CODE: 22, Type.PHONE: 15, Type.DATE: 12, Type.ORGANISATION: 28}
    return column.width or max(usual.get(column.type, 12), min(40, 2 * len(str(column.label)) + 4))


def add_mark(book: xlsxwriter.Workbook, mark: Mapping[str, str]) -> None:
    """A very hidden sheet that says what the workbook is: sheet code, and the run it mends."""
    sheet = book.add_worksheet(MARK_SHEET)
    for row, (name, value) in enumerate(mark.items()):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, value)
    sheet.very_hidden()


def base_format(book: xlsxwriter.Workbook, **more: Any) -> Format:
    """A cell format in the house's font size, wrapping nothing."""
    if more.get("num_format") == "@":
        more["num_format"] = 49  # the built-in text format, not a custom one of the same look
    return book.add_format({"font_size": 11, "valign": "vcenter", **more})


def say(message: str, **params: Any) -> str:
    """A translated sentence with its places filled."""
    return translate(message) % params if params else translate(message)
