"""What was typed about a person, checked and in canonical form: the same for one form, one API call and 100,000 rows."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.reach import today
from shegong.kernel.vault.fields import blind_all, sealed_field
from shegong.lib import areas, idcard, phone
from shegong.lib.errors import Invalid

from ..models import NewForm, Person, Sex

LONGEST_NAME = 40
SEXES = frozenset(Sex.values)
NEW_FORMS = frozenset(NewForm.values)


@dataclass(slots=True)
class Facts:
    """The columns of a person but for keys and place; texts "" where nothing was said."""

    name: str
    sex: str = Sex.UNKNOWN.value
    birth_on: dt.date | None = None
    id_kind: str = ""
    id_number: str = ""
    id_from_15: bool = False
    phone: str = ""
    other_names: str = ""
    address: str = ""
    area_code: str = ""
    new_form: str = ""
    is_migrant: bool = False
    is_member: bool = False

    def columns(self) -> dict[str, Any]:
        """As keyword arguments of ``Person``; sealed columns are NULL where nothing was said."""
        return {
            "name": self.name, "sex": self.sex, "birth_on": self.birth_on, "id_kind": self.id_kind,
            "id_number": self.id_number or None, "id_from_15": self.id_from_15, "phone": self.phone or None,
            "other_names": self.other_names or None, "address": self.address or None, "area_code": self.area_code,
            "new_form": self.new_form, "is_migrant": self.is_migrant, "is_member": self.is_member,
        }  # fmt: skip


def read(given: Mapping[str, Any], on: dt.date | None = None) -> Facts:
    """Check what was given. Raises ``Refused`` naming the field, the reason and what to do.

    Sex and birth are taken from the ID number only where nothing else was said: they are a suggestion (domain.md 3.1).
    """
    facts = Facts(
        name=_name(given.get("name")),
        sex=str(given.get("sex") or Sex.UNKNOWN.value),
        birth_on=given.get("birth_on"),
        phone=_phone(given.get("phone")),
        other_names=_text(given.get("other_names"), 200, "other_names"),
        address=_text(given.get("address"), 300, "address"),
        area_code=_area(given.get("area_code")),
        new_form=str(given.get("new_form") or ""),
        is_migrant=bool(given.get("is_migrant")),
        is_member=bool(given.get("is_member")),
    )
    if facts.sex not in SEXES:
        raise Refused(_("Choose the sex from the list."), field="sex")
    if facts.new_form not in NEW_FORMS:
        raise Refused(_("Choose the form of employment from the list."), field="new_form")
    if facts.birth_on and facts.birth_on > (on or today()):
        raise Refused(_("The birth date lies in the future."), field="birth_on")
    return with_number(facts, given.get("id_number"), on)


def with_number(facts: Facts, text: object, on: dt.date | None = None) -> Facts:
    """The facts with an ID number read into them; unchanged for an empty one. Raises ``Refused``."""
    if text is None or text == "":
        return facts
    try:
        number = idcard.parse(text, today=on)
    except Invalid as error:
        raise refusal(error, "id_number") from error
    return replace(
        facts,
        id_number=number.number,
        id_kind=number.kind.value,
        id_from_15=number.converted_from_15,
        sex=number.sex if facts.sex == Sex.UNKNOWN.value else facts.sex,
        birth_on=facts.birth_on or number.birth_on,
    )


def refusal(error: Invalid, field: str) -> Refused:
    """An input refused by a pure standard, in the words of the reader's language."""
    return Refused(_(error.message) % error.params, field=field)


def _name(text: object) -> str:
    name = " ".join(unicodedata.normalize("NFKC", str(text or "")).split())
    if not name:
        raise Refused(_("Enter the name as it stands on the ID card."), field="name")
    if len(name) > LONGEST_NAME:
        raise Refused(_("A name has at most %(limit)s characters.") % {"limit": LONGEST_NAME}, field="name")
    if not name.isprintable():
        raise Refused(_("The name contains characters that cannot be printed. Type it again."), field="name")
    return name


def _phone(text: object) -> str:
    if text is None or text == "":
        return ""
    try:
        return phone.parse(text).number
    except Invalid as error:
        raise refusal(error, "phone") from error


def _text(value: object, limit: int, field: str) -> str:
    text = str(value or "").strip()
    if len(text) > limit:
        raise Refused(_("At most %(limit)s characters.") % {"limit": limit}, field=field)
    return text


def _area(value: object) -> str:
    code = str(value or "").strip()
    if code and areas.get(code) is None:
        raise Refused(_("“%(code)s” is no area code. Use 6 digits, or 9 for a town.") % {"code": code[:12]}, field="area_code")
    return code


# --- who is on file already, in whatever office -------------------------------------------------------------------------
def number_digests(number: str) -> list[bytes]:
    """The blind index of an ID number under every readable key, the active one first."""
    field = sealed_field(Person, "id_number")
    return blind_all(field.index_purpose, number)  # type: ignore[attr-defined]


def on_file(number: str) -> UUID | None:
    """The record of the person with this ID number, wherever it lies. Tells that she exists, nothing else; its callers
    leave a line in the trail."""
    return next(iter(on_file_many([number]).values()), None)


def on_file_many(numbers: Iterable[str]) -> dict[str, UUID]:
    """The same for many numbers in one query: number → record."""
    by_digest = {digest: number for number in numbers for digest in number_digests(number)}
    if not by_digest:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("select digest, id from registry_people_by_digest(%s::bytea[])", [list(by_digest)])
        return {by_digest[bytes(digest)]: pk for digest, pk in cursor.fetchall()}
