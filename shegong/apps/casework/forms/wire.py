"""TAKE: what other systems send — the same facts as the forms of a click, by explicit keys (rule 7, rule 8)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shegong.kernel.actions.api import WHOLE, Code, Day, Name, Note, Reason, Sent, Sentence, Story, Word

LineCode = Literal["rights", "mediation", "hardship", "employment", "education", "care"]
ProblemCode = Literal["relief", "job", "wages", "rest", "safety", "women"]
People = Annotated[int, Field(ge=1, le=100_000), WHOLE]
Fen = Annotated[int, Field(ge=0, le=10**13, description="Integer fen (1/100 yuan)."), WHOLE]
Version = Annotated[
    int, Field(ge=1, le=2**31 - 1, description="The version you have seen; another one gives 409."), WHOLE
]


class ClientSent(Sent):
    """The worker, as far as she agreed to be named. With an ID number she is found if on file already."""

    name: Name
    id_number: Word = ""
    phone: Word = ""


class CaseSent(Sent):
    """A request filed by another system. It comes in as a new case of the organisation, or of the union that keeps its cases."""

    org: Code
    line: LineCode
    summary: Story
    problem: ProblemCode | None = None
    people: People = 1
    client: ClientSent | None = None
    employer_code: Annotated[Word, Field(description="Unified social credit code of an employer on file.")] = ""
    claimed_fen: Fen = 0
    registered_on: Day | None = None
    external_ref: Annotated[Word, Field(description="Your own number of the request; ask for its progress by it.")] = ""


class ContactSent(Sent):
    """A contact, visit or session for the file."""

    kind: Literal["contact", "visit", "session"]
    text: Story
    happened_on: Day | None = None
    minutes: Annotated[int, Field(ge=1, le=1440), WHOLE] | None = None
    way: Literal["", "in_person", "phone", "online"] = ""
    agreed: Sentence = ""
    next_on: Day | None = None


class ConsultationSent(Sent):
    """Asked and answered at once. Name and phone only where the person gives them."""

    org: Code
    line: LineCode
    question: Story
    answer: Story
    problem: ProblemCode | None = None
    client_name: Word = ""
    client_phone: Word = ""


class UrgentNeedSent(Sent):
    """An urgent need; it rests at the nearest union that keeps needs."""

    org: Code
    problem: ProblemCode
    text: Story
    people: People = 1
    employer_code: Word = ""


class ReferralAccepted(Sent):
    version: Version
    note: Note = ""


class ReferralDeclined(Sent):
    version: Version
    reason: Reason


class ReferralFinished(Sent):
    version: Version
    outcome: Literal["met", "partly", "unmet", "referred"]
    answer: Story
