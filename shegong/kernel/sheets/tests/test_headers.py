"""Headers and rows as union offices really send them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from shegong.kernel.sheets.declare import Choice, Column, Sheet, Type
from shegong.kernel.sheets.refusal import Unreadable
from shegong.lib import idcard

from .files import ROSTER, table, workbook
from .taking import take

IDS = [idcard.synthetic(birth_on=dt.date(1990, 1, 1), sex="1", sequence=n) for n in range(60)]

LEGAL_AID = Sheet(
    "test.aid",
    "法律援助登记",
    (
        Column("accepted_on", "受理日期", Type.DATE, required=True),
        Column("name", "当事人姓名", synonyms=("姓名",), required=True),
        Column("id_number", "当事人身份证号", Type.ID_NUMBER, ("身份证号", "身份证号码")),
        Column("phone", "当事人电话", Type.PHONE, ("联系电话", "电话")),
        Column("opponent", "对方名称", synonyms=("用人单位", "对方单位名称")),
        Column("opponent_phone", "对方电话", Type.PHONE),
        Column("form", "援助方式", Type.CHOICE, required=True, choices=(Choice("m", "调解"), Choice("c", "咨询"))),
        Column("recovered_fen", "挽回金额", Type.MONEY, ("挽回经济损失", "挽回损失"), unit="yuan"),
    ),
)


def _aid_rows(page: Any, first: int, count: int) -> None:
    for n in range(count):
        row = (
            f"{n + 1}",
            f"2023.5.{n + 1}",
            f"张三{n}",
            IDS[n],
            "13800000000",
            "某某公司",
            "0755-12345678",
            "调解",
            1.5,
        )
        for index, value in enumerate(row):
            page.write(first + n, index, value) if isinstance(value, float) else page.write_string(
                first + n, index, value
            )


def _union_workbook(book: Any, page: Any) -> None:
    """Title over the whole width, a line of the reporting unit, a two-row header with merged parents, total and notes."""
    page.merge_range(0, 0, 0, 8, "某区总工会法律援助登记表")
    page.merge_range(1, 0, 1, 8, "填报单位：某某镇总工会　　　　2023年5月")
    for index, text in ((0, "序号"), (1, "受 理\n日 期"), (7, "援助方式"), (8, "挽回金额（万元）")):
        page.merge_range(2, index, 3, index, text)
    page.merge_range(2, 2, 2, 4, "当事人")
    page.merge_range(2, 5, 2, 6, "对方")
    for index, text in ((2, "姓　名"), (3, "身份证号码"), (4, "电话"), (5, "名称"), (6, "电话")):
        page.write_string(3, index, text)
    _aid_rows(page, 4, 5)
    page.write_string(9, 0, "合计")
    page.write_number(9, 8, 7.5)
    page.merge_range(11, 0, 11, 8, "注：本表于每月五日前上报。")
    page.write_string(12, 0, "填表人：李某")
    page.write_string(12, 5, "审核人：王某")


def test_a_union_workbook_with_title_two_header_rows_total_and_notes() -> None:
    taken = take(workbook(_union_workbook), LEGAL_AID)
    layout = taken.layout
    assert (layout.header_row, layout.depth) == (2, 2)
    assert {m.column.name: m.letter for m in layout.matches} == {
        "accepted_on": "B", "name": "C", "id_number": "D", "phone": "E", "opponent": "F", "opponent_phone": "G",
        "form": "H", "recovered_fen": "I",
    }  # fmt: skip
    assert [text for _letter, text in layout.unknown] == ["序号"]
    assert not taken.errors
    assert len(taken.rows) == 5
    assert taken.rows[0].values["recovered_fen"] == 15_000 * 100
    assert taken.rows[0].values["opponent_phone"] == "0755-12345678"
    assert taken.rows[4].values["accepted_on"] == dt.date(2023, 5, 5)
    assert taken.rows[0].number == 5
    assert taken.skipped.counts == {"total": 1, "note": 2}


def test_the_same_two_row_header_as_csv_without_merges() -> None:
    text = (
        "某区总工会法律援助登记表,,,,,,,,\n序号,受理日期,当事人,,,对方,,援助方式,挽回金额（万元）\n,,姓名,身份证号码,电话,名称,电话,,\n"
        f"1,2023年5月6日,张三,{IDS[0]},13800000000,某某公司,0755-12345678,咨询,2\n合计,,,,,,,,2\n"
    )
    taken = take(text.encode("gbk"), LEGAL_AID, "表.csv")
    assert not taken.errors
    assert len(taken.rows) == 1
    assert taken.rows[0].values["phone"] == "13800000000"
    assert taken.rows[0].values["opponent"] == "某某公司"
    assert taken.rows[0].values["recovered_fen"] == 2_000_000


HEAD = ["姓名", "身份证号", "联系电话"]


@pytest.mark.parametrize(
    "header",
    [
        ["姓名", "身份证号", "联系电话"],
        ["联系电话", "姓名", "身份证号"],
        [" 姓 名 ", "身份证号码（必填）", "手机号*"],
        ["职工姓名", "公民身份号码", "手 机\n号 码"],
        ["序号", "姓名", "", "身份证号", "备注", "联系电话"],
        ["ＮＡＭＥ", "id_number", "Phone"],
    ],
)
def test_order_synonyms_blanks_stars_brackets_and_line_breaks(header: list[str]) -> None:
    names = {"ＮＡＭＥ": "name", "id_number": "id"}
    where = {}
    for index, text in enumerate(header):
        plain = text.replace(" ", "").replace("\n", "")
        if "姓" in plain or (text in names and names[text] == "name"):
            where["name"] = index
        elif "身份" in plain or text == "id_number":
            where["id"] = index
        elif "电话" in plain or "手机" in plain or text == "Phone":
            where["phone"] = index
    row = [""] * len(header)
    row[where["name"]], row[where["id"]], row[where["phone"]] = "张三", IDS[0], "13800000000"
    taken = take(table([["某某名册"], [], header, row]), ROSTER)
    assert not taken.errors
    assert taken.rows[0].values["id_number"] == IDS[0]
    assert taken.rows[0].values["phone"] == "13800000000"


def test_repeated_headers_blank_rows_totals_and_serial_only_rows_are_left_out() -> None:
    rows: list[list[Any]] = [["序号", *HEAD]]
    for page in range(3):
        for n in range(5):
            rows.append([n + 1, f"甲{page}{n}", IDS[page * 5 + n], "13800000000"])
        rows += [["本页小计", "5"], [], ["序号", *HEAD]]
    rows += [[16], [17], ["总 计：", "15"]]
    taken = take(table(rows), ROSTER)
    assert len(taken.rows) == 15
    assert not taken.errors
    assert taken.skipped.counts == {"total": 4, "header": 3, "unknown_only": 2}


def test_a_person_whose_name_begins_like_a_total_or_a_note_stays() -> None:
    rows = [HEAD] + [
        [name, IDS[n], ""] for n, name in enumerate(["合计华", "小明", "注册人", "说天下", "单雄信", "姓氏名"])
    ]
    assert [row.values["name"] for row in take(table(rows), ROSTER).rows] == [row[0] for row in rows[1:]]


def test_the_matching_sheet_is_found_among_several_and_the_others_are_named() -> None:
    def fill(book: Any, page: Any) -> None:
        page.write_string(0, 0, "说明：请填写第二张表")
        good = book.add_worksheet("名册")
        good.write_row(0, 0, HEAD)
        good.write_row(1, 0, ["张三", IDS[0], "13800000000"])
        fewer = book.add_worksheet("旧表")
        fewer.write_row(0, 0, ["姓名", "联系电话"])
        hidden = book.add_worksheet("隐藏")
        hidden.write_row(0, 0, HEAD)
        hidden.hide()
        book.add_worksheet("空")

    taken = take(workbook(fill, "封面"), ROSTER)
    assert taken.layout.head.name == "名册"
    assert {entry.name: entry.reason for entry in taken.layout.ignored} == {
        "封面": "no_header", "旧表": "fits_less", "隐藏": "hidden", "空": "empty",
    }  # fmt: skip
    assert take(workbook(fill, "封面"), ROSTER, sheet_name="旧表").layout.missing
    with pytest.raises(Unreadable, match="no_such_sheet"):
        take(workbook(fill, "封面"), ROSTER, sheet_name="没有")


def test_a_missing_required_column_is_named_with_the_most_similar_header() -> None:
    taken = take(table([["姓名", "身份证件号", "联系电话"], ["张三", IDS[0], ""]]), ROSTER)
    assert [(column.name, hint) for column, hint in taken.layout.missing] == [("id_number", "B 身份证件号")]
    assert not taken.layout.usable


def test_two_columns_of_one_meaning_are_ambiguous_not_guessed() -> None:
    layout = take(table([["姓名", "身份证号", "联系电话", "手机号"], ["张三", IDS[0], "", ""]]), ROSTER).layout
    assert [(column.name, letters) for column, letters in layout.ambiguous] == [("phone", ("C", "D"))]


def test_hidden_columns_are_read_and_said_to_be_hidden() -> None:
    def fill(book: Any, page: Any) -> None:
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, ["张三", IDS[0], "13800000000"])
        page.set_column(2, 2, None, None, {"hidden": True})
        page.set_row(1, None, None, {"hidden": True})

    layout = take(workbook(fill), ROSTER).layout
    assert [m.column.name for m in layout.matches if m.hidden] == ["phone"]
    assert layout.head.hidden_rows == 1


def test_merged_cells_below_the_header_fill_text_but_never_count_money_twice() -> None:
    def fill(book: Any, page: Any) -> None:
        page.write_row(0, 0, ["姓名", "身份证号", "对方名称", "金额"])
        for n in range(3):
            page.write_row(1 + n, 0, [f"甲{n}", IDS[n]])
        page.merge_range(1, 2, 3, 2, "某某公司")
        page.merge_range(1, 3, 3, 3, 300)

    taken = take(workbook(fill), ROSTER)
    assert [row.values["opponent"] for row in taken.rows] == ["某某公司"]
    assert taken.rows[0].values["amount_fen"] == 30_000
    assert taken.codes() == {"D3": "merged_value", "D4": "merged_value"}


def test_no_header_says_which_names_are_wanted() -> None:
    with pytest.raises(Unreadable) as caught:
        take(table([["甲", "乙"], ["1", "2"]]), ROSTER)
    assert caught.value.code == "no_header"
    assert "身份证号" in str(caught.value.params["columns"])


def test_a_unit_in_the_title_counts_for_every_amount_whose_header_names_none() -> None:
    title = [["某街道援助台账"], ["填报单位：某街道", "", "单位：万元"]]
    taken = take(table([*title, ["姓名", "身份证号", "金额"], ["虚构甲", IDS[0], 1.5]]), ROSTER)
    assert [(m.column.name, m.unit) for m in taken.layout.matches if m.unit] == [("amount_fen", "wan")]
    assert taken.rows[0].values["amount_fen"] == 1_500_000
    own = take(table([*title, ["姓名", "身份证号", "金额（元）"], ["虚构甲", IDS[0], 1.5]]), ROSTER)
    assert own.rows[0].values["amount_fen"] == 150


def test_who_filled_the_table_in_is_no_row_and_a_year_s_total_is_one_of_the_totals() -> None:
    rows = [["姓名", "身份证号", "手机号", "金额"], ["虚构甲", IDS[0], "13800000000", 1], ["2025年全年合计", "", "", 1],
            ["填表人：王五", "", "", ""], ["小计（人）", "", "", 1]]  # fmt: skip
    taken = take(table(rows), ROSTER)
    assert [row.values["name"] for row in taken.rows] == ["虚构甲"]
    assert dict(taken.skipped.counts) == {"total": 2, "note": 1}


def test_a_key_of_two_columns_counts_where_only_one_of_them_is_there() -> None:
    sheet = replace(ROSTER, key=("id_number", "phone"))
    taken = take(table([["姓名", "身份证号"], ["虚构甲", IDS[0]], ["虚构乙", IDS[0]]]), sheet)
    assert [error.code for error in taken.errors] == ["repeated_row"]
