"""One measured thing: what the goal is, what came out, whether that meets it, and how it was measured."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


@dataclass(frozen=True)
class Goal:
    """``sign`` one of <=, >=, ==; ``bound`` in ``unit``."""

    sign: str
    bound: float
    unit: str

    def met(self, value: float | None) -> bool | None:
        """None where nothing was measured."""
        return None if value is None else _COMPARE[self.sign](value, self.bound)

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g} {self.unit}".rstrip()


@dataclass
class Measure:
    """``value`` is what is compared with the goal; ``ours`` and ``baseline`` the figures it comes from (medians)."""

    code: str
    title: str
    goal: Goal
    value: float | None
    how: str
    ours: dict[str, Any] = field(default_factory=dict)
    baseline: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code, "title": self.title, "goal": str(self.goal),
            "value": None if self.value is None else round(self.value, 4), "unit": self.goal.unit,
            "met": self.goal.met(self.value), "ours": _rounded(self.ours), "baseline": _rounded(self.baseline),
            "how": self.how, "note": self.note,
        }  # fmt: skip


def _rounded(found: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in found.items()}
