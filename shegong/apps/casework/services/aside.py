"""WRITE: what happens beside the phases: pausing, risk, escalation, hand-over, tasks, ties, the group, emergencies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.orgs.models import Org, User
from shegong.kernel.orgs.reach import Actor, today
from shegong.registry.models import Person
from shegong.registry.policy import ABOVE, FIELD

from .. import rules
from ..models import CLOCK, Case, Member, Participant, PlanNeed, Task
from ..policy import INTERVENTION, Form, RecordKind, Risk
from ._file import (
    add_record,
    need_choice,
    need_fen,
    need_future,
    need_hand,
    need_text,
    need_worker,
    open_person_to,
    place_of,
    sound_alarm,
    start_clock,
    stop_clock,
    sum_up,
    tell_field,
    tell_one,
    tell_over,
)  # fmt: skip
from ._ties import tie_member, tied_now

RESUME_TASK = gettext_noop("Look at the suspended case again")
RESULTS = {"open", "agreed", "refused", "left"}


# --- pausing --------------------------------------------------------------------------------------------------------------
@action("casework.case.suspend")
def suspend_case(actor: Actor, case: Case, *, reason: str, review_on: dt.date) -> Done:
    """Suspend; it is remembered from which phase, and somebody looks again on ``review_on``."""
    reason = need_text(reason, "reason", 5)
    need_future(review_on, "review_on")
    case.held_from = case.state
    stop_clock(case)
    case.due_on = review_on
    owner = case.worker_id or actor.user_id
    Task.objects.create(case=case, text=RESUME_TASK, owner_id=owner, due_on=review_on, **place_of(case))
    return Done(case, reason=reason)


@action("casework.case.resume")
def resume_case(actor: Actor, case: Case, *, note: str = "") -> Done:
    """Go on in the phase in which the case was suspended."""
    case.state, case.held_from = case.held_from or INTERVENTION, ""
    Task.objects.filter(case=case, text=RESUME_TASK, done_on=None).update(done_on=today())
    start_clock(case, case.state)
    return Done(case, reason=note)


# --- risk and escalation ----------------------------------------------------------------------------------------------------
@action("casework.case.set_risk")
def set_risk(actor: Actor, case: Case, *, risk: int, reason: str) -> Done:
    """Set the risk level; danger to life is escalated at once, and a higher level shortens the clock."""
    reason = need_text(reason, "reason", 5)
    before, case.risk = case.risk, need_choice(risk, Risk, "risk")
    sound_alarm(case)
    sooner = rules.next_due(case.state, case.line, case.risk, today())
    if case.risk > before and sooner and (case.due_on is None or sooner < case.due_on):
        start_clock(case, case.state)
    return Done(case, reason=reason)


@action("casework.case.escalate")
def escalate_case(actor: Actor, case: Case, *, reason: str) -> Done:
    """Hand the question to the next level: the organisation above, and from there the one above it."""
    reason = need_text(reason, "reason", 5)
    standing = case.escalated_to or case.org
    if standing.parent is None:
        raise Refused(_("There is no level above %(org)s.") % {"org": standing.name})
    case.escalated_to = standing.parent
    add_record(actor, case, RecordKind.SUPERVISION, {"question": reason, "to": case.escalated_to.name})
    tell_over(case, case.escalated_to, gettext_noop("Case %(number)s was escalated to you."))
    return Done(case, reason=reason)


@action("casework.case.answer_escalation")
def answer_escalation(actor: Actor, case: Case, *, answer: str) -> Done:
    """Answer for the level that was asked, or one above it; the record then closes to that level again."""
    asked = case.escalated_to
    if asked is None:
        raise Refused(_("Nothing was escalated here, or it has been answered."))
    if not any(p.role in FIELD | ABOVE and asked.path.startswith(p.path) for p in actor.posts) and not actor.system:
        raise NotAllowed(_("%(org)s was asked; the answer comes from there or from above.") % {"org": asked.name})
    add_record(actor, case, RecordKind.SUPERVISION, {"answer": need_text(answer, "answer"), "from": asked.name})
    case.escalated_to = None
    tell_one(case, case.worker_id, actor, gettext_noop("The escalation of case %(number)s was answered."))
    if case.worker_id is None:
        tell_field(case, gettext_noop("The escalation of case %(number)s was answered."))
    return Done(case)


@action("casework.case.reassign")
def reassign_case(actor: Actor, case: Case, *, worker: User, reason: str) -> Done:
    """Hand over to a colleague, here or at a level above: open tasks and needs move along. The case stays with its
    organisation, so that no figure moves; to another office leads a referral."""
    need_worker(case, worker, "worker")
    if worker.pk == case.worker_id:
        raise Refused(_("%(name)s is in charge already.") % {"name": worker.name}, field="worker")
    old, case.worker = case.worker_id, worker
    Task.objects.filter(case=case, done_on=None).filter(Q(owner_id=old) | Q(text=CLOCK)).update(
        owner=worker, reminded_on=None, moved_up_on=None
    )
    PlanNeed.objects.filter(case=case, outcome="open", owner_id=old).update(owner=worker)
    tell_one(case, worker.pk, actor, gettext_noop("You are in charge of case %(number)s."))
    tell_one(case, old, actor, gettext_noop("Case %(number)s was handed over to %(name)s."), name=worker.name)
    return Done(case, reason=need_text(reason, "reason"))


# --- tasks ------------------------------------------------------------------------------------------------------------------
@action("casework.case.set_task")
def set_task(
    actor: Actor, case: Case, *, text: str, due_on: dt.date, owner: User | None = None, need: PlanNeed | None = None
) -> Done:
    """Set something due; ``owner`` is the actor by default."""
    chosen = need_hand(case, owner, "owner") if owner else User.objects.get(pk=actor.user_id)
    if need is not None and need.case_id != case.pk:
        raise Refused(_("This need is not part of this case."), field="need")
    text = need_text(text, "text")[:120]
    task = Task.objects.create(
        case=case, need=need, text=text, owner=chosen, due_on=need_future(due_on, "due_on"), **place_of(case)
    )
    tell_one(case, chosen.pk, actor, gettext_noop("A task in case %(number)s is yours, due %(due)s."), due=str(due_on))
    return Done(case, touched=[task], changes={"task": [None, str(task.pk)]})


@action("casework.case.finish_task")
def finish_task(actor: Actor, case: Case, *, task: Task) -> Done:
    """Mark a task as done. Raises ``Refused`` when it is done already or another case's."""
    row = Task.objects.select_for_update().filter(pk=task.pk, case=case).first()
    if row is None:
        raise Refused(_("This task is not part of this case."), field="task")
    if row.done_on is not None:
        raise Refused(_("This task is done already."), field="task")
    row.done_on = today()
    row.save(update_fields=["done_on"])
    return Done(case, touched=[row], changes={"task": [str(row.pk), "done"]})


