"""WRITE: legal aid from the application to the archive (S39). The office sees what is written here; the case opens to it when it
grants aid. What the tables count is the register entry made at that moment and kept true by every deed after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.orgs.models import Org, User
from shegong.kernel.orgs.reach import Actor, today, widened

from .. import rules
from ..models import AidApplication, AidRule, Case, LegalAid, Member
from ..policy import AID, AidForm, AidResult, Form, RecordKind
from ..policy.aid import DECIDERS, OPEN_AID, UNDECIDED, EndReason, Exempt, Satisfied
from ..queries.aid import applicant_of, is_emergency, missing_for_archive, offices_for, rule_for, tested
from ..queries.panel import Conflict
from . import _clocks as clocks
from ._file import add_record, need_choice, need_fen, need_future, need_past, need_text, place_of
from ._register import ENDED, apply_facts, read_entry
from ._ties import tie_member, tied_now

DECIDE, ASSIGN, OBJECTION = "legal_aid.decide", "legal_aid.assign", "legal_aid.objection"
MOST_HOUSEHOLD = 50


@contextmanager
def _opened(aid: AidApplication) -> Iterator[Case]:
    """The case and the office's register, for what a deed at either end has to write on both; the case is locked."""
    with widened(aid.org_path, aid.office_path):
        yield Case.objects.select_for_update(of=("self",)).select_related("org", "client", "employer").get(pk=aid.case_id)


# --- applying -----------------------------------------------------------------------------------------------------------
@action("casework.case.apply_aid")
def apply_for_aid(
    actor: Actor, case: Case, *, office: Org, form: str, dispute: str, facts: str, stage: str = "", exempt: str = "",
    household: int | None = None, income_fen: int | None = None, claimed_fen: int | None = None,
    applied_on: dt.date | None = None,
) -> Done:  # fmt: skip
    """Apply for legal aid for the client or the group. ``office`` decides and sees what is written here, not the case. Its seven
    days begin. Raises ``Refused``: another application is open, nobody to apply, an office that cannot decide."""
    if AidApplication.objects.filter(case=case, state__in=OPEN_AID).exists():
        raise Refused(_("An application of this case is open already."))
    if office not in offices_for(case.org):
        raise Refused(_("%(office)s does not decide on legal aid for this place.") % {"office": office.name}, field="office")
    name, _people = applicant_of(case)
    if not name:
        raise Refused(_("Nobody applies yet: enter the client, or the workers of the group."))
    day = need_past(applied_on, "applied_on")
    made = AidApplication(
        case=case, case_number=case.number, office=office, office_path=office.path, number=_new_number(day), applicant_name=name,
        applied_on=day, by_id=actor.user_id, **place_of(case),
    )  # fmt: skip
    _fill(made, case, form=form, stage=stage, dispute=dispute, facts=facts, exempt=exempt, household=household,
          income_fen=income_fen, claimed_fen=claimed_fen)  # fmt: skip
    made.save(force_insert=True)
    add_record(actor, case, RecordKind.DECISION, {"decision": "aid_applied", "to": office.name})
    clocks.start(actor, case, DECIDE, day)
    urgent = gettext_noop("Legal aid is applied for (%(number)s); a limitation runs out within a week: decide at once.")
    usual = gettext_noop("Legal aid is applied for (%(number)s); decide within seven days.")
    _tell_office(made, urgent if is_emergency(case) else usual)
    return Done(case, touched=[made], changes={"aid": [None, made.number], "office": [None, office.name]})


@action("casework.aid.correct")
def correct_aid(actor: Actor, aid: AidApplication, **changes: Any) -> Done:
    """Correct what was applied for or told about the means, before it is decided; after it only what an emergency left for
    later, and the register follows."""
    if aid.state not in UNDECIDED and not aid.emergency:
        raise Refused(_("It is decided: what was applied for stands as it was measured."))
    with _opened(aid) as case:
        told = {name: getattr(aid, name) for name in _TOLD}
        _fill(aid, case, **(told | changes))
        touched = [_keep_entry(aid, case)] if aid.entry_id else []
    return Done(aid, touched=[*touched])


_TOLD = ("form", "stage", "dispute", "facts", "exempt", "household", "income_fen", "claimed_fen")


