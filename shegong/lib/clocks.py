"""Statutory clocks: the last day of a limit set by law, and every step by which it came out.

A limit is data (`shegong.lib.statutes`): how long, counted in what, by which article, from when in force. What happened to it is
a list of events. The answer is computed anew from both each time, so a changed rule or a late-found event never leaves an
old date behind.

The day of the event is not counted. Days are calendar days or working days (`shegong.lib.calendar`); a month or year ends on the
day of the same number, or on the month's last day where there is none (civil code art. 202). A calendar limit that ends on a rest
day is not moved, since missing a day costs the worker her claim: the answer says that it is one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Literal

from shegong.lib import calendar
from shegong.lib.calendar import WorkCalendar
from shegong.lib.errors import N_, Invalid

Unit = Literal["day", "workday", "month", "year"]
EventKind = Literal["interrupt", "suspend", "resume", "extend"]


class InvalidClock(Invalid):
    """Events that cannot have happened to this limit in this order."""

    MESSAGES: ClassVar[Mapping[str, str]] = {
        "before_start": N_("%(on)s lies before the day on which the limit begins to run."),
        "expired": N_("The limit had run out on %(due_on)s; what happened on %(on)s cannot change it any more."),
        "not_interruptible": N_("This limit cannot be interrupted: its article does not provide for it."),
        "not_suspendable": N_("This limit cannot be suspended: its article does not provide for it."),
        "not_extendable": N_("This limit cannot be extended: its article does not provide for it."),
        "extended_twice": N_("This limit has been extended already; the article allows it once."),
        "extended_too_far": N_("The article allows at most %(most)s more; %(asked)s was entered."),
        "suspended_already": N_("The limit stands still already since %(since)s."),
        "not_suspended": N_("The limit is running: there is nothing to resume on %(on)s."),
        "counts_back": N_("This limit counts back from a day to come; nothing interrupts, suspends or extends it."),
    }


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the law in force from ``valid_from`` until before ``valid_to``.

    ``length``: in ``unit``; negative counts back from the event ("three days before the hearing"). ``extension``: how much more,
    in the same unit, may be granted once; 0 for none. ``area``: code of the area whose rule it is, "" for the whole country.
    """

    code: str
    title: str
    starts: str
    length: int
    unit: Unit
    article: str
    valid_from: date
    valid_to: date | None = None
    extension: int = 0
    interruptible: bool = False
    suspendable: bool = False
    area: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a running limit on a day; ``length``: of an extension, in the limit's unit."""

    kind: EventKind
    on: date
    length: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reckoning: what happened on which day, and the last day as it stood after it (None: standing still)."""

    kind: str
    on: date
    due_on: date | None
    amount: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """The answer. ``due_on`` is None while the limit stands still; ``provisional``: a year without an official holiday notice was
    counted by weekdays, so the day may still move; ``rest_day``: the last day is no working day."""

    limit: Limit
    due_on: date | None
    provisional: bool
    rest_day: bool
    steps: tuple[Step, ...]

    def left(self, today: date) -> int | None:
        """Calendar days left, 0 on the last day, negative afterwards; None while standing still."""
        return None if self.due_on is None else (self.due_on - today).days


def run(limit: Limit, started_on: date, events: Iterable[Event] = (), known: WorkCalendar | None = None) -> Clock:
    """Reckon a limit that began with an event on ``started_on``. Events are taken by day, those of one day in the order given.

    Raises ``InvalidClock`` for the first event that cannot have happened.
    """
    book = _Book(limit, started_on, known or calendar.official())
    for event in sorted(events, key=lambda e: e.on):
        book.take(event)
    due_on = None if book.since else book.due_on
    rest = due_on is not None and not book.known.is_workday(due_on)
    return Clock(limit, due_on, book.provisional, rest, tuple(book.steps))


def covers(limit: Limit, day: date) -> bool:
    """Whether the rule was in force on that day."""
    return limit.valid_from <= day and (limit.valid_to is None or day < limit.valid_to)


def add_months(day: date, months: int) -> date:
    """The day of the same number so many months later, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


class _Book:
    """The reckoning as it goes: begun when, granted how much more, stood still since when and for how long."""

    def __init__(self, limit: Limit, started_on: date, known: WorkCalendar) -> None:
        self.limit, self.begun, self.known, self.extra = limit, started_on, known, 0
        self.stood: list[tuple[date, date]] = []
        self.since: date | None = None
        self.steps: list[Step] = []
        self.reckon()
        self.note("start", started_on, limit.length)

    # -- what happened -------------------------------------------------------------------------------------------------
    def take(self, event: Event) -> None:
        if self.limit.length < 0:
            raise InvalidClock("counts_back")
        if event.on < self.begun:
            raise InvalidClock("before_start", on=event.on)
        if not self.since and event.on > self.due_on:
            raise InvalidClock("expired", due_on=self.due_on, on=event.on)
        taken = {
            "interrupt": self._interrupt,
            "suspend": self._suspend,
            "resume": self._resume,
            "extend": self._extend,
        }
        taken[event.kind](event)

    def _interrupt(self, event: Event) -> None:
        """The limit begins anew; what ran before counts no more."""
        if not self.limit.interruptible:
            raise InvalidClock("not_interruptible")
        self.begun, self.extra, self.stood, self.since = event.on, 0, [], None
        self.reckon()
        self.note(event.kind, event.on, self.limit.length, event.reason)

    def _suspend(self, event: Event) -> None:
        if not self.limit.suspendable:
            raise InvalidClock("not_suspendable")
        if self.since:
            raise InvalidClock("suspended_already", since=self.since)
        self.since = event.on
        self.steps.append(Step(event.kind, event.on, None, 0, event.reason))

    def _resume(self, event: Event) -> None:
        """The days on which it stood still do not count; it goes on with what was left."""
        if not self.since:
            raise InvalidClock("not_suspended", on=event.on)
        self.stood.append((self.since, event.on))
        stood, self.since = (event.on - self.since).days, None
        self.reckon()
        self.note(event.kind, event.on, stood, event.reason)

    def _extend(self, event: Event) -> None:
        if not self.limit.extension:
            raise InvalidClock("not_extendable")
        if self.extra:
            raise InvalidClock("extended_twice")
        more = event.length or self.limit.extension
        if not 0 < more <= self.limit.extension:
            raise InvalidClock("extended_too_far", most=self.limit.extension, asked=more)
        self.extra = more
        self.reckon()
        self.note(event.kind, event.on, more, event.reason)

    # -- the arithmetic ------------------------------------------------------------------------------------------------
    def reckon(self) -> None:
        """``due_on`` of what is known now: the length and what was granted, then the days on which it stood still."""
        length, unit = self.limit.length + self.extra, self.limit.unit
        self.provisional = False
        if unit == "workday":
            length += sum(calendar.working_days_between(a, b, calendar=self.known) for a, b in self.stood)
            self.due_on, self.provisional = calendar.deadline(self.begun, length, "working", calendar=self.known)
            return
        if unit == "day":
            self.due_on = self.begun + timedelta(days=length)
        else:
            self.due_on = add_months(self.begun, length * (12 if unit == "year" else 1))
        self.due_on += timedelta(days=sum((b - a).days for a, b in self.stood))

    def note(self, kind: str, on: date, amount: int, reason: str = "") -> None:
        self.steps.append(Step(kind, on, None if self.since else self.due_on, amount, reason))
