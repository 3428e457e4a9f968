"""DECLARE: what casework knows: its ``words``, the phases and deeds of a ``case``, and what leads out of it (``linked``)."""

from .aid import AID, AID_RULE, HEARING
from .case import (
    ASSESSMENT,
    CASE,
    CLOSED,
    CLOSURE_REVIEW,
    EVALUATION,
    FOLLOW_UP,
    INTAKE_,
    INTERVENTION,
    OPEN,
    PHASES,
    PLAN_REVIEW,
    PLANNING,
    REFERRED,
    SUSPENDED,
    WORKING,
)  # fmt: skip
from .clocks import LEGAL_CLOCK
from .duty import DUTY, DUTY_ROSTER, FEE_RATE, FEE_SHEET, LAWYER, STATION, FeeItem, Weekday, WishKind
from .letters import LETTER, LetterKind
from .linked import ANYONE, LEGAL, LEGAL_AID, PROMISE, RATING, RECEIVERS, REFERRAL, RESOURCE, URGENT_NEED
from .mediation import MEDIATION
from .panel import LAW_FIRM, Side
from .words import (
    DISPUTE_LINES,
    LINES,
    AidForm,
    AidResult,
    AidStage,
    CloseReason,
    Form,
    Line,
    Problem,
    RecordKind,
    Risk,
    Source,
)  # fmt: skip

__all__ = [
    "AID", "AID_RULE", "ANYONE", "ASSESSMENT", "CASE", "CLOSED", "CLOSURE_REVIEW", "DISPUTE_LINES", "DUTY", "DUTY_ROSTER",
    "EVALUATION", "FEE_RATE", "FEE_SHEET", "FOLLOW_UP", "HEARING", "INTAKE_", "INTERVENTION", "LAWYER", "LAW_FIRM", "LEGAL",
    "LEGAL_AID", "LEGAL_CLOCK", "LETTER", "LINES", "MEDIATION", "OPEN", "PHASES", "PLANNING", "PLAN_REVIEW", "PROMISE", "RATING",
    "RECEIVERS", "REFERRAL", "REFERRED", "RESOURCE", "STATION", "SUSPENDED", "URGENT_NEED", "WORKING", "AidForm", "AidResult",
    "AidStage", "CloseReason", "FeeItem", "Form", "LetterKind", "Line", "Problem", "RecordKind", "Risk", "Side", "Source",
    "Weekday", "WishKind",
]  # fmt: skip