def _fill(aid: AidApplication, case: Case, **given: Any) -> None:
    """Check and set what was told. A group's amount is the sum over its workers; a single one defaults to the case's."""
    claimed = case.claimed_fen if case.form == Form.GROUP or given["claimed_fen"] is None else given["claimed_fen"]
    aid.claimed_fen = need_fen(claimed, "claimed_fen")
    aid.form = need_choice(given["form"], AidForm, "form")
    if aid.form == AidForm.CONSULTATION:
        raise Refused(_("A consultation needs no application: enter it in the register."), field="form")
    aid.dispute, aid.facts = need_text(given["dispute"], "dispute")[:40], need_text(given["facts"], "facts", 5)
    aid.exempt = need_choice(given["exempt"], Exempt, "exempt") if given["exempt"] else ""
    household, income = given["household"], given["income_fen"]
    if household is not None and not 1 <= household <= MOST_HOUSEHOLD:
        raise Refused(_("A household has between 1 and %(most)s members.") % {"most": MOST_HOUSEHOLD}, field="household")
    if income is not None and household is None:
        raise Refused(_("Enter how many people live on this income."), field="household")
    aid.household, aid.income_fen = household, None if income is None else need_fen(income, "income_fen")
    aid.stage = given["stage"] or ""
    _entry_facts(aid, case)  # raises where form and stage contradict each other


