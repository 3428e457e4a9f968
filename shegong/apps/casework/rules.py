"""DECIDE: pure casework rules (domain.md S15, S24, 3.7). No Django, no clock, no database; parameters are dated data.

State, line and risk codes are those of ``policy``; a test holds the two together.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from shegong.lib import calendar

NORMAL, RAISED, URGENT, DANGER = 0, 1, 2, 3
# reasons for which a case may close before its plan was worked through
EARLY_ENDS = frozenset({"client", "referred", "lost", "death", "other"})
RESTING = frozenset({"closed", "follow_up", "suspended", "referred", "plan_review", "closure_review"})
ORDER = ("intake", "assessment", "planning", "intervention", "evaluation", "closed")
STANDS_IN = {"plan_review": "planning", "closure_review": "evaluation", "follow_up": "closed"}
NEVER = dt.date(9999, 12, 31)


@dataclass(frozen=True)
class Verdict:
    """``ok``, or the reason codes why not, in the order in which a person should mend them."""

    reasons: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Terms:
    """Time limits and thresholds in force from ``valid_from``.

    ``days``: (phase, line) → working days for the next step; line "*" holds for lines not named. A town may not stretch
    them; a province changes them by adding a dated entry.
    """

    valid_from: dt.date
    days: Mapping[tuple[str, str], int]
    early_warning_people: int = 10
    warning_days: int = 30
    move_up_days: int = 2
    emergency_hours: int = 24


TERMS: tuple[Terms, ...] = (
    Terms(
        dt.date(2020, 1, 1),
        {
            ("intake", "*"): 3,
            ("intake", "rights"): 2,
            ("intake", "mediation"): 1,
            ("assessment", "*"): 10,
            ("assessment", "mediation"): 3,
            ("assessment", "rights"): 5,
            ("planning", "*"): 5,
            ("planning", "mediation"): 2,
            ("intervention", "*"): 20,
            ("intervention", "mediation"): 10,
            ("evaluation", "*"): 5,
            ("follow_up", "*"): 60,
        },
    ),
)


def terms_on(day: dt.date, known: Iterable[Terms] = TERMS) -> Terms:
    """The terms in force on ``day``; before the first ones, the first."""
    ordered = sorted(known, key=lambda t: t.valid_from)
    return next((t for t in reversed(ordered) if t.valid_from <= day), ordered[0])


@dataclass(frozen=True)
class CaseFile:
    """What a case file holds, as far as the gates between phases ask."""

    form: str = "individual"
    state: str = "intake"
    has_client: bool = False
    participants: int = 0
    consent_on: dt.date | None = None
    assessed: bool = False
    evaluated: bool = False
    need_outcomes: tuple[str, ...] = ()
    open_referrals: int = 0
    open_promises: int = 0
    live_clocks: int = 0
    open_shares: int = 0
    open_aid: int = 0
    open_mediation: int = 0


MOST_FEN = 10**13  # 100 billion yuan: more is a slip of the pen, and sums of it would leave the range of a figure
MOST_PEOPLE = 1_000_000
EARLIEST = dt.date(1949, 10, 1)  # no union casework before: an older day is an empty cell read as a number


# --- gates between the phases ------------------------------------------------------------------------------------------
def may_accept(file: CaseFile) -> Verdict:
    """Somebody must be known who is helped: the client, or a worker of the group."""
    known = file.has_client or (file.form == "group" and file.participants > 0)
    return Verdict() if known else Verdict(("no_client",))


def may_assess(file: CaseFile, on: dt.date) -> Verdict:
    """Informed consent comes before assessment, in time too."""
    if file.consent_on is None:
        return Verdict(("no_consent",))
    return Verdict(("consent_later",)) if file.consent_on > on else Verdict()


def may_submit_plan(file: CaseFile) -> Verdict:
    """Consent, an assessment, and at least one need to work on."""
    return Verdict(
        _missing(
            no_consent=file.consent_on is None,
            no_assessment=not file.assessed,
            no_need="open" not in file.need_outcomes,
        )
    )


def may_submit_closure(file: CaseFile, reason: str) -> Verdict:
    """After the evaluation, every need settled and nothing still with another office. A case that the client, contact lost
    or the like ends early skips what was never begun, but leaves no need and no referral hanging."""
    early = file.state != "evaluation"
    return Verdict(
        _missing(
            no_consent=file.consent_on is None,
            not_evaluated=early and reason not in EARLY_ENDS,
            no_evaluation=not early and not file.evaluated,
            open_needs="open" in file.need_outcomes,
            open_referrals=file.open_referrals > 0,
            open_promises=file.open_promises > 0,
            live_clocks=file.live_clocks > 0,
            open_shares=reason not in EARLY_ENDS and file.open_shares > 0,
            open_aid=file.open_aid > 0,
            open_mediation=file.open_mediation > 0,
        )
    )


def may_join(file: CaseFile) -> Verdict:
    """What goes on in the group must not stay open here: no need, nothing with another office, no limit of the law running."""
    return Verdict(
        _missing(
            open_needs="open" in file.need_outcomes,
            open_referrals=file.open_referrals > 0,
            open_promises=file.open_promises > 0,
            open_aid=file.open_aid > 0,
            open_mediation=file.open_mediation > 0,
            live_clocks=file.live_clocks > 0,
        )
    )


def may_evaluate(file: CaseFile) -> Verdict:
    """There is something to evaluate once a need exists."""
    return Verdict() if file.need_outcomes else Verdict(("empty_plan",))


def _missing(**missing: bool) -> tuple[str, ...]:
    return tuple(code for code, so in missing.items() if so)


# --- time --------------------------------------------------------------------------------------------------------------
def next_due(state: str, line: str, risk: int, today: dt.date, terms: Terms | None = None) -> dt.date | None:
    """The day by which the next step of a phase is due; None where nothing is awaited of the worker.

    Urgent cases have half the time (rounded up), danger to life is due today.
    """
    terms = terms or terms_on(today)
    days = terms.days.get((state, line), terms.days.get((state, "*")))
    if days is None:
        return None
    if risk >= DANGER:
        return today
    if risk >= URGENT:
        days = (days + 1) // 2
    return calendar.add_days(today, days, mode="working")


def is_overdue(state: str, due_on: dt.date | None, today: dt.date) -> bool:
    """Past its day, while somebody has to act: not when it rests, waits for approval or lies with another office."""
    return due_on is not None and due_on < today and state not in RESTING


def who_hears(due_on: dt.date, today: dt.date, terms: Terms | None = None) -> str:
    """Who is told of something due: "" not yet, "owner" from the day itself, "supervisor" when it stays undone."""
    terms = terms or terms_on(today)
    if today < due_on:
        return ""
    late = calendar.add_days(due_on, terms.move_up_days, mode="working")
    return "supervisor" if today > late else "owner"


CLOCK_WARNINGS = (7, 3, 1, 0)  # days left at which people are told of a statutory limit
CLOCK_OVERSEERS = 3  # from so many days on, those who oversee hear of it as well
LETTER_WARNINGS = (3, 0)  # the same for the answer to a letter: its writer hears three days before, all on the day and after it


def clock_warning(left: int, warned: int | None, stages: tuple[int, ...] = CLOCK_WARNINGS) -> int | None:
    """The stage at which people are told now, -1 for a limit that has passed; None when that stage was told already."""
    stage = -1 if left < 0 else min((s for s in stages if left <= s), default=None)
    return None if stage is None or (warned is not None and warned <= stage) else stage


# --- risk --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Alarm:
    """What a risk asks for. ``level``: "" nothing, "early_warning" the level above is told, "immediate" it is escalated."""

    level: str = ""
    reasons: tuple[str, ...] = ()
    least_risk: int = NORMAL


def alarm(risk: int, people: int, terms: Terms) -> Alarm:
    """Danger to life goes up at once; ten people with one claim are an early warning (S24)."""
    crowd = people >= terms.early_warning_people
    if risk >= DANGER:
        return Alarm("immediate", ("danger", "crowd") if crowd else ("danger",), DANGER)
    if crowd:
        return Alarm("early_warning", ("crowd",), max(risk, RAISED))
    return Alarm(least_risk=max(risk, NORMAL))


def queue_key(risk: int, due_on: dt.date | None) -> tuple[int, dt.date]:
    """Sorts the priority queue: higher risk first, then what is due sooner; what has no day comes last."""
    return -risk, due_on or NEVER


# --- the group ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Share:
    """One worker's part of a group case; money in fen."""

    claimed_fen: int = 0
    recovered_fen: int = 0
    result: str = "open"


