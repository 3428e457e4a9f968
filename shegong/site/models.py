"""HOLD: what this database is for. One row, written once."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class House(models.Model):
    """``purpose``: demo or production; a start-up check refuses the other mode for ever after. ``unfinished``: the demo
    province was begun and not completed, so that the next start builds it anew."""

    purpose = models.CharField(max_length=12, unique=True)
    unfinished = models.BooleanField(default=False)
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.purpose


def claim() -> None:
    """Mark the database with the mode it is first used in. Does nothing when it is marked."""
    if not House.objects.exists():
        House.objects.create(purpose=settings.MODE)


class TrailCheck(models.Model):
    """One verification of the whole trail: asked for by an account (0: nightly), and what it found."""

    asked_by = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    entries = models.BigIntegerField(default=0)
    seals = models.BigIntegerField(default=0)
    sound = models.BooleanField(null=True)
    flaws = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M} {self.sound}"
