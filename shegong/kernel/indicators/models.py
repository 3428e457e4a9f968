"""HOLD: pre-computed cells of every cube, and what has been noted as out of date since."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Cell(models.Model):
    """The measures of one cube for an organisation, a month and a combination of dimension values.

    ``own``: only what hangs at the organisation itself; otherwise it and everything below it, by the tree of that month
    (``shegong.kernel.indicators.spans``). Values are integers: counts, or money in fen; a cell of zeros is not kept. Small
    derived rows of no person: not walled, so they are read only through ``asking`` or a declared report.
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
    """A month of an organisation in which something was added or changed; counted again within a second or two.

    With an empty ``model`` it says that the organisation hangs elsewhere from the day ``month`` on (noted by a trigger on
    the terms); it waits until that day.
    """

    model = models.CharField(max_length=60)
    org_id = models.BigIntegerField()
    month = models.DateField()

    def __str__(self) -> str:
        return f"{self.model} {self.org_id} {self.month:%Y-%m}"
