"""HOLD: the floor's rows, and a plain table of people for the import baselines."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Row(models.Model):
    """Something to list."""

    number = models.CharField(max_length=16)
    title = models.CharField(max_length=80)
    state = models.CharField(max_length=16)
    due_on = models.DateField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.number


class PlainPerson(models.Model):
    """A person without encryption, organisation, duplicates or audit: less than Shegong's import does."""

    name = models.CharField(max_length=40)
    id_number = models.CharField(max_length=18, unique=True)
    phone = models.CharField(max_length=20, blank=True)
    sex = models.CharField(max_length=1, blank=True)
    birth_on = models.DateField(null=True)
    address = models.CharField(max_length=300, blank=True)
    is_migrant = models.BooleanField(default=False)
    is_member = models.BooleanField(default=False)
    organisation = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return self.name
