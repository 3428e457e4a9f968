"""DECLARE: cubes (one query, its dimensions and measures) and the indicators read from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Aggregate, Count, Q
from django.db.models.expressions import BaseExpression
from django.utils.functional import Promise

_CUBES: dict[str, Cube] = {}
_INDICATORS: dict[str, Indicator] = {}


@dataclass(frozen=True)
class Dimension:
    """``source``: a field path or expression of the counted row. ``choices``: value → label, in the order of printing."""

    code: str
    label: str | Promise
    source: str | BaseExpression
    choices: Mapping[str, str | Promise] | Callable[[], Mapping[str, str | Promise]] = field(default_factory=dict)

    def labels(self) -> dict[str, str]:
        found = self.choices() if callable(self.choices) else self.choices
        return {k: str(v) for k, v in found.items()}


@dataclass(frozen=True)
class Cube:
    """Rows of ``model`` that fulfil ``where``, by organisation, month of ``date`` and dimensions.

    ``measures``: name → aggregate over the rows (``Count("pk")``, ``Sum("amount_fen")``). Only additive ones: a count of
    distinct persons is not a sum of parts and is read live (``Indicator.live``).
    """

    code: str
    model: str
    date: str
    dims: tuple[Dimension, ...]
    measures: Mapping[str, Aggregate] = field(default_factory=lambda: {"count": Count("pk")})
    where: Q = field(default_factory=Q)

    def rows(self) -> Any:
        """The counted rows; what a figure opens to is this very query with its dimensions filtered."""
        return apps.get_model(self.model)._default_manager.filter(self.where, **{f"{self.date}__isnull": False})

    def position(self, measure: str) -> int:
        """Place of a measure in ``Cell.values``, from 1 as PostgreSQL counts."""
        return list(self.measures).index(measure) + 1


@dataclass(frozen=True)
class Indicator:
    """A figure people ask for. ``definition`` is what is shown beside it; ``unit`` never mixes (人, 件, 元 …).

    ``where``: dimension → accepted values. ``persons``: small cells could point at somebody and are suppressed for who may
    not see the rows. ``list_roles``: who may open it to its rows. ``live``: distinct counts, (queryset) → int.
    """

    code: str
    name: str | Promise
    definition: str | Promise
    unit: str | Promise
    cube: str
    measure: str = "count"
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    money: bool = False
    persons: bool = False
    list_roles: frozenset[str] = frozenset()
    live: Callable[[Any], int] | None = None


def cube(made: Cube) -> Cube:
    if made.code in _CUBES:
        raise ValueError(f"cube {made.code} is declared twice")
    _CUBES[made.code] = made
    return made


def indicator(made: Indicator) -> Indicator:
    known = {d.code for d in _CUBES[made.cube].dims}
    if made.code in _INDICATORS or set(made.where) - known:
        raise ValueError(f"indicator {made.code}: declared twice, or dimensions unknown to its cube")
    _INDICATORS[made.code] = made
    return made


def cube_of(code: str) -> Cube:
    return _CUBES[code]


def indicator_of(code: str) -> Indicator:
    return _INDICATORS[code]


def all_cubes() -> dict[str, Cube]:
    return dict(_CUBES)


def all_indicators() -> dict[str, Indicator]:
    return dict(_INDICATORS)


def cubes_over(model_label: str) -> list[Cube]:
    return [c for c in _CUBES.values() if c.model.lower() == model_label.lower()]


def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)
