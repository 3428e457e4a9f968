"""WRITE: the register of union legal aid (S39), entry by entry and by the workbook of a station."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action, batch_action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.vocabulary import deed
from shegong.kernel.audit import trail
from shegong.kernel.indicators.declare import cubes_over, month_of
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow
from shegong.kernel.vault.fields import seal
from shegong.lib.ids import new_id
from shegong.registry.models import Employer, Person
from shegong.registry.rules import same_name
from shegong.registry.services import people
from shegong.registry.services.importing import import_people

from ..models import Case, LegalAid
from ..policy import LEGAL_AID
from ._register import ENDED, TOLD, Facts, apply_facts, employer_of, read_entry

IMPORT = "casework.legal_aid.import"
LABEL = LegalAid._meta.label
_COLUMNS = (
    ("id", "uuid"), ("org_id", "int8"), ("org_path", "text"), ("number", "text"),
    ("form", "text"), ("stage", "text"), ("result", "text"), ("state", "text"), ("dispute", "text"), ("applicant_name", "text"),
    ("employer_name", "text"), ("people", "int4"), ("is_group", "bool"), ("claimed_fen", "int8"), ("recovered_fen", "int8"),
    ("proof", "text"), ("lawyer", "text"), ("accepted_on", "date"), ("concluded_on", "date"),
    ("applicant_id", "uuid"), ("employer_id", "uuid"), ("note", "bytea"), ("batch", "uuid"),
)  # fmt: skip
_NAMES = ", ".join(name for name, _kind in _COLUMNS)
_STAGE = (
    "create temp table if not exists legalaid_stage on commit delete rows"
    f" as select {_NAMES} from casework_legalaid with no data"
)
_COPY = f"copy pg_temp.legalaid_stage ({_NAMES}) from stdin (format binary)"
_INSERT = (
    f"insert into casework_legalaid ({_NAMES}, version) select {_NAMES}, 1 from pg_temp.legalaid_stage "
    "on conflict (org_id, number) do nothing returning id"
)
_UPDATE = (
    "update casework_legalaid t set version = t.version + 1, batch = s.batch, "
    "applicant_id = coalesce(s.applicant_id, t.applicant_id), employer_id = coalesce(s.employer_id, t.employer_id), "
    "note = coalesce(s.note, t.note), " + ", ".join(f"{name} = s.{name}" for name in TOLD) + " "
    "from pg_temp.legalaid_stage s where t.id = s.id"
)
Touched = set[tuple[str, int, dt.date]]


# --- one entry --------------------------------------------------------------------------------------------------------
@action("casework.legal_aid.register")
def register_legal_aid(
    actor: Actor,
    place: Org,
    *,
    case: Case | None = None,
    applicant: Person | None = None,
    sure: bool = False,
    **given: Any,
) -> Done:
    """Enter one line. ``given``: the fields of ``_register.Facts`` as typed; ``sure`` takes what looks doubtful.

    With an ID number the applicant is put on file (or found there). Raises ``Refused`` naming the field.
    """
    facts = _checked(given, sure)
    if applicant is None and facts.id_number:
        applicant = people.register_person(actor, place, name=facts.applicant_name, id_number=facts.id_number)
    made = LegalAid(
        org=place, org_path=place.path, number=facts.number, case=case, applicant=applicant, note=facts.note or None
    )
    apply_facts(made, facts, _employers([facts]))
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if "legalaid_number" not in str(error):
            raise
        raise Refused(_("This number is in the register already."), field="number") from None
    return Done(made)


@action("casework.legal_aid.correct")
def correct_legal_aid(actor: Actor, entry: LegalAid, *, reason: str, sure: bool = False, **changes: Any) -> Done:
    """Correct an entry; the trail keeps what stood there. From then on no workbook overwrites it."""
    if len(reason.strip()) < 2:
        raise Refused(_("Write why it is corrected."), field="reason")
    told: dict[str, Any] = {name: getattr(entry, name) for name in TOLD} | {"number": entry.number, "note": entry.note}
    if entry.state == "ended":
        told["result"] = ENDED
    facts = _checked(told | changes, sure)
    if facts.number != entry.number and LegalAid.objects.filter(org_id=entry.org_id, number=facts.number).exists():
        raise Refused(_("This number is in the register already."), field="number")
    entry.number, entry.note, entry.batch = facts.number, facts.note or None, None
    apply_facts(entry, facts, _employers([facts]))
    return Done(entry, reason=reason.strip())


def _checked(given: dict[str, Any], sure: bool) -> Facts:
    facts = read_entry(given, today())
    if facts.recovered_fen and not facts.proof:
        raise Refused(_("Enter the proof of what was recovered (agreement, award, receipt)."), field="proof")
    if facts.doubts and not sure:
        name, message = facts.doubts[0]
        raise Refused(message + " " + _("If it is right, tick “I have checked it”."), field=name)
    return facts


def _employers(found: Iterable[Facts]) -> dict[str, uuid.UUID]:
    """Employers on file by credit code and by name; a name that two bear finds neither."""
    rows = list(found)
    codes, names = {f.employer_code for f in rows} - {""}, {f.employer_name for f in rows} - {""}
    known: dict[str, uuid.UUID] = {}
    seen: set[str] = set()
    for name, pk in Employer.objects.filter(name__in=names).values_list("name", "pk") if names else ():
        if name in seen:
            known.pop(name, None)
        else:
            known[name] = pk
        seen.add(name)
    if codes:
        known |= {
            c: pk for c, pk in Employer.objects.filter(credit_code__in=codes).values_list("credit_code", "pk") if c
        }
    return known


# --- a workbook -------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Entrant:
    """One row that passed the checks; ``told``: the columns it fills. ``id``: of the new entry, or of the one on file."""

    number: int
    org: Org
    facts: Facts
    told: frozenset[str]
    id: uuid.UUID = field(default_factory=new_id)
    applicant: uuid.UUID | None = None
    before: dict[str, Any] | None = None


@batch_action(IMPORT)
def import_legal_aid(
    actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = ""
) -> tuple[list[RowResult], list[trail.Line], Touched]:
    """Take a batch in, by COPY. Values of a row: the fields of ``_register.Facts``, ``organisation`` (``place`` by default).

    ``created``; ``updated``: an earlier import said something else; ``unchanged``; ``refused``, also where somebody has
    corrected the entry by hand since. Doubts come back as complaints with code "doubt" beside rows that were taken.
    """
    entrants, results = _read(actor, place, rows)
    fresh, changed = _compare(entrants, results)
    for refusal in _put_on_file(actor, place, [*fresh, *changed]):
        results[refusal.number] = refusal
    fresh, changed = ([e for e in part if e.number not in results] for part in (fresh, changed))
    batch = uuid.UUID(batch_key[:32]) if len(batch_key) >= 32 else new_id()
    made = _store(fresh, changed, batch)
    for entrant in fresh:
        if entrant.id in made:
            results[entrant.number] = _taken(entrant, "created")
        else:
            results[entrant.number] = _refusal(
                entrant.number, "number", _("Somebody else entered this number just now.")
            )
    results |= {e.number: _taken(e, "updated") for e in changed}
    done = [e for e in (*fresh, *changed) if results[e.number].outcome != "refused"]
    return [results[row.number] for row in rows], [_line(e, batch_key) for e in done], _months(done)


def check_legal_aid(actor: Actor, place: Org, rows: Sequence[SheetRow]) -> list[RowResult]:
    """The dry run: only the refusals, nothing written."""
    entrants, results = _read(actor, place, rows)
    _compare(entrants, results)
    return [r for r in results.values() if r.outcome == "refused"]


def _read(actor: Actor, place: Org, rows: Sequence[SheetRow]) -> tuple[list[Entrant], dict[int, RowResult]]:
    """Every check that needs nothing on file."""
    entrants: list[Entrant] = []
    results: dict[int, RowResult] = {}
    prefixes, on = actor.prefixes(deed(IMPORT).roles), today()
    seen: dict[tuple[int, str], int] = {}
    for row in rows:
        try:
            org = row.values.get("organisation") or place
            if not (org.path.startswith(place.path) or org.path.startswith(prefixes)):
                raise Refused(_("This organisation lies outside your posts."), field="organisation")
            facts = read_entry(row.values, on)
            first = seen.setdefault((org.pk, facts.number), row.number)
            if first != row.number:
                raise Refused(_("The same number stands in row %(row)s.") % {"row": first}, field="number")
        except Refused as refusal:
            results[row.number] = _refusal(row.number, refusal.field or "", refusal.message)
            continue
        told = frozenset(name for name, value in row.values.items() if value is not None)
        entrants.append(Entrant(row.number, org, facts, told))
    return entrants, results


def _compare(entrants: list[Entrant], results: dict[int, RowResult]) -> tuple[list[Entrant], list[Entrant]]:
    """New ones and changed ones; what is on file alike, or was corrected by hand, gets its result at once."""
    numbers, places = {e.facts.number for e in entrants}, {e.org.pk for e in entrants}
    rows = LegalAid.objects.filter(org_id__in=places, number__in=numbers).order_by()
    stored = {
        (r["org_id"], r["number"]): r for r in rows.values("id", "org_id", "number", "batch", "applicant_id", *TOLD)
    }
    fresh, changed = [], []
    for entrant in entrants:
        known = stored.get((entrant.org.pk, entrant.facts.number))
        if known is None:
            fresh.append(entrant)
            continue
        entrant.id = known["id"]
        _keep_untold(entrant, known)
        entrant.before = {name: known[name] for name in TOLD if known[name] != getattr(entrant.facts, name)}
        newly_known = entrant.facts.id_number and known["applicant_id"] is None
        if not entrant.before and not newly_known:
            results[entrant.number] = RowResult(entrant.number, "unchanged", str(entrant.id))
        elif known["batch"] is None:
            text = _("This entry was made or corrected by hand and says something else: correct it on its page.")
            results[entrant.number] = _refusal(entrant.number, "number", text)
        else:
            changed.append(entrant)
    return fresh, changed


def _keep_untold(entrant: Entrant, known: dict[str, Any]) -> None:
    """A table with fewer columns brings up to date what it tells and leaves alone what it does not."""
    facts, told = entrant.facts, entrant.told
    kept = {"dispute", "employer_name", "claimed_fen", "recovered_fen", "proof", "lawyer"} - told
    if not told & {"result", "concluded_on"}:
        kept |= {"result", "state", "concluded_on"}
    if not told & {"people", "is_group"}:
        kept |= {"people", "is_group"}
    if facts.form == known["form"] and not facts.stage:
        kept.add("stage")
    for name in kept:
        setattr(facts, name, known[name])


def _put_on_file(actor: Actor, place: Org, entrants: list[Entrant]) -> list[RowResult]:
    """Applicants with an ID number become persons of the register; returns the refusals, e.g. of another name."""
    named = {e.number: e for e in entrants if e.facts.id_number}
    if not named:
        return []
    # one person may stand in several rows: she is put on file once
    first: dict[str, int] = {}
    for e in named.values():
        first.setdefault(e.facts.id_number, e.number)
    asked = [named[number] for number in first.values()]
    found = {named[r.number].facts.id_number: r for r in import_people(actor, place, [_person_row(e) for e in asked])}
    refused = []
    for e in named.values():
        result = found[e.facts.id_number]
        if result.outcome == "refused":
            complaint = result.complaints[0]
            column = {"name": "applicant_name"}.get(complaint.column, "id_number")
            refused.append(_refusal(e.number, column, complaint.message))
        elif not same_name(e.facts.applicant_name, named[first[e.facts.id_number]].facts.applicant_name):
            text = _("Row %(row)s has the same ID number with another name.") % {"row": first[e.facts.id_number]}
            refused.append(_refusal(e.number, "applicant_name", text))
        else:
            e.applicant = uuid.UUID(result.ref)
    return refused


def _person_row(entrant: Entrant) -> SheetRow:
    facts = entrant.facts
    return SheetRow(
        entrant.number, {"name": facts.applicant_name, "id_number": facts.id_number, "organisation": entrant.org}
    )


def _store(fresh: list[Entrant], changed: list[Entrant], batch: uuid.UUID) -> set[uuid.UUID]:
    """Insert and update through a staging table; returns the ids that were made."""
    if not fresh and not changed:
        return set()
    employers = _employers(e.facts for e in (*fresh, *changed))
    made: set[uuid.UUID] = set()
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        for part, statement in ((fresh, _INSERT), (changed, _UPDATE)):
            if not part:
                continue
            with cursor.copy(_COPY) as copy:
                copy.set_types([kind for _name, kind in _COLUMNS])
                for entrant in part:
                    copy.write_row(_row(entrant, employers, batch))
            cursor.execute(statement)
            if part is fresh:
                made = {row[0] for row in cursor.fetchall()}
            cursor.execute("truncate pg_temp.legalaid_stage")
    return made


def _row(entrant: Entrant, employers: dict[str, uuid.UUID], batch: uuid.UUID) -> tuple[Any, ...]:
    facts, pk = entrant.facts, entrant.id
    note = seal(LegalAid, "note", pk, facts.note) if facts.note else None
    told = (getattr(facts, name) for name in TOLD)
    return (
        pk, entrant.org.pk, entrant.org.path, facts.number, *told, entrant.applicant, employer_of(facts, employers), note, batch,
    )  # fmt: skip


def _refusal(number: int, column: str, message: str) -> RowResult:
    return RowResult(number, "refused", complaints=(Complaint(message, column),))


def _taken(entrant: Entrant, outcome: str) -> RowResult:
    doubts = tuple(Complaint(message, column, "doubt") for column, message in entrant.facts.doubts)
    return RowResult(entrant.number, outcome, str(entrant.id), doubts)


def _line(entrant: Entrant, batch_key: str) -> trail.Line:
    changes: dict[str, Any] = {"row": entrant.number, "batch": batch_key[:16]}
    if entrant.before is None:
        changes["number"] = ["", entrant.facts.number]
    else:
        changes |= {name: [old, getattr(entrant.facts, name)] for name, old in entrant.before.items()}
    return trail.Line(IMPORT, LEGAL_AID.code, entrant.id, entrant.org.path, changes=changes)


def _months(entrants: list[Entrant]) -> Touched:
    """Months whose figures change: by every date a cube counts on, before and after."""
    dates = {cube.date for cube in cubes_over(LABEL)}
    found: Touched = set()
    for e in entrants:
        for name in dates:
            days = (getattr(e.facts, name, None), (e.before or {}).get(name))
            found |= {(LABEL, e.org.pk, month_of(day)) for day in days if isinstance(day, dt.date)}
    return found
