"""Crafted files for the tests of reading: small honest workbooks, messy ones, hostile ones. All made by code."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter

from shegong.kernel.sheets.declare import Choice, Column, Sheet, Type

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

ROSTER = Sheet(
    "test.roster",
    "人员名册",
    (
        Column("name", "姓名", required=True, synonyms=("职工姓名", "当事人姓名"), max_length=20, example="王某某"),
        Column("id_number", "身份证号", Type.ID_NUMBER, ("身份证号码", "公民身份号码", "当事人身份证号"), required=True),
        Column("phone", "联系电话", Type.PHONE, ("手机号", "手机号码", "当事人电话"), example="13800000000"),
        Column("joined_on", "入会日期", Type.DATE, ("日期", "受理日期")),
        Column("kind", "类别", Type.CHOICE, ("援助方式",), choices=(
            Choice("mediation", "调解", ("劳动争议调解",)), Choice("representation", "代理"), Choice("consultation", "咨询"))),
        Column("amount_fen", "金额", Type.MONEY, ("涉案金额",), unit="yuan"),
        Column("opponent", "对方名称", synonyms=("对方单位", "对方当事人")),
        Column("opponent_phone", "对方电话", Type.PHONE),
    ),
    key=("id_number",),
)  # fmt: skip


def workbook(fill: Callable[[xlsxwriter.Workbook, Any], None], name: str = "Sheet1") -> bytes:
    """A workbook made by xlsxwriter; `fill(book, first sheet)` writes it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        fill(book, book.add_worksheet(name))
    return out.getvalue()


def table(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of one sheet holding these rows; text stays text, numbers numbers, dates dates."""

    def fill(book: xlsxwriter.Workbook, page: Any) -> None:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(rows):
            for index, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(at, index, value)
                elif hasattr(value, "year"):
                    page.write_datetime(at, index, value, day)
                elif value is not None:
                    page.write(at, index, value)

    return workbook(fill)


def parts(sheet_xml: str, **more: str | bytes) -> dict[str, str | bytes]:
    """The parts of a minimal workbook around one worksheet part; `more` adds or replaces parts (name with '/' as '__')."""
    base: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.'
        'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet_xml,
    }
    base.update({name.replace("__", "/"): text for name, text in more.items()})
    return base


def worksheet(cells: str, before: str = "", after: str = "") -> str:
    """A worksheet part with these rows."""
    return f'{XML}<worksheet xmlns="{MAIN}">{before}<sheetData>{cells}</sheetData>{after}</worksheet>'


def inline(reference: str, text: str) -> str:
    """One inline-string cell."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER_ROW = '<row r="1">' + inline("A1", "姓名") + inline("B1", "身份证号") + "</row>"


def pack(content: Mapping[str, str | bytes], *, store: bool = False) -> bytes:
    """A zip archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return out.getvalue()


def plain(rows: str = "", **more: str | bytes) -> bytes:
    """A minimal workbook with a good header and these further rows."""
    return pack(parts(worksheet(HEADER_ROW + rows), **more))


def patch_zip(raw: bytes, *, flag: int | None = None, size: int | None = None) -> bytes:
    """Set flag bits or the claimed unpacked size of every entry, in local and central headers."""
    changed = bytearray(raw)
    for magic, flag_at, size_at in ((b"PK\x03\x04", 6, 22), (b"PK\x01\x02", 8, 24)):
        at = raw.find(magic)
        while at >= 0:
            if flag is not None:
                changed[at + flag_at : at + flag_at + 2] = struct.pack("<H", flag)
            if size is not None:
                changed[at + size_at : at + size_at + 4] = struct.pack("<I", size)
            at = raw.find(magic, at + 4)
    return bytes(changed)


def overlapping(raw: bytes) -> bytes:
    """Let the second central entry point at the first entry's bytes."""
    first = raw.find(b"PK\x01\x02")
    second = raw.find(b"PK\x01\x02", first + 4)
    changed = bytearray(raw)
    changed[second + 42 : second + 46] = struct.pack("<I", 1)
    changed[first + 42 : first + 46] = struct.pack("<I", 0)
    third = raw.find(b"PK\x01\x02", second + 4)
    changed[second + 42 : second + 46] = raw[third + 42 : third + 46]
    return bytes(changed)


def symlink() -> bytes:
    """A workbook with a symbolic link among its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts(worksheet(HEADER_ROW)).items():
            archive.writestr(name, text)
        entry = zipfile.ZipInfo("xl/link")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()
