"""SHOW: what the list behind a figure shows of each kind of entry; to whom it may not name persons, it names none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shegong.kernel.sheets.declare import Column as SheetColumn
from shegong.kernel.sheets.declare import Sheet, Type
from shegong.ui.formats import day, yuan

from ..queries.letters import addressee


@dataclass(frozen=True)
class EntryColumn:
    """``read``: the value; ``personal``: only for who may open the record; ``kind``: how an export types it."""

    key: str
    label: str | Promise
    read: Callable[[Any], Any]
    kind: Type = Type.TEXT
    personal: bool = False

    @property
    def numeric(self) -> bool:
        return self.kind in (Type.INTEGER, Type.MONEY)

    def written(self, value: Any) -> str:
        if value in (None, ""):
            return "—"
        return (
            day(value) if self.kind is Type.DATE else yuan(value, unit=False) if self.kind is Type.MONEY else str(value)
        )


@dataclass(frozen=True)
class EntryLine:
    """One row of the page."""

    url: str
    cells: list[tuple[str, str, bool]]  # column, text, numeric


@dataclass(frozen=True)
class EntryList:
    """``view``: the deed of opening the record, ``export`` that of taking the list out; ``page``: URL name of the record."""

    view: str
    export: str
    page: str
    joined: tuple[str, ...]
    columns: tuple[EntryColumn, ...]
    of: Callable[[Any], Any] = lambda row: row.pk

    def shown(self, row: Any, full: bool) -> EntryLine:
        cells = [(c.key, c.written(c.read(row)) if full or not c.personal else "***", c.numeric) for c in self.columns]
        return EntryLine(reverse(self.page, args=[self.of(row)]) if full and self.page else "", cells)

    def exported(self, row: Any) -> list[Any]:
        """Values of the columns that name nobody."""
        return [
            str(v) if (v := c.read(row)) is not None and c.kind is Type.TEXT else v
            for c in self.columns
            if not c.personal
        ]

    def sheet(self, title: str) -> Sheet:
        kept = [c for c in self.columns if not c.personal]
        return Sheet(
            "entries",
            title,
            tuple(SheetColumn(c.key, c.label, c.kind, unit="yuan" if c.kind is Type.MONEY else "") for c in kept),
        )


def _col(
    key: str, label: Any, read: Callable[[Any], Any], kind: Type = Type.TEXT, *, personal: bool = False
) -> EntryColumn:
    return EntryColumn(key, label, read, kind, personal)


ORG = _col("org", _("Organisation"), lambda r: r.org.name)
CASES = EntryList(
    "casework.case.view", "casework.case.export", "case_detail", ("org", "client", "worker"),
    (
        _col("number", _("Case number"), lambda r: r.number),
        _col("client", _("Client"), lambda r: r.client.name if r.client else "", personal=True),
        _col("line", _("Service line"), lambda r: r.get_line_display()),
        _col("form", _("Form"), lambda r: r.get_form_display()),
        _col("state", _("Phase"), lambda r: r.get_state_display()),
        ORG,
        _col("worker", _("In charge"), lambda r: r.worker.name if r.worker else "", personal=True),
        _col("registered", _("Registered"), lambda r: r.registered_on, Type.DATE),
        _col("due", _("Due"), lambda r: r.due_on, Type.DATE),
        _col("closed", _("Closed"), lambda r: r.closed_on, Type.DATE),
        _col("recovered", _("Amount recovered"), lambda r: r.recovered_fen, Type.MONEY),
    ),
)  # fmt: skip
AID = EntryList(
    "casework.legal_aid.view", "casework.legal_aid.export", "", ("org",),
    (
        _col("number", _("Register number"), lambda r: r.number),
        _col("applicant", _("Applicant"), lambda r: r.applicant_name, personal=True),
        ORG,
        _col("form", _("Form of aid"), lambda r: r.get_form_display()),
        _col("stage", _("Stage"), lambda r: r.get_stage_display()),
        _col("result", _("Result"), lambda r: r.get_result_display()),
        _col("people", _("People"), lambda r: r.people, Type.INTEGER),
        _col("claimed", _("Amount claimed"), lambda r: r.claimed_fen, Type.MONEY),
        _col("recovered", _("Amount recovered"), lambda r: r.recovered_fen, Type.MONEY),
        _col("accepted", _("Accepted on"), lambda r: r.accepted_on, Type.DATE),
    ),
)  # fmt: skip
RATINGS = EntryList(
    "casework.case.view", "casework.case.export", "case_detail", ("org", "case"),
    (
        _col("case", _("Case number"), lambda r: r.case.number, personal=True),
        _col("line", _("Service line"), lambda r: dict(r.case._meta.get_field("line").choices).get(r.line, r.line)),
        ORG,
        _col("asked", _("Asked on"), lambda r: r.asked_on, Type.DATE),
        _col("given", _("Answered on"), lambda r: r.given_on, Type.DATE),
    ),
    of=lambda row: row.case_id,
)  # fmt: skip
NEEDS = EntryList(
    "casework.urgent_need.view", "casework.case.export", "urgent_need_detail", ("org",),
    (
        _col("number", _("Number"), lambda r: r.number),
        _col("problem", _("Problem class"), lambda r: r.get_problem_display()),
        _col("state", _("State"), lambda r: r.get_state_display()),
        ORG,
        _col("people", _("People concerned"), lambda r: r.people, Type.INTEGER),
        _col("raised", _("Raised on"), lambda r: r.raised_on, Type.DATE),
        _col("closed", _("Closed"), lambda r: r.closed_on, Type.DATE),
    ),
)  # fmt: skip
REFERRALS = EntryList(
    "casework.case.view", "casework.case.export", "", ("org", "to_org", "case"),
    (
        _col("case", _("Case number"), lambda r: r.case.number, personal=True),
        ORG,
        _col("to", _("To"), lambda r: r.to_org.name),
        _col("state", _("State"), lambda r: r.get_state_display()),
        _col("sent", _("Sent on"), lambda r: r.sent_on, Type.DATE),
        _col("answered", _("Answered on"), lambda r: r.answered_on, Type.DATE),
    ),
)  # fmt: skip
LETTERS = EntryList(
    "casework.letter.view", "casework.letter.export", "letter_detail", ("org", "employer", "to_org"),
    (
        _col("number", _("File number"), lambda r: r.number),
        _col("kind", _("Type"), lambda r: r.get_kind_display()),
        _col("to", _("Addressee"), addressee),
        ORG,
        _col("sent", _("Sent on"), lambda r: r.sent_on, Type.DATE),
        _col("due", _("Answer due"), lambda r: r.due_on, Type.DATE),
        _col("answered", _("Answered on"), lambda r: r.answered_on, Type.DATE),
        _col("state", _("State"), lambda r: r.get_state_display()),
    ),
)  # fmt: skip
MEDIATIONS = EntryList(
    "casework.mediation.view", "casework.mediation.export", "mediation_detail", ("org",),
    (
        _col("number", _("Mediation"), lambda r: r.number),
        _col("state", _("State"), lambda r: r.get_state_display()),
        ORG,
        _col("people", _("Number of people"), lambda r: r.people, Type.INTEGER),
        _col("applied", _("Applied on"), lambda r: r.applied_on, Type.DATE),
        _col("ended", _("Ended on"), lambda r: r.ended_on, Type.DATE),
        _col("agreed", _("Amount agreed"), lambda r: r.agreed_fen, Type.MONEY),
        _col("confirmed", _("Confirmed on"), lambda r: r.confirmed_on, Type.DATE),
    ),
)  # fmt: skip
LISTS = {
    "casework.Case": CASES, "casework.LegalAid": AID, "casework.Rating": RATINGS, "casework.UrgentNeed": NEEDS,
    "casework.Referral": REFERRALS, "casework.Letter": LETTERS, "casework.Mediation": MEDIATIONS,
}  # fmt: skip
