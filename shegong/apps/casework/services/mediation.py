"""WRITE: joint mediation (S37) from the application to the last instalment. Money that arrives is written in one place, the
instalment; shares, case and group follow from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action, batch_action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.audit import trail
from shegong.kernel.indicators.declare import month_of
from shegong.kernel.orgs.models import Org, User
from shegong.kernel.orgs.reach import Actor, today, widened
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow
from shegong.lib.clocks import add_months

from ..models import Case, Instalment, Mediation, MediationSession, Participant
from ..policy import MEDIATION, Form, RecordKind
from ..policy.mediation import AGREED, OPEN_MEDIATION, PERFORMED, SETTLED, Reader
from ..queries.aid import applicant_of
from ..queries.mediation import mediators_of, shares_to_settle, workshops_for
from . import _clocks as clocks
from ._file import add_record, need_choice, need_fen, need_past, need_people, need_text, sum_up
from ._ties import tie_member, tied_now

LIMIT, CONFIRM = "mediation.agreement", "mediation.confirm"
MOST_PARTS = 60
Touched = set[tuple[str, int, dt.date]]


@contextmanager
def _opened(mediation: Mediation) -> Iterator[Case | None]:
    """The case behind it, locked, with the reach of both places; None for one from a register."""
    with widened(mediation.org_path, mediation.case_path):
        if mediation.case_id is None:
            yield None
            return
        rows = Case.objects.select_for_update(of=("self",)).select_related("org", "client", "employer")
        yield rows.get(pk=mediation.case_id)


# --- coming in ----------------------------------------------------------------------------------------------------------
@action("casework.case.apply_mediation")
def apply_for_mediation(
    actor: Actor, case: Case, *, workshop: Org, claim: str, opponent: str = "", applied_on: dt.date | None = None
) -> Done:
    """Apply to a workshop of the county. ``opponent``: the employer on file unless another is named. Fifteen days to an
    agreement begin; after them the worker may go to arbitration."""
    if Mediation.objects.filter(case=case, state__in=OPEN_MEDIATION).exists():
        raise Refused(_("A mediation of this case is under way already."))
    if workshop not in workshops_for(case.org):
        raise Refused(_("%(org)s mediates no disputes of this place.") % {"org": workshop.name}, field="workshop")
    name, people = applicant_of(case)
    if not name:
        raise Refused(_("Nobody applies yet: enter the client, or the workers of the group."))
    day = need_past(applied_on, "applied_on")
    with widened(workshop.path):
        made = Mediation.objects.create(
            org=workshop, org_path=workshop.path, case=case, number=_new_number(day), applicant_name=name, people=people,
            claim=need_text(claim, "claim", 5), claimed_fen=case.claimed_fen, applied_on=day, by_id=actor.user_id,
            opponent=need_text(opponent or (case.employer.name if case.employer else ""), "opponent")[:80],
        )  # fmt: skip
    clocks.start(actor, case, LIMIT, day)
    add_record(actor, case, RecordKind.DECISION, {"decision": "mediation_applied", "to": workshop.name})
    text = gettext_noop("Mediation is applied for: %(number)s.")
    tell(workshop.path, ["county_clerk", "legal_officer", "supervisor", "town_worker"], text, {"number": made.number},
         MEDIATION.code, made.pk)  # fmt: skip
    return Done(case, touched=[made], changes={"mediation": [None, made.number]})


def _new_number(day: dt.date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('casework_mediation_number')")
        return f"{day.year}调{cursor.fetchone()[0]:06d}"


@action("casework.mediation.accept")
def accept_mediation(actor: Actor, mediation: Mediation, *, mediator: User, because: str = "") -> Done:
    """Take it on; the mediator, checked for conflict of interest, sees the case from now on, but not the union's own notes."""
    if mediator not in mediators_of(mediation):
        raise Refused(_("%(name)s does not mediate here.") % {"name": mediator.name}, field="mediator")
    with _opened(mediation) as case:
        if case and not tied_now(case).filter(user=mediator, tie="mediator").exists():
            try:
                tie_member(case, mediator, "mediator", because or mediation.number, None)
            except Refused as refusal:
                field = "mediator" if refusal.field == "user" else refusal.field
                raise Refused(refusal.message, field=field) from refusal
    mediation.mediator, mediation.accepted_on = mediator, today()
    text = gettext_noop("The mediation %(number)s is yours.")
    tell_user(mediator.pk, text, {"number": mediation.number}, MEDIATION.code, mediation.pk)
    return Done(mediation, reason=because)