def _new_number(day: dt.date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('casework_aid_number')")
        return f"{day.year}援{cursor.fetchone()[0]:06d}"


# --- deciding -----------------------------------------------------------------------------------------------------------
@action("casework.aid.ask_supplement")
def ask_supplement(actor: Actor, aid: AidApplication, *, missing: str, missing_by: dt.date) -> Done:
    """Say once what is missing, all of it; until then the limit stands still."""
    if aid.missing:
        raise Refused(_("Papers were asked for already; the law allows it once. Decide, or note the withdrawal."))
    aid.missing, aid.missing_by = need_text(missing, "missing", 5), need_future(missing_by, "missing_by")
    with _opened(aid) as case:
        clocks.happen(actor, case, DECIDE, "suspend", today(), _("papers asked for"))
    _tell_sender(actor, aid, gettext_noop("Papers are missing for the legal-aid application %(number)s."))
    return Done(aid)


@action("casework.aid.supply")
def supply_papers(actor: Actor, aid: AidApplication) -> Done:
    """Everything asked for is there; the limit runs on."""
    with _opened(aid) as case:
        clocks.happen(actor, case, DECIDE, "resume", today(), _("papers complete"))
    _tell_office(aid, gettext_noop("The papers of the legal-aid application %(number)s are complete."))
    return Done(aid)


@action("casework.aid.accept")
def accept_aid(actor: Actor, aid: AidApplication, *, reason: str = "", emergency: bool = False) -> Done:
    """Grant aid: an entry of the office's register is made, the case opens to whoever decided, three days to assign begin.

    ``emergency`` grants it before means and papers, while a limitation has six days or fewer left. Otherwise means that are not
    met bar it, and an unset test or untold means need a written reason. Raises ``Refused``; nobody grants what she applied for.
    """
    _need_colleague(actor, aid)
    with _opened(aid) as case:
        found = tested(aid)
        if emergency and not is_emergency(case):
            raise Refused(_("No limitation of this case runs out within a week: examine means and papers."), field="emergency")
        if not emergency:
            _need_means(found.means.outcome, found.text, reason)
        with translation.override("zh-hans"):  # what is kept is read and printed in Chinese
            aid.emergency, aid.reason = emergency, reason.strip() or tested(aid).text
        aid.decided_on, aid.decided_by_id = today(), actor.user_id
        entry = LegalAid(org_id=aid.office_id, org_path=aid.office_path, case=case, number=aid.number)
        _keep_entry(aid, case, entry)
        aid.entry = entry
        if not tied_now(case).filter(user_id=actor.user_id, tie="helper").exists():
            Member.objects.create(case=case, user_id=actor.user_id, tie="helper", because=aid.number, **place_of(case))
        add_record(actor, case, RecordKind.DECISION, {"decision": "aid_accepted", "org": aid.office.name})
        clocks.settle(case, DECIDE, today())
        clocks.start(actor, case, ASSIGN, today())
    _tell_sender(actor, aid, gettext_noop("Legal aid was granted (%(number)s)."))
    return Done(aid, touched=[entry], reason=reason, changes={"means": found.means.outcome})


def _need_colleague(actor: Actor, aid: AidApplication) -> None:
    """Nobody reviews what she entered herself (SM-APPROVAL)."""
    if aid.by_id == actor.user_id:
        raise Refused(_("You entered this application yourself: a colleague decides."))


def _need_means(outcome: str, text: str, reason: str) -> None:
    if outcome in (rules.ABOVE, rules.TOO_LITTLE):
        raise Refused(_("The means test is not met: %(why)s Refuse, or correct the application.") % {"why": text})
    if outcome in (rules.NO_RULE, rules.UNTOLD) and len(reason.strip()) < 2:
        raise Refused(text + " " + _("Write why aid is granted all the same."), field="reason")


@action("casework.aid.refuse")
def refuse_aid(actor: Actor, aid: AidApplication, *, reason: str) -> Done:
    """Refuse in writing; the applicant can object. Nobody refuses what she entered herself."""
    _need_colleague(actor, aid)
    aid.reason = need_text(reason, "reason", 5)
    aid.decided_on, aid.decided_by_id = today(), actor.user_id
    with _opened(aid) as case:
        add_record(actor, case, RecordKind.DECISION, {"decision": "aid_refused", "org": aid.office.name, "reason": aid.reason})
        clocks.settle(case, DECIDE, today())
    _tell_sender(actor, aid, gettext_noop("Legal aid was not granted (%(number)s); the applicant can object."))
    return Done(aid)


@action("casework.aid.withdraw")
def withdraw_aid(actor: Actor, aid: AidApplication, *, reason: str) -> Done:
    """The applicant withdraws, or did not bring the papers in time (which counts as withdrawing)."""
    aid.outcome = need_text(reason, "reason")
    touched: list[Any] = []
    with _opened(aid) as case:
        clocks.settle(case, DECIDE, today())
        clocks.settle(case, ASSIGN, today())
        if aid.entry_id:
            aid.concluded_on = today()
            touched = [_keep_entry(aid, case, result=ENDED)]
            _end_tie(case, aid.decided_by_id or 0, "helper", because=aid.number)  # opened for aid that is not given now
    return Done(aid, touched=touched)


@action("casework.aid.object")
def object_to_refusal(actor: Actor, aid: AidApplication, *, objection: str, objected_on: dt.date | None = None) -> Done:
    """Note the applicant's objection; the authority's five days begin. Once for each application."""
    if aid.objection:
        raise Refused(_("An objection was answered already."))
    aid.objection, aid.objected_on = need_text(objection, "objection", 5), need_past(objected_on, "objected_on")
    if aid.decided_on and aid.objected_on < aid.decided_on:
        raise Refused(_("This day lies before the decision."), field="objected_on")
    with _opened(aid) as case:
        clocks.start(actor, case, OBJECTION, aid.objected_on)
    _tell_office(aid, gettext_noop("The applicant objects to the refusal of %(number)s: answer within five days."))
    return Done(aid)


@action("casework.aid.uphold")
def uphold_refusal(actor: Actor, aid: AidApplication, *, answer: str) -> Done:
    """The refusal stands; why, in writing."""
    return _answered(actor, aid, answer)


@action("casework.aid.overturn")
def overturn_refusal(actor: Actor, aid: AidApplication, *, answer: str) -> Done:
    """The objection is right: the application is under review again, and must be decided at once."""
    done = _answered(actor, aid, answer)
    aid.decided_on, aid.decided_by, aid.reason = None, None, None
    with _opened(aid) as case:
        clocks.start(actor, case, DECIDE, today())
    return done


def _answered(actor: Actor, aid: AidApplication, answer: str) -> Done:
    if aid.decided_by_id == actor.user_id:
        raise Refused(_("You decided this application yourself: a colleague answers the objection."))
    aid.objection_answer = need_text(answer, "answer", 5)
    with _opened(aid) as case:
        clocks.settle(case, OBJECTION, today())
    _tell_sender(actor, aid, gettext_noop("The objection in %(number)s was answered."))
    return Done(aid)


# --- working ------------------------------------------------------------------------------------------------------------
@action("casework.aid.assign")
def assign_aid(actor: Actor, aid: AidApplication, *, user: User, because: str = "") -> Done:
    """Assign a lawyer, checked for conflict of interest; an earlier one's tie ends. The letter can be printed."""
    with _opened(aid) as case:
        if aid.lawyer_id and aid.lawyer_id != user.pk:
            _end_tie(case, aid.lawyer_id)
        found: list[Conflict] = []
        if not tied_now(case).filter(user=user, tie="lawyer").exists():
            _member, found = tie_member(case, user, "lawyer", because or aid.number, None)
        aid.lawyer, aid.assigned_on = user, today()
        entry = _keep_entry(aid, case)
        clocks.settle(case, ASSIGN, today())
    text = gettext_noop("The legal-aid case %(number)s was assigned to you.")
    tell_user(user.pk, text, {"number": aid.number}, AID.code, aid.pk)
    changes = {"lawyer": [None, user.name], "conflicts": [c.code for c in found]}
    return Done(aid, touched=[entry], reason=because, changes=changes)


def _end_tie(case: Case, user_id: int, tie: str = "lawyer", **more: str) -> None:
    tied_now(case).filter(user_id=user_id, tie=tie, **more).update(until=timezone.now())


@action("casework.aid.begin")
def begin_aid(actor: Actor, aid: AidApplication) -> Done:
    """The lawyer takes it in hand."""
    return Done(aid)


@action("casework.aid.set_stage")
def set_aid_stage(actor: Actor, aid: AidApplication, *, form: str, stage: str = "", note: str = "") -> Done:
    """It goes on in another form or stage: from mediation to arbitration, from there to court. The register follows."""
    aid.form, aid.stage = need_choice(form, AidForm, "form"), stage
    with _opened(aid) as case:
        entry = _keep_entry(aid, case)
    return Done(aid, touched=[entry], reason=note.strip()[:200])


@action("casework.aid.conclude")
def conclude_aid(
    actor: Actor, aid: AidApplication, *, result: str, outcome: str, concluded_on: dt.date | None = None,
    claimed_fen: int | None = None, recovered_fen: int | None = None, proof: str = "",
) -> Done:  # fmt: skip
    """Conclude with result, amounts and their proof. In a group the amounts are the sums over its workers; otherwise they become
    the case's, and where none is given the case's stand. Raises ``Refused``: money without proof, a result that contradicts
    it."""
    aid.concluded_on = need_past(concluded_on, "concluded_on")
    aid.outcome, aid.proof = need_text(outcome, "outcome"), proof.strip()[:120]
    if result == AidResult.PENDING:
        raise Refused(_("Choose how it ended."), field="result")
    aid.result = need_choice(result, AidResult, "result")
    with _opened(aid) as case:
        if case.form == Form.GROUP:
            aid.claimed_fen, aid.recovered_fen = case.claimed_fen, case.recovered_fen
        else:
            aid.claimed_fen = need_fen(aid.claimed_fen if claimed_fen is None else claimed_fen, "claimed_fen")
            aid.recovered_fen = need_fen(case.recovered_fen if recovered_fen is None else recovered_fen, "recovered_fen")
            case.claimed_fen, case.recovered_fen = aid.claimed_fen, aid.recovered_fen
            case.version += 1
            case.save()
        if aid.recovered_fen and not aid.proof:
            raise Refused(_("Enter the proof of what was recovered (agreement, award, receipt)."), field="proof")
        entry = _keep_entry(aid, case, result=result)
        body = {"decision": "aid_concluded", "org": aid.office.name, "outcome": aid.outcome}
        add_record(actor, case, RecordKind.DECISION, body, on=aid.concluded_on)
    _tell_office(aid, gettext_noop("The legal-aid case %(number)s is concluded: call the applicant back."))
    return Done(aid, touched=[entry, case])


@action("casework.aid.end")
def end_aid(actor: Actor, aid: AidApplication, *, end_reason: str, outcome: str) -> Done:
    """End it early for a reason the law names; the lawyer's tie ends with it."""
    aid.end_reason = need_choice(end_reason, EndReason, "end_reason")
    aid.outcome, aid.concluded_on = need_text(outcome, "outcome", 5), today()
    with _opened(aid) as case:
        entry = _keep_entry(aid, case, result=ENDED)
        clocks.settle(case, ASSIGN, today())
        if aid.lawyer_id:
            _end_tie(case, aid.lawyer_id)
        add_record(actor, case, RecordKind.DECISION, {"decision": "aid_ended", "org": aid.office.name, "reason": aid.outcome})
    _tell_sender(actor, aid, gettext_noop("Legal aid was ended early (%(number)s)."))
    return Done(aid, touched=[entry])


# --- afterwards -----------------------------------------------------------------------------------------------------------
@action("casework.aid.call_back")
def call_back_aid(
    actor: Actor, aid: AidApplication, *, satisfied: str, text: str, called_back_on: dt.date | None = None
) -> Done:
    """Note the call-back: what the applicant says of the aid, or that she could not be reached."""
    aid.satisfied, aid.call_back = need_choice(satisfied, Satisfied, "satisfied"), need_text(text, "text")
    aid.called_back_on = need_past(called_back_on, "called_back_on")
    if aid.concluded_on and aid.called_back_on < aid.concluded_on:
        raise Refused(_("This day lies before the end of the aid."), field="called_back_on")
    return Done(aid)


@action("casework.aid.archive")
def archive_aid(actor: Actor, aid: AidApplication, *, keep_until: dt.date | None = None) -> Done:
    """Close the file under the next number of the office and year. ``keep_until``: by the rule of the office where none is given.
    Raises ``Refused`` naming everything that a complete file still lacks."""
    with _opened(aid) as case:
        aid.case = case
        if missing := missing_for_archive(aid):
            raise Refused(_("The file is not complete. It lacks: %(what)s.") % {"what": "、".join(missing)})
        rule = rule_for(aid)
        if keep_until is None and rule is None:
            raise Refused(_("No rule says how long files are kept here: enter the day."), field="keep_until")
        aid.archived_on = today()
        years = rule.keep_years if rule else 0
        aid.keep_until = keep_until or dt.date(today().year + years, 12, 31)
        need_future(aid.keep_until, "keep_until")
        aid.archive_number = _archive_number(aid)
    return Done(aid, changes={"archive": [None, aid.archive_number]})


def _archive_number(aid: AidApplication) -> str:
    """Without gaps within the office and year: one at a time."""
    year = str(today().year)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"aid archive {aid.office_id} {year}"])
    taken = AidApplication.objects.filter(office_id=aid.office_id, archive_number__startswith=f"{year}-")
    last = taken.aggregate(last=Max("archive_number"))["last"]
    return f"{year}-{int(last.rpartition('-')[2]) + 1 if last else 1:05d}"


