"""Whole fen, read and written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import money
from shegong.lib.money import InvalidMoney

amounts = st.integers(-(10**14), 10**14)


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1,234.56", 123_456), ("1234.56元", 123_456), ("１，２３４．５６元", 123_456), ("￥1,234.56", 123_456), ("人民币1234.56元", 123_456),
        ("38257万元", 38_257_000_000), ("3.5万", 3_500_000), ("1000万元", 1_000_000_000), ("1亿元", 10_000_000_000), ("3千元", 300_000),
        ("(1,234.00)", -123_400), ("-5", -500), ("5角", 50), ("3元5角2分", 352), (".5", 50), ("0", 0), ("100元整", 10_000), (12, 1_200),
        (Decimal("12.34"), 1_234), (" 1 234.5 ", 123_450), ("0.00001万", 10),
    ],
)  # fmt: skip
def test_ways_of_writing(written: str | int | Decimal, fen: int) -> None:
    assert money.parse(written) == fen


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "empty"), ("abc", "format"), ("1e5", "format"), ("1.2.3", "format"), ("12,34", "grouping"), ("1,2345.00", "grouping"),
        ("1.005", "fraction_of_fen"), ("0.0000001万", "fraction_of_fen"), (1.5, "float"), (True, "float"), ("9" * 20, "too_large"),
        (Decimal("NaN"), "format"), ("约5元", "format"),
    ],
)  # fmt: skip
def test_each_refusal_has_its_own_code(written: str | float, code: str) -> None:
    with pytest.raises(InvalidMoney) as caught:
        money.parse(written)  # type: ignore[arg-type]
    assert caught.value.code == code and str(caught.value)


def test_cells_are_read_as_the_fifteen_digits_they_show() -> None:
    assert money.from_cell(0.1 + 0.2) == 30
    assert money.from_cell(1234.56) == 123_456
    for hopeless in (1.005, float("nan"), float("inf")):
        with pytest.raises(InvalidMoney):
            money.from_cell(hopeless)


def test_golden_g15_ten_million_yuan() -> None:
    cap = money.parse("1000万元")
    assert cap == money.parse("10,000,000元")
    assert money.parse("10,000,000.01") > cap


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (140_950, "壹仟肆佰零玖元伍角"), (600_714, "陆仟零柒元壹角肆分"), (168_032, "壹仟陆佰捌拾元叁角贰分"),
        (10_700_053, "壹拾万柒仟元伍角叁分"), (1_640_902, "壹万陆仟肆佰零玖元零贰分"), (32_504, "叁佰贰拾伍元零肆分"),
        (0, "零元整"), (5, "伍分"), (50, "伍角"), (1_000_000, "壹万元整"), (-100, "负壹元整"), (10_000_000_001, "壹亿元零壹分"),
        (100_010_001_000_100, "壹万零壹亿零壹万零壹元整"), (1_000_000_000_000_000, "壹拾万亿元整"),
    ],
)  # fmt: skip
def test_capital_numerals(fen: int, words: str) -> None:
    assert money.in_words(fen) == words


def value_of(words: str) -> int:
    """An independent reader of capital numerals, for the round trip."""
    digits = {character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
    negative, body = words.startswith("负"), words.removeprefix("负").removesuffix("整")
    fen = total = section = digit = 0
    for character in body:
        if character in digits:
            digit = digits[character]
        elif character in "拾佰仟":
            section += digit * {"拾": 10, "佰": 100, "仟": 1000}[character]
            digit = 0
        elif character in "万亿":
            size = 10**4 if character == "万" else 10**8
            section += digit
            total = (total + section) * size if character == "亿" or not total else total + section * size
            section = digit = 0
        elif character == "元":
            fen += (total + section + digit) * 100
            digit = 0
        else:
            fen += digit * (10 if character == "角" else 1)
            digit = 0
    return -fen if negative else fen


@given(amounts)
def test_capital_numerals_say_the_amount(fen: int) -> None:
    words = money.in_words(fen)
    assert value_of(words) == fen
    assert "零零" not in words


@given(amounts)
def test_yuan_round_trips(fen: int) -> None:
    assert money.parse(money.format_yuan(fen)) == fen
    assert money.parse(money.format_yuan(fen, unit=False)) == fen


@given(amounts)
def test_wan_round_trips(fen: int) -> None:
    assert money.parse(money.format_wan(fen)) == fen


@given(st.integers(-(10**12), 10**12))
def test_cells_round_trip(fen: int) -> None:
    assert money.from_cell(fen / 100) == fen


def test_display_of_wan_rounds_half_up() -> None:
    assert money.format_wan(38_257_000_000) == "38,257万元"
    assert money.format_wan(3_450_000, decimals=1) == "3.5万元"
    assert money.format_wan(3_000_000, decimals=2) == "3.00万元"


@given(st.text(max_size=20))
def test_any_other_text_is_refused_politely(text: str) -> None:
    try:
        assert isinstance(money.parse(text), int)
    except InvalidMoney as refused:
        assert str(refused)
