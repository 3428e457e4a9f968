"""What a line of a legal-aid register says, checked: the same for one form and for fifty thousand rows. No database here."""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import Refused

from .. import rules
from ..models import LegalAid
from ..policy import AidForm, AidResult, AidStage

LIGHT = frozenset({AidForm.CONSULTATION, AidForm.DRAFTING})  # done with at once, without stage or amount
STAGES = {
    AidForm.MEDIATION: frozenset({"", AidStage.BEFORE, AidStage.AFTER}),
    AidForm.REPRESENTATION: frozenset({"", AidStage.ARBITRATION, AidStage.LITIGATION}),
}
# columns that a register tells, compared to see whether a row says something new
TOLD = (
    "form", "stage", "result", "state", "dispute", "applicant_name", "employer_name", "people", "is_group", "claimed_fen",
    "recovered_fen", "proof", "lawyer", "accepted_on", "concluded_on",
)  # fmt: skip
ENDED = "ended"  # how a register says that the aid was broken off


@dataclass(slots=True)
class Facts:
    """The columns of an entry but for keys and place. ``doubts``: what is taken, but somebody should look at."""

    number: str
    form: str
    accepted_on: dt.date
    applicant_name: str
    stage: str = ""
    result: str = AidResult.PENDING.value
    state: str = "pending"
    concluded_on: dt.date | None = None
    dispute: str = ""
    employer_name: str = ""
    people: int = 1
    is_group: bool = False
    claimed_fen: int = 0
    recovered_fen: int = 0
    proof: str = ""
    lawyer: str = ""
    note: str = ""
    id_number: str = ""
    employer_code: str = ""
    doubts: list[tuple[str, str]] = field(default_factory=list)


def read_entry(given: Mapping[str, Any], today: dt.date) -> Facts:
    """Check one entry. ``form`` may carry its stage ("representation:arbitration"), ``result`` may be "ended".

    Raises ``Refused`` naming the field, why, and what to do.
    """
    form, _colon, implied = str(given.get("form") or "").partition(":")
    if form not in AidForm.values:
        raise Refused(_("Choose the form of aid: mediation, representation, consultation or drafting."), field="form")
    accepted = given.get("accepted_on")
    if not isinstance(accepted, dt.date):
        raise Refused(_("Enter the day on which the case was accepted."), field="accepted_on")
    facts = Facts(
        number=unicodedata.normalize("NFKC", _text(given, "number", 32, needed=True)), form=form, accepted_on=accepted,
        applicant_name=_text(given, "applicant_name", 40, needed=True), stage=_stage(given, form, implied),
        concluded_on=given.get("concluded_on"), dispute=_text(given, "dispute", 40),
        employer_name=_text(given, "employer_name", 80), claimed_fen=_fen(given, "claimed_fen"),
        recovered_fen=_fen(given, "recovered_fen"), proof=_text(given, "proof", 120), lawyer=_text(given, "lawyer", 40),
        note=_text(given, "note", 2000), id_number=str(given.get("id_number") or ""),
        employer_code=str(given.get("employer_code") or ""),
    )  # fmt: skip
    _set_people(facts, given)
    _set_outcome(facts, str(given.get("result") or ""))
    _check_days(facts, today)
    _check_outcome(facts)
    return facts


def _text(given: Mapping[str, Any], name: str, longest: int, *, needed: bool = False) -> str:
    text = " ".join(str(given.get(name) or "").split())
    if needed and not text:
        raise Refused(_("This must not be empty."), field=name)
    if len(text) > longest:
        raise Refused(_("At most %(longest)s characters.") % {"longest": longest}, field=name)
    return text


def _fen(given: Mapping[str, Any], name: str) -> int:
    amount = int(given.get(name) or 0)
    if not 0 <= amount <= rules.MOST_FEN:
        raise Refused(_("The amount must lie between 0 and 100 billion yuan."), field=name)
    return amount