@action("casework.mediation.decline")
def decline_mediation(actor: Actor, mediation: Mediation, *, reason: str) -> Done:
    """Not a matter for this workshop; why, in writing."""
    return _stopped(actor, mediation, reason)


@action("casework.mediation.withdraw")
def withdraw_mediation(actor: Actor, mediation: Mediation, *, reason: str) -> Done:
    """The applicant does not want it any more."""
    return _stopped(actor, mediation, reason)


def _stopped(actor: Actor, mediation: Mediation, reason: str) -> Done:
    mediation.reason = need_text(reason, "reason")
    _end(mediation, today())
    with _opened(mediation) as case:
        if case:
            clocks.settle(case, LIMIT, today())
    return Done(mediation)


def _end(mediation: Mediation, day: dt.date, field: str = "") -> None:
    if day < mediation.applied_on:
        raise Refused(_("This day lies before the application."), field=field or None)
    mediation.ended_on, mediation.days = day, (day - mediation.applied_on).days


# --- at the table ---------------------------------------------------------------------------------------------------------
@action("casework.mediation.hold_session")
def hold_session(
    actor: Actor, mediation: Mediation, *, note: str, held_on: dt.date | None = None, minutes: int | None = None,
    present: str = "", reader: str = Reader.ALL, proposer: str = "", proposed_fen: int | None = None,
) -> Done:  # fmt: skip
    """Note a sitting, who was there, and what a side proposed. ``reader``: which side reads the note."""
    if (proposer == "") != (proposed_fen is None):
        raise Refused(_("Enter both: whose proposal, and the amount."), field="proposed_fen" if proposer else "proposer")
    if minutes is not None and not 1 <= minutes <= 1440:
        raise Refused(_("A sitting lasts between 1 and 1,440 minutes."), field="minutes")
    day = need_past(held_on, "held_on")
    if day < mediation.applied_on:
        raise Refused(_("This day lies before the application."), field="held_on")
    made = MediationSession.objects.create(
        mediation=mediation, held_on=day, minutes=minutes, present=present.strip()[:200], note=need_text(note, "note"),
        reader=need_choice(reader, Reader, "reader"), proposer=proposer, by_id=actor.user_id,
        proposed_fen=None if proposed_fen is None else need_fen(proposed_fen, "proposed_fen"),
    )  # fmt: skip
    return Done(mediation, changes={"session": [None, str(made.pk)]})


