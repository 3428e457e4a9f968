"""Cells become values or errors by cell; numbers in ID and phone columns are never repaired."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shegong.kernel.sheets import values, words
from shegong.kernel.sheets.declare import Choice, Column, Type
from shegong.kernel.sheets.reading import ClockText, letter, position
from shegong.kernel.sheets.values import Bad, Doubtful, converter
from shegong.lib import idcard
from shegong.lib.errors import Invalid

from .files import ROSTER, plain, table
from .taking import TODAY, take

ID = idcard.synthetic(birth_on=dt.date(1990, 1, 1), sex="1")


def _convert(kind: Type, cell: Any, **more: Any) -> Any:
    column = Column("c", "C", kind, **{"unit": "yuan" if kind is Type.MONEY else "", **more})
    return converter(column, unit=column.unit, date1904=False, today=TODAY, resolve={"甲": 7}.get)(cell)


CELLS: list[tuple[Type, Any, Any]] = [
    (Type.ID_NUMBER, 440301199001011234.0, "id_as_number"),
    (Type.ID_NUMBER, "4.40301E+17", "id_as_number"),
    (Type.ID_NUMBER, "440301199001011230.0", "id_as_number"),
    (Type.ID_NUMBER, dt.date(2020, 1, 1), "id_not_text"),
    (Type.ID_NUMBER, ID[:-1] + "Y", "id_number.characters"),
    (Type.PHONE, 13800000000.0, "phone_as_number"),
    (Type.PHONE, 13800000000, "phone_as_number"),
    (Type.PHONE, "1.38E+10", "phone_as_number"),
    (Type.PHONE, "13800000000.0", "phone_as_number"),
    (Type.PHONE, " 138-0000-0000 ", "13800000000"),
    (Type.PHONE, "１３８００００００００", "13800000000"),
    (Type.PHONE, "1380000000", "phone.mobile_length"),
    (Type.CREDIT_CODE, 91440101.0, "code_as_number"),
    (Type.CREDIT_CODE, "91440101ma5cjq4n59", "91440101MA5CJQ4N59"),
    (Type.CREDIT_CODE, "91350203M0001QAY9B", "credit_code.checksum"),
    (Type.DATE, "2023.5.6", dt.date(2023, 5, 6)),
    (Type.DATE, "2023年5月6日", dt.date(2023, 5, 6)),
    (Type.DATE, "２０２３／５／６", dt.date(2023, 5, 6)),
    (Type.DATE, 45052.0, dt.date(2023, 5, 6)),
    (Type.DATE, dt.datetime(2023, 5, 6, 12), dt.date(2023, 5, 6)),
    (Type.DATE, "2023年5月", "date_needs_day"),
    (Type.DATE, "23.5.6", "date.two_digit_year"),
    (Type.DATE, ClockText("3:04:00"), "not_a_date"),
    (Type.MONTH, "2023年5月", dt.date(2023, 5, 1)),
    (Type.MONTH, "202305", dt.date(2023, 5, 1)),
    (Type.MONTH, 202305.0, dt.date(2023, 5, 1)),
    (Type.MONTH, "202313", "month_needed"),
    (Type.MONTH, "2023年", "month_needed"),
    (Type.MONEY, "1,234.56", 123456),
    (Type.MONEY, "￥1,234.56元", 123456),
    (Type.MONEY, "1.5万元", 1_500_000),
    (Type.MONEY, 0.1 + 0.2, 30),
    (Type.MONEY, -12.5, -1250),
    (Type.MONEY, 1.005, "money.fraction_of_fen"),
    (Type.MONEY, "约三千", "money.format"),
    (Type.MONEY, True, "not_a_number"),
    (Type.INTEGER, 12.0, 12),
    (Type.INTEGER, "1,200", 1200),
    (Type.INTEGER, 1.5, "not_whole"),
    (Type.INTEGER, "十二", "not_a_number"),
    (Type.INTEGER, "2人", "not_a_number"),
    (Type.DECIMAL, 0.1, Decimal("0.1")),
    (Type.DECIMAL, "３．５", Decimal("3.5")),
    (Type.DECIMAL, "1e99", "number_too_long"),
    (Type.DECIMAL, float(10**16), "number_too_long"),
    (Type.YES_NO, "是", True),
    (Type.YES_NO, "×", False),
    (Type.YES_NO, False, False),
    (Type.YES_NO, "也许", "not_yes_no"),
    (Type.ORGANISATION, " 甲 ", 7),
    (Type.ORGANISATION, "乙", "no_organisation"),
    (Type.TEXT, " 张　三 ", "张　三"),
    (Type.TEXT, 12.0, "12"),
    (Type.TEXT, 4.4e17, "number_too_long"),
    (Type.TEXT, "x" * 501, "text_too_long"),
    (Type.TEXT, "a\x00b", "control_characters"),
]


@pytest.mark.parametrize(("kind", "cell", "wanted"), CELLS)
def test_a_cell_becomes_its_value_or_its_error(kind: Type, cell: Any, wanted: Any) -> None:
    found = _convert(kind, cell)
    if isinstance(found, Bad):
        assert found.code == wanted
        assert "%(" not in words.cell_message(found.code, found.params)
    else:
        assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize("cell", ["调解", " 调 解 ", "劳动争议调解", "MEDIATION"])
def test_choices_by_label_synonym_or_code(cell: str) -> None:
    choices = (Choice("mediation", "调解", ("劳动争议调解",)), Choice("other", "其他"))
    assert _convert(Type.CHOICE, cell, choices=choices) == "mediation"
    assert _convert(Type.CHOICE, "仲裁", choices=choices).code == "not_a_choice"


def test_money_in_a_column_of_ten_thousands() -> None:
    assert _convert(Type.MONEY, 38257.0, unit="wan") == 38_257_000_000
    assert _convert(Type.MONEY, "1.5", unit="wan") == 1_500_000
    assert _convert(Type.MONEY, "200元", unit="wan") == 20_000


ANY_CELL = st.one_of(
    st.text(max_size=40), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.builds(ClockText, st.text(max_size=8)),
    st.from_regex(r"[-+0-9０-９.,年月日/万元E ]{1,20}", fullmatch=True),
).filter(lambda cell: not (isinstance(cell, float) and (cell != cell or cell in (float("inf"), float("-inf")))) and cell != "")  # fmt: skip


@given(cell=ANY_CELL, kind=st.sampled_from([kind for kind in Type if kind is not Type.CHOICE]))
@settings(max_examples=1500, deadline=None)
def test_no_cell_breaks_a_converter_and_no_number_becomes_an_identity(cell: Any, kind: Type) -> None:
    found = _convert(kind, cell)
    if isinstance(found, Bad):
        assert words.cell_message(found.code, found.params)
    if kind in (Type.ID_NUMBER, Type.PHONE, Type.CREDIT_CODE) and not isinstance(cell, str):
        assert isinstance(found, Bad)


@given(
    area=st.sampled_from(["440305", "110101", "999999", "810000", "123456"]), born=st.dates(dt.date(1880, 1, 1), dt.date(2030, 1, 1)),
    serial=st.integers(0, 999), wrong=st.integers(0, 17), change=st.booleans(), digit=st.sampled_from("0123456789X"),
)  # fmt: skip
@settings(max_examples=600, deadline=None)
def test_the_fast_way_of_id_numbers_agrees_with_the_library(
    area: str, born: dt.date, serial: int, wrong: int, change: bool, digit: str
) -> None:
    first = f"{area}{born:%Y%m%d}{serial:03d}"
    number = first + idcard.checksum(first)
    if change:
        number = number[:wrong] + digit + number[wrong + 1 :]
    found = _convert(Type.ID_NUMBER, number)
    try:
        parsed = idcard.parse(number, today=TODAY)
    except Invalid as error:
        assert isinstance(found, Bad)
        assert found.code in (f"id_number.{error.code}", "id_as_number")
    else:
        assert (
            (found.value, found.warnings) == (parsed.number, parsed.warnings)
            if parsed.warnings
            else found == parsed.number
        )


def test_errors_name_the_cell_and_mask_what_identifies() -> None:
    taken = take(
        table([
            ["姓名", "身份证号", "联系电话"],
            ["张三", 440301199001011234, "13800000000"],
            ["李四", ID[:-1] + ("1" if ID[-1] != "1" else "2"), 13800000000],
            ["王五", ID, ""],
            ["", ID, ""],
            ["赵六", ID, ""],
        ]),
        ROSTER,
    )  # fmt: skip
    assert taken.codes() == {
        "B2": "id_as_number", "B3": "id_number.checksum", "C3": "phone_as_number", "A5": "required", "B6": "repeated_row",
    }  # fmt: skip
    assert [row.number for row in taken.rows] == [4]
    sealed = repr([error.sealed() for error in taken.errors])
    assert ID[6:14] not in sealed
    assert "13800000000" not in sealed
    assert "4403011990" not in sealed
    assert next(error.params for error in taken.errors if error.code == "repeated_row") == {"row": 4}


def test_formula_errors_and_formulas_without_result_are_said_by_cell() -> None:
    rows = (
        f'<row r="2"><c r="A2" t="inlineStr"><is><t>张三</t></is></c><c r="B2" t="e"><f>A9</f><v>#REF!</v></c></row>'
        f'<row r="3"><c r="A3" t="str"><f>"李"&amp;"四"</f><v>李四</v></c><c r="B3" t="inlineStr"><is><t>{ID}</t></is></c></row>'
        '<row r="4"><c r="A4"><f>A2</f></c><c r="B4"><f>B3</f></c></row>'
    )
    taken = take(plain(rows), ROSTER)
    assert [row.values["name"] for row in taken.rows] == ["李四"]
    assert taken.codes() == {"B2": "formula_error", "A4": "formula_empty", "B4": "formula_empty"}


def test_doubtful_ids_are_taken_and_warned_about() -> None:
    old = "440305900101001"
    found = _convert(Type.ID_NUMBER, old)
    assert isinstance(found, Doubtful)
    assert "converted_from_15" in found.warnings
    taken = take(table([["姓名", "身份证号"], ["张三", old]]), ROSTER)
    assert taken.rows[0].values["id_number"] == idcard.convert_15(old)
    assert "converted_from_15" in {warning.code for warning in taken.warnings}


@given(st.integers(0, 16_383), st.integers(0, 1_048_575))
def test_letters_and_positions_agree(column: int, row: int) -> None:
    assert position(f"{letter(column)}{row + 1}") == (row, column)


def test_every_code_the_converters_use_has_a_message() -> None:
    import inspect
    import re

    used = set(re.findall(r'Bad\("(\w+)"', inspect.getsource(values)))
    assert used
    assert used <= set(words.CELL_MESSAGES)


def test_a_count_may_carry_the_unit_of_its_column() -> None:
    assert _convert(Type.INTEGER, " 2人 ", unit="人") == 2
    assert _convert(Type.INTEGER, "2家", unit="人").code == "not_a_number"


@pytest.mark.parametrize("mark", ["-", "——", "/", "无", "暂无"])
def test_a_mark_for_nothing_is_an_empty_cell_but_in_free_text_an_answer(mark: str) -> None:
    taken = take(table([["姓名", "身份证号", "手机号"], [mark, ID, mark], ["虚构甲", mark, "13800000000"]]), ROSTER)
    assert [(row.values["name"], row.values["phone"]) for row in taken.rows] == [(mark, None)]
    assert taken.codes() == {"B3": "required"}
