"""SHOW and TAKE for machines: cases, consultations, urgent needs, referrals and tables, through the same doors as a click."""

from __future__ import annotations

import json
import uuid
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from shegong.kernel.actions.api import (
    ASKED,
    DONE,
    MOST,
    Code,
    Given,
    Id,
    KeyHeader,
    Month,
    Page,
    Sent,
    Word,
    actor_of,
    answers,
    one,
    org_asked,
    org_named,
    page_of,
    replayed,
)
from shegong.kernel.actions.errors import NotAllowed, Refused, Stale, WrongState
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.registry.queries import employer_coded

from . import reports
from .forms import wire as sent
from .policy import CASE, REFERRAL, Source
from .queries import wire
from .queries.cases import cases, open_case
from .queries.lists import Filters, list_rows
from .queries.referrals import referrals
from .queries.urgent_needs import filtered_needs
from .services.cases import consult_case, create_case
from .services.phases import log_contact
from .services.referrals import accept_referral, decline_referral, finish_referral
from .services.urgent_needs import raise_need

router = Router()


# --- cases --------------------------------------------------------------------------------------------------------------
class CaseQuery(Sent):
    """Filters of the list; those of the page, by the same names."""

    model_config = ASKED
    after: Word = Field("", description="Key of the next page, as the last one gave it.")
    limit: int = Field(20, ge=1, le=MOST)
    external_ref: Word = Field("", description="Your own number; only cases that your account filed.")
    state: Word = ""
    line: Word = ""
    problem: Word = ""
    source: Word = ""
    form: Word = ""
    risk: Word = Field("", description="At least this level, 0 to 3.")
    number: Word = ""
    client: Word = Field("", description="Name, pinyin or initials.")
    text: Word = Field("", description="Words in the file.")
    org: Word = Field("", description="Code of an organisation; with everything below it.")
    registered_from: Word = ""
    registered_to: Word = ""
    closed_from: Word = ""
    closed_to: Word = ""
    overdue: bool = False
    mine: bool = False
    order: Literal["newest", "priority"] = "newest"


@router.get("cases", response=answers(Page[wire.CaseRow], 422), tags=["cases"], summary="List cases")
def list_cases(request: HttpRequest, query: Query[CaseQuery]) -> Any:
    """Cases that you may list, newest first or by priority."""
    actor = actor_of(request)
    if not actor.roles() & CASE.deeds["list"].roles and not actor.posts:
        raise NotAllowed()
    if query.external_ref:
        rows, after = page_of(wire.cases_by_reference(actor, query.external_ref), _id(query.after), query.limit)
        return {"items": [wire.case_row(actor, c) for c in rows], "after": after}
    asked = {
        k: str(v)
        for k, v in query.dict(exclude={"after", "limit", "external_ref", "overdue", "mine", "org"}).items()
        if v
    }
    asked |= {name: "1" for name in ("overdue", "mine") if getattr(query, name)}
    if query.org:
        asked["org"] = str(org_named(query.org).pk)
    filters = Filters.read(asked)
    page = list_rows(actor, filters, after=query.after or None, limit=query.limit, count=False)
    if page.errors:
        name, message = next(iter(page.errors.items()))
        raise Refused(message, field=name)
    return {"items": [wire.case_row(actor, c) for c in page.rows], "after": page.after or None}


