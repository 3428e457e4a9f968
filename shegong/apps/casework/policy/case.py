"""DECLARE: the case: its phases, deeds and approval flows (domain.md S15, S24)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.vocabulary import Kind, Tier, flow
from shegong.registry.policy import ABOVE, FIELD, INTAKE

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
CASE.deed("apply_mediation", _("Apply for joint mediation"), _("applied for mediation"), roles=FIELD, source=OPEN)
CASE.deed("apply_aid", _("Apply for legal aid"), _("applied for legal aid"), roles=FIELD, source=OPEN)
CASE.deed(
    "add_hearing", _("Enter a hearing"), _("entered a hearing"), roles=FIELD, members={"lawyer", "mediator", "helper"},
    source=OPEN,
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
CASE.deed(
    "start_clock", _("Start a statutory clock"), _("started a statutory clock"), roles=FIELD, members={"lawyer", "mediator"},
    source=OPEN | {FOLLOW_UP},
)  # fmt: skip
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
CASE.deed(
    "import_participants", _("Import workers of a group"), _("imported workers of a group"), roles=FIELD, creates=True, batch=True
)
CASE.deed(
    "split_participant", _("Split a worker out"), _("split a worker out of the group"), roles=FIELD, source=OPEN
)
CASE.deed(
    "join_group", _("Join a group case"), _("joined the case to a group"), roles={"supervisor", "county_clerk"}, source=WORKING,
    target=CLOSED,
)  # fmt: skip
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
