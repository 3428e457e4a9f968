"""DECLARE: the tables T09 (legal aid) and casework: their columns, what their rows can be, their notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from shegong.kernel.actions.errors import Refused
from shegong.kernel.indicators.declare import indicator_of, rate_of

from ..policy import CASE, PHASES

Text = str | Promise
Where = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Head:
    """A column: ``title`` below ``group``. ``code``: an indicator or, with ``is_rate``, a rate; ``where``: what it is narrowed to.
    ``share_of``: key of the column of which a share is formed in the total."""

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
        raise Refused(_("There is no table “%(code)s”; there are: %(known)s.") % {"code": code, "known": known}, field="table")
    return _TABLES[code]


def all_tables() -> dict[str, Table]:
    return dict(_TABLES)


# --- T09: legal aid -------------------------------------------------------------------------------------------------------
def _aid(key: str, group: Text, title: Text, code: str, **where: tuple[str, ...]) -> Head:
    return Head(key, group, title, f"casework.aid_{code}", where, share_of="" if where else "all")


def _mediated(stage: str, group: Text) -> tuple[Head, ...]:
    """Finished is success and no agreement together."""
    return (
        _aid(f"{stage}_finished", group, later("finished"), "mediation", stage=(stage,), result=("success", "failure", "closed")),
        _aid(f"{stage}_success", group, later("of these, agreed"), "mediation", stage=(stage,), result=("success",)),
        _aid(f"{stage}_pending", group, later("pending"), "mediation", stage=(stage,), result=("pending",)),
    )


def _represented(stage: str, group: Text) -> tuple[Head, ...]:
    return (
        _aid(f"{stage}_accepted", group, later("accepted"), "representation", stage=(stage,)),
        _aid(f"{stage}_closed", group, later("of these, closed"), "representation", stage=(stage,), result=("closed", "success", "failure")),
    )


ALL, SUMS = later("Entries"), later("People and amounts")
table(
    Table(
        "T09",
        later("Legal-aid statistics (T09)"),
        (
            Head("all", ALL, later("total"), "casework.aid_accepted", share_of="all"),
            _aid("mediation", ALL, later("mediation"), "mediation"),
            _aid("representation", ALL, later("representation"), "representation"),
            _aid("consultation", ALL, later("consultation"), "consultation"),
            _aid("drafting", ALL, later("drafting"), "drafting"),
            *_mediated("before", later("Mediation before arbitration")),
            *_mediated("after", later("Mediation after arbitration began")),
            _aid("stageless", later("Mediation"), later("stage not stated"), "mediation", stage=("",)),
            *_represented("arbitration", later("Representation in arbitration")),
            *_represented("litigation", later("Representation in litigation")),
            Head("people", SUMS, later("people"), "casework.aid_people"),
            Head("claimed", SUMS, later("claimed"), "casework.aid_claimed"),
            Head("recovered", SUMS, later("recovered"), "casework.aid_recovered"),
            Head("groups", SUMS, later("group cases"), "casework.aid_groups"),
        ),
        {
            "area": later("by area"), "unit": later("by station and centre"), "form": later("by form of aid"),
            "year": later("by year"), "month": later("by month"), "result": later("by result"), "stage": later("by stage"),
        },
        "casework.legal_aid.export",
        (
            later("Each entry belongs to one station or centre and has one form of aid."),
            later("Entries count in the month of acceptance, amounts with them."),
        ),
    )
)  # fmt: skip


# --- casework -------------------------------------------------------------------------------------------------------------
def _phases() -> tuple[Head, ...]:
    """Every state a case can be in: together they are the cases registered."""
    states = [*PHASES, *(s for s in CASE.states if s not in PHASES)]
    return tuple(Head(f"phase_{s}", later("Phase now"), CASE.states[s], "casework.phases", {"state": (s,)}) for s in states)


def _levels() -> tuple[Head, ...]:
    names = {"county": later("county"), "city": later("city"), "province": later("province")}
    return tuple(Head(f"level_{k}", later("Escalated now to"), name, "casework.phases", {"level": (k,)}) for k, name in names.items())


RATED = later("Rating")
table(
    Table(
        "casework",
        later("Casework by service line, phase, level and rating"),
        (
            Head("all", later("Cases"), later("registered"), "casework.registered", share_of="all"),
            Head("closed", later("Cases"), later("closed"), "casework.closed"),
            *_phases(),
            *_levels(),
            Head("asked", RATED, later("asked for"), "casework.ratings_asked"),
            Head("given", RATED, later("given"), "casework.ratings_given"),
            Head("response", RATED, later("response rate"), "casework.response_rate", is_rate=True),
            Head("average", RATED, later("average"), "casework.average_overall", is_rate=True),
        ),
        {"line": later("by service line"), "area": later("by area"), "unit": later("by office"), "year": later("by year"), "month": later("by month")},
        "casework.case.export",
        (
            later("Registered and phase: cases registered in the period. Closed: cases closed in it, whenever they were registered."),
            later("Phase and level are those of now, not of the period."),
        ),
    )
)
