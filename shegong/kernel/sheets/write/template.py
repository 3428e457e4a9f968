"""The empty workbook of a declared sheet: text columns as text, dropdowns, instructions, a greyed example row."""

from __future__ import annotations

from typing import IO, Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from shegong.lib.errors import N_

from ..declare import Column, Sheet, Type
from ..headings import label_texts
from .looks import SAFE, add_mark, base_format, clean, heading, number_format, say, sheet_name, width

LAST_ROW = 200_000
LISTS_SHEET = "_choices"
TYPE_WORDS = {
    Type.TEXT: N_("text"),
    Type.ID_NUMBER: N_("ID number, as text"),
    Type.CREDIT_CODE: N_("unified social credit code, as text"),
    Type.PHONE: N_("phone number, as text"),
    Type.DATE: N_("date, for example 2023-05-06"),
    Type.MONTH: N_("month, for example 2023-05"),
    Type.MONEY: N_("amount of money"),
    Type.INTEGER: N_("whole number"),
    Type.DECIMAL: N_("number"),
    Type.CHOICE: N_("one of the list"),
    Type.YES_NO: N_("yes or no"),
    Type.ORGANISATION: N_("organisation, by exact name or code"),
}


def write_template(sheet: Sheet, out: IO[bytes]) -> None:
    """Write the empty workbook of `sheet` in the active language. Read back, it matches all columns of the sheet."""
    with xlsxwriter.Workbook(out, {**SAFE, "in_memory": True}) as book:
        page = book.add_worksheet(sheet_name(str(sheet.title)))
        notes = book.add_worksheet(sheet_name(say(N_("How to fill in"))))
        lists = book.add_worksheet(LISTS_SHEET)
        _columns(book, page, lists, sheet)
        _instructions(book, notes, sheet)
        add_mark(book, {"shegong": "1", "sheet": sheet.code})
        lists.very_hidden()
        page.activate()


def _columns(book: xlsxwriter.Workbook, page: Worksheet, lists: Worksheet, sheet: Sheet) -> None:
    head = base_format(book, bold=True, bg_color="#E8EEF7", border=1, text_wrap=True, align="center")
    needed = base_format(
        book, bold=True, bg_color="#E8EEF7", border=1, text_wrap=True, align="center", font_color="#C00000"
    )
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, width(column), base_format(book, num_format=number_format(column)))
        page.write_string(0, index, clean(heading(column)), needed if column.required else head)
        if str(column.help):
            page.write_comment(0, index, clean(str(column.help)), {"x_scale": 2})
        if column.example:
            grey = base_format(book, font_color="#9A9A9A", italic=True, num_format="@")
            page.write_string(1, index, clean(column.example), grey)
        _dropdown(page, lists, index, column)
    page.freeze_panes(1, 0)
    page.set_row(0, 32)


def _dropdown(page: Worksheet, lists: Worksheet, index: int, column: Column) -> None:
    """Choices as a list on a hidden sheet: no limit of 255 characters, commas allowed."""
    if column.type is Type.CHOICE:
        texts = [clean(str(choice.label)) for choice in column.choices]
    elif column.type is Type.YES_NO:
        texts = [say(N_("yes")), say(N_("no"))]
    else:
        return
    for row, text in enumerate(texts):
        lists.write_string(row, index, text)
    letter = xlsxwriter.utility.xl_col_to_name(index, True)
    source = f"={LISTS_SHEET}!{letter}$1:{letter}${len(texts)}"
    rule: dict[str, Any] = {
        "validate": "list", "source": source, "error_type": "warning",
        "error_title": say(N_("Not in the list")), "error_message": say(N_("Choose a value of the list.")),
    }  # fmt: skip
    page.data_validation(1, index, LAST_ROW, index, rule)


def _instructions(book: xlsxwriter.Workbook, notes: Worksheet, sheet: Sheet) -> None:
    bold, wrap = base_format(book, bold=True), base_format(book, text_wrap=True)
    notes.write_string(0, 0, clean(str(sheet.title)), base_format(book, bold=True, font_size=14))
    lines = [
        str(sheet.help),
        say(N_("Columns with a star must be filled in. The grey example row is left out when the file is read.")),
        say(N_("ID numbers and phone numbers must be text; a column formatted as number loses digits and is refused.")),
        say(N_("Columns may stand in any order; further columns are left out and reported.")),
    ]
    row = 1
    for line in filter(None, lines):
        notes.write_string(row, 0, clean(line), base_format(book))
        row += 1
    titles = (N_("Column"), N_("Required"), N_("What to write"), N_("Example"), N_("Other header names understood"))
    for index, title in enumerate(titles):
        notes.write_string(row + 1, index, say(title), bold)
    for at, column in enumerate(sheet.columns, start=row + 2):
        for index, text in enumerate(_explain(column)):
            notes.write_string(at, index, clean(text), wrap)
    for index, columns in enumerate((24, 8, 48, 22, 48)):
        notes.set_column(index, index, columns)


def _explain(column: Column) -> tuple[str, str, str, str, str]:
    what = say(TYPE_WORDS[column.type])
    if column.choices:
        what += ": " + "、".join(str(choice.label) for choice in column.choices)
    if str(column.help):
        what += f"\n{column.help}"
    other = [name for name in (*label_texts(column.label), *column.synonyms) if name != str(column.label)]
    required = say(N_("yes")) if column.required else ""
    return heading(column, star=False), required, what, column.example, "、".join(dict.fromkeys(other))