def _stage(given: Mapping[str, Any], form: str, implied: str) -> str:
    stage = str(given.get("stage") or "")
    stage = "" if stage == "none" else stage
    if implied and stage and stage != implied:
        raise Refused(_("Form and stage contradict each other."), field="stage")
    stage = stage or implied
    if stage not in STAGES.get(AidForm(form), frozenset({""})):
        fits = {
            AidForm.MEDIATION: _("Mediation happens before arbitration or after it began."),
            AidForm.REPRESENTATION: _("Representation happens in arbitration or in litigation."),
        }
        raise Refused(
            fits.get(AidForm(form), _("Consultation and drafting have no stage: leave it empty.")), field="stage"
        )
    return stage


def _set_people(facts: Facts, given: Mapping[str, Any]) -> None:
    told = given.get("people")
    facts.people = 1 if told is None else int(told)
    if not 1 <= facts.people <= rules.MOST_PEOPLE:
        raise Refused(_("The number of people must be 1 or more."), field="people")
    group = given.get("is_group")
    facts.is_group = facts.people > 1 if group is None else bool(group)
    if facts.is_group and facts.people < 2:
        raise Refused(_("A group case concerns at least two people."), field="people")


def _set_outcome(facts: Facts, result: str) -> None:
    """State and result from what is told; light aid is done with on the day it was asked for."""
    if result not in {"", ENDED, *AidResult.values}:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": result}, field="result")
    if facts.form in LIGHT and facts.concluded_on is None and result != AidResult.PENDING:
        facts.concluded_on = facts.accepted_on
    if facts.concluded_on is None and result not in ("", AidResult.PENDING):
        raise Refused(_("A result is told, but not the day: enter when it was concluded."), field="concluded_on")
    if facts.concluded_on is not None and result == AidResult.PENDING:
        raise Refused(_("It was concluded, yet the result says “pending”: correct one of them."), field="result")
    facts.state = "pending" if facts.concluded_on is None else "ended" if result == ENDED else "concluded"
    if facts.concluded_on is None:
        facts.result = AidResult.PENDING.value
    else:
        facts.result = AidResult.CLOSED.value if result in ("", ENDED) else result


def _check_days(facts: Facts, today: dt.date) -> None:
    if facts.accepted_on > today:
        raise Refused(_("The day of acceptance lies in the future."), field="accepted_on")
    if facts.accepted_on.year < 1990:
        raise Refused(_("The day of acceptance lies before 1990: check the year."), field="accepted_on")
    if facts.concluded_on is not None:
        if facts.concluded_on < facts.accepted_on:
            raise Refused(_("Concluded before it was accepted: correct one of the two days."), field="concluded_on")
        if facts.concluded_on > today:
            raise Refused(_("The day of conclusion lies in the future."), field="concluded_on")


def _check_outcome(facts: Facts) -> None:
    if facts.recovered_fen and facts.state == "pending":
        raise Refused(
            _("Something was recovered, but the case is not concluded: enter day and result."), field="recovered_fen"
        )
    if facts.recovered_fen and facts.result == AidResult.FAILURE:
        raise Refused(
            _("Something was recovered, yet the result says that it failed: correct one of them."), field="result"
        )
    if facts.claimed_fen and facts.recovered_fen > facts.claimed_fen:
        facts.doubts.append(("recovered_fen", _("More was recovered than claimed: check both amounts and their unit.")))
    if facts.result == AidResult.SUCCESS and facts.claimed_fen and not facts.recovered_fen:
        facts.doubts.append(
            ("recovered_fen", _("It succeeded, yet nothing is entered as recovered: check the amount."))
        )


# --- onto an entry ----------------------------------------------------------------------------------------------------
def apply_facts(entry: LegalAid, facts: Facts, employers: Mapping[str, uuid.UUID]) -> None:
    """Set what was told on the entry; ``employers``: those on file by code and name, an unknown one keeps what is there."""
    for name in TOLD:
        setattr(entry, name, getattr(facts, name))
    entry.employer_id = employer_of(facts, employers) or entry.employer_id


def employer_of(facts: Facts, known: Mapping[str, uuid.UUID]) -> uuid.UUID | None:
    return known.get(facts.employer_code) or known.get(facts.employer_name)
