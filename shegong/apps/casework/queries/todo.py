"""READ: the home page — what one person has to do now, each part with its count and the way to all of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from shegong.kernel.actions import approvals, inbox
from shegong.kernel.orgs.reach import Actor, today
from shegong.registry.policy import ABOVE, FIELD

from .. import rules
from ..models import Case, Task
from ..policy import INTAKE_, Problem, Risk
from .cases import by_place, possible, tied
from .letters import letters_to_do
from .referrals import referrals_received
from .resources import GIVERS, promises_to_do
from .urgent_needs import needs_to_do

SHOWN, CAP = 8, 50


@dataclass(frozen=True)
class Row:
    """One line: what, of which thing (``kind``, ``pk``), by when."""

    title: str
    kind: str
    pk: str
    note: str = ""
    due_on: dt.date | None = None
    risk: int = 0


@dataclass(frozen=True)
class Section:
    """One part of the home page. ``count`` stops at CAP (``capped``); ``page`` and ``query`` lead to all of it."""

    code: str
    title: str
    rows: tuple[Row, ...]
    count: int
    capped: bool = False
    page: str = ""
    query: str = ""

    @property
    def count_text(self) -> str:
        return f"{CAP}+" if self.capped else str(self.count)


@dataclass(frozen=True)
class Todo:
    """My to-do. Parts that can never concern the actor's roles are left out of ``sections``."""

    due_today: Section
    overdue: Section
    awaiting: Section
    referred: Section
    needs: Section
    promises: Section
    letters: Section
    unread: Section
    queue: Section
    own: Section
    warnings: Section

    @property
    def sections(self) -> tuple[Section, ...]:
        return (
            self.overdue,
            self.due_today,
            self.awaiting,
            self.queue,
            self.referred,
            self.needs,
            self.promises,
            self.letters,
            self.warnings,
            self.own,
            self.unread,
        )


def todo(actor: Actor) -> Todo:
    """At most ten queries; none for parts that the actor's roles cannot have."""
    roles = actor.roles()
    field = bool(roles & FIELD)
    overdue, due = _tasks(actor)
    return Todo(
        due_today=due,
        overdue=overdue,
        awaiting=_awaiting(actor) if field or roles & ABOVE else _empty("awaiting", _("Awaiting my approval")),
        referred=_referred(actor) if field or "partner" in roles else _empty("referred", _("Referred to me")),
        needs=_needs(actor),
        promises=_promises(actor) if roles & GIVERS else _empty("promises", _("Resources asked for")),
        letters=_letters(actor) if field else _empty("letters", _("Supervision letters")),
        unread=_unread(actor),
        queue=_queue(actor) if field or roles & ABOVE else _empty("queue", _("Priority queue")),
        own=_empty("own", _("My requests")) if field else _own(actor),
        warnings=_warnings(actor)
        if roles & ABOVE or "county_clerk" in roles
        else _empty("warnings", _("Early warnings")),
    )


def _empty(code: str, title: str) -> Section:
    return Section(code, title, (), 0)


def _section(code: str, title: str, rows: list[Row], page: str = "", query: str = "") -> Section:
    return Section(code, title, tuple(rows[:SHOWN]), min(len(rows), CAP), len(rows) > CAP, page, query)


def _tasks(actor: Actor) -> tuple[Section, Section]:
    """(overdue, due today) of the actor's own tasks. One query."""
    day = today()
    found = Task.objects.filter(owner_id=actor.user_id, done_on=None, due_on__lte=day).select_related("case")
    rows = list(found.order_by("due_on", "id")[: 2 * CAP])
    late = [_task(t) for t in rows if t.due_on < day]
    now = [_task(t) for t in rows if t.due_on == day]
    mine = "mine=1"
    return (
        _section("overdue", _("Overdue"), late, "case_list", f"{mine}&overdue=1"),
        _section("due_today", _("Due today"), now, "case_list", mine),
    )


def _task(task: Task) -> Row:
    return Row(_(task.text), "casework.case", str(task.case_id), task.case.number, task.due_on, task.case.risk)


def _awaiting(actor: Actor) -> Section:
    rows = [Row(a.title, a.kind, str(a.object_id), due_on=a.due_on) for a in approvals.awaiting(actor)[: CAP + 1]]
    return _section("awaiting", _("Awaiting my approval"), rows, "case_list", "state=plan_review")


