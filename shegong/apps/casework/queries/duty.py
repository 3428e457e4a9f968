"""READ: rosters and duties — whose they are, the month as a problem for ``shegong.lib.roster``, and how fair it came out."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.orgs.reach import Actor, everything, today, within
from shegong.lib import calendar, roster

from ..models import Duty, DutyRoster, Lawyer, LawyerWish, Station
from ..policy import DUTY, DUTY_ROSTER, LAWYER
from ..policy.duty import AHEAD, CANCELLED, HARD, HOLDER, OFFERED, STANDS, WishKind

BACK = 3  # months before this one that fairness looks at
RULES = {
    "leave": "%(name)s is on leave on %(day)s.",
    "cannot": "%(name)s said that %(day)s is impossible.",
    "licence": "The licence of %(name)s does not reach to %(day)s.",
    "left": "%(name)s has left the panel by %(day)s.",
    "contract": "The contract of %(name)s's firm does not cover %(day)s.",
    "busy": "%(name)s stands duty elsewhere on %(day)s already.",
    "week": "%(name)s has %(week)s duties in the week of %(day)s already, the most there may be.",
    "month": "%(name)s has %(month)s duties in the month of %(day)s already, the most there may be.",
}


def reasons() -> dict[str, str]:
    """What keeps a lawyer from a duty, in a few words."""
    return {
        "leave": _("on leave"), "cannot": _("cannot"), "licence": _("licence expired"), "left": _("left"),
        "contract": _("no contract"), "busy": _("on duty elsewhere that day"), "week": _("week is full"),
        "month": _("month is full"),
        "elsewhere": _("free, but needed elsewhere"),
    }  # fmt: skip


# --- within reach -------------------------------------------------------------------------------------------------------
@reads(DUTY_ROSTER)
def duty_rosters(actor: Actor, deed: str = "casework.duty_roster.view") -> QuerySet[DutyRoster]:
    """Rosters to which the actor may do ``deed``."""
    return DutyRoster.objects.filter(within(actor.prefixes(declared(deed).roles))).select_related("org")


def counted_rosters(actor: Actor) -> QuerySet[DutyRoster]:
    """Those, with how many duties each has, how many stand open and how many are done."""
    live = ~Q(duties__state=CANCELLED)
    found: QuerySet[DutyRoster] = duty_rosters(actor)
    return found.annotate(
        seats=Count("duties", filter=live), vacant=Count("duties", filter=live & Q(duties__lawyer=None)),
        done=Count("duties", filter=Q(duties__state="done")),
    )  # fmt: skip


@reads(LAWYER)
def lawyers(actor: Actor, deed: str = "casework.lawyer.view") -> QuerySet[Lawyer]:
    """Lawyers of panels the actor keeps, and herself."""
    wanted = declared(deed)
    found = within(actor.prefixes(wanted.roles))
    if "self" in wanted.members and "lawyer" in actor.roles():
        found |= Q(user_id=actor.user_id, left_on=None)
    return Lawyer.objects.filter(found)


@relates(LAWYER)
def ties_of_lawyer(actor: Actor, lawyer: Lawyer) -> frozenset[str]:
    """ "self": it is the actor's own entry, as long as she is a lawyer of the panel."""
    own = lawyer.user_id == actor.user_id and lawyer.left_on is None and "lawyer" in actor.roles()
    return frozenset({"self"}) if own and actor.user_id else frozenset()


def myself(actor: Actor) -> Lawyer | None:
    """The actor as a lawyer of a panel."""
    if "lawyer" not in actor.roles():
        return None
    return Lawyer.objects.filter(user_id=actor.user_id, left_on=None).first()


@reads(DUTY)
def duties(actor: Actor, deed: str = "casework.duty.view") -> QuerySet[Duty]:
    """Duties to which the actor may do ``deed``: of an office's rosters; a lawyer's own that are published; those offered to her
    panel."""
    wanted = declared(deed)
    found = within(actor.prefixes(wanted.roles))
    me = myself(actor) if wanted.members else None
    if me is not None and HOLDER in wanted.members:
        found |= Q(lawyer=me, published=True)
    if me is not None and OFFERED in wanted.members:
        found |= Q(org_id=me.org_id, published=True, offered_at__isnull=False) & ~Q(lawyer=me)
    return Duty.objects.filter(found).select_related("station", "lawyer")


@relates(DUTY)
def ties_of_duty(actor: Actor, duty: Duty) -> frozenset[str]:
    """``on_duty``: it is hers; ``duty_offered``: a colleague of her panel asks for somebody to take it."""
    me = myself(actor)
    if me is None or not duty.published:
        return frozenset()
    if duty.lawyer_id == me.pk:
        return frozenset({HOLDER})
    return frozenset({OFFERED}) if duty.offered_at and duty.org_id == me.org_id else frozenset()


