"""HOLD: joint mediations with their sessions and what the agreement promises, instalment by instalment."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Scoped, User
from shegong.kernel.vault.fields import SealedText
from shegong.lib.ids import new_id

from ..policy.mediation import MEDIATION, OPEN_MEDIATION, Reader
from .cases import Case, Participant


class Mediation(Scoped):
    """One mediation; ``org`` is the workshop. What a register of earlier years brings has no case, and counts all the same."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(_("number"), max_length=32)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="mediations")
    case_path = models.CharField(max_length=120, db_collation="C", blank=True)  # kept beside ``case`` by a trigger
    state = models.CharField(max_length=12, choices=list(MEDIATION.states.items()), default="applied")
    applicant_name = SealedText(_("applicant"))
    opponent = models.CharField(_("opponent"), max_length=80, blank=True)
    claim = SealedText(_("claim"))
    people = models.PositiveIntegerField(_("people"), default=1)
    claimed_fen = models.BigIntegerField(_("amount claimed"), default=0)
    applied_on = models.DateField(_("applied on"))
    accepted_on = models.DateField(_("taken on"), null=True)
    mediator = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_on = models.DateField(_("ended on"), null=True)
    days = models.PositiveIntegerField(_("days from the application"), default=0)
    agreement = SealedText(_("text of the agreement"), null=True)
    agreed_fen = models.BigIntegerField(_("amount agreed"), default=0)
    reason = SealedText(_("reason"), null=True)
    commission = models.CharField(_("arbitration commission"), max_length=80, blank=True)  # where it was handed over to
    confirm_way = models.CharField(
        _("confirmed by"), max_length=8, blank=True, choices=[("court", _("the court")), ("award", _("an arbitration document"))]
    )
    confirm_applied_on = models.DateField(_("confirmation applied for"), null=True)
    confirmed_on = models.DateField(_("confirmed on"), null=True)
    confirm_number = models.CharField(_("number of the confirmation"), max_length=40, blank=True)
    warned_on = models.DateField(null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("joint mediation")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["org_path", "-id"], name="mediation_place"),
            models.Index(fields=["case_path", "-id"], name="mediation_case_place"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "number"], name="mediation_number"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=sorted(OPEN_MEDIATION), case__isnull=False), name="mediation_one_open"
            ),
            models.CheckConstraint(condition=Q(claimed_fen__gte=0, agreed_fen__gte=0, people__gte=1), name="mediation_amounts"),
        ]

    def __str__(self) -> str:
        return self.number


class MediationSession(models.Model):
    """One sitting: who reads the note is said in it; added, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    mediation = models.ForeignKey(Mediation, models.CASCADE, related_name="sessions")
    held_on = models.DateField(_("session held on"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True)
    present = models.CharField(_("present"), max_length=200, blank=True)
    note = SealedText(_("what was said"))
    reader = models.CharField(_("to be read by"), max_length=10, choices=Reader.choices, default=Reader.ALL)
    proposer = models.CharField(
        _("proposal of"), max_length=8, blank=True,
        choices=[("worker", _("the worker")), ("employer", _("the employer")), ("mediator", _("the mediator"))],
    )  # fmt: skip
    proposed_fen = models.BigIntegerField(_("amount proposed"), null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["held_on", "id"]

    def __str__(self) -> str:
        return f"{self.mediation} {self.held_on}"


class Instalment(models.Model):
    """What one person is to receive by a day, and what she received of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    mediation = models.ForeignKey(Mediation, models.CASCADE, related_name="instalments")
    participant = models.ForeignKey(Participant, models.PROTECT, null=True, related_name="+")  # None: the client alone
    due_on = models.DateField(_("to be paid on"))
    amount_fen = models.BigIntegerField(_("amount"))
    paid_fen = models.BigIntegerField(_("paid"), default=0)
    paid_on = models.DateField(_("paid on"), null=True)
    proof = models.CharField(_("proof"), max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mediation", "participant", "due_on"], name="instalment_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, paid_fen__gte=0, paid_fen__lte=F("amount_fen")), name="instalment_amounts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_on} {self.amount_fen}"
