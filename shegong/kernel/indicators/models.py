"""HOLD: pre-computed cells of every cube, and which of them a deed has made out of date."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Cell(models.Model):
    """The measures of one cube for an organisation, a month and a combination of dimension values.

    ``own``: only what hangs at the organisation itself; otherwise it and everything below it, by the tree as it stood at the
    end of that month. Values are integers: counts, or money in fen. Small derived rows of no person: not walled.
    """

    cube = models.CharField(max_length=40)
    org_id = models.BigIntegerField()
    own = models.BooleanField()
    month = models.DateField()
    dims = ArrayField(models.CharField(max_length=32))
    values = ArrayField(models.BigIntegerField())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cube", "org_id", "own", "month", "dims"], name="cell_once")
        ]

    def __str__(self) -> str:
        return f"{self.cube} {self.org_id} {self.month:%Y-%m} {self.dims}"


class Dirty(models.Model):
    """A month of an organisation in which something was added or changed; counted again within a second or two."""

    model = models.CharField(max_length=60)
    org_id = models.BigIntegerField()
    month = models.DateField()

    def __str__(self) -> str:
        return f"{self.model} {self.org_id} {self.month:%Y-%m}"
