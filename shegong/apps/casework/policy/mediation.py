"""DECLARE: joint mediation of a labour dispute in a workshop of union, human resources and justice (S37, S38)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.vocabulary import Kind
from shegong.registry.policy import ABOVE, FIELD

from .clocks import AT_WORK

ASKED, TAKEN, IN_SESSION = "applied", "accepted", "in_session"
AGREED, NOT_REACHED, PERFORMED, DEFAULTED = "agreed", "not_reached", "performed", "defaulted"
DECLINED, WITHDRAWN = "declined", "withdrawn"
OPEN_MEDIATION = {ASKED, TAKEN, IN_SESSION, AGREED}
SETTLED = {AGREED, PERFORMED, DEFAULTED}
CASE_PLACE = "case_place"  # the tie of field staff over the place of the case: the workshop lies beside it in the tree


class Reader(models.TextChoices):
    """Who reads a note of a session: each side keeps its own."""

    ALL = "all", _("everybody at the table")
    UNION = "union", _("the union's side only")
    MEDIATORS = "mediators", _("the mediators only")


MEDIATION = Kind(
    "casework.mediation",
    _("joint mediation"),
    "casework.Mediation",
    states={
        ASKED: _("Applied for"),
        TAKEN: _("Taken on"),
        IN_SESSION: _("In session"),
        AGREED: _("Agreement reached"),
        PERFORMED: _("Performed"),
        DEFAULTED: _("Not performed"),
        NOT_REACHED: _("No agreement"),
        DECLINED: _("Declined"),
        WITHDRAWN: _("Withdrawn"),
    },
    page="mediation_detail",
)
_TABLE = {"mediator", CASE_PLACE}
_WORKING = {TAKEN, IN_SESSION}
MEDIATION.deed(
    "list", _("List the mediations"), _("listed the mediations"), roles=FIELD | ABOVE, members=AT_WORK | {CASE_PLACE}, reads=True
)
MEDIATION.deed(
    "view", _("Open the mediation"), _("opened the mediation"), roles=FIELD, members=AT_WORK | {CASE_PLACE, "client"},
    reads=True, sensitive=True,
)  # fmt: skip
MEDIATION.deed(
    "export", _("Export the mediations"), _("exported the mediations"), roles={"county_clerk", "supervisor"}, reads=True,
    sensitive=True,
)  # fmt: skip
MEDIATION.deed(
    "import", _("Import mediations"), _("imported mediations"), roles={"county_clerk", "supervisor"}, creates=True, batch=True
)
MEDIATION.deed(
    "accept", _("Take it on"), _("took the mediation on"), roles=FIELD, source={ASKED}, target=TAKEN, primary=True
)
MEDIATION.deed(
    "decline", _("Decline with reason"), _("declined the mediation"), roles=FIELD, source={ASKED}, target=DECLINED
)
MEDIATION.deed(
    "withdraw", _("The applicant withdraws"), _("noted the withdrawal"), roles=FIELD, members=_TABLE,
    source={ASKED, *_WORKING}, target=WITHDRAWN,
)  # fmt: skip
MEDIATION.deed(
    "hold_session", _("Note a session"), _("noted a session"), roles=FIELD, members=_TABLE, source=_WORKING, target=IN_SESSION,
    primary=True,
)  # fmt: skip
MEDIATION.deed(
    "agree", _("Note the agreement"), _("noted the agreement"), roles=FIELD, members={"mediator"}, source=_WORKING, target=AGREED,
    primary=True,
)  # fmt: skip
MEDIATION.deed(
    "take_back", _("Take the agreement back"), _("took the agreement back"), roles=FIELD, members={"mediator"}, source={AGREED},
    target=IN_SESSION, danger=True,
)  # fmt: skip
MEDIATION.deed(
    "fail", _("No agreement: to arbitration"), _("handed over to arbitration"), roles=FIELD, members={"mediator"},
    source=_WORKING, target=NOT_REACHED,
)  # fmt: skip
MEDIATION.deed(
    "note_payment", _("Money arrived"), _("noted a payment"), roles=FIELD, members=_TABLE, source={AGREED, DEFAULTED},
    primary=True,
)  # fmt: skip
MEDIATION.deed(
    "correct_payment", _("Correct a payment"), _("corrected a payment"), roles=FIELD, members=_TABLE, source=SETTLED,
)  # fmt: skip
MEDIATION.deed(
    "default", _("Not performed"), _("noted that it was not performed"), roles=FIELD, members=_TABLE, source={AGREED},
    target=DEFAULTED, danger=True,
)  # fmt: skip
MEDIATION.deed(
    "confirm", _("Confirmation by the court or an award"), _("noted the confirmation"), roles=FIELD, members=_TABLE,
    source=SETTLED,
)  # fmt: skip
