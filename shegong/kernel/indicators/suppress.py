"""Small cells: what may be shown to somebody who may see figures but not the rows behind them (rule 43, T18).

Cells of 1 to 4 rows are suppressed, and with them as many others as it takes that no sum or difference of shown figures gives
one away. Whatever can be asked is a sum over a place, a year and an *axis* (a set of dimensions, the month among them). For each
axis we decide, from the top of the tree down,

* which values of the axis are hidden everywhere: those that are small for the whole tree, with the next smallest, together ≥ 5;
* at which places the axis is closed: where a part is small, with the next smaller siblings, until the parts of the closed
  siblings together are nothing or ≥ 5. Below a closed place everything is closed.

A finer axis inherits every closure of the coarser axes it contains. So what is shown of an axis is a set of sums over blocks
(group of places × group of values) that each hold no row or at least five, and each finer axis' blocks are unions of no less
than the coarser ones': by induction over the axes no linear combination of shown figures is a cell that is not itself such a
union. ``tests/test_suppress.py`` attacks exactly this. Years are independent: a period is shown if each year in it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

LIMIT = 5
Place = tuple[int, ...]  # path of organisations from the top; a last 0 is what is an organisation's own
Values = tuple[str, ...]  # one value for each dimension of an axis, in the order of the axis
Vector = dict[Values, int]
Axis = tuple[str, ...]  # dimensions, sorted
Accepts = Mapping[str, Iterable[str]]


def small(count: int) -> bool:
    """Too few to show."""
    return 0 < count < LIMIT


@dataclass
class _Axis:
    """What was decided about one axis: values hidden everywhere, places where it is closed."""

    hidden: frozenset[Values] = frozenset()
    closed: set[Place] = field(default_factory=set)


class Veil:
    """Decides for one tree and one year. ``leaves``: rows by place (ending in 0) and values of ``dims``."""

    def __init__(self, dims: Axis, leaves: Mapping[Place, Vector]) -> None:
        self.dims = tuple(sorted(dims))
        self._order = [dims.index(d) for d in self.dims]
        self._leaves = {
            place: {tuple(values[i] for i in self._order): count for values, count in vector.items() if count}
            for place, vector in leaves.items()
        }
        self._axes: dict[Axis, _Axis] = {}

    def shows(self, place: Place, axis: Iterable[str], accepts: Accepts) -> bool:
        """Whether the sum of ``accepts`` (values by dimension of the axis; a dimension left out takes all) may be shown."""
        wanted = tuple(sorted(set(axis) | accepts.keys()))
        if set(wanted) - set(self.dims):
            return False
        found = self._decide(wanted)
        if place not in found.closed and any(place[:n] in found.closed for n in range(1, len(place))):
            return False
        if place in found.closed:
            return False
        taken = {d: set(v) for d, v in accepts.items()}
        inside = [all(v in taken.get(d, {v}) for d, v in zip(wanted, values, strict=True)) for values in found.hidden]
        return all(inside) or not any(inside)

    def _decide(self, axis: Axis) -> _Axis:
        if axis not in self._axes:
            coarser = [(c, self._decide(c)) for c in combinations(axis, len(axis) - 1)] if axis else []
            vectors, below = self._tree(axis)
            made = self._axes[axis] = _Axis()
            for top in [p for p in vectors if len(p) == 1]:
                made.hidden |= _hidden(axis, vectors[top], coarser)
            merged = {p: _merge(v, made.hidden) for p, v in vectors.items()}
            inherited = set().union(*(found.closed for _, found in coarser))
            for top in [p for p in vectors if len(p) == 1]:
                if top in inherited or any(map(small, merged[top].values())):
                    made.closed.add(top)
                else:
                    _close(top, merged, below, inherited, made.closed)
        return self._axes[axis]

    def _tree(self, axis: Axis) -> tuple[dict[Place, Vector], dict[Place, list[Place]]]:
        """Vectors of the axis at every place, and the places directly below each."""
        at = [self.dims.index(d) for d in axis]
        vectors: dict[Place, Vector] = defaultdict(lambda: defaultdict(int))
        below: dict[Place, set[Place]] = defaultdict(set)
        for leaf, vector in self._leaves.items():
            for depth in range(1, len(leaf) + 1):
                if depth > 1:
                    below[leaf[: depth - 1]].add(leaf[:depth])
                for values, count in vector.items():
                    vectors[leaf[:depth]][tuple(values[i] for i in at)] += count
        return dict(vectors), {p: sorted(c) for p, c in below.items()}


def _hidden(axis: Axis, top: Vector, coarser: list[tuple[Axis, _Axis]]) -> frozenset[Values]:
    """Values that nobody without the rows sees singly: small ones, those of hidden coarser values, and enough beside them."""
    found = {values for values, count in top.items() if small(count)}
    for fewer, decided in coarser:
        at = [axis.index(d) for d in fewer]
        found |= {values for values in top if tuple(values[i] for i in at) in decided.hidden}
    rest = sorted((count, values) for values, count in top.items() if values not in found)
    while found and rest and (len(found) < 2 or sum(top[v] for v in found) < LIMIT):
        found.add(rest.pop(0)[1])
    return frozenset(found)


def _merge(vector: Vector, hidden: frozenset[Values]) -> Vector:
    """The vector with the hidden values as one."""
    merged = {values: count for values, count in vector.items() if values not in hidden}
    together = sum(count for values, count in vector.items() if values in hidden)
    return {**merged, ("\0",): together} if together else merged


def _close(
    top: Place, vectors: dict[Place, Vector], below: dict[Place, list[Place]], inherited: set[Place], closed: set[Place]
) -> None:
    """Close places below an open one, from the top down."""
    todo = [top]
    while todo:
        parts = below.get(todo.pop(), [])
        shut = [p for p in parts if p in inherited or any(map(small, vectors[p].values()))]
        rest = sorted((p for p in parts if p not in shut), key=lambda p: (sum(vectors[p].values()), p))
        while shut and rest and (len(shut) < 2 or any(map(small, _sum(vectors[p] for p in shut).values()))):
            shut.append(rest.pop(0))
        closed.update(shut)
        todo.extend(rest)


def _sum(vectors: Iterable[Vector]) -> Vector:
    total: Vector = defaultdict(int)
    for vector in vectors:
        for values, count in vector.items():
            total[values] += count
    return total


