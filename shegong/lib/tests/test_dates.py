"""Dates as people type them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import dates
from shegong.lib.dates import InvalidDate

MAY_6 = date(2023, 5, 6)
days = st.dates(date(1900, 3, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    "written",
    ["2023.5.6", "2023-5-6", "2023/05/06", "2023年5月6日", "2023年5月6号", "２０２３．５．６", " 2023 年 5 月 6 日 ", "20230506", "2023-05-06 00:00:00",
     "2023-05-06T10:20:30", "2023年5月6日 10:20", "2023年5月6日10时30分", "二〇二三年五月六日", "'2023-5-6", "2023。5。6", 20230506, 45052, 45052.75, 45052.0,
     MAY_6, datetime(2023, 5, 6, 23, 59)],
)  # fmt: skip
def test_ways_of_writing_one_day(written: object) -> None:
    assert dates.parse(written) == dates.ParsedDate(MAY_6, "day")


@pytest.mark.parametrize(
    ("written", "value", "precision"),
    [
        ("2023年5月", date(2023, 5, 1), "month"),
        ("2023.5", date(2023, 5, 1), "month"),
        ("2023-05", date(2023, 5, 1), "month"),
        ("二〇二三年十月", date(2023, 10, 1), "month"),
        ("2023年", date(2023, 1, 1), "year"),
    ],
)
def test_less_precise_dates_say_so(written: str, value: date, precision: str) -> None:
    read = dates.parse(written)
    assert (read.value, read.precision) == (value, precision)


def test_chinese_numerals_of_tens() -> None:
    assert dates.parse("二零二三年十二月三十一日").value == date(2023, 12, 31)
    assert dates.parse("二〇二三年十月二十日").value == date(2023, 10, 20)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "empty"),
        (None, "empty"),
        ("23.5.6", "two_digit_year"),
        ("23年5月6日", "two_digit_year"),
        ("5/6/2023", "day_month_order"),
        ("202305", "six_digits"),
        ("230506", "six_digits"),
        ("45052", "number_as_text"),
        ("2023.2.30", "no_such_day"),
        ("20231301", "no_such_day"),
        ("2023年5-6", "format"),
        ("昨天", "format"),
        ("2023年5月6日或7日", "format"),
        (2023.1, "number_is_month"),
        (2023, "number_is_month"),
        (60, "excel_1900_leap"),
        (202305, "number"),
        (-1, "number"),
        (float("nan"), "number"),
        (True, "format"),
        (date(1823, 5, 6), "year_out_of_range"),
        ("2203-05-06", "year_out_of_range"),
    ],
)
def test_each_refusal_has_its_own_code(written: object, code: str) -> None:
    with pytest.raises(InvalidDate) as caught:
        dates.parse(written)
    assert caught.value.code == code and str(caught.value)


def test_time_stamps_with_offset_mean_the_day_in_china() -> None:
    assert dates.parse("2023-05-05T20:00:00Z").value == MAY_6
    assert dates.parse(datetime(2023, 5, 5, 20, tzinfo=UTC)).value == MAY_6


def test_serials_of_both_systems_name_the_same_day() -> None:
    assert dates.parse(45052).value == MAY_6
    assert dates.parse(45052 - 1462, date1904=True).value == MAY_6
    assert (dates.from_serial(1), dates.from_serial(59), dates.from_serial(61)) == (
        date(1900, 1, 1),
        date(1900, 2, 28),
        date(1900, 3, 1),
    )


@given(
    days,
    st.sampled_from(
        [
            "{0.year}.{0.month}.{0.day}",
            "{0.year}-{0.month:02d}-{0.day:02d}",
            "{0.year}/{0.month}/{0.day}",
            "{0:%Y%m%d}",
        ]
    ),
)
def test_formats_round_trip(day: date, pattern: str) -> None:
    assert dates.parse(pattern.format(day)).value == day


@given(days, st.sampled_from(["day", "month", "year"]))
def test_chinese_format_round_trips(day: date, precision: dates.Precision) -> None:
    read = dates.parse(dates.format_chinese(day, precision))
    assert read.precision == precision
    assert dates.format_chinese(read.value, read.precision) == dates.format_chinese(day, precision)


@given(days)
def test_serials_round_trip(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert dates.from_serial(serial) == day
    assert dates.from_serial(serial - 1462, date1904=True) == day
    assert dates.from_serial(serial + 1) - day == timedelta(days=1)


@given(
    st.text(alphabet="0123456789.-/年月日号 :T十二〇", max_size=20) | st.text(max_size=20) | st.floats() | st.integers()
)
def test_any_other_input_is_refused_politely(written: object) -> None:
    try:
        assert 1900 <= dates.parse(written).value.year <= 2100
    except InvalidDate as refused:
        assert str(refused)
