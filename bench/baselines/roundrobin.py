"""How an office does it by hand: shift after shift, the next free person of the list. The baseline beside ``shegong.lib.roster``."""

from __future__ import annotations

from shegong.lib.roster import Duty, Problem, why_not


def round_robin(problem: Problem) -> tuple[Duty, ...]:
    """Goes round the list and keeps every hard rule; wishes, past months and distance are not looked at."""
    people = sorted((p for p in problem.people if p.weight > 0), key=lambda p: p.code)
    held = {p.code: dict(p.held) for p in people}
    duties, turn = [], 0
    for shift in sorted(problem.shifts, key=lambda s: (s.day, s.place)):
        for _place in range(shift.needed):
            for step in range(len(people)):
                person = people[(turn + step) % len(people)]
                if not why_not(person, shift.place, shift.day, held[person.code], problem.limits):
                    held[person.code][shift.day] = shift.place
                    duties.append(Duty(person.code, shift.place, shift.day))
                    turn += step + 1
                    break
    return tuple(duties)
