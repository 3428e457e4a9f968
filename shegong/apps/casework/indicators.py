"""COUNT: the cubes and figures of casework. Each definition is what people read beside the figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shegong.kernel.indicators import figures
from shegong.kernel.indicators.declare import Cube, Dimension, Indicator, Rate, cube, indicator, rate
from shegong.kernel.indicators.figures import Ask
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import today
from shegong.registry.policy import ABOVE, FIELD

from .models import Participant
from .models.letters import IN_TIME
from .policy import (
    CASE,
    CLOSED,
    FOLLOW_UP,
    LEGAL,
    LETTER,
    MEDIATION,
    OPEN,
    REFERRAL,
    AidForm,
    AidResult,
    AidStage,
    CloseReason,
    Form,
    LetterKind,
    Line,
    Problem,
    Risk,
    Source,
)  # fmt: skip
from .policy.letters import OUT, Reply

BEGINNING = dt.date(2000, 1, 1)  # earlier than any case of ours
LISTERS = frozenset(FIELD | ABOVE)
AID_LISTERS = frozenset(LEGAL | ABOVE)
WATCHERS = frozenset({"auditor", "finance"})  # see figures, never the entries behind them
CASES, TIMES, PEOPLE, YUAN = _("cases"), _("times"), _("people"), _("yuan")


def _choices(source: Any) -> dict[str, str | Promise]:
    return {str(value): label for value, label in source.choices}


LINE = Dimension("line", _("service line"), "line", _choices(Line))
FORM = Dimension("form", _("form"), "form", _choices(Form))
PROBLEM = Dimension("problem", _("problem class"), "problem", {**_choices(Problem), "": _("not stated")})
STATE = Dimension("state", _("phase"), "state", CASE.states)
# the kind of an organisation never changes, so looking it up there is safe
LEVEL = Dimension(
    "level", _("escalated to"), F("escalated_to__kind"),
    {"": _("not escalated"), **{k: OrgKind(k).label for k in ("county", "city", "province")}},
)  # fmt: skip
ENDED = Q(state__in=[CLOSED, FOLLOW_UP])
CONFIRMED = Case(When(confirmed_on=None, then=Value("no")), default=Value("yes"))

# --- cubes --------------------------------------------------------------------------------------------------------------
# several narrow cubes rather than a wide one: a month of the province stays a handful of cells
cube(
    Cube(
        "casework.registered", "casework.Case", "registered_on", (LINE, FORM),
        {"count": Count("pk"), "people": Sum("people"), "claimed": Sum("claimed_fen")},
    )
)  # fmt: skip
cube(
    Cube(
        "casework.origin", "casework.Case", "registered_on",
        (
            PROBLEM,
            Dimension("source", _("source"), "source", _choices(Source)),
            Dimension("risk", _("risk level"), "risk", _choices(Risk)),
        ),
    )
)  # fmt: skip
cube(
    Cube(
        "casework.closed", "casework.Case", "closed_on",
        (LINE, FORM, Dimension("reason", _("closing reason"), "close_reason", _choices(CloseReason))),
        {"count": Count("pk"), "recovered": Sum("recovered_fen")}, where=ENDED,
    )
)  # fmt: skip
cube(Cube("casework.phase", "casework.Case", "registered_on", (LINE, STATE, LEVEL)))
cube(
    Cube(
        "casework.rating", "casework.Rating", "asked_on",
        (LINE, Dimension("answer", _("answer"), "state", {"asked": _("not answered"), "given": _("answered")})),
        {"count": Count("pk"), **{part: Sum(part) for part in ("overall", "attitude", "speed", "result")}},
        together=(("line", "answer"),),
    )
)  # fmt: skip
cube(Cube("casework.need_raised", "casework.UrgentNeed", "raised_on", (PROBLEM,)))
cube(Cube("casework.need_closed", "casework.UrgentNeed", "closed_on", (PROBLEM,), where=Q(state="closed")))
cube(
    Cube(
        "casework.referral", "casework.Referral", "sent_on", (Dimension("state", _("state"), "state", REFERRAL.states),)
    )
)
cube(
    Cube(
        "casework.aid", "casework.LegalAid", "accepted_on",
        (
            Dimension("form", _("form of aid"), "form", _choices(AidForm)),
            Dimension("stage", _("stage"), "stage", _choices(AidStage)),
            Dimension("result", _("result"), "result", _choices(AidResult)),
            Dimension("group", _("group case"), "is_group", {"true": _("group case"), "false": _("single case")}),
        ),
        {"count": Count("pk"), "people": Sum("people"), "claimed": Sum("claimed_fen"), "recovered": Sum("recovered_fen")},
        together=(("form", "stage", "result"),),
    )
)  # fmt: skip

cube(
    Cube(
        "casework.letters", "casework.Letter", "sent_on",
        (
            Dimension("kind", _("type"), "kind", _choices(LetterKind)),
            Dimension("reply", _("answer"), "reply", {**_choices(Reply), "": _("not answered")}),
            Dimension("in_time", _("within the limit"), "in_time", dict(IN_TIME)),
            Dimension("state", _("state"), "state", {state: LETTER.states[state] for state in LETTER.states if state in OUT}),
        ),
        where=Q(state__in=sorted(OUT)),
        together=(("kind", "reply", "in_time", "state"),),
    )
)  # fmt: skip


cube(
    Cube(
        "casework.mediation", "casework.Mediation", "applied_on",
        (
            Dimension("state", _("state"), "state", MEDIATION.states),
            Dimension("confirmed", _("confirmed"), CONFIRMED, {"yes": _("confirmed"), "no": _("not confirmed")}),
        ),
        {"count": Count("pk"), "people": Sum("people"), "agreed": Sum("agreed_fen"), "days": Sum("days")},
    )
)  # fmt: skip


# --- indicators ---------------------------------------------------------------------------------------------------------
def _case(
    code: str, name: Any, definition: Any, unit: Any, over: str, measure: str = "count", **rest: Any
) -> Indicator:
    roles = {"list_roles": LISTERS, "ask_roles": WATCHERS, "persons": True}
    return indicator(
        Indicator(f"casework.{code}", name, definition, unit, f"casework.{over}", measure, **{**roles, **rest})
    )


def _aid(
    code: str, name: Any, definition: Any, unit: Any, measure: str = "count", **where: tuple[str, ...]
) -> Indicator:
    return _case(
        f"aid_{code}",
        name,
        definition,
        unit,
        "aid",
        measure,
        where=where,
        list_roles=AID_LISTERS,
        money=measure in ("claimed", "recovered"),
    )


def _persons(rows: QuerySet[Any]) -> int:
    """Different clients and workers of groups; two records found to be one person count once, and so does who was split out."""
    clients = rows.exclude(client=None).order_by().values_list(Coalesce("client__merged_into", "client"))
    workers = Participant.objects.filter(case__in=rows.order_by().values("pk")).order_by()
    return int(clients.union(workers.values_list(Coalesce("person__merged_into", "person"))).count())


def _overdue(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(state__in=OPEN, due_on__lt=today())


_case(
    "registered",
    _("Cases registered"),
    _("Cases and consultations whose day of registration lies in the period, whatever became of them."),
    CASES,
    "registered",
)
_case(
    "people",
    _("People concerned"),
    _("Sum of the people concerned named on the cases registered in the period; somebody with two cases counts twice."),
    TIMES,
    "registered",
    "people",
)
_case(
    "claimed",
    _("Amount claimed"),
    _("Sum of the amounts claimed on the cases registered in the period."),
    YUAN,
    "registered",
    "claimed",
    money=True,
)
_case(
    "clients", _("People helped"),
    _(
        "Different persons who are the client of a case registered in the period, or a worker of such a group case. Counted "
        "from the cases at once: not a sum of its parts, for somebody may have asked in two towns."
    ),
    PEOPLE, "registered", live=_persons,
)  # fmt: skip
_case(
    "origins",
    _("Cases by problem, source and risk"),
    _("The cases registered in the period, by problem class, source and present risk level."),
    CASES,
    "origin",
)
_case(
    "closed",
    _("Cases closed"),
    _(
        "Cases closed in the period and closed still. A case that was reopened counts as never closed, until it closes again."
    ),
    CASES,
    "closed",
)
_case(
    "recovered",
    _("Amount recovered"),
    _("Sum of the amounts recovered on the cases closed in the period."),
    YUAN,
    "closed",
    "recovered",
    money=True,
)
_case(
    "phases",
    _("Cases by phase"),
    _("The cases registered in the period, by the phase they are in now and the level they are escalated to now."),
    CASES,
    "phase",
)
_case(
    "open", _("Open cases"),
    _(
        "Cases not closed now: all ever registered less all closed; a reopened case is open. At the end of an earlier month: "
        "registered until then less closed until then, where cases reopened since count as never closed."
    ),
    CASES, "phase", where={"state": tuple(sorted(OPEN))},
)  # fmt: skip
_case(
    "overdue", _("Overdue cases"), _("Open cases whose due day lies before today. Counted at once, for it changes with the day."),
    CASES, "phase", where={"state": tuple(sorted(OPEN))}, live=lambda rows: int(rows.count()), narrow=_overdue,
)  # fmt: skip
_case(
    "ratings_asked",
    _("Ratings asked for"),
    _("Invitations to rate that were given out in the period."),
    TIMES,
    "rating",
)
_case(
    "ratings_given",
    _("Ratings given"),
    _("Of the invitations given out in the period, those that were answered, whenever that was."),
    TIMES,
    "rating",
    where={"answer": ("given",)},
)
for _code, _name in (
    ("overall", _("Overall score")),
    ("attitude", _("Score of attitude")),
    ("speed", _("Score of speed")),
    ("result", _("Score of result")),
):
    _case(
        f"score_{_code}",
        _name,
        _("Sum of the scores of the ratings given, 1 to 5 each; only to form averages from."),
        _("points"),
        "rating",
        _code,
        where={"answer": ("given",)},
        list_roles=frozenset(),  # opens to nobody: one rating is one person's word, so few are hidden from everybody
        ask_roles=LISTERS | WATCHERS,
    )
_case("needs_raised", _("Urgent needs raised"), _("Urgent needs raised in the period."), CASES, "need_raised")
_case(
    "needs_closed",
    _("Urgent needs closed off"),
    _("Urgent needs that the one who raised them closed off in the period."),
    CASES,
    "need_closed",
)
_case(
    "referrals_sent",
    _("Referrals sent"),
    _("Referrals sent in the period by the organisations counted."),
    TIMES,
    "referral",
)
_case(
    "referrals_done",
    _("Referrals done"),
    _("Of the referrals sent in the period, those that the receiver has reported as done."),
    TIMES,
    "referral",
    where={"state": ("done",)},
)

_aid(
    "accepted",
    _("Legal-aid entries"),
    _(
        "Entries of the legal-aid register accepted in the period by the station or centre counted; each has one form of aid."
    ),
    CASES,
)
_aid("consultation", _("Consultation"), _("Entries whose form of aid is consultation."), CASES, form=("consultation",))
_aid(
    "drafting",
    _("Drafting of papers"),
    _("Entries whose form of aid is the drafting of papers."),
    CASES,
    form=("drafting",),
)
_aid("mediation", _("Mediation"), _("Entries whose form of aid is mediation."), CASES, form=("mediation",))
_aid(
    "representation",
    _("Representation"),
    _("Entries whose form of aid is representation in arbitration or litigation."),
    CASES,
    form=("representation",),
)
_aid(
    "people",
    _("People concerned"),
    _("Sum of the people of the entries; somebody with two entries counts twice."),
    TIMES,
    "people",
)
_aid(
    "claimed",
    _("Amount claimed"),
    _("Sum of the amounts claimed of the entries accepted in the period."),
    YUAN,
    "claimed",
)
_aid(
    "recovered",
    _("Amount recovered"),
    _("Sum of the amounts recovered, with proof, of the entries accepted in the period, whenever the money came."),
    YUAN,
    "recovered",
)
_aid("groups", _("Group cases"), _("Entries marked as group cases."), CASES, group=("true",))



def _mediation(
    code: str, name: Any, definition: Any, unit: Any, measure: str = "count", **where: tuple[str, ...]
) -> Indicator:
    return _case(f"mediation_{code}", name, definition, unit, "mediation", measure, where=where, money=measure == "agreed")


AGREEMENT = ("agreed", "performed", "defaulted")
_mediation("received", _("Mediations applied for"), _("Applications to the workshop counted, by their day."), CASES)
_mediation(
    "accepted", _("Mediations taken on"), _("Of the applications of the period, those the workshop took on."), CASES,
    state=("accepted", "in_session", "not_reached", *AGREEMENT),
)  # fmt: skip
_mediation(
    "settled", _("Agreements reached"), _("Of the applications of the period, those that ended in an agreement."), CASES,
    state=AGREEMENT,
)  # fmt: skip
_mediation(
    "confirmed", _("Agreements confirmed"),
    _("Of the agreements, those confirmed by the court or exchanged for an arbitration document."), CASES, confirmed=("yes",),
)  # fmt: skip
_mediation(
    "arbitration", _("Handed over to arbitration"), _("Of the applications of the period, those without an agreement."), CASES,
    state=("not_reached",),
)  # fmt: skip
_mediation("performed", _("Agreements performed"), _("Agreements paid to the last instalment."), CASES, state=("performed",))
_mediation(
    "people", _("People of agreements"), _("People who are to receive something; somebody in two mediations counts twice."),
    TIMES, "people", state=AGREEMENT,
)  # fmt: skip
_mediation("agreed", _("Amount agreed"), _("Sum of what the agreements promise, whenever it is paid."), YUAN, "agreed")
_mediation(
    "days", _("Days to an agreement"), _("Days from the application to the agreement, summed."), _("days"), "days",
    state=AGREEMENT,
)  # fmt: skip


def _letters(code: str, name: Any, definition: Any, **where: tuple[str, ...]) -> Indicator:
    # about employers and authorities, so that small numbers point at nobody who complained
    return _case(f"letters_{code}", name, definition, _("letters"), "letters", where=where, persons=False)


_letters(
    "sent", _("Supervision letters sent"),
    _("Reminders, opinions and proposals sent in the period by the organisations counted, those withdrawn left out."),
)  # fmt: skip
_letters(
    "answered", _("Letters answered"), _("Of the letters sent in the period, those that were answered, whenever that was."),
    reply=tuple(str(value) for value in Reply.values),
)  # fmt: skip
_letters(
    "in_time", _("Letters answered within the limit"),
    _("Of the letters sent in the period, those answered by the last day: that of the law, else the day asked for."),
    in_time=("yes",),
)  # fmt: skip
_letters(
    "late", _("Letters answered late"), _("Of the letters sent in the period, those answered after the last day."),
    in_time=("no",),
)  # fmt: skip
_letters(
    "corrected", _("Letters followed"), _("Of the letters sent in the period, those checked and found corrected."),
    state=("corrected",),
)  # fmt: skip
_letters(
    "uncorrected", _("Letters not followed"), _("Of the letters sent in the period, those checked and found not corrected."),
    state=("uncorrected",),
)  # fmt: skip

# --- rates: from raw counts, never from rounded parts ---------------------------------------------------------------------
rate(
    Rate(
        "casework.response_rate", _("Response rate"), _("Ratings given ÷ ratings asked for, of the same invitations."), "%",
        "casework.ratings_given", "casework.ratings_asked", 100,
    )
)  # fmt: skip
for _code, _name in (
    ("overall", _("Average rating")),
    ("attitude", _("Average of attitude")),
    ("speed", _("Average of speed")),
    ("result", _("Average of result")),
):
    rate(
        Rate(
            f"casework.average_{_code}",
            _name,
            _("Sum of the scores ÷ ratings given; 1 is worst, 5 is best."),
            _("points"),
            f"casework.score_{_code}",
            "casework.ratings_given",
        )
    )
rate(
    Rate(
        "casework.mediation_average_days", _("Average days to an agreement"),
        _("Days from application to agreement ÷ agreements of the same applications."), _("days"),
        "casework.mediation_days", "casework.mediation_settled",
    )
)  # fmt: skip
rate(
    Rate(
        "casework.aid_recovered_per_entry", _("Recovered per entry"),
        _("Amount recovered ÷ legal-aid entries of the same period."), YUAN,
        "casework.aid_recovered", "casework.aid_accepted",
    )
)  # fmt: skip


def always(org: Org, where: Mapping[str, tuple[str, ...]] | None = None) -> Ask:
    """Everything until now, by today's tree: for figures of the present state."""
    return Ask(org, BEGINNING, today(), where or {}, tree="today")


def stock(org: Org, months: list[dt.date]) -> list[int]:
    """Open cases at the end of each month, by today's tree: registered until then less closed until then."""
    codes = ["casework.registered", "casework.closed"]
    counted = figures.table(codes, Ask(org, BEGINNING, months[-1], tree="today"), by=["month"])
    found = []
    for month in months:
        until = [v for (key,), v in counted.items() if key <= f"{month:%Y-%m}"]
        found.append(sum(v["casework.registered"] - v["casework.closed"] for v in until))
    return found
