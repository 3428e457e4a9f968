"""DECIDE: are these two records one person? Is this code acceptable? Pure: values in, a verdict with its reasons out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from shegong.lib import creditcode, pinyin
from shegong.lib.errors import N_

PROPOSE_FROM = 60  # points; below it two records are not shown to anybody as possible duplicates

#: Reason → (points, sentence). Points below zero speak against.
REASONS: dict[str, tuple[int, str]] = {
    "same_name": (40, N_("same name")),
    "other_name": (35, N_("the name of one is another name of the other")),
    "same_sound": (25, N_("names that sound the same")),
    "one_character": (25, N_("names that differ in one character")),
    "same_phone": (35, N_("same phone")),
    "same_birth": (35, N_("born on the same day")),
    "from_15": (30, N_("one ID number was converted from 15 digits")),
    "other_birth": (-40, N_("born on different days")),
    "other_sex": (-25, N_("different sex")),
    "other_number": (-40, N_("two different ID numbers")),
}
_DOTS = re.compile(r"[\s·•・‧∙.]+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is compared. ``phone``: any value equal for equal numbers (its blind index). ``number``: the ID number or ""."""

    name: str
    birth_on: dt.date | None = None
    sex: str = "0"
    phone: bytes | None = None
    number: str = ""
    from_15: bool = False
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Likelihood:
    """``score`` in points, at most 100, and the codes of ``REASONS`` that made it, the weightiest first."""

    score: int
    reasons: tuple[str, ...]

    @property
    def worth_a_look(self) -> bool:
        return self.score >= PROPOSE_FROM


def plain_name(name: str) -> str:
    """A name for comparison: half-width, no blanks, no middle dots, lower case."""
    return _DOTS.sub("", unicodedata.normalize("NFKC", name)).lower()


def same_name(one: str, other: str) -> bool:
    """Whether two names are written the same but for blanks, dots and width."""
    return one == other or plain_name(one) == plain_name(other)


def split_names(text: str) -> tuple[str, ...]:
    """Other names as people list them: by comma, semicolon, slash or line."""
    return tuple(filter(None, (part.strip() for part in re.split(r"[,，、;；/\n]+", text))))


def compare(one: Likeness, other: Likeness) -> Likelihood:
    """How likely two records are the same person. Symmetric."""
    found = [code for code in (_names(one, other), *_births(one, other), *_numbers(one, other)) if code]
    if one.phone and one.phone == other.phone:
        found.append("same_phone")
    if {one.sex, other.sex} == {"1", "2"}:
        found.append("other_sex")
    found.sort(key=lambda code: (-abs(REASONS[code][0]), code))
    score = sum(REASONS[code][0] for code in found)
    return Likelihood(max(0, min(100, score)), tuple(found))


def _names(one: Likeness, other: Likeness) -> str:
    a, b = plain_name(one.name), plain_name(other.name)
    if a == b:
        return "same_name"
    others = {plain_name(n) for n in one.other_names} | {plain_name(n) for n in other.other_names}
    if a in others or b in others:
        return "other_name"
    if pinyin.full(one.name) and pinyin.full(one.name) == pinyin.full(other.name):
        return "same_sound"
    # names of two characters that share one are mostly siblings or couples on one phone
    if len(a) == len(b) >= 3 and sum(x != y for x, y in zip(a, b, strict=True)) == 1:
        return "one_character"
    return ""


def _births(one: Likeness, other: Likeness) -> tuple[str, ...]:
    if not (one.birth_on and other.birth_on):
        return ()
    return ("same_birth",) if one.birth_on == other.birth_on else ("other_birth",)


def _numbers(one: Likeness, other: Likeness) -> tuple[str, ...]:
    """Two different valid numbers speak against one person, unless one was converted. A slip of the pen does not make a second
    valid number: the check character catches it."""
    if not (one.number and other.number) or one.number == other.number:
        return ()
    return ("from_15",) if one.from_15 or other.from_15 else ("other_number",)


@dataclass(frozen=True, slots=True)
class CodeVerdict:
    """``code``: in its canonical form, "" for none. ``error``: sentence to translate, with ``params``."""

    code: str
    overridden: bool = False
    error: str = ""
    params: tuple[tuple[str, object], ...] = ()


def credit_code_of(text: str, override: str) -> CodeVerdict:
    """A unified social credit code (GB 32100). A failing check character passes with a reason of five characters or more."""
    if not text.strip():
        return CodeVerdict("")
    try:
        return CodeVerdict(creditcode.parse(text).code)
    except creditcode.InvalidCode as error:
        if error.code in ("checksum", "body_checksum") and len(override.strip()) >= 5:
            return CodeVerdict(creditcode.normalise(text), overridden=True)
        return CodeVerdict("", error=error.message, params=tuple(error.params.items()))


# --- the union tree -----------------------------------------------------------------------------------------------------
#: Kind → kinds it may hang under. What is not here stands outside the union tree (partner agencies, law firms).
MAY_HANG_UNDER: dict[str, frozenset[str]] = {
    "city": frozenset({"province"}),
    "county": frozenset({"city"}),
    "town": frozenset({"county", "city"}),  # Dongguan and Zhongshan have no districts (domain.md 3.3)
    "industry": frozenset({"province", "city", "county"}),
    "new_biz": frozenset({"province", "city", "county", "town"}),
    "base": frozenset({"province", "city", "county", "town", "industry", "new_biz", "base"}),
    "station": frozenset({"province", "city", "county", "town", "industry", "new_biz", "base", "centre"}),
    "centre": frozenset({"province", "city", "county"}),
    "workshop": frozenset({"city", "county", "town", "industry", "new_biz", "base", "station", "centre"}),
}
OUTSIDE = frozenset({"partner", "firm"})


def may_hang(kind: str, parent_kind: str, *, outside: bool = False) -> str:
    """Why an organisation of ``kind`` cannot stand there (a sentence to translate); "" when it can."""
    if outside:
        return "" if kind in OUTSIDE else N_("Only partner agencies and law firms stand outside the union tree.")
    if kind in OUTSIDE:
        return N_("Partner agencies and law firms stand outside the union tree.")
    if parent_kind not in MAY_HANG_UNDER.get(kind, frozenset()):
        return N_("An organisation of this kind cannot hang under that one.")
    return ""
