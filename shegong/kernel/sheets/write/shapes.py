"""A column's values as they leave: labels for codes, yuan or 10,000 yuan for fen. Pure Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..declare import Column, Type
from ..words import translate


def plain_value(column: Column) -> Callable[[Any], Any]:
    """Turns a column's value into what leaves: text, or an exact number as text for numeric columns."""
    if column.type is Type.CHOICE:
        labels = {choice.code: str(choice.label) for choice in column.choices}
        return lambda value: labels.get(value, str(value))
    if column.type is Type.YES_NO:
        yes, no = translate("yes"), translate("no")
        return lambda value: yes if value else no
    if column.type is Type.MONTH:
        return lambda value: value.strftime("%Y-%m") if isinstance(value, dt.date) else str(value)
    if column.type is Type.MONEY:
        return _wan if column.unit == "wan" else _yuan
    return str


def _yuan(fen: int) -> str:
    sign, amount = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{amount // 100}.{amount % 100:02d}"


def _wan(fen: int) -> str:
    text = format(Decimal(fen).scaleb(-6), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
