"""A fair month: every hard rule kept, nothing open that could be filled, and no roster better by the stated aims."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shegong.lib import roster
from shegong.lib.roster import Duty, Limits, Person, Problem, Shift

MONTH = dt.date(2026, 6, 1)
DAYS = [MONTH + dt.timedelta(n) for n in range(10)]
PLACES = ("A", "B")


def keeps(problem: Problem, duties: tuple[Duty, ...]) -> bool:
    """Whether every hard rule is kept, duty by duty."""
    people = {p.code: p for p in problem.people}
    needed = Counter({(s.place, s.day): s.needed for s in problem.shifts})
    for duty in duties:
        others = {d.day: d.place for d in duties if d.person == duty.person and d != duty}
        held = {**people[duty.person].held, **others}
        if roster.why_not(people[duty.person], duty.place, duty.day, held, problem.limits):
            return False
    taken = Counter((d.place, d.day) for d in duties)
    return len(set(duties)) == len(duties) and all(taken[key] <= needed[key] for key in taken)


def every(problem: Problem):
    """Every roster of a small problem."""
    seats = [(s.place, s.day) for s in problem.shifts for _n in range(s.needed)]
    for who in product([None, *(p.code for p in problem.people)], repeat=len(seats)):
        duties = tuple(Duty(p, place, day) for p, (place, day) in zip(who, seats, strict=True) if p is not None)
        if keeps(problem, duties):
            yield duties


def aims(score: roster.Score):
    return score.unfilled, score.squares, score.wishes, score.far


@st.composite
def problems(draw, days=3, people=3):
    shifts = tuple(
        Shift(place, day, 1) for day in DAYS[:days] for place in PLACES if draw(st.booleans())
    )[:5]  # fmt: skip
    persons = []
    for n in range(draw(st.integers(1, people))):
        barred = {(day, ""): "leave" for day in DAYS[:days] if draw(st.integers(0, 4)) == 0}
        wishes = {(day, ""): 1 for day in DAYS[:days] if draw(st.integers(0, 3)) == 0}
        far = {place: draw(st.integers(0, 3)) for place in PLACES}
        weight, past = draw(st.integers(1, 3)), draw(st.integers(0, 3))
        persons.append(Person(f"p{n}", weight=weight, past=past, barred=barred, wishes=wishes, far=far))
    return Problem(MONTH, shifts, tuple(persons), Limits(draw(st.integers(1, 3)), draw(st.integers(1, 4))))


@given(problems())
@settings(max_examples=60, deadline=None)
def test_no_roster_of_a_small_month_is_better(problem):
    found = roster.solve(problem)
    assert found.proven and keeps(problem, found.duties)
    best = min(aims(roster.judge(problem, duties)) for duties in every(problem))
    assert aims(found.score) == best
    assert roster.solve(problem) == found  # the same problem, the same answer


@given(problems(days=10, people=6))
@settings(max_examples=60, deadline=None)
def test_every_open_place_is_explained_for_everybody(problem):
    found = roster.solve(problem)
    assert keeps(problem, found.duties)
    open_ = sum(s.needed for s in problem.shifts) - len(found.duties)
    assert sum(gap.missing for gap in found.gaps) == open_ == found.score.unfilled
    for gap in found.gaps:
        named = [code for codes in gap.because.values() for code in codes]
        stands = [d.person for d in found.duties if (d.place, d.day) == (gap.place, gap.day)]
        assert sorted(named + stands) == sorted(p.code for p in problem.people)


def test_leave_is_named_and_who_stood_more_before_stands_less_now():
    shifts = tuple(Shift("A", day) for day in DAYS[:4])
    away = Person("away", barred={(day, ""): "leave" for day in DAYS[:4]})
    found = roster.solve(Problem(MONTH, shifts, (Person("busy", past=4), Person("fresh"), away), Limits(7, 31)))
    assert Counter(d.person for d in found.duties) == {"fresh": 4}
    alone = roster.solve(Problem(MONTH, shifts[:1], (away,)))
    assert alone.gaps[0].because == {"leave": ("away",)} and alone.score.unfilled == 1


def test_a_wish_gives_way_to_an_even_load_and_is_named():
    shifts = tuple(Shift("A", day) for day in DAYS[:2])
    wish = {(day, ""): 1 for day in DAYS[:2]}
    found = roster.solve(Problem(MONTH, shifts, (Person("a", wishes=wish), Person("b")), Limits(7, 31)))
    assert Counter(d.person for d in found.duties) == {"a": 1, "b": 1}
    problem = Problem(MONTH, shifts, (Person("a", wishes=wish), Person("b")), Limits(7, 31))
    (broken,) = roster.unkept(problem, found.duties)
    assert (broken.duty.person, broken.instead) == ("a", ("b",))


@pytest.mark.parametrize("twice", [(Shift("A", MONTH), Shift("A", MONTH)), (Shift("A", MONTH, -1),)])
def test_a_problem_that_contradicts_itself_is_refused(twice):
    with pytest.raises(ValueError, match=r"twice|fewer"):
        Problem(MONTH, twice, ())


def test_fifty_lawyers_and_nineteen_places_are_proven_and_even():
    days = [MONTH + dt.timedelta(n) for n in range(30) if (MONTH + dt.timedelta(n)).weekday() < 5]
    places = [f"s{n:02d}" for n in range(19)]
    shifts = tuple(Shift(place, day) for day in days for place in places if (hash_of(place) + day.day) % 3 == 0)
    people = tuple(
        Person(f"p{n:02d}", barred={(day, ""): "leave" for day in days if (day.day + n) % 11 == 0}) for n in range(50)
    )
    found = roster.solve(Problem(MONTH, shifts, people))
    assert found.proven and found.score.unfilled == 0 and found.score.spread <= 2


def hash_of(place: str) -> int:
    return sum(map(ord, place))
