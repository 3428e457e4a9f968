"""HOLD: duty rosters, duties, leaves and wishes of lawyers; the tariff and the fee sheets."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Scoped, User
from shegong.kernel.vault.fields import SealedText
from shegong.lib.ids import new_id

from ..policy.duty import DUTY, DUTY_ROSTER, FEE_SHEET, FeeItem, Weekday, WishKind
from .panel import LawFirm, Lawyer
from .stations import Station


class LawyerWish(Scoped):
    """Leave or a wish. Without ``last`` until taken back; ``weekday`` and ``station`` narrow it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    lawyer = models.ForeignKey(Lawyer, models.CASCADE, related_name="wishes")
    kind = models.CharField(_("what"), max_length=8, choices=WishKind.choices)
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"), null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(_("only on"), choices=Weekday.choices, null=True, blank=True)
    station = models.ForeignKey(Station, models.CASCADE, null=True, blank=True, related_name="+")
    reason = SealedText(_("reason"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["first", "id"]
        indexes: ClassVar = [
            models.Index(fields=["lawyer", "first"], name="wish_lawyer", condition=Q(withdrawn_at=None))
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(last=None) | Q(last__gte=models.F("first")), name="wish_forward")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first}–{self.last or ''}"


class DutyRoster(Scoped):
    """A month of duties of one office. ``best``: the score of the last filling, proven best then."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    month = models.DateField(_("month"))
    state = models.CharField(max_length=10, choices=list(DUTY_ROSTER.states.items()), default="draft")
    week_limit = models.PositiveSmallIntegerField(_("most duties a week"), default=2)
    month_limit = models.PositiveSmallIntegerField(_("most duties a month"), default=8)
    best = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "month"], name="duty_roster_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="duty_roster_month"),
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.month:%Y-%m}"


class Duty(Scoped):
    """One seat at one place on one day. Without ``lawyer`` it is open. ``fixed``: set by hand, so that filling leaves it alone.
    ``published`` as its roster is: only then its lawyer sees it. ``swapped_from``: who held it before a colleague took it over;
    ``missed_by``: who should have come on the day and did not, when somebody else stood in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    roster = models.ForeignKey(DutyRoster, models.CASCADE, related_name="duties")
    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    seat = models.PositiveSmallIntegerField(default=1)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    lawyer = models.ForeignKey(Lawyer, models.PROTECT, null=True, blank=True, related_name="duties")
    state = models.CharField(max_length=10, choices=list(DUTY.states.items()), default="planned")
    fixed = models.BooleanField(default=False)
    published = models.BooleanField(default=False)
    offered_at = models.DateTimeField(null=True)
    offer_note = models.CharField(max_length=120, blank=True)
    swapped_from = models.ForeignKey(Lawyer, models.PROTECT, null=True, related_name="+")
    missed_by = models.ForeignKey(Lawyer, models.PROTECT, null=True, related_name="+")
    consultations = models.PositiveSmallIntegerField(_("consultations"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["day", "station", "seat"]
        indexes: ClassVar = [
            models.Index(fields=["lawyer", "day"], name="duty_lawyer"),
            models.Index(fields=["org_path", "-id"], name="duty_place"),
            models.Index(fields=["org_path"], name="duty_offered", condition=Q(offered_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["station", "day", "seat"], name="duty_once"),
            models.UniqueConstraint(
                fields=["lawyer", "day"],
                name="duty_one_a_day",
                condition=~Q(state="cancelled") & Q(lawyer__isnull=False),
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(lawyer__isnull=False, minutes__isnull=False, consultations__isnull=False),
                name="duty_done_is_logged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.opens:%H:%M}–{self.closes:%H:%M}"


class FeeRate(Scoped):
    """What ``org`` pays for one of an item from ``valid_from`` on, until the next rate of that item."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.CharField(_("for"), max_length=10, choices=FeeItem.choices)
    amount_fen = models.BigIntegerField(_("amount"))
    valid_from = models.DateField(_("valid from"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["item", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "item", "valid_from"], name="fee_rate_once"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="fee_rate_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.get_item_display()} {self.valid_from}"


class FeeSheet(Scoped):
    """What the lawyers of an office are paid for a month. Its lines are reckoned, never typed; once submitted it stays as it
    is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    month = models.DateField(_("month"))
    state = models.CharField(max_length=10, choices=list(FEE_SHEET.states.items()), default="draft")
    total_fen = models.BigIntegerField(_("total"), default=0)
    drawn_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField(null=True)
    paid_on = models.DateField(_("paid on"), null=True)
    voucher = models.CharField(_("voucher number"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)  # why it was sent back
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "month"], name="fee_sheet_once"),
            models.UniqueConstraint(
                fields=["org"], name="fee_sheet_one_draft", condition=Q(state__in=["draft", "submitted"])
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted"]) | Q(approved_on__isnull=False, approved_by__isnull=False),
                name="fee_sheet_approved",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("drawn_by")), name="fee_sheet_other_hand"
            ),
            models.CheckConstraint(condition=~Q(state="paid") | Q(paid_on__isnull=False), name="fee_sheet_paid"),
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.month:%Y-%m}"


class FeeLine(Scoped):
    """One work of one lawyer, or what has to be paid more or less for a work on an approved sheet (``corrects``). The names are
    those of the day of reckoning."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sheet = models.ForeignKey(FeeSheet, models.CASCADE, related_name="lines")
    lawyer = models.ForeignKey(Lawyer, models.PROTECT, related_name="+")
    firm = models.ForeignKey(LawFirm, models.PROTECT, related_name="+")
    lawyer_name = models.CharField(max_length=40)
    firm_name = models.CharField(max_length=80)
    station_name = models.CharField(max_length=60)  # where it was done
    item = models.CharField(max_length=10, choices=FeeItem.choices)
    source_kind = models.CharField(max_length=32)  # casework.duty or casework.legal_aid
    source_id = models.UUIDField()
    told = models.CharField(max_length=80)  # place of the duty, or number in the register
    happened_on = models.DateField()
    rate_fen = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    note = models.CharField(max_length=16, blank=True)  # why it is nothing, late, or a correction
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["firm_name", "lawyer_name", "happened_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source_id"], name="fee_line_once", condition=Q(corrects=None)),
        ]

    def __str__(self) -> str:
        return f"{self.lawyer_name} {self.told}"
