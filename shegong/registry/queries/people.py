"""READ: people by home organisation, by tie, or oneself; searching them; the page of one; proposed duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.vocabulary import deed, reads, relates
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.reach import Actor, today, within
from shegong.kernel.vault.fields import matching
from shegong.kernel.vault.search import narrow
from shegong.lib import areas, idcard, phone
from shegong.lib.errors import Invalid

from ..models import Duplicate, Person, PersonSearch, PersonTie
from ..policy import FIELD, HERE, LEADERS, LED, PERSON
from ..rules import REASONS
from .organisations import AreaShown, area_shown

PAGE = 50
VIEW, FIND = "registry.person.view", "registry.person.find"
_NUMBER = re.compile(r"\d{14,17}[\dX]|[A-Z]{3}\d{12}")
_PHONE = re.compile(r"\+?[\d\s()-]{7,20}")


@reads(PERSON)
def people(actor: Actor, code: str = VIEW) -> QuerySet[Person]:
    """People to whom ``actor`` may do the deed: of the organisations below their posts, tied to one of them, or themselves."""
    wanted = deed(code)
    found = Person.objects.all()
    if not actor.system:
        found = found.filter(
            _of(actor, wanted.roles) | (Q(user_id=actor.user_id) if "self" in wanted.members else Q(pk__in=[]))
        )
    if wanted.source:
        found = found.filter(state__in=wanted.source)
    return found


def _of(actor: Actor, roles: frozenset[str]) -> Q:
    prefixes = actor.prefixes(roles)
    return within(prefixes) | Q(pk__in=PersonTie.objects.filter(within(prefixes)).values("person_id"))


@relates(PERSON)
def ties_of(actor: Actor, person: Person) -> frozenset[str]:
    """Relations of the actor to the very person: herself; on file at an office of theirs."""
    held = {"self"} if person.user_id and person.user_id == actor.user_id else set()
    paths = list(PersonTie.objects.filter(person=person).values_list("org_path", flat=True))
    for name, roles in ((HERE, FIELD), (LED, LEADERS)):
        prefixes = actor.prefixes(roles)
        if prefixes and any(path.startswith(prefixes) for path in paths):
            held.add(name)
    return frozenset(held)


# --- finding ----------------------------------------------------------------------------------------------------------
@dataclass
class Found:
    """A page of a search. ``note``: why nothing was found, where there is more to say. ``more``: key of the next page."""

    people: list[Person] = field(default_factory=list)
    note: str = ""
    more: str = ""


def find_people(actor: Actor, text: str = "", *, after: UUID | None = None, limit: int = PAGE) -> Found:
    """People by name, pinyin or initials, or by the exact ID number or phone; newest first. Numbers come masked.

    Without a text: those who came on file last.
    """
    asked, note = _asked(text)
    if note:
        return Found(note=note)
    base = people(actor, FIND).filter(state="active").select_related("org", "employer")
    if asked is not None:
        base = base.filter(asked)
    elif text.strip():
        try:
            base = narrow(base, PersonSearch, text)
        except ValueError as error:
            return Found(note=_(str(error)))
    else:
        base = base.filter(pk__in=_latest(actor, after, limit))
    if after:
        base = base.filter(pk__lt=after)
    rows = list(base.order_by("-pk")[: limit + 1])
    return Found(rows[:limit], more=str(rows[limit - 1].pk) if len(rows) > limit else "")


def _asked(text: str) -> tuple[Q | None, str]:
    """A filter for an exact number, or a note why it can find nothing; neither for a name."""
    plain = idcard.normalise(text)
    if _NUMBER.fullmatch(plain):
        try:
            return _current(matching(Person, "id_number", idcard.parse(plain).number)), ""
        except Invalid as error:
            return None, _(error.message) % error.params
    if _PHONE.fullmatch(text.strip()):
        try:
            return _current(matching(Person, "phone", phone.parse(text).number)), ""
        except Invalid:
            return None, ""
    return None, ""


def _current(match: Q) -> Q:
    """Also the record into which a matching one was merged."""
    return match | Q(pk__in=Person.objects.filter(match, state="merged").values("merged_into"))


def _latest(actor: Actor, after: UUID | None, limit: int) -> list[UUID]:
    """Ids of the newest of the own organisations and of those tied to them, each by its own index."""
    prefixes = actor.prefixes(deed(FIND).roles)
    own = Person.objects.filter(within(prefixes), state="active")
    tied = PersonTie.objects.filter(within(prefixes))
    if after:
        own, tied = own.filter(pk__lt=after), tied.filter(person_id__lt=after)
    ids = {*own.order_by("-pk").values_list("pk", flat=True)[: limit + 1]}
    ids |= {*tied.order_by("-person_id").values_list("person_id", flat=True)[: limit + 1]}
    return sorted(ids, reverse=True)[: limit + 1]


# --- one person -------------------------------------------------------------------------------------------------------
def family(person: Person) -> tuple[UUID, ...]:
    """The person's record and those merged into it, at whatever depth: what hangs on any of them is hers."""
    found, level = [person.pk], [person.pk]
    while level := list(Person.objects.filter(merged_into__in=level).values_list("pk", flat=True)):
        found += level
    return tuple(found)


