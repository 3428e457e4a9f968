"""WRITE: the worker's own rating, by a one-time code. No deed of staff can write it, nobody can guess a code.

The code is eight characters of 31 that cannot be mistaken for one another (8.5 × 10¹¹ codes); the database holds a keyed
digest only. Wrong codes count per address and hour, and over the whole house; the counter runs before the look-up.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.orgs.reach import Actor, today, widened
from shegong.kernel.vault.fields import blind, blind_all

from ..models import Case, Rating, RatingTry
from ..queries.ratings import CODE_PURPOSE, is_staff, normal_code
from ._file import place_of

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
VALID_DAYS = 30
TRIES_PER_ADDRESS = 10  # wrong codes an hour
TRIES_OF_ALL = 2000
HOUSE = b"\0" * 24
SCORES = ("overall", "attitude", "speed", "result")


@dataclass(frozen=True)
class Found:
    """What a code opens, before anything is answered: no name, no number, only who asks and since when."""

    rating_id: UUID
    path: str
    place: str
    asked_on: dt.date


def new_code() -> str:
    """A fresh code."""
    return "".join(secrets.choice(ALPHABET) for _each in range(LENGTH))


def invite(actor: Actor, case: Case) -> tuple[Rating, str]:
    """Ask for a rating of this case: the row and the code in clear, shown once (it rests nowhere in clear).

    An open invitation gets a new code and the old one is dead; a rating that was given stays, and the code is "".
    """
    code = new_code()
    with widened(case.org_path):
        rating = Rating.objects.select_for_update().filter(case=case).first()
        if rating is not None and rating.state == "given":
            return rating, ""
        rating = rating or Rating(case=case, asked_on=today(), **place_of(case))
        rating.worker_id, rating.line = case.worker_id, case.line
        rating.code_digest = blind(CODE_PURPOSE, code)
        rating.expires_on = today() + dt.timedelta(days=VALID_DAYS)
        rating.save()
    return rating, code


@action("casework.case.renew_invite")
def renew_invite(actor: Actor, case: Case) -> Done:
    """A new code for a lost or expired one; the old one stops working. The code is on ``case.shown_once`` of what is returned."""
    rating, code = invite(actor, case)
    if not code:
        raise Refused(_("The worker has rated this case already."))
    return Done(case, touched=[rating], shown_once={"rating_code": code})


@action("casework.rating.give")
def give_rating(
    actor: Actor, rating: Rating, *, overall: int, attitude: int, speed: int, result: int, comment: str = ""
) -> Done:
    """The worker's answer, once. Only who holds the code may (``extra["rating_code"]`` of the actor); see ``rate``."""
    for name, score in zip(SCORES, (overall, attitude, speed, result), strict=True):
        if score not in range(1, 6):
            raise Refused(_("Choose one to five stars."), field=name)
        setattr(rating, name, score)
    rating.comment = comment.strip()[:1000] or None
    rating.given_on = today()
    # the code is used up: its digest gives way to one that no code has
    rating.code_digest = secrets.token_bytes(24)
    return Done(rating)


# --- the worker's door ------------------------------------------------------------------------------------------------
class TooManyTries(Refused):
    """Too many wrong codes from this address, or in the whole house, within the hour."""

    status = 429


def look_up(code: str, address: str) -> Found | None:
    """What a code opens; None for a wrong, used or expired one alike. Raises ``TooManyTries``."""
    _count_try(address)
    typed = normal_code(code)
    if len(typed) != LENGTH or set(typed) - set(ALPHABET):
        return None
    with connection.cursor() as cursor:
        cursor.execute("select * from casework_rating_by_code(%s::bytea[])", [blind_all(CODE_PURPOSE, typed)])
        row = cursor.fetchone()
    if row is None:
        return None
    _forgive_try(address)
    return Found(*row)


def rate(actor: Actor, code: str, **answers: object) -> Rating:
    """Give the rating that ``code`` opens. Raises ``NotAllowed`` for staff, ``Refused`` for a code that opens nothing."""
    if is_staff(actor):
        raise NotAllowed(_("Only the worker herself rates. Sign out and hand the device over, or give her the code."))
    found = look_up(code, actor.address)
    if found is None:
        raise Refused(_("This code is not valid, or not valid any more. Ask the office for a new one."), field="code")
    holder = actor.working_as(extra={**actor.extra, "rating_code": normal_code(code)})
    with widened(found.path):
        rating = Rating.objects.get(pk=found.rating_id)
        return give_rating(holder, rating, **answers)  # type: ignore[no-any-return]


def _hour() -> dt.datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def _keys(address: str) -> list[bytes]:
    """The two counters of a try: the address as a keyed hash, and the house."""
    return [blind("casework.rating.address", address or "-"), HOUSE]


def _count_try(address: str) -> None:
    """Count first, then look: parallel guesses queue up at the row of their address."""
    counts = []
    with connection.cursor() as cursor:
        for key in _keys(address):
            cursor.execute(
                f"insert into {RatingTry._meta.db_table} as t (address, hour, count) values (%s, %s, 1) "
                "on conflict (address, hour) do update set count = t.count + 1 returning count",
                [key, _hour()],
            )
            counts.append(cursor.fetchone()[0])
    if counts[0] > TRIES_PER_ADDRESS or counts[1] > TRIES_OF_ALL:
        raise TooManyTries(_("Too many wrong codes were tried. Wait an hour, or ask the office."), field="code")


def _forgive_try(address: str) -> None:
    for key in _keys(address):
        RatingTry.objects.filter(address=key, hour=_hour(), count__gt=0).update(count=F("count") - 1)


def forget_tries(before: dt.datetime | None = None) -> int:
    """Delete counters older than a day. For the keeper."""
    return _forget_before(before or timezone.now() - dt.timedelta(days=1))


def _forget_before(limit: dt.datetime) -> int:
    return RatingTry.objects.filter(hour__lt=limit).delete()[0]
