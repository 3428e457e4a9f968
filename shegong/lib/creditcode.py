"""Unified social credit codes: GB 32100-2015, with the organisation body code of GB 11714 inside.

Registering authority 1, class 1, area 6 (GB/T 2260), body code 9 (8 characters and its own check), check character 1; 31
characters are in use (no I, O, S, V, Z). An employer and its trade union hold two different codes: unions begin with 8.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from shegong.lib import areas
from shegong.lib.errors import N_, Invalid

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_SEPARATORS = re.compile(r"[\s\-‐‑–—_]+")

#: Registering authority and class, with the Chinese name of GB 32100 annex A.
CLASSES = {
    "11": "机关", "12": "事业单位", "13": "中央编办直接管理机构编制的群众团体", "19": "机构编制其他",
    "21": "外国常驻新闻机构", "29": "外交其他",
    "31": "律师执业机构", "32": "公证处", "33": "基层法律服务所", "34": "司法鉴定机构", "35": "仲裁委员会", "39": "司法行政其他",
    "41": "外国在华文化中心", "49": "文化其他",
    "51": "社会团体", "52": "民办非企业单位", "53": "基金会", "59": "民政其他",
    "61": "外国旅游部门常驻代表机构", "62": "港澳台地区旅游部门常驻内地（大陆）代表机构", "69": "旅游其他",
    "71": "宗教活动场所", "72": "宗教院校", "79": "宗教其他",
    "81": "基层工会", "89": "工会其他",
    "91": "企业", "92": "个体工商户", "93": "农民专业合作社",
    "A1": "军队事业单位", "A9": "军队其他",
    "N1": "组级集体经济组织", "N2": "村级集体经济组织", "N3": "乡镇级集体经济组织", "N9": "农业其他",
    "Y1": "其他",
}  # fmt: skip

WARNINGS = {
    "class_unknown": N_("No authority registers organisations under the first two characters of this credit code."),
    "area_unknown": N_("The area code in this credit code belongs to no province."),
}


class InvalidCode(Invalid):
    """A text which is no unified social credit code."""

    MESSAGES: ClassVar[Mapping[str, str]] = {
        "number": N_(
            "The credit code arrived as a number, so its last digits are lost. Format the column as text and enter it again."
        ),
        "empty": N_("The credit code is empty. Enter the 18 characters of the certificate."),
        "length": N_("A credit code has 18 characters, this one has %(length)s. Compare it with the certificate."),
        "characters": N_(
            "A credit code has digits and capital letters without I, O, S, V and Z; “%(found)s” does not belong there."
        ),
        "area": N_("Characters 3 to 8 of a credit code are digits of an area code; “%(found)s” is not."),
        "checksum": N_("The check character of the credit code does not fit: compare it with the certificate."),
        "body_checksum": N_(
            "The organisation code inside the credit code fails its own check: compare it with the certificate."
        ),
    }


@dataclass(frozen=True, slots=True)
class CreditCode:
    """An accepted code and its parts; `warnings` holds keys of WARNINGS."""

    code: str
    authority: str
    class_code: str
    area_code: str
    body: str
    warnings: tuple[str, ...] = ()

    @property
    def class_name(self) -> str:
        """Chinese name of authority and class, empty when unknown."""
        return CLASSES.get(self.authority + self.class_code, "")

    @property
    def is_union(self) -> bool:
        """Registered by a trade-union authority: 81 base-level union, 89 other union."""
        return self.authority == "8"

    @property
    def is_base_union(self) -> bool:
        return self.authority + self.class_code == "81"

    @property
    def is_law_firm(self) -> bool:
        return self.authority + self.class_code == "31"


def checksum(first17: str) -> str:
    """Check character of GB 32100 for the first seventeen."""
    total = sum(_VALUES[character] * weight for character, weight in zip(first17, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def body_checksum(first8: str) -> str:
    """Check character of GB 11714 for the eight characters of an organisation body (letters count 10 to 35)."""
    total = sum(int(character, 36) * weight for character, weight in zip(first8, BODY_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def normalise(text: str) -> str:
    """Half-width, without blanks and hyphens, capital letters. Does not judge; also for codes stored under an override."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).strip("'`\ufeff\u200b").upper()


def parse(text: object) -> CreditCode:
    """Read a unified social credit code. Raises InvalidCode.

    Some codes in public use fail their check character. They are refused here with code "checksum"; a form may accept one by a
    documented override, storing `normalise(text)` and the reason.
    """
    if isinstance(text, (int, float)):
        raise InvalidCode("number")
    code = normalise(str(text or ""))
    if not code:
        raise InvalidCode("empty")
    if re.fullmatch(r"\d+(\.\d+)?E\+\d+", code):
        raise InvalidCode("number")
    _check(code)
    known_class = code[:2] in CLASSES
    known_area = code[2:8] == "100000" or areas.is_province(code[2:4])
    flags = (("class_unknown", known_class), ("area_unknown", known_area))
    return CreditCode(
        code=code,
        authority=code[0],
        class_code=code[1],
        area_code=code[2:8],
        body=code[8:17],
        warnings=tuple(name for name, known in flags if not known),
    )


def synthetic(serial: int, *, prefix: str = "91", area: str = "990000") -> str:
    """A code of no real organisation: its area begins with 99, which no province has.

    prefix: authority and class, a key of CLASSES; serial 0–99,999,999 becomes the body.
    """
    if prefix not in CLASSES or not re.fullmatch(r"99\d{4}", area) or not 0 <= serial < 10**8:
        raise ValueError(f"no synthetic credit code for {prefix!r}, {area!r}, {serial}")
    return _complete(prefix + area, f"{serial:08d}")


def _complete(head: str, body8: str) -> str:
    first17 = head + body8 + body_checksum(body8)
    return first17 + checksum(first17)


def _check(code: str) -> None:
    stray = "".join(character for character in code if character not in _VALUES)
    if stray:
        raise InvalidCode("characters", found=stray[:3])
    if len(code) != 18:
        raise InvalidCode("length", length=len(code))
    if not code[2:8].isdigit():
        raise InvalidCode("area", found=code[2:8])
    if checksum(code[:17]) != code[17]:
        raise InvalidCode("checksum")
    if body_checksum(code[8:16]) != code[16]:
        raise InvalidCode("body_checksum")
