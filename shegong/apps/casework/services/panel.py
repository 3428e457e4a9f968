"""WRITE: the lawyer panel (S40) — firms under contract, lawyers with their licences, and the parties firms act for or against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action, batch_action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.audit import trail
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, everything, today
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow
from shegong.lib import companyname, creditcode, lawlicence
from shegong.lib.errors import Invalid
from shegong.lib.idcard import parse as parse_id

from ..models import FirmParty, LawFirm, Lawyer
from ..policy import LAW_FIRM, Problem, Side
from ._file import need_choice, need_text, place_of

FIRM = {"name", "credit_code", "contract_from", "contract_to"}
LAWYER = {"name", "licence", "licence_to", "phone", "problem", "user", "left_on"}
READERS: Mapping[str, Callable[[str], str]] = {
    "credit_code": lambda text: creditcode.parse(text).code, "id_number": lambda text: parse_id(text).number,
}  # fmt: skip
Lines = tuple[list[RowResult], list[trail.Line], set[Any]]


@action("casework.law_firm.register")
def register_firm(actor: Actor, place: Org, **given: Any) -> LawFirm:
    """Put a firm on the panel. ``given``: name, credit_code, contract_from, contract_to. Raises ``Refused``."""
    firm = LawFirm(org=place, org_path=place.path)
    _fill_firm(firm, given)
    firm.save(force_insert=True)
    return firm


@action("casework.law_firm.correct")
def correct_firm(actor: Actor, firm: LawFirm, **given: Any) -> Done:
    """Correct the firm or its contract."""
    _fill_firm(firm, given)
    return Done(firm)


@action("casework.law_firm.add_lawyer")
def add_lawyer(actor: Actor, firm: LawFirm, **given: Any) -> Done:
    """Add one of its lawyers. ``given``: name, licence, licence_to, phone, problem (specialty), user. Raises ``Refused``."""
    row = Lawyer(firm=firm, **place_of(firm))
    _fill_lawyer(row, given)
    row.save(force_insert=True)
    return Done(firm, changes={"lawyer": [None, row.name]})


@action("casework.law_firm.correct_lawyer")
def correct_lawyer(actor: Actor, firm: LawFirm, *, lawyer: Lawyer, **given: Any) -> Done:
    """Correct a lawyer of this firm, renew her licence, or note that she left."""
    row = Lawyer.objects.select_for_update().filter(pk=lawyer.pk, firm=firm).first()
    if row is None:
        raise Refused(_("This lawyer is not of this firm."), field="lawyer")
    before = {name: str(getattr(row, name)) for name in ("licence", "licence_to", "left_on")}
    _fill_lawyer(row, given)
    row.save()
    after = {name: str(getattr(row, name)) for name in before}
    return Done(firm, touched=[row], changes={k: [before[k], after[k]] for k in before if before[k] != after[k]})


@action("casework.law_firm.note_party")
def note_party(
    actor: Actor, firm: LawFirm, *, name: str, side: str, credit_code: str = "", id_number: str = "",
    since: dt.date | None = None, until: dt.date | None = None,
) -> Done:  # fmt: skip
    """Note for or against whom the firm acts; the same party again is brought up to date (an end, a code)."""
    given = {"name": name, "side": side, "credit_code": credit_code, "id_number": id_number, "since": since, "until": until}
    _row, outcome = _store_party(firm, given)
    return Done(firm, changes={"party": [None, outcome], "side": side})


# --- workbooks ----------------------------------------------------------------------------------------------------------
@batch_action("casework.law_firm.import_lawyers")
def import_lawyers(actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = "") -> Lines:
    """Put firms and their lawyers on the panel of ``place``. Values: firm, firm_code, name, licence, licence_to, phone, problem.
    A lawyer of the same licence number is brought up to date."""
    firms = {f.credit_code: f for f in LawFirm.objects.filter(org=place)}
    known = {row.licence: row for row in Lawyer.objects.filter(org=place).select_for_update()}
    results, lines = [], []
    for row in rows:
        try:
            outcome, lawyer = _take_lawyer(place, firms, known, row.values)
        except Refused as refusal:
            results.append(_refusal(row.number, refusal))
            continue
        results.append(RowResult(row.number, outcome, str(lawyer.pk)))
        if outcome != "unchanged":
            changes = {"lawyer": [None, lawyer.name], "row": row.number, "batch": batch_key[:16]}
            code = LAW_FIRM.deeds["import_lawyers"].code
            lines.append(trail.Line(code, LAW_FIRM.code, lawyer.firm_id, place.path, changes=changes))
    return results, lines, set()


def _take_lawyer(
    place: Org, firms: dict[str, LawFirm], known: dict[str, Lawyer], values: Mapping[str, Any]
) -> tuple[str, Lawyer]:
    code = _firm_code(str(values.get("firm_code") or ""), "firm_code")
    firm = firms.get(code)
    given = {name: values[name] for name in ("name", "licence", "licence_to", "phone", "problem") if values.get(name)}
    row = Lawyer(org=place, org_path=place.path)
    _fill_lawyer(row, given)
    old = known.get(row.licence)
    if old is not None and old.firm.credit_code != code:
        text = _("This licence number is on the panel already, with %(firm)s.") % {"firm": old.firm.name}
        raise Refused(text, field="licence")
    if firm is None:
        firm = LawFirm(org=place, org_path=place.path)
        _fill_firm(firm, {"name": values.get("firm") or "", "credit_code": code})
        firm.save(force_insert=True)
        firms[code] = firm
    if old is None:
        row.firm = firm
        row.save(force_insert=True)
        known[row.licence] = row
        return "created", row
    changed = [name for name in given if getattr(old, name) != getattr(row, name)]
    for name in changed:
        setattr(old, name, getattr(row, name))
    if changed:
        old.save(update_fields=changed)
    return ("updated" if changed else "unchanged"), old


@batch_action("casework.law_firm.import_parties")
def import_parties(actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = "") -> Lines:
    """Note parties of firms on the panel of ``place``. Values: firm (name or credit code), name, side (for by default),
    credit_code, id_number, since, until. The same party of a firm is brought up to date."""
    firms = {key: f for f in LawFirm.objects.filter(org=place) for key in (companyname.plain(f.name), f.credit_code)}
    results, lines = [], []
    for row in rows:
        typed = str(row.values.get("firm") or "")
        firm = firms.get(companyname.plain(typed)) or firms.get(typed.strip().upper())
        try:
            if firm is None:
                raise Refused(_("No firm of this name or code is on the panel here; add it first."), field="firm")
            party, outcome = _store_party(firm, {**row.values, "side": row.values.get("side") or Side.FOR})
        except Refused as refusal:
            results.append(_refusal(row.number, refusal))
            continue
        results.append(RowResult(row.number, outcome, str(party.pk)))
        if outcome != "unchanged":
            code = LAW_FIRM.deeds["import_parties"].code
            changes = {"row": row.number, "batch": batch_key[:16]}
            lines.append(trail.Line(code, LAW_FIRM.code, firm.pk, place.path, changes=changes))
    return results, lines, set()


def _refusal(number: int, refusal: Refused) -> RowResult:
    return RowResult(number, "refused", complaints=(Complaint(refusal.message, refusal.field or ""),))


# --- what may stand where -----------------------------------------------------------------------------------------------
def _fill_firm(firm: LawFirm, given: Mapping[str, Any]) -> None:
    if strange := set(given) - FIRM:
        raise Refused(_("Unknown fields: %(names)s.") % {"names": ", ".join(sorted(strange))})
    for name, value in given.items():
        setattr(firm, name, value.strip() if isinstance(value, str) else value)
    firm.name = need_text(firm.name, "name")
    firm.credit_code = _firm_code(firm.credit_code, "credit_code")
    if firm.contract_from and firm.contract_to and firm.contract_to < firm.contract_from:
        raise Refused(_("The contract ends before it begins."), field="contract_to")
    if LawFirm.objects.filter(org_id=firm.org_id, credit_code=firm.credit_code).exclude(pk=firm.pk).exists():
        raise Refused(_("This firm is on the panel already."), field="credit_code")


def _firm_code(text: str, name: str) -> str:
    try:
        code = creditcode.parse(text).code
    except Invalid as error:
        raise Refused(_(error.message) % error.params, field=name) from error
    if not code.startswith("31"):
        raise Refused(_("The credit code of a law firm begins with 31."), field=name)
    return code


def _fill_lawyer(row: Lawyer, given: Mapping[str, Any]) -> None:
    if strange := set(given) - LAWYER:
        raise Refused(_("Unknown fields: %(names)s.") % {"names": ", ".join(sorted(strange))})
    for name, value in given.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.name = need_text(row.name, "name")
    try:
        row.licence = lawlicence.parse(row.licence)
    except Invalid as error:
        raise Refused(_(error.message) % error.params, field="licence") from error
    if row.problem:
        need_choice(row.problem, Problem, "problem")
    if row.firm_id:
        twice = Lawyer.objects.filter(org_id=row.org_id, licence=row.licence).exclude(pk=row.pk).select_related("firm").first()
        if twice is not None:
            text = _("This licence number is on the panel already, with %(firm)s.") % {"firm": twice.firm.name}
            raise Refused(text, field="licence")
    if row.user_id and row.left_on is None:
        with everything():
            taken = Lawyer.objects.filter(user_id=row.user_id, left_on=None).exclude(pk=row.pk).exists()
        if taken:
            raise Refused(_("This account belongs to another lawyer of a panel."), field="user")
    if row.left_on and row.left_on > today():
        raise Refused(_("This day is still to come."), field="left_on")


def _store_party(firm: LawFirm, given: Mapping[str, Any]) -> tuple[FirmParty, str]:
    name = need_text(str(given.get("name") or ""), "name")
    need_choice(given["side"], Side, "side")
    row = FirmParty.objects.select_for_update().filter(firm=firm, side=given["side"], plain=companyname.plain(name)).first()
    made = row is None
    row = row or FirmParty(firm=firm, side=given["side"], **place_of(firm))
    before = _told(row)
    row.name = row.name or name
    row.plain, row.core = companyname.plain(row.name), companyname.core(row.name)
    for field, read in READERS.items():
        if text := str(given.get(field) or "").strip():
            try:
                setattr(row, field, read(text))
            except Invalid as error:
                raise Refused(_(error.message) % error.params, field=field) from error
    for field in ("since", "until"):
        if given.get(field):
            setattr(row, field, given[field])
    if row.since and row.until and row.until < row.since:
        raise Refused(_("The last day lies before the first."), field="until")
    if not made and _told(row) == before:
        return row, "unchanged"
    row.save()
    return row, "created" if made else "updated"


def _told(row: FirmParty) -> tuple[Any, ...]:
    return row.credit_code, str(row.id_number or ""), row.since, row.until
