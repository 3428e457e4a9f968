"""READ: whether a rating was asked for and given, and what ratings add up to. One person's answers are never shown alone."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

import segno
from django.db.models import Avg, Count, Q, QuerySet

from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today, within
from shegong.kernel.orgs.roles import all_roles
from shegong.kernel.vault.fields import blind_all
from shegong.registry.policy import ABOVE, FIELD

from ..models import Rating
from ..policy import RATING

CODE_PURPOSE = "casework.rating.code"
LEAST_ANSWERS = 5  # fewer could point at who answered


@reads(RATING)
def ratings(actor: Actor, deed: str = "casework.rating.give") -> QuerySet[Rating]:
    """None by list: a rating is reached by its code only."""
    return Rating.objects.all() if actor.system else Rating.objects.none()


@relates(RATING)
def ties_of_rating(actor: Actor, rating: Rating) -> frozenset[str]:
    """ "code_holder": who brings the code of this very rating, unexpired, and is no member of staff."""
    code = actor.extra.get("rating_code", "")
    if not code or is_staff(actor) or rating.expires_on < today():
        return frozenset()
    fits = bytes(rating.code_digest) in blind_all(CODE_PURPOSE, normal_code(code))
    return frozenset({"code_holder"}) if fits else frozenset()


def is_staff(actor: Actor) -> bool:
    """Whether the actor holds any post of staff; a worker's own account does not count."""
    known = all_roles()
    return any(p.role not in known or known[p.role].staff for p in actor.posts)


def normal_code(typed: str) -> str:
    """A code as typed from paper: without blanks and strokes, upper case, half width."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())[:32]


# --- how it went ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Summary:
    """Ratings asked for in a period. Scores are None where hidden: below five answers, or to protect a smaller neighbour."""

    label: str
    asked: int
    given: int
    overall: float | None
    attitude: float | None
    speed: float | None
    result: float | None
    worker_id: int | None = None

    @property
    def hidden(self) -> bool:
        return self.overall is None and self.given > 0

    @property
    def response_rate(self) -> float | None:
        """Share of those asked who answered; stands beside every score."""
        return self.given / self.asked if self.asked else None


_NUMBERS = {
    "asked": Count("pk"), "given": Count("pk", filter=Q(state="given")), "overall": Avg("overall"),
    "attitude": Avg("attitude"), "speed": Avg("speed"), "result": Avg("result"),
}  # fmt: skip


def _cohort(actor: Actor, org: Org | None, first: dt.date, last: dt.date) -> QuerySet[Rating]:
    """Ratings asked for between two days within the actor's reach. A code that still runs counts as asked for."""
    found = Rating.objects.filter(within(actor.prefixes(FIELD | ABOVE)), asked_on__range=(first, last))
    return found.filter(within([org.path])) if org is not None else found


def _shown(summary: Summary) -> Summary:
    if summary.given >= LEAST_ANSWERS:
        return summary
    return replace(summary, overall=None, attitude=None, speed=None, result=None)


def ratings_by_worker(actor: Actor, first: dt.date, last: dt.date, *, org: Org | None = None) -> list[Summary]:
    """One row per worker. Where a single small row is hidden, the next smallest is hidden too: else the total tells it."""
    groups = _cohort(actor, org, first, last).order_by().values("worker_id", "worker__name").annotate(**_NUMBERS)
    named: list[dict[str, Any]] = list(groups.order_by("worker__name", "worker_id"))  # type: ignore[arg-type]
    rows = [_shown(Summary(g.pop("worker__name") or "", **g)) for g in named]
    hidden = [i for i, r in enumerate(rows) if r.hidden]
    if len(hidden) == 1:
        open_rows = sorted((r.given, i) for i, r in enumerate(rows) if r.given and not r.hidden)
        if open_rows:
            i = open_rows[0][1]
            rows[i] = replace(rows[i], overall=None, attitude=None, speed=None, result=None)
    return rows


# --- the slip ---------------------------------------------------------------------------------------------------------
def qr_source(address: str) -> str:
    """A QR code of an address as the ``src`` of a picture: SVG in a data: address, which the content policy lets through."""
    return segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2)  # type: ignore[no-any-return]


def slip_of(actor: Actor, code: str) -> Rating | None:
    """The asked rating a code belongs to, within a staff actor's reach: to print the slip that was just made."""
    digests = blind_all(CODE_PURPOSE, normal_code(code))
    found = Rating.objects.filter(within(actor.prefixes(FIELD)), state="asked", code_digest__in=digests)
    return found.select_related("org", "case").first()
