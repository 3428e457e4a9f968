"""READ: what other systems are given — explicit fields for each circle of readers, from the same queries as the pages."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import QuerySet

from shegong.kernel.actions.api import Given
from shegong.kernel.orgs.reach import Actor
from shegong.registry.policy import FIELD

from .. import rules
from ..models import Case, Referral, UrgentNeed
from ..policy import CASE, REFERRAL, URGENT_NEED
from .cases import cases


class OrgRef(Given):
    code: str
    name: str


class ClientGiven(Given):
    """The client behind masks."""

    id: uuid.UUID
    name: str
    id_number: str
    phone: str


class CaseRow(Given):
    """One line of the list. The client's name is cut for who may list but not open the case."""

    id: uuid.UUID
    number: str
    external_ref: str
    line: str
    form: str
    problem: str
    source: str
    state: str
    risk: int
    people: int
    client: str
    org: OrgRef
    worker: str
    registered_on: dt.date
    due_on: dt.date | None
    closed_on: dt.date | None


class CaseGiven(CaseRow):
    """A case for who may open it; opening it is in the trail."""

    summary: str
    client_record: ClientGiven | None
    consent_on: dt.date | None
    close_reason: str
    claimed_fen: int
    recovered_fen: int
    reopened: int
    version: int


class StepGiven(Given):
    phase: str
    label: str
    state: str


class ProgressGiven(Given):
    """Where a request stands, for its sender: phases and dates, nothing of the file."""

    id: uuid.UUID
    number: str
    external_ref: str
    state: str
    state_label: str
    steps: list[StepGiven]
    registered_on: dt.date
    due_on: dt.date | None
    closed_on: dt.date | None
    close_reason: str
    reopened: int
    org: OrgRef


class Filed(Given):
    """A case taken in. Only what never changes, so that the same key gives the same answer for ever."""

    id: uuid.UUID
    number: str
    external_ref: str
    registered_on: dt.date
    org: OrgRef


class Logged(Given):
    """A deed done to a case."""

    id: uuid.UUID
    number: str
    deed: str


class UrgentNeedGiven(Given):
    id: uuid.UUID
    number: str
    problem: str
    state: str
    state_label: str
    text: str
    people: int
    org: OrgRef
    raised_on: dt.date
    due_on: dt.date
    closed_on: dt.date | None
    answer: str
    version: int


class UrgentNeedRaised(Given):
    id: uuid.UUID
    number: str
    raised_on: dt.date
    org: OrgRef


class ReferralGiven(Given):
    """What sender and receiver both see. The phone stays masked; showing it is a deed of its own on the page."""

    id: uuid.UUID
    case_number: str
    state: str
    state_label: str
    from_org: OrgRef
    to_org: OrgRef
    client_name: str
    client_phone: str
    shared: str
    sent_on: dt.date
    due_on: dt.date
    answered_on: dt.date | None
    outcome: str
    answer: str
    version: int


class ReferralDone(Given):
    """A deed done to a referral, and the state it brought about."""

    id: uuid.UUID
    deed: str
    state: str


# --- from rows to fields --------------------------------------------------------------------------------------------------
def _org(org: Any) -> dict[str, str]:
    return {"code": org.code, "name": org.name}


def shown_name(actor: Actor, case: Case) -> str:
    """The client's name for those who may open the case; its first character for levels that see rows only."""
    if case.client is None:
        return ""
    inside = any(p.role in FIELD and case.org_path.startswith(p.path) for p in actor.posts)
    theirs = case.worker_id == actor.user_id or case.raised_by_id == actor.user_id or not actor.row_prefixes()
    return case.client.name if inside or theirs else case.client.name[:1] + "**"


def case_row(actor: Actor, case: Case) -> dict[str, Any]:
    """One line of the list."""
    same = (
        "id", "number", "external_ref", "line", "form", "problem", "source", "state", "risk", "people", "registered_on",
        "due_on", "closed_on",
    )  # fmt: skip
    return {
        **{name: getattr(case, name) for name in same}, "client": shown_name(actor, case), "org": _org(case.org),
        "worker": case.worker.name if case.worker else "",
    }  # fmt: skip


def case_given(actor: Actor, case: Case) -> dict[str, Any]:
    """The whole case; ``case`` comes from ``open_case``."""
    same = ("summary", "consent_on", "close_reason", "claimed_fen", "recovered_fen", "reopened", "version")
    client = case.client
    record = None
    if client is not None:
        masked = {"id_number": str(client.id_number or ""), "phone": str(client.phone or "")}
        record = {"id": client.pk, "name": client.name, **masked}
    return {**case_row(actor, case), **{name: getattr(case, name) for name in same}, "client_record": record}


def progress_given(case: Case) -> dict[str, Any]:
    """Phases and dates."""
    same = ("id", "number", "external_ref", "state", "registered_on", "due_on", "closed_on", "close_reason", "reopened")
    steps = [
        {"phase": p, "label": str(CASE.states[p]), "state": how} for p, how in rules.steps(case.state, case.held_from)
    ]
    return {
        **{name: getattr(case, name) for name in same}, "state_label": str(CASE.states[case.state]), "steps": steps,
        "org": _org(case.org),
    }  # fmt: skip


def filed(case: Case) -> dict[str, Any]:
    return {
        "id": case.pk, "number": case.number, "external_ref": case.external_ref, "registered_on": case.registered_on,
        "org": _org(case.org),
    }  # fmt: skip


def need_given(need: UrgentNeed) -> dict[str, Any]:
    same = ("id", "number", "problem", "state", "text", "people", "raised_on", "due_on", "closed_on", "version")
    return {
        **{name: getattr(need, name) for name in same}, "state_label": str(URGENT_NEED.states[need.state]),
        "answer": need.answer or "", "org": _org(need.org),
    }  # fmt: skip


def raised(need: UrgentNeed) -> dict[str, Any]:
    return {"id": need.pk, "number": need.number, "raised_on": need.raised_on, "org": _org(need.org)}


def referral_given(referral: Referral) -> dict[str, Any]:
    same = (
        "id",
        "case_number",
        "state",
        "client_name",
        "shared",
        "sent_on",
        "due_on",
        "answered_on",
        "outcome",
        "version",
    )
    return {
        **{name: getattr(referral, name) for name in same}, "state_label": str(REFERRAL.states[referral.state]),
        "client_phone": str(referral.client_phone or ""), "answer": referral.answer or "", "from_org": _org(referral.org),
        "to_org": _org(referral.to_org),
    }  # fmt: skip


def cases_by_reference(actor: Actor, external_ref: str) -> QuerySet[Case]:
    """Cases that the actor's own account filed under its own number; the newest first."""
    found: QuerySet[Case] = cases(actor, "casework.case.list").filter(
        raised_by_id=actor.user_id, external_ref=external_ref
    )
    return found
