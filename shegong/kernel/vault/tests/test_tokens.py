"""Blind tokens: what is hashed, where it stands, and what a query asks."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shegong.kernel.vault import keyring, tokens

LETTERS = "工伤认定欠薪abAB12"


def positions(literal):
    return [(lexeme, int(position)) for lexeme, position in (each.split(":") for each in literal.split())]


def test_tokens_hold_no_character_of_the_text(keys):
    literal = tokens.tokens("工伤认定WORKER")
    assert re.fullmatch(r"([A-Za-z0-9_-]{8}:\d+ ?)+", literal)
    assert not re.search("[\u3400-\u9fff]", literal)


def test_pairs_stand_at_adjacent_positions_and_words_apart(keys):
    literal = tokens.tokens("工伤认，定x")
    assert [position for _, position in positions(literal)] == [1, 2, 4]
    assert positions(tokens.tokens("ＡＢ")) == positions(tokens.tokens("ab"))


def test_the_hash_needs_the_key(keys):
    before = tokens.tokens("工伤")
    assert tokens.tokens("工伤") == before
    keyring.add_key(keys, "search")
    keyring.refresh()
    assert tokens.tokens("工伤") != before
    assert before.split(":")[0] in tokens.query("工伤")


def test_a_text_without_pairs_has_no_parts(keys):
    assert tokens.parts("") == tokens.parts("，。！ 我") == []


def test_queries_are_quoted_and_cannot_carry_operators(keys):
    assert re.fullmatch(r"[A-Za-z0-9_'()<> &|-]+", tokens.query("a'b | !cd:* & ef<->gh 工伤"))
    assert tokens.query("  ，  ") is None
    assert tokens.phrases("") == []


def test_too_short_and_too_long_queries_are_refused(keys):
    for text in ("工", "a", "工 a，1"):
        with pytest.raises(tokens.TooShortError):
            tokens.query(text)
    assert len(tokens.phrases("工 工伤")) == 1
    for ask in (tokens.query, tokens.name_query):
        with pytest.raises(tokens.TooLongError):
            ask("工" * 201)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.text(LETTERS + "，", min_size=1, max_size=40), min_size=1, max_size=12), st.integers(1, 60))
def test_long_texts_are_parted_within_the_limits_and_lose_no_phrase(keys, pieces, repeats):
    text = "，".join(pieces) * repeats
    parts = [positions(part) for part in tokens.parts(text)]
    for part in parts:
        assert max(position for _, position in part) <= 16383
        counts = {}
        for lexeme, _ in part:
            counts[lexeme] = counts.get(lexeme, 0) + 1
        assert max(counts.values()) <= 256
    for run in re.findall(f"[{LETTERS}]+", text.lower()):
        phrase = run[-65:]
        wanted = [lexeme for lexeme, _ in positions(tokens.tokens(phrase))] if len(phrase) > 1 else []
        if wanted:
            assert any(holds(part, wanted) for part in parts)


def holds(part, wanted):
    standing = set(part)
    return any(
        all((lexeme, start + offset) in standing for offset, lexeme in enumerate(wanted))
        for lexeme0, start in part
        if lexeme0 == wanted[0]
    )


def test_a_text_of_more_positions_than_a_tsvector_has_is_parted(keys):
    text = "".join(chr(0x4E00 + n) for n in range(20_000))
    parts = tokens.parts(text)
    assert len(parts) == 2
    with pytest.raises(tokens.TooLongError):
        tokens.tokens(text)


def test_a_long_word_is_asked_as_overlapping_phrases(keys):
    word = "".join(chr(0x4E00 + n) for n in range(130))
    asked = [phrase.count("<->") + 1 for phrase in tokens.phrases(word)]
    assert asked == [64, 64, 1]
