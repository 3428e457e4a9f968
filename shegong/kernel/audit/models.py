"""HOLD: the append-only trail and the seals over it. Both tables refuse UPDATE, DELETE and TRUNCATE in the database."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    DONE = "done", _("done")
    REFUSED = "refused", _("refused")
    SEEN = "seen", _("looked at")
    EXPORTED = "exported", _("exported")
    SIGNED_IN = "signed_in", _("signed in")


class Entry(models.Model):
    """One thing that somebody did, tried, read or exported. Written by ``audit.write`` only."""

    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("when"))
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(_("who"), max_length=40)
    actor_place = models.CharField(max_length=120, blank=True)
    via = models.CharField(max_length=8)
    deed = models.CharField(_("what"), max_length=64)
    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    org_path = models.CharField(max_length=120, db_collation="C", blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=dict)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        managed = True
        indexes: ClassVar = [
            models.Index(fields=["object_id", "seq"], name="audit_object"),
            models.Index(fields=["actor_id", "seq"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.deed} {self.outcome}"


class Seal(models.Model):
    """A batch of entries under a keyed digest that chains to the one before. ``rows``: sequence numbers as a multirange."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    rows = models.TextField()
    count = models.IntegerField()
    key_id = models.IntegerField()
    previous = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.id} {self.rows}"
