"""Identity numbers: GB 11643-1999 (公民身份号码) and the cards which follow it.

An 18-character number is: area 6 (GB/T 2260 at first registration, perhaps long abolished), birth YYYYMMDD, sequence 3 (odd male,
even female), check character by ISO 7064 MOD 11-2. The same build, told apart by the first digits:

- 810000 / 820000 / 830000: residence permit of a Hong Kong, Macao or Taiwan resident (港澳台居民居住证);
- 9 + province 2 + nationality 3 (ISO 3166 numeric): permanent-residence card of a foreigner, 2023 edition;
- three letters + 12 digits: permanent-residence card of a foreigner, earlier editions (no public check rule: flagged,
  not verified).

Sex and birth read from a number are a suggestion for the form, not a fact about the person.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from shegong.lib import areas
from shegong.lib.errors import N_, Invalid

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
PERMITS = {"810000", "820000", "830000"}
OLDEST = 120  # years; older is a question to the clerk, not an error

_SEPARATORS = re.compile(r"[\s\-‐‑–—_]+")
_CURRENT = re.compile(r"\d{17}[\dX]")
_FIRST_GENERATION = re.compile(r"\d{15}")
_OLD_FOREIGN = re.compile(r"[A-Z]{3}\d{12}")
_LIKE_A_NUMBER = re.compile(r"\d+(\.\d+)?E\+?\d+|\d{15,18}\.0+", re.IGNORECASE)


class Kind(StrEnum):
    """Which document a number stands on."""

    RESIDENT = "resident"
    HK_MACAO_TAIWAN_PERMIT = "hk_macao_taiwan_permit"
    FOREIGN_PERMANENT = "foreign_permanent"
    FOREIGN_PERMANENT_OLD = "foreign_permanent_old"


class InvalidId(Invalid):
    """A text which is no identity number; the code names the rule it breaks."""

    MESSAGES: ClassVar[Mapping[str, str]] = {
        "number": N_(
            "The ID number arrived as a number, so its last digits are lost. Format the column as text and enter it again."
        ),
        "empty": N_("The ID number is empty. Enter the 18 characters printed on the card."),
        "length": N_("An ID number has 18 characters, this one has %(length)s. Compare it with the card."),
        "characters": N_("An ID number has 17 digits and a digit or X at the end; “%(found)s” does not belong there."),
        "checksum": N_("The check character does not fit: at least one character is wrong. Compare it with the card."),
        "birth_date": N_("The birth date inside the ID number, %(found)s, is not a date. Compare it with the card."),
        "birth_future": N_(
            "The birth date inside the ID number, %(found)s, lies in the future. Compare it with the card."
        ),
    }


@dataclass(frozen=True, slots=True)
class IdNumber:
    """An accepted number.

    number  canonical: 18 characters, capital X (15 for earlier foreign cards)
    sex     GB/T 2261.1: "1" male, "2" female, "0" not in the number
    area_code  six digits of the first registration; for foreign cards the province that received the application
    warnings   codes to show beside the field: area_unknown, area_not_listed, very_old, converted_from_15, ends_in_zeros,
               century_assumed, check_not_verified
    """

    number: str
    birth_on: date
    sex: str
    area_code: str
    kind: Kind
    converted_from_15: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def masked(self) -> str:
        return mask(self.number)


WARNINGS = {
    "area_unknown": N_("The area code in the ID number belongs to no province."),
    "area_not_listed": N_("The area code in the ID number is not in the current table; it may have been abolished."),
    "very_old": N_("By the ID number this person is older than 120 years."),
    "converted_from_15": N_("This was a 15-digit number of the first generation; it was converted to 18 characters."),
    "ends_in_zeros": N_("The ID number ends in 000: a spreadsheet may have cut it. Compare it with the card."),
    "century_assumed": N_("This card number holds the birth year with two digits only; the century is assumed."),
    "check_not_verified": N_("The check digit of this earlier foreign card cannot be verified."),
}


def checksum(first17: str) -> str:
    """The check character for seventeen digits (ISO 7064 MOD 11-2)."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True)) % 11]


