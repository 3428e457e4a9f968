"""People of no life: valid numbers with an area that no province has."""

from __future__ import annotations

import datetime as dt

from shegong.lib import idcard

BORN = dt.date(1988, 5, 6)


def number(sequence: int = 0, born: dt.date = BORN, sex: str = "1") -> str:
    """The n-th number of that birthday."""
    return idcard.synthetic(birth_on=born, sex=sex, sequence=sequence % 500, area=f"99{sequence // 500:04d}")


def spoiled(text: str) -> str:
    """The same number or code with a check character that does not fit."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")
