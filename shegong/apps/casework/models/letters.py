"""HOLD: letters of labour-law supervision, and the cases that gave rise to them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Org, Scoped, User
from shegong.kernel.vault.fields import SealedText
from shegong.lib.ids import new_id
from shegong.registry.models import Employer

from ..policy.letters import LETTER, LetterKind, Reply, Way
from .cases import Case

IN_TIME = [("", _("not answered")), ("yes", _("in time")), ("no", _("late"))]


class Letter(Scoped):
    """A reminder or opinion to ``employer``, or a proposal to ``to_org`` about it.

    ``by`` wrote it last; somebody else approves it.

    ``number`` is given on approval, gapless by organisation, kind and year (``serial``); a register that was imported keeps its
    own. ``due_on`` follows from ``served_on`` and the limit of the law (``limit``), or is the day the office asks for
    (``asked_by``). ``in_time``: "" where nothing was answered or no day was set.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("type"), max_length=8, choices=LetterKind.choices)
    state = models.CharField(max_length=11, choices=list(LETTER.states.items()), default="draft")
    number = models.CharField(_("file number"), max_length=40, blank=True)
    mark = models.CharField(_("file mark"), max_length=16, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    serial = models.PositiveIntegerField(null=True)
    employer = models.ForeignKey(Employer, models.PROTECT, null=True, blank=True, related_name="+")
    to_org = models.ForeignKey(Org, models.PROTECT, null=True, blank=True, related_name="+")
    subject = models.CharField(_("subject"), max_length=80)
    text = SealedText(_("text"), null=True, blank=True)
    basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    asks = SealedText(_("what is asked for"), null=True, blank=True)
    limit = models.CharField(_("limit of the law"), max_length=40, blank=True)  # a code of ``shegong.lib.statutes``
    asked_by = models.DateField(_("answer asked for by"), null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_on = models.DateField(_("written on"))
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField(_("approved on"), null=True)
    sent_on = models.DateField(_("sent on"), null=True)
    way = models.CharField(_("way of service"), max_length=6, choices=Way.choices, blank=True)
    served_on = models.DateField(_("received on"), null=True)
    proof = models.CharField(_("proof of receipt"), max_length=120, blank=True)
    due_on = models.DateField(_("answer due on"), null=True)
    answered_on = models.DateField(_("answered on"), null=True)
    reply = models.CharField(_("answer"), max_length=8, choices=Reply.choices, blank=True)
    answer = SealedText(_("text of the answer"), null=True, blank=True)
    in_time = models.CharField(max_length=3, choices=IN_TIME, blank=True)
    checked_on = models.DateField(_("checked on"), null=True)
    found = SealedText(_("what was found"), null=True, blank=True)
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    warned = models.SmallIntegerField(null=True)  # days left when people were last told; -1 once the day has passed
    batch = models.UUIDField(null=True)  # of an import, until somebody changes it by hand
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("supervision letter")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["org_path", "-id"], name="letter_place"),
            models.Index(fields=["due_on", "id"], name="letter_due", condition=Q(state="sent")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "kind", "year", "serial"], name="letter_serial"),
            models.UniqueConstraint(fields=["org", "number"], name="letter_number", condition=~Q(number="")),
            models.UniqueConstraint(
                fields=["follows"], name="letter_one_follows", condition=Q(follows__isnull=False) & ~Q(state="withdrawn")
            ),
            models.CheckConstraint(
                condition=Q(kind="proposal", to_org__isnull=False)
                | ~Q(kind="proposal") & Q(employer__isnull=False, to_org__isnull=True),
                name="letter_addressee",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "withdrawn"]) | ~Q(number=""), name="letter_approved_has_number"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "answered", "corrected", "uncorrected"]) | Q(sent_on__isnull=False),
                name="letter_sent_has_day",
            ),
            models.CheckConstraint(condition=~Q(state="answered") | ~Q(reply=""), name="letter_answered_has_reply"),
            models.CheckConstraint(condition=Q(approved_by=None) | ~Q(approved_by=F("by")), name="letter_two_people"),
        ]

    def __str__(self) -> str:
        return self.number or self.subject


class LetterCase(Scoped):
    """A case that gave rise to a letter. It lies where the case lies: who does not reach the case never learns of the link.

    ``naming_on``: the day on which those of its workers whom the letter names agreed to be named in it; without it the letter
    may not tell who complained.
    """

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="causes")
    case = models.ForeignKey(Case, models.CASCADE, related_name="letters")
    naming_on = models.DateField(_("agreed to be named on"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["letter", "case"], name="letter_case_once")]

    def __str__(self) -> str:
        return str(self.case_id)
