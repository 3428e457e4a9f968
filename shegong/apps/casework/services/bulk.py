"""WRITE: many cases at once, from a register. The same rules as a click, row by row; a bad row never stops the good ones."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import batch_action
from shegong.kernel.actions.errors import DeedFailed, Refused
from shegong.kernel.audit import trail
from shegong.kernel.indicators.declare import cubes_over, month_of
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today, widened
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow
from shegong.kernel.vault import search
from shegong.registry.models import Person
from shegong.registry.services import identity

from .. import rules
from ..models import Case, CaseSearch, Member
from ..policy import CLOSED, INTAKE_, CloseReason, Form, Line, Problem, Risk, Source
from ._file import need_choice, need_fen, need_past, need_people, need_text, place_of
from .cases import client_of, owner_of

PERSON_FIELDS = {
    "client_name": "name", "id_number": "id_number", "phone": "phone", "sex": "sex", "birth_on": "birth_on",
}  # fmt: skip
Touched = set[tuple[str, int, dt.date]]
ClientOf = Callable[[Actor, Org, None, Mapping[str, Any]], Person | None]


@batch_action("casework.case.import")
def import_cases(
    actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = ""
) -> tuple[list[RowResult], list[trail.Line], Touched]:
    """Take in the rows of a register at ``place`` or below it; one result per row.

    Values of a row: line, summary, registered_on (required); client_name, id_number, phone, sex, birth_on; problem, source,
    form, risk, people, claimed_fen, recovered_fen; org (Org, ``place`` by default); closed_on with close_reason for what is
    closed already; external_ref, by which a row that is on file counts as unchanged.
    """
    results, made = _read(actor, place, rows, client_of)
    _insert(made)
    lines = [
        trail.Line(
            "casework.case.import",
            "casework.case",
            c.pk,
            c.org_path,
            changes={"state": [None, c.state], "batch": batch_key},
        )
        for c in made
    ]
    return results, lines, _months(made)


def check_cases(actor: Actor, place: Org, rows: Sequence[SheetRow]) -> list[RowResult]:
    """The dry run: only the refusals, nothing written."""
    results, _made = _read(actor, place, rows, _checked_client)
    return [result for result in results if result.outcome == "refused"]


def _checked_client(actor: Actor, place: Org, client: None, newcomer: Mapping[str, Any]) -> None:
    identity.read(newcomer)


def _read(
    actor: Actor, place: Org, rows: Sequence[SheetRow], client: ClientOf
) -> tuple[list[RowResult], list[Case]]:
    """One result per row, and the unsaved cases; ``client`` finds or checks whom a row names."""
    known = _on_file(place, rows)
    results: list[RowResult] = []
    made: list[Case] = []
    for row in rows:
        ref = _reference(row.values)
        try:
            case = _built(actor, place, row.values)
            if ref in known:
                _refuse_other(case, known[ref])
                results.append(RowResult(row.number, "unchanged", str(known[ref].pk)))
                continue
            case.client = _client(actor, case, row.values, client)
        except DeedFailed as refusal:
            column = str(getattr(refusal, "field", None) or "").removeprefix("client_")
            column = {"name": "client_name"}.get(column, column)
            results.append(RowResult(row.number, "refused", complaints=(Complaint(refusal.message, column),)))
            continue
        made.append(case)
        if ref:
            known[ref] = case
        results.append(RowResult(row.number, "created", str(case.pk)))
    return results, made


def _reference(values: Mapping[str, Any]) -> str:
    """The row's own reference, full-width digits and letters made plain: a register kept by two hands has both."""
    return unicodedata.normalize("NFKC", str(values.get("external_ref") or "")).strip()


def _on_file(place: Org, rows: Sequence[SheetRow]) -> dict[str, Case]:
    refs = {_reference(row.values) for row in rows} - {""}
    below = {"org_path__gte": place.path, "org_path__lt": place.path[:-1] + "/"}
    found = Case.objects.filter(external_ref__in=refs, **below) if refs else Case.objects.none()
    return {case.external_ref: case for case in found}


