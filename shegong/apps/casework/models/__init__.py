"""HOLD: the case file (``cases``) and what leads out of it (``linked``)."""

from .cases import CLOCK, Case, CaseSearch, Document, Member, Participant, PlanNeed, Rating, Record, Task
from .linked import LegalAid, NeedEntry, NeedTerm, Promise, RatingTry, Referral, Resource, UrgentNeed

__all__ = [
    "CLOCK", "Case", "CaseSearch", "Document", "LegalAid", "Member", "NeedEntry", "NeedTerm", "Participant",
    "PlanNeed", "Promise", "Rating", "RatingTry", "Record", "Referral", "Resource", "Task", "UrgentNeed",
]  # fmt: skip
