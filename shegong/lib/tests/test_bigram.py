"""Bigram tokens find exactly the substrings."""

from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import bigram

texts = st.text(alphabet="工伤认定职业病，。 a4", max_size=30)
words = st.text(alphabet="工伤认定职业病", min_size=2, max_size=5)


def matches(text: str, query: str) -> bool:
    """What a database does with positions and the phrase operator <->."""
    standing = set(bigram.positioned(text))
    starts = [position for _, position in standing]
    return all(
        any(all((token, start + step) in standing for step, token in enumerate(phrase)) for start in starts)
        for phrase in bigram.query_tokens(query)
    )


def test_tokens_of_mixed_text() -> None:
    assert bigram.tokens("工伤认定，A4纸２份") == [
        "工伤",
        "伤认",
        "认定",
        "a4",
        "纸",
        "2",
        "份",
    ]
    assert list(bigram.positioned("工伤，认定")) == [("工伤", 1), ("认定", 3)]


@given(texts, words)
def test_a_phrase_matches_exactly_the_texts_that_contain_it(text: str, word: str) -> None:
    assert matches(text, word) == (word in text)


@given(texts, words)
def test_no_hit_is_lost_whatever_surrounds_it(text: str, word: str) -> None:
    assert matches(text + word, word) and matches(f"{word},{text}", word)


def test_no_phrase_reaches_across_a_comma() -> None:
    assert not matches("工伤，伤认", "工伤认")
    assert matches("工伤，认定", "认定 工伤"), "words apart may stand in any order"


def test_one_character_is_too_short_for_texts_but_found_in_names() -> None:
    assert bigram.is_too_short("工") and bigram.is_too_short("") and bigram.is_too_short("，")
    assert not bigram.is_too_short("工伤") and not bigram.is_too_short("a")
    assert {"王", "伟", "王伟"} == set(bigram.name_tokens("王伟"))
    assert "提艾" in bigram.name_tokens("买买提·艾力")


def test_rare_characters_beyond_the_basic_plane_are_tokens() -> None:
    assert bigram.tokens("𠮷野〇") == ["𠮷野", "野〇"]