@dataclass(frozen=True)
class Totals:
    people: int = 0
    claimed_fen: int = 0
    recovered_fen: int = 0
    by_result: Mapping[str, int] = field(default_factory=dict)


def group_totals(shares: Iterable[Share]) -> Totals:
    """Sums of a group. Who left claims nothing here any more; what was recovered for them stays recovered."""
    people = claimed = recovered = 0
    results: dict[str, int] = defaultdict(int)
    for share in shares:
        results[share.result] += 1
        recovered += share.recovered_fen
        if share.result != "left":
            people += 1
            claimed += share.claimed_fen
    return Totals(people, claimed, recovered, dict(results))


# --- the stepper ----------------------------------------------------------------------------------------------------------
def phase_of(state: str, held_from: str = "") -> str:
    """The phase a case stands in, looking through suspension, referral and review."""
    if state in ("suspended", "referred"):
        state = held_from or "intake"
    return STANDS_IN.get(state, state)


def steps(state: str, held_from: str = "") -> tuple[tuple[str, str], ...]:
    """(phase, "done" | "now" | "todo") in order; a closed case is done throughout."""
    at = ORDER.index(phase_of(state, held_from))
    closed = state in ("closed", "follow_up")
    return tuple(
        (phase, "done" if place < at or closed else "now" if place == at else "todo")
        for place, phase in enumerate(ORDER)
    )


