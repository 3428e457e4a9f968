"""HOLD: law firms under contract, their lawyers, and the parties they act for or against."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Scoped, User
from shegong.kernel.vault.fields import BlindIndex, SealedSecret
from shegong.lib import idcard
from shegong.lib.ids import new_id

from ..policy.panel import Side
from ..policy.words import Problem


class LawFirm(Scoped):
    """A firm on the panel of ``org``. The contract is what holds; without days it has none yet."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=80)
    credit_code = models.CharField(_("unified social credit code"), max_length=18)
    contract_from = models.DateField(_("contract from"), null=True, blank=True)
    contract_to = models.DateField(_("contract until"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["org", "credit_code"], name="law_firm_once")]

    def __str__(self) -> str:
        return self.name


class Lawyer(Scoped):
    """A lawyer of a firm on the panel; ``user`` is her account, once she has one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey(LawFirm, models.PROTECT, related_name="lawyers")
    name = models.CharField(_("name"), max_length=40)
    licence = models.CharField(_("licence number"), max_length=17)
    licence_to = models.DateField(_("licence valid until"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    problem = models.CharField(_("specialty"), max_length=8, choices=Problem.choices, blank=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    left_on = models.DateField(_("left on"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "licence"], name="lawyer_once"),
            models.UniqueConstraint(fields=["user"], name="lawyer_of_account", condition=Q(user__isnull=False, left_on=None)),
        ]

    def __str__(self) -> str:
        return self.name


class FirmParty(Scoped):
    """Somebody for or against whom a firm acts or acted; what a new case is checked against.

    ``plain`` and ``core`` are forms of the name to be found by (``shegong.lib.companyname``); ``until`` None: still.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey(LawFirm, models.CASCADE, related_name="parties")
    side = models.CharField(_("side"), max_length=8, choices=Side.choices)
    name = models.CharField(_("name"), max_length=80)
    plain = models.CharField(max_length=80, db_index=True, editable=False)
    core = models.CharField(max_length=80, db_index=True, editable=False)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True, db_index=True)
    id_number = SealedSecret(_("ID number"), mask=idcard.mask, index="id_digest", null=True, blank=True)
    id_digest = BlindIndex()
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["id_digest"], name="firm_party_number")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["firm", "side", "plain"], name="firm_party_once")]

    def __str__(self) -> str:
        return self.name