def _referred(actor: Actor) -> Section:
    rows = [
        Row(str(r.org), "casework.referral", str(r.pk), str(r.to_org), r.due_on)
        for r in referrals_received(actor, ("sent",))[: CAP + 1]
    ]
    return _section("referred", _("Referred to me"), rows, "referral_list", "state=sent")


def _needs(actor: Actor) -> Section:
    rows = [
        Row(
            f"{need.number} · {need.get_problem_display()}",
            "casework.urgent_need",
            str(need.pk),
            str(need.org),
            need.due_on,
        )
        for need in needs_to_do(actor)[: CAP + 1]
    ]
    return _section("needs", _("Urgent needs"), rows, "urgent_need_list", "state=open")


def _promises(actor: Actor) -> Section:
    rows = [
        Row(str(p), "casework.promise", str(p.pk), p.get_state_display(), p.due_on)
        for p in promises_to_do(actor)[: CAP + 1]
    ]
    return _section("promises", _("Resources asked for"), rows)


def _letters(actor: Actor) -> Section:
    """Answers that are overdue; of one's own, what is to be finished, sent, or noted as received."""
    rows = [
        Row(x.number or x.subject, "casework.letter", str(x.pk), f"{x.get_kind_display()} · {x.get_state_display()}", x.due_on)
        for x in letters_to_do(actor)[: CAP + 1]
    ]
    return _section("letters", _("Supervision letters"), rows, "letter_list")


def _unread(actor: Actor) -> Section:
    notes = inbox.notices(actor).filter(read_at=None)[: CAP + 1]
    rows = [Row(inbox.said(n), n.kind, n.object_id) for n in notes]
    return _section("unread", _("Unread"), rows, "inbox_list")


def _queue(actor: Actor) -> Section:
    """Open cases that need somebody first: risk, escalation, nobody in charge; by priority."""
    urgent = Q(risk__gte=Risk.RAISED) | Q(escalated_to__isnull=False) | Q(state=INTAKE_, worker=None)
    found = Case.objects.filter(by_place(actor.prefixes(FIELD)), urgent) if actor.roles() & FIELD else _asked(actor)
    found = found.filter(closed_on=None).select_related("org").defer("summary")
    rows = list(found.order_by("-risk", "due_on", "-id")[: CAP + 1])
    return _section("queue", _("Priority queue"), [_case(c) for c in rows], "case_list", "order=priority")


def _asked(actor: Actor) -> QuerySet[Case]:
    """Escalated to the very office of a city or province officer; the rest of their list is not theirs to work on."""
    offices = [p.org_id for p in actor.posts if p.role in ABOVE]
    return Case.objects.filter(by_place(actor.prefixes(ABOVE)), escalated_to__in=offices)


def _case(case: Case) -> Row:
    note = f"{case.get_line_display()} · {case.org.name} · {case.get_state_display()}"
    return Row(case.number, "casework.case", str(case.pk), note, case.due_on, case.risk)


def _own(actor: Actor) -> Section:
    """Cases of a worker, lawyer, partner or base cadre: raised by them, about them, or assigned to them."""
    if not possible(actor):
        return _empty("own", _("My requests"))
    found = tied(actor, "casework.case.list")
    return _section("own", _("My requests"), [_case(c) for c in found[: CAP + 1]], "case_list", "mine=1")


def _warnings(actor: Actor) -> Section:
    """Employers about whom many people came with one class of problem lately, also in separate cases (S24)."""
    day = today()
    terms = rules.terms_on(day)
    found = (
        Case.objects.filter(by_place(actor.prefixes(FIELD | ABOVE)), closed_on=None, employer__isnull=False)
        .filter(registered_on__gte=day - dt.timedelta(days=terms.warning_days))
        .exclude(problem="")
        .order_by()
        .values("employer_id", "employer__name", "problem")
        .annotate(many=Sum("people"))
        .filter(many__gte=terms.early_warning_people)
        .order_by("-many")[: CAP + 1]
    )
    rows = [
        Row(
            f"{w['employer__name']} · {Problem(w['problem']).label}",
            "registry.employer",
            str(w["employer_id"]),
            str(w["many"]),
        )
        for w in found
    ]
    return _section("warnings", _("Early warnings"), rows, "case_list", "order=priority")
