"""The Songjiang shape (golden G01–G04 of the domain notes): what the register must add up to, to the fen."""

from __future__ import annotations

FORMS = {"mediation": 18_666, "representation": 678, "consultation": 5_047, "drafting": 165}
TOTAL = 24_556
YEARS = {2022: 5_421, 2023: 6_012, 2024: 6_398, 2025: 6_725}
RECOVERED_FEN = 38_257_431_685  # 382,574,316.85 yuan: not less than 382,570,000 and below 382,580,000
STATIONS = 18
