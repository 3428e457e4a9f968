"""GB 11643: golden C14, and the properties of the check character."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import idcard
from shegong.lib.idcard import InvalidId, Kind

TODAY = date(2026, 1, 1)
births = st.dates(date(1910, 1, 1), TODAY)
numbers = st.builds(
    lambda born, sex, sequence, area: idcard.synthetic(birth_on=born, sex=sex, sequence=sequence, area=f"99{area:04d}"),
    births,
    st.sampled_from("12"),
    st.integers(0, 499),
    st.integers(0, 9999),
)


def refusal(text: object) -> str:
    with pytest.raises(InvalidId) as caught:
        idcard.parse(text, today=TODAY)
    assert "%" not in str(caught.value), "the sentence has an unfilled place"
    return caught.value.code


def test_golden_c14_valid() -> None:
    read = idcard.parse("34052419800101001X", today=TODAY)
    assert (read.number, read.birth_on, read.sex, read.area_code) == (
        "34052419800101001X",
        date(1980, 1, 1),
        "1",
        "340524",
    )
    assert read.masked == "3405**********001X"
    assert read.kind is Kind.RESIDENT and not read.converted_from_15


def test_golden_c14_invalid_check() -> None:
    assert refusal("340524198001010013") == "checksum"


def test_golden_c14_unknown_area_warns_and_passes() -> None:
    read = idcard.parse("99999919990909001X", today=TODAY)
    assert read.warnings == ("area_unknown",)
    assert read.kind is Kind.RESIDENT


@pytest.mark.parametrize(
    "written",
    [
        "34052419800101001x",
        " 340524 19800101 001X ",
        "340524-19800101-001X",
        "３４０５２４１９８００１０１００１Ｘ",
        "'34052419800101001X",
        "34052419800101001X\n",
    ],
)
def test_ways_of_writing_one_number(written: str) -> None:
    assert idcard.parse(written, today=TODAY).number == "34052419800101001X"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (340524198001010010, "number"),
        (3.4052419800101e17, "number"),
        ("3.40524E+17", "number"),
        ("340524198001010000.0", "number"),
        ("", "empty"),
        (None, "empty"),
        ("3405241980010100", "length"),
        ("34052419800101001XX", "characters"),
        ("34052419800101O01X", "characters"),
        ("3405241980X101001X", "characters"),
        ("34052A19800101001X", "characters"),
    ],
)
def test_each_refusal_has_its_own_code(text: object, code: str) -> None:
    assert refusal(text) == code


def test_impossible_and_future_births_are_told_apart() -> None:
    def with_birth(digits: str) -> str:
        first17 = "999999" + digits + "001"
        return first17 + idcard.checksum(first17)

    assert refusal(with_birth("19990231")) == "birth_date"
    assert refusal(with_birth("20260102")) == "birth_future"
    assert idcard.parse(with_birth("20260101"), today=TODAY).birth_on == TODAY
    assert "very_old" in idcard.parse(with_birth("18991231"), today=TODAY).warnings


def test_first_generation_number_is_converted_and_flagged() -> None:
    read = idcard.parse("340524800101001", today=TODAY)
    assert (read.number, read.converted_from_15) == ("34052419800101001X", True)
    assert "converted_from_15" in read.warnings


def test_current_county_has_no_warning_and_abolished_county_stays_known() -> None:
    for area in ("440305", "440102"):  # Nanshan; Dongshan, merged in 2005
        first17 = area + "19900101" + "001"
        assert idcard.parse(first17 + idcard.checksum(first17), today=TODAY).warnings == ()


@pytest.mark.parametrize("area", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macao_taiwan(area: str) -> None:
    first17 = area + "19900101" + "002"
    read = idcard.parse(first17 + idcard.checksum(first17), today=TODAY)
    assert (read.kind, read.sex, read.warnings) == (
        Kind.HK_MACAO_TAIWAN_PERMIT,
        "2",
        (),
    )


def test_foreign_permanent_residence_cards_of_both_editions() -> None:
    first17 = "9" + "44" + "840" + "19850312" + "001"
    new = idcard.parse(first17 + idcard.checksum(first17), today=TODAY)
    assert (new.kind, new.area_code, new.birth_on, new.warnings) == (
        Kind.FOREIGN_PERMANENT,
        "440000",
        date(1985, 3, 12),
        (),
    )
    old = idcard.parse("usa440185031201", today=TODAY)
    assert (old.kind, old.number, old.sex, old.birth_on) == (
        Kind.FOREIGN_PERMANENT_OLD,
        "USA440185031201",
        "0",
        date(1985, 3, 12),
    )
    assert set(old.warnings) == {"century_assumed", "check_not_verified"}
    assert old.masked == "USA4*******1201"


def test_synthetic_refuses_areas_where_people_live() -> None:
    with pytest.raises(ValueError, match="990000"):
        idcard.synthetic(birth_on=date(1990, 1, 1), sex="1", area="440305")


@given(births, st.sampled_from("12"), st.integers(0, 499))
def test_synthetic_numbers_read_back(born: date, sex: str, sequence: int) -> None:
    read = idcard.parse(idcard.synthetic(birth_on=born, sex=sex, sequence=sequence), today=TODAY)
    assert (read.birth_on, read.sex, read.kind) == (born, sex, Kind.RESIDENT)
    assert "area_unknown" in read.warnings


@given(numbers, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_single_wrong_character_is_caught(number: str, place: int, other: str) -> None:
    if other == number[place]:
        return
    with pytest.raises(InvalidId):
        idcard.parse(number[:place] + other + number[place + 1 :], today=TODAY)


@given(numbers, st.integers(0, 16))
def test_every_swap_of_neighbours_is_caught(number: str, place: int) -> None:
    if number[place] == number[place + 1]:
        return
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    with pytest.raises(InvalidId):
        idcard.parse(swapped, today=TODAY)


@given(st.text(max_size=30) | st.integers() | st.floats() | st.none())
def test_any_other_input_is_refused_politely(text: object) -> None:
    try:
        idcard.parse(text, today=TODAY)
    except InvalidId as refused:
        assert str(refused)


@given(numbers)
def test_mask_shows_eight_characters_only(number: str) -> None:
    masked = idcard.mask(number)
    assert len(masked) == 18 and masked.count("*") == 10
    assert masked[:4] == number[:4] and masked[-4:] == number[-4:]


def test_every_warning_has_its_sentence() -> None:
    assert {
        "area_unknown",
        "area_not_listed",
        "very_old",
        "ends_in_zeros",
        "converted_from_15",
    } <= set(idcard.WARNINGS)
