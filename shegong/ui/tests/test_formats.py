"""What people read: exact, in both languages, nothing rounded silently."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from shegong.ui import formats

NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # 00:30 on the 23rd in China


def test_an_instant_shows_the_day_it_is_in_china():
    assert formats.day(NOW) == "2026-11-23"
    assert formats.datetime_zh(NOW) == "2026-11-23 00:30"
    assert formats.datetime_zh(NOW.astimezone(timezone(timedelta(hours=-5)))) == "2026-11-23 00:30"


def test_an_instant_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        formats.datetime_zh(datetime(2026, 1, 1, 8))


def test_dates_in_running_text_follow_the_language():
    with translation.override("zh-hans"):
        assert formats.date_zh(date(2026, 11, 2)) == "2026年11月2日"
    with translation.override("en"):
        assert formats.date_zh(date(2026, 11, 2)) == "2 November 2026"


@pytest.mark.parametrize(
    "shape",
    [
        formats.day,
        formats.date_zh,
        formats.datetime_zh,
        formats.yuan,
        formats.wan,
        formats.number,
        formats.percent,
        formats.points,
        formats.due,
        formats.since,
        formats.mask,
    ],
)
def test_nothing_is_shown_as_a_dash(shape):
    assert shape(None) == "—"


@given(st.integers(-(10**14), 10**14))
def test_yuan_loses_no_fen(fen):
    shown = formats.yuan(fen, unit=False)
    assert int(Decimal(shown.replace(",", "")) * 100) == fen


@given(st.integers(0, 10**14))
def test_wan_carries_the_exact_amount_beside_it(fen):
    assert formats.yuan(fen) in formats.wan(fen)


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (0, None, "0"),
        (12345678.9, 2, "12,345,678.90"),
        (2.5, 0, "3"),
        (-1234, None, "-1,234"),
        (Decimal("1E+3"), None, "1,000"),
        (0.125, 2, "0.13"),
    ],
)
def test_numbers_round_half_up_and_group_thousands(value, decimals, shown):
    assert formats.number(value, decimals) == shown


def test_percentage_points_are_named_and_signed():
    with translation.override("en"):
        assert formats.points(0.012) == "+1.2 percentage points"
        assert formats.points(-0.012) == "-1.2 percentage points"
        assert formats.points(0) == "0.0 percentage points"


def test_an_unknown_qualifier_is_a_mistake():
    assert [formats.qualifier(sign) for sign in ("", None, "exact", "at_least", "about", "below")] == [
        "",
        "",
        "",
        "≥",
        "≈",
        "<",
    ]
    with pytest.raises(KeyError):
        formats.qualifier("maybe")


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1000, "1,000"), (1001, "1,000+")])
def test_counts_stop_at_their_cap(count, shown):
    assert formats.capped(count) == shown


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (-2, "2 days overdue", "bad"),
        (-1, "1 day overdue", "bad"),
        (0, "Due today", "warn"),
        (1, "Due in 1 day", "warn"),
        (3, "Due in 3 days", "warn"),
        (4, "Due in 4 days", "plain"),
    ],
)
def test_deadlines_in_words_and_tone(days, words, tone):
    today = date(2026, 11, 22)
    with translation.override("en"):
        assert formats.due(today + timedelta(days=days), today) == words
    assert formats.due_tone(today + timedelta(days=days), today) == tone


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "Just now"), (60, "1 minute ago"), (7199, "1 hour ago"), (86400 * 6, "6 days ago"), (86400 * 7, "2026-11-16")],
)
def test_how_long_ago(seconds, words):
    with translation.override("en"):
        assert formats.since(NOW - timedelta(seconds=seconds), NOW) == words
