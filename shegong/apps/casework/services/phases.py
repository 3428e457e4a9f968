"""WRITE: the six phases. Each step stores its form as a record, moves the clock and opens or ends an approval."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions import approvals
from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.models import User
from shegong.kernel.orgs.reach import Actor, today

from .. import rules
from ..models import Case, Participant, PlanNeed, Record, Task
from ..policy import (
    ASSESSMENT,
    EVALUATION,
    FOLLOW_UP,
    INTERVENTION,
    PLANNING,
    SUSPENDED,
    CloseReason,
    Form,
    Problem,
    RecordKind,
    Risk,
)  # fmt: skip
from ._file import (
    add_record,
    close_file,
    file_of,
    index_case,
    need_choice,
    need_fen,
    need_future,
    need_hand,
    need_past,
    need_text,
    place_of,
    refuse_unless,
    sound_alarm,
    start_clock,
    stop_clock,
    tell_field,
    tell_one,
)  # fmt: skip

CONTACTS = {RecordKind.CONTACT, RecordKind.VISIT, RecordKind.SESSION}
OUTCOMES = {"met", "partly", "unmet", "open"}
FOLLOW_UP_TASK = gettext_noop("Follow-up after closing")
SEND_BACK = 5  # characters a return must say at least


# --- assessment and plan --------------------------------------------------------------------------------------------------
@action("casework.case.assess")
def assess_case(
    actor: Actor,
    case: Case,
    *,
    problems: str,
    needs: str,
    risk: int | None = None,
    happened_on: dt.date | None = None,
    **fields: str,
) -> Done:
    """Record the assessment; consent comes first. ``fields``: self_system, family_system, social_system, priorities,
    strengths."""
    day = need_past(happened_on, "happened_on")
    refuse_unless(rules.may_assess(file_of(case), day), "happened_on")
    body = {
        "problems": need_text(problems, "problems"),
        "needs": need_text(needs, "needs"),
        **_assessment_fields(fields),
    }
    if risk is not None:
        case.risk = need_choice(risk, Risk, "risk")
        body["risk"] = str(Risk(case.risk).value)
        sound_alarm(case)
    add_record(actor, case, RecordKind.ASSESSMENT, body, on=day)
    start_clock(case, PLANNING)
    return Done(case)


def _assessment_fields(fields: dict[str, str]) -> dict[str, str]:
    known = {"self_system", "family_system", "social_system", "priorities", "strengths"}
    if unknown := set(fields) - known:
        raise TypeError(f"no fields of the assessment: {sorted(unknown)}")
    return fields


@action("casework.case.plan_need")
def plan_need(
    actor: Actor, case: Case, *, problem: str, goal: str, indicator: str, method: str, due_on: dt.date,
    owner: User | None = None, priority: int = 2,
) -> Done:  # fmt: skip
    """Add a need: goal, how we will know, method, who, until when. Its owner gets a task with that day."""
    if priority not in (1, 2, 3):
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": priority}, field="priority")
    chosen = need_hand(case, owner or case.worker or User.objects.get(pk=actor.user_id), "owner")
    need = PlanNeed.objects.create(
        case=case, problem=need_choice(problem, Problem, "problem"), priority=priority, goal=need_text(goal, "goal"),
        indicator=need_text(indicator, "indicator"), method=need_text(method, "method"), owner=chosen,
        due_on=need_future(due_on, "due_on"), **place_of(case),
    )  # fmt: skip
    Task.objects.create(case=case, need=need, text=need.indicator, owner=chosen, due_on=due_on, **place_of(case))
    if not case.problem:
        case.problem = problem
    index_case(case)
    tell_one(case, chosen.pk, actor, gettext_noop("A need in case %(number)s is yours, due %(due)s."), due=str(due_on))
    return Done(case, changes={"need": [None, str(need.pk)]})


@action("casework.case.submit_plan")
def submit_plan(actor: Actor, case: Case, *, note: str = "") -> Done:
    """Submit the plan; its needs as they stand now are kept as a record, whatever becomes of them later."""
    refuse_unless(rules.may_submit_plan(file_of(case)))
    lines = [
        f"{n}. {need.get_problem_display()}：{need.goal}｜{need.indicator}｜{need.method}｜{need.owner}｜{need.due_on}"
        for n, need in enumerate(PlanNeed.objects.filter(case=case).select_related("owner"), 1)
    ]
    add_record(actor, case, RecordKind.PLAN, {"needs": "\n".join(lines), "note": note})
    stop_clock(case)
    case.due_on = None
    return Done(case)


@action("casework.case.approve_plan")
def approve_plan(actor: Actor, case: Case, *, opinion: str = "") -> Done:
    """The vote that completes the flow starts the intervention."""
    start_clock(case, INTERVENTION)
    tell_one(case, case.worker_id, actor, gettext_noop("The plan of case %(number)s was approved."))
    return Done(case, reason=opinion)


@action("casework.case.return_plan")
def return_plan(actor: Actor, case: Case, *, opinion: str) -> Done:
    """Send the plan back; the opinion says what to correct."""
    opinion = need_text(opinion, "opinion", SEND_BACK)
    start_clock(case, PLANNING)
    tell_one(case, case.worker_id, actor, gettext_noop("The plan of case %(number)s came back for correction."))
    return Done(case, reason=opinion)


@action("casework.case.withdraw_plan")
def withdraw_plan(actor: Actor, case: Case) -> Done:
    """Take the plan back before it is decided; only who submitted it can."""
    approvals.withdraw(actor, case, "casework.plan")
    start_clock(case, PLANNING)
    return Done(case)


# --- intervention ---------------------------------------------------------------------------------------------------------
@action("casework.case.log")
def log_contact(
    actor: Actor, case: Case, *, kind: str, text: str, happened_on: dt.date | None = None, minutes: int | None = None,
    way: str = "", agreed: str = "", next_on: dt.date | None = None,
) -> Done:  # fmt: skip
    """Log a contact, visit or session. ``next_on`` sets the next one as a task of whoever logs."""
    if kind not in CONTACTS:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": kind}, field="kind")
    body = {"text": need_text(text, "text"), "way": way, "agreed": agreed}
    record = add_record(actor, case, kind, body, on=happened_on, minutes=minutes)
    if next_on is not None:
        need_future(next_on, "next_on")
        what = agreed[:120] or str(RecordKind(kind).label)
        Task.objects.create(case=case, text=what, owner_id=actor.user_id, due_on=next_on, **place_of(case))
    return Done(case, changes={"record": [None, str(record.pk)]})


@action("casework.case.settle_need")
def settle_need(actor: Actor, case: Case, *, need: PlanNeed, outcome: str, note: str = "") -> Done:
    """Set what came of a need; its tasks are done with it. Setting it open again takes the outcome back."""
    if outcome not in OUTCOMES:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": outcome}, field="outcome")
    row = PlanNeed.objects.select_for_update().filter(pk=need.pk, case=case).first()
    if row is None:
        raise Refused(_("This need is not part of this case."), field="need")
    before, row.outcome = row.outcome, outcome
    row.version += 1
    row.save()
    if outcome != "open":
        Task.objects.filter(need=row, done_on=None).update(done_on=today())
    if note.strip():
        add_record(actor, case, RecordKind.CONTACT, {"need": row.indicator, "text": note})
    return Done(case, touched=[row], changes={"outcome": [before, outcome], "need": str(row.pk)})


# --- evaluation and closure -----------------------------------------------------------------------------------------------
@action("casework.case.evaluate")
def evaluate_case(
    actor: Actor, case: Case, *, goals_reached: str, changes: str = "", client_view: str = "", method: str = "",
    recovered_fen: int | None = None, happened_on: dt.date | None = None,
) -> Done:  # fmt: skip
    """Record the evaluation, with the client's own view; money recovered for an individual client."""
    refuse_unless(rules.may_evaluate(file_of(case)))
    body = {
        "goals_reached": need_text(goals_reached, "goals_reached"),
        "changes": changes,
        "client_view": client_view,
        "method": method,
    }
    _recovered(case, recovered_fen)
    add_record(actor, case, RecordKind.EVALUATION, body, on=happened_on)
    start_clock(case, EVALUATION)
    return Done(case)


