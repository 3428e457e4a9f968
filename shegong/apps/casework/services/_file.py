"""What the services of a case share: its records, its clock, its search tokens, who may work on it, who is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.orgs.models import Grant, Org, Scoped, User
from shegong.kernel.orgs.reach import Actor, above, today
from shegong.kernel.orgs.roles import all_roles
from shegong.kernel.vault import search
from shegong.registry.models import Person
from shegong.registry.policy import FIELD
from shegong.registry.services import people

from .. import rules
from ..models import (
    CLOCK,
    AidApplication,
    Case,
    CaseSearch,
    LegalClock,
    Mediation,
    Member,
    Participant,
    PlanNeed,
    Promise,
    Record,
    Referral,
    Task,
)  # fmt: skip
from ..policy import CASE, Form, RecordKind
from ..policy.aid import OPEN_AID
from ..policy.clocks import LIVE
from ..policy.mediation import OPEN_MEDIATION
from ..queries.cases import lasting

REASONS = {
    "no_client": gettext_lazy("First say whom the case is about: the client, or a worker of the group."),
    "no_consent": gettext_lazy("First record the client's consent."),
    "consent_later": gettext_lazy("This day lies before the client's consent; an assessment needs consent first."),
    "no_assessment": gettext_lazy("First record the assessment."),
    "no_need": gettext_lazy("The plan has no open need yet: add at least one."),
    "empty_plan": gettext_lazy("There is no need in the plan, so there is nothing to evaluate."),
    "not_evaluated": gettext_lazy(
        "With this reason the evaluation comes first; record it, or choose the reason that holds."
    ),
    "no_evaluation": gettext_lazy("First record the evaluation."),
    "open_needs": gettext_lazy("Some needs of the plan are still open: set the outcome of each."),
    "open_referrals": gettext_lazy("A referral is still with another office: wait for its answer or recall it."),
    "open_promises": gettext_lazy("A promised resource is still outstanding: have it delivered, or refused."),
    "open_shares": gettext_lazy("Workers of the group still have no result: set it for each, or split them out."),
    "open_aid": gettext_lazy("Legal aid is still under way: it is concluded, ended or withdrawn first."),
    "open_mediation": gettext_lazy("A joint mediation is under way: it ends, or is paid, first."),
    "live_clocks": gettext_lazy("A statutory clock still runs: note what was done, or that it was entered by mistake."),
}


def refuse_unless(verdict: rules.Verdict, field: str | None = None) -> None:
    """Raise ``Refused`` with every reason of a failed verdict."""
    if not verdict.ok:
        raise Refused(
            " ".join(str(REASONS[code]) for code in verdict.reasons), field=field, reasons=list(verdict.reasons)
        )


def need_text(text: str | None, field: str, least: int = 2) -> str:
    """The text without outer blanks. Raises ``Refused`` when it is shorter than ``least`` characters."""
    kept = (text or "").strip()
    if len(kept) < least:
        raise Refused(_("Write at least %(least)s characters here.") % {"least": least}, field=field)
    return kept


def need_past(day: dt.date | None, field: str) -> dt.date:
    """The day, today by default. Raises ``Refused`` for one in the future."""
    day = day or today()
    if day > today():
        raise Refused(_("This day lies in the future; enter the day on which it happened."), field=field)
    if day < rules.EARLIEST:
        raise Refused(_("This day lies before 1949; check the year."), field=field)
    return day


def need_future(day: dt.date, field: str) -> dt.date:
    """Raises ``Refused`` for a day before today."""
    if day < today():
        raise Refused(_("This day has passed; enter today or a later day."), field=field)
    return day


def need_fen(value: int, field: str) -> int:
    """Raises ``Refused`` for an amount below nothing or beyond any claim."""
    if not 0 <= value <= rules.MOST_FEN:
        raise Refused(_("The amount must lie between 0 and 100 billion yuan."), field=field)
    return value


def need_people(value: int, field: str = "people") -> int:
    """Raises ``Refused`` for nobody, or more people than any one case concerns."""
    if not 1 <= value <= rules.MOST_PEOPLE:
        raise Refused(_("The number of people must lie between 1 and 1,000,000."), field=field)
    return value


def need_choice(value: Any, choices: Any, field: str) -> Any:
    """Raises ``Refused`` when ``value`` is none of the declared choices."""
    if value not in choices.values:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": value}, field=field)
    return value


def place_of(thing: Scoped) -> dict[str, Any]:
    """Organisation and path, which every row that hangs on a thing carries too."""
    return {"org_id": thing.org_id, "org_path": thing.org_path}


# --- records and their search tokens ---------------------------------------------------------------------------------------
def add_record(
    actor: Actor,
    case: Case,
    kind: str,
    body: Mapping[str, Any],
    *,
    on: dt.date | None = None,
    minutes: int | None = None,
    corrects: Record | None = None,
    index: bool = True,
) -> Record:
    """Put one entry on the file; ``body`` is the form's fields, empty ones left out. Raises ``Refused`` for a future day."""
    made = Record.objects.create(
        case=case,
        kind=kind,
        body=Record.body_of(body),
        happened_on=need_past(on, "happened_on"),
        minutes=minutes,
        by_id=actor.user_id,
        corrects=corrects,
        **place_of(case),
    )
    if index:
        index_case(case)
    return made


