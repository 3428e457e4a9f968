"""What is written comes back: templates, exports, returned workbooks, for every column type (properties)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from typing import Any

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from shegong.kernel.sheets.declare import Choice, Column, Sheet, Type
from shegong.kernel.sheets.exports import export, stream
from shegong.kernel.sheets.plaintext import DANGEROUS, guard, unguard
from shegong.kernel.sheets.write.template import write_template
from shegong.lib import creditcode, idcard

from .files import ROSTER, table
from .taking import returned, take

EVERYTHING = Sheet(
    "test.everything",
    "全部类型",
    (
        Column("text", "文本", max_length=2000),
        Column("id", "身份证号", Type.ID_NUMBER),
        Column("code", "信用代码", Type.CREDIT_CODE),
        Column("phone", "电话", Type.PHONE),
        Column("day", "日期", Type.DATE),
        Column("month", "月份", Type.MONTH),
        Column("yuan", "金额", Type.MONEY, unit="yuan"),
        Column("wan", "总额", Type.MONEY, unit="wan"),
        Column("whole", "件数", Type.INTEGER),
        Column("part", "比率", Type.DECIMAL),
        Column("choice", "方式", Type.CHOICE, choices=(Choice("m", "调解"), Choice("c", "咨询"))),
        Column("flag", "是否", Type.YES_NO),
        Column("org", "单位", Type.ORGANISATION),
    ),
)
NAMES = [column.name for column in EVERYTHING.columns]
EXCEL_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=60)
NASTY = st.sampled_from(
    ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "＝1", "＋1", "－1", "＠x", "'=1", "''", "'a", '="x"', "=HYPERLINK(\"http://x\",\"y\")",
     "http://x.example", "_x0041_", "<f>1</f>", "&amp;", "a\nb", "1E5", "00012", "TRUE", "#REF!", "合计x", " =1", "2023.10", '"', "a,b;c\td"]
)  # fmt: skip
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "text": st.one_of(EXCEL_TEXT, NASTY).map(str.strip).filter(bool),
        "id": st.builds(lambda born, sex, serial: idcard.synthetic(birth_on=born, sex=sex, sequence=serial),
                        st.dates(dt.date(1930, 1, 1), dt.date(2020, 1, 1)), st.sampled_from("12"), st.integers(1, 400)),
        "code": st.builds(creditcode.synthetic, st.integers(0, 10**8 - 1)),
        "phone": st.one_of(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.just("0755-12345678-801"), st.just("12351")),
        "day": st.dates(dt.date(1901, 1, 1), dt.date(2100, 12, 31)),
        "month": st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)).map(lambda day: day.replace(day=1)),
        "yuan": st.integers(-(10**14), 10**14),
        "wan": st.integers(-(10**14), 10**14),
        "whole": st.integers(-(10**14), 10**14),
        "part": st.decimals(-1_000_000, 1_000_000, places=4, allow_nan=False),
        "choice": st.sampled_from("mc"),
        "flag": st.booleans(),
        "org": st.sampled_from(["某某镇总工会", "440305"]),
    },
)  # fmt: skip


def _written(rows: list[dict[str, Any]], kind: str) -> bytes:
    out = io.BytesIO()
    assert export(EVERYTHING, [[row.get(name) for name in NAMES] for row in rows], out, format=kind) == len(rows)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@given(rows=st.lists(ROWS, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_every_type_comes_back_as_it_left(kind: str, rows: list[dict[str, Any]]) -> None:
    rows = [{**row, "flag": True, "org": "440305", "choice": "m"} for row in rows]
    taken = take(_written(rows, kind), EVERYTHING, f"a.{kind}", resolve=lambda name: name)
    assert not taken.errors
    back = [{name: value for name, value in row.values.items() if value is not None} for row in taken.rows]
    assert len(back) == len(rows)
    for one, other in zip(back, rows, strict=True):
        other = {**other, "part": Decimal(other["part"])} if "part" in other else other
        assert one == other


@given(text=st.one_of(st.text(max_size=30), NASTY, st.text(st.sampled_from("'=+-@\t\r\n＝＋－＠ a\"1"), max_size=8)))
@settings(max_examples=2000)
def test_guarding_is_undone_and_leaves_no_dangerous_start(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert guarded[:1] not in DANGEROUS
    assert guarded.lstrip()[:1] not in DANGEROUS


@given(texts=st.lists(st.one_of(st.text(max_size=30), NASTY), min_size=1, max_size=40))
@settings(max_examples=120, deadline=None)
def test_no_text_of_an_export_is_a_formula_link_or_number(texts: list[str]) -> None:
    sheet = Sheet(
        "test.free",
        "自由",
        (Column("a", "甲"), Column("n", "数", Type.DECIMAL), Column("id", "身份证号", Type.ID_NUMBER)),
    )
    rows = [[text, text, text] for text in texts]
    out, plain = io.BytesIO(), io.BytesIO()
    export(sheet, rows, out, format="xlsx")
    export(sheet, rows, plain, format="csv")
    with zipfile.ZipFile(out) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not [name for name in archive.namelist() if "rels" in name and "worksheets" in name]
    assert "<f" not in re.sub(r"<is>.*?</is>", "", xml, flags=re.DOTALL)
    cells = python_calamine.load_workbook(io.BytesIO(out.getvalue())).get_sheet_by_index(0).to_python()[1:]
    assert all(isinstance(row[0], str) and isinstance(row[2], str) for row in cells)
    for row in list(csv.reader(io.StringIO(plain.getvalue().decode("utf-8-sig"), newline="")))[1:]:
        assert row[0][:1] not in DANGEROUS
        assert row[2][:1] not in DANGEROUS
        assert row[1][:1] not in DANGEROUS or re.fullmatch(r"-\d+(\.\d+)?", row[1])


def test_streaming_gives_the_same_bytes_and_counts_once() -> None:
    rows = [[f"名{n}", None, None, "13800000000", None, None, n, n, n, None, "m", True, "x"] for n in range(5_000)]
    for kind in ("xlsx", "csv"):
        counted: list[int] = []
        chunks = list(stream(EVERYTHING, iter(rows), format=kind, finished=counted.append))  # type: ignore[arg-type]
        out = io.BytesIO()
        export(EVERYTHING, rows, out, format=kind)  # type: ignore[arg-type]
        assert counted == [5_000]
        assert len(chunks) > 1
        if kind == "csv":
            assert b"".join(chunks) == out.getvalue()
        else:
            taken = take(b"".join(chunks), EVERYTHING, resolve=lambda name: name)
            assert len(taken.rows) == 5_000
            assert not taken.errors


def test_an_empty_template_matches_every_column_and_its_example_row_is_left_out() -> None:
    for sheet in (ROSTER, EVERYTHING):
        out = io.BytesIO()
        write_template(sheet, out)
        taken = take(out.getvalue(), sheet)
        assert taken.layout.usable
        assert [match.column.name for match in taken.layout.matches] == [column.name for column in sheet.columns]
        assert not taken.rows
        assert not taken.errors
        assert taken.mark["sheet"] == sheet.code


def test_a_template_keeps_ids_and_phones_as_text_and_offers_the_choices() -> None:
    out = io.BytesIO()
    write_template(ROSTER, out)
    with zipfile.ZipFile(out) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    formats = re.findall(r"<xf [^>]*?numFmtId=\"(\d+)\"", styles.split("<cellXfs", 1)[1])
    columns = {int(low): int(style) for low, style in re.findall(r'<col min="(\d+)"[^>]*? style="(\d+)"', xml)}
    assert formats[columns[2]] == "49"
    assert formats[columns[3]] == "49"
    assert "<dataValidation " in xml
    assert 'state="frozen"' in xml


BAD = [
    ["某某名册"],
    ["姓名", "身份证号", "联系电话", "入会日期", "陌生列"],
    ["张三", idcard.synthetic(birth_on=dt.date(1990, 1, 1), sex="1"), "13800000000", dt.date(2023, 5, 6), "甲"],
    ["=1+1", 440301199001011234, 13800000000, "23.5.6", "=2"],
    ["李四", idcard.synthetic(birth_on=dt.date(1991, 1, 1), sex="1"), "", dt.date(2023, 5, 6), 12.5],
    ["", "999", "", "", ""],
]


@pytest.mark.parametrize("only_bad", [False, True])
def test_the_returned_workbook_says_what_to_mend_and_is_known_again(only_bad: bool) -> None:
    raw = returned(table(BAD), ROSTER, only_bad=only_bad)
    again = take(raw, ROSTER)
    assert again.mark == {"shegong": "1", "sheet": ROSTER.code, "run": "r-1"}
    assert len(again.rows) == (0 if only_bad else 2)
    wanted = [("id_number", "id_as_number"), ("phone", "phone_as_number"), ("joined_on", "date.two_digit_year"),
              ("name", "required"), ("id_number", "id_number.length")]  # fmt: skip
    assert sorted((error.name, error.code) for error in again.errors) == sorted(wanted)
    assert [text for _letter, text in again.layout.unknown] == ["陌生列"]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in xml
        assert archive.read("xl/comments1.xml").count(b"<comment ") == len(wanted)
        assert b"FFFFC7CE" in archive.read("xl/styles.xml")
    page = python_calamine.load_workbook(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
    row = page[2 if only_bad else 3]
    assert row[:5] == ["=1+1", pytest.approx(4.403011990010113e17), 13800000000.0, "23.5.6", "=2"]
    assert "B4" in row[5]
    assert page[0][0] == "某某名册"


def test_a_returned_workbook_keeps_places_formats_and_two_header_rows() -> None:
    def fill(book: Any, page: Any) -> None:
        page.merge_range(0, 0, 0, 3, "登记表")
        page.merge_range(1, 0, 2, 0, "姓名")
        page.merge_range(1, 1, 1, 2, "当事人")
        page.write_string(2, 1, "身份证号")
        page.write_string(2, 2, "电话")
        page.write_row(3, 0, ["张三", "12", "13800000000"])

    from .files import workbook

    raw = returned(workbook(fill), ROSTER)
    again = take(raw, ROSTER)
    assert (again.layout.header_row, again.layout.depth) == (1, 2)
    assert set(again.layout.head.merged) == {(0, 0, 0, 3), (1, 0, 2, 0), (1, 1, 1, 2)}
    assert again.codes() == {"B4": "id_number.length"}
    mended = take(returned(raw, ROSTER), ROSTER)
    assert mended.codes() == again.codes()
    assert mended.layout.unknown == again.layout.unknown
