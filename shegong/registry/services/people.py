"""WRITE: one natural person once — registering, correcting, taking on file, looking behind a mask."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.models import Org, User
from shegong.kernel.orgs.reach import Actor, widened
from shegong.kernel.vault.cells import open_secret
from shegong.kernel.vault.fields import claim
from shegong.kernel.vault.search import put_many
from shegong.kernel.vault.services import RevealRefused, reveal
from shegong.lib import idcard

from ..models import Employer, Person, PersonSearch
from ..rules import same_name, split_names
from . import duplicates, identity

SECRETS = ("id_number", "phone")
PLAIN = ("name", "sex", "birth_on", "other_names", "address", "area_code", "new_form", "is_migrant", "is_member")
# A tie that a merger made is taken over by whoever has a reason of their own, so that undoing the merger leaves it.
_TIE = """
insert into registry_persontie (person_id, org_id, org_path, because, since) values (%s, %s, %s, %s, now())
on conflict (person_id, org_id) do update set because = excluded.because where registry_persontie.because like 'merge:%%'
"""


@action("registry.person.register")
def register_person(
    actor: Actor,
    org: Org,
    *,
    employer: Employer | None = None,
    user: User | None = None,
    because: str = "",
    **given: Any,
) -> Done:
    """Put a person on file at ``org``. ``given``: fields of ``identity.Facts`` as typed.

    A person whose ID number is on file already, in whatever office, is not made again: her record is tied to ``org`` and
    returned. Raises ``Refused`` for bad input, and where the number is on file under another name.
    """
    facts = identity.read(given)
    if facts.id_number:
        claim(Person, "id_number", facts.id_number)
        if (known := identity.on_file(facts.id_number)) is not None:
            return _take_known(org, known, facts, because)
    person = Person(org=org, org_path=org.path, employer=employer, user=user, **facts.columns())
    with widened(org.path):
        try:
            with transaction.atomic():
                person.save(force_insert=True)
        except IntegrityError as error:
            raced = identity.on_file(facts.id_number) if "person_once" in str(error) else None
            if raced is None:
                raise
            return _take_known(org, raced, facts, because)
        index_names([person])
        duplicates.propose_for([person.pk])
    duplicates.compare_later([person.pk])
    return Done(person, reason=because)


def _take_known(org: Org, pk: UUID, facts: identity.Facts, because: str) -> Done:
    record_tie(pk, org, because or "registered")
    person = known_here(pk, org)
    if not same_name(person.name, facts.name) and not _is_other_name(person, facts.name):
        raise Refused(
            _(
                "This ID number is on file under another name. Compare number and name with the card. If the card says what "
                "you typed, take the person on file by the ID number and correct the name."
            ),
            field="name",
        )
    return Done(person, reason=_("The ID number was on file already: taken on file here too."), found=True)


def _is_other_name(person: Person, name: str) -> bool:
    return any(same_name(other, name) for other in split_names(person.other_names or ""))


def known_here(pk: UUID, org: Org) -> Person:
    """A person who is tied to ``org``, whatever the actor's own reach."""
    with widened(org.path):
        return Person.objects.get(pk=pk)


def record_tie(person: UUID, org: Org, because: str) -> None:
    """Let ``org`` see a person, as part of a deed that gives the reason (a case taken in, a referral). No deed of its own."""
    with widened(org.path), connection.cursor() as cursor:
        cursor.execute(_TIE, [person, org.pk, org.path, because[:60]])


@action("registry.person.tie")
def tie_person(actor: Actor, org: Org, *, id_number: str, because: str) -> Done:
    """Take a person on file at ``org`` by her exact ID number: that she showed it is the proof. Returns the person."""
    facts = identity.with_number(identity.Facts(name=""), id_number)
    if not facts.id_number:
        raise Refused(_("Enter the ID number from the card."), field="id_number")
    if len(because.strip()) < 2:
        raise Refused(_("Say why the person is taken on file here."), field="because")
    known = identity.on_file(facts.id_number)
    if known is None:
        raise Refused(_("Nobody is on file with this ID number. Register the person."), field="id_number")
    record_tie(known, org, because.strip())
    return Done(known_here(known, org), reason=because.strip())


@action("registry.person.correct")
def correct_person(
    actor: Actor, person: Person, *, reason: str, employer: Employer | bool | None = False, **given: Any
) -> Done:
    """Correct what is on file. Fields that are not given stay; ``employer``: False leaves it, None removes it.

    An empty ID number or phone leaves the stored one, for a form cannot show it. Raises ``Refused``.
    """
    if len(reason.strip()) < 2:
        raise Refused(_("Say why the record is corrected."), field="reason")
    before = person.name, person.other_names
    _apply(person, given)
    if employer is not False:
        person.employer = employer  # type: ignore[assignment]
    _save_once(person)
    if (person.name, person.other_names) != before:
        index_names([person])
    duplicates.propose_for([person.pk])
    duplicates.compare_later([person.pk])
    return Done(person, reason=reason.strip())


def _apply(person: Person, given: dict[str, Any]) -> None:
    """Set the given fields, checked against the whole record."""
    whole = {name: getattr(person, name) for name in PLAIN}
    if given.get("id_number"):
        whole |= dict.fromkeys(_read_from_number(person), None)
    whole |= {name: value for name, value in given.items() if name not in SECRETS and value != getattr(person, name)}
    facts = identity.read({**whole, "phone": given.get("phone")})
    numbered = identity.with_number(facts, given.get("id_number"))
    columns = numbered.columns()
    kept = {"phone"} if not facts.phone else set()
    if not numbered.id_number:
        kept |= {"id_number", "id_kind", "id_from_15"}
    for name, value in columns.items():
        if name not in kept:
            setattr(person, name, value)


def _read_from_number(person: Person) -> set[str]:
    """Fields that only repeat the old ID number: a new number brings its own."""
    if person.id_number is None:
        return set()
    old = idcard.parse(open_secret(person.id_number))
    return {name for name in ("birth_on", "sex") if getattr(person, name) == getattr(old, name)}


def _save_once(person: Person) -> None:
    """Write now, so that a number which belongs to another record is an answer and no accident."""
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        if "person_once" not in str(error):
            raise
        raise Refused(
            _("This ID number is on file for another record. If both are the same person, merge the two."),
            field="id_number",
        ) from error


@action("registry.person.reveal")
def reveal_person(actor: Actor, person: Person, *, column: str, purpose: str) -> Done:
    """Show one full number: ``person.revealed`` of what is returned. Counts against the day's quota. Raises ``Refused``."""
    if column not in SECRETS:
        raise Refused(_("There is no such number on the record."), field="column")
    try:
        # the trail entry is the deed's own, in the same transaction
        value = reveal(actor, person, column, purpose, record=lambda entry: None)
    except RevealRefused as refused:
        raise Refused(refused.reason, field=refused.field) from refused
    person.revealed = value  # type: ignore[attr-defined]  # never in the receipt: it would rest in clear
    return Done(person, reason=purpose, changes={"column": ["", column]})


def index_names(people: list[Person]) -> None:
    """Bring the search tokens of these people (and of those they were merged into) up to date."""
    owners = [p.merged_into_id or p.pk for p in people]
    with widened(*{p.org_path for p in people}):
        put_many(PersonSearch, PersonSearch.texts_of(owners))
