"""Licence numbers of lawyers: seventeen digits, of which we check the form.

1 (legal services), four digits of the place, four of the year of first admission, kind, sex, six of a running number: the
coding of the Ministry of Justice's practice certificates (司法部执业证号编码). There is no check digit, so a well-formed number
is not proof that it was issued.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import ClassVar

from shegong.lib import areas
from shegong.lib.errors import N_, Invalid

_FORM = re.compile(r"1(?P<province>\d{2})\d{2}(?P<year>(?:19|20)\d{2})[1-9][01]\d{6}")


class InvalidLicence(Invalid):
    """What is no licence number of a lawyer."""

    MESSAGES: ClassVar[Mapping[str, str]] = {
        "form": N_("A lawyer's licence number has 17 digits and begins with 1."),
        "province": N_("Digits 2 and 3 of the licence number name no province."),
    }


def parse(text: str) -> str:
    """The seventeen digits. Raises ``InvalidLicence``."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text or ""))
    found = _FORM.fullmatch(digits)
    if found is None:
        raise InvalidLicence("form")
    if not areas.is_province(found["province"]):
        raise InvalidLicence("province")
    return digits
