"""DECLARE: the tables T09 (legal aid), T11 (letters of supervision) and casework: columns, kinds of rows, notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.errors import Refused
from shegong.kernel.indicators.declare import indicator_of, rate_of

from ..policy import CASE, PHASES, LetterKind

Text = str | Promise
Where = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Head:
    """A column: ``title`` below ``group``. ``code``: an indicator or, with ``is_rate``, a rate; ``where``: what it is narrowed
    to. ``share_of``: key of the column of which a share is formed in the total."""

    key: str
    group: Text
    title: Text
    code: str
    where: Where = field(default_factory=dict)
    is_rate: bool = False
    share_of: str = ""

    @property
    def money(self) -> bool:
        return indicator_of(self.parts[0]).money

    @property
    def unit(self) -> str:
        return str(rate_of(self.code).unit if self.is_rate else indicator_of(self.code).unit)

    @property
    def name(self) -> str:
        return str(rate_of(self.code).name if self.is_rate else indicator_of(self.code).name)

    @property
    def definition(self) -> str:
        return str(rate_of(self.code).definition if self.is_rate else indicator_of(self.code).definition)

    @property
    def parts(self) -> tuple[str, ...]:
        """Indicators it is read from; of a rate its numerator and denominator."""
        return (rate_of(self.code).top, rate_of(self.code).bottom) if self.is_rate else (self.code,)


@dataclass(frozen=True)
class Table:
    """``by``: what the rows can be: area, unit, month, year, or a dimension that all its figures share."""

    code: str
    title: Text
    heads: tuple[Head, ...]
    by: Mapping[str, Text]
    export_deed: str
    notes: tuple[Text, ...] = ()

    @property
    def codes(self) -> list[str]:
        """Every indicator it reads."""
        return list(dict.fromkeys(code for head in self.heads for code in head.parts))


_TABLES: dict[str, Table] = {}


def table(made: Table) -> Table:
    if made.code in _TABLES:
        raise ValueError(f"table {made.code} is declared twice")
    _TABLES[made.code] = made
    return made


def table_of(code: str) -> Table:
    """The declared table. Raises ``Refused`` naming those that there are."""
    if code not in _TABLES:
        known = ", ".join(sorted(_TABLES))
        raise Refused(
            gettext("There is no table “%(code)s”; there are: %(known)s.") % {"code": code, "known": known},
            field="table",
        )
    return _TABLES[code]


def all_tables() -> dict[str, Table]:
    return dict(_TABLES)


# --- T09: legal aid -------------------------------------------------------------------------------------------------------
def _aid(key: str, group: Text, title: Text, code: str, **where: tuple[str, ...]) -> Head:
    return Head(key, group, title, f"casework.aid_{code}", where, share_of="" if where else "all")


def _mediated(stage: str, group: Text) -> tuple[Head, ...]:
    """Finished is success and no agreement together."""
    return (
        _aid(
            f"{stage}_finished",
            group,
            _("finished"),
            "mediation",
            stage=(stage,),
            result=("success", "failure", "closed"),
        ),
        _aid(f"{stage}_success", group, _("of these, agreed"), "mediation", stage=(stage,), result=("success",)),
        _aid(f"{stage}_pending", group, _("pending"), "mediation", stage=(stage,), result=("pending",)),
    )


def _represented(stage: str, group: Text) -> tuple[Head, ...]:
    return (
        _aid(f"{stage}_accepted", group, _("accepted"), "representation", stage=(stage,)),
        _aid(
            f"{stage}_closed",
            group,
            _("of these, closed"),
            "representation",
            stage=(stage,),
            result=("closed", "success", "failure"),
        ),
    )


ALL, SUMS = _("Entries"), _("People and amounts")
table(
    Table(
        "T09",
        _("Legal-aid statistics (T09)"),
        (
            Head("all", ALL, _("total"), "casework.aid_accepted", share_of="all"),
            _aid("mediation", ALL, _("mediation"), "mediation"),
            _aid("representation", ALL, _("representation"), "representation"),
            _aid("consultation", ALL, _("consultation"), "consultation"),
            _aid("drafting", ALL, _("drafting"), "drafting"),
            *_mediated("before", _("Mediation before arbitration")),
            *_mediated("after", _("Mediation after arbitration began")),
            _aid("stageless", _("Mediation"), _("stage not stated"), "mediation", stage=("",)),
            *_represented("arbitration", _("Representation in arbitration")),
            *_represented("litigation", _("Representation in litigation")),
            Head("people", SUMS, _("people"), "casework.aid_people"),
            Head("claimed", SUMS, _("claimed"), "casework.aid_claimed"),
            Head("recovered", SUMS, _("recovered"), "casework.aid_recovered"),
            Head("groups", SUMS, _("group cases"), "casework.aid_groups"),
        ),
        {
            "area": _("by area"), "unit": _("by station and centre"), "form": _("by form of aid"),
            "year": _("by year"), "month": _("by month"), "result": _("by result"), "stage": _("by stage"),
        },
        "casework.legal_aid.export",
        (
            _("Each entry belongs to one station or centre and has one form of aid."),
            _("Entries count in the month of acceptance, amounts with them."),
        ),
    )
)  # fmt: skip


# --- T10: joint mediation -------------------------------------------------------------------------------------------------
MEDIATED, OUTCOME = _("Mediations"), _("Agreements")
table(
    Table(
        "T10",
        _("Joint mediation workshops (T10)"),
        (
            Head("received", MEDIATED, _("applied for"), "casework.mediation_received", share_of="received"),
            Head("accepted", MEDIATED, _("taken on"), "casework.mediation_accepted"),
            Head("settled", MEDIATED, _("agreement reached"), "casework.mediation_settled"),
            Head("arbitration", MEDIATED, _("to arbitration"), "casework.mediation_arbitration"),
            Head("confirmed", OUTCOME, _("confirmed"), "casework.mediation_confirmed"),
            Head("performed", OUTCOME, _("performed"), "casework.mediation_performed"),
            Head("people", OUTCOME, _("people"), "casework.mediation_people"),
            Head("agreed", OUTCOME, _("amount agreed"), "casework.mediation_agreed"),
            Head("days", OUTCOME, _("average days"), "casework.mediation_average_days", is_rate=True),
        ),
        {
            "unit": _("by workshop"), "area": _("by area"), "year": _("by year"), "month": _("by month"), "state": _("by state"),
        },
        "casework.case.export",
        (
            _("Mediations count in the month of the application, whenever they ended."),
            _("People, cases and amounts are three figures; each person of an agreement counts once in it."),
        ),
    )
)  # fmt: skip


# --- T11: letters of labour-law supervision -----------------------------------------------------------------------------------
def _letter(key: str, group: Text, title: Text, code: str, **where: tuple[str, ...]) -> Head:
    return Head(key, group, title, f"casework.letters_{code}", where, share_of="all")


WRITTEN, FOLLOWED = _("Letters sent"), _("Outcome")
table(
    Table(
        "T11",
        _("Letters of labour-law supervision (T11)"),
        (
            _letter("all", WRITTEN, _("total"), "sent"),
            *(_letter(str(kind), WRITTEN, kind.label, "sent", kind=(str(kind.value),)) for kind in LetterKind),
            _letter("answered", _("Answer"), _("were answered"), "answered"),
            _letter("in_time", _("Answer"), _("within the limit"), "in_time"),
            _letter("late", _("Answer"), _("late"), "late"),
            _letter("corrected", FOLLOWED, _("were corrected"), "corrected"),
            _letter("uncorrected", FOLLOWED, _("not corrected"), "uncorrected"),
        ),
        {"kind": _("by type"), "area": _("by area"), "unit": _("by office"), "year": _("by year"), "month": _("by month")},
        "casework.letter.export",
        (
            _("Letters count in the month in which they were sent, whatever became of them; those withdrawn do not count."),
            _("Answer and outcome are those of now: a quarter asked for again later may have more answers."),
            _("Within the limit: by the last day that the law sets here, else by the day that the letter asked for."),
        ),
    )
)  # fmt: skip


# --- casework -------------------------------------------------------------------------------------------------------------
def _phases() -> tuple[Head, ...]:
    """Every state a case can be in: together they are the cases registered."""
    states = [*PHASES, *(s for s in CASE.states if s not in PHASES)]
    return tuple(Head(f"phase_{s}", _("Phase now"), CASE.states[s], "casework.phases", {"state": (s,)}) for s in states)


def _levels() -> tuple[Head, ...]:
    names = {"county": _("county"), "city": _("city"), "province": _("province")}
    return tuple(
        Head(f"level_{k}", _("Escalated now to"), name, "casework.phases", {"level": (k,)}) for k, name in names.items()
    )


RATED = _("Rating")
table(
    Table(
        "casework",
        _("Casework by service line, phase, level and rating"),
        (
            Head("all", _("Cases"), _("registered"), "casework.registered", share_of="all"),
            Head("closed", _("Cases"), _("closed"), "casework.closed"),
            *_phases(),
            *_levels(),
            Head("asked", RATED, _("asked for"), "casework.ratings_asked"),
            Head("given", RATED, _("given"), "casework.ratings_given"),
            Head("response", RATED, _("response rate"), "casework.response_rate", is_rate=True),
            Head("average", RATED, _("average"), "casework.average_overall", is_rate=True),
        ),
        {
            "line": _("by service line"),
            "area": _("by area"),
            "unit": _("by office"),
            "year": _("by year"),
            "month": _("by month"),
        },
        "casework.case.export",
        (
            _(
                "Registered and phase: cases registered in the period. Closed: cases closed in it, whenever they were registered."
            ),
            _("Phase and level are those of now, not of the period."),
        ),
    )
)