def index_case(case: Case) -> None:
    """Make the blind search tokens of the whole file anew: the request, every entry with its old texts, every goal."""
    search.put(CaseSearch, case.pk, [case.summary, *CaseSearch.written_in([case.pk])[case.pk]])


# --- the clock ----------------------------------------------------------------------------------------------------------------
def start_clock(case: Case, state: str, due_on: dt.date | None = None) -> None:
    """Set the day by which the next step in ``state`` is due, and make it a task of the worker in charge."""
    case.due_on = due_on or rules.next_due(state, case.line, case.risk, today())
    stop_clock(case)
    if case.due_on and case.worker_id:
        Task.objects.create(case=case, text=CLOCK, owner_id=case.worker_id, due_on=case.due_on, **place_of(case))


def stop_clock(case: Case) -> None:
    """The step that was waited for is done."""
    Task.objects.filter(case=case, text=CLOCK, done_on=None).update(done_on=today())


# --- what the rules ask about ---------------------------------------------------------------------------------------------------
def file_of(case: Case) -> rules.CaseFile:
    """The case file as the pure rules see it."""
    kinds = set(Record.objects.filter(case=case).order_by().values_list("kind", flat=True).distinct())
    return rules.CaseFile(
        form=case.form,
        state=case.state,
        has_client=case.client_id is not None,
        participants=Participant.objects.filter(case=case).count(),
        consent_on=case.consent_on,
        assessed=RecordKind.ASSESSMENT in kinds,
        evaluated=RecordKind.EVALUATION in kinds,
        need_outcomes=tuple(PlanNeed.objects.filter(case=case).order_by().values_list("outcome", flat=True)),
        open_referrals=Referral.objects.filter(case=case, state__in=["sent", "accepted"]).count(),
        open_promises=Promise.objects.filter(case=case, state__in=["asked", "promised", "delivered"]).count(),
        open_mediation=Mediation.objects.filter(case=case, state__in=OPEN_MEDIATION).count(),
        open_aid=AidApplication.objects.filter(case=case, state__in=OPEN_AID).count(),
        live_clocks=LegalClock.objects.filter(case=case, state__in=LIVE).count(),
        open_shares=Participant.objects.filter(case=case, result="open").count() if case.form == Form.GROUP else 0,
    )


def new_number(day: dt.date) -> str:
    """A case number: the year of registration and seven digits of one sequence."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('casework_case_number')")
        return f"{day.year}{cursor.fetchone()[0]:07d}"


def store_case(case: Case, *more: str) -> None:
    """Insert the case, its search tokens and the client's own tie to it."""
    case.save(force_insert=True)
    search.add_many(CaseSearch, [(case.pk, "", [case.summary, *more])])
    if case.client:
        open_person_to(case, case.client)
    if case.client and case.client.user_id:
        Member.objects.create(case=case, user_id=case.client.user_id, tie="client", **place_of(case))


def sum_up(case: Case) -> None:
    """Money and people of a group case, from its workers."""
    shares = [
        rules.Share(*row)
        for row in Participant.objects.filter(case=case).values_list("claimed_fen", "recovered_fen", "result")
    ]
    totals = rules.group_totals(shares)
    case.claimed_fen, case.recovered_fen = totals.claimed_fen, totals.recovered_fen
    case.people = max(case.people, totals.people)