@action("casework.mediation.agree")
def agree_mediation(
    actor: Actor, mediation: Mediation, *, agreement: str, first_due_on: dt.date, agreed_fen: int | None = None,
    percent: int | None = None, parts: int = 1, without: Sequence[Participant] = (), agreed_on: dt.date | None = None,
) -> Done:  # fmt: skip
    """An agreement: one main text, and who receives how much by when. In a group each worker receives ``percent`` of her claim
    (those in ``without`` did not agree: they stay open, and can be split out); alone, ``agreed_fen``. ``parts`` equal monthly
    payments from ``first_due_on``; what cannot be divided comes with the last. The limit of fifteen days is met, thirty days to
    ask the court for confirmation begin. Raises ``Refused``."""
    if not 1 <= parts <= MOST_PARTS:
        raise Refused(_("Between 1 and %(most)s payments.") % {"most": MOST_PARTS}, field="parts")
    day = need_past(agreed_on, "agreed_on")
    if first_due_on < day:
        raise Refused(_("The first payment lies before the agreement."), field="first_due_on")
    mediation.agreement = need_text(agreement, "agreement", 5)
    _end(mediation, day, "agreed_on")
    with _opened(mediation) as case:
        if case is None:
            raise Refused(_("This mediation comes from a register and has no case; it is corrected there."))
        owed = _owed(case, agreed_fen, percent, {p.pk for p in without})
        rows = [
            Instalment(mediation=mediation, participant=who, due_on=add_months(first_due_on, n), amount_fen=amount)
            for who, total in owed
            for n, amount in enumerate(_divided(total, parts))
            if amount
        ]
        Instalment.objects.bulk_create(rows, batch_size=500)
        mediation.agreed_fen = need_fen(sum(row.amount_fen for row in rows), "agreed_fen")
        mediation.people = len(owed)
        for who, _total in owed:
            if who is not None:
                who.result = "agreed"
        Participant.objects.bulk_update([who for who, _total in owed if who], ["result"], batch_size=500)
        _again(case)
        clocks.settle(case, LIMIT, day)
        clocks.start(actor, case, CONFIRM, day)
        body = {"decision": "mediation_agreed", "org": mediation.org.name, "text": mediation.agreement}
        add_record(actor, case, RecordKind.DECISION, body, on=day)
    return Done(mediation, touched=[case], changes={"people": [None, mediation.people], "parts": [None, parts]})


