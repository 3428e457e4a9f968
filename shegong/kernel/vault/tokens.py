"""Blind search tokens: keyed hashes of character pairs, with positions. No database.

Semantics, exact: a text is brought to half-width lower case (NFKC); runs of letters and digits of any script are
words; a
query word of two or more characters matches where it stands as a *substring* of a word, as ``ILIKE '%word%'`` does:
Han,
Latin, digits and mixtures alike (``工伤``, ``ork`` in ``worker``, ``3号楼``). Several query words must all occur, in
any order
(ILIKE would ask for the blanks and signs between them too). Single characters are found in names only. Hash collisions
(48 bits) can add a wrong hit, about once in a thousand million words, never lose one.

The database sees hashes, their positions and frequencies, not characters; docs/concepts/vault.md says what that gives
away.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from shegong.lib import bigram, pinyin

from .keyring import SEARCH, MacKey, keyring

RUN = re.compile(r"[^\W_]+")
GAP = 2  # between words, so that no phrase reaches across a comma
MAX_POSITION = 16_000  # a tsvector keeps positions to 16,383 …
MAX_OCCURRENCES = 250  # … and 256 of them per lexeme; both are cut silently, so texts are parted before
OVERLAP = 64  # pairs repeated in the next part: the longest phrase that is asked as one
MAX_QUERY = 200
CACHE = 1 << 20


class TooShortError(ValueError):
    """A text search needs at least two characters."""


class TooLongError(ValueError):
    """A search text has at most 200 characters."""


class Lexemes(dict[str, str]):
    """Keyed hashes (8 characters) by what they stand for; a cache that starts anew when full."""

    def __init__(self, key: MacKey) -> None:
        super().__init__()
        self.key = key

    def __missing__(self, gram: str) -> str:
        if len(self) >= CACHE:
            self.clear()
        hashed = base64.urlsafe_b64encode(self.key.digest(gram.encode())[:6]).decode()
        self[gram] = hashed
        return hashed


_known: dict[int, Lexemes] = {}


def _lexemes(key: MacKey) -> Lexemes:
    found = _known.get(key.key_id)
    if found is None or found.key is not key:
        found = _known[key.key_id] = Lexemes(key)
    return found


def _active() -> Lexemes:
    return _lexemes(keyring().mac_key(SEARCH))


def key_id() -> int:
    """The id of the key that tokens are made with now; kept beside them."""
    return keyring().mac_key(SEARCH).key_id


# --- texts ----------------------------------------


def parts(text: str) -> list[str]:
    """The tsvector literals of a text: one, several overlapping ones for a long text, none for one without pairs."""
    normal = bigram.normalise(text)
    lexemes = _active()
    pairs = list(_pairs(normal))
    if len(pairs) <= MAX_OCCURRENCES:
        return [" ".join([f"{lexemes[pair]}:{position}" for pair, position in pairs])] if pairs else []
    return [
        " ".join([f"{lexemes[pair]}:{position - piece[0][1] + 1}" for pair, position in piece]) for piece in _cut(pairs)
    ]


def tokens(text: str) -> str:
    """The tsvector literal of a text short enough for one part. Raises TooLongError; long texts take ``parts``."""
    found = parts(text)
    if len(found) > 1:
        raise TooLongError("This text needs several search rows: use parts().")
    return found[0] if found else ""


def _pairs(normal: str) -> Iterator[tuple[str, int]]:
    position = 1
    for run in RUN.findall(normal):
        for start in range(len(run) - 1):
            yield run[start : start + 2], position
            position += 1
        position += GAP - 1


def _cut(pairs: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    start = 0
    while True:
        end = _reach(pairs, start)
        yield pairs[start:end]
        if end == len(pairs):
            return
        start = end - OVERLAP


def _reach(pairs: list[tuple[str, int]], start: int) -> int:
    """How far one part can go from here."""
    seen: Counter[str] = Counter()
    first = pairs[start][1]
    for index in range(start, len(pairs)):
        pair, position = pairs[index]
        seen[pair] += 1
        if position - first >= MAX_POSITION or seen[pair] > MAX_OCCURRENCES:
            return index
    return len(pairs)


def phrases(text: str) -> list[str]:
    """One tsquery per query word; a text matches when all do. Empty for an empty query.

    Raises TooShortError when no word has two characters (lone characters beside longer words are not asked), and
    TooLongError beyond 200 characters.
    """
    _refuse_long(text)
    runs = RUN.findall(bigram.normalise(text))
    wanted = [piece for run in runs if len(run) > 1 for piece in _windows(run)]
    if runs and not wanted:
        raise TooShortError(_("Type at least two characters in a row."))
    return [_under_every_key(_grams(piece)) for piece in dict.fromkeys(wanted)]


def query(text: str) -> str | None:
    """The tsquery that asks for all words in one search row; None for an empty query. Raises as ``phrases``."""
    found = phrases(text)
    return " & ".join(f"({phrase})" for phrase in found) if found else None


def _refuse_long(text: str) -> None:
    if len(text) > MAX_QUERY:
        raise TooLongError(_("Search for at most %(most)s characters.") % {"most": MAX_QUERY})


def _windows(run: str) -> Iterator[str]:
    """A word too long to be asked as one phrase is asked as overlapping ones."""
    longest = OVERLAP + 1
    for start in range(0, len(run) - 1, longest - 1):
        yield run[start : start + longest]


def _grams(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]


def _under_every_key(grams: list[str]) -> str:
    """While the search key rotates, rows carry hashes of the old key or the new one."""
    phrased = [
        "<->".join(f"'{lexemes[gram]}'" for gram in grams)
        for lexemes in (_lexemes(key) for key in keyring().mac_keys(SEARCH))
    ]
    return " | ".join(f"({phrase})" for phrase in phrased) if len(phrased) > 1 else phrased[0]


# --- names ----------------------------------------


def name_tokens(*names: str) -> str:
    """The tsvector literal of a person's or organisation's names: single characters, pairs, and the beginnings of
    pinyin and initials. Blanks and dots inside a name are ignored (买买提·艾力)."""
    lexemes = _active()
    placed: list[str] = []
    loose: set[str] = set()
    position = 1
    for name in names:
        joined = _joined(name)
        for gram in _grams(joined):
            placed.append(f"{lexemes[gram]}:{position}")
            position += 1
        position += GAP
        loose.update(joined)
        loose.update(["~" + key for key in pinyin.search_keys(name)])
    return " ".join([*placed, *[lexemes[each] for each in loose]])


def name_query(text: str) -> str | None:
    """The tsquery for a name, a part of one, a character, or the beginning of pinyin or initials; None when empty."""
    _refuse_long(text)
    joined = _joined(text)
    if not joined:
        return None
    grams = _grams(joined)[:OVERLAP] or [joined]
    asked = [_under_every_key(grams)]
    spelled = pinyin.normalise_query(text)
    if spelled and joined.isascii():
        asked.append(_under_every_key(["~" + spelled]))
    return " | ".join(f"({each})" for each in asked)


def _joined(name: str) -> str:
    return "".join(RUN.findall(bigram.normalise(name)))


def all_of(queries: Iterable[str]) -> str:
    """Several tsqueries as one."""
    return " & ".join(f"({each})" for each in queries)
