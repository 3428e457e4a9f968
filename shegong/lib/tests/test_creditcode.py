"""GB 32100 and GB 11714: golden C15."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import creditcode
from shegong.lib.creditcode import InvalidCode

codes = st.builds(
    lambda serial, prefix, area: creditcode.synthetic(serial, prefix=prefix, area=f"99{area:04d}"),
    st.integers(0, 10**8 - 1),
    st.sampled_from(sorted(creditcode.CLASSES)),
    st.integers(0, 9999),
)


def refusal(text: object) -> str:
    with pytest.raises(InvalidCode) as caught:
        creditcode.parse(text)
    assert "%" not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("text", ["91440101MA5CJQ4N59", "91350200776049653A"])
def test_golden_c15_enterprises(text: str) -> None:
    read = creditcode.parse(text)
    assert (read.code, read.class_name, read.is_union, read.warnings) == (
        text,
        "企业",
        False,
        (),
    )


@pytest.mark.parametrize("text", ["81310117000000019K", "81440100000000027W"])
def test_golden_c15_unions(text: str) -> None:
    read = creditcode.parse(text)
    assert read.is_union and read.is_base_union and not read.is_law_firm
    assert read.class_name == "基层工会"


def test_golden_c15_special_public_code_fails_its_check() -> None:
    assert refusal("91350203M0001QAY9B") == "checksum"
    assert creditcode.normalise(" 91350203m0001qay9b ") == "91350203M0001QAY9B"


def test_parts_of_a_code() -> None:
    read = creditcode.parse("91440101MA5CJQ4N59")
    assert (read.authority, read.class_code, read.area_code, read.body) == (
        "9",
        "1",
        "440101",
        "MA5CJQ4N5",
    )


@pytest.mark.parametrize(
    "text",
    [
        "91440101ma5cjq4n59",
        "91440101-MA5CJQ4N5-9",
        "９１４４０１０１ＭＡ５ＣＪＱ４Ｎ５９",
        "91 440101 MA5CJQ4N59",
    ],
)
def test_ways_of_writing_one_code(text: str) -> None:
    assert creditcode.parse(text).code == "91440101MA5CJQ4N59"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (914401010000000000, "number"),
        ("9.14E+17", "number"),
        ("", "empty"),
        (None, "empty"),
        ("91440101MA5CJQ4N5", "length"),
        ("91440101MA5CJQ4N5O", "characters"),
        ("9144A101MA5CJQ4N59", "area"),
    ],
)
def test_each_refusal_has_its_own_code(text: object, code: str) -> None:
    assert refusal(text) == code


def test_a_body_with_a_wrong_inner_check_is_refused() -> None:
    first17 = "91990000" + "00000005" + "0"
    assert creditcode.body_checksum("00000005") != "0"
    assert refusal(first17 + creditcode.checksum(first17)) == "body_checksum"


def test_union_and_law_firm_classes() -> None:
    assert creditcode.parse(creditcode.synthetic(1, prefix="89")).is_union
    assert creditcode.parse(creditcode.synthetic(1, prefix="31")).is_law_firm


def test_synthetic_refuses_real_areas() -> None:
    with pytest.raises(ValueError):
        creditcode.synthetic(1, area="440100")


@given(codes)
def test_synthetic_codes_pass_and_name_no_real_area(code: str) -> None:
    read = creditcode.parse(code)
    assert read.code == code and read.warnings == ("area_unknown",) and read.class_name


@given(codes, st.integers(0, 17), st.sampled_from(creditcode.ALPHABET))
def test_every_single_wrong_character_is_caught(code: str, place: int, other: str) -> None:
    if other != code[place]:
        with pytest.raises(InvalidCode):
            creditcode.parse(code[:place] + other + code[place + 1 :])


@given(st.text(max_size=30) | st.integers() | st.floats() | st.none())
def test_any_other_input_is_refused_politely(text: object) -> None:
    try:
        creditcode.parse(text)
    except InvalidCode as refused:
        assert str(refused)
