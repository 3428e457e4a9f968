"""WRITE: letters of labour-law supervision (一函两书), from the draft to what was corrected, one leading to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from shegong.kernel.actions import approvals
from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.inbox import tell_user
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import Actor, today
from shegong.registry.models import Employer

from .. import rules
from ..models import Case, Letter, LetterCase
from ..policy.letters import ANSWERED, LETTER, NEXT, SENT, LetterKind, Reply, Way
from ..queries.cases import cases as cases_of
from ..queries.letters import Told, causes_of, due_for, is_late, number_of, rule_for, rule_of, told_in, usual_mark
from ._file import need_choice, need_future, need_past, need_text

WHY_NOT = {
    "last_kind": gettext_lazy("A proposal is the last letter of a chain; what follows is the authority's."),
    "still_runs": gettext_lazy("An answer is still waited for: go on when its day has passed, or note the answer first."),
    "not_checked": gettext_lazy("The addressee accepts it: first check whether it was corrected."),
}
TEXTS = {"subject", "text", "asks", "basis"}


# --- the draft --------------------------------------------------------------------------------------------------------------
@action("casework.letter.draft")
def draft_letter(
    actor: Actor, place: Org, *, kind: str, employer: Employer | None = None, to_org: Org | None = None,
    cases: Iterable[Case] = (), **given: Any,
) -> Done:  # fmt: skip
    """Write a letter of ``place``. ``cases``: those that gave rise to it; the addressee never learns of them. ``given``: subject,
    text, asks, basis, asked_by (the day of the answer, where no limit of the law runs). Raises ``Refused`` naming the field."""
    letter = Letter(
        kind=need_choice(kind, LetterKind, "kind"), org=place, org_path=place.path, by_id=actor.user_id, drafted_on=today()
    )
    _address(letter, employer, to_org)
    _write(letter, given)
    letter.save(force_insert=True)
    linked = _link(actor, letter, list(cases))
    return Done(letter, changes={"cases": len(linked)})


@action("casework.letter.revise")
def revise_letter(
    actor: Actor, letter: Letter, *, employer: Employer | None = None, to_org: Org | None = None,
    cases: Iterable[Case] | None = None, **given: Any,
) -> Done:  # fmt: skip
    """Change the draft. ``cases``: all that gave rise to it from now on; None leaves them."""
    _address(letter, employer or letter.employer, to_org or letter.to_org)
    _write(letter, given)
    letter.by_id = actor.user_id
    if cases is None:
        return Done(letter)
    kept = list(cases)
    shown = {case.pk for case in causes_of(actor, letter)}
    LetterCase.objects.filter(letter=letter, case__in=shown - {case.pk for case in kept}).delete()
    return Done(letter, changes={"cases": len(_link(actor, letter, kept))})


@action("casework.letter.submit")
def submit_letter(actor: Actor, letter: Letter) -> Done:
    """Put the draft before a supervisor. Raises ``Refused`` while something is missing, or gives away who complained."""
    for name in ("text", "basis", "asks"):
        if len((getattr(letter, name) or "").strip()) < 2:
            raise Refused(_("Facts, legal basis and what is asked for belong into the letter: complete the draft."))
    _keep_hidden(actor, letter)
    return Done(letter)


@action("casework.letter.allow_naming")
def allow_naming(actor: Actor, letter: Letter, *, case: Case, naming_on: dt.date | None = None) -> Done:
    """The workers of ``case`` whom this letter names agreed to it on ``naming_on``; None: they did not, or no longer do."""
    link = LetterCase.objects.filter(letter=letter, case=case).first()
    if link is None:
        text = _("Case %(number)s is not behind this letter; add it to the draft.") % {"number": case.number}
        raise Refused(text, field="case")
    before, link.naming_on = link.naming_on, naming_on and need_past(naming_on, "naming_on")
    link.save(update_fields=["naming_on"])
    return Done(letter, changes={"naming_on": [str(before or ""), str(link.naming_on or "")], "case": case.number})


@action("casework.letter.take_back")
def take_letter_back(actor: Actor, letter: Letter) -> Done:
    """Only its submitter takes it back."""
    approvals.withdraw(actor, letter, "casework.letter")
    return Done(letter)


@action("casework.letter.send_back")
def send_letter_back(actor: Actor, letter: Letter, *, opinion: str) -> Done:
    """Return it for correction; the opinion says what to correct."""
    opinion = need_text(opinion, "opinion")
    _tell_writer(actor, letter, gettext_noop("Your letter “%(subject)s” came back for correction."))
    return Done(letter, reason=opinion)


@action("casework.letter.approve")
def approve_letter(actor: Actor, letter: Letter, *, opinion: str = "", mark: str = "") -> Done:
    """Approve and give the next number of its series in the same transaction. Nobody approves what she wrote herself, nor a
    letter that gives away who complained.

    Two who approve at once wait for each other, and nothing is numbered that is then rolled back: no number is left out.
    """
    if letter.by_id == actor.user_id:
        raise Refused(_("You wrote this yourself; somebody else must approve it."))
    _keep_hidden(actor, letter)
    letter.mark = need_text(mark or usual_mark(letter.org, letter.kind), "mark", 1)[:16]
    letter.approved_by_id, letter.approved_on, letter.year = actor.user_id, today(), today().year
    letter.serial = _next_serial(letter.org_id, letter.kind, letter.year)
    letter.number = number_of(letter.mark, letter.kind, letter.year, letter.serial)
    if Letter.objects.filter(org_id=letter.org_id, number=letter.number).exists():
        raise Refused(_("The number %(number)s is taken; use another mark.") % {"number": letter.number}, field="mark")
    _tell_writer(actor, letter, gettext_noop("Your letter “%(subject)s” was approved as %(number)s."))
    return Done(letter, reason=opinion)


def _next_serial(org_id: int, kind: str, year: int) -> int:
    """The number after the last of the series, which is held until the transaction ends: no gap and no double."""
    hold_series(org_id)
    last = Letter.objects.filter(org_id=org_id, kind=kind, year=year).aggregate(last=Max("serial"))["last"]
    return int(last or 0) + 1


def hold_series(*org_ids: int) -> None:
    """Make others who number letters of these organisations wait until this transaction ends."""
    with connection.cursor() as cursor:
        for org_id in sorted(set(org_ids)):
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"letters {org_id}"])


# --- on its way ---------------------------------------------------------------------------------------------------------------
@action("casework.letter.send")
def send_letter(
    actor: Actor, letter: Letter, *, sent_on: dt.date, way: str, served_on: dt.date | None = None, proof: str = ""
) -> Done:
    """It left the house on ``sent_on``. Served by hand, electronically or left there it arrived that day; by post the day of
    receipt may follow (``serve``). ``proof``: who took it, tracking number, witnesses; needed once it was received. The day of
    the answer comes from the law where it sets one."""
    letter.sent_on, letter.way = need_past(sent_on, "sent_on"), need_choice(way, Way, "way")
    if letter.approved_on and letter.sent_on < letter.approved_on:
        raise Refused(_("This day lies before the letter was approved."), field="sent_on")
    if served_on is None and way != Way.POST:
        served_on = letter.sent_on
    letter.proof = (proof or "").strip()
    if served_on is not None:
        _serve(letter, served_on, proof)
    letter.due_on, letter.limit = due_for(letter)
    return Done(letter)


@action("casework.letter.serve")
def serve_letter(actor: Actor, letter: Letter, *, served_on: dt.date, proof: str) -> Done:
    """The day on which it was received, and by what that is shown; the day of the answer follows anew."""
    _serve(letter, served_on, proof)
    letter.due_on, letter.limit = due_for(letter)
    letter.warned, letter.batch = None, None
    set_in_time(letter)
    return Done(letter)


@action("casework.letter.answer")
def answer_letter(actor: Actor, letter: Letter, *, answered_on: dt.date, reply: str, answer: str) -> Done:
    """What the addressee answered, in time or not, even after it was checked; a later answer takes the place of an earlier."""
    letter.answered_on, letter.reply = need_past(answered_on, "answered_on"), need_choice(reply, Reply, "reply")
    if letter.sent_on and letter.answered_on < letter.sent_on:
        raise Refused(_("This day lies before the letter was sent."), field="answered_on")
    if rule_of(letter) and letter.served_on is None:
        raise Refused(_("First record the day on which it was received: the limit runs from it."))
    if letter.served_on and letter.answered_on < letter.served_on:
        raise Refused(_("It was answered before it was received: correct one of the two days."), field="answered_on")
    letter.answer, letter.batch = need_text(answer, "answer"), None
    if letter.state == SENT:
        letter.state = ANSWERED
    set_in_time(letter)
    return Done(letter)


@action("casework.letter.find_corrected")
def find_corrected(actor: Actor, letter: Letter, *, checked_on: dt.date, found: str) -> Done:
    """Somebody looked, and the employer has put it right."""
    return _check(letter, checked_on, found)


@action("casework.letter.find_uncorrected")
def find_uncorrected(actor: Actor, letter: Letter, *, checked_on: dt.date, found: str) -> Done:
    """Somebody looked, and it is not put right."""
    return _check(letter, checked_on, found)


@action("casework.letter.follow")
def follow_letter(actor: Actor, letter: Letter, *, to_org: Org | None = None, **given: Any) -> Done:
    """Write the next letter of the chain: an opinion after a reminder, a proposal (to ``to_org``) after an opinion. The cases
    behind it go along. Raises ``Refused`` while the limit still runs, or where a letter follows already."""
    refused = letter.way == Way.LEFT or letter.reply in (Reply.REFUSED, Reply.PARTLY)
    why = rules.why_no_next_letter(letter.kind, letter.state, late=is_late(letter), refused=refused)
    if why:
        raise Refused(str(WHY_NOT[why]))
    if Letter.objects.filter(follows=letter).exclude(state="withdrawn").exists():
        raise Refused(_("A letter follows this one already; it stands in the chain."))
    kind = NEXT[LetterKind(letter.kind)]
    made = Letter(kind=kind, org=letter.org, org_path=letter.org_path, by_id=actor.user_id, drafted_on=today(), follows=letter)
    _address(made, letter.employer, to_org)
    _write(made, given)
    made.save(force_insert=True)
    _link(actor, made, causes_of(actor, letter))
    return Done(made, changes={"next": [None, str(made.pk)]})


@action("casework.letter.discard")
def discard_letter(actor: Actor, letter: Letter, *, reason: str) -> Done:
    """The draft comes to nothing; no number was used for it."""
    return Done(letter, reason=need_text(reason, "reason"))


@action("casework.letter.withdraw")
def withdraw_letter(actor: Actor, letter: Letter, *, reason: str) -> Done:
    """An approved or sent letter no longer holds. It keeps its number, and is not counted."""
    return Done(letter, reason=need_text(reason, "reason"))


# --- what may stand where -----------------------------------------------------------------------------------------------------
WHAT_IS_TOLD = {
    "name": gettext_lazy("it names a worker of case %(number)s"),
    "number": gettext_lazy("it tells the phone or ID number of a worker of case %(number)s"),
    "case": gettext_lazy("it tells the number of case %(number)s"),
}


def _keep_hidden(actor: Actor, letter: Letter) -> None:
    """The addressee must not learn who complained. A name may stand there with consent, but never in the subject, which lists
    and notices show. Raises ``Refused`` saying which case is given away, never by what words."""
    if told_in(actor, letter, subject_only=True):
        text = _("The subject gives away who complained, and lists show it: write it without names and numbers.")
        raise Refused(text, field="subject")
    told = [one for one in told_in(actor, letter) if not one.allowed]
    if told:
        text = _("The letter gives away who complained: %(what)s. %(way)s")
        raise Refused(text % {"what": _whats(told), "way": _way_out(told)})


def _whats(told: list[Told]) -> str:
    return "；".join(str(WHAT_IS_TOLD[one.by]) % {"number": one.case.number} for one in told[:3])


def _way_out(told: list[Told]) -> str:
    if any(one.by != "name" for one in told):
        return _("Take it out of the letter.")
    if any(not one.linked for one in told):
        return _("Write it without the name, or add the case to the draft and record that the worker agrees to be named.")
    return _("Write it without the name, or first record that the worker agrees to be named.")


def set_in_time(letter: Letter) -> None:
    """Whether the answer came by its day."""
    known = letter.answered_on and letter.due_on
    letter.in_time = ("yes" if letter.answered_on <= letter.due_on else "no") if known else ""  # type: ignore[operator]


def _address(letter: Letter, employer: Employer | None, to_org: Org | None) -> None:
    letter.employer = employer
    letter.to_org = to_org if letter.kind == LetterKind.PROPOSAL else None
    if letter.kind != LetterKind.PROPOSAL:
        if employer is None:
            raise Refused(_("Name the employer to whom it is written."), field="employer")
        return
    if to_org is None or to_org.kind != OrgKind.PARTNER:
        raise Refused(_("A proposal is written to an authority: name the partner agency."), field="to_org")


def _write(letter: Letter, given: dict[str, Any]) -> None:
    asked_by = given.pop("asked_by", letter.asked_by)
    if strange := set(given) - TEXTS:
        raise Refused(_("Unknown fields: %(names)s.") % {"names": ", ".join(sorted(strange))})
    for name, value in given.items():
        setattr(letter, name, (value or "").strip())
    letter.subject = need_text(letter.subject, "subject")[:80]
    rule = rule_for(letter.kind, letter.org.area_code, today())
    if rule is not None and asked_by:
        text = _("The law sets the limit of this answer (%(article)s): leave the day empty.") % {"article": rule.article}
        raise Refused(text, field="asked_by")
    if asked_by and asked_by != letter.asked_by:
        need_future(asked_by, "asked_by")
    letter.asked_by = asked_by


def _link(actor: Actor, letter: Letter, found: list[Case]) -> list[LetterCase]:
    """Tie the cases to the letter. Raises ``Refused`` for one out of reach, beside the office, or about another employer."""
    open_to = set(cases_of(actor, "casework.case.view").filter(pk__in=[c.pk for c in found]).values_list("pk", flat=True))
    for case in found:
        if case.pk not in open_to or not case.org_path.startswith(letter.org_path):
            raise Refused(_("Case %(number)s does not lie with this office.") % {"number": case.number}, field="cases")
        if case.employer_id and letter.employer_id and case.employer_id != letter.employer_id:
            raise Refused(_("Case %(number)s is about another employer.") % {"number": case.number}, field="cases")
    known = set(LetterCase.objects.filter(letter=letter).values_list("case_id", flat=True))
    made = [
        LetterCase(letter=letter, case=case, org_id=case.org_id, org_path=case.org_path) for case in found if case.pk not in known
    ]
    return LetterCase.objects.bulk_create(made)


def _serve(letter: Letter, served_on: dt.date, proof: str) -> None:
    letter.served_on, letter.proof = need_past(served_on, "served_on"), need_text(proof, "proof")
    if letter.sent_on and letter.served_on < letter.sent_on:
        raise Refused(_("It was received before it was sent: correct one of the two days."), field="served_on")
    if letter.answered_on and letter.answered_on < letter.served_on:
        raise Refused(_("It was answered before it was received: correct one of the two days."), field="served_on")


def _check(letter: Letter, checked_on: dt.date, found: str) -> Done:
    letter.checked_on = need_past(checked_on, "checked_on")
    if letter.sent_on and letter.checked_on < letter.sent_on:
        raise Refused(_("This day lies before the letter was sent."), field="checked_on")
    said = f"{letter.checked_on}　{need_text(found, 'found')}"
    letter.found = f"{letter.found}\n{said}" if letter.found else said  # an earlier look stays beside it
    letter.batch = None
    return Done(letter)


def _tell_writer(actor: Actor, letter: Letter, text: str) -> None:
    if letter.by_id != actor.user_id:
        values = {"subject": letter.subject, "number": letter.number}
        tell_user(letter.by_id, text, values, LETTER.code, letter.pk)
