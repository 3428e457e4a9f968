"""The seeded errors: about one entry in a hundred carries one, of every kind that real registers carry."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from shegong.lib.idcard import CHECKS

from .style import Style, Written
from .truth import Aid
from .words import TEXT_AMOUNTS, UNKNOWN_FORMS

SHARE = 0.01
KINDS = (
    "bad_date", "month_only", "id_as_number", "id_checksum", "concluded_before_accepted", "negative_amount", "text_amount",
    "unknown_form", "missing_applicant", "duplicate_number",
)  # fmt: skip


@dataclass(frozen=True)
class Slip:
    """One error: which field of which entry, what was written instead."""

    kind: str
    name: str
    written: Written


def slips(rng: random.Random, style: Style, found: list[Aid]) -> dict[int, Slip]:
    """Errors of one office by the entry's position, every kind in turn; at most one on an entry."""
    wanted = max(len(KINDS), round(len(found) * SHARE)) if len(found) > 3 * len(KINDS) else 0
    made: dict[int, Slip] = {}
    free = list(range(len(found)))
    rng.shuffle(free)
    turn = style.index
    for _ in range(wanted):
        kind = KINDS[turn % len(KINDS)]
        turn += 1
        for at in free:
            slip = _slip(rng, style, kind, found, at, made) if at not in made else None
            if slip is not None:
                made[at] = slip
                break
    return {at: slip for at, slip in made.items() if slip.kind}


def _slip(rng: random.Random, style: Style, kind: str, found: list[Aid], at: int, made: dict[int, Slip]) -> Slip | None:
    """An error of this kind on this entry, or None where the entry cannot carry it."""
    aid = found[at]
    if kind.startswith("id_"):
        return _id(rng, style, kind, aid) if aid.has_id else None
    if kind.endswith("_amount"):
        return _amount(rng, kind, aid) if aid.recovered_fen else None
    if kind == "duplicate_number":
        return _duplicate(rng, found, at, made)
    if kind == "concluded_before_accepted":
        return _too_early(rng, style, aid) if aid.concluded_on else None
    if kind == "unknown_form":
        return Slip(kind, "form", Written("text", rng.choice(UNKNOWN_FORMS)))
    if kind == "missing_applicant":
        return Slip(kind, "applicant_name", Written("text", ""))
    return Slip(kind, "accepted_on", Written("text", _date_text(rng, kind, aid.accepted_on)))


def _date_text(rng: random.Random, kind: str, day: dt.date) -> str:
    if kind == "month_only":
        return f"{day.year}年{day.month}月"
    short, turned = f"{day:%y}.{day.month}.{day.day}", f"{day.day}/{day.month}/{day.year}"
    return rng.choice((f"{day.year}.13.{day.day}", f"{day.year}年2月30日", short, turned, "去年底"))


def _id(rng: random.Random, style: Style, kind: str, aid: Aid) -> Slip:
    number = aid.applicant.id_number
    if kind == "id_checksum":
        wrong = rng.choice([c for c in CHECKS if c != number[-1]])
        return Slip(kind, "id_number", Written("text", number[:-1] + wrong))
    as_number = float(number[:17] + "0")
    return Slip(
        kind, "id_number", Written("text", f"{as_number:.5E}") if style.is_text else Written("number", as_number)
    )


def _amount(rng: random.Random, kind: str, aid: Aid) -> Slip:
    if kind == "text_amount":
        return Slip(kind, "recovered_fen", Written("text", rng.choice(TEXT_AMOUNTS)))
    return Slip(kind, "recovered_fen", Written("text", f"-{aid.recovered_fen // 100}元"))


def _too_early(rng: random.Random, style: Style, aid: Aid) -> Slip:
    return Slip(
        "concluded_before_accepted", "concluded_on", style.day(aid.accepted_on - dt.timedelta(days=rng.randint(2, 300)))
    )


def _duplicate(rng: random.Random, found: list[Aid], at: int, made: dict[int, Slip]) -> Slip | None:
    """The number of one of the entries above, which itself is in order and stays so."""
    above = [i for i in range(max(0, at - 30), at) if i not in made]
    if not above or any(s.kind == "duplicate_number" and s.written.value == found[at].number for s in made.values()):
        return None
    first = rng.choice(above)
    made[first] = Slip("", "", Written("text", ""))  # keeps the first of the two free of errors
    return Slip("duplicate_number", "number", Written("text", found[first].number))
