"""DECLARE: the words casework chooses from: lines, classes, forms, sources, risks, reasons, kinds of record (domain.md 3.7)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    CONTACT = "contact", _("Contact made")
    VISIT = "visit", _("Visit")
    SESSION = "session", _("Session")
    SUPERVISION = "supervision", _("Supervision record")
    EVALUATION = "evaluation", _("Evaluation form")
    CLOSURE = "closure", _("Closure form")
    FOLLOW_UP = "follow_up", _("Follow-up")
    DECISION = "decision", _("Decision")
    CORRECTION = "correction", _("Correction")


# where nobody chose a service line yet, the class of the need suggests it
LINES = {
    Problem.RELIEF: Line.HARDSHIP, Problem.JOB: Line.EMPLOYMENT, Problem.WAGES: Line.RIGHTS, Problem.REST: Line.RIGHTS,
    Problem.SAFETY: Line.RIGHTS, Problem.WOMEN: Line.RIGHTS,
}  # fmt: skip