# --- closing, alarms, the client's own tie -----------------------------------------------------------------------
def close_file(actor: Actor, case: Case, reason: str, body: Mapping[str, Any]) -> None:
    """Close today. The decision on file keeps the closing countable by its day even when the case is opened again."""
    case.closed_on, case.close_reason, case.due_on, case.held_from = today(), reason, None, ""
    case.escalated_to = None
    Task.objects.filter(case=case, done_on=None).update(done_on=today())
    add_record(actor, case, RecordKind.DECISION, body)


def sound_alarm(case: Case, *, new: bool = False) -> None:
    """Raise the alarm that risk and number of people ask for; a new case, already stored, is stored again then."""
    found = rules.alarm(case.risk, case.people, rules.terms_on(today()))
    if not found.level:
        return
    raised = found.least_risk > case.risk
    case.risk = max(case.risk, found.least_risk)
    up = case.org.parent
    escalate = found.level == "immediate" and up is not None and case.escalated_to_id is None
    if escalate:
        case.escalated_to = up
        tell_over(case, up, gettext_noop("Danger to life in case %(number)s: it was escalated to you."))
    elif raised or new:
        tell_over(
            case,
            up,
            gettext_noop("Early warning: %(people)s people with one claim in case %(number)s."),
            people=str(case.people),
        )
    if new:
        case.due_on = rules.next_due(case.state, case.line, case.risk, today())
        case.save(update_fields=["risk", "escalated_to", "due_on"])


def open_person_to(case: Case, person: Person) -> None:
    """Let the case's organisation see a person who is on file with another one; the case is the reason."""
    if not person.org_path.startswith(case.org_path):
        people.record_tie(person.pk, case.org, "case")


def tie_client(case: Case) -> None:
    """Let the client's account, where she has one, see her own case; an earlier client's tie ends."""
    wanted = case.client.user_id if case.client else None
    Member.objects.filter(case=case, tie="client").exclude(user_id=wanted or 0).delete()
    if wanted and not Member.objects.filter(case=case, tie="client", user_id=wanted).exists():
        Member.objects.create(case=case, user_id=wanted, tie="client", **place_of(case))


# --- people ---------------------------------------------------------------------------------------------------------------------
def holds(user: User | int, roles: Iterable[str], path: str) -> bool:
    """Whether an active account holds one of ``roles`` today at ``path`` or above it."""
    return bool(_holders(roles, path).filter(user=user).exists())


def _holders(roles: Iterable[str], path: str) -> Any:
    day = today()
    found = Grant.objects.filter(role__in=list(roles), valid_from__lte=day, user__is_active=True).exclude(
        valid_to__lte=day
    )
    return found.filter(org__path__in=above(path))


def need_worker(case: Case, user: User, field: str) -> User:
    """Raises ``Refused`` for somebody who holds no field post at the case's organisation or above it."""
    if not holds(user, FIELD, case.org_path):
        raise Refused(_("%(name)s holds no post today that reaches this case.") % {"name": user.name}, field=field)
    return user


def need_hand(case: Case, user: User, field: str) -> User:
    """Raises ``Refused`` for somebody who neither reaches the case by post nor is tied to it."""
    tied = Member.objects.filter(lasting(), case=case, user=user, tie__in=["lawyer", "mediator", "partner", "helper"])
    return user if tied.exists() else need_worker(case, user, field)


# --- telling --------------------------------------------------------------------------------------------------------------------
def overseers() -> list[str]:
    """Roles that hear of what waits or burns below them."""
    return [role.code for role in all_roles().values() if role.oversees]


def tell_field(case: Case, text: str, **values: str) -> None:
    """Tell the nearest field staff at the case's place or above it."""
    tell(case.org_path, sorted(FIELD), text, {"number": case.number, **values}, CASE.code, case.pk)


def tell_over(case: Case, org: Org | None, text: str, **values: str) -> None:
    """Tell those who oversee from ``org`` on upwards."""
    tell((org or case.org).path, overseers(), text, {"number": case.number, **values}, CASE.code, case.pk)


def tell_one(case: Case, user_id: int | None, actor: Actor, text: str, **values: str) -> None:
    """Tell one account, unless it is the one who acts."""
    if user_id and user_id != actor.user_id:
        tell_user(user_id, text, {"number": case.number, **values}, CASE.code, case.pk)
