"""WRITE: how cases come in, and the facts they rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.models import Org, OrgKind, User
from shegong.kernel.orgs.reach import Actor, above, today, widened
from shegong.registry.models import Employer, Person
from shegong.registry.policy import FIELD
from shegong.registry.queries.people import current
from shegong.registry.services import people as register

from .. import rules
from ..models import Case, Participant
from ..policy import ASSESSMENT, CLOSED, INTAKE_, CloseReason, Form, Line, Problem, RecordKind, Risk, Source
from ._file import (
    add_record,
    close_file,
    file_of,
    holds,
    index_case,
    need_choice,
    need_fen,
    need_past,
    need_people,
    need_text,
    need_worker,
    new_number,
    open_person_to,
    refuse_unless,
    sound_alarm,
    start_clock,
    store_case,
    tell_field,
    tell_one,
    tie_client,
)  # fmt: skip

NOT_OWNERS = frozenset({OrgKind.BASE, OrgKind.PARTNER, OrgKind.FIRM})
CONSENT_KINDS = {"written", "spoken", "photo"}
FACTS = frozenset(
    {
        "line",
        "problem",
        "source",
        "summary",
        "people",
        "employer",
        "client",
        "newcomer",
        "claimed_fen",
        "recovered_fen",
        "registered_on",
    }
)


# --- coming in ------------------------------------------------------------------------------------------------------------
@action("casework.case.create")
def create_case(actor: Actor, place: Org, *, line: str, summary: str, worker: User | None = None, **facts: Any) -> Case:
    """Take in a case at ``place``; a base-level union's goes to the town above it. ``facts``: client (Person) or newcomer
    (fields of a new one), problem, source, form, risk, people, employer, registered_on, external_ref, claimed_fen.
    Raises ``Refused``."""
    owner = owner_of(place)
    client = client_of(actor, place, facts.pop("client", None), facts.pop("newcomer", None))
    case = _new(actor, owner, line=line, summary=summary, client=client, **facts)
    if worker is not None:
        case.worker = need_worker(case, worker, "worker")
    case.due_on = rules.next_due(INTAKE_, case.line, case.risk, today())
    with _writing_for(actor, owner.path):
        store_case(case)
        sound_alarm(case, new=True)
    if not _works_at(actor, owner):
        tell_field(case, gettext_noop("A new request came in: %(number)s."))
    return case


@action("casework.case.request")
def request_case(
    actor: Actor,
    place: Org,
    *,
    line: str,
    summary: str,
    problem: str = "",
    people: int = 1,
    source: str = Source.ONLINE,
) -> Case:
    """A worker asks for help herself; the town (or the county) takes it in. The client is her own record, where there is one."""
    own = Person.objects.filter(user_id=actor.user_id, state="active").first()
    owner = owner_of(place)
    case = _new(
        actor, owner, line=line, summary=summary, problem=problem, people=people, source=source, client=own,
        employer=own.employer if own else None,
    )  # fmt: skip
    case.due_on = rules.next_due(INTAKE_, case.line, case.risk, today())
    with _writing_for(actor, owner.path):
        store_case(case)
        sound_alarm(case, new=True)
    tell_field(case, gettext_noop("A new request came in: %(number)s."))
    return case


@action("casework.case.consult")
def consult_case(
    actor: Actor,
    place: Org,
    *,
    line: str,
    question: str,
    answer: str,
    problem: str = "",
    client_name: str = "",
    client_phone: str = "",
    source: str = Source.WALK_IN,
) -> Case:
    """The 30-second consultation: asked and answered, closed at once. Name and phone only where the person gives them."""
    answer = need_text(answer, "answer")
    if client_phone and not client_name.strip():
        raise Refused(_("Give the name that belongs to this phone number, or leave both empty."), field="client_name")
    newcomer = {"name": client_name.strip(), "phone": client_phone} if client_name.strip() else None
    owner = owner_of(place)
    client = client_of(actor, place, None, newcomer)
    day = today()
    case = _new(
        actor, owner, line=line, summary=need_text(question, "question"), problem=problem, source=source,
        form=Form.CONSULTATION, client=client,
    )  # fmt: skip
    case.state, case.closed_on, case.close_reason, case.worker_id = CLOSED, day, CloseReason.GOAL, actor.user_id
    with _writing_for(actor, owner.path):
        store_case(case, answer)
        add_record(actor, case, RecordKind.CONTACT, {"question": question, "answer": answer}, on=day, index=False)
    return case


def owner_of(place: Org) -> Org:
    """The organisation that owns a case raised at ``place``: itself, or the nearest above it that keeps cases (a base-level
    union, being inside the employer, does not). Raises ``Refused`` where there is none."""
    if place.kind not in NOT_OWNERS:
        return place
    found = Org.objects.filter(path__in=above(place.path)).exclude(kind__in=NOT_OWNERS).order_by("-path").first()
    if found is None:
        raise Refused(_("%(org)s keeps no case files: choose the town or county union.") % {"org": place.name})
    return found


def _writing_for(actor: Actor, path: str) -> AbstractContextManager[None]:
    """Widen the reach for a place that the actor may raise cases at but does not see; spare it for who sees it anyway."""
    return nullcontext() if any(path.startswith(p) for p in actor.row_prefixes()) else widened(path)


def _works_at(actor: Actor, owner: Org) -> bool:
    return any(post.role in FIELD and owner.path.startswith(post.path) for post in actor.posts)


def client_of(actor: Actor, place: Org, client: Person | None, newcomer: Mapping[str, Any] | None) -> Person | None:
    """The client: a record on file (that of the merged row's successor), or one registered now. Raises ``Refused`` with
    the field as forms call it (``client_id_number``)."""
    if not newcomer:
        return current(client) if client else None
    try:
        return register.register_person(actor, place, **newcomer)  # type: ignore[no-any-return]
    except Refused as refusal:
        field = f"client_{refusal.field}" if refusal.field else None
        raise Refused(refusal.message, field=field, **refusal.detail) from refusal


def _new(
    actor: Actor,
    owner: Org,
    *,
    line: str,
    summary: str,
    problem: str = "",
    source: str = Source.WALK_IN,
    form: str = Form.INDIVIDUAL,
    risk: int = Risk.NORMAL,
    people: int = 1,
    client: Person | None = None,
    employer: Employer | None = None,
    registered_on: dt.date | None = None,
    external_ref: str = "",
    claimed_fen: int = 0,
) -> Case:
    """An unsaved case with its number, every value checked."""
    need_people(people)
    need_fen(claimed_fen, "claimed_fen")
    if problem:
        need_choice(problem, Problem, "problem")
    day = need_past(registered_on, "registered_on")
    return Case(
        org=owner, org_path=owner.path, number=new_number(day), form=need_choice(form, Form, "form"),
        line=need_choice(line, Line, "line"), problem=problem, source=need_choice(source, Source, "source"),
        risk=need_choice(risk, Risk, "risk"), people=people, client=client,
        employer=employer or (client.employer if client else None), summary=need_text(summary, "summary"),
        raised_by_id=actor.user_id or None, registered_on=day, external_ref=external_ref, claimed_fen=claimed_fen,
    )  # fmt: skip


# --- taken in or not --------------------------------------------------------------------------------------------------------
@action("casework.case.accept")
def accept_case(actor: Actor, case: Case, *, worker: User | None = None) -> Done:
    """Accept; ``worker`` (the actor by default) is in charge from now on."""
    refuse_unless(rules.may_accept(file_of(case)))
    chosen = worker or case.worker or User.objects.get(pk=actor.user_id)
    case.worker = need_worker(case, chosen, "worker")
    start_clock(case, ASSESSMENT)
    tell_one(case, case.worker_id, actor, gettext_noop("You are in charge of case %(number)s."))
    tell_one(case, case.raised_by_id, actor, gettext_noop("Your request %(number)s was accepted."))
    return Done(case)


@action("casework.case.decline")
def decline_case(actor: Actor, case: Case, *, reason: str) -> Done:
    """Decline with a reason that whoever raised it can read; counts as closed today."""
    reason = need_text(reason, "reason", 5)
    close_file(actor, case, CloseReason.OTHER, {"decision": "declined", "reason": reason})
    tell_one(
        case, case.raised_by_id, actor, gettext_noop("Your request %(number)s was declined; the reason is on the file.")
    )
    return Done(case, reason=reason)


@action("casework.case.take_up")
def take_up_consultation(actor: Actor, case: Case, *, summary: str = "", worker: User | None = None) -> Done:
    """A consultation turns out to need casework: it becomes a case in intake; the answer given stays on file."""
    if case.form != Form.CONSULTATION:
        raise Refused(_("Only a consultation can be taken up; reopen a closed case instead."))
    case.form, case.closed_on, case.close_reason = Form.INDIVIDUAL, None, ""
    case.worker = need_worker(case, worker, "worker") if worker else case.worker
    if case.worker and not holds(case.worker, FIELD, case.org_path):
        case.worker = None  # a hotline clerk answered; somebody in the field takes over
    if summary.strip():
        case.summary = summary.strip()
    start_clock(case, INTAKE_)
    index_case(case)
    return Done(case)


# --- consent and facts ------------------------------------------------------------------------------------------------------
@action("casework.case.consent")
def record_consent(
    actor: Actor,
    case: Case,
    *,
    kind: str,
    exceptions_explained: bool,
    consent_on: dt.date | None = None,
    note: str = "",
) -> Done:
    """Record informed consent. ``kind``: written, spoken or photo. The client must have heard when confidence ends: danger
    to life, minors, the law (domain.md 3.7)."""
    if kind not in CONSENT_KINDS:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": kind}, field="kind")
    if not exceptions_explained:
        raise Refused(
            _(
                "Consent counts only when the exceptions from confidentiality were explained: danger to life, minors, the law."
            ),
            field="exceptions_explained",
        )
    day = need_past(consent_on, "consent_on")
    case.consent_on = day
    add_record(actor, case, RecordKind.CONSENT, {"kind": kind, "exceptions_explained": True, "note": note}, on=day)
    return Done(case)


@action("casework.case.correct_facts")
def correct_facts(actor: Actor, case: Case, *, reason: str, **facts: Any) -> Done:
    """Correct facts of the case; only those given change. A changed request keeps its old text on the file.

    Raises ``Refused``; ``TypeError`` for a fact that is none.
    """
    if unknown := set(facts) - FACTS:
        raise TypeError(f"no facts of a case: {sorted(unknown)}")
    reason = need_text(reason, "reason")
    _check_facts(case, facts)
    if "client" in facts or facts.get("newcomer"):
        case.client = client_of(actor, case.org, facts.pop("client", None), facts.pop("newcomer", None))
        tie_client(case)
        if case.client:
            open_person_to(case, case.client)
    summary = facts.pop("summary", None)
    if summary is not None and summary.strip() != case.summary:
        body = {"field": "summary", "old": case.summary, "text": need_text(summary, "summary"), "reason": reason}
        case.summary = summary.strip()
        add_record(actor, case, RecordKind.CORRECTION, body)
    facts.pop("newcomer", None)
    for name, value in facts.items():
        setattr(case, name, value)
    sound_alarm(case)
    return Done(case, reason=reason)


def _check_facts(case: Case, facts: Mapping[str, Any]) -> None:
    for name, choices in (("line", Line), ("source", Source)):
        if name in facts:
            need_choice(facts[name], choices, name)
    if facts.get("problem"):
        need_choice(facts["problem"], Problem, "problem")
    for name in ("claimed_fen", "recovered_fen"):
        need_fen(facts.get(name, 0), name)
        if case.form == Form.GROUP and name in facts and facts[name] != getattr(case, name):
            raise Refused(_("In a group case amounts are the sum over its workers: correct them there."), field=name)
    if "people" in facts:
        least = max(1, Participant.objects.filter(case=case).exclude(result="left").count())
        if facts["people"] < least:
            raise Refused(_("The file names %(count)s people already.") % {"count": least}, field="people")
    if "registered_on" in facts:
        need_past(facts["registered_on"], "registered_on")
