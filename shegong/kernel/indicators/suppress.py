"""Small cells: what may be shown to somebody who may see figures but not the rows behind them (rule 43, T18).

Cells of 1 to 4 rows are suppressed, and with them as many others as it takes that no sum or difference of shown figures gives
one away. Such a person asks for a place, a year and at most one *axis*: the month, or one group of dimensions of the cube
(``Cube.together``). Two axes crossed are not shown at all, for the margins of crossed tables give away what they hide.

For the total, and for each axis, we decide from the top of the tree down

* which values are hidden everywhere: those small for the whole tree and the next smallest, at least two and together ≥ 5;
* which places are closed: those with a small part, and the next smaller of their siblings, until there are two and the parts
  of the closed siblings together are nothing or ≥ 5. Below a closed place everything is closed.

An axis inherits the closures of the total. What is shown of an axis is then made of sums over blocks (group of places × group of
values) that hold no row or at least five, and the blocks of an axis are unions of those of the total; so no linear combination
of shown figures is smaller than a block. ``tests/test_suppress.py`` attacks exactly this. Years are independent of each other: a
period is shown if each of its years is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

LIMIT = 5
Place = tuple[int, ...]  # path of organisations from the top; a last 0 is what is an organisation's own
Values = tuple[str, ...]  # one value for each dimension of the axis
Vector = dict[Values, int]


def small(count: int) -> bool:
    """Too few to show."""
    return 0 < count < LIMIT


class Veil:
    """Decides for one tree, one year and one axis. ``leaves``: rows by place (ending in 0) and values of the axis."""

    def __init__(self, dims: tuple[str, ...], leaves: Mapping[Place, Mapping[Values, int]]) -> None:
        self.dims = dims
        vectors, self._below = _tree(leaves)
        top = next((p for p in vectors if len(p) == 1), None)
        totals = {p: _merge(v, frozenset(v)) for p, v in vectors.items()}
        self.closed_totals = self._close(top, totals, set())
        self.hidden = _hidden(vectors[top]) if top else frozenset()
        self.closed = self._close(top, {p: _merge(v, self.hidden) for p, v in vectors.items()}, self.closed_totals)

    def shows_total(self, place: Place) -> bool:
        """Whether all rows of the place together may be shown."""
        return _open(place, self.closed_totals)

    def shows(self, place: Place, accepts: Mapping[str, Iterable[str]]) -> bool:
        """Whether the rows of the place with these values may be shown; a dimension left out takes every value."""
        taken = [set(accepts[d]) if d in accepts else None for d in self.dims]
        inside = [all(t is None or v in t for t, v in zip(taken, values, strict=True)) for values in self.hidden]
        return _open(place, self.closed) and (all(inside) or not any(inside))

    def _close(self, top: Place | None, vectors: Mapping[Place, Vector], inherited: set[Place]) -> set[Place]:
        if top is None:
            return set()
        if top in inherited or _unsafe(vectors[top]):
            return {top}
        closed: set[Place] = set()
        todo = [top]
        while todo:
            parts = self._below.get(todo.pop(), [])
            shut = [p for p in parts if p in inherited or _unsafe(vectors[p])]
            rest = sorted(
                (p for p in parts if p not in shut and vectors[p]), key=lambda p: (sum(vectors[p].values()), p)
            )
            while shut and rest and (len(shut) < 2 or _unsafe(_sum(vectors[p] for p in shut))):
                shut.append(rest.pop(0))
            closed.update(shut)
            todo.extend(rest)
        return closed


def _open(place: Place, closed: set[Place]) -> bool:
    return not any(place[:n] in closed for n in range(1, len(place) + 1))


def _unsafe(vector: Vector) -> bool:
    return any(map(small, vector.values()))


def _tree(leaves: Mapping[Place, Mapping[Values, int]]) -> tuple[dict[Place, Vector], dict[Place, list[Place]]]:
    """Vectors at every place, without nothing in them, and the places directly below each."""
    vectors: dict[Place, Vector] = {}
    below: dict[Place, set[Place]] = defaultdict(set)
    for leaf, vector in leaves.items():
        for depth in range(1, len(leaf) + 1):
            if depth > 1:
                below[leaf[: depth - 1]].add(leaf[:depth])
            here = vectors.setdefault(leaf[:depth], {})
            for values, count in vector.items():
                if count:
                    here[values] = here.get(values, 0) + count
    return vectors, {p: sorted(c) for p, c in below.items()}


def _hidden(top: Vector) -> frozenset[Values]:
    """Values that nobody without the rows sees singly: small ones, and enough beside them."""
    found = {values for values, count in top.items() if small(count)}
    rest = sorted((count, values) for values, count in top.items() if values not in found)
    while found and rest and (len(found) < 2 or sum(top[v] for v in found) < LIMIT):
        found.add(rest.pop(0)[1])
    return frozenset(found)


def _merge(vector: Vector, hidden: frozenset[Values]) -> Vector:
    """The vector with the hidden values as one."""
    merged = {values: count for values, count in vector.items() if values not in hidden}
    together = sum(count for values, count in vector.items() if values in hidden)
    return {**merged, ("\0",): together} if together else merged


def _sum(vectors: Iterable[Vector]) -> Vector:
    total: Vector = defaultdict(int)
    for vector in vectors:
        for values, count in vector.items():
            total[values] += count
    return total
