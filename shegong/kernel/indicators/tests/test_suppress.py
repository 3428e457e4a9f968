"""An attacker with pencil and paper: sums, differences and any other linear combination of everything shown to her."""

from __future__ import annotations

from itertools import combinations, product

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shegong.kernel.indicators.suppress import Veil, small

PRIME = 2_147_483_629
DIMS = ("form", "month")


def queries(leaves, dims):
    """Everything that can be asked: (place, axis, accepted values) → the atoms it sums."""
    places = {leaf[:n] for leaf in leaves for n in range(1, len(leaf) + 1)}
    values = [sorted({v[i] for vector in leaves.values() for v in vector}) for i in range(len(dims))]
    for place in sorted(places):
        for size in range(len(dims) + 1):
            for axis in combinations(range(len(dims)), size):
                picks = [[c for n in (1, 2) for c in combinations(values[i], n)] for i in axis]
                for pick in product(*picks):
                    accepts = {dims[i]: p for i, p in zip(axis, pick)}
                    yield place, accepts


def atoms_of(leaves, dims, place, accepts):
    return [
        (leaf, values)
        for leaf, vector in leaves.items()
        if leaf[: len(place)] == place
        for values in vector
        if all(values[dims.index(d)] in taken for d, taken in accepts.items())
    ]


class Attacker:
    """Keeps the span of what she was shown; a shown nothing tells her that every atom in it is nothing."""

    def __init__(self, atoms):
        self.at = {atom: i for i, atom in enumerate(atoms)}
        self.rows = {}  # pivot → row

    def reduce(self, row):
        row = dict(row)
        for pivot in sorted(self.rows):
            factor = row.get(pivot, 0)
            if factor:
                for column, value in self.rows[pivot].items():
                    row[column] = (row.get(column, 0) - factor * value) % PRIME
        return {c: v for c, v in row.items() if v}

    def learn(self, atoms):
        row = self.reduce({self.at[a]: 1 for a in atoms})
        if row:
            pivot = min(row)
            inverse = pow(row[pivot], -1, PRIME)
            row = {c: v * inverse % PRIME for c, v in row.items()}
            for other, kept in self.rows.items():
                factor = kept.get(pivot, 0)
                if factor:
                    self.rows[other] = {
                        c: w for c in {*kept, *row} if (w := (kept.get(c, 0) - factor * row.get(c, 0)) % PRIME)
                    }
            self.rows[pivot] = row

    def knows(self, atoms):
        return not self.reduce({self.at[a]: 1 for a in atoms})


def veils(leaves, dims=DIMS):
    """One veil an axis: the month is one, all other dimensions another."""
    axes = [tuple(d for d in dims if d != "month"), ("month",)]
    made = {}
    for axis in axes:
        at = [dims.index(d) for d in axis]
        cut = {}
        for place, vector in leaves.items():
            here = cut.setdefault(place, {})
            for values, count in vector.items():
                key = tuple(values[i] for i in at)
                here[key] = here.get(key, 0) + count
        made[axis] = Veil(axis, cut)
    return made


def is_shown(made, place, accepts):
    if not accepts:
        return all(v.shows_total(place) for v in made.values())
    for axis, veil in made.items():
        if accepts.keys() <= set(axis):
            return veil.shows(place, accepts)
    return False


def leaks(leaves, dims=DIMS, shows=is_shown):
    """Small cells that follow from what is shown."""
    made = veils(leaves, dims)
    asked = [(p, a, atoms_of(leaves, dims, p, a)) for p, a in queries(leaves, dims)]
    shown = [atoms for place, accepts, atoms in asked if shows(made, place, accepts)]

    def count(atoms):
        return sum(leaves[leaf][values] for leaf, values in atoms)

    nothing = {a for atoms in shown if not count(atoms) for a in atoms}
    attacker = Attacker([(leaf, values) for leaf, vector in leaves.items() for values in vector])
    for atoms in shown:
        attacker.learn([a for a in atoms if a not in nothing])
    found = []
    for place, accepts, atoms in asked:
        left = [a for a in atoms if a not in nothing]
        if small(count(atoms)) and left and attacker.knows(left):
            found.append((place, accepts, count(atoms)))
    return found, len(shown), len(asked)


PLACES = [(1, 0), (1, 2, 0), (1, 2, 3, 0), (1, 2, 4, 0), (1, 2, 5, 0), (1, 6, 0), (1, 6, 7, 0), (1, 6, 8, 0), (1, 9, 0)]
COUNT = st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 30, 200])
VALUES = list(product(("a", "b", "c"), ("1", "2")))


@settings(
    max_examples=200,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(st.lists(COUNT, min_size=6, max_size=6), min_size=len(PLACES), max_size=len(PLACES)))
def test_no_small_cell_follows_from_anything_shown(counts):
    leaves = {place: dict(zip(VALUES, row, strict=True)) for place, row in zip(PLACES, counts, strict=True)}
    assert not leaks(leaves)[0]


@settings(max_examples=80, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(st.lists(st.sampled_from([0, 1, 3, 5, 8, 40]), min_size=8, max_size=8), min_size=5, max_size=5))
def test_three_dimensions(counts):
    values = list(product("ab", "xy", "12"))
    leaves = {place: dict(zip(values, row, strict=True)) for place, row in zip(PLACES[:5], counts, strict=True)}
    assert not leaks(leaves, ("form", "group", "month"))[0]


def test_parent_minus_children():
    leaves = {(1, 2, 0): {("a",): 3}, (1, 3, 0): {("a",): 9}, (1, 4, 0): {("a",): 40}}
    veil = Veil(("form",), leaves)
    assert veil.shows_total((1,))
    assert not veil.shows_total((1, 2))
    assert not veil.shows_total((1, 3)), "the next smallest is hidden too, or the parent gives it away"
    assert veil.shows_total((1, 4))
    assert veil.shows((1, 4), {"form": ("a",)})


def test_where_nothing_is_small_everything_shows():
    leaves = {(1, p, 0): {(form, month): 6 for form in "abc" for month in "12"} for p in (2, 3, 4)}
    made = veils(leaves)
    for place, accepts in queries(leaves, DIMS):
        assert is_shown(made, place, accepts) == (len(accepts) < 2)


def test_without_complementary_suppression_the_attacker_wins():
    """The tests above can fail: hide only what is small, and the rest gives it away."""
    leaves = {(1, 2, 0): {("a", "1"): 3}, (1, 3, 0): {("a", "1"): 9}, (1, 4, 0): {("a", "1"): 40}}

    def naive(_made, place, accepts):
        return not small(sum(leaves[p][v] for p, v in atoms_of(leaves, DIMS, place, accepts)))

    assert leaks(leaves, shows=naive)[0]
    assert not leaks(leaves)[0]
