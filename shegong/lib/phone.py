"""Telephone numbers of the mainland as people write them: mobile, landline, service and short numbers.

A pattern says that a number can be dialled, never whose it is: mobile prefixes are not hard-coded, ownership is proven by a code
sent to the phone. A phone is an attribute of a person, never a key: hardship families and crews share one.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shegong.lib.errors import N_, Invalid

_MOBILE = re.compile(r"1[3-9]\d{9}")
_COUNTRY = re.compile(r"^(\+|00)86(?=\d{9})|^86(?=1[3-9]\d{9}$)")
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})([1-9]\d{6,7})")
_AREA_SHORT = re.compile(r"(010|02\d|0[3-9]\d{2})(12\d{3})")
_SERVICE = re.compile(r"[48]00\d{7}")
_SHORT = re.compile(r"1[12]\d|12\d{3}|100\d{2}|9[56]\d{3,4}|11\d{3}")
_EXTENSION = re.compile(r"(?:转|轉|分机|ext\.?|x|#|,)\s*(\d{1,6})$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"^(0\d{2,3}[- ]?\d{7,8})-(\d{1,6})$")
_SEVERAL = re.compile(r"\d{7,}\s*[/、;,，；或]\s*\+?\d{7,}")


class Kind(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"
    SERVICE = "service"
    SHORT = "short"


class InvalidPhone(Invalid):
    """A text which is no telephone number."""

    MESSAGES: ClassVar[Mapping[str, str]] = {
        "number": N_(
            "The phone number arrived as a number that has lost digits. Format the column as text and enter it again."
        ),
        "empty": N_("The phone number is empty."),
        "characters": N_("A phone number has digits only; “%(found)s” does not belong there."),
        "mobile_length": N_("A mobile number has 11 digits, this one has %(length)s."),
        "no_area_code": N_("A landline needs its area code, for example 0755-82345678."),
        "several": N_("There are several phone numbers here. Enter one in each field."),
        "unknown": N_("This is no mobile, landline or short number that can be dialled in the mainland."),
    }


@dataclass(frozen=True, slots=True)
class Phone:
    """number: canonical text: 13812341234, 0755-12345678, 0755-12345678-801, 010-12351, 400-123-4567, 12351."""

    number: str
    kind: Kind

    @property
    def masked(self) -> str:
        return mask(self.number)


def parse(text: object) -> Phone:
    """Read one phone number. Raises InvalidPhone.

    A spreadsheet's number is accepted when it is a whole mobile number (eleven digits survive in a double).
    """
    written = _written(text)
    if _SEVERAL.search(written):
        raise InvalidPhone("several")
    written, extension = _split_extension(written)
    dialled = re.sub(r"[\s\-().·_]+", "", written)
    digits = _COUNTRY.sub("", dialled)
    if digits != dialled and digits[0] != "0" and not _MOBILE.fullmatch(digits):
        digits = f"0{digits}"  # from abroad an area code is dialled without its 0
    stray = re.sub(r"\d", "", digits)
    if stray:
        raise InvalidPhone("characters", found=stray[:3])
    return _recognise(digits, extension)


def mask(number: str) -> str:
    """Hide what identifies the line: 138****1234, 0755-****5678 (without the extension, which names a desk).

    Short and service numbers belong to no person and stay.
    """
    if _MOBILE.fullmatch(number):
        return f"{number[:3]}****{number[-4:]}"
    landline = re.fullmatch(r"(0\d{2,3})-(\d{3,4})(\d{4})(-\d+)?", number)
    if landline:
        return f"{landline[1]}-{'*' * len(landline[2])}{landline[3]}"
    return number if len(number) <= 6 or number[:1] in "48" or "-12" in number else "*" * len(number)


def _written(text: object) -> str:
    if isinstance(text, bool):
        raise InvalidPhone("number")
    if isinstance(text, (int, float)):
        if not math.isfinite(text) or int(text) != text or not _MOBILE.fullmatch(str(int(text))):
            raise InvalidPhone("number")
        text = int(text)
    written = unicodedata.normalize("NFKC", str(text if text is not None else "")).strip().strip("'`\ufeff\u200b")
    if re.fullmatch(r"\d\.\d+E\+?\d+", written, re.IGNORECASE):
        raise InvalidPhone("number")
    written = re.sub(r"^(1\d{10})\.0$", r"\1", written)
    if not written:
        raise InvalidPhone("empty")
    return re.sub(r"[‐‑–—]", "-", written)


def _split_extension(written: str) -> tuple[str, str]:
    found = _EXTENSION.search(written)
    if found:
        return written[: found.start()], found[1]
    dashed = _DASHED_EXTENSION.match(written)
    return (dashed[1], dashed[2]) if dashed else (written, "")


def _recognise(digits: str, extension: str) -> Phone:
    tail = f"-{extension}" if extension else ""
    if _MOBILE.fullmatch(digits) and not extension:
        return Phone(digits, Kind.MOBILE)
    if found := _LANDLINE.fullmatch(digits):
        return Phone(f"{found[1]}-{found[2]}{tail}", Kind.LANDLINE)
    if found := _AREA_SHORT.fullmatch(digits):
        return Phone(f"{found[1]}-{found[2]}", Kind.SHORT)
    if _SERVICE.fullmatch(digits):
        return Phone(f"{digits[:3]}-{digits[3:6]}-{digits[6:]}{tail}", Kind.SERVICE)
    if _SHORT.fullmatch(digits):
        return Phone(digits, Kind.SHORT)
    raise _why_not(digits)


def _why_not(digits: str) -> InvalidPhone:
    if re.fullmatch(r"[2-8]\d{6,7}", digits):
        return InvalidPhone("no_area_code")
    if re.match(r"1[3-9]", digits):
        return InvalidPhone("mobile_length", length=len(digits))
    return InvalidPhone("unknown")