# --- the register ---------------------------------------------------------------------------------------------------------
def _keep_entry(aid: AidApplication, case: Case, entry: LegalAid | None = None, result: str = "") -> LegalAid:
    """Bring the register entry to what the application says, through the same checks as a typed one."""
    facts = _entry_facts(aid, case, result)
    row = entry or LegalAid.objects.select_for_update().get(pk=str(aid.entry_id))
    row.applicant_id, row.employer_id = case.client_id, case.employer_id
    apply_facts(row, facts, {})
    if entry is None:
        row.version += 1
    row.save()
    return row


def _entry_facts(aid: AidApplication, case: Case, result: str = "") -> Any:
    name, people = applicant_of(case)
    given = {
        "number": aid.number, "form": aid.form, "stage": aid.stage, "accepted_on": aid.decided_on or today(),
        "dispute": aid.dispute,
        "applicant_name": name, "employer_name": case.employer.name[:80] if case.employer else "", "people": people,
        "is_group": people > 1, "claimed_fen": aid.claimed_fen, "recovered_fen": aid.recovered_fen, "proof": aid.proof,
        "lawyer": aid.lawyer.name[:40] if aid.lawyer else "", "concluded_on": aid.concluded_on if result else None,
        "result": result or AidResult.PENDING,
    }  # fmt: skip
    return read_entry(given, today())