# --- ties -------------------------------------------------------------------------------------------------------------------
@action("casework.case.assign")
def assign_member(
    actor: Actor, case: Case, *, user: User, tie: str, because: str = "", until: dt.date | None = None
) -> Done:
    """Tie a lawyer, mediator, partner or helper to this one case, until a day or until it is ended."""
    member, found = tie_member(case, user, tie, because, until)
    tell_one(case, user.pk, actor, gettext_noop("You were assigned to case %(number)s."))
    changes = {tie: [None, user.name], "member": str(member.pk), "conflicts": [c.code for c in found]}
    return Done(case, reason=because, changes=changes)


@action("casework.case.unassign")
def unassign_member(actor: Actor, case: Case, *, member: Member, reason: str = "") -> Done:
    """End a tie now; the client's own tie cannot be ended."""
    row = tied_now(case).select_for_update().filter(pk=member.pk).exclude(tie="client").first()
    if row is None:
        raise Refused(_("This assignment has ended, or is not part of this case."), field="member")
    row.until = timezone.now()
    row.save(update_fields=["until"])
    tell_one(case, row.user_id, actor, gettext_noop("Your assignment to case %(number)s has ended."))
    return Done(case, reason=reason, changes={row.tie: [str(row.user_id), None]})


@action("casework.case.break_glass")
def break_glass(actor: Actor, case: Case, *, reason: str) -> Done:
    """Open the full record to the actor for 24 hours. The reason goes to the superior, to the case's own overseers and
    into the trail. Raises ``Refused`` where it is open to them anyway."""
    from ..queries.cases import may_view

    reason = need_text(reason, "reason", 10)
    if may_view(actor, case):
        raise Refused(_("You can open this record as it is; no emergency is needed."))
    until = timezone.now() + dt.timedelta(hours=rules.terms_on(today()).emergency_hours)
    Member.objects.create(
        case=case, user_id=actor.user_id, tie="emergency", until=until, because=reason[:300], **place_of(case)
    )
    text = gettext_noop("%(name)s opened case %(number)s in an emergency: %(reason)s")
    post = next((p for p in actor.posts if p.role in FIELD | ABOVE and case.org_path.startswith(p.path)), None)
    own = Org.objects.select_related("parent").filter(pk=post.org_id).first() if post else None
    tell_over(case, own.parent or own if own else None, text, name=actor.name, reason=reason[:120])
    tell_over(case, None, text, name=actor.name, reason=reason[:120])
    return Done(case, reason=reason, changes={"emergency": [None, until.isoformat()]})


