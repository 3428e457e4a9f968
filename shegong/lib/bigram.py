"""Two-character tokens for Chinese text search.

A run of Chinese characters is cut into overlapping pairs, so that every word of two or more characters is found
wherever it stands (a dictionary segmenter loses names and cuts words differently in text and query). Latin letters and
digits form whole words. A phrase of adjacent pairs is the substring; runs are kept apart by a gap in the positions, so
no phrase reaches across a comma.
"""

import re
import unicodedata
from collections.abc import Iterator

_HAN = "〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_RUN = re.compile(f"[{_HAN}]+|[a-z0-9]+")
GAP = 2  # difference of positions between runs; adjacent pairs differ by 1


def normalise(text: str) -> str:
    """Half-width lower-case form on which tokens are made; compare with ILIKE on this form, not on the raw text."""
    return unicodedata.normalize("NFKC", text).lower()


def tokens(text: str) -> list[str]:
    """Tokens of a text in order, repeated as often as they occur."""
    return [token for token, _ in positioned(text)]


def positioned(text: str) -> Iterator[tuple[str, int]]:
    """(token, position) from 1; positions grow by one inside a run and by GAP between runs."""
    position = 1 - GAP
    for run in _RUN.findall(normalise(text)):
        position += GAP - 1
        for token in _pairs(run):
            position += 1
            yield token, position


def query_tokens(query: str) -> list[list[str]]:
    """What a text must contain: all of the phrases, each a list of tokens that must stand at adjacent positions.

    Words separated by blanks or punctuation are separate phrases. A single Chinese character gives a one-character token, which
    only name indexes hold (`name_tokens`); `is_too_short` tells so before asking.
    """
    return [list(_pairs(run)) for run in _RUN.findall(normalise(query))]


def is_too_short(query: str) -> bool:
    """Whether a text search cannot answer: no token, or a lone Chinese character."""
    phrases = query_tokens(query)
    return not phrases or any(len(phrase) == 1 and _is_han(phrase[0]) and len(phrase[0]) == 1 for phrase in phrases)


def name_tokens(name: str) -> list[str]:
    """Single characters and pairs of a name, so that one character is found too.

    Blanks and the dots of 买买提·艾力 are ignored.
    """
    joined = "".join(_RUN.findall(normalise(name)))
    return list(dict.fromkeys([token for run in _RUN.findall(joined) for token in (*_singles(run), *_pairs(run))]))


def _is_han(text: str) -> bool:
    return not text[0].isascii()


def _singles(run: str) -> list[str]:
    return list(run) if _is_han(run) else []


def _pairs(run: str) -> list[str]:
    if not _is_han(run) or len(run) == 1:
        return [run]
    return [run[start : start + 2] for start in range(len(run) - 1)]
