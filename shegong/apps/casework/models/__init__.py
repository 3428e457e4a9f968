"""HOLD: the case file (``cases``), the limits of the law that run for it (``clocks``) and what leads out of it (``linked``)."""

from .aid import AidApplication, AidRule, Hearing
from .cases import CLOCK, Case, CaseSearch, Document, Member, Participant, PlanNeed, Rating, Record, Task
from .clocks import ClockEvent, LegalClock
from .duty import Duty, DutyRoster, FeeLine, FeeRate, FeeSheet, LawyerWish
from .letters import Letter, LetterCase
from .linked import LegalAid, NeedEntry, NeedTerm, Promise, RatingTry, Referral, Resource, UrgentNeed
from .mediation import Instalment, Mediation, MediationSession
from .panel import FirmParty, LawFirm, Lawyer
from .stations import Station, StationHours, StationReview, StationService, StationStaff

__all__ = [
    "CLOCK", "AidApplication", "AidRule", "Case", "CaseSearch", "ClockEvent", "Document", "Duty", "DutyRoster", "FeeLine",
    "FeeRate", "FeeSheet", "FirmParty", "Hearing", "Instalment", "LawFirm", "Lawyer", "LawyerWish", "LegalAid", "LegalClock",
    "Letter", "LetterCase", "Mediation", "MediationSession", "Member", "NeedEntry", "NeedTerm", "Participant", "PlanNeed",
    "Promise", "Rating", "RatingTry", "Record", "Referral", "Resource", "Station", "StationHours", "StationReview",
    "StationService", "StationStaff", "Task", "UrgentNeed",
]  # fmt: skip
