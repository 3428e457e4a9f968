"""What was typed about a person, checked and in canonical form: the same for one form, one API call and 100,000 rows."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.reach import today
from shegong.kernel.vault.fields import blind, blind_all, sealed_field
from shegong.kernel.vault.keyring import INDEX, keyring
from shegong.lib import areas, idcard, phone
from shegong.lib.errors import Invalid

from ..models import NewForm, Person, Sex

LONGEST_NAME = 40
# The usual forms, which need no second look; everything else takes the long way through ``shegong.lib``.
_RESIDENT = re.compile(r"(?:[1-8][0-9]|99)[0-9]{15}[0-9X]", re.ASCII)
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
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
    """Read an ID number into the facts; they are unchanged for an empty one. Raises ``Refused``."""
    if text is None or text == "":
        return facts
    try:
        number = _usual_number(text, on or today()) or idcard.parse(text, today=on)
    except Invalid as error:
        raise refusal(error, "id_number") from error
    facts.id_number, facts.id_kind, facts.id_from_15 = number.number, number.kind.value, number.converted_from_15
    if facts.sex == Sex.UNKNOWN.value:
        facts.sex = number.sex
    facts.birth_on = facts.birth_on or number.birth_on
    return facts


def _usual_number(text: object, on: dt.date) -> idcard.IdNumber | None:
    """A resident's number in canonical form, by the same rules as ``idcard.parse`` but for its warnings; else None."""
    if not isinstance(text, str) or not _RESIDENT.fullmatch(text) or text[:6] in idcard.PERMITS:
        return None
    born = _birth(text[6:14])
    d = text.encode()
    total = (
        7 * d[0] + 9 * d[1] + 10 * d[2] + 5 * d[3] + 8 * d[4] + 4 * d[5] + 2 * d[6] + d[7] + 6 * d[8] + 3 * d[9] + 7 * d[10]
        + 9 * d[11] + 10 * d[12] + 5 * d[13] + 8 * d[14] + 4 * d[15] + 2 * d[16] - 4800
    )  # fmt: skip
    if born is None or born > on or idcard.CHECKS[total % 11] != text[17]:
        return None
    return idcard.IdNumber(text, born, "1" if d[16] % 2 else "2", text[:6], idcard.Kind.RESIDENT)


@lru_cache(maxsize=50_000)
def _birth(digits: str) -> dt.date | None:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def refusal(error: Invalid, field: str) -> Refused:
    """An input refused by a pure standard, in the words of the reader's language."""
    return Refused(_(error.message) % error.params, field=field)


def _name(text: object) -> str:
    if (
        isinstance(text, str)
        and text.isalpha()
        and len(text) <= LONGEST_NAME
        and unicodedata.is_normalized("NFKC", text)
    ):
        return text
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
    if isinstance(text, str) and _MOBILE.fullmatch(text):
        return text
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
        raise Refused(
            _("“%(code)s” is no area code. Use 6 digits, or 9 for a town.") % {"code": code[:12]}, field="area_code"
        )
    return code


# --- who is on file already, in whatever office -------------------------------------------------------------------------
def digests_of(numbers: Iterable[str]) -> dict[str, list[bytes]]:
    """The blind index of each ID number under every readable key, the active one first."""
    purpose = sealed_field(Person, "id_number").index_purpose  # type: ignore[attr-defined]
    if len(keyring().mac_keys(INDEX)) == 1:
        return {number: [blind(purpose, number)] for number in numbers}
    return {number: blind_all(purpose, number) for number in numbers}


def on_file(number: str) -> UUID | None:
    """The record of the person with this ID number, wherever it lies. Tells that she exists, nothing else; its callers
    leave a line in the trail."""
    return on_file_many(digests_of([number])).get(number)


def on_file_many(digests: Mapping[str, list[bytes]]) -> dict[str, UUID]:
    """The same for many numbers (with their digests) in one query: number → record."""
    by_digest = {digest: number for number, known in digests.items() for digest in known}
    if not by_digest:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("select digest, id from registry_people_by_digest(%s::bytea[])", [list(by_digest)])
        return {by_digest[bytes(digest)]: pk for digest, pk in cursor.fetchall()}