# --- means tests ------------------------------------------------------------------------------------------------------------
@action("casework.aid_rule.set")
def set_aid_rule(
    actor: Actor, place: Org, *, valid_from: dt.date, ceiling_fen: int, basis: str, keep_years: int, least_claim_fen: int = 0,
    exempt: tuple[str, ...] = (),
) -> AidRule:  # fmt: skip
    """Set the test of ``place`` from a day on. Applications of earlier days keep the one they were measured by."""
    for group in exempt:
        need_choice(group, Exempt, "exempt")
    if not 1 <= keep_years <= 100:
        raise Refused(_("Files are kept between 1 and 100 years."), field="keep_years")
    if AidRule.objects.filter(org=place, valid_from=valid_from, state="valid").exists():
        raise Refused(_("A means test from this day is set already; withdraw it first."), field="valid_from")
    return AidRule.objects.create(
        org=place, org_path=place.path, valid_from=valid_from, ceiling_fen=need_fen(ceiling_fen, "ceiling_fen"),
        least_claim_fen=need_fen(least_claim_fen, "least_claim_fen"), exempt=sorted(exempt), keep_years=keep_years,
        basis=need_text(basis, "basis")[:200], by_id=actor.user_id,
    )  # fmt: skip


@action("casework.aid_rule.withdraw")
def withdraw_aid_rule(actor: Actor, rule: AidRule, *, reason: str) -> Done:
    """Entered by mistake: no application is measured by it any more."""
    return Done(rule, reason=need_text(reason, "reason"))


# --- telling ------------------------------------------------------------------------------------------------------------------
def _tell_office(aid: AidApplication, text: str) -> None:
    tell(aid.office_path, sorted(DECIDERS), text, {"number": aid.number}, AID.code, aid.pk)


def _tell_sender(actor: Actor, aid: AidApplication, text: str) -> None:
    if aid.by_id != actor.user_id:
        tell_user(aid.by_id, text, {"number": aid.number}, AID.code, aid.pk)