def _recovered(case: Case, fen: int | None) -> None:
    if fen is None:
        return
    need_fen(fen, "recovered_fen")
    if case.form == Form.GROUP and fen != case.recovered_fen:
        raise Refused(
            _("In a group case amounts are the sum over its workers: correct them there."), field="recovered_fen"
        )
    case.recovered_fen = fen


@action("casework.case.submit_closure")
def submit_closure(
    actor: Actor,
    case: Case,
    *,
    close_reason: str,
    text: str,
    follow_up_on: dt.date | None = None,
    recovered_fen: int | None = None,
) -> Done:
    """Submit for closing: reason and closing report. Before the evaluation only where the case ends early."""
    reason = need_choice(close_reason, CloseReason, "close_reason")
    refuse_unless(rules.may_submit_closure(file_of(case), reason), "close_reason")
    if follow_up_on is not None:
        need_future(follow_up_on, "follow_up_on")
    _recovered(case, recovered_fen)
    case.close_reason = reason
    if case.state != SUSPENDED:
        case.held_from = case.state
    body = {"close_reason": reason, "text": need_text(text, "text"), "follow_up_on": follow_up_on}
    add_record(actor, case, RecordKind.CLOSURE, body)
    stop_clock(case)
    case.due_on = None
    return Done(case)


