"""HOLD: who looked behind which mask. The sealed columns themselves live in their own apps' tables."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reveal(models.Model):
    """One look behind a mask: counted against the day's quota. It holds no value, sealed or plain."""

    actor_id = models.BigIntegerField(_("looked by"))
    table = models.CharField(_("table"), max_length=63)
    record_id = models.CharField(_("record"), max_length=40)
    subject_id = models.CharField(_("person concerned"), max_length=40)
    column = models.CharField(_("column"), max_length=63)
    purpose = models.CharField(_("purpose"), max_length=200)
    looked_at = models.DateTimeField(_("looked at"))
    looked_on = models.DateField(_("business date"))

    class Meta:
        db_table = "vault_reveal"
        verbose_name = _("look behind a mask")
        indexes = [
            models.Index(fields=["actor_id", "looked_on"], name="reveal_by_actor_day"),
            models.Index(fields=["subject_id"], name="reveal_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.table}.{self.column} {self.record_id}"
