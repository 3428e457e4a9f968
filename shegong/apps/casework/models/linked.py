"""HOLD: what leads out of a case — referrals, urgent needs, resources and promises, the legal-aid register."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Org, Scoped, User
from shegong.kernel.vault.fields import SealedSecret, SealedText
from shegong.lib import phone
from shegong.lib.ids import new_id
from shegong.registry.models import Employer, Person

from ..policy import LEGAL_AID, PROMISE, REFERRAL, URGENT_NEED, AidForm, AidResult, AidStage, Problem
from .cases import Case, PlanNeed


class Referral(Scoped):
    """One need of one plan, handed to another organisation. The receiver sees this page and what it says, not the case."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="referrals")
    need = models.ForeignKey(PlanNeed, models.PROTECT, related_name="referrals")
    to_org = models.ForeignKey(Org, models.PROTECT, related_name="+")
    to_path = models.CharField(max_length=120, db_collation="C")  # kept beside ``to_org`` by a trigger
    case_number = models.CharField(
        _("case number"), max_length=16
    )  # the receiver cannot open the case to read it there
    state = models.CharField(max_length=8, choices=list(REFERRAL.states.items()), default="sent")
    client_name = SealedText(_("client"))
    client_phone = SealedSecret(_("phone"), mask=phone.mask, null=True)
    shared = SealedText(_("what the receiver needs to know"))
    consent_on = models.DateField(_("client agreed on"))
    answer = SealedText(_("answer"), null=True)
    outcome = models.CharField(
        _("outcome"), max_length=8, blank=True,
        choices=[("met", _("met")), ("partly", _("partly met")), ("unmet", _("not met")), ("referred", _("taken over for good"))],
    )  # fmt: skip
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_on = models.DateField()
    due_on = models.DateField(_("answer due on"))
    answered_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["to_path", "state"], name="referral_to")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["need"], name="referral_one_open", condition=Q(state__in=["sent", "accepted"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_number} → {self.to_org}"


class NeedTerm(models.Model):
    """How many working days an urgent need of a class may wait for its answer, and from how many people concerned the
    overseers are warned at once; the newest in force counts. Dated data, not a constant."""

    problem = models.CharField(_("problem class"), max_length=8, choices=Problem.choices)
    days = models.PositiveSmallIntegerField(_("working days"))
    warn_people = models.PositiveIntegerField(_("warn from this many people"), default=10)
    valid_from = models.DateField(_("from"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["problem", "valid_from"], name="needterm_once"),
            models.CheckConstraint(condition=Q(days__gte=1, warn_people__gte=2), name="needterm_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.problem} {self.days}"


class UrgentNeed(Scoped):
    """急难愁盼: raised by anyone, closed only by the one who raised it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(_("number"), max_length=16, unique=True)
    problem = models.CharField(_("problem class"), max_length=8, choices=Problem.choices)
    text = SealedText(_("what is needed"))
    people = models.PositiveIntegerField(_("people concerned"), default=1)
    employer = models.ForeignKey(Employer, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=8, choices=list(URGENT_NEED.states.items()), default="raised")
    raised_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    raised_on = models.DateField()
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(_("due on"))
    next_move_on = models.DateField()  # the last day at the present level; after it the need moves up
    answer = SealedText(_("answer"), null=True)
    called_back_on = models.DateField(null=True)
    escalated_to = models.ForeignKey(Org, models.PROTECT, null=True, related_name="+")
    closed_on = models.DateField(null=True)
    redone = models.PositiveSmallIntegerField(default=0)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="urgent_needs")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["org_path", "-id"], name="urgent_place"),
            models.Index(
                fields=["next_move_on"], name="urgent_moves", condition=Q(state__in=["raised", "assigned", "in_hand"])
            ),
        ]

    def __str__(self) -> str:
        return self.number


class NeedEntry(models.Model):
    """What was said on the way of an urgent need; added, never changed. Whoever sees the need sees its entries."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    need = models.ForeignKey(UrgentNeed, models.CASCADE, related_name="entries")
    kind = models.CharField(
        max_length=10,
        choices=[
            ("assigned", _("assigned")), ("answer", _("answer")), ("call_back", _("call back")), ("redo", _("not settled")),
            ("escalated", _("escalated")), ("closed", _("closed off")), ("taken_up", _("taken up as a case")),
        ],
    )  # fmt: skip
    text = SealedText(_("text"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.kind


class ResourceKind(models.TextChoices):
    """Types of resource (S44)."""

    MONEY = "money", _("money")
    GOODS = "goods", _("goods")
    SERVICE = "service", _("service")
    POST = "post", _("job")


class Resource(Scoped):
    """Something inside or outside the union that can help; found by area and problem class."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    title = models.CharField(_("title"), max_length=80)
    kind = models.CharField(_("type"), max_length=8, choices=ResourceKind.choices)
    problem = models.CharField(_("helps with"), max_length=8, choices=Problem.choices)
    giver = models.CharField(_("owner"), max_length=80)
    giver_org = models.ForeignKey(Org, models.PROTECT, null=True, blank=True, related_name="+")
    contact = models.CharField(_("contact"), max_length=80, blank=True)
    terms = models.CharField(_("conditions"), max_length=300, blank=True)
    area_code = models.CharField(_("area"), max_length=12, blank=True)
    quantity = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    taken = models.PositiveIntegerField(_("asked for or promised"), default=0)
    valid_to = models.DateField(_("available until"), null=True, blank=True)
    withdrawn_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["title", "id"]
        constraints: ClassVar = [
            # the wall behind the row lock: nothing is promised twice
            models.CheckConstraint(
                condition=Q(quantity=None) | Q(taken__lte=F("quantity")), name="resource_not_over_promised"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Promise(Scoped):
    """A resource asked for one case; no promise stays open unseen."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="promises")
    case = models.ForeignKey(Case, models.CASCADE, related_name="promises")
    need = models.ForeignKey(PlanNeed, models.PROTECT, null=True, related_name="promises")
    to_path = models.CharField(max_length=120, db_collation="C", blank=True)  # who decides; kept by a trigger
    case_number = models.CharField(_("case number"), max_length=16)
    purpose = SealedText(_("what it is for"))
    quantity = models.PositiveIntegerField(_("how many"), default=1)
    amount_fen = models.BigIntegerField(_("worth"), default=0)
    state = models.CharField(max_length=9, choices=list(PROMISE.states.items()), default="asked")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_on = models.DateField()
    due_on = models.DateField(_("due on"))
    reminded_on = models.DateField(null=True)
    delivered_on = models.DateField(_("delivered on"), null=True)
    effect = SealedText(_("effect"), null=True)
    reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gte=1, amount_fen__gte=0), name="promise_positive")
        ]

    def __str__(self) -> str:
        return f"{self.resource} → {self.case_number}"


class LegalAid(Scoped):
    """An entry of a legal-aid register (S39, T09): ``org`` is the station or centre that handled it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(_("register number"), max_length=32)
    form = models.CharField(_("form of aid"), max_length=16, choices=AidForm.choices)
    stage = models.CharField(_("stage"), max_length=12, choices=AidStage.choices, blank=True)
    result = models.CharField(_("result"), max_length=8, choices=AidResult.choices, default=AidResult.PENDING)
    state = models.CharField(max_length=10, choices=list(LEGAL_AID.states.items()), default="pending")
    dispute = models.CharField(_("dispute"), max_length=40, blank=True)
    applicant = models.ForeignKey(Person, models.PROTECT, null=True, related_name="legal_aid")
    applicant_name = models.CharField(_("applicant"), max_length=40)
    employer = models.ForeignKey(Employer, models.PROTECT, null=True, related_name="+")
    employer_name = models.CharField(_("opponent"), max_length=80, blank=True)
    people = models.PositiveIntegerField(_("people"), default=1)
    is_group = models.BooleanField(_("group case"), default=False)
    claimed_fen = models.BigIntegerField(_("amount claimed"), default=0)
    recovered_fen = models.BigIntegerField(_("amount recovered"), default=0)
    proof = models.CharField(_("proof of recovery"), max_length=120, blank=True)
    lawyer = models.CharField(_("lawyer or mediator"), max_length=40, blank=True)
    accepted_on = models.DateField(_("accepted on"))
    concluded_on = models.DateField(_("concluded on"), null=True, blank=True)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="legal_aid")
    note = SealedText(_("note"), null=True)
    batch = models.UUIDField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["org_path", "-id"], name="legalaid_place")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "number"], name="legalaid_number"),
            models.CheckConstraint(
                condition=Q(claimed_fen__gte=0, recovered_fen__gte=0, people__gte=1), name="legalaid_amounts"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RatingTry(models.Model):
    """Wrong rating codes from one address in one hour; the address as a keyed hash. Limits guessing."""

    address = models.BinaryField(max_length=24)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["address", "hour"], name="ratingtry_once")]

    def __str__(self) -> str:
        return f"{self.hour} {self.count}"