def normalise(text: str) -> str:
    """Half-width, without blanks and hyphens, capital letters. Does not judge."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).strip("'`\ufeff\u200b").upper()


def parse(text: object, *, today: date | None = None) -> IdNumber:
    """Read an identity number as people write it.

    today: the business date, against which a birth may not lie in the future; by default the present date in China.
    Raises InvalidId. Anything but text is refused: a number has already lost digits (doubles hold 15 of the 18).
    """
    if isinstance(text, (int, float)):
        raise InvalidId("number")
    number = normalise(str(text or ""))
    if not number:
        raise InvalidId("empty")
    if _LIKE_A_NUMBER.fullmatch(number):
        raise InvalidId("number")
    today = today or datetime.now(ZoneInfo("Asia/Shanghai")).date()
    if _OLD_FOREIGN.fullmatch(number):
        return _old_foreign(number, today)
    converted = bool(_FIRST_GENERATION.fullmatch(number))
    if converted:
        number = convert_15(number)
    _check_form(number)
    return _read(number, today, converted)


def convert_15(number: str) -> str:
    """A first-generation number (before 1 October 1999) in 18 characters: the century 19 is put in, the check added."""
    longer = number[:6] + "19" + number[6:]
    return longer + checksum(longer)


def mask(number: str) -> str:
    """First four and last four characters, the rest starred: 3405**********001X."""
    return number[:4] + "*" * (len(number) - 8) + number[-4:] if len(number) > 8 else "*" * len(number)


def synthetic(*, birth_on: date, sex: str, sequence: int = 0, area: str = "999999") -> str:
    """A number of no living person, for demonstrations and tests: its area begins with 99, which no province has.

    sequence 0–499 tells apart people of one birth date, sex ("1" or "2") and area (990000–999999).
    """
    if not re.fullmatch(r"99\d{4}", area):
        raise ValueError(f"synthetic numbers use an area 990000-999999, not {area}")
    if not 0 <= sequence < 500 or sex not in {"1", "2"}:
        raise ValueError(f"sequence must be 0-499 and sex '1' or '2', not {sequence}, {sex!r}")
    code = sequence * 2 + 1 if sex == "1" else sequence * 2
    first17 = f"{area}{birth_on:%Y%m%d}{code:03d}"
    return first17 + checksum(first17)


def _check_form(number: str) -> None:
    """Length, characters and check, in the order in which a clerk can act on them."""
    stray = re.sub(r"[0-9X]", "", number) or ("X" if "X" in number[:-1] else "")
    if stray:
        raise InvalidId("characters", found=stray[:3])
    if len(number) != 18:
        raise InvalidId("length", length=len(number))
    if not _CURRENT.fullmatch(number):
        raise InvalidId("characters", found=number[-1])
    if checksum(number[:17]) != number[17]:
        raise InvalidId("checksum")


def _birth(digits: str, today: date) -> date:
    shown = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise InvalidId("birth_date", found=shown) from None
    if born > today:
        raise InvalidId("birth_future", found=shown)
    return born


def _read(number: str, today: date, converted: bool) -> IdNumber:
    born = _birth(number[6:14], today)
    kind = _kind(number)
    warnings = ["converted_from_15"] if converted else []
    warnings += _area_warning(number[:6], kind)
    if today.year - born.year > OLDEST:
        warnings.append("very_old")
    if number.endswith("000"):
        warnings.append("ends_in_zeros")
    return IdNumber(
        number=number,
        birth_on=born,
        sex="1" if int(number[16]) % 2 else "2",
        area_code=number[1:3] + "0000" if kind is Kind.FOREIGN_PERMANENT else number[:6],
        kind=kind,
        converted_from_15=converted,
        warnings=tuple(warnings),
    )


def _kind(number: str) -> Kind:
    if number[:6] in PERMITS:
        return Kind.HK_MACAO_TAIWAN_PERMIT
    if number[0] == "9" and areas.is_province(number[1:3]):
        return Kind.FOREIGN_PERMANENT
    return Kind.RESIDENT


def _area_warning(code: str, kind: Kind) -> list[str]:
    """Unknown areas warn and never refuse: many living people carry the code of a county long abolished."""
    if kind is not Kind.RESIDENT or areas.is_known(code):
        return []
    return ["area_not_listed"] if areas.is_province(code[:2]) else ["area_unknown"]


def _old_foreign(number: str, today: date) -> IdNumber:
    """Three letters of nationality, four digits of the receiving place, birth YYMMDD, one sequence and one check digit."""
    digits = number[7:13]
    century = 2000 if 2000 + int(digits[:2]) <= today.year else 1900
    born = _birth(f"{century + int(digits[:2])}{digits[2:]}", today)
    return IdNumber(
        number=number,
        birth_on=born,
        sex="0",
        area_code=number[3:7] + "00",
        kind=Kind.FOREIGN_PERMANENT_OLD,
        warnings=("century_assumed", "check_not_verified"),
    )