def filtered_duties(
    actor: Actor, deed: str = "casework.duty.view", *, state: str = "", place: str = ""
) -> QuerySet[Duty]:
    """A lawyer's own duties and those offered to her; an office's all. By state (called off only when asked for) and a part
    of the place's name."""
    found: QuerySet[Duty] = duties(actor, deed).select_related("station", "lawyer__firm", "missed_by")
    found = found.filter(state=state) if state in DUTY.states else found.exclude(state=CANCELLED)
    return found.filter(station__name__icontains=place.strip()) if place.strip() else found


def duties_of(actor: Actor, lawyer: Lawyer, first: dt.date, last: dt.date) -> list[Duty]:
    """What of hers the actor may see between two days."""
    return list(duties(actor).filter(lawyer=lawyer, day__range=(first, last)).exclude(state=CANCELLED).order_by("day"))


def wishes_of(lawyer: Lawyer) -> list[LawyerWish]:
    """Leaves and wishes that hold today or later."""
    found = LawyerWish.objects.filter(lawyer=lawyer, withdrawn_at=None).filter(Q(last=None) | Q(last__gte=today()))
    return list(found.select_related("station"))


# --- the month as a problem ---------------------------------------------------------------------------------------------
def month_span(month: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day."""
    return month, calendar.month_of(month).last_on


def month_before(month: dt.date, back: int) -> dt.date:
    return calendar.month_of(month).shifted(-back).first_on


@dataclass(frozen=True)
class Board:
    """Everything needed to fill, judge and change one month. Codes of people and places in ``problem`` are their keys as text."""

    problem: roster.Problem
    lawyers: Mapping[str, Lawyer]
    places: Mapping[str, Station]

    def limits_told(self) -> dict[str, int]:
        return {"week": self.problem.limits.week, "month": self.problem.limits.month}


def board_of(found: DutyRoster, shifts: Iterable[roster.Shift], fixed: Iterable[Duty] = ()) -> Board:
    """The month's problem: ``shifts`` to fill, duties in ``fixed`` standing already. Needs the office's reach."""
    first, last = month_span(found.month)
    earliest = month_before(found.month, BACK)
    people = {str(one.pk): one for one in Lawyer.objects.filter(org_id=found.org_id).select_related("firm")}
    places = {str(one.pk): one for one in Station.objects.filter(org_id=found.org_id)}
    wanted = list(shifts)
    days = sorted({s.day for s in wanted} | {d.day for d in fixed})
    before = Duty.objects.filter(org_id=found.org_id, day__gte=earliest, day__lt=first).exclude(state=CANCELLED)
    past_days = {day: day.replace(day=1) for day in before.values_list("day", flat=True).distinct()}
    past = Counter(str(pk) for pk in before.filter(state__in=STANDS).values_list("lawyer_id", flat=True) if pk)
    held = _held(found, first, last, fixed)
    wishes: dict[str, list[LawyerWish]] = {}
    rows = LawyerWish.objects.filter(lawyer__org_id=found.org_id, withdrawn_at=None, first__lte=last)
    for wish in rows.filter(Q(last=None) | Q(last__gte=earliest)):
        wishes.setdefault(str(wish.lawyer_id), []).append(wish)
    persons = [
        _person(code, one, wishes.get(code, ()), days, past_days, past[code], held.get(code, {}), places)
        for code, one in people.items()
    ]
    limits = roster.Limits(found.week_limit, found.month_limit)
    return Board(roster.Problem(found.month, tuple(wanted), tuple(persons), limits), people, places)


def _held(found: DutyRoster, first: dt.date, last: dt.date, fixed: Iterable[Duty]) -> dict[str, dict[dt.date, str]]:
    """Fixed duties of the month, and those of the neighbouring months in the weeks that reach into it."""
    edges = (roster.week_of(first), roster.week_of(last) + dt.timedelta(days=6))
    beside = Duty.objects.filter(org_id=found.org_id, day__range=edges, lawyer__isnull=False).exclude(
        day__range=(first, last)
    )
    held: dict[str, dict[dt.date, str]] = {}
    for duty in [*beside.filter(state__in=STANDS), *fixed]:
        if duty.lawyer_id:
            held.setdefault(str(duty.lawyer_id), {})[duty.day] = str(duty.station_id)
    return held


def _person(
    code: str, one: Lawyer, wishes: Sequence[LawyerWish], days: Sequence[dt.date], past_days: Mapping[dt.date, dt.date],
    past: int, held: Mapping[dt.date, str], places: Mapping[str, Station],
) -> roster.Person:  # fmt: skip
    barred: dict[tuple[dt.date, str], str] = {}
    soft: dict[tuple[dt.date, str], int] = {}
    near: set[str] = set()
    for day in days:
        if reason := _out(one, day):
            barred[day, ""] = reason
    for wish in wishes:
        place = str(wish.station_id or "")
        if wish.kind == WishKind.NEAR:
            near.add(place)
            continue
        for day in days:
            if not covers(wish, day):
                continue
            if wish.kind in HARD:
                barred.setdefault((day, place), str(wish.kind))
            else:
                soft[day, place] = soft.get((day, place), 0) + 1
    here = sum((day, "") not in barred for day in days)
    since = _on_panel_since(one)
    gone = [w for w in wishes if w.kind in HARD and w.station_id is None]
    before = sum(
        month >= since and not _out(one, day) and not any(covers(w, day) for w in gone)
        for day, month in past_days.items()
    )
    far = {
        key: (0 if key in near else 2) + (0 if not at.problem or at.problem == one.problem else 1)
        for key, at in places.items()
    }
    return roster.Person(code, here and here + before, past, held, barred, soft, far)


def _out(one: Lawyer, day: dt.date) -> str:
    """Why she is not on the panel on that day."""
    if one.left_on and one.left_on <= day:
        return "left"
    if one.licence_to and one.licence_to < day:
        return "licence"
    firm = one.firm
    if (firm.contract_from and day < firm.contract_from) or (firm.contract_to and firm.contract_to < day):
        return "contract"
    return ""


def _on_panel_since(one: Lawyer) -> dt.date:
    """The first of the month in which she was put on the panel: her key tells the instant (UUIDv7)."""
    made = dt.datetime.fromtimestamp((one.pk.int >> 80) / 1000, dt.UTC) + dt.timedelta(hours=8)
    return made.date().replace(day=1)


def covers(wish: LawyerWish, day: dt.date) -> bool:
    """Whether leave or wish holds on that day."""
    return wish.first <= day and (wish.last is None or day <= wish.last) and wish.weekday in (None, day.weekday())


# --- one roster for its page --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Cell:
    """What stands at a place on a day."""

    place: Station
    day: dt.date
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class MonthView:
    """A roster as people read it. ``rows``: place → cells of every day of the month on which any place is open; ``shares`` and
    ``score`` of what stands now; ``gaps`` with reasons in words;
    ``unkept``: wishes that it breaks."""

    days: tuple[dt.date, ...]
    rows: tuple[tuple[Station, tuple[Cell, ...]], ...]
    by_day: tuple[tuple[dt.date, tuple[Duty, ...]], ...]
    shares: tuple[tuple[Lawyer, roster.Share], ...]
    gaps: tuple[tuple[Station, roster.Gap, tuple[tuple[str, int, str], ...]], ...]
    unkept: tuple[tuple[Lawyer, Station, roster.Unkept], ...]
    score: roster.Score
    seats: int


def standing(found: DutyRoster) -> list[Duty]:
    """All duties of a roster that are not called off."""
    rows = Duty.objects.filter(roster=found).exclude(state=CANCELLED).select_related("lawyer", "station")
    return list(rows.order_by("day", "station__name", "seat"))


def month_view(found: DutyRoster) -> MonthView:
    """The month with fairness and what is open, as it stands now, also after changes by hand."""
    rows = standing(found)
    board = board_of(found, shifts_of(rows))
    held = [roster.Duty(str(d.lawyer_id), str(d.station_id), d.day) for d in rows if d.lawyer_id]
    known = {p.code for p in board.problem.people}
    held = [d for d in held if d.person in known]
    days = tuple(sorted({d.day for d in rows}))
    cells: dict[tuple[Any, dt.date], list[Duty]] = {}
    for d in rows:
        cells.setdefault((d.station_id, d.day), []).append(d)
    places = sorted({d.station_id: d.station for d in rows}.values(), key=lambda s: (s.name, s.pk))
    return MonthView(
        days=days,
        rows=tuple((s, tuple(Cell(s, day, tuple(cells.get((s.pk, day), ()))) for day in days)) for s in places),
        by_day=tuple((day, tuple(d for d in rows if d.day == day)) for day in days),
        shares=tuple((board.lawyers[s.person], s) for s in roster.shares(board.problem, held)),
        gaps=tuple(_gap(board, gap) for gap in roster.gaps(board.problem, held)),
        unkept=tuple((board.lawyers[u.duty.person], board.places[u.duty.place], u) for u in roster.unkept(board.problem, held)),
        score=roster.judge(board.problem, held), seats=len(rows),
    )  # fmt: skip


def _gap(board: Board, gap: roster.Gap) -> tuple[Station, roster.Gap, tuple[tuple[str, int, str], ...]]:
    """Reason in words, how many, and who, for reasons that somebody could mend; the rest only counts."""
    words = reasons()
    told = [
        (words[code], len(who), "、".join(board.lawyers[w].name for w in who) if code in ("leave", "cannot", "licence",
        "contract") else "")
        for code, who in gap.because.items() if code != "left"
    ]  # fmt: skip
    return board.places[gap.place], gap, tuple(told)


def shifts_of(rows: Iterable[Duty]) -> list[roster.Shift]:
    """What is needed, from the seats that there are."""
    seats = Counter((str(d.station_id), d.day) for d in rows)
    return [
        roster.Shift(place, day, count)
        for (place, day), count in sorted(seats.items(), key=lambda kv: (kv[0][1], kv[0][0]))
    ]


# --- may she? -----------------------------------------------------------------------------------------------------------
def broken_rule(duty: Duty, lawyer: Lawyer, *, without: Iterable[uuid.UUID] = ()) -> str:
    """The hard rule that ``lawyer`` on ``duty`` would break, as a sentence; "" for none. ``without``: duties she gives away."""
    with everything():
        found = DutyRoster.objects.get(pk=duty.roster_id)
        return _broken(found, duty, lawyer, {duty.pk, *without})


def _broken(found: DutyRoster, duty: Duty, lawyer: Lawyer, without: set[uuid.UUID]) -> str:
    if lawyer.org_id != duty.org_id:
        return _("%(name)s is not on this panel.") % {"name": lawyer.name}
    board = board_of(found, [roster.Shift(str(duty.station_id), duty.day)])
    person = next(p for p in board.problem.people if p.code == str(lawyer.pk))
    first, last = month_span(found.month)
    edges = (roster.week_of(first), roster.week_of(last) + dt.timedelta(days=6))
    mine = Duty.objects.filter(lawyer=lawyer, day__range=edges).exclude(state=CANCELLED).exclude(pk__in=without)
    held = {d.day: str(d.station_id) for d in mine}
    code = roster.why_not(person, str(duty.station_id), duty.day, held, board.problem.limits)
    return _(RULES[code]) % {"name": lawyer.name, "day": duty.day, **board.limits_told()} if code else ""


def broken_rules(found: DutyRoster) -> list[str]:
    """For the roster's page: what duties that lie ahead break by now, such as leave that was asked for since."""
    return broken_now(found, [d for d in standing(found) if d.lawyer_id and (d.state in AHEAD)])


def broken_now(found: DutyRoster, rows: Sequence[Duty]) -> list[str]:
    """Hard rules that duties of a roster break as things stand now, as sentences."""
    board = board_of(found, shifts_of(rows))
    people = {p.code: p for p in board.problem.people}
    held = {code: dict(p.held) for code, p in people.items()}
    for d in rows:
        if d.lawyer_id:
            held[str(d.lawyer_id)][d.day] = str(d.station_id)
    told = []
    for d in rows:
        if d.lawyer is None:
            continue
        others = {day: place for day, place in held[str(d.lawyer_id)].items() if day != d.day}
        code = roster.why_not(people[str(d.lawyer_id)], str(d.station_id), d.day, others, board.problem.limits)
        if code:
            told.append(_(RULES[code]) % {"name": d.lawyer.name, "day": d.day, **board.limits_told()})
    return told


def who_can(duty: Duty) -> list[Lawyer]:
    """Lawyers of the panel who could take a duty without breaking a hard rule, those with the fewest duties first."""
    with everything():
        found = DutyRoster.objects.get(pk=duty.roster_id)
        board = board_of(found, [roster.Shift(str(duty.station_id), duty.day)])
        first, last = month_span(found.month)
        edges = (roster.week_of(first), roster.week_of(last) + dt.timedelta(days=6))
        held: dict[str, dict[dt.date, str]] = {}
        rows = Duty.objects.filter(org_id=duty.org_id, day__range=edges, lawyer__isnull=False).exclude(state=CANCELLED)
        for other in rows.exclude(pk=duty.pk):
            held.setdefault(str(other.lawyer_id), {})[other.day] = str(other.station_id)
    able = [
        p for p in board.problem.people
        if not roster.why_not(p, str(duty.station_id), duty.day, held.get(p.code, {}), board.problem.limits)
    ]  # fmt: skip
    able.sort(
        key=lambda p: (len(held.get(p.code, {})), p.wish(str(duty.station_id), duty.day), board.lawyers[p.code].name)
    )
    return [board.lawyers[p.code] for p in able]


def colliding(lawyer: Lawyer, wish: LawyerWish) -> int:
    """Published duties ahead on which leave falls."""
    ahead = Duty.objects.filter(lawyer=lawyer, published=True, state__in=AHEAD, day__gte=today())
    return sum(covers(wish, d.day) and wish.station_id in (None, d.station_id) for d in ahead)
