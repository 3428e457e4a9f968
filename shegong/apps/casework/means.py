"""DECIDE: whether an applicant's means are small enough for legal aid. Pure: what is poor comes in as a rule (dated data)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

EXEMPT, WITHIN, ABOVE, TOO_LITTLE, NO_RULE, UNTOLD = "exempt", "within", "above", "too_little", "no_rule", "untold"
MET = frozenset({EXEMPT, WITHIN})


@dataclass(frozen=True)
class Rule:
    """Highest income a head and month, least amount in dispute (0: any), groups whose means are not examined."""

    ceiling_fen: int
    least_claim_fen: int = 0
    exempt: Collection[str] = ()


@dataclass(frozen=True)
class Means:
    """The answer: ``outcome`` with the income per head it was measured by, None where none was told."""

    outcome: str
    per_head_fen: int | None = None

    @property
    def met(self) -> bool:
        return self.outcome in MET


def measure(
    rule: Rule | None, *, exempt: str = "", household: int | None = None, income_fen: int | None = None, claimed_fen: int = 0
) -> Means:
    """Measure one application. The amount in dispute comes first: below the least no group is exempt from it. Income per head is
    whole fen, rounded up, so that nobody passes by a rounding; the ceiling itself passes. ``household`` 0 or less raises
    ``ValueError``."""
    if household is not None and household < 1:
        raise ValueError("a household has at least one member")
    if rule is None:
        return Means(NO_RULE)
    per_head = None if household is None or income_fen is None else -(-income_fen // household)
    if rule.least_claim_fen and claimed_fen < rule.least_claim_fen:
        return Means(TOO_LITTLE, per_head)
    if exempt and exempt in rule.exempt:
        return Means(EXEMPT, per_head)
    if per_head is None:
        return Means(UNTOLD)
    return Means(WITHIN if per_head <= rule.ceiling_fen else ABOVE, per_head)
