"""WRITE: duty rosters (S40) — filled by ``shegong.lib.roster``, changed by hand within the hard rules, published, swapped,
logged."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today, widened
from shegong.lib import calendar, roster

from ..models import Duty, DutyRoster, Lawyer, Station
from ..policy import DUTY, LAWYER
from ..policy.duty import AHEAD, CANCELLED, PUBLISHED, SWAPPED
from ..queries.duty import RULES, board_of, broken_now, broken_rule, month_span, myself, standing, who_can
from ..queries.stations import hours_between, open_places
from ._file import need_past, need_text, place_of

MOST_MINUTES, MOST_CONSULTATIONS = 24 * 60, 500


@action("casework.duty_roster.plan")
def plan_roster(actor: Actor, place: Org, *, month: dt.date, week_limit: int = 2, month_limit: int = 8) -> DutyRoster:
    """Open the roster of a month, empty. Raises ``Refused`` for a month that has passed or has one, or whose holidays are
    not known."""
    first = month.replace(day=1)
    _need_calendar(first)
    if first < today().replace(day=1):
        raise Refused(_("This month has passed."), field="month")
    if DutyRoster.objects.filter(org=place, month=first).exists():
        raise Refused(_("This month has a roster already."), field="month")
    found = DutyRoster(org=place, org_path=place.path, month=first)
    _limit(found, week_limit, month_limit)
    found.save(force_insert=True)
    return found


@action("casework.duty_roster.generate")
def generate_roster(actor: Actor, found: DutyRoster, *, week_limit: int, month_limit: int) -> Done:
    """Fill the draft: every place in service on every day it is open. Duties set by hand stay; all others are made anew. What
    cannot be filled stays open, and the roster's page says why. Raises ``Refused`` where no place is open in that month, or its
    holidays are not known."""
    _need_calendar(found.month)
    _limit(found, week_limit, month_limit)
    first, last = month_span(found.month)
    Duty.objects.filter(roster=found, fixed=False).delete()
    fixed = list(Duty.objects.filter(roster=found).exclude(state=CANCELLED))
    places = {p.pk: p for p in open_places(found.org_id, first, last)}
    hours = {k: h for k, h in hours_between(places.values(), first, last).items() if h.needed}
    if not hours and not fixed:
        raise Refused(
            _("No service point is open in this month: set the opening hours and how many lawyers they need.")
        )
    taken: dict[tuple[Any, dt.date], set[int]] = {}
    for duty in Duty.objects.filter(roster=found):
        taken.setdefault((duty.station_id, duty.day), set()).add(duty.seat)
    seats = {key: [n for n in range(1, h.needed + 1) if n not in taken.get(key, set())] for key, h in hours.items()}
    shifts = [roster.Shift(str(pk), day, len(free)) for (pk, day), free in seats.items() if free]
    board = board_of(found, shifts, [d for d in fixed if d.lawyer_id])
    answer = roster.solve(board.problem)
    given: dict[tuple[str, dt.date], list[str]] = {}
    for one in answer.duties:
        given.setdefault((one.place, one.day), []).append(one.person)
    news = []
    for (pk, day), free in seats.items():
        who = [*given.get((str(pk), day), []), *[None] * len(free)]
        at = hours[pk, day]
        for seat, person in zip(free, who, strict=False):
            lawyer = board.lawyers[person] if person else None
            news.append(
                Duty(
                    roster=found,
                    station_id=pk,
                    day=day,
                    seat=seat,
                    opens=at.opens,
                    closes=at.closes,
                    lawyer=lawyer,
                    **place_of(found),
                )
            )
    Duty.objects.bulk_create(news)
    score = answer.score
    found.best = {
        "proven": answer.proven, "unfilled": score.unfilled, "spread": f"{float(score.spread):.2f}",
        "squares": f"{float(score.squares):.2f}", "wishes": score.wishes, "far": score.far,
    }  # fmt: skip
    return Done(found, changes={"duties": [None, len(news)], "open": [None, score.unfilled]})


@action("casework.duty_roster.add_duty")
def add_duty(
    actor: Actor,
    found: DutyRoster,
    *,
    station: Station,
    day: dt.date,
    opens: dt.time,
    closes: dt.time,
    lawyer: Lawyer | None = None,
) -> Done:
    """One more seat: a day out of hours, a second lawyer. Raises ``Refused`` naming the rule that it would break."""
    first, last = month_span(found.month)
    if not first <= day <= last:
        raise Refused(_("This day is not in the roster's month."), field="day")
    if station.org_id != found.org_id or station.opened_on is None or station.opened_on > day or station.closed_on:
        raise Refused(_("This service point is not in service on that day."), field="station")
    if closes <= opens:
        raise Refused(_("It closes before it opens."), field="closes")
    seat = (Duty.objects.filter(station=station, day=day).aggregate(most=Max("seat"))["most"] or 0) + 1
    made = Duty(
        roster=found, station=station, day=day, seat=seat, opens=opens, closes=closes, fixed=True,
        published=found.state == PUBLISHED, **place_of(found),
    )  # fmt: skip
    if lawyer is not None:
        _put(made, lawyer)
    made.save(force_insert=True)
    if made.published and lawyer is not None:
        _tell(lawyer, actor, gettext_noop("You are on duty on %(day)s at %(place)s."), made)
    return Done(
        found, changes={"duty": [None, f"{day} {station.name}"], "lawyer": [None, lawyer.name if lawyer else ""]}
    )


@action("casework.duty_roster.publish")
def publish_roster(actor: Actor, found: DutyRoster) -> Done:
    """The lawyers see their duties and are told. Raises ``Refused`` while it is empty, or a duty breaks a hard rule by now (leave
    that was asked for since)."""
    rows = [d for d in standing(found) if d.lawyer is not None]
    if not rows:
        raise Refused(_("There is no duty in it yet; have it filled first."))
    if broken := broken_now(found, rows):
        raise Refused(" ".join(broken[:5]) + " " + _("Put somebody else on duty, or have it filled again."))
    Duty.objects.filter(roster=found).update(published=True)
    counts = Counter(d.lawyer for d in rows if d.lawyer and d.lawyer.user_id)
    text = gettext_noop("The duty roster of %(month)s is out: you have %(count)s duties.")
    for lawyer, count in counts.items():
        values = {"month": f"{found.month:%Y-%m}", "count": str(count)}
        tell_user(lawyer.user_id, text, values, LAWYER.code, lawyer.pk)  # type: ignore[arg-type]
    return Done(found, changes={"told": [None, len(counts)]})


# --- one duty -----------------------------------------------------------------------------------------------------------
@action("casework.duty.assign")
def assign_duty(actor: Actor, duty: Duty, *, lawyer: Lawyer | None = None, reason: str = "") -> Done:
    """Put a lawyer on it by hand, or nobody. Raises ``Refused`` naming the hard rule that it would break."""
    before = duty.lawyer
    if lawyer is not None and before is not None and lawyer.pk == before.pk:
        raise Refused(_("%(name)s is on this duty already.") % {"name": lawyer.name}, field="lawyer")
    if duty.published:
        reason = need_text(reason, "reason")
    if lawyer is None:
        duty.lawyer = None
    else:
        _put(duty, lawyer)
    duty.fixed, duty.offered_at, duty.offer_note = True, None, ""
    if duty.published:
        _tell(before, actor, gettext_noop("You are no longer on duty on %(day)s at %(place)s."), duty)
        _tell(lawyer, actor, gettext_noop("You are on duty on %(day)s at %(place)s."), duty)
    return Done(duty, reason=reason, changes={"lawyer": [before.name if before else "", lawyer.name if lawyer else ""]})


@action("casework.duty.offer")
def offer_duty(actor: Actor, duty: Duty, *, note: str = "") -> Done:
    """Ask the colleagues of the panel to take it; she stays on duty until somebody does. Those who could are told."""
    _need_ahead(duty)
    if duty.offered_at:
        raise Refused(_("It is offered already."))
    duty.offered_at, duty.offer_note = timezone.now(), note.strip()[:120]
    text = gettext_noop("%(name)s asks for somebody to take the duty on %(day)s at %(place)s.")
    able = [one for one in who_can(duty) if one.user_id]
    for one in able:
        _tell(one, actor, text, duty, name=duty.lawyer.name if duty.lawyer else "")
    return Done(duty, changes={"told": [None, len(able)]})


@action("casework.duty.recall")
def recall_duty(actor: Actor, duty: Duty) -> Done:
    """It is no longer offered."""
    if not duty.offered_at:
        raise Refused(_("It is not offered to anybody."))
    duty.offered_at, duty.offer_note = None, ""
    return Done(duty)


@action("casework.duty.accept")
def accept_duty(actor: Actor, duty: Duty, *, in_return: Duty | None = None) -> Done:
    """Take over a colleague's offered duty, giving one of one's own for it or not. Raises ``Refused`` naming the hard rule
    that it would break for either. The officers are told."""
    me, other = myself(actor), duty.lawyer
    if me is None or other is None or not duty.offered_at:
        raise NotAllowed(_("There is no such record."), missing=True)
    _need_ahead(duty)
    back = _own(me, in_return) if in_return is not None else None
    given = [back.pk] if back else []
    if rule := broken_rule(duty, me, without=given):
        raise Refused(rule)
    if back is not None and (rule := broken_rule(back, other, without=[duty.pk])):
        raise Refused(rule, field="in_return")
    with widened(duty.org_path):  # the duty given in return becomes a colleague's, whose rows are not hers
        if back is not None:
            Duty.objects.filter(pk__in=[back.pk, duty.pk]).update(lawyer=None)  # one duty a day holds at every moment
            Duty.objects.filter(pk=back.pk).update(
                lawyer=other,
                swapped_from=me,
                state=SWAPPED,
                offered_at=None,
                offer_note="",
                fixed=True,
                version=back.version + 1,
            )
    duty.lawyer, duty.swapped_from, duty.offered_at, duty.offer_note, duty.fixed = me, other, None, "", True
    _tell(other, actor, gettext_noop("%(name)s takes over your duty on %(day)s at %(place)s."), duty, name=me.name)
    _tell_office(
        duty,
        gettext_noop("%(name)s takes over the duty of %(other)s on %(day)s at %(place)s."),
        name=me.name,
        other=other.name,
    )
    changes = {"lawyer": [other.name, me.name]} | (
        {"in_return": [None, f"{back.day} {back.station.name}"]} if back else {}
    )
    return Done(duty, changes=changes)


@action("casework.duty.log")
def log_duty(actor: Actor, duty: Duty, *, consultations: int, minutes: int, note: str = "") -> Done:
    """The duty was done: consultations handled and minutes spent."""
    _need_past_duty(duty)
    _log(duty, consultations, minutes, note)
    return Done(duty)


@action("casework.duty.miss")
def miss_duty(actor: Actor, duty: Duty, *, reason: str) -> Done:
    """Nobody came."""
    _need_past_duty(duty)
    duty.note, duty.offered_at = need_text(reason, "reason")[:200], None
    return Done(duty, reason=duty.note)


@action("casework.duty.correct_log")
def correct_duty_log(actor: Actor, duty: Duty, *, consultations: int, minutes: int, reason: str) -> Done:
    """What was noted was wrong; also a duty noted as missed that was done. Fees follow on the next sheet."""
    reason = need_text(reason, "reason")
    _log(duty, consultations, minutes, duty.note)
    return Done(duty, reason=reason)


@action("casework.duty.undo")
def undo_duty_log(actor: Actor, duty: Duty, *, reason: str) -> Done:
    """It was noted as done by mistake: it counts as missed. Fees follow on the next sheet."""
    duty.note = need_text(reason, "reason")[:200]
    duty.consultations = duty.minutes = None
    if duty.missed_by_id:  # then nobody stood in: it is the first one's again
        if Duty.objects.filter(lawyer_id=duty.missed_by_id, day=duty.day).exclude(state=CANCELLED).exists():
            raise Refused(_("Who missed it is noted on another duty of that day; correct that one first."))
        duty.lawyer_id, duty.missed_by = duty.missed_by_id, None
    return Done(duty, reason=duty.note)


@action("casework.duty.call_off")
def call_off_duty(actor: Actor, duty: Duty, *, reason: str) -> Done:
    """It does not take place; its lawyer is told, where it was published."""
    reason = need_text(reason, "reason")
    if duty.published:
        _tell(duty.lawyer, actor, gettext_noop("The duty on %(day)s at %(place)s is called off."), duty)
    duty.offered_at, duty.fixed = None, True
    return Done(duty, reason=reason)


@action("casework.duty.stand_in")
def note_stand_in(actor: Actor, duty: Duty, *, lawyer: Lawyer, consultations: int, minutes: int, reason: str) -> Done:
    """The lawyer on duty did not come and another one stood in: the other is paid, and it counts as missed for the first. Raises
    ``Refused`` for somebody who stood duty elsewhere that day or is not on the panel."""
    _need_past_duty(duty)
    absent = duty.lawyer
    if absent is None or lawyer.pk == absent.pk:
        raise Refused(
            _("Choose who came instead of %(name)s.") % {"name": absent.name if absent else ""}, field="lawyer"
        )
    if lawyer.org_id != duty.org_id:
        raise Refused(_("%(name)s is not on this panel.") % {"name": lawyer.name}, field="lawyer")
    if Duty.objects.filter(lawyer=lawyer, day=duty.day).exclude(state=CANCELLED).exists():
        raise Refused(_(RULES["busy"]) % {"name": lawyer.name, "day": duty.day}, field="lawyer")
    reason = need_text(reason, "reason")
    duty.missed_by, duty.lawyer = absent, lawyer
    _log(duty, consultations, minutes, reason)
    return Done(duty, reason=reason, changes={"lawyer": [absent.name, lawyer.name]})


# --- what all of them ask -------------------------------------------------------------------------------------------------
def _need_calendar(month: dt.date) -> None:
    if not calendar.covered(month.year):
        text = _(
            "The public holidays of %(year)s are not published here yet, so working days are not known. Add the notice first."
        )
        raise Refused(text % {"year": month.year}, field="month")


def _limit(found: DutyRoster, week: int, month: int) -> None:
    if not 1 <= week <= 7:
        raise Refused(_("Between 1 and 7 duties a week."), field="week_limit")
    if not 1 <= month <= 31:
        raise Refused(_("Between 1 and 31 duties a month."), field="month_limit")
    found.week_limit, found.month_limit = week, month


def _put(duty: Duty, lawyer: Lawyer) -> None:
    if rule := broken_rule(duty, lawyer):
        raise Refused(rule, field="lawyer")
    duty.lawyer = lawyer


def _own(me: Lawyer, given: Duty) -> Duty:
    """The duty given in return, locked: hers, published and ahead."""
    row = (
        Duty.objects.select_for_update(of=("self",))
        .filter(pk=given.pk, lawyer=me, published=True, state__in=AHEAD)
        .first()
    )
    if row is None or row.day < today():
        raise Refused(_("Give one of your own duties that lies ahead."), field="in_return")
    return row


def _need_ahead(duty: Duty) -> None:
    if duty.day < today():
        raise Refused(_("This duty has passed."))


def _need_past_duty(duty: Duty) -> None:
    need_past(duty.day, "day")
    if not duty.published:
        raise Refused(_("The roster is a draft; publish it first."))
    if duty.lawyer_id is None:
        raise Refused(_("Nobody is on this duty; put somebody on it first."))


def _log(duty: Duty, consultations: int, minutes: int, note: str) -> None:
    if duty.lawyer_id is None:
        raise Refused(_("Nobody is on this duty; put somebody on it first."))
    if not 0 <= consultations <= MOST_CONSULTATIONS:
        raise Refused(_("Between 0 and %(most)s consultations.") % {"most": MOST_CONSULTATIONS}, field="consultations")
    if not 1 <= minutes <= MOST_MINUTES:
        raise Refused(_("Between 1 minute and 24 hours."), field="minutes")
    duty.consultations, duty.minutes, duty.note, duty.offered_at = consultations, minutes, note.strip()[:200], None


def _values(duty: Duty, **more: str) -> dict[str, str]:
    return {"day": str(duty.day), "place": duty.station.name, **more}


def _tell(lawyer: Lawyer | None, actor: Actor, text: str, duty: Duty, **more: str) -> None:
    if lawyer is not None and lawyer.user_id and lawyer.user_id != actor.user_id:
        tell_user(lawyer.user_id, text, _values(duty, **more), DUTY.code, duty.pk)


def _tell_office(duty: Duty, text: str, **more: str) -> None:
    tell(duty.org_path, sorted(DUTY.deeds["view"].roles), text, _values(duty, **more), DUTY.code, duty.pk)
