"""DECLARE: what casework knows — service lines, phases, deeds, approval flows. Read this first (domain.md S15, S24, 3.7)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.vocabulary import Kind, Tier, flow
from shegong.registry.policy import ABOVE, FIELD, INTAKE


class Line(models.TextChoices):
    """The six service lines of a union social worker (S15)."""

    RIGHTS = "rights", _("Rights protection")
    MEDIATION = "mediation", _("Dispute mediation")
    HARDSHIP = "hardship", _("Hardship help")
    EMPLOYMENT = "employment", _("Employment aid")
    EDUCATION = "education", _("Education and guidance")
    CARE = "care", _("Humanistic care")


# An employer's side never sees these, whatever else it may (rule 5).
DISPUTE_LINES = frozenset({Line.RIGHTS, Line.MEDIATION})


class Problem(models.TextChoices):
    """The six classes of urgent needs (急难愁盼, S24)."""

    RELIEF = "relief", _("Hardship relief")
    JOB = "job", _("Job transfer and employment")
    WAGES = "wages", _("Wages and social security")
    REST = "rest", _("Rest and leave")
    SAFETY = "safety", _("Labour safety and health")
    WOMEN = "women", _("Women workers' rights")


class Form(models.TextChoices):
    INDIVIDUAL = "individual", _("Individual case")
    GROUP = "group", _("Group case")
    CONSULTATION = "consultation", _("Consultation")


class Source(models.TextChoices):
    WALK_IN = "walk_in", _("Came in person")
    VISIT = "visit", _("Found on a visit")
    ONLINE = "online", _("Asked online")
    HOTLINE = "hotline", _("12351 hotline")
    REFERRAL = "referral", _("Referred by another office")
    IMPORTED = "imported", _("From an imported register")
    SYSTEM = "system", _("From another system")


class Risk(models.IntegerChoices):
    """Higher goes first in every queue."""

    NORMAL = 0, _("normal")
    RAISED = 1, _("raised")
    URGENT = 2, _("urgent")
    DANGER = 3, _("danger to life")


class CloseReason(models.TextChoices):
    """Closing reasons (domain.md 3.7)."""

    GOAL = "goal", _("Goal reached")
    CLIENT = "client", _("Ended by the client")
    REFERRED = "referred", _("Referred")
    LOST = "lost", _("Contact lost")
    DEATH = "death", _("Death")
    OTHER = "other", _("Other")


INTAKE_, ASSESSMENT, PLANNING, PLAN_REVIEW = "intake", "assessment", "planning", "plan_review"
INTERVENTION, EVALUATION, CLOSURE_REVIEW, CLOSED = "intervention", "evaluation", "closure_review", "closed"
SUSPENDED, REFERRED, FOLLOW_UP = "suspended", "referred", "follow_up"
# the six phases of the stepper; the two reviews belong to the phase they end
PHASES = (INTAKE_, ASSESSMENT, PLANNING, INTERVENTION, EVALUATION, CLOSED)
WORKING = {INTAKE_, ASSESSMENT, PLANNING, INTERVENTION, EVALUATION}
OPEN = WORKING | {PLAN_REVIEW, CLOSURE_REVIEW, SUSPENDED, REFERRED}

CASE = Kind(
    "casework.case",
    _("case"),
    "casework.Case",
    states={
        INTAKE_: _("Intake"),
        ASSESSMENT: _("Assessment"),
        PLANNING: _("Planning"),
        PLAN_REVIEW: _("Plan awaits approval"),
        INTERVENTION: _("Intervention"),
        EVALUATION: _("Evaluation"),
        CLOSURE_REVIEW: _("Closure awaits approval"),
        CLOSED: _("Closed"),
        SUSPENDED: _("Suspended"),
        REFERRED: _("Referred"),
        FOLLOW_UP: _("Follow-up"),
    },
    page="case_detail",
)
# a supervisor at the town itself or above it; the county clerk stands in where none is named
PLAN_FLOW = flow("casework.plan", Tier("supervisor", need=1, days=3))
CLOSURE_FLOW = flow("casework.closure", Tier("supervisor", need=1, days=3))

TIED = {"worker_in_charge", "lawyer", "mediator", "partner", "helper", "emergency", "escalated"}
SELF = {"client", "raiser"}

# -- looking
CASE.deed("list", _("List cases"), _("listed cases"), roles=FIELD | ABOVE, members=TIED | SELF, reads=True)
CASE.deed(
    "view", _("Open the case"), _("opened the case"), roles=FIELD, members=TIED | SELF, reads=True, sensitive=True
)
CASE.deed(
    "export",
    _("Export cases"),
    _("exported cases"),
    roles={"county_clerk", "supervisor"} | ABOVE,
    reads=True,
    sensitive=True,
)
CASE.deed(
    "break_glass",
    _("Open in an emergency"),
    _("opened the case in an emergency"),
    roles=FIELD | ABOVE,
    danger=True,
    sensitive=True,
    help=_("Opens the full record to you for 24 hours. Your reason is sent to your superior and stays in the trail."),
)
CASE.deed("readers", _("Who looked at this file"), _("asked who looked"), roles=FIELD, members={"client"}, reads=True)
# -- coming in
CASE.deed("create", _("New case"), _("took in a case"), roles=INTAKE | {"base_cadre"}, creates=True, primary=True)
CASE.deed("request", _("Ask for help"), _("asked for help"), roles={"worker"}, creates=True, primary=True)
CASE.deed("consult", _("Quick consultation"), _("answered a consultation"), roles=INTAKE, creates=True)
CASE.deed("import", _("Import cases"), _("imported cases"), roles=FIELD, creates=True, batch=True)
CASE.deed("accept", _("Accept"), _("accepted"), roles=FIELD, source={INTAKE_}, target=ASSESSMENT, primary=True)
CASE.deed(
    "decline",
    _("Decline with reason"),
    _("declined"),
    roles={"supervisor", "county_clerk"},
    source={INTAKE_, ASSESSMENT},
    target=CLOSED,
    danger=True,
)
CASE.deed(
    "take_up",
    _("Take up as a case"),
    _("took up the consultation as a case"),
    roles=FIELD,
    source={CLOSED},
    target=INTAKE_,
)
# -- the six phases; a case may be ended early from any of them, never without consent on file (else decline it)
CASE.deed(
    "consent",
    _("Record consent"),
    _("recorded the client's consent"),
    roles=FIELD,
    source={INTAKE_, ASSESSMENT},
    primary=True,
)
CASE.deed(
    "assess", _("Record the assessment"), _("assessed"), roles=FIELD, source={ASSESSMENT}, target=PLANNING, primary=True
)
CASE.deed(
    "plan_need",
    _("Add a need to the plan"),
    _("added a need to the plan"),
    roles=FIELD,
    source={PLANNING, INTERVENTION},
)
CASE.deed(
    "submit_plan",
    _("Submit the plan for approval"),
    _("submitted the plan"),
    roles=FIELD,
    source={PLANNING},
    target=PLAN_REVIEW,
    opens="casework.plan",
    primary=True,
)
CASE.deed(
    "approve_plan", _("Approve the plan"), _("approved the plan"), roles={"supervisor"}, source={PLAN_REVIEW},
    target=INTERVENTION, flow="casework.plan", vote="approve", primary=True,
)  # fmt: skip
CASE.deed(
    "return_plan", _("Return the plan for correction"), _("returned the plan"), roles={"supervisor"}, source={PLAN_REVIEW},
    target=PLANNING, flow="casework.plan", vote="return",
)  # fmt: skip
CASE.deed(
    "withdraw_plan",
    _("Take the plan back"),
    _("took the plan back"),
    roles=FIELD,
    source={PLAN_REVIEW},
    target=PLANNING,
)
CASE.deed(
    "log", _("Log a contact, visit or session"), _("logged a contact"), roles=FIELD, members={"lawyer", "mediator", "helper"},
    source=OPEN | {FOLLOW_UP},
)  # fmt: skip
CASE.deed(
    "settle_need",
    _("Set the outcome of a need"),
    _("set the outcome of a need"),
    roles=FIELD,
    source={INTERVENTION, EVALUATION, REFERRED},
)
CASE.deed(
    "evaluate",
    _("Record the evaluation"),
    _("evaluated"),
    roles=FIELD,
    source={INTERVENTION},
    target=EVALUATION,
    primary=True,
)
CASE.deed(
    "submit_closure",
    _("Submit for closing"),
    _("submitted for closing"),
    roles=FIELD,
    source={ASSESSMENT, PLANNING, INTERVENTION, EVALUATION, SUSPENDED},
    target=CLOSURE_REVIEW,
    opens="casework.closure",
    primary=True,
)
CASE.deed(
    "approve_closure", _("Approve the closure"), _("closed"), roles={"supervisor"}, source={CLOSURE_REVIEW}, target=CLOSED,
    flow="casework.closure", vote="approve", primary=True,
)  # fmt: skip
CASE.deed(
    "return_closure", _("Return for more work"), _("returned for more work"), roles={"supervisor"}, source={CLOSURE_REVIEW},
    flow="casework.closure", vote="return",
)  # fmt: skip
CASE.deed(
    "withdraw_closure", _("Take the closure back"), _("took the closure back"), roles=FIELD, source={CLOSURE_REVIEW}
)
CASE.deed(
    "follow_up", _("Record a follow-up"), _("followed up"), roles=FIELD, source={CLOSED, FOLLOW_UP}, target=FOLLOW_UP
)
CASE.deed(
    "end_follow_up", _("End the follow-up"), _("ended the follow-up"), roles=FIELD, source={FOLLOW_UP}, target=CLOSED
)
CASE.deed(
    "reopen", _("Reopen"), _("reopened"), roles=FIELD, members={"client"}, source={CLOSED, FOLLOW_UP}, target=ASSESSMENT
)
CASE.deed("renew_invite", _("New rating code"), _("issued a new rating code"), roles=FIELD, source={CLOSED, FOLLOW_UP})
# -- aside from the phases; where no target is named, the service goes back to the phase the case came from
CASE.deed("correct_record", _("Correct an entry"), _("corrected an entry"), roles=FIELD, members={"lawyer", "mediator"})
CASE.deed("correct_facts", _("Correct the facts"), _("corrected the facts"), roles=FIELD, source=OPEN)
CASE.deed("set_risk", _("Set the risk level"), _("set the risk level"), roles=FIELD, source=OPEN)
CASE.deed("escalate", _("Escalate to the next level"), _("escalated"), roles=FIELD, source=OPEN)
CASE.deed(
    "answer_escalation", _("Answer the escalation"), _("answered the escalation"), roles=FIELD | ABOVE, source=OPEN
)
CASE.deed(
    "reassign",
    _("Hand over to a colleague"),
    _("handed over"),
    roles={"county_clerk", "supervisor", "town_worker"},
    source=OPEN,
)
CASE.deed("suspend", _("Suspend"), _("suspended"), roles=FIELD, source=WORKING, target=SUSPENDED)
CASE.deed("resume", _("Resume"), _("resumed"), roles=FIELD, source={SUSPENDED}, primary=True)
CASE.deed("set_task", _("Set a due date"), _("set a due date"), roles=FIELD, source=OPEN | {FOLLOW_UP})
CASE.deed("finish_task", _("Mark as done"), _("finished a task"), roles=FIELD)
CASE.deed(
    "assign",
    _("Assign a lawyer, mediator or partner"),
    _("assigned"),
    roles={"legal_officer", "county_clerk", "supervisor"},
    source=OPEN,
)
CASE.deed(
    "unassign",
    _("End the assignment"),
    _("ended the assignment"),
    roles={"legal_officer", "county_clerk", "supervisor"},
)
CASE.deed("add_participant", _("Add a worker to the group"), _("added a worker to the group"), roles=FIELD, source=OPEN)
CASE.deed("settle_participant", _("Set a worker's result"), _("set a worker's result"), roles=FIELD, source=OPEN)
CASE.deed(
    "add_document",
    _("Add a document"),
    _("added a document"),
    roles=FIELD,
    members={"lawyer", "mediator", "client"},
    source=OPEN | {FOLLOW_UP},
)
CASE.deed(
    "remove_document", _("Take a document off the file"), _("took a document off the file"), roles=FIELD, danger=True
)
CASE.deed("refer", _("Refer to another organisation"), _("referred"), roles=FIELD, source={PLANNING, INTERVENTION})
CASE.deed("promise", _("Link a resource"), _("linked a resource"), roles=FIELD, source=OPEN)
CASE.deed(
    "note_supervision", _("Record a supervision"), _("recorded a supervision"), roles={"supervisor", "county_clerk"}
)

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


class AidForm(models.TextChoices):
    """Primary form of legal aid (S39); each entry has one."""

    MEDIATION = "mediation", _("Mediation")
    REPRESENTATION = "representation", _("Representation")
    CONSULTATION = "consultation", _("Consultation")
    DRAFTING = "drafting", _("Drafting of papers")


class AidStage(models.TextChoices):
    """What T09 splits mediation and representation by."""

    NONE = "", _("not applicable")
    BEFORE = "before", _("before arbitration")
    AFTER = "after", _("after arbitration began")
    ARBITRATION = "arbitration", _("arbitration")
    LITIGATION = "litigation", _("litigation")


class AidResult(models.TextChoices):
    PENDING = "pending", _("pending")
    SUCCESS = "success", _("success")
    FAILURE = "failure", _("no agreement")
    CLOSED = "closed", _("closed")


class RecordKind(models.TextChoices):
    """Entries of a case file; each phase's form is one of them (domain.md 3.7)."""

    INTAKE = "intake", _("Intake form")
    CONSENT = "consent", _("Consent")
    ASSESSMENT = "assessment", _("Assessment form")
    PLAN = "plan", _("Service plan")
    CONTACT = "contact", _("Contact")
    VISIT = "visit", _("Visit")
    SESSION = "session", _("Session")
    SUPERVISION = "supervision", _("Supervision record")
    EVALUATION = "evaluation", _("Evaluation form")
    CLOSURE = "closure", _("Closure form")
    FOLLOW_UP = "follow_up", _("Follow-up")
    DECISION = "decision", _("Decision")
    CORRECTION = "correction", _("Correction")
