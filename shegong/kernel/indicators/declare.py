"""DECLARE: cubes (one query, its dimensions and measures) and the indicators read from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.apps import apps
from django.db.models import Aggregate, Count, Q
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

_CUBES: dict[str, Cube] = {}
_INDICATORS: dict[str, Indicator] = {}
_RATES: dict[str, Rate] = {}


@dataclass(frozen=True, eq=False)
class Dimension:
    """``source``: a column of the counted row, or an expression over its own columns: a change elsewhere would go unnoticed.
    ``choices``: value → label, in the order of printing."""

    code: str
    label: str | Promise
    source: str | Combinable
    choices: Mapping[str, str | Promise] | Callable[[], Mapping[str, str | Promise]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.source, str) and "__" in self.source:
            raise ValueError(f"dimension {self.code}: {self.source} lies outside the counted row")

    def labels(self) -> dict[str, str]:
        found = self.choices() if callable(self.choices) else self.choices
        return {k: str(v) for k, v in found.items()}


@dataclass(frozen=True, eq=False)
class Cube:
    """Rows of ``model`` (scoped) that fulfil ``where``, by organisation, month of ``date`` (a date column) and dimensions.

    ``measures``: name → aggregate over the rows (``Count("pk")``, ``Sum("amount_fen")``). Only additive ones: a count of
    distinct persons is not a sum of parts and is read live (``Indicator.live``).
    """

    code: str
    model: str
    date: str
    dims: tuple[Dimension, ...]
    measures: Mapping[str, Aggregate] = field(default_factory=lambda: {"count": Count("pk")})
    where: Q = field(default_factory=Q)
    together: tuple[tuple[str, ...], ...] = ()

    def axis_of(self, dims: Iterable[str]) -> tuple[str, ...] | None:
        """The group of dimensions that all of ``dims`` (at least one) belong to, or None."""
        wanted = set(dims)
        axes = [*self.together, *((d.code,) for d in self.dims)]
        return next((axis for axis in axes if wanted <= set(axis)), None)

    def rows(self) -> Any:
        """The counted rows; what a figure opens to is this very query with its dimensions filtered."""
        return apps.get_model(self.model)._default_manager.filter(self.where, **{f"{self.date}__isnull": False})

    def position(self, measure: str) -> int:
        """Place of a measure in ``Cell.values``, from 1 as PostgreSQL counts."""
        return list(self.measures).index(measure) + 1


@dataclass(frozen=True, eq=False)
class Indicator:
    """A figure people ask for. ``definition`` is what is shown beside it; ``unit`` never mixes (人, 件, 元 …).

    ``where``: dimension → accepted values. ``money``: the measure is in fen. ``persons``: small cells could point at somebody
    and are suppressed for who may not see the rows. ``ask_roles``: who may see the figure at all, ``list_roles``: who may open
    it to its rows (and therefore see it too). ``live``: takes the queryset of rows to an integer, for distinct counts and for
    what changes by the day alone; ``narrow`` leaves of those rows the ones it counts.
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
    ask_roles: frozenset[str] = frozenset()
    live: Callable[[Any], int] | None = None
    narrow: Callable[[Any], Any] | None = None

    @property
    def may_ask(self) -> frozenset[str]:
        return self.ask_roles | self.list_roles


@dataclass(frozen=True, eq=False)
class Rate:
    """A ratio of two indicators, from their raw counts and never from rounded parts. ``times``: 100 for a share in %."""

    code: str
    name: str | Promise
    definition: str | Promise
    unit: str | Promise
    top: str
    bottom: str
    times: int = 1


def cube(made: Cube) -> Cube:
    if made.code in _CUBES:
        raise ValueError(f"cube {made.code} is declared twice")
    _CUBES[made.code] = made
    return made


def indicator(made: Indicator) -> Indicator:
    over = _CUBES[made.cube]
    known = {d.code for d in over.dims}
    if made.code in _INDICATORS or set(made.where) - known or made.measure not in over.measures:
        raise ValueError(f"indicator {made.code}: declared twice, or dimensions or measure unknown to its cube")
    _INDICATORS[made.code] = made
    return made


def rate(made: Rate) -> Rate:
    if made.code in _RATES or {made.top, made.bottom} - _INDICATORS.keys():
        raise ValueError(f"rate {made.code}: declared twice, or its parts are not declared before it")
    _RATES[made.code] = made
    return made


def resolved(one: str | Indicator) -> Indicator:
    """The indicator itself, where only its code is given."""
    return indicator_of(one) if isinstance(one, str) else one


def narrowed(one: Indicator, where: Mapping[str, tuple[str, ...]]) -> Indicator:
    """The indicator with more filters, under a code of its own; what both accept of a dimension filtered twice."""
    if not where:
        return one
    merged = {**one.where, **{d: tuple(v for v in a if v in one.where.get(d, a)) for d, a in where.items()}}
    told = " ".join(f"{d}={','.join(a)}" for d, a in sorted(where.items()))
    return replace(one, code=f"{one.code} {told}", where=merged)


def rate_of(code: str) -> Rate:
    return _RATES[code]


def all_rates() -> dict[str, Rate]:
    return dict(_RATES)


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