def _refuse_other(case: Case, known: Case) -> None:
    """A register that counts from 1 again every month must not pass for one that is on file."""
    if (case.registered_on, case.line) != (known.registered_on, known.line):
        text = _("This reference is that of another case, registered on %(day)s: make references unique, e.g. with the month.")
        raise Refused(text % {"day": known.registered_on.isoformat()}, field="external_ref")


def _client(actor: Actor, case: Case, values: Mapping[str, Any], client: ClientOf) -> Person | None:
    newcomer = {new: values[old] for old, new in PERSON_FIELDS.items() if values.get(old)}
    if newcomer and "name" not in newcomer:
        raise Refused(_("A number without a name: give the client's name too."), field="client_name")
    return client(actor, values.get("org") or case.org, None, newcomer) if newcomer else None


def _built(actor: Actor, place: Org, values: Mapping[str, Any]) -> Case:
    """The unsaved case of one row, without its number and client. Raises ``Refused`` naming the column."""
    org = values.get("org") or place
    if not org.path.startswith(place.path):
        raise Refused(_("%(org)s does not belong to %(place)s.") % {"org": org.name, "place": place.name}, field="org")
    owner = owner_of(org)
    opened = need_past(values.get("registered_on"), "registered_on")
    case = Case(
        org=owner, org_path=owner.path, line=need_choice(values.get("line"), Line, "line"),
        summary=need_text(values.get("summary"), "summary"), registered_on=opened,
        form=need_choice(values.get("form") or Form.INDIVIDUAL, Form, "form"),
        source=need_choice(values.get("source") or Source.IMPORTED, Source, "source"),
        risk=need_choice(values.get("risk") or Risk.NORMAL, Risk, "risk"), people=need_people(int(_told(values, "people", 1))),
        claimed_fen=need_fen(int(_told(values, "claimed_fen", 0)), "claimed_fen"),
        recovered_fen=need_fen(int(_told(values, "recovered_fen", 0)), "recovered_fen"),
        problem=need_choice(values["problem"], Problem, "problem") if values.get("problem") else "",
        external_ref=_reference(values), raised_by_id=actor.user_id or None,
    )  # fmt: skip
    _set_state(case, values)
    return case


def _set_state(case: Case, values: Mapping[str, Any]) -> None:
    closed = values.get("closed_on")
    case.state = CLOSED if closed else INTAKE_
    if not closed:
        case.due_on = rules.next_due(INTAKE_, case.line, case.risk, today())
        return
    case.closed_on = need_past(closed, "closed_on")
    if case.closed_on < case.registered_on:
        raise Refused(_("A case cannot close before it was registered."), field="closed_on")
    case.close_reason = need_choice(values.get("close_reason") or CloseReason.GOAL, CloseReason, "close_reason")


def _told(values: Mapping[str, Any], name: str, otherwise: int) -> Any:
    return otherwise if values.get(name) is None else values[name]


def _insert(made: list[Case]) -> None:
    if not made:
        return
    with connection.cursor() as cursor:
        cursor.execute("select nextval('casework_case_number') from generate_series(1, %s)", [len(made)])
        numbers = [row[0] for row in cursor.fetchall()]
    for case, number in zip(made, numbers, strict=True):
        case.number = f"{case.registered_on.year}{number:07d}"
    with widened(*{case.org_path for case in made}):
        Case.objects.bulk_create(made, batch_size=500)
        search.add_many(CaseSearch, ((case.pk, "", case.summary) for case in made))
        Member.objects.bulk_create(
            [
                Member(case=case, user_id=case.client.user_id, tie="client", **place_of(case))
                for case in made
                if case.client and case.client.user_id
            ],
            batch_size=500,
        )


def _months(made: list[Case]) -> Touched:
    """Months whose figures the new cases change, by every date a cube counts them on."""
    label = Case._meta.label
    dates = {cube.date for cube in cubes_over(label)}
    days = ((case, getattr(case, name, None)) for case in made for name in dates)
    return {(label, case.org_id, month_of(day)) for case, day in days if isinstance(day, dt.date)}