# --- the group --------------------------------------------------------------------------------------------------------------
@action("casework.case.add_participant")
def add_participant(
    actor: Actor,
    case: Case,
    *,
    person: Person | None = None,
    newcomer: Mapping[str, Any] | None = None,
    claimed_fen: int = 0,
    is_representative: bool = False,
) -> Done:
    """Add a worker to a group case, each person once; the sums of the case follow."""
    from .cases import client_of

    if case.form != Form.GROUP:
        raise Refused(_("Only a group case has several workers."))
    need_fen(claimed_fen, "claimed_fen")
    found = client_of(actor, case.org, person, newcomer)
    if found is None:
        raise Refused(_("Choose a person on file, or give the name of a new one."), field="person")
    if Participant.objects.filter(case=case, person=found).exists():
        raise Refused(_("%(name)s is in this group already.") % {"name": found.name}, field="person")
    made = Participant.objects.create(
        case=case, person=found, claimed_fen=claimed_fen, is_representative=is_representative, **place_of(case)
    )
    open_person_to(case, found)
    sum_up(case)
    sound_alarm(case)
    return Done(case, changes={"participant": [None, str(made.pk)]})


@action("casework.case.settle_participant")
def settle_participant(
    actor: Actor,
    case: Case,
    *,
    participant: Participant,
    result: str,
    recovered_fen: int = 0,
    claimed_fen: int | None = None,
    plan: str | None = None,
) -> Done:
    """Set one worker's result, money and own plan (None keeps it); the sums of the case follow."""
    if result not in RESULTS:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": result}, field="result")
    need_fen(recovered_fen, "recovered_fen")
    need_fen(claimed_fen or 0, "claimed_fen")
    row = Participant.objects.select_for_update().filter(pk=participant.pk, case=case).first()
    if row is None:
        raise Refused(_("This worker is not part of this group."), field="participant")
    if row.own_case_id and result != row.result:
        raise Refused(_("Her matter goes on in a case of her own; join that case to the group instead."), field="result")
    before = {"result": row.result, "recovered_fen": row.recovered_fen}
    row.result, row.recovered_fen = result, recovered_fen
    row.claimed_fen = row.claimed_fen if claimed_fen is None else claimed_fen
    row.plan = row.plan if plan is None else plan.strip()
    row.save()
    sum_up(case)
    changes = {
        "participant": str(row.pk),
        "result": [before["result"], result],
        "share_fen": [before["recovered_fen"], recovered_fen],
    }
    return Done(case, touched=[row], changes=changes)


# --- supervision ------------------------------------------------------------------------------------------------------------
@action("casework.case.note_supervision")
def note_supervision(
    actor: Actor,
    case: Case,
    *,
    text: str,
    advice: str = "",
    happened_on: dt.date | None = None,
    minutes: int | None = None,
) -> Done:
    """Record a supervision of this case."""
    body = {"text": need_text(text, "text"), "advice": advice}
    add_record(actor, case, RecordKind.SUPERVISION, body, on=happened_on, minutes=minutes)
    tell_one(case, case.worker_id, actor, gettext_noop("A supervision of case %(number)s is on file."))
    return Done(case)
