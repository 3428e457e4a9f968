"""WRITE: one need of a plan handed to another organisation, its answer, and the way of the outcome back into the sender's case.

A case whose open needs are all with others rests in "referred" and wakes when that ends. This happens by itself while the
plan is worked on; while it is still being made, the case stays in planning, because its plan is not approved yet.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.audit import trail
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import Actor, today, widened
from shegong.kernel.vault.cells import open_secret
from shegong.kernel.vault.services import RevealRefused, reveal
from shegong.lib import calendar, phone
from shegong.lib.errors import Invalid

from ..models import Case, PlanNeed, Referral
from ..policy import CASE, INTERVENTION, RECEIVERS, REFERRAL, REFERRED, RecordKind
from ._file import add_record, need_future, need_past, need_text, place_of, start_clock
from ._linked import holds_any

OPEN_STATES = ("sent", "accepted")
OUTCOMES = {"met", "partly", "unmet", "referred"}
ANSWER_DAYS = 5  # working days, where the sender names no day
# lawyers' firms are assigned, not referred to; a base-level union stands inside the employer (rule 5)
NO_RECEIVERS = {OrgKind.FIRM, OrgKind.BASE}


@action("casework.case.refer")
def refer_case(
    actor: Actor,
    case: Case,
    *,
    need: PlanNeed,
    to_org: Org,
    shared: str,
    client_name: str,
    consent_on: dt.date,
    client_phone: str = "",
    share_phone: bool = False,
    due_on: dt.date | None = None,
) -> Done:
    """Hand one open need to another organisation, which sees only what is written here.

    ``share_phone`` shares the number on file; ``client_phone`` another one. Raises ``Refused``: no such open need, one
    already on its way, an organisation that cannot receive, no consent of the client.
    """
    row = _free_need(case, need)
    _check_receiver(case, to_org)
    made = Referral.objects.create(
        case=case, need=row, to_org=to_org, to_path=to_org.path, case_number=case.number,
        client_name=need_text(client_name, "client_name", 1), shared=need_text(shared, "shared", 5),
        client_phone=_phone(case, client_phone, share_phone), consent_on=_consent(case, consent_on), sent_by_id=actor.user_id,
        sent_on=today(), due_on=need_future(due_on or calendar.add_days(today(), ANSWER_DAYS, mode="working"), "due_on"),
        **place_of(case),
    )  # fmt: skip
    add_record(
        actor, case, RecordKind.DECISION,
        {"decision": "referred", "to": to_org.name, "need": row.indicator, "shared": made.shared, "consent_on": made.consent_on},
    )  # fmt: skip
    _rest_if_all_away(case)
    _tell_receivers(made, gettext_noop("%(org)s refers a need to you (%(number)s), answer due %(due)s."))
    changes = {
        "referral": [None, str(made.pk)],
        "to_org": [None, to_org.name],
        "phone_shared": [None, bool(made.client_phone)],
    }
    return Done(case, touched=[made], changes=changes)


def _free_need(case: Case, need: PlanNeed) -> PlanNeed:
    row = PlanNeed.objects.select_for_update().filter(pk=need.pk, case=case).first()
    if row is None:
        raise Refused(_("This need is not part of this case."), field="need")
    if row.outcome != "open":
        raise Refused(_("This need is settled already; only an open need can be referred."), field="need")
    if Referral.objects.filter(need=row, state__in=OPEN_STATES).exists():
        raise Refused(_("This need is already with another office. Recall that referral first."), field="need")
    return row


def _check_receiver(case: Case, to_org: Org) -> None:
    if to_org.pk == case.org_id:
        raise Refused(_("The case is at this organisation already: choose another one."), field="to_org")
    if to_org.kind in NO_RECEIVERS or (to_org.closed_on and to_org.closed_on <= today()):
        raise Refused(_("%(org)s cannot receive referrals.") % {"org": to_org.name}, field="to_org")
    if not holds_any(RECEIVERS, to_org.path):
        raise Refused(_("Nobody at %(org)s has an account that could answer.") % {"org": to_org.name}, field="to_org")


def _consent(case: Case, day: dt.date) -> dt.date:
    if day is None:
        raise Refused(
            _("Without the client's consent nothing may be passed on. Enter the day she agreed."), field="consent_on"
        )
    return need_past(day, "consent_on")


def _phone(case: Case, typed: str, share: bool) -> str | None:
    if share:
        held = case.client.phone if case.client else None
        if not held:
            raise Refused(_("There is no phone on file to share; type one."), field="client_phone")
        return open_secret(held)
    if not typed.strip():
        return None
    try:
        return phone.parse(typed).number
    except Invalid as error:
        raise Refused(str(error), field="client_phone") from None


# --- the receiver -----------------------------------------------------------------------------------------------------
@action("casework.referral.accept")
def accept_referral(actor: Actor, referral: Referral, *, note: str = "") -> Done:
    """Take the need on; the sender is told."""
    referral.answered_on = today()
    case = _write_back(actor, referral, "accept", note)
    _tell_sender(actor, referral, case, gettext_noop("%(org)s accepted the referral of case %(number)s."))
    return Done(referral)


@action("casework.referral.decline")
def decline_referral(actor: Actor, referral: Referral, *, reason: str) -> Done:
    """Give it back with the reason: the need is the sender's again."""
    referral.answer = need_text(reason, "reason", 5)
    referral.answered_on = referral.answered_on or today()
    case = _write_back(actor, referral, "decline", referral.answer)
    _tell_sender(
        actor, referral, case, gettext_noop("%(org)s declined the referral of case %(number)s; read the reason.")
    )
    return Done(referral, touched=[case])


