"""HOLD: receipts of done deeds, approvals with their votes, notices."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Scoped, User
from shegong.lib.ids import new_id


class Receipt(models.Model):
    """A deed that was done under a client-made key: the same key and body give the same answer again (rule 19)."""

    actor_id = models.BigIntegerField()
    key = models.UUIDField()
    deed = models.CharField(max_length=64)
    body = models.CharField(max_length=64)
    object_id = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["actor_id", "key"], name="receipt_once")]

    def __str__(self) -> str:
        return f"{self.deed} {self.key}"


class Flow(models.Model):
    """An approval flow as data; the newest in force counts for approvals opened from then on."""

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    tiers = models.JSONField()
    valid_from = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["code", "version"], name="flow_version")]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Verdict(models.TextChoices):
    OPEN = "open", _("awaiting approval")
    APPROVED = "approve", _("approved")
    RETURNED = "return", _("returned for correction")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Approval(Scoped):
    """One thing on its way through a flow. It keeps the tiers it was opened with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    flow = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=0)
    tiers = models.JSONField()
    tier = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    title = models.CharField(max_length=120)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    due_on = models.DateField()
    told_above = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.OPEN)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["org_path", "due_on"], name="approval_open", condition=models.Q(state="open"))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["flow", "object_id"], name="approval_one_open", condition=models.Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def role(self) -> str:
        return str(self.tiers[self.tier]["role"])


class Vote(models.Model):
    """One opinion; insert-only."""

    approval = models.ForeignKey(Approval, models.PROTECT, related_name="votes")
    tier = models.PositiveSmallIntegerField()
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    opinion = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["approval", "tier", "user"], name="vote_once")]

    def __str__(self) -> str:
        return f"{self.approval_id} {self.verdict}"


class Notice(models.Model):
    """Something a person should know; the text is a message id with its values, so that each reads it in their language."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    text = models.CharField(max_length=200)
    values = models.JSONField(default=dict)
    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-at"], name="notice_unread", condition=models.Q(read_at=None))
        ]

    def __str__(self) -> str:
        return self.text


class SavedFilter(models.Model):
    """A person's own filter of a list, under a name of theirs."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    label = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["label"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "page", "label"], name="savedfilter_once")]

    def __str__(self) -> str:
        return self.label
