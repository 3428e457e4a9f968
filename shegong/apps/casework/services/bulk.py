"""WRITE: many cases at once, from a register. The same rules as a click, row by row; a bad row never stops the good ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
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

from .. import rules
from ..models import Case, CaseSearch, Member
from ..policy import CLOSED, INTAKE_, CloseReason, Form, Line, Problem, Risk, Source
from ._file import need_choice, need_past, need_text, place_of
from .cases import client_of, owner_of

PERSON_FIELDS = {
    "client_name": "name", "id_number": "id_number", "phone": "phone", "sex": "sex", "birth_on": "birth_on",
}  # fmt: skip
_COLUMNS = {f"client_{field}": column for column, field in PERSON_FIELDS.items()}
Touched = set[tuple[str, int, dt.date]]


@batch_action("casework.case.import")
def import_cases(
    actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = ""
) -> tuple[list[RowResult], list[trail.Line], Touched]:
    """Take in the rows of a register at ``place`` or below it; one result per row.

    Values of a row: line, summary, registered_on (required); client_name, id_number, phone, sex, birth_on; problem, source,
    form, risk, people, claimed_fen, recovered_fen; org (Org, ``place`` by default); closed_on with close_reason for what is
    closed already; external_ref, by which a row that is on file counts as unchanged.
    """
    known = _on_file(place, rows)
    results: list[RowResult] = []
    made: list[Case] = []
    for row in rows:
        ref = str(row.values.get("external_ref") or "")
        if ref and ref in known:
            results.append(RowResult(row.number, "unchanged", known[ref]))
            continue
        try:
            case = _built(actor, place, row.values)
        except DeedFailed as refusal:
            column = _COLUMNS.get(getattr(refusal, "field", None) or "", getattr(refusal, "field", None) or "")
            results.append(RowResult(row.number, "refused", complaints=(Complaint(refusal.message, str(column)),)))
            continue
        made.append(case)
        if ref:
            known[ref] = str(case.pk)
        results.append(RowResult(row.number, "created", str(case.pk)))
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


def _on_file(place: Org, rows: Sequence[SheetRow]) -> dict[str, str]:
    refs = {str(r.values["external_ref"]) for r in rows if r.values.get("external_ref")}
    below = {"org_path__gte": place.path, "org_path__lt": place.path[:-1] + "/"}
    found = Case.objects.filter(external_ref__in=refs, **below) if refs else Case.objects.none()
    return {ref: str(pk) for ref, pk in found.values_list("external_ref", "pk")}


def _built(actor: Actor, place: Org, values: Mapping[str, Any]) -> Case:
    """The unsaved case of one row, without its number. Raises ``Refused`` naming the column."""
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
        risk=need_choice(values.get("risk") or Risk.NORMAL, Risk, "risk"), people=_count(values, "people", 1),
        claimed_fen=_count(values, "claimed_fen", 0), recovered_fen=_count(values, "recovered_fen", 0),
        problem=need_choice(values["problem"], Problem, "problem") if values.get("problem") else "",
        external_ref=str(values.get("external_ref") or ""), raised_by_id=actor.user_id or None,
    )  # fmt: skip
    _set_state(case, values)
    newcomer = {new: values[old] for old, new in PERSON_FIELDS.items() if values.get(old)}
    if newcomer and "name" not in newcomer:
        raise Refused(_("A number without a name: give the client's name too."), field="client_name")
    case.client = client_of(actor, org, None, newcomer) if newcomer else None
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


def _count(values: Mapping[str, Any], name: str, least: int) -> int:
    number = values.get(name)
    number = least if number is None else int(number)
    if number < least:
        raise Refused(_("This must be %(least)s or more.") % {"least": least}, field=name)
    return number


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