def current(person: Person) -> Person:
    """The record that stands for the person now: itself, or the one it was merged into."""
    seen = {person.pk}
    while person.merged_into_id and person.merged_into_id not in seen:
        seen.add(person.merged_into_id)
        above = Person.objects.filter(pk=person.merged_into_id).first()
        if above is None:
            break
        person = above
    return person


@dataclass(frozen=True)
class PersonPage:
    """What the page of a person shows. ``merged``: records merged into hers; ``into``: the one hers was merged into."""

    person: Person
    area: AreaShown
    age: int | None
    ties: list[PersonTie]
    family: tuple[UUID, ...]
    merged: list[Person]
    into: Person | None
    proposals: list[Duplicate]


def person_page(actor: Actor, pk: UUID) -> PersonPage:
    """One person's page; opening it leaves a line in the trail. Raises ``NotAllowed`` as for a record that is not there."""
    person = people(actor).select_related("org", "employer").filter(pk=pk).first()
    if person is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    seen(actor, person)
    ids = family(person)
    return PersonPage(
        person=person,
        area=area_shown(person.area_code),
        age=_age(person),
        ties=list(PersonTie.objects.filter(person=person).select_related("org").order_by("since")),
        family=ids,
        merged=list(Person.objects.filter(pk__in=ids[1:]).select_related("org")),
        into=current(person) if person.merged_into_id else None,
        proposals=list(duplicates(actor).filter(Q(first=person) | Q(second=person))),
    )


def seen(actor: Actor, person: Person) -> None:
    """Note in the trail that the record was opened."""
    trail.write(actor, trail.Line(VIEW, PERSON.code, person.pk, person.org_path, Outcome.SEEN))


def _age(person: Person) -> int | None:
    if person.birth_on is None:
        return None
    on = today()
    return on.year - person.birth_on.year - ((on.month, on.day) < (person.birth_on.month, person.birth_on.day))


# --- duplicates -------------------------------------------------------------------------------------------------------
def duplicates(actor: Actor) -> QuerySet[Duplicate]:
    """Open proposals for the places of the actor's posts, the likeliest first."""
    prefixes = actor.prefixes(deed("registry.person.dismiss_duplicate").roles)
    found = Duplicate.objects.filter(within(prefixes), state="proposed", first__state="active", second__state="active")
    return found.select_related("first__org", "second__org", "org").order_by("-score", "id")


COMPARED = ("name", "sex", "birth_on", "id_number", "phone", "other_names", "address", "area_code", "employer", "org")
DIGESTS = {"id_number": "id_digest", "phone": "phone_digest"}


@dataclass(frozen=True)
class Side:
    """One line of a comparison. ``alike``: None where one side says nothing."""

    label: str
    one: str
    other: str
    alike: bool | None

    @property
    def sign(self) -> str:
        return "" if self.alike is None else "=" if self.alike else "≠"


def pair(actor: Actor, one: UUID, other: UUID) -> tuple[Person, Person, list[Side], list[str]]:
    """Two people side by side: both records, the lines, and the reasons of the proposal. Raises ``NotAllowed``."""
    found = {
        p.pk: p for p in people(actor).filter(pk__in=[one, other], state="active").select_related("org", "employer")
    }
    if one == other or len(found) < 2:
        raise NotAllowed(_("There is no such record."), missing=True)
    for person in found.values():
        seen(actor, person)
    a, b = found[one], found[other]
    first, second = sorted((a, b), key=lambda p: p.pk)
    proposal = Duplicate.objects.filter(first=first, second=second).first()
    return a, b, list(_sides(a, b)), reasons_in_words(proposal) if proposal else []


def reasons_in_words(proposal: Duplicate) -> list[str]:
    """The reasons of a proposal, with a sign for those that speak against it."""
    known = [(REASONS[code], code) for code in proposal.reasons if code in REASONS]
    return [("− " if points < 0 else "+ ") + _(text) for (points, text), _code in known]


def _sides(a: Person, b: Person) -> Iterator[Side]:
    labels = {f.name: str(f.verbose_name) for f in Person._meta.concrete_fields} | {"org": _("on file first at")}
    for name in COMPARED:
        one, other = _shown(a, name), _shown(b, name)
        alike = (one == other) if one and other else None
        digest = DIGESTS.get(name)
        if digest and alike:  # equal masks are not yet equal numbers
            alike = getattr(a, digest) == getattr(b, digest)
        yield Side(labels[name], one, other, alike)


def _shown(person: Person, name: str) -> str:
    if name == "sex":
        return str(person.get_sex_display()) if person.sex != "0" else ""
    if name == "area_code":
        return areas.full_name(person.area_code)
    value: Any = getattr(person, name)
    return "" if value is None else str(value)


def people_to_export(actor: Actor, text: str = "") -> QuerySet[Person]:
    """People the actor may export; the same search as the list. The caller writes the trail. Raises ``Refused``."""
    found: QuerySet[Person] = (
        people(actor, "registry.person.export").filter(state="active").select_related("org", "employer")
    )
    if not text.strip():
        return found
    asked, note = _asked(text)
    if note:
        raise Refused(note)
    try:
        return found.filter(asked) if asked is not None else narrow(found, PersonSearch, text)
    except ValueError as error:
        raise Refused(_(str(error))) from None
