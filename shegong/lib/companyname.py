"""Names of companies brought to one form, so that two writings of one company meet.

`plain` is what must be equal to be the same name; `core` is what is left without place and legal form ("某某电子" of
"广州市天河区某某电子有限公司"): equal cores are worth a look, not proof.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from shegong.lib import areas

_LEGAL = re.compile(
    r"(有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|集团公司|集团|总公司|分公司|公司|厂|商行|经营部|"
    r"个体工商户|普通合伙|特殊普通合伙|有限合伙)$"
)
_BRACKETS = re.compile(r"\(([^()]*)\)")
_NOISE = re.compile(r"[\s·•.,，。、\-—_'\"“”‘’]+")
_LEVELS = (areas.Level.PROVINCE, areas.Level.CITY, areas.Level.COUNTY)
SHORTEST_CORE = 3


def plain(name: str) -> str:
    """Full width, blanks, dots and kinds of brackets evened out; empty for an empty name."""
    evened = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name or "").lower())
    evened = unicodedata.normalize("NFKC", _NOISE.sub("", evened))
    return evened.replace("（", "(").replace("）", ")").replace("[", "(").replace("]", ")")


def core(name: str) -> str:
    """The name without place and legal form; the plain name where less than three characters would be left."""
    whole = plain(name)
    left = _BRACKETS.sub(lambda m: "" if _is_place(m[1]) or _LEGAL.search(m[1]) else m[1], whole)
    while found := _LEGAL.search(left):
        left = left[: found.start()]
    for _time in range(3):
        left = _without_place(left)
    return left if len(left) >= SHORTEST_CORE else whole


def _without_place(name: str) -> str:
    for length in range(min(len(name), 12), 1, -1):
        if name[:length] in _places():
            return name[length:]
    return name


def _is_place(text: str) -> bool:
    return text in _places() or text in ("中国", "china")


@cache
def _places() -> frozenset[str]:
    """Names of provinces, cities and counties, and those of the first two also without 省 and 市."""
    found = set()
    for area in (area for province in areas.PROVINCES for area in areas.load(province)):
        if area.level in _LEVELS and not area.is_grouping:
            found.add(plain(area.name))
            if area.level is not areas.Level.COUNTY:
                found.add(plain(re.sub(r"(省|市|自治区|特别行政区)$", "", area.name)))
    return frozenset(name for name in found if len(name) > 1)
