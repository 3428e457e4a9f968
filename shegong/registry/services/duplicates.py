"""WRITE: proposals that two records are one person. Candidates come from the database in sets, the verdict from ``rules``."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection
from django.utils import timezone

from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import everything, widened
from shegong.kernel.vault.cells import open_secret

from ..models import Person
from ..rules import Likelihood, Likeness, compare, split_names

CROWD = 20  # a phone that more people share is a hostel's or an agency's, and says nothing

# Same phone, or same name and birth: one index probe per record, whatever the planner believes of a table just filled.
_CANDIDATES = f"""
select t.id, b.id, true from unnest(%(ids)s::uuid[], %(phones)s::bytea[]) t(id, phone)
cross join lateral (
  select p.id from registry_person p where p.phone_digest = t.phone and p.state = 'active' limit {CROWD + 1}) b
where t.phone is not null
union all
select t.id, b.id, false from unnest(%(ids)s::uuid[], %(names)s::text[], %(births)s::date[]) t(id, name, birth)
cross join lateral (
  select p.id from registry_person p where p.name = t.name and p.birth_on = t.birth and p.state = 'active' limit {CROWD + 1}) b
where t.birth is not null
"""
_ADD = """
insert into registry_duplicate (first_id, second_id, score, reasons, state, org_id, org_path)
values (%s, %s, %s, %s::jsonb, 'proposed', %s, %s) on conflict (first_id, second_id) do nothing
"""


def propose_for(ids: Sequence[UUID]) -> int:
    """Propose duplicates of these records among those within the present reach; returns how many are new.

    A pair that was decided once is not proposed again.
    """
    if not ids:
        return 0
    asked = list(
        Person.objects.filter(pk__in=ids, state="active").values_list("pk", "phone_digest", "name", "birth_on")
    )
    columns = (
        dict(zip(("ids", "phones", "names", "births"), map(list, zip(*asked, strict=True)), strict=True))
        if asked
        else None
    )
    if columns is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, columns)
        return _weigh(_pairs(cursor.fetchall()))


def _pairs(found: list[tuple[UUID, UUID, bool]]) -> list[tuple[UUID, UUID]]:
    """Pairs, the older record first; without phones that a crowd shares."""
    sharers = Counter((pk, by_phone) for pk, _other, by_phone in found)
    pairs = {(min(a, b), max(a, b)) for a, b, by_phone in found if a != b and sharers[a, by_phone] <= CROWD}
    return sorted(pairs)


def compare_later(ids: Sequence[UUID]) -> None:
    """Leave these records to the keeper, which compares them across all organisations within seconds."""
    with connection.cursor() as cursor:
        cursor.execute("insert into registry_uncompared (person_id) select unnest(%s::uuid[])", [list(ids)])


def keep_comparing(limit: int = 2000) -> int:
    """For the keeper: compare what waits; returns how many records were compared."""
    with everything(), connection.cursor() as cursor:
        cursor.execute(
            "delete from registry_uncompared where id in "
            "(select id from registry_uncompared order by id limit %s for update skip locked) returning person_id",
            [limit],
        )
        ids = list({row[0] for row in cursor.fetchall()})
        propose_for(ids)
    return len(ids)


def propose_all(since: dt.datetime | None = None, batch: int = 2000) -> int:
    """Propose duplicates across all organisations, for the nightly keeper. ``since``: only people registered from then on
    (two days by default). Returns how many are new."""
    since = since or timezone.now() - dt.timedelta(days=2)
    found = 0
    with everything():
        fresh = Person.objects.filter(created_at__gte=since, state="active").order_by("pk").values_list("pk", flat=True)
        ids = iter(list(fresh))
        while part := list(itertools.islice(ids, batch)):
            found += propose_for(part)
    return found


def _weigh(pairs: Iterable[tuple[UUID, UUID]]) -> int:
    pairs = list(pairs)
    if not pairs:
        return 0
    rows = {p.pk: p for p in Person.objects.filter(pk__in={pk for pair in pairs for pk in pair})}
    known = {pk: likeness(p) for pk, p in rows.items()}
    verdicts = [(a, b, compare(known[a], known[b])) for a, b in pairs if a in known and b in known]
    kept = [(rows[a], rows[b], verdict) for a, b, verdict in verdicts if verdict.worth_a_look]
    places = _common_places(kept)
    count = 0
    for first, second, verdict in kept:
        place = places.get(_common(first.org_path, second.org_path))
        if place is not None:  # two trees without a common head: nobody's to decide
            count += _add(first, second, verdict, place)
    return count


def likeness(person: Person) -> Likeness:
    """What is compared of a record. Opens the ID number in memory: only whether and how two differ comes out."""
    return Likeness(
        name=person.name,
        birth_on=person.birth_on,
        sex=person.sex,
        phone=person.phone_digest,
        number=open_secret(person.id_number) if person.id_number is not None else "",
        from_15=person.id_from_15,
        other_names=split_names(person.other_names or ""),
    )


def _common(one: str, other: str) -> str:
    """The path of the nearest organisation above both: whoever decides must answer for both records."""
    parts = []
    for a, b in zip(one.split("."), other.split("."), strict=False):
        if a != b or not a:
            break
        parts.append(a)
    return "".join(f"{p}." for p in parts)


def _common_places(kept: list[tuple[Person, Person, Likelihood]]) -> dict[str, Org]:
    paths = {_common(first.org_path, second.org_path) for first, second, _verdict in kept} - {""}
    return {o.path: o for o in Org.objects.filter(path__in=paths)}


def _add(first: Person, second: Person, verdict: Likelihood, place: Org) -> int:
    with widened(place.path), connection.cursor() as cursor:
        cursor.execute(
            _ADD, [first.pk, second.pk, verdict.score, json.dumps(list(verdict.reasons)), place.pk, place.path]
        )
        return int(cursor.rowcount)
