"""Administrative divisions: GB/T 2260 (province, city, county: 6 digits) and GB/T 10114 (town: 9 digits).

The table is the statistics bureau's code table of 30 June 2023 (PROVENANCE.md). It contains statistical areas such as development
zones and the grouping rows 市辖区, 县, 省直辖县级行政区划; towns of cities without districts hang directly under the city. A few
abolished county codes are kept readable in abolished.csv; it is not a complete history.
"""

import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE / "areas.csv.gz"
ABOLISHED = HERE / "abolished.csv"

#: Cities which exist only to hold counties in the five-storey table; nobody writes them in an address.
GROUPINGS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


class Level(StrEnum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"


@dataclass(frozen=True, slots=True)
class Area:
    """One division.

    code 6 digits, towns 9; parent "" for a province; valid_from None when before the table; valid_to None while in use;
    successor: the code that took over an abolished one, else "".
    """

    code: str
    name: str
    parent: str
    level: Level
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str = ""

    @property
    def is_grouping(self) -> bool:
        """A row of the statistical table that is no place of its own."""
        return self.level is Level.CITY and self.name in GROUPINGS

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def load(province: str = "44") -> tuple[Area, ...]:
    """Every current area of a province (two digits), the province first, ordered by code. Empty for an unknown province."""
    return _by_province().get(province, ())


def get(code: str) -> Area | None:
    """The area of a code, current or abolished; None when neither knows it."""
    return _by_code().get(code) or _abolished().get(code)


def children(code: str) -> tuple[Area, ...]:
    """Current areas directly under this one, ordered by code."""
    return _by_parent().get(code, ())


def path(code: str) -> tuple[Area, ...]:
    """The area and those above it, highest first, without grouping rows. Empty for an unknown code."""
    found: list[Area] = []
    area = get(code)
    while area is not None:
        if not area.is_grouping:
            found.append(area)
        area = get(area.parent) if area.parent else None
    return tuple(reversed(found))


def full_name(code: str) -> str:
    """As it stands in an address: 广东省东莞市东城街道. Empty for an unknown code."""
    return "".join(area.name for area in path(code))


def is_province(two_digits: str) -> bool:
    """Whether a province-level division has these first two digits."""
    return two_digits in PROVINCES


def is_known(six_digits: str) -> bool:
    """Whether a 6-digit code is in the current table or among the abolished ones kept here."""
    return six_digits in _six_digit_codes()


#: First two digits of GB/T 2260, kept here so that checking an ID number need not read the table.
_REGIONS = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
PROVINCES = frozenset(str(code) for first, last in _REGIONS for code in range(first, last + 1))


def _area(row: dict[str, str]) -> Area:
    return Area(
        code=row["code"],
        name=row["name"],
        parent=row["parent"],
        level=Level(row["level"]),
        valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        successor=row.get("successor", ""),
    )


def _read() -> Iterator[Area]:
    with gzip.open(TABLE, "rt", encoding="utf-8", newline="") as source:
        yield from map(_area, csv.DictReader(source))


@cache
def _by_code() -> dict[str, Area]:
    return {area.code: area for area in _read()}


@cache
def _abolished() -> dict[str, Area]:
    with ABOLISHED.open(encoding="utf-8", newline="") as source:
        return {row["code"]: _area(row) for row in csv.DictReader(source)}


@cache
def _by_province() -> dict[str, tuple[Area, ...]]:
    return _grouped(lambda area: area.code[:2])


@cache
def _by_parent() -> dict[str, tuple[Area, ...]]:
    return _grouped(lambda area: area.parent)


def _grouped(key: Callable[[Area], str]) -> dict[str, tuple[Area, ...]]:
    groups: dict[str, list[Area]] = {}
    for area in _by_code().values():
        groups.setdefault(key(area), []).append(area)
    return {name: tuple(group) for name, group in groups.items()}


@cache
def _six_digit_codes() -> frozenset[str]:
    return frozenset(code for code in (*_by_code(), *_abolished()) if len(code) == 6)