@action("casework.referral.finish")
def finish_referral(actor: Actor, referral: Referral, *, outcome: str, answer: str) -> Done:
    """Report what came of it. The outcome becomes that of the sender's need, the answer an entry of the sender's file."""
    if outcome not in OUTCOMES:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": outcome}, field="outcome")
    referral.outcome, referral.answer = outcome, need_text(answer, "answer", 5)
    case = _write_back(actor, referral, "finish", referral.answer, outcome)
    _tell_sender(
        actor, referral, case, gettext_noop("%(org)s reported the outcome of the referral of case %(number)s.")
    )
    return Done(referral, touched=[case])


@action("casework.referral.reveal")
def reveal_phone(actor: Actor, referral: Referral, *, purpose: str) -> Done:
    """Show the receiver the number the client let them have; counted in the daily quota. ``referral.revealed``
    of what is returned."""
    try:
        shown = reveal(actor, referral, "client_phone", purpose, record=lambda entry: None)
    except RevealRefused as refusal:
        raise Refused(refusal.reason, field=refusal.field) from None
    if not shown:
        raise Refused(_("The sender shared no phone."))
    referral.version -= 1  # a look changes nothing that somebody else could be working on
    referral.revealed = shown  # type: ignore[attr-defined]  # never in the receipt: it would rest in clear
    return Done(referral, reason=purpose)


@action("casework.referral.recall")
def recall_referral(actor: Actor, referral: Referral, *, reason: str) -> Done:
    """The sender takes it back; the receiver keeps the page, without anything left to do."""
    case = _write_back(actor, referral, "recall", need_text(reason, "reason"))
    _tell_receivers(referral, gettext_noop("%(org)s recalled its referral (%(number)s)."))
    return Done(referral, touched=[case], reason=reason)


# --- the sender's case ------------------------------------------------------------------------------------------------
def _write_back(actor: Actor, referral: Referral, verb: str, text: str, outcome: str = "") -> Case:
    """Put the answer on the sender's file, which lies outside the receiver's reach; leave a trail line on the case too."""
    with widened(referral.org_path):
        case = Case.objects.select_for_update(of=("self",)).get(pk=referral.case_id)
        before = trail.snapshot(case)
        body = {"decision": f"referral_{verb}", "org": referral.to_org.name, "outcome": outcome, "text": text}
        add_record(actor, case, RecordKind.DECISION, body)
        changes: dict[str, Any] = _settle(referral, outcome) if outcome else {}
        if verb != "accept":
            _wake_if_due(case, referral)
        case.version += 1
        case.save()
        changes |= trail.difference(before, trail.snapshot(case)) | {"referral": [None, str(referral.pk)]}
        changes.pop("version", None)
        line = trail.Line(f"{REFERRAL.code}.{verb}", CASE.code, case.pk, case.org_path, changes=changes)
        trail.write(actor, line)
    return case


def _settle(referral: Referral, outcome: str) -> dict[str, Any]:
    """The need takes the outcome, unless its own worker has settled it meanwhile."""
    need = PlanNeed.objects.select_for_update().get(pk=referral.need_id)
    if need.outcome != "open":
        return {}
    need.outcome = outcome
    need.version += 1
    need.save(update_fields=["outcome", "version"])
    need.tasks.filter(done_on=None).update(done_on=today())
    return {"outcome": ["open", outcome], "need": str(need.pk)}


def _rest_if_all_away(case: Case) -> None:
    """Every open need is with somebody else: the case rests, until the last answer is due."""
    if case.state != INTERVENTION:
        return
    needs = set(PlanNeed.objects.filter(case=case, outcome="open").order_by().values_list("pk", flat=True))
    away = dict(Referral.objects.filter(case=case, state__in=OPEN_STATES).order_by().values_list("need_id", "due_on"))
    if needs <= set(away):
        case.held_from, case.state = case.state, REFERRED
        start_clock(case, REFERRED, max(away.values()))


def _wake_if_due(case: Case, ending: Referral) -> None:
    """The case goes on as soon as one of its open needs is with nobody else, or nothing is out any more."""
    if case.state != REFERRED:
        return
    others = Referral.objects.filter(case=case, state__in=OPEN_STATES).exclude(pk=ending.pk)
    away = set(others.order_by().values_list("need_id", flat=True))
    needs = set(PlanNeed.objects.filter(case=case, outcome="open").order_by().values_list("pk", flat=True))
    if not away or needs - away:
        case.state, case.held_from = case.held_from or INTERVENTION, ""
        start_clock(case, case.state)


# --- telling ----------------------------------------------------------------------------------------------------------
def _tell_receivers(referral: Referral, text: str) -> None:
    values = {"org": referral.org.name, "number": referral.case_number, "due": str(referral.due_on)}
    tell(referral.to_path, sorted(RECEIVERS), text, values, REFERRAL.code, referral.pk)


def _tell_sender(actor: Actor, referral: Referral, case: Case, text: str) -> None:
    values = {"org": referral.to_org.name, "number": referral.case_number}
    for user_id in {referral.sent_by_id, case.worker_id or referral.sent_by_id} - {actor.user_id}:
        tell_user(user_id, text, values, REFERRAL.code, referral.pk)
