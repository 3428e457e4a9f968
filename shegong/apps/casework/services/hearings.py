"""WRITE: hearings of a case: planned, postponed, held."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.reach import SHANGHAI, Actor

from ..models import Case, Hearing
from ._file import need_text, place_of, tell_one
from ._ties import tied_now

KINDS = {"mediation", "arbitration", "court"}
HOURS = (dt.time(6), dt.time(22))


@action("casework.case.add_hearing")
def add_hearing(
    actor: Actor, case: Case, *, kind: str, at: dt.datetime, forum: str, forum_number: str = "", place: str = ""
) -> Done:
    """Enter a hearing; everybody at work on the case is told. Raises ``Refused`` for a day past or an hour of the night."""
    if kind not in KINDS:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": kind}, field="kind")
    made = Hearing.objects.create(
        case=case, kind=kind, at=_to_come(at), forum=need_text(forum, "forum")[:80], forum_number=forum_number.strip()[:40],
        place=place.strip()[:120], by_id=actor.user_id, **place_of(case),
    )  # fmt: skip
    _tell(actor, case, made, gettext_noop("Hearing in case %(number)s: %(at)s, %(forum)s."))
    return Done(case, touched=[made], changes={"hearing": [None, str(made.pk)]})


@action("casework.hearing.postpone")
def postpone_hearing(actor: Actor, hearing: Hearing, *, at: dt.datetime, reason: str) -> Done:
    """Another day; the one planned before is kept."""
    hearing.moved_from, hearing.at, hearing.reminded_on = hearing.at, _to_come(at), None
    _tell(actor, hearing.case, hearing, gettext_noop("The hearing in case %(number)s was postponed to %(at)s, %(forum)s."))
    return Done(hearing, reason=need_text(reason, "reason"))


@action("casework.hearing.hold")
def hold_hearing(actor: Actor, hearing: Hearing, *, outcome: str) -> Done:
    """It took place: what happened."""
    if hearing.at.astimezone(SHANGHAI).date() > timezone.now().astimezone(SHANGHAI).date():
        raise Refused(_("This hearing is still to come."))
    hearing.outcome = need_text(outcome, "outcome")
    return Done(hearing)


@action("casework.hearing.cancel")
def cancel_hearing(actor: Actor, hearing: Hearing, *, reason: str) -> Done:
    """It does not take place."""
    _tell(actor, hearing.case, hearing, gettext_noop("The hearing in case %(number)s on %(at)s, %(forum)s, was cancelled."))
    return Done(hearing, reason=need_text(reason, "reason"))


def _to_come(at: dt.datetime) -> dt.datetime:
    when = at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
    if when < timezone.now():
        raise Refused(_("This day has passed; enter today or a later day."), field="at")
    if not HOURS[0] <= when.astimezone(SHANGHAI).time() <= HOURS[1]:
        raise Refused(_("No hearing is at this hour; enter the time as 14:30."), field="at")
    return when


def _tell(actor: Actor, case: Case, hearing: Hearing, text: str) -> None:
    at = hearing.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    told = {case.worker_id, *tied_now(case).values_list("user_id", flat=True)}
    for user in sorted(filter(None, told)):
        tell_one(case, user, actor, text, at=at, forum=hearing.forum)
