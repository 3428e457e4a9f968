"""What a register must add up to, to the fen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """Entries by form and by year, and what was recovered."""

    forms: Mapping[str, int]
    years: Mapping[int, int]
    recovered_fen: int

    @property
    def total(self) -> int:
        return sum(self.forms.values())


# golden G01–G04 of the domain notes: 382,574,316.85 yuan is not less than 382,570,000 and below 382,580,000
SONGJIANG = Shape(
    {"mediation": 18_666, "representation": 678, "consultation": 5_047, "drafting": 165},
    {2022: 5_421, 2023: 6_012, 2024: 6_398, 2025: 6_725},
    38_257_431_685,
)
# two years of one district
DISTRICT = Shape(
    {"mediation": 6_081, "representation": 221, "consultation": 1_644, "drafting": 54}, {2024: 3_902, 2025: 4_098}, 12_463_320_945
)
STATIONS = 18
