"""Writing one office's register: a workbook as people keep it, or a text file in GBK."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from shegong.kernel.sheets.reading import letter

from .errors import Slip
from .manifest import Fault
from .style import MERGED_STATION, Style, Written
from .truth import Aid
from .words import PARENTS

REPEAT_EVERY, SUBTOTAL_EVERY, MERGE_EVERY = 400, 500, 20
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
MADE_AT = dt.datetime(2026, 1, 5, 9, 0)  # the same seed gives the same bytes
SUMMED = ("people", "claimed_fen", "recovered_fen")


@dataclass
class Sheet:
    """Where things stand in one office's file."""

    style: Style
    found: Sequence[Aid]
    slips: dict[int, Slip]
    faults: list[Fault] = field(default_factory=list)

    @property
    def numbered(self) -> bool:
        """Whether a column 序号 stands in front, counted by a formula."""
        return self.style.index % 4 == 2 and not self.style.is_text

    @property
    def offset(self) -> int:
        return 1 if self.numbered else 0

    @property
    def titles(self) -> list[str]:
        name, count = self.style.place.name, self.style.index % 3
        unit = "万元" if self.style.in_wan else "元"
        years = [aid.year for aid in self.found] or [MADE_AT.year]
        lines = [f"{name}{min(years)}—{max(years)}年法律援助案件登记表", f"填报单位：{name}　　　　单位：{unit}", ""]
        return lines[: count + 1] if self.style.index % 6 else []

    @property
    def heads(self) -> list[str]:
        return [self.style.header(name) for name in self.style.columns]

    def cells(self, at: int, row: int) -> list[Written]:
        """The cells of entry ``at`` in Excel's row ``row``; its seeded error is noted."""
        aid, slip = self.found[at], self.slips.get(at)
        made = [self.style.cell(aid, name) for name in self.style.columns]
        if slip is not None:
            index = self.style.columns.index(slip.name)
            truth, made[index] = made[index], slip.written
            column = index + self.offset
            self.faults.append(
                Fault(row, column, letter(column), slip.name, slip.kind, slip.written.value, truth.plain)
            )
        return made


def write(path: Path, sheet: Sheet) -> None:
    """Write the file; ``sheet.faults`` then say where the errors stand."""
    (_write_text if sheet.style.is_text else _write_workbook)(path, sheet)


# --- text ---------------------------------------------------------------------------------------------------------------
def _write_text(path: Path, sheet: Sheet) -> None:
    lines: list[list[str]] = [[text] for text in sheet.titles] + [sheet.heads]
    for at in range(len(sheet.found)):
        lines.append([str(cell.value) for cell in sheet.cells(at, len(lines) + 1)])
    lines.append(["合计", f"{len(sheet.found)}件"])
    lines.append(["注：本表由工作站据实填报"])
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    path.write_bytes(out.getvalue().encode("gbk"))


# --- workbook -------------------------------------------------------------------------------------------------------------
def _write_workbook(path: Path, sheet: Sheet) -> None:
    with xlsxwriter.Workbook(str(path), SAFE) as book:
        book.set_properties({"created": MADE_AT, "author": sheet.style.place.name})
        if sheet.style.index % 4 == 1:
            book.add_worksheet("填表说明").write_string(0, 0, "请各工作站每月五日前报送，金额以实际到账为准。")
        page = book.add_worksheet("台账")
        page.activate()
        if sheet.style.index % 6 == 2:
            hidden = book.add_worksheet("代码表")
            hidden.write_string(0, 0, "援助方式")
            hidden.hide()
        _Page(book, page, sheet).write()