def _id(given: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": given}, field="after") from None


@router.get("cases/{uuid:pk}", response=answers(wire.CaseGiven), tags=["cases"], summary="Open a case")
def get_case(request: HttpRequest, pk: Id) -> Any:
    """The facts of one case. That you looked is in its trail."""
    actor = actor_of(request)
    return wire.case_given(actor, open_case(actor, pk))


@router.get(
    "cases/{uuid:pk}/progress", response=answers(wire.ProgressGiven), tags=["cases"], summary="Progress of a request"
)
def get_progress(request: HttpRequest, pk: Id) -> Any:
    """Where a request stands: phases and dates, for its sender and those who work on it."""
    return wire.progress_given(one(cases(actor_of(request), "casework.case.list"), pk))


@router.post("cases", response=answers(wire.Filed, *DONE, status=201), tags=["cases"], summary="File a request")
def file_case(request: HttpRequest, response: HttpResponse, body: sent.CaseSent, key: KeyHeader) -> Any:
    """A new case, waiting to be accepted by the organisation. Its source is "from another system"."""
    given = body.dict(exclude={"org", "client", "employer_code", "problem", "registered_on"})
    made = create_case(
        actor_of(request), org_named(body.org), key=key, source=Source.SYSTEM, problem=body.problem or "",
        employer=employer_coded(body.employer_code), registered_on=body.registered_on,
        newcomer=body.client.dict() if body.client else None, **given,
    )  # fmt: skip
    return 201, wire.filed(replayed(response, made))


@router.post("cases/{uuid:pk}/contacts", response=answers(wire.Logged, *DONE), tags=["cases"], summary="Log a contact")
def post_contact(request: HttpRequest, response: HttpResponse, pk: Id, body: sent.ContactSent, key: KeyHeader) -> Any:
    """A contact, visit or session for the file of a case you work on."""
    actor = actor_of(request)
    case = one(cases(actor, "casework.case.log"), pk)
    done = replayed(response, log_contact(actor, case, key=key, **body.dict()))
    return {"id": done.pk, "number": done.number, "deed": "casework.case.log"}


@router.post(
    "consultations", response=answers(wire.Filed, *DONE, status=201), tags=["cases"], summary="Record a consultation"
)
def post_consultation(request: HttpRequest, response: HttpResponse, body: sent.ConsultationSent, key: KeyHeader) -> Any:
    """Asked and answered at once; counted as closed."""
    given = {**body.dict(exclude={"org", "problem"}), "problem": body.problem or "", "source": Source.SYSTEM}
    made = consult_case(actor_of(request), org_named(body.org), key=key, **given)
    return 201, wire.filed(replayed(response, made))


# --- urgent needs ---------------------------------------------------------------------------------------------------------
class NeedQuery(Sent):
    model_config = ASKED
    after: Id | None = Field(None, description="Key of the next page.")
    limit: int = Field(20, ge=1, le=MOST)
    state: Literal["", "open", "raised", "assigned", "in_hand", "answered", "closed"] = ""
    problem: Literal["", "relief", "job", "wages", "rest", "safety", "women"] = ""
    overdue: bool = False


@router.get(
    "urgent-needs", response=answers(Page[wire.UrgentNeedGiven]), tags=["urgent needs"], summary="List urgent needs"
)
def list_urgent_needs(request: HttpRequest, query: Query[NeedQuery]) -> Any:
    """Needs within your reach, raised by you or given to you."""
    found = filtered_needs(actor_of(request), state=query.state, problem=query.problem, overdue=query.overdue)
    rows, after = page_of(found, query.after, query.limit)
    return {"items": [wire.need_given(n) for n in rows], "after": after}


@router.post(
    "urgent-needs",
    response=answers(wire.UrgentNeedRaised, *DONE, status=201),
    tags=["urgent needs"],
    summary="Raise an urgent need",
)
def post_urgent_need(request: HttpRequest, response: HttpResponse, body: sent.UrgentNeedSent, key: KeyHeader) -> Any:
    """Anyone raises one; only the one who raised it closes it off."""
    given = {**body.dict(exclude={"org", "employer_code"}), "employer": employer_coded(body.employer_code)}
    made = raise_need(actor_of(request), org_named(body.org), key=key, **given)
    return 201, wire.raised(replayed(response, made))


# --- referrals --------------------------------------------------------------------------------------------------------
class ReferralQuery(Sent):
    model_config = ASKED
    after: Id | None = Field(None, description="Key of the next page.")
    limit: int = Field(20, ge=1, le=MOST)
    end: Literal["both", "received", "sent"] = "both"
    state: Literal["", "sent", "accepted", "declined", "done", "recalled"] = ""


@router.get("referrals", response=answers(Page[wire.ReferralGiven]), tags=["referrals"], summary="List referrals")
def list_referrals(request: HttpRequest, query: Query[ReferralQuery]) -> Any:
    """Referrals sent or received by your offices. What they share is personal: that you read them is in the trail."""
    actor = actor_of(request)
    deeds = {"both": "view", "received": "accept", "sent": "recall"}
    found = referrals(actor, REFERRAL.deeds[deeds[query.end]].code)
    rows, after = page_of(found.filter(state=query.state) if query.state else found, query.after, query.limit)
    code = REFERRAL.deeds["view"].code
    for row in rows:
        trail.write(actor, trail.Line(code, REFERRAL.code, row.pk, row.org_path, Outcome.SEEN, "list"))
    return {"items": [wire.referral_given(r) for r in rows], "after": after}


def _answer(request: HttpRequest, response: HttpResponse, pk: uuid.UUID, key: uuid.UUID, verb: str, body: Sent) -> Any:
    """One deed of the receiver. In conflict, both versions are told."""
    actor, deed = actor_of(request), REFERRAL.deeds[verb]
    given = body.dict()
    version = given.pop("version")
    referral = one(referrals(actor, deed.code), pk)
    service = {"accept": accept_referral, "decline": decline_referral, "finish": finish_referral}[verb]
    try:
        done = service(actor, referral, key=key, version=version, **given)
    except (Stale, WrongState) as conflict:
        now = one(referrals(actor, deed.code), pk)
        conflict.detail |= {
            "yours": body.dict(),
            "theirs": json.loads(wire.ReferralGiven(**wire.referral_given(now)).json()),
        }
        raise
    replayed(response, done)
    return {"id": done.pk, "deed": deed.code, "state": deed.target}


@router.post(
    "referrals/{uuid:pk}/accept",
    response=answers(wire.ReferralDone, *DONE),
    tags=["referrals"],
    summary="Accept a referral",
)
def accept(request: HttpRequest, response: HttpResponse, pk: Id, body: sent.ReferralAccepted, key: KeyHeader) -> Any:
    """The receiving office takes it on."""
    return _answer(request, response, pk, key, "accept", body)


@router.post(
    "referrals/{uuid:pk}/decline",
    response=answers(wire.ReferralDone, *DONE),
    tags=["referrals"],
    summary="Decline a referral",
)
def decline(request: HttpRequest, response: HttpResponse, pk: Id, body: sent.ReferralDeclined, key: KeyHeader) -> Any:
    """With a reason that the sender reads."""
    return _answer(request, response, pk, key, "decline", body)


@router.post(
    "referrals/{uuid:pk}/finish",
    response=answers(wire.ReferralDone, *DONE),
    tags=["referrals"],
    summary="Report the outcome",
)
def finish(request: HttpRequest, response: HttpResponse, pk: Id, body: sent.ReferralFinished, key: KeyHeader) -> Any:
    """What was done; the outcome is written back into the sender's plan."""
    return _answer(request, response, pk, key, "finish", body)


# --- tables ---------------------------------------------------------------------------------------------------------------
class ReportQuery(Sent):
    model_config = ASKED
    org: Code = Field(..., description="Code of an organisation; with everything below it.")
    first: Month = Field(..., alias="from")
    last: Month = Field(..., alias="to")
    by: Word = Field("", description="What the rows are: area, unit, month, year, or a dimension of the table.")
    tree: Literal["then", "today"] = "then"


class ColumnGiven(Given):
    key: str
    group: str
    title: str
    unit: str
    indicator: str
    definition: str


class RowGiven(Given):
    key: str
    label: str
    values: dict[str, int | float | str | None]


class ReportGiven(Given):
    """A filled table. Money in yuan; null where a figure may not be shown, with the reason among the notes."""

    table: str
    title: str
    org: wire.OrgRef
    first: str = Field(..., alias="from")
    last: str = Field(..., alias="to")
    by: str
    tree: str
    as_of: str
    columns: list[ColumnGiven]
    rows: list[RowGiven]
    total: dict[str, int | float | str | None]
    shares: dict[str, str]
    notes: list[str]


@router.get(
    "reports/{table}",
    response=answers(ReportGiven, 422),
    by_alias=True,
    tags=["figures"],
    summary="A declared table, such as T09",
)
def get_report(request: HttpRequest, table: Code, query: Query[ReportQuery]) -> Any:
    """The very table of the page and of the command line."""
    if table not in reports.all_tables():
        raise NotAllowed(missing=True)
    filled = reports.report(
        actor_of(request), table, org_asked(query.org), query.first, query.last, by=query.by, tree=query.tree
    )
    return json.loads(reports.export(filled, "json"))
