"""WRITE: many people at once. One batch is one transaction, in sets: read all rows, ask once who is on file, COPY the new ones.

The promises are those of ``register_person``, row by row: the same checks (``identity.read``), one person once (held by the
constraint, whatever another process does meanwhile), tie instead of a second record, one trail line each.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import batch_action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.vocabulary import deed
from shegong.kernel.audit import trail
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow
from shegong.kernel.vault.fields import blind_all, index_of, seal, sealed_field
from shegong.kernel.vault.search import add_many
from shegong.lib.ids import new_id

from ..models import Employer, Person, PersonSearch, PersonTie
from ..rules import same_name, split_names
from . import duplicates, identity

IMPORT = "registry.person.import"
# (column, PostgreSQL type), in the order of the COPY; what is not here is the same for every new person
_COLUMNS = (
    ("id", "uuid"), ("org_id", "int8"), ("org_path", "text"), ("name", "text"), ("sex", "text"), ("birth_on", "date"),
    ("id_kind", "text"), ("id_number", "bytea"), ("id_digest", "bytea"), ("id_from_15", "bool"), ("phone", "bytea"),
    ("phone_digest", "bytea"), ("other_names", "bytea"), ("address", "bytea"), ("area_code", "text"), ("employer_id", "uuid"),
    ("new_form", "text"), ("is_migrant", "bool"), ("is_member", "bool"), ("created_at", "timestamptz"),
)  # fmt: skip
_NAMES = ", ".join(name for name, _kind in _COLUMNS)
_STAGE = (
    "create temp table if not exists person_stage on commit delete rows as "
    f"select {_NAMES} from registry_person with no data"
)
_COPY = f"copy pg_temp.person_stage ({_NAMES}) from stdin (format binary)"
_INSERT = f"""
insert into registry_person ({_NAMES}, state, version)
select {_NAMES}, 'active', 1 from pg_temp.person_stage
on conflict (id_digest) where state = 'active' do nothing returning id
"""
_TIES = """
insert into registry_persontie (person_id, org_id, org_path, because, since)
select p, o, path, 'imported', now() from unnest(%s::uuid[], %s::bigint[], %s::text[]) as t(p, o, path)
on conflict (person_id, org_id) do nothing returning person_id, org_id
"""


@dataclass(slots=True)
class Entrant:
    """One row that passed the checks, on its way in."""

    number: int  # of the row
    org: Org
    facts: identity.Facts
    employer: UUID | None = None
    id: UUID = field(default_factory=new_id)
    digests: list[bytes] = field(default_factory=list)  # of the ID number, the active key's first


@dataclass
class Sorted:
    """Rows after the checks: to take in, and the refusals by row number."""

    entrants: list[Entrant] = field(default_factory=list)
    refused: dict[int, RowResult] = field(default_factory=dict)

    def refuse(self, number: int, message: str, column: str = "", code: str = "refused") -> None:
        self.refused[number] = RowResult(number, "refused", complaints=(Complaint(message, column, code),))


@batch_action(IMPORT)
def import_people(
    actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = ""
) -> tuple[list[RowResult], list[trail.Line], set[tuple[str, int, dt.date]]]:
    """Take rows in at ``place``, or at the organisation a row names (at or below it). One result per row, in their order.

    ``created``; ``updated``: on file elsewhere, now here too; ``unchanged``: on file here already; ``refused`` with why.
    """
    checked = check_rows(actor, place, rows)
    known = identity.on_file_many({e.facts.id_number: e.digests for e in checked.entrants if e.digests})
    here = _here_by_phone(checked.entrants)
    fresh = [e for e in checked.entrants if e.facts.id_number not in known and e.number not in here]
    made = _insert(fresh)
    lost = [e for e in fresh if e.id not in made]  # another process was first: the constraint kept its row
    known |= identity.on_file_many({e.facts.id_number: e.digests for e in lost})
    new = [e for e in fresh if e.id in made]
    add_many(PersonSearch, ((e.id, "", [e.facts.name, *split_names(e.facts.other_names)]) for e in new))
    duplicates.compare_later([e.id for e in new])
    results = {e.number: RowResult(e.number, "created", str(e.id)) for e in new}
    results |= {number: RowResult(number, "unchanged", str(pk)) for number, pk in here.items()}
    results |= _tie_known([e for e in checked.entrants if e.number not in results], known)
    results |= checked.refused
    return [results[row.number] for row in rows], _lines(checked.entrants, results, batch_key), _months(new)


def check_people(actor: Actor, place: Org, rows: Sequence[SheetRow]) -> list[RowResult]:
    """The dry run: only the refusals, nothing written. A name that differs from that of a hidden record shows at import."""
    checked = check_rows(actor, place, rows)
    known = identity.on_file_many({e.facts.id_number: e.digests for e in checked.entrants if e.digests})
    names = {p.pk: p for p in Person.objects.filter(pk__in=known.values())}
    for entrant in checked.entrants:
        person = names.get(known.get(entrant.facts.id_number))  # type: ignore[arg-type]
        if person and not _is_called(person, entrant.facts.name):
            checked.refuse(entrant.number, _other_name_text(), "name")
    return list(checked.refused.values())


# --- reading ----------------------------------------------------------------------------------------------------------
def check_rows(actor: Actor, place: Org, rows: Sequence[SheetRow]) -> Sorted:
    """Every check that needs no person on file. Numbers repeated inside the rows are refused from the second on."""
    found, on = Sorted(), today()
    prefixes = actor.prefixes(deed(IMPORT).roles)
    employers = _employers(rows)
    seen: dict[str, int] = {}
    seen_by_phone: dict[str, int] = {}
    for row in rows:
        try:
            entrant = _entrant(row, place, prefixes, employers, on)
        except Refused as refusal:
            found.refuse(row.number, refusal.message, refusal.field or "")
            continue
        number = entrant.facts.id_number
        if not number:
            same = f"{entrant.org.pk} {entrant.facts.phone} {entrant.facts.name}"
            if (first := seen_by_phone.setdefault(same, row.number)) != row.number:
                text = _("The same name and phone stand in row %(row)s.")
                found.refuse(row.number, text % {"row": first}, "phone", "repeated")
                continue
        elif (first := seen.setdefault(number, row.number)) != row.number:
            found.refuse(
                row.number, _("The same ID number stands in row %(row)s.") % {"row": first}, "id_number", "repeated"
            )
            continue
        found.entrants.append(entrant)
    digests = identity.digests_of(seen)
    for entrant in found.entrants:
        entrant.digests = digests.get(entrant.facts.id_number, [])
    return found


def _entrant(
    row: SheetRow, place: Org, prefixes: tuple[str, ...], employers: Mapping[str, UUID], on: dt.date
) -> Entrant:
    values = row.values
    org = values.get("organisation") or place
    if org is not place and not (org.path.startswith(place.path) or org.path.startswith(prefixes)):
        raise Refused(_("This organisation lies outside your posts."), field="organisation")
    facts = identity.read(values, on)
    if not facts.id_number and not facts.phone:
        raise Refused(_("Give the ID number, or at least a phone: a name alone is nobody."), field="id_number")
    code = values.get("employer_code")
    if code and code not in employers:
        raise Refused(
            _("No employer with this credit code is on file. Import the employers first."), field="employer_code"
        )
    return Entrant(row.number, org, facts, employers[code] if code else None)


def _employers(rows: Iterable[SheetRow]) -> dict[str, UUID]:
    codes = {code for row in rows if (code := row.values.get("employer_code"))}
    found = Employer.objects.filter(credit_code__in=codes) if codes else Employer.objects.none()
    return {code: pk for code, pk in found.values_list("credit_code", "pk") if code}


def _here_by_phone(entrants: list[Entrant]) -> dict[int, UUID]:
    """Row number → record, for rows without an ID number whose name and phone are on file at the same organisation: the
    same list sent again. Elsewhere they stay two records, proposed as duplicates: a phone alone proves nobody."""
    purpose = sealed_field(Person, "phone").index_purpose  # type: ignore[attr-defined]
    digests = {e.number: blind_all(purpose, e.facts.phone) for e in entrants if not e.facts.id_number and e.facts.phone}
    if not digests:
        return {}
    asked = {digest for found in digests.values() for digest in found}
    rows = Person.objects.filter(phone_digest__in=asked, state="active", org_id__in={e.org.pk for e in entrants})
    on_file: dict[tuple[bytes, int], list[Person]] = defaultdict(list)
    for person in rows.only("name", "org_id", "phone_digest"):
        on_file[bytes(person.phone_digest), person.org_id].append(person)
    return {
        e.number: person.pk
        for e in entrants
        for digest in digests.get(e.number, ())
        for person in on_file.get((digest, e.org.pk), ())
        if same_name(person.name, e.facts.name)
    }


# --- writing ----------------------------------------------------------------------------------------------------------
def _insert(entrants: list[Entrant]) -> set[UUID]:
    """COPY into a staging table, then one insert that leaves out whoever is there. Returns the ids that were made."""
    if not entrants:
        return set()
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            copy.set_types([kind for _name, kind in _COLUMNS])
            for entrant in entrants:
                copy.write_row(_row(entrant, now))
        cursor.execute(_INSERT)
        made = {row[0] for row in cursor.fetchall()}
        cursor.execute("truncate pg_temp.person_stage")
    return made


def _row(entrant: Entrant, now: dt.datetime) -> tuple[Any, ...]:
    pk, facts, org = entrant.id, entrant.facts, entrant.org
    return (
        pk, org.pk, org.path, facts.name, facts.sex, facts.birth_on, facts.id_kind,
        seal(Person, "id_number", pk, facts.id_number) if facts.id_number else None,
        entrant.digests[0] if entrant.digests else None, facts.id_from_15,
        seal(Person, "phone", pk, facts.phone) if facts.phone else None,
        index_of(Person, "phone", facts.phone) if facts.phone else None,
        seal(Person, "other_names", pk, facts.other_names) if facts.other_names else None,
        seal(Person, "address", pk, facts.address) if facts.address else None,
        facts.area_code, entrant.employer, facts.new_form, facts.is_migrant, facts.is_member, now,
    )  # fmt: skip


def _tie_known(entrants: list[Entrant], known: Mapping[str, UUID]) -> dict[int, RowResult]:
    """Tie those on file to the organisations that sent them; refuse where the number belongs to another name."""
    if not entrants:
        return {}
    ids = [known[e.facts.id_number] for e in entrants]
    with connection.cursor() as cursor:
        cursor.execute(_TIES, [ids, [e.org.pk for e in entrants], [e.org.path for e in entrants]])
        tied = set(cursor.fetchall())
    people = {p.pk: p for p in Person.objects.filter(pk__in=ids)}
    strangers, results, undone = Sorted(), dict[int, RowResult](), list[tuple[UUID, int]]()
    for entrant, pk in zip(entrants, ids, strict=True):
        here = (pk, entrant.org.pk)
        if not _is_called(people[pk], entrant.facts.name):
            strangers.refuse(entrant.number, _other_name_text(), "name")
            undone += [here] if here in tied else []
        else:
            at_home = people[pk].org_id == entrant.org.pk
            undone += [here] if here in tied and at_home else []
            outcome = "updated" if here in tied and not at_home else "unchanged"
            results[entrant.number] = RowResult(entrant.number, outcome, str(pk))
    _untie(undone)
    return results | strangers.refused


def _untie(pairs: list[tuple[UUID, int]]) -> None:
    if pairs:
        people, orgs = zip(*pairs, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                f"delete from {PersonTie._meta.db_table} t using unnest(%s::uuid[], %s::bigint[]) as u(p, o) "
                "where t.person_id = u.p and t.org_id = u.o",
                [list(people), list(orgs)],
            )


def _is_called(person: Person, name: str) -> bool:
    return same_name(person.name, name) or any(same_name(n, name) for n in split_names(person.other_names or ""))


def _other_name_text() -> str:
    return _("This ID number is on file under another name. Compare number and name with the card.")


def _lines(entrants: list[Entrant], results: Mapping[int, RowResult], batch_key: str) -> list[trail.Line]:
    """One line per row that did something."""
    lines = []
    for entrant in entrants:
        result = results[entrant.number]
        if result.outcome in ("created", "updated"):
            changes = {"name": ["", entrant.facts.name], "row": entrant.number, "batch": batch_key[:16]}
            if result.outcome == "updated":
                changes = {"tied": ["", entrant.org.pk], "row": entrant.number, "batch": batch_key[:16]}
            lines.append(trail.Line(IMPORT, "registry.person", result.ref, entrant.org.path, changes=changes))
    return lines


def _months(entrants: list[Entrant]) -> set[tuple[str, int, dt.date]]:
    month = today().replace(day=1)
    return {("registry.Person", org, month) for org in {e.org.pk for e in entrants}}
