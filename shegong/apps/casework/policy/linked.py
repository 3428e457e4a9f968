"""DECLARE: what leads out of a case: referrals, urgent needs, resources and promises, ratings, the legal-aid register."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.vocabulary import Kind
from shegong.registry.policy import ABOVE, FIELD, INTAKE

REFERRAL = Kind(
    "casework.referral",
    _("referral"),
    "casework.Referral",
    states={
        "sent": _("Awaits an answer"),
        "accepted": _("Accepted"),
        "declined": _("Declined"),
        "done": _("Done"),
        "recalled": _("Recalled"),
    },
    page="referral_detail",
)
RECEIVERS = FIELD | {"partner"}
# the row lies at the sender's place; who receives it is tied to it by its ``to_path``
RECEIVER = {"receiver"}
REFERRAL.deed(
    "view", _("Open the referral"), _("opened the referral"), members=RECEIVER | {"sender"}, reads=True, sensitive=True
)
REFERRAL.deed(
    "accept",
    _("Accept"),
    _("accepted the referral"),
    members=RECEIVER,
    source={"sent"},
    target="accepted",
    primary=True,
)
REFERRAL.deed(
    "decline",
    _("Decline with reason"),
    _("declined the referral"),
    members=RECEIVER,
    source={"sent", "accepted"},
    target="declined",
)
REFERRAL.deed(
    "finish",
    _("Report the outcome"),
    _("reported the outcome"),
    members=RECEIVER,
    source={"accepted"},
    target="done",
    primary=True,
)
REFERRAL.deed(
    "reveal",
    _("Show the full phone"),
    _("was shown a full phone"),
    members=RECEIVER,
    source={"sent", "accepted"},
    sensitive=True,
)
REFERRAL.deed(
    "recall",
    _("Recall"),
    _("recalled the referral"),
    members={"sender"},
    source={"sent", "accepted"},
    target="recalled",
)

URGENT_NEED = Kind(
    "casework.urgent_need",
    _("urgent need"),
    "casework.UrgentNeed",
    states={
        "raised": _("Raised"),
        "assigned": _("Assigned"),
        "in_hand": _("In hand"),
        "answered": _("Answered"),
        "closed": _("Closed off"),
    },
    page="urgent_need_detail",
)
ANYONE = INTAKE | ABOVE | {"base_cadre", "worker", "partner", "lawyer", "mediator"}
URGENT_NEED.deed("raise", _("Raise a need"), _("raised a need"), roles=ANYONE, creates=True, primary=True)
URGENT_NEED.deed(
    "view", _("Open the need"), _("opened the need"), roles=FIELD | ABOVE, members={"raiser", "owner"}, reads=True
)
URGENT_NEED.deed(
    "assign",
    _("Assign"),
    _("assigned the need"),
    roles=FIELD,
    source={"raised", "assigned", "in_hand"},
    target="assigned",
    primary=True,
)
URGENT_NEED.deed(
    "take",
    _("Take in hand"),
    _("took the need in hand"),
    roles=FIELD,
    members={"owner"},
    source={"assigned"},
    target="in_hand",
    primary=True,
)
URGENT_NEED.deed(
    "answer",
    _("Answer"),
    _("answered the need"),
    roles=FIELD | ABOVE,
    members={"owner"},
    source={"assigned", "in_hand"},
    target="answered",
    primary=True,
)
URGENT_NEED.deed("call_back", _("Call back"), _("called back"), roles=FIELD, source={"answered"})
URGENT_NEED.deed(
    "close_off",
    _("Settled, close it"),
    _("closed the need off"),
    members={"raiser"},
    source={"answered"},
    target="closed",
    primary=True,
)
URGENT_NEED.deed(
    "redo", _("Not settled"), _("sent the need back"), members={"raiser"}, source={"answered"}, target="assigned"
)
URGENT_NEED.deed(
    "escalate",
    _("Escalate to the next level"),
    _("escalated the need"),
    roles=FIELD,
    source={"raised", "assigned", "in_hand"},
)
URGENT_NEED.deed(
    "take_up",
    _("Take up as a case"),
    _("took the need up as a case"),
    roles=FIELD,
    source={"raised", "assigned", "in_hand"},
)

RESOURCE = Kind("casework.resource", _("resource"), "casework.Resource", page="resource_detail")
RESOURCE.deed("offer", _("Add a resource"), _("added a resource"), roles=FIELD | ABOVE, creates=True)
RESOURCE.deed(
    "view",
    _("Open the resource"),
    _("opened the resource"),
    roles=INTAKE | ABOVE | {"base_cadre", "partner"},
    reads=True,
)
RESOURCE.deed("correct", _("Correct"), _("corrected the resource"), roles=FIELD | ABOVE)
RESOURCE.deed("withdraw", _("Withdraw"), _("withdrew the resource"), roles=FIELD | ABOVE)

PROMISE = Kind(
    "casework.promise",
    _("promised resource"),
    "casework.Promise",
    states={
        "asked": _("Asked for"),
        "promised": _("Promised"),
        "refused": _("Refused"),
        "delivered": _("Delivered"),
        "confirmed": _("Effect confirmed"),
    },
    page="promise_detail",
)
PROMISE.deed("view", _("Open the promise"), _("opened the promise"), roles=FIELD | ABOVE, members={"giver"}, reads=True)
PROMISE.deed(
    "give",
    _("Promise it"),
    _("promised it"),
    members={"giver"},
    roles=(),
    source={"asked"},
    target="promised",
    primary=True,
)
PROMISE.deed("refuse", _("Refuse with reason"), _("refused it"), members={"giver"}, source={"asked"}, target="refused")
PROMISE.deed(
    "deliver",
    _("Delivered"),
    _("delivered it"),
    members={"giver"},
    roles=FIELD,
    source={"promised"},
    target="delivered",
    primary=True,
)
PROMISE.deed(
    "confirm",
    _("Confirm the effect"),
    _("confirmed the effect"),
    roles=FIELD,
    source={"delivered"},
    target="confirmed",
    primary=True,
)

RATING = Kind("casework.rating", _("rating"), "casework.Rating", states={"asked": _("asked"), "given": _("given")})
RATING.deed("give", _("Rate"), _("rated"), members={"code_holder"}, source={"asked"}, target="given", primary=True)

LEGAL_AID = Kind(
    "casework.legal_aid",
    _("legal-aid entry"),
    "casework.LegalAid",
    states={"pending": _("In hand"), "concluded": _("Concluded"), "ended": _("Ended")},
    page="legal_aid_detail",
)
LEGAL = {"legal_officer", "county_clerk", "town_worker", "supervisor"}
LEGAL_AID.deed(
    "import",
    _("Import a legal-aid register"),
    _("imported a legal-aid register"),
    roles=LEGAL,
    creates=True,
    batch=True,
)
LEGAL_AID.deed(
    "register", _("New register entry"), _("entered in the register"), roles=LEGAL, creates=True, primary=True
)
LEGAL_AID.deed(
    "list", _("List the legal-aid register"), _("listed the legal-aid register"), roles=LEGAL | ABOVE, reads=True
)
LEGAL_AID.deed("view", _("Open the entry"), _("opened the entry"), roles=LEGAL, reads=True, sensitive=True)
LEGAL_AID.deed("correct", _("Correct"), _("corrected the entry"), roles=LEGAL)
LEGAL_AID.deed(
    "export",
    _("Export the legal-aid register"),
    _("exported the legal-aid register"),
    roles={"legal_officer", "county_clerk"},
    reads=True,
    sensitive=True,
)
