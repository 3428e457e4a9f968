"""WRITE, by the clock: reminders of what is due, and what is overdue moves up. The keeper runs these under ``everything()``.

Each tells once per task: ``reminded_on`` and ``moved_up_on`` remember it, so that they may run as often as one likes.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_noop

from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.orgs.models import Grant
from shegong.kernel.orgs.reach import today
from shegong.lib import calendar

from .. import rules
from ..models import Case, Task
from ..policy import CASE, INTAKE_
from ._file import above, overseers, place_of

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