@action("casework.case.approve_closure")
def approve_closure(actor: Actor, case: Case, *, opinion: str = "") -> Done:
    """The vote that completes the flow closes the case today and asks the client for a rating: the one-time code is the
    answer, shown once. Nobody rates after a death."""
    form = Record.objects.filter(case=case, kind=RecordKind.CLOSURE).order_by("-id").first()
    close_file(actor, case, case.close_reason, {"decision": "closed", "reason": case.close_reason, "opinion": opinion})
    if case.close_reason != CloseReason.DEATH:
        _plan_follow_up(case, form)
    tell_one(case, case.worker_id, actor, gettext_noop("Case %(number)s is closed."))
    done = Done(case, reason=opinion)
    if case.close_reason != CloseReason.DEATH and (case.client_id or Participant.objects.filter(case=case).exists()):
        from .ratings import invite

        rating, code = invite(actor, case)
        done.touched, done.shown_once = [rating], {"rating_code": code}
    return done


def _plan_follow_up(case: Case, form: Record | None) -> None:
    chosen = form.filled.get("follow_up_on") if form else None
    day = dt.date.fromisoformat(chosen) if chosen else rules.next_due(FOLLOW_UP, case.line, case.risk, today())
    if day and case.worker_id:
        Task.objects.create(case=case, text=FOLLOW_UP_TASK, owner_id=case.worker_id, due_on=day, **place_of(case))


@action("casework.case.return_closure")
def return_closure(actor: Actor, case: Case, *, opinion: str) -> Done:
    """More work is needed: back to intervention, or to the phase from which it was to end early."""
    opinion = need_text(opinion, "opinion", SEND_BACK)
    case.state = INTERVENTION if case.held_from == EVALUATION else case.held_from or INTERVENTION
    case.close_reason, case.held_from = "", ""
    start_clock(case, case.state)
    tell_one(case, case.worker_id, actor, gettext_noop("Case %(number)s came back for more work."))
    return Done(case, reason=opinion)


@action("casework.case.withdraw_closure")
def withdraw_closure(actor: Actor, case: Case) -> Done:
    """Take the closure back before it is decided; only who submitted it can."""
    approvals.withdraw(actor, case, "casework.closure")
    case.state = case.held_from or EVALUATION
    case.close_reason, case.held_from = "", ""
    start_clock(case, case.state)
    return Done(case)


# --- after closing --------------------------------------------------------------------------------------------------------
@action("casework.case.follow_up")
def follow_up_case(
    actor: Actor,
    case: Case,
    *,
    text: str,
    stable: bool | None = None,
    happened_on: dt.date | None = None,
    next_on: dt.date | None = None,
) -> Done:
    """Record a follow-up after closing. ``stable``: whether the result lasts."""
    if case.form == Form.CONSULTATION:
        raise Refused(_("A consultation has no follow-up; take it up as a case first."))
    body = {"text": need_text(text, "text"), "stable": "" if stable is None else "yes" if stable else "no"}
    add_record(actor, case, RecordKind.FOLLOW_UP, body, on=happened_on)
    Task.objects.filter(case=case, text=FOLLOW_UP_TASK, done_on=None).update(done_on=today())
    if next_on is not None:
        need_future(next_on, "next_on")
        Task.objects.create(case=case, text=FOLLOW_UP_TASK, owner_id=actor.user_id, due_on=next_on, **place_of(case))
    return Done(case)


@action("casework.case.end_follow_up")
def end_follow_up(actor: Actor, case: Case, *, text: str = "") -> Done:
    """Nothing more to look after; the case stays closed on its day."""
    if text.strip():
        add_record(actor, case, RecordKind.FOLLOW_UP, {"text": text, "last": "yes"})
    Task.objects.filter(case=case, done_on=None).update(done_on=today())
    return Done(case)


@action("casework.case.reopen")
def reopen_case(actor: Actor, case: Case, *, reason: str) -> Done:
    """Open a closed case again, back to assessment. It counts as open from now on; the decision that closed it stays on
    the file with its day, so closings stay countable by month."""
    if case.form == Form.CONSULTATION:
        raise Refused(_("A consultation is not reopened: take it up as a case."))
    if case.group_id and Participant.objects.filter(case=case.group_id, person=case.client_id).exclude(result="left").exists():
        raise Refused(_("Her matter goes on in a group case; split her out there instead."))
    reason = need_text(reason, "reason", SEND_BACK)
    closed: dict[str, Any] = {
        "reopened": True,
        "reason": reason,
        "closed_on": case.closed_on,
        "close_reason": case.close_reason,
    }
    case.reopened += 1
    case.closed_on, case.close_reason, case.held_from = None, "", ""
    add_record(actor, case, RecordKind.CONTACT, closed)
    start_clock(case, ASSESSMENT)
    tell_one(case, case.worker_id, actor, gettext_noop("Case %(number)s was reopened."))
    if case.worker_id is None:
        tell_field(case, gettext_noop("Case %(number)s was reopened."))
    return Done(case, reason=reason)