# --- means for legal aid (3.8): what is poor comes in as a rule ------------------------------------------------------------
EXEMPT, WITHIN, ABOVE, TOO_LITTLE, NO_RULE, UNTOLD = "exempt", "within", "above", "too_little", "no_rule", "untold"
MEANS_MET = frozenset({EXEMPT, WITHIN})


@dataclass(frozen=True)
class MeansTest:
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
        return self.outcome in MEANS_MET


def measure_means(
    rule: MeansTest | None, *, exempt: str = "", household: int | None = None, income_fen: int | None = None, claimed_fen: int = 0
) -> Means:
    """Measure an application for legal aid. The amount in dispute comes first: below the least no group is exempt from it. Income
    per head is whole fen, rounded up, so that nobody passes by a rounding; the ceiling itself passes. ``household`` 0 or less
    raises ``ValueError``."""
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


# --- letters of supervision (3.8) ---------------------------------------------------------------------------------------------
_BLANKS = re.compile(r"\s+")


def names_in(text: str, names: Collection[str]) -> list[str]:
    """Those of ``names`` (two characters or more) that stand in the text, however they are spaced."""
    plain = _BLANKS.sub("", text)
    return [name for name in dict.fromkeys(names) if len(_BLANKS.sub("", name)) > 1 and _BLANKS.sub("", name) in plain]


def why_no_next_letter(kind: str, state: str, *, late: bool, refused: bool) -> str:
    """Code of what speaks against the next letter of a chain, "" for nothing (Zhejiang 工会劳动法律监督条例 art. 23: receipt
    refused, not answered in time, or not corrected). ``refused``: receipt or the demand itself was refused."""
    if kind == "proposal":
        return "last_kind"
    if state == "uncorrected" or refused or (state == "sent" and late):
        return ""
    return "not_checked" if state == "answered" else "still_runs"
