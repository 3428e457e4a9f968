"""HOLD: applications for legal aid, the means tests they are measured by, and hearings."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Org, Scoped, User
from shegong.kernel.orgs.reach import SHANGHAI
from shegong.kernel.vault.fields import SealedText
from shegong.lib.ids import new_id

from ..policy import AidForm, AidResult, AidStage
from ..policy.aid import AID, AID_RULE, HEARING, OPEN_AID, EndReason, Exempt, Satisfied
from .cases import Case
from .linked import LegalAid


class AidRule(Scoped):
    """The means test of one organisation from a day on, for every office below it that has none of its own. Dated data: what
    is poor differs by area and year."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    valid_from = models.DateField(_("valid from"))
    ceiling_fen = models.BigIntegerField(_("highest income per head and month"))
    least_claim_fen = models.BigIntegerField(_("least amount in dispute"), default=0)
    exempt = models.JSONField(_("groups whose means are not examined"), default=list)  # codes of ``Exempt``
    basis = models.CharField(_("document it follows"), max_length=200)
    keep_years = models.PositiveSmallIntegerField(_("files are kept for (years)"))
    state = models.CharField(max_length=10, choices=list(AID_RULE.states.items()), default="valid")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-valid_from", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "valid_from"], condition=Q(state="valid"), name="aidrule_once"),
            models.CheckConstraint(condition=Q(ceiling_fen__gte=0, least_claim_fen__gte=0), name="aidrule_amounts"),
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.valid_from}"

    @property
    def exempt_words(self) -> list[str]:
        """The exempt groups in words."""
        return [str(Exempt(code).label) for code in self.exempt]


class AidApplication(Scoped):
    """One application, on the file of a case and lying where the case lies; ``office`` decides it. The register entry made
    when it is granted (``entry``) is what the tables count."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(_("application number"), max_length=16, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="aid")
    office = models.ForeignKey(Org, models.PROTECT, related_name="+")
    office_path = models.CharField(max_length=120, db_collation="C")  # kept beside ``office`` by a trigger
    case_number = models.CharField(max_length=16)  # the office cannot open the case before it grants aid
    state = models.CharField(max_length=12, choices=list(AID.states.items()), default="applied")
    # asked for
    applicant_name = SealedText(_("applicant"))
    form = models.CharField(_("form of aid"), max_length=16, choices=AidForm.choices)
    stage = models.CharField(_("stage"), max_length=12, choices=AidStage.choices, blank=True)
    dispute = models.CharField(_("dispute"), max_length=40)
    facts = SealedText(_("facts and evidence"))
    claimed_fen = models.BigIntegerField(_("amount claimed"), default=0)
    applied_on = models.DateField(_("applied on"))
    # means
    exempt = models.CharField(_("means not examined"), max_length=8, choices=Exempt.choices, blank=True)
    household = models.PositiveSmallIntegerField(_("people in the household"), null=True)
    income_fen = models.BigIntegerField(_("income of the household a month"), null=True)
    # decided
    missing = SealedText(_("papers that are missing"), null=True)
    missing_by = models.DateField(_("papers due on"), null=True)
    decided_on = models.DateField(_("decided on"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = SealedText(_("reason of the decision"), null=True)
    emergency = models.BooleanField(_("granted before the papers"), default=False)
    objection = SealedText(_("objection"), null=True)
    objected_on = models.DateField(_("objected on"), null=True)
    objection_answer = SealedText(_("answer to the objection"), null=True)
    # worked on
    entry = models.OneToOneField(LegalAid, models.PROTECT, null=True, related_name="application")
    lawyer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    assigned_on = models.DateField(_("assigned on"), null=True)
    # ended
    concluded_on = models.DateField(_("concluded on"), null=True)
    result = models.CharField(_("result"), max_length=8, choices=AidResult.choices, blank=True)
    recovered_fen = models.BigIntegerField(_("amount recovered"), default=0)
    proof = models.CharField(_("proof of recovery"), max_length=120, blank=True)
    end_reason = models.CharField(_("ended because"), max_length=12, choices=EndReason.choices, blank=True)
    outcome = SealedText(_("how it ended"), null=True)
    called_back_on = models.DateField(_("called back on"), null=True)
    satisfied = models.CharField(_("the applicant is"), max_length=10, choices=Satisfied.choices, blank=True)
    call_back = SealedText(_("what she said"), null=True)
    archive_number = models.CharField(_("archive number"), max_length=20, blank=True)
    archived_on = models.DateField(_("archived on"), null=True)
    keep_until = models.DateField(_("kept until"), null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("legal-aid application")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["office_path", "state"], name="aid_office"),
            models.Index(fields=["org_path", "-id"], name="aid_place"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=Q(state__in=sorted(OPEN_AID)), name="aid_one_open"),
            models.UniqueConstraint(
                fields=["office", "archive_number"], condition=~Q(archive_number=""), name="aid_archive_once"
            ),
            models.CheckConstraint(condition=Q(claimed_fen__gte=0, recovered_fen__gte=0), name="aid_amounts"),
            models.CheckConstraint(condition=Q(entry=None) | Q(decided_on__gte=F("applied_on")), name="aid_decided_after"),
        ]

    def __str__(self) -> str:
        return self.number


class Hearing(Scoped):
    """A day in a mediation room, before the arbitration commission or in court, on the file of a case."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="hearings")
    kind = models.CharField(
        _("before"), max_length=12,
        choices=[("mediation", _("mediation")), ("arbitration", _("arbitration commission")), ("court", _("court"))],
    )  # fmt: skip
    at = models.DateTimeField(_("day and time"))
    forum = models.CharField(_("commission or court"), max_length=80)
    forum_number = models.CharField(_("their number of the case"), max_length=40, blank=True)
    place = models.CharField(_("room"), max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=list(HEARING.states.items()), default="planned")
    moved_from = models.DateTimeField(null=True)  # the day that was planned before it was postponed
    outcome = SealedText(_("what happened"), null=True)
    reminded_on = models.DateField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("hearing")
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["case"], name="hearing_case"),
            models.Index(fields=["at"], name="hearing_planned", condition=Q(state="planned")),
        ]

    def __str__(self) -> str:
        return f"{self.forum} {self.at:%Y-%m-%d}"

    @property
    def local(self) -> dt.datetime:
        """The day and time where it takes place."""
        return self.at.astimezone(SHANGHAI)