def _owed(
    case: Case, agreed_fen: int | None, percent: int | None, without: set[Any]
) -> list[tuple[Participant | None, int]]:
    """Who receives how much."""
    if case.form != Form.GROUP:
        if not agreed_fen:
            raise Refused(_("Enter the amount agreed."), field="agreed_fen")
        return [(None, need_fen(agreed_fen, "agreed_fen"))]
    if percent is None or not 1 <= percent <= 200:
        raise Refused(_("Enter what part of each claim is paid, between 1 and 200 per cent."), field="percent")
    found = [(p, p.claimed_fen * percent // 100) for p in shares_to_settle(case) if p.pk not in without]
    if not found:
        raise Refused(_("Nobody of the group is left who agrees."), field="without")
    if poor := [p.person.name for p, total in found if total == 0]:
        raise Refused(_("Enter the claim of each worker first: %(names)s.") % {"names": "、".join(poor[:5])}, field="percent")
    return list(found)


def _divided(total: int, parts: int) -> list[int]:
    """Equal parts in whole fen; what is left over comes with the last."""
    each = total // parts
    return [*[each] * (parts - 1), total - each * (parts - 1)]


@action("casework.mediation.fail")
def fail_mediation(
    actor: Actor, mediation: Mediation, *, reason: str, commission: str, failed_on: dt.date | None = None
) -> Done:
    """No agreement, or the fifteen days are over: handed over to arbitration with the file."""
    mediation.reason, mediation.commission = need_text(reason, "reason"), need_text(commission, "commission")[:80]
    day = need_past(failed_on, "failed_on")
    _end(mediation, day, "failed_on")
    with _opened(mediation) as case:
        if case:
            clocks.settle(case, LIMIT, day)
            body = {"decision": "mediation_failed", "to": mediation.commission, "reason": mediation.reason}
            add_record(actor, case, RecordKind.DECISION, body, on=day)
    return Done(mediation)


@action("casework.mediation.take_back")
def take_back_agreement(actor: Actor, mediation: Mediation, *, reason: str) -> Done:
    """An agreement entered wrongly goes back to the table, as long as nothing of it is paid or confirmed. The shares are open
    again, the limits run as before. Raises ``Refused``."""
    text = need_text(reason, "reason")
    rows = Instalment.objects.select_for_update().filter(mediation=mediation)
    if mediation.confirm_applied_on or any(row.paid_fen for row in rows):
        raise Refused(_("Money has arrived or confirmation is applied for: correct the payment or the confirmation first."))
    before = mediation.agreed_fen
    with _opened(mediation) as case:
        if case is None:
            raise Refused(_("This mediation comes from a register and has no case; it is corrected there."))
        Participant.objects.filter(pk__in=rows.values("participant")).update(result="open")
        rows.delete()
        _again(case)
        clocks.reopen(case, LIMIT)
        clocks.void(case, CONFIRM, text)
        body = {"decision": "mediation_taken_back", "org": mediation.org.name, "reason": text}
        add_record(actor, case, RecordKind.DECISION, body)
    mediation.ended_on, mediation.days, mediation.agreement, mediation.agreed_fen = None, 0, None, 0
    return Done(mediation, touched=[case], reason=text, changes={"agreed_fen": [before, 0]})


# --- what the agreement promises --------------------------------------------------------------------------------------------
@action("casework.mediation.note_payment")
def note_payment(
    actor: Actor, mediation: Mediation, *, due_on: dt.date, proof: str, paid_on: dt.date | None = None,
    participant: Participant | None = None, amount_fen: int | None = None,
) -> Done:  # fmt: skip
    """Money of one day of the schedule arrived: for everybody, or for one person (``amount_fen``: a part of it). Never more than
    is promised. The last fen makes the agreement performed. Raises ``Refused``."""
    day, proof = need_past(paid_on, "paid_on"), need_text(proof, "proof")[:120]
    if mediation.ended_on and day < mediation.ended_on:
        raise Refused(_("This day lies before the agreement."), field="paid_on")
    waiting = [row for row in _of_day(mediation, due_on, participant) if row.paid_fen < row.amount_fen]
    if not waiting:
        raise Refused(_("Nothing of this day is left to be paid."), field="due_on")
    if amount_fen is not None and len(waiting) > 1:
        raise Refused(_("A part is noted for one person: choose whom."), field="participant")
    paid: dict[Any, int] = {}
    for row in waiting:
        rest = row.amount_fen - row.paid_fen
        amount = rest if amount_fen is None else need_fen(amount_fen, "amount_fen")
        if not 0 < amount <= rest:
            text = _("At most what is left of it: %(rest)s yuan.")
            raise Refused(text % {"rest": f"{rest / 100:,.2f}"}, field="amount_fen")
        row.paid_fen, row.paid_on, row.proof = row.paid_fen + amount, day, proof
        paid[row.participant_id] = amount
    return _paid(mediation, waiting, paid, "")


@action("casework.mediation.correct_payment")
def correct_payment(
    actor: Actor, mediation: Mediation, *, due_on: dt.date, paid_fen: int, reason: str, participant: Participant | None = None
) -> Done:
    """What was noted as paid was wrong: set what one person really received of this day. A performed agreement is open again
    where something is missing. Raises ``Refused``."""
    text = need_text(reason, "reason")
    rows = [row for row in _of_day(mediation, due_on, participant) if row.paid_fen]
    if not rows:
        raise Refused(_("Nothing of this day is noted as paid."), field="due_on")
    if len(rows) > 1:
        raise Refused(_("Choose whose payment is corrected."), field="participant")
    row = rows[0]
    if not 0 <= need_fen(paid_fen, "paid_fen") <= row.amount_fen:
        raise Refused(_("At most what was promised: %(rest)s yuan.") % {"rest": f"{row.amount_fen / 100:,.2f}"}, field="paid_fen")
    change, row.paid_fen = paid_fen - row.paid_fen, paid_fen
    if not paid_fen:
        row.paid_on, row.proof = None, ""
    return _paid(mediation, rows, {row.participant_id: change}, text)


def _of_day(mediation: Mediation, due_on: dt.date, participant: Participant | None) -> list[Instalment]:
    rows = Instalment.objects.select_for_update().filter(mediation=mediation, due_on=due_on)
    return list(rows.filter(participant=participant) if participant else rows)


def _paid(mediation: Mediation, rows: list[Instalment], change: Mapping[Any, int], reason: str) -> Done:
    """Store the payments; what was recovered follows in the shares of the group, or in the case of one."""
    Instalment.objects.bulk_update(rows, ["paid_fen", "paid_on", "proof"], batch_size=500)
    with _opened(mediation) as case:
        if case is not None and case.form == Form.GROUP:
            found = list(Participant.objects.select_for_update().filter(case=case, pk__in=change))
            for person in found:
                person.recovered_fen = max(0, person.recovered_fen + change[person.pk])
            Participant.objects.bulk_update(found, ["recovered_fen"], batch_size=500)
        elif case is not None:
            case.recovered_fen = max(0, case.recovered_fen + sum(change.values()))
        if case is not None:
            _again(case)
    open_ = Instalment.objects.filter(mediation=mediation, paid_fen__lt=F("amount_fen")).exists()
    mediation.state = PERFORMED if not open_ else AGREED if mediation.state == PERFORMED else mediation.state
    changes = {"paid_fen": [0, sum(change.values())], "people": [None, len(rows)]}
    return Done(mediation, touched=[case] if case else [], changes=changes, reason=reason)


def _again(case: Case) -> None:
    """The sums of a group from its shares; the case is stored."""
    if case.form == Form.GROUP:
        sum_up(case)
    case.version += 1
    case.save()


@action("casework.mediation.default")
def default_mediation(actor: Actor, mediation: Mediation, *, reason: str) -> Done:
    """It is not paid: note what was applied for (payment order, enforcement). Money that still comes can be noted."""
    mediation.reason = need_text(reason, "reason", 5)
    with _opened(mediation) as case:
        if case:
            body = {"decision": "mediation_defaulted", "org": mediation.org.name, "reason": mediation.reason}
            add_record(actor, case, RecordKind.DECISION, body)
    return Done(mediation)


@action("casework.mediation.confirm")
def confirm_mediation(
    actor: Actor, mediation: Mediation, *, way: str, applied_on: dt.date, confirmed_on: dt.date | None = None, number: str = "",
) -> Done:  # fmt: skip
    """Confirmation by the court, or exchange for an arbitration document: applied for, and decided with its number."""
    if way not in ("court", "award"):
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": way}, field="way")
    need_past(applied_on, "applied_on")
    if mediation.ended_on and applied_on < mediation.ended_on:
        raise Refused(_("This day lies before the agreement."), field="applied_on")
    if confirmed_on is not None:
        need_past(confirmed_on, "confirmed_on")
        if confirmed_on < applied_on:
            raise Refused(_("Confirmed before it was applied for: correct one of the two days."), field="confirmed_on")
        need_text(number, "number")
    mediation.confirm_way, mediation.confirm_applied_on = way, applied_on
    mediation.confirmed_on, mediation.confirm_number = confirmed_on, number.strip()[:40]
    with _opened(mediation) as case:
        if case:
            clocks.settle(case, CONFIRM, applied_on)
    return Done(mediation)


# --- a register of earlier years ----------------------------------------------------------------------------------------------
@batch_action("casework.mediation.import")
def import_mediations(
    actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = ""
) -> tuple[list[RowResult], list[trail.Line], Touched]:
    """Take in a workshop's register: ended mediations without a case. Values of a row: number, applicant_name, opponent, claim,
    applied_on, accepted_on, ended_on, result, people, claimed_fen, agreed_fen, confirmed_on, confirm_number, commission,
    workshop (Org, ``place`` by default). The same number again: ``unchanged``, or ``refused`` when it says something else."""
    results: dict[int, RowResult] = {}
    made: list[Mediation] = []
    known = _on_file(place, rows)
    for row in rows:
        try:
            found = _from_register(place, row.values)
            earlier = known.get((found.org_id, found.number))
            if earlier is not None:
                if _facts(earlier) != _facts(found):
                    raise Refused(_("This number is on file and says something else: correct it there."), field="number")
                results[row.number] = RowResult(row.number, "unchanged", str(earlier.pk))
                continue
        except Refused as refusal:
            results[row.number] = RowResult(row.number, "refused", complaints=(Complaint(refusal.message, refusal.field or ""),))
            continue
        known[found.org_id, found.number] = found
        made.append(found)
        results[row.number] = RowResult(row.number, "created", str(found.pk))
    with widened(*{m.org_path for m in made}):
        Mediation.objects.bulk_create(made, batch_size=500)
    lines = [
        trail.Line(
            "casework.mediation.import", MEDIATION.code, m.pk, m.org_path,
            changes={"number": ["", m.number], "batch": batch_key[:16]},
        )
        for m in made
    ]
    label = Mediation._meta.label
    return [results[row.number] for row in rows], lines, {(label, m.org_id, month_of(m.applied_on)) for m in made}


def check_mediations(actor: Actor, place: Org, rows: Sequence[SheetRow]) -> list[RowResult]:
    """The dry run: only the refusals, nothing written."""
    refused = []
    for row in rows:
        try:
            _from_register(place, row.values)
        except Refused as refusal:
            refused.append(RowResult(row.number, "refused", complaints=(Complaint(refusal.message, refusal.field or ""),)))
    return refused


def _on_file(place: Org, rows: Sequence[SheetRow]) -> dict[tuple[int, str], Mediation]:
    numbers = {str(row.values.get("number") or "").strip() for row in rows}
    found = Mediation.objects.filter(number__in=numbers, org_path__startswith=place.path)
    return {(m.org_id, m.number): m for m in found}


def _facts(m: Mediation) -> tuple[Any, ...]:
    return m.state, m.applied_on, m.accepted_on, m.ended_on, m.people, m.claimed_fen, m.agreed_fen, m.confirmed_on, m.opponent


def _from_register(place: Org, values: Mapping[str, Any]) -> Mediation:
    workshop = values.get("workshop") or place
    if not workshop.path.startswith(place.path):
        raise Refused(_("%(org)s does not belong to %(place)s.") % {"org": workshop.name, "place": place.name}, field="workshop")
    state = str(values.get("result") or "")
    if state not in {*SETTLED, "not_reached", "declined", "withdrawn"}:
        raise Refused(_("A register holds what has ended: say how."), field="result")
    made = Mediation(
        org=workshop, org_path=workshop.path, number=need_text(values.get("number"), "number", 1)[:32], state=state,
        applicant_name=need_text(values.get("applicant_name"), "applicant_name", 1), claim=str(values.get("claim") or "").strip(),
        opponent=str(values.get("opponent") or "").strip()[:80], people=need_people(int(values.get("people") or 1)),
        claimed_fen=need_fen(int(values.get("claimed_fen") or 0), "claimed_fen"),
        agreed_fen=need_fen(int(values.get("agreed_fen") or 0), "agreed_fen"),
        applied_on=need_past(values.get("applied_on"), "applied_on"), accepted_on=values.get("accepted_on"),
        confirmed_on=values.get("confirmed_on"), confirm_number=str(values.get("confirm_number") or "").strip()[:40],
        commission=str(values.get("commission") or "").strip()[:80],
    )  # fmt: skip
    _check_days(made, values.get("ended_on"))
    if made.agreed_fen and state not in SETTLED:
        raise Refused(_("An amount was agreed, yet the result says otherwise: correct one of them."), field="result")
    return made


def _check_days(made: Mediation, ended_on: dt.date | None) -> None:
    if ended_on is None:
        raise Refused(_("Enter when it ended."), field="ended_on")
    steps = {"accepted_on": made.accepted_on, "ended_on": ended_on, "confirmed_on": made.confirmed_on}
    last = made.applied_on
    for name, day in steps.items():
        if day is None:
            continue
        need_past(day, name)
        if day < last:
            raise Refused(_("This day lies before an earlier step; correct one of the two."), field=name)
        last = day
    _end(made, ended_on, "ended_on")
    if made.confirmed_on and made.state not in SETTLED:
        raise Refused(_("Confirmed, yet no agreement: correct one of them."), field="confirmed_on")
    if made.confirmed_on:
        made.confirm_way = "court"
