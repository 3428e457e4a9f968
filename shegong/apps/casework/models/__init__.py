"""HOLD: the case file (``cases``) and what leads out of it (``linked``)."""

from .cases import Case, CaseSearch, Document, Member, Participant, PlanNeed, Rating, Record, Task
from .linked import LegalAid, Promise, Referral, Resource, UrgentNeed

__all__ = [
    "Case", "CaseSearch", "Document", "LegalAid", "Member", "Participant", "PlanNeed", "Promise", "Rating", "Record",
    "Referral", "Resource", "Task", "UrgentNeed",
]  # fmt: skip
