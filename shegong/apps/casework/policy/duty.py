"""DECLARE: stations with their hours (S41), who stands duty where and when, what lawyers wish, and what is paid for it (S40)."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.rights import TIE_NAMES
from shegong.kernel.actions.vocabulary import Kind
from shegong.registry.policy import ABOVE, FIELD

from .panel import PANEL


class Weekday(IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class WishKind(TextChoices):
    """The first two are hard: nobody is put on duty against them. The others count, and only after fairness."""

    LEAVE = "leave", _("On leave")
    CANNOT = "cannot", _("Cannot")
    RATHER_NOT = "rather", _("Rather not")
    NEAR = "near", _("Near to me")


class FeeItem(TextChoices):
    """What the tariff of a centre pays for."""

    DUTY = "duty", _("Duty day")
    CONSULTATION = "consult", _("Consultation")
    DRAFTING = "drafting", _("Drafting of papers")
    MEDIATION = "mediation", _("Mediation")
    ARBITRATION = "arbitrate", _("Representation in arbitration")
    LITIGATION = "litigate", _("Representation in litigation")


HARD = frozenset({WishKind.LEAVE, WishKind.CANNOT})
HERE, HOLDER, OFFERED = "station_here", "on_duty", "duty_offered"
TIE_NAMES.update({HERE: _("the station stands with you"), HOLDER: _("on duty"), OFFERED: _("offered to your panel")})

# --- stations -----------------------------------------------------------------------------------------------------------
PREPARING, OPEN_, SHUT = "preparing", "open", "closed"
STATION = Kind(
    "casework.station", _("service point"), "casework.Station",
    states={PREPARING: _("Being prepared"), OPEN_: _("In service"), SHUT: _("Closed or merged")}, page="station_detail",
)  # fmt: skip
_RUNNING = {PREPARING, OPEN_}
STATION.deed("set_up", _("Add a service point"), _("added a service point"), roles=PANEL, creates=True)
STATION.deed(
    "view", _("Open the service point"), _("opened the service point"), roles=FIELD | ABOVE, members={HERE}, reads=True
)
STATION.deed("correct", _("Correct"), _("corrected the service point"), roles=PANEL, source=_RUNNING)
STATION.deed(
    "start", _("Take into service"), _("took the service point into service"), roles=PANEL, source={PREPARING}, target=OPEN_,
    primary=True,
)  # fmt: skip
STATION.deed("set_hours", _("Set opening hours"), _("set opening hours"), roles=PANEL, source=_RUNNING)
STATION.deed("end_hours", _("End opening hours"), _("ended opening hours"), roles=PANEL, source=_RUNNING)
STATION.deed("add_staff", _("Add staff"), _("added staff"), roles=PANEL, source=_RUNNING)
STATION.deed("end_staff", _("Somebody left"), _("noted that somebody left"), roles=PANEL, source=_RUNNING)
STATION.deed(
    "serve", _("Serves a town or street too"), _("noted a town or street it serves"), roles=PANEL, source=_RUNNING
)
STATION.deed(
    "stop_serving", _("No longer serves"), _("ended the service of a town or street"), roles=PANEL, source=_RUNNING
)
STATION.deed("inspect", _("Note the annual review"), _("noted the annual review"), roles=PANEL, source={OPEN_})
STATION.deed(
    "close", _("Close or merge"), _("closed the service point"), roles=PANEL, source=_RUNNING, target=SHUT, danger=True
)

# --- lawyers: what they wish --------------------------------------------------------------------------------------------
LAWYER = Kind("casework.lawyer", _("lawyer of the panel"), "casework.Lawyer", page="lawyer_detail")
LAWYER.deed(
    "view", _("Open the lawyer's page"), _("opened the lawyer's page"), roles=PANEL, members={"self"}, reads=True
)
LAWYER.deed("wish", _("Leave or wish"), _("noted leave or a wish"), roles=PANEL, members={"self"}, primary=True)
LAWYER.deed(
    "withdraw_wish", _("Take back leave or a wish"), _("took back leave or a wish"), roles=PANEL, members={"self"}
)
LAWYER.deed(
    "import_wishes",
    _("Import leaves and wishes"),
    _("imported leaves and wishes"),
    roles=PANEL,
    creates=True,
    batch=True,
)

# --- rosters and duties -------------------------------------------------------------------------------------------------
DRAFT, PUBLISHED = "draft", "published"
DUTY_ROSTER = Kind(
    "casework.duty_roster", _("duty roster"), "casework.DutyRoster",
    states={DRAFT: _("Draft roster"), PUBLISHED: _("Published")}, page="duty_roster_detail",
)  # fmt: skip
DUTY_ROSTER.deed("plan", _("Plan a month"), _("planned a month of duties"), roles=PANEL, creates=True)
DUTY_ROSTER.deed("view", _("Open the roster"), _("opened the roster"), roles=PANEL, reads=True)
DUTY_ROSTER.deed("generate", _("Have it filled"), _("had the roster filled"), roles=PANEL, source={DRAFT})
DUTY_ROSTER.deed("add_duty", _("Add a duty"), _("added a duty"), roles=PANEL)
DUTY_ROSTER.deed(
    "publish",
    _("Publish and tell the lawyers"),
    _("published the roster"),
    roles=PANEL,
    source={DRAFT},
    target=PUBLISHED,
)

PLANNED, SWAPPED, DONE, MISSED, CANCELLED = "planned", "swapped", "done", "missed", "cancelled"
AHEAD, STANDS = frozenset({PLANNED, SWAPPED}), frozenset({PLANNED, SWAPPED, DONE})
DUTY = Kind(
    "casework.duty", _("duty"), "casework.Duty",
    states={
        PLANNED: _("Planned duty"), SWAPPED: _("Swapped"), DONE: _("Duty done"), MISSED: _("Missed"), CANCELLED: _("Called off"),
    },
    page="duty_detail",
)  # fmt: skip
DUTY.deed("view", _("Open the duty"), _("opened the duty"), roles=PANEL, members={HOLDER, OFFERED}, reads=True)
DUTY.deed(
    "log", _("Note the duty as done"), _("noted the duty as done"), roles=PANEL, members={HOLDER}, source=AHEAD, target=DONE,
    primary=True,
)  # fmt: skip
DUTY.deed(
    "accept",
    _("Take over this duty"),
    _("took over the duty"),
    members={OFFERED},
    source=AHEAD,
    target=SWAPPED,
    primary=True,
)
DUTY.deed("assign", _("Put somebody else on it"), _("put somebody else on duty"), roles=PANEL, source=AHEAD)
DUTY.deed("offer", _("Ask a colleague to take it"), _("offered the duty to colleagues"), members={HOLDER}, source=AHEAD)
DUTY.deed("recall", _("No longer offered"), _("took the offer back"), roles=PANEL, members={HOLDER}, source=AHEAD)
DUTY.deed("stand_in", _("Somebody else came"), _("noted who stood in"), roles=PANEL, source=AHEAD, target=DONE)
DUTY.deed("miss", _("Nobody came"), _("noted the duty as missed"), roles=PANEL, source=AHEAD, target=MISSED)
DUTY.deed(
    "correct_log", _("Correct what was noted"), _("corrected what was noted of the duty"), roles=PANEL, source={DONE, MISSED},
    target=DONE,
)  # fmt: skip
DUTY.deed(
    "undo",
    _("It was not done after all"),
    _("took back that the duty was done"),
    roles=PANEL,
    source={DONE},
    target=MISSED,
)
DUTY.deed(
    "call_off", _("Call the duty off"), _("called the duty off"), roles=PANEL, source=AHEAD, target=CANCELLED, danger=True
)
DUTY.deed("export", _("Export duties"), _("exported duties"), roles=PANEL, reads=True, sensitive=True)

# --- fees ---------------------------------------------------------------------------------------------------------------
FEE_RATE = Kind("casework.fee_rate", _("fee"), "casework.FeeRate", page="fee_rate_detail")
FEE_RATE.deed("set", _("Set a fee"), _("set a fee"), roles=PANEL, creates=True)
FEE_RATE.deed("view", _("See the tariff"), _("looked at the tariff"), roles=PANEL, reads=True)

SUBMITTED, APPROVED, PAID = "submitted", "approved", "paid"
UNSETTLED, SETTLED = frozenset({DRAFT, SUBMITTED}), frozenset({APPROVED, PAID})
READERS_OF_FEES = PANEL | {"supervisor"}
FEE_SHEET = Kind(
    "casework.fee_sheet", _("fee sheet"), "casework.FeeSheet",
    states={DRAFT: _("Draft sheet"), SUBMITTED: _("To be approved"), APPROVED: _("Approved sheet"), PAID: _("Paid")},
    page="fee_sheet_detail",
)  # fmt: skip
FEE_SHEET.deed("draw_up", _("Draw up a fee sheet"), _("drew up a fee sheet"), roles=PANEL, creates=True)
FEE_SHEET.deed("view", _("Open the fee sheet"), _("opened the fee sheet"), roles=READERS_OF_FEES, reads=True)
FEE_SHEET.deed("reckon", _("Reckon again"), _("had the fee sheet reckoned again"), roles=PANEL, source={DRAFT})
FEE_SHEET.deed(
    "submit",
    _("Submit for approval"),
    _("submitted the fee sheet"),
    roles=PANEL,
    source={DRAFT},
    target=SUBMITTED,
    primary=True,
)
FEE_SHEET.deed(
    "send_back",
    _("Send back"),
    _("sent the fee sheet back"),
    roles={"county_clerk", "supervisor"},
    source={SUBMITTED},
    target=DRAFT,
)
FEE_SHEET.deed(
    "approve", _("Approve the total"), _("approved the fee sheet"), roles={"county_clerk", "supervisor"}, source={SUBMITTED},
    target=APPROVED, primary=True,
)  # fmt: skip
FEE_SHEET.deed(
    "pay",
    _("Note the payment"),
    _("noted that the fee sheet was paid"),
    roles=PANEL,
    source={APPROVED},
    target=PAID,
    primary=True,
)
FEE_SHEET.deed(
    "export",
    _("Export the lines"),
    _("exported lines of a fee sheet"),
    roles=READERS_OF_FEES,
    reads=True,
    sensitive=True,
)
