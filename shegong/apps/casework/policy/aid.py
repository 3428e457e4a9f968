"""DECLARE: union legal aid from the application to the archive (S39, SM-LEGALAID), hearings, and the rules of the means test."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.rights import TIE_NAMES
from shegong.kernel.actions.vocabulary import Kind
from shegong.registry.policy import ABOVE, FIELD

from .clocks import AT_WORK

APPLIED, SUPPLEMENT, ACCEPTED, REFUSED, OBJECTED = "applied", "supplement", "accepted", "refused", "objected"
ASSIGNED, IN_HAND, CONCLUDED, ENDED = "assigned", "in_hand", "concluded", "ended"
CALLED_BACK, ARCHIVED, WITHDRAWN = "called_back", "archived", "withdrawn"
UNDECIDED = {APPLIED, SUPPLEMENT}
GRANTED = {ACCEPTED, ASSIGNED, IN_HAND}
OPEN_AID = UNDECIDED | GRANTED | {OBJECTED}
DECIDERS = frozenset({"legal_officer", "county_clerk", "supervisor"})
OFFICE = "aid_office"  # the tie of those who decide at the office applied to, or above it
TIE_NAMES.update(aid_office=_("decides at the office applied to"))


class Exempt(models.TextChoices):
    """Groups whose means are not examined (Legal Aid Law art. 42)."""

    NONE = "", _("none of these")
    GROUP = "group", _("minor, elderly or disabled person without steady income")
    RELIEF = "relief", _("receives social or judicial relief, or special care")
    MIGRANT = "migrant", _("migrant worker: wages or work injury")
    OTHER = "other", _("another group exempt by a rule")


class EndReason(models.TextChoices):
    """Why aid is ended early (Legal Aid Law art. 48)."""

    FRAUD = "fraud", _("obtained by deception")
    CONCEALED = "concealed", _("facts concealed or false evidence")
    UNLAWFUL = "unlawful", _("used for something unlawful")
    MEANS = "means", _("means have changed, the conditions are no longer met")
    STOPPED = "stopped", _("the proceedings were stopped or the case revoked")
    OWN_LAWYER = "own_lawyer", _("took a lawyer of her own")
    ASKED = "asked", _("asked for with good reason")
    OTHER = "other", _("another case provided by law")


class Satisfied(models.TextChoices):
    YES = "yes", _("satisfied")
    PARTLY = "partly", _("partly satisfied")
    NO = "no", _("not satisfied")
    UNREACHED = "unreached", _("could not be reached")


AID = Kind(
    "casework.aid",
    _("legal-aid application"),
    "casework.AidApplication",
    states={
        APPLIED: _("Under review"),
        SUPPLEMENT: _("Papers are missing"),
        ACCEPTED: _("Granted"),
        REFUSED: _("Not granted"),
        OBJECTED: _("Objection"),
        ASSIGNED: _("Assigned"),
        IN_HAND: _("In hand"),
        CONCLUDED: _("Concluded"),
        ENDED: _("Ended early"),
        CALLED_BACK: _("Called back"),
        ARCHIVED: _("Archived"),
        WITHDRAWN: _("Withdrawn"),
    },
    page="aid_detail",
)
_WORK = {"lawyer", OFFICE, "worker_in_charge"}

AID.deed(
    "view", _("Open the application"), _("opened the application"),
    roles=FIELD, members=AT_WORK | {OFFICE, "client"}, reads=True, sensitive=True,
)  # fmt: skip
AID.deed(
    "correct", _("Correct the application"), _("corrected the application"),
    roles=FIELD, members={OFFICE}, source=UNDECIDED | GRANTED,
)  # fmt: skip
AID.deed(
    "ask_supplement", _("Ask for missing papers"), _("asked for missing papers"),
    members={OFFICE}, roles=(), source={APPLIED}, target=SUPPLEMENT,
)  # fmt: skip
AID.deed(
    "supply", _("The papers are complete"), _("noted that the papers are complete"),
    roles=FIELD, members={OFFICE}, source={SUPPLEMENT}, target=APPLIED, primary=True,
)  # fmt: skip
AID.deed(
    "accept", _("Grant aid"), _("granted aid"),
    members={OFFICE}, roles=(), source=UNDECIDED, target=ACCEPTED, primary=True,
)  # fmt: skip
AID.deed(
    "refuse", _("Refuse with reason"), _("refused aid"),
    members={OFFICE}, roles=(), source=UNDECIDED, target=REFUSED, danger=True,
)  # fmt: skip
AID.deed(
    "withdraw", _("The applicant withdraws"), _("noted the withdrawal"),
    roles=FIELD, members={OFFICE}, source=UNDECIDED | {ACCEPTED}, target=WITHDRAWN,
)  # fmt: skip
AID.deed(
    "object", _("The applicant objects"), _("noted the objection"),
    roles=FIELD, members={OFFICE}, source={REFUSED}, target=OBJECTED,
)  # fmt: skip
AID.deed(
    "uphold", _("The refusal stands"), _("noted that the refusal stands"),
    members={OFFICE}, roles=(), source={OBJECTED}, target=REFUSED,
)  # fmt: skip
AID.deed(
    "overturn", _("The objection is right"), _("noted that the objection is right"),
    members={OFFICE}, roles=(), source={OBJECTED}, target=APPLIED, primary=True,
)  # fmt: skip
AID.deed(
    "assign", _("Assign a lawyer"), _("assigned a lawyer"),
    members={OFFICE}, roles=(), source=GRANTED, target=ASSIGNED, primary=True,
)  # fmt: skip
AID.deed(
    "begin", _("Take in hand"), _("took the case in hand"),
    members=_WORK, roles=(), source={ASSIGNED}, target=IN_HAND, primary=True,
)  # fmt: skip
AID.deed("set_stage", _("The next stage"), _("noted the stage"), members=_WORK, roles=(), source={IN_HAND})
AID.deed(
    "conclude", _("Conclude"), _("concluded the aid"),
    members=_WORK, roles=(), source={ASSIGNED, IN_HAND}, target=CONCLUDED, primary=True,
)  # fmt: skip
AID.deed(
    "end", _("End early"), _("ended the aid"),
    members={OFFICE}, roles=(), source=GRANTED, target=ENDED, danger=True,
)  # fmt: skip
AID.deed(
    "call_back", _("Call back"), _("called the applicant back"),
    roles=FIELD, members={OFFICE}, source={CONCLUDED, ENDED}, target=CALLED_BACK, primary=True,
)  # fmt: skip
AID.deed(
    "archive", _("Archive the file"), _("archived the file"),
    members={OFFICE}, roles=(), source={CALLED_BACK}, target=ARCHIVED, primary=True,
)  # fmt: skip

HEARING = Kind(
    "casework.hearing",
    _("hearing"),
    "casework.Hearing",
    states={"planned": _("Planned"), "held": _("Held"), "cancelled": _("Cancelled")},
    page="hearing_detail",
)
HEARING.deed(
    "view", _("Open the hearing"), _("opened the hearing"), roles=FIELD, members=AT_WORK | {"client"}, reads=True
)
HEARING.deed(
    "hold", _("It took place"), _("noted what happened"), roles=FIELD, members=AT_WORK, source={"planned"}, target="held",
    primary=True,
)  # fmt: skip
HEARING.deed("postpone", _("Postponed"), _("noted the new day"), roles=FIELD, members=AT_WORK, source={"planned"})
HEARING.deed(
    "cancel", _("Cancelled"), _("cancelled the hearing"), roles=FIELD, members=AT_WORK, source={"planned"}, target="cancelled"
)

AID_RULE = Kind(
    "casework.aid_rule", _("means test"), "casework.AidRule", states={"valid": _("Valid"), "withdrawn": _("Withdrawn")},
    page="aid_rule_list",
)  # fmt: skip
RULERS = frozenset({"county_clerk", "city_officer", "province_officer"})
AID_RULE.deed("set", _("Set a means test"), _("set a means test"), roles=RULERS, creates=True, primary=True)
AID_RULE.deed("list", _("List the means tests"), _("listed the means tests"), roles=FIELD | ABOVE, reads=True)
AID_RULE.deed(
    "withdraw", _("Entered by mistake"), _("withdrew the means test"), roles=RULERS, source={"valid"}, target="withdrawn",
    danger=True,
)  # fmt: skip
