"""HOLD: the limits of the law that run for a case, and what happened to them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Scoped, User
from shegong.lib.ids import new_id

from ..policy import LEGAL_CLOCK
from .cases import Case


class LegalClock(Scoped):
    """One limit for one case. Its last day follows from the limit, ``started_on`` and the events; ``due_on`` repeats it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="legal_clocks")
    limit = models.CharField(_("limit of the law"), max_length=40)  # a code of ``shegong.lib.statutes``
    area = models.CharField(max_length=12, blank=True)  # whose own rule may come before the country's
    started_on = models.DateField(_("began on"))
    due_on = models.DateField(_("last day"), null=True)
    provisional = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=list(LEGAL_CLOCK.states.items()), default="running")
    settled_on = models.DateField(_("done on"), null=True)
    warned = models.SmallIntegerField(null=True)  # days left when people were last told
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("statutory clock")
        ordering: ClassVar = ["due_on", "id"]
        indexes: ClassVar = [
            models.Index(fields=["case"], name="legalclock_case"),
            models.Index(fields=["due_on", "id"], name="legalclock_due", condition=Q(state="running")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="running") | Q(due_on__isnull=False), name="legalclock_running_has_day"
            ),
            models.UniqueConstraint(
                fields=["case", "limit", "started_on"], condition=Q(state__in=["running", "still"]), name="legalclock_once"
            ),
        ]

    def __str__(self) -> str:
        return self.limit


class ClockEvent(Scoped):
    """What happened to a limit; added, never changed. A mistake voids the clock, and a new one is started."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clock = models.ForeignKey(LegalClock, models.CASCADE, related_name="events")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    kind = models.CharField(
        max_length=9,
        choices=[
            ("interrupt", _("interrupted")), ("suspend", _("suspended")), ("resume", _("runs on")), ("extend", _("extended")),
        ],
    )  # fmt: skip
    happened_on = models.DateField(_("on"))
    length = models.PositiveSmallIntegerField(_("by how much"), default=0)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["happened_on", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_on}"
