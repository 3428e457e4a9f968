"""HOLD: service points — stations, centre, arbitration court — with dated hours, staff, the towns they serve, annual reviews."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Org, Scoped
from shegong.lib.ids import new_id

from ..policy.duty import STATION, Weekday
from ..policy.words import Problem


class Station(Scoped):
    """A place where lawyers stand duty. ``org`` is the office that runs it (it has the panel), ``site`` where it stands in
    the tree: a station, the centre itself, or for a court the office; ``host`` the agency it is run together with (合署)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=60)
    site = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_("stands at"))
    site_path = models.CharField(max_length=120, db_collation="C", editable=False)
    host = models.ForeignKey(
        Org, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("run together with")
    )
    address = models.CharField(_("address"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    problem = models.CharField(_("mostly about"), max_length=8, choices=Problem.choices, blank=True)
    state = models.CharField(max_length=10, choices=list(STATION.states.items()), default="preparing")
    opened_on = models.DateField(_("in service since"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["site_path"], name="station_site")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "name"], name="station_once", condition=Q(closed_on=None)),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(opened_on=None) | Q(closed_on__gte=F("opened_on")), name="station_days"
            ),
            models.CheckConstraint(condition=~Q(state="open") | Q(opened_on__isnull=False), name="station_opened"),
        ]

    def __str__(self) -> str:
        return self.name


class StationHours(Scoped):
    """On this weekday it is open from ``opens`` to ``closes``, and so many lawyers are needed (0: staff only), from
    ``valid_from`` until before ``valid_to``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.ForeignKey(Station, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    needed = models.PositiveSmallIntegerField(_("lawyers needed"), default=1)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["weekday", "valid_from"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="station_hours_forward"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="station_hours_term"
            ),
            models.UniqueConstraint(fields=["station", "weekday", "valid_from"], name="station_hours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.get_weekday_display()}"


class StationStaff(Scoped):
    """Who works there, of the union or of the host."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.ForeignKey(Station, models.CASCADE, related_name="staff")
    name = models.CharField(_("name"), max_length=40)
    task = models.CharField(_("task"), max_length=40, blank=True)
    of_host = models.BooleanField(_("sent by the host"), default=False)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class StationService(Scoped):
    """A town or street without a station of its own that is served here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.ForeignKey(Station, models.CASCADE, related_name="services")
    town = models.ForeignKey(Org, models.PROTECT, related_name="+")
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return str(self.town)


class StationReview(Scoped):
    """The annual review (年检) of one year."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.ForeignKey(Station, models.CASCADE, related_name="reviews")
    year = models.PositiveSmallIntegerField(_("year"))
    reviewed_on = models.DateField(_("reviewed on"))
    passed = models.BooleanField(_("passed"), default=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-year"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["station", "year"], name="station_review_once")]

    def __str__(self) -> str:
        return f"{self.station} {self.year}"
