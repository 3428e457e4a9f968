"""Telephone numbers as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import phone
from shegong.lib.phone import InvalidPhone, Kind


@pytest.mark.parametrize(
    ("written", "number", "kind", "masked"),
    [
        ("13812341234", "13812341234", Kind.MOBILE, "138****1234"),
        (13812341234.0, "13812341234", Kind.MOBILE, "138****1234"),
        ("13812341234.0", "13812341234", Kind.MOBILE, "138****1234"),
        ("+86 138-1234-1234", "13812341234", Kind.MOBILE, "138****1234"),
        ("008613812341234", "13812341234", Kind.MOBILE, "138****1234"),
        ("１３８１２３４１２３４", "13812341234", Kind.MOBILE, "138****1234"),
        ("19212341234", "19212341234", Kind.MOBILE, "192****1234"),
        ("075582345678", "0755-82345678", Kind.LANDLINE, "0755-****5678"),
        ("(010) 6234 5678", "010-62345678", Kind.LANDLINE, "010-****5678"),
        ("0971-6123456", "0971-6123456", Kind.LANDLINE, "0971-***3456"),
        ("0755-82345678转801", "0755-82345678-801", Kind.LANDLINE, "0755-****5678"),
        ("0755-82345678-801", "0755-82345678-801", Kind.LANDLINE, "0755-****5678"),
        ("+86 755 8234 5678", "0755-82345678", Kind.LANDLINE, "0755-****5678"),
        ("+86-0755-82345678", "0755-82345678", Kind.LANDLINE, "0755-****5678"),
        ("12351", "12351", Kind.SHORT, "12351"),
        ("12348", "12348", Kind.SHORT, "12348"),
        ("12333", "12333", Kind.SHORT, "12333"),
        ("12345", "12345", Kind.SHORT, "12345"),
        ("010-12351", "010-12351", Kind.SHORT, "010-12351"),
        ("4001234567", "400-123-4567", Kind.SERVICE, "400-123-4567"),
    ],
)
def test_ways_of_writing(written: object, number: str, kind: Kind, masked: str) -> None:
    read = phone.parse(written)
    assert (read.number, read.kind) == (number, kind)
    assert read.masked == masked


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "empty"),
        (None, "empty"),
        (0.5, "number"),
        (float("inf"), "number"),
        ("1.38E+10", "number"),
        ("82345678", "no_area_code"),
        ("1381234123", "mobile_length"),
        ("138123412345", "mobile_length"),
        ("13812341234/13912341234", "several"),
        ("张三13812341234", "characters"),
        ("12812341234", "unknown"),
    ],
)
def test_each_refusal_has_its_own_code(written: object, code: str) -> None:
    with pytest.raises(InvalidPhone) as caught:
        phone.parse(written)
    assert caught.value.code == code and "%" not in str(caught.value)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_mobile_numbers_read_back_and_mask_four_digits(number: str) -> None:
    read = phone.parse(number)
    assert read.number == number and read.kind is Kind.MOBILE
    assert number[3:7] not in read.masked.replace("*", "#")[3:7]


@given(st.from_regex(r"(010|02[0-9]|0[3-9][0-9]{2})-[2-8][0-9]{6,7}", fullmatch=True))
def test_canonical_landlines_are_stable(number: str) -> None:
    assert phone.parse(phone.parse(number).number).number == number


@given(st.text(max_size=40) | st.floats() | st.integers() | st.booleans())
def test_any_other_input_is_refused_politely(text: object) -> None:
    try:
        assert phone.parse(text).masked
    except InvalidPhone as refused:
        assert str(refused)