class _Page:
    """The one page that holds the register."""

    def __init__(self, book: Any, page: Any, sheet: Sheet) -> None:
        self.page, self.sheet, self.style = page, sheet, sheet.style
        self.at = 0  # next row, from 0
        self.width = len(sheet.style.columns) + sheet.offset
        self.bold = book.add_format({"bold": True, "align": "center", "border": 1, "text_wrap": True})
        self.title = book.add_format({"bold": True, "align": "center", "font_size": 16})
        self.day = book.add_format({"num_format": "yyyy/m/d"})
        self.text = book.add_format({"num_format": "@"})
        self.plain = book.add_format({})
        self.rows: list[int] = []

    def write(self) -> None:
        for text in self.sheet.titles:
            self._across(text, self.title)
        self._header()
        first = self.at
        for n in range(len(self.sheet.found)):
            if n and self.style.index % 5 == 1 and n % REPEAT_EVERY == 0:
                self._header()
            if n and self.style.index % 5 == 2 and n % SUBTOTAL_EVERY == 0:
                self._sums("小计", first)
            self._entry(n)
        if self.style.index == MERGED_STATION:
            self._merge_station()
        self._sums("合计", first)
        self._across("注：本表由工作站据实填报，金额以协议、裁决书、判决书为准。", self.plain)
        self._across(f"填表人：{self.style.place.short}站　　审核人：　　　　填表日期：2026年1月5日", self.plain)

    def _across(self, text: str, form: Any) -> None:
        if text:
            self.page.merge_range(self.at, 0, self.at, self.width - 1, text, form)
        self.at += 1

    def _header(self) -> None:
        """One row, or two with parents merged over their columns."""
        heads, columns = self.sheet.heads, self.style.columns
        if not self.style.two_rows:
            self._row(["序号", *heads] if self.sheet.numbered else heads)
            return
        top, offset = self.at, self.sheet.offset
        parent_of = {name: parent for parent, names in PARENTS.items() for name in names}
        if offset:
            self.page.merge_range(top, 0, top + 1, 0, "序号", self.bold)
        at = 0
        while at < len(columns):
            parent = parent_of.get(columns[at], "")
            length = len(PARENTS[parent]) if parent else 1
            if parent:
                self.page.merge_range(top, at + offset, top, at + offset + length - 1, parent, self.bold)
                for i in range(at, at + length):
                    self.page.write_string(top + 1, i + offset, heads[i], self.bold)
            else:
                self.page.merge_range(top, at + offset, top + 1, at + offset, heads[at], self.bold)
            at += length
        self.at += 2

    def _row(self, texts: Sequence[str]) -> None:
        for index, text in enumerate(texts):
            self.page.write_string(self.at, index, text, self.bold)
        self.at += 1

    def _entry(self, n: int) -> None:
        if self.sheet.numbered:
            self.page.write_formula(self.at, 0, f"=ROW()-{self.at - n}", self.plain, n + 1)
        for index, cell in enumerate(self.sheet.cells(n, self.at + 1), start=self.sheet.offset):
            self._writers[cell.kind](self, index, cell)
        self.rows.append(self.at)
        self.at += 1

    def _write_text(self, index: int, cell: Written) -> None:
        if cell.value:
            self.page.write_string(self.at, index, cell.value, self.text)

    def _write_number(self, index: int, cell: Written) -> None:
        self.page.write_number(self.at, index, cell.value)

    def _write_day(self, index: int, cell: Written) -> None:
        self.page.write_number(self.at, index, cell.value, self.day)

    def _write_formula(self, index: int, cell: Written) -> None:
        self.page.write_formula(self.at, index, cell.value, self.plain, cell.result)

    _writers: dict[str, Callable[[_Page, int, Written], None]] = {
        "text": _write_text, "number": _write_number, "date": _write_day, "formula": _write_formula,
    }  # fmt: skip

    def _sums(self, text: str, first: int) -> None:
        """A row of sums by formula; stored results as a spreadsheet would keep them are not needed, for sums are no entries."""
        self.page.write_string(self.at, 0, text, self.bold)
        for name in SUMMED:
            index = self.style.columns.index(name) + self.sheet.offset
            if index:
                column = letter(index)
                self.page.write_formula(
                    self.at, index, f"=SUBTOTAL(9,{column}{first + 1}:{column}{self.at})", self.plain, 0
                )
        self.at += 1

    def _merge_station(self) -> None:
        """The station's name once over each block of rows, as people merge what repeats."""
        index = self.style.columns.index("organisation") + self.sheet.offset
        blocks = [self.rows[i : i + MERGE_EVERY] for i in range(0, len(self.rows), MERGE_EVERY)]
        for block in blocks:
            if len(block) > 1 and block[-1] - block[0] == len(block) - 1:
                self.page.merge_range(block[0], index, block[-1], index, self.style.place.name, self.plain)
