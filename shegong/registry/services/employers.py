"""WRITE: employers by their unified social credit code; the same code once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action, batch_action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.audit import trail
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow
from shegong.kernel.vault.search import put_many
from shegong.lib import areas

from .. import rules
from ..models import Employer, EmployerSearch

IMPORT = "registry.employer.import"
_INDUSTRY = re.compile(r"[A-T](\d{2,4})?")
FIELDS = ("name", "credit_code", "code_override", "area_code", "industry", "workers")


def read_employer(given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an employer, checked. Raises ``Refused`` naming the field."""
    name = " ".join(str(given.get("name") or "").split())
    if not 2 <= len(name) <= 80:
        raise Refused(_("Enter the full registered name, 2 to 80 characters."), field="name")
    override = str(given.get("code_override") or "").strip()
    verdict = rules.credit_code_of(str(given.get("credit_code") or ""), override)
    if verdict.error:
        raise Refused(_(verdict.error) % dict(verdict.params), field="credit_code")
    industry = str(given.get("industry") or "").strip().upper()
    if industry and not _INDUSTRY.fullmatch(industry):
        raise Refused(
            _("Enter an industry code of GB/T 4754: a letter A to T, then up to four digits."), field="industry"
        )
    area = str(given.get("area_code") or "").strip()
    if area and areas.get(area) is None:
        raise Refused(
            _("“%(code)s” is no area code. Use 6 digits, or 9 for a town.") % {"code": area[:12]}, field="area_code"
        )
    return {
        "name": name, "credit_code": verdict.code or None, "code_override": override[:200] if verdict.overridden else "",
        "area_code": area, "industry": industry, "workers": given.get("workers"),
    }  # fmt: skip


@action("registry.employer.register")
def register_employer(actor: Actor, org: Org, *, union_org: Org | None = None, **given: Any) -> Done:
    """Put an employer on file; one with the same code (or, without a code, the same name) is returned instead.

    A code that fails its check needs ``code_override``: why it is right all the same. Raises ``Refused``.
    """
    columns = read_employer(given)
    known = _known(columns)
    if known is not None:
        return Done(known, reason=_("The employer was on file already."))
    employer = Employer(union_org=union_org, **columns)
    try:
        with transaction.atomic():
            employer.save(force_insert=True)
    except IntegrityError:
        known = _known(columns)
        if known is None:
            raise
        return Done(known, reason=_("The employer was on file already."))
    put_many(EmployerSearch, [(employer.pk, "", employer.name)])
    return Done(employer, reason=columns["code_override"])


def _known(columns: Mapping[str, Any]) -> Employer | None:
    """The employer on file. Raises ``Refused`` where the code belongs to another name."""
    if not columns["credit_code"]:
        return Employer.objects.filter(name=columns["name"]).order_by("id").first()
    found = Employer.objects.filter(credit_code=columns["credit_code"]).first()
    if found and not rules.same_name(found.name, columns["name"]):
        raise Refused(_("This credit code is on file for “%(name)s”.") % {"name": found.name}, field="credit_code")
    return found


@action("registry.employer.correct")
def correct_employer(actor: Actor, employer: Employer, *, reason: str, **given: Any) -> Done:
    """Correct what is on file; fields that are not given stay. Raises ``Refused``."""
    if len(reason.strip()) < 2:
        raise Refused(_("Say why the record is corrected."), field="reason")
    union_org = given.pop("union_org", employer.union_org)
    columns = read_employer({**{name: getattr(employer, name) for name in FIELDS}, **given})
    for name, value in columns.items():
        setattr(employer, name, value)
    employer.union_org = union_org
    try:
        with transaction.atomic():
            employer.save()
    except IntegrityError as error:
        raise Refused(_("This credit code is on file for another employer."), field="credit_code") from error
    put_many(EmployerSearch, [(employer.pk, "", employer.name)])
    return Done(employer, reason=reason.strip())


@batch_action(IMPORT)
def import_employers(
    actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = ""
) -> tuple[list[RowResult], list[trail.Line], set[tuple[str, int, dt.date]]]:
    """Take employers in: ``created``, ``unchanged`` (on file already) or ``refused`` by row."""
    results: dict[int, RowResult] = {}
    fresh = _fresh(rows, results)
    made = _add([employer for _row, employer in fresh])
    lines = []
    for row, employer in fresh:
        if employer.pk not in made:  # another process was first
            on_file = Employer.objects.filter(credit_code=employer.credit_code).values_list("pk", flat=True).first()
            results[row] = RowResult(row, "unchanged", str(on_file))
            continue
        results[row] = RowResult(row, "created", str(employer.pk))
        changes = {
            "name": ["", employer.name],
            "credit_code": ["", employer.credit_code],
            "row": row,
            "batch": batch_key[:16],
        }
        lines.append(
            trail.Line(
                IMPORT, "registry.employer", employer.pk, place.path, reason=employer.code_override, changes=changes
            )
        )
    return [results[row.number] for row in rows], lines, set()


def check_employers(rows: Sequence[SheetRow]) -> list[RowResult]:
    """The dry run: only the refusals, nothing written."""
    results: dict[int, RowResult] = {}
    _fresh(rows, results)
    return [result for result in results.values() if result.outcome == "refused"]


def _fresh(rows: Sequence[SheetRow], results: dict[int, RowResult]) -> list[tuple[int, Employer]]:
    """Rows to add; the others get their result. Asked in two queries, whatever the number of rows."""
    codes, names = _on_file(rows)
    fresh: list[tuple[int, Employer]] = []
    for row in rows:
        try:
            columns = read_employer(row.values)
            known = _known_among(columns, codes, names)
        except Refused as refusal:
            complaint = Complaint(refusal.message, refusal.field or "")
            results[row.number] = RowResult(row.number, "refused", complaints=(complaint,))
            continue
        if known is not None:
            results[row.number] = RowResult(row.number, "unchanged", str(known.pk))
            continue
        employer = Employer(**columns)
        fresh.append((row.number, employer))
        names.setdefault(employer.name, employer)
        if employer.credit_code:
            codes[employer.credit_code] = employer
    return fresh


def _on_file(rows: Sequence[SheetRow]) -> tuple[dict[str, Employer], dict[str, Employer]]:
    wanted = {str(row.values.get("credit_code") or "") for row in rows} - {""}
    titles = {" ".join(str(row.values.get("name") or "").split()) for row in rows} - {""}
    codes = {e.credit_code: e for e in Employer.objects.filter(credit_code__in=wanted) if e.credit_code}
    names = {e.name: e for e in Employer.objects.filter(name__in=titles).order_by("-id")}
    return codes, names


def _known_among(
    columns: Mapping[str, Any], codes: Mapping[str, Employer], names: Mapping[str, Employer]
) -> Employer | None:
    if not columns["credit_code"]:
        return names.get(columns["name"])
    found = codes.get(columns["credit_code"])
    if found and not rules.same_name(found.name, columns["name"]):
        raise Refused(_("This credit code is on file for “%(name)s”.") % {"name": found.name}, field="credit_code")
    return found


def _add(employers: list[Employer]) -> set[UUID]:
    """Insert in one statement, leaving out codes that came in meanwhile; the ids that were made."""
    Employer.objects.bulk_create(employers, batch_size=2000, ignore_conflicts=True)
    made = set(Employer.objects.filter(pk__in=[e.pk for e in employers]).values_list("pk", flat=True))
    put_many(EmployerSearch, [(e.pk, "", e.name) for e in employers if e.pk in made])
    return made
