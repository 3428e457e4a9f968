"""WRITE, by the clock: reminders of what is due, and what is overdue moves up. The keeper runs these under ``everything()``.

Each tells once per task: ``reminded_on`` and ``moved_up_on`` remember it, so that they may run as often as one likes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.audit import trail
from shegong.kernel.orgs.models import Grant
from shegong.kernel.orgs.reach import SHANGHAI, Actor, above, today
from shegong.lib import calendar
from shegong.lib import clocks as law

from .. import rules
from ..models import Case, ClockEvent, Hearing, Instalment, LegalClock, Letter, Mediation, Member, Task
from ..policy import CASE, INTAKE_, LEGAL_CLOCK, LETTER, MEDIATION
from ..policy.clocks import LIVE, RUNNING
from ..policy.letters import SENT
from ..policy.mediation import AGREED
from ..queries.cases import lasting
from ..queries.clocks import limit_of
from ..queries.letters import due_for
from ._file import overseers, place_of

BATCH = 5000
HEARING_DAYS = 3
UNACCEPTED = gettext_noop("Nobody has accepted this request yet")


def remind_due(on: dt.date | None = None, limit: int = 2000) -> int:
    """Tell the owners of tasks due by ``on`` (today); returns how many tasks."""
    day = on or today()
    due = (
        Task.objects.filter(done_on=None, reminded_on=None, due_on__lte=day)
        .select_related("case")
        .order_by("due_on", "id")
    )
    tasks = list(due.select_for_update(of=("self",), skip_locked=True)[:limit])
    for task in tasks:
        text = gettext_noop("Due in case %(number)s: %(task)s (%(due)s).")
        if task.due_on < day:
            text = gettext_noop("Overdue in case %(number)s: %(task)s (%(due)s).")
        tell_user(task.owner_id, text, _values(task), CASE.code, task.case_id)
    Task.objects.filter(pk__in=[t.pk for t in tasks]).update(reminded_on=day)
    return len(tasks)


def move_up_overdue(on: dt.date | None = None, limit: int = 2000) -> int:
    """Tell the overseers of tasks that stayed undone past the days of grace, and give requests that nobody accepted in
    time to the nearest overseer; returns how many."""
    day = on or today()
    last = calendar.add_days(day, -rules.terms_on(day).move_up_days, mode="working")
    late = (
        Task.objects.filter(done_on=None, moved_up_on=None, due_on__lt=last)
        .select_related("case")
        .order_by("due_on", "id")
    )
    tasks = [
        t
        for t in late.select_for_update(of=("self",), skip_locked=True)[:limit]
        if rules.who_hears(t.due_on, day) == "supervisor"
    ]
    for task in tasks:
        text = gettext_noop("Overdue in case %(number)s and still undone: %(task)s (%(due)s).")
        tell(task.org_path, overseers(), text, _values(task), CASE.code, task.case_id)
    Task.objects.filter(pk__in=[t.pk for t in tasks]).update(moved_up_on=day)
    return len(tasks) + _give_unaccepted(day, limit)


def _values(task: Task) -> dict[str, str]:
    """The text of a need or task may tell of the client, so the notice names it by its first words only."""
    return {"number": task.case.number, "task": task.text[:40], "due": str(task.due_on)}


def _give_unaccepted(day: dt.date, limit: int) -> int:
    open_task = Task.objects.filter(case=OuterRef("pk"), done_on=None)
    waiting = Case.objects.filter(state=INTAKE_, worker=None, closed_on=None, due_on__lt=day).filter(~Exists(open_task))
    count = 0
    for case in waiting.order_by("due_on", "id")[:limit]:
        owner = _nearest_overseer(case.org_path, day)
        if owner is None or case.due_on is None:
            continue
        Task.objects.create(
            case=case,
            text=UNACCEPTED,
            owner_id=owner,
            due_on=case.due_on,
            reminded_on=day,
            moved_up_on=day,
            **place_of(case),
        )
        text = gettext_noop("Request %(number)s was to be accepted by %(due)s; nobody has.")
        tell(case.org_path, overseers(), text, {"number": case.number, "due": str(case.due_on)}, CASE.code, case.pk)
        count += 1
    return count


def _nearest_overseer(path: str, day: dt.date) -> int | None:
    found = Grant.objects.filter(
        role__in=overseers(), org__path__in=above(path), valid_from__lte=day, user__is_active=True
    ).exclude(valid_to__lte=day)
    return found.order_by("-org__path", "pk").values_list("user_id", flat=True).first()


# --- statutory clocks ------------------------------------------------------------------------------------------------------
def warn_of_clocks(on: dt.date | None = None, limit: int = 1000) -> int:
    """Tell of limits that run out: seven, three and one day before, on the last day, and once when it has passed. Worker in
    charge, lawyers, mediators and the client hear of it; from three days on those who oversee, too. Returns how many."""
    day = on or today()
    untold = Q(pk__in=[])
    for left in (*rules.CLOCK_WARNINGS, -1):
        untold |= Q(due_on__lte=day + dt.timedelta(days=left)) & (Q(warned=None) | Q(warned__gt=left))
    found = LegalClock.objects.filter(untold, state=RUNNING)
    rows = found.select_related("case").order_by("due_on", "id").select_for_update(of=("self",), skip_locked=True)
    told = 0
    for clock in rows[:limit]:
        stage = rules.clock_warning(((clock.due_on or day) - day).days, clock.warned)
        if stage is None:
            continue
        _tell(clock, stage)
        LegalClock.objects.filter(pk=clock.pk).update(warned=stage)
        told += 1
    return told


def _tell(clock: LegalClock, stage: int) -> None:
    text = gettext_noop("“%(limit)s” in case %(number)s runs out on %(due)s.")
    if stage < 0:
        text = gettext_noop("“%(limit)s” in case %(number)s ran out on %(due)s and is not noted as done.")
    values = {"limit": limit_of(clock).title, "number": clock.case.number, "due": str(clock.due_on)}
    for user_id in _hands(clock.case):
        tell_user(user_id, text, values, CASE.code, clock.case_id)
    if stage <= rules.CLOCK_OVERSEERS:
        tell(clock.org_path, overseers(), text, values, CASE.code, clock.case_id)


def remind_of_hearings(on: dt.date | None = None, limit: int = 1000) -> int:
    """Three days before a hearing, and not again: worker in charge, lawyers, mediators and the client hear of it. Returns how
    many hearings."""
    day = on or today()
    end = dt.datetime.combine(day + dt.timedelta(HEARING_DAYS + 1), dt.time(), SHANGHAI)
    found = Hearing.objects.filter(state="planned", reminded_on=None, at__gte=timezone.now(), at__lt=end)
    rows = list(found.select_related("case").order_by("at", "id").select_for_update(of=("self",), skip_locked=True)[:limit])
    for hearing in rows:
        values = {"number": hearing.case.number, "at": hearing.local.strftime("%Y-%m-%d %H:%M"), "forum": hearing.forum}
        for user_id in _hands(hearing.case):
            tell_user(user_id, gettext_noop("Hearing in case %(number)s: %(at)s, %(forum)s."), values, CASE.code, hearing.case_id)
    Hearing.objects.filter(pk__in=[h.pk for h in rows]).update(reminded_on=day)
    return len(rows)


def remind_of_instalments(on: dt.date | None = None, limit: int = 1000) -> int:
    """What an agreement promises: told the day before it is due, and once when the day has passed unpaid, to the mediator and
    those at work on the case. ``warned_on`` remembers the day of the last telling. Returns how many agreements."""
    day, one = on or today(), dt.timedelta(1)
    untold = Q(mediation__warned_on=None) | Q(mediation__warned_on__lt=day)
    unpaid = Instalment.objects.filter(untold, paid_fen__lt=F("amount_fen"), mediation__state=AGREED, due_on__lte=day + one)
    told: dict[uuid.UUID, dt.date] = {}
    for pk, due_on, last in unpaid.order_by("-due_on").values_list("mediation", "due_on", "mediation__warned_on"):
        told_of = last is not None and (due_on <= last - one if due_on < day else due_on <= last + one)
        if not told_of:
            told.setdefault(pk, due_on)
    found = Mediation.objects.filter(pk__in=list(told)[:limit]).select_related("case")
    rows = list(found.select_for_update(of=("self",), skip_locked=True))
    for row in rows:
        text = gettext_noop("Mediation %(number)s: a payment is due on %(due)s.")
        if told[row.pk] < day:
            text = gettext_noop("Mediation %(number)s: a payment was due on %(due)s and has not arrived.")
        for user_id in sorted({*(_hands(row.case) if row.case else ()), *filter(None, [row.mediator_id])}):
            tell_user(user_id, text, {"number": row.number, "due": str(told[row.pk])}, MEDIATION.code, row.pk)
    Mediation.objects.filter(pk__in=[row.pk for row in rows]).update(warned_on=day)
    return len(rows)


# --- answers to letters of supervision ------------------------------------------------------------------------------------
def warn_of_letters(on: dt.date | None = None, limit: int = 1000) -> int:
    """Tell of answers to letters: the writer three days before the last day; with those who oversee, on the day and once when it
    has passed. The day is reckoned again first, by the holidays as they now stand. Returns how many letters."""
    day = on or today()
    untold = Q(pk__in=[])
    for left in (*rules.LETTER_WARNINGS, -1):
        untold |= Q(due_on__lte=day + dt.timedelta(days=left)) & (Q(warned=None) | Q(warned__gt=left))
    rows = Letter.objects.filter(untold, state=SENT).select_related("org").defer("text", "asks", "answer", "found")
    told = 0
    for letter in rows.order_by("due_on", "id").select_for_update(of=("self",), skip_locked=True)[:limit]:
        before = letter.due_on
        due_on, _code = due_for(letter)
        if due_on is not None and due_on != before:
            Letter.objects.filter(pk=letter.pk).update(due_on=due_on, version=letter.version + 1)
            letter.due_on = due_on
            changes = {"due_on": [str(before), str(due_on)]}
            line = trail.Line("casework.letter.reckon_anew", LETTER.code, letter.pk, letter.org_path, changes=changes)
            trail.write(Actor.machine("keeper"), line)
        stage = rules.clock_warning(((letter.due_on or day) - day).days, letter.warned, rules.LETTER_WARNINGS)
        if stage is None:
            continue
        text = gettext_noop("The answer to letter %(number)s is due on %(due)s.")
        if stage < 0:
            text = gettext_noop("The answer to letter %(number)s was due on %(due)s and has not come.")
        values = {"number": letter.number, "due": str(letter.due_on)}
        tell_user(letter.by_id, text, values, LETTER.code, letter.pk)
        if stage <= 0:
            tell(letter.org_path, overseers(), text, values, LETTER.code, letter.pk)
        Letter.objects.filter(pk=letter.pk).update(warned=stage)
        told += 1
    return told


def _hands(case: Case) -> list[int]:
    """Accounts of those at work on the case, and of the client."""
    tied = Member.objects.filter(lasting(), case=case, tie__in=["lawyer", "mediator", "client"])
    return sorted(filter(None, {case.worker_id, *tied.values_list("user_id", flat=True)}))


def reckon_anew(progress: Callable[[int, int], None] | None = None) -> int:
    """Reckon every live clock again by the rules and holidays as they now stand; returns how many last days moved. A moved
    day is told again. ``progress``: (done, of how many)."""
    live = LegalClock.objects.filter(state__in=LIVE).order_by("id")
    total, done, moved, last = live.count(), 0, 0, None
    while rows := list((live.filter(pk__gt=last) if last else live)[:BATCH]):
        moved += _store(_moved(rows))
        last, done = rows[-1].pk, done + len(rows)
        if progress:
            progress(done, total)
    return moved


def _moved(rows: list[LegalClock]) -> Iterable[tuple[LegalClock, dt.date | None, bool]]:
    events: dict[object, list[law.Event]] = {}
    found: QuerySet[ClockEvent] = ClockEvent.objects.filter(clock__in=[row.pk for row in rows])
    for event in found.order_by("happened_on", "id"):
        one = law.Event(event.kind, event.happened_on, event.length)  # type: ignore[arg-type]
        events.setdefault(event.clock_id, []).append(one)
    for row in rows:
        try:
            answer = law.run(limit_of(row), row.started_on, events.get(row.pk, ()))
        except (law.InvalidClock, LookupError):  # what was noted under an older rule stays as it was reckoned then
            continue
        if (answer.due_on, answer.provisional) != (row.due_on, row.provisional):
            yield row, answer.due_on, answer.provisional


def _store(moved: Iterable[tuple[LegalClock, dt.date | None, bool]]) -> int:
    """Write what moved, unless somebody has changed the clock since it was read: then tomorrow's round sees it."""
    rows = {row.pk: (row, due_on, provisional) for row, due_on, provisional in moved}
    if not rows:
        return 0
    columns = zip(*((pk, due_on, sure, row.version) for pk, (row, due_on, sure) in rows.items()), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "update casework_legalclock c set due_on = n.due_on, provisional = n.provisional, warned = null "
            "from unnest(%s::uuid[], %s::date[], %s::boolean[], %s::integer[]) n(id, due_on, provisional, version) "
            "where c.id = n.id and c.version = n.version returning c.id",
            [list(column) for column in columns],
        )
        written = [pk for (pk,) in cursor.fetchall()]
    trail.write_many(Actor.machine("keeper"), [_line(*rows[pk][:2]) for pk in written])
    return len(written)


def _line(clock: LegalClock, due_on: dt.date | None) -> trail.Line:
    changes = {"due_on": [str(clock.due_on), str(due_on)]}
    return trail.Line("casework.legal_clock.reckon_anew", LEGAL_CLOCK.code, clock.pk, clock.org_path, changes=changes)
