"""HOLD: the case and what its file consists of."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Func, GeneratedField, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from shegong.kernel.orgs.models import Org, Scoped, User
from shegong.kernel.vault.fields import SealedText
from shegong.kernel.vault.search import Entry, SearchRow
from shegong.lib.ids import new_id
from shegong.registry.models import Employer, Person

from ..policy import CASE, CloseReason, Form, Line, Problem, RecordKind, Risk, Source


def _place(depth: int) -> GeneratedField:
    """The path of the organisation ``depth`` levels down: an equality to walk newest-first in, at every level."""
    pattern = "^" + r"\d+\." * depth
    return GeneratedField(
        expression=Func(F("org_path"), Value(pattern), function="substring"),
        output_field=models.CharField(max_length=120, db_collation="C"),
        db_persist=True,
        null=True,
    )


class Case(Scoped):
    """One worker's (or one group's) request from intake to rated closure."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(_("case number"), max_length=16, unique=True)
    form = models.CharField(_("form"), max_length=12, choices=Form.choices, default=Form.INDIVIDUAL)
    line = models.CharField(_("service line"), max_length=12, choices=Line.choices)
    problem = models.CharField(_("problem class"), max_length=8, choices=Problem.choices, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.WALK_IN)
    state = models.CharField(_("phase"), max_length=16, choices=list(CASE.states.items()), default="intake")
    held_from = models.CharField(max_length=16, blank=True)  # the phase a suspension or referral goes back to
    risk = models.SmallIntegerField(_("risk level"), choices=Risk.choices, default=Risk.NORMAL)
    client = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="cases")
    employer = models.ForeignKey(Employer, models.PROTECT, null=True, blank=True, related_name="cases")
    people = models.PositiveIntegerField(_("people concerned"), default=1)
    summary = SealedText(_("what the worker asks for"))
    raised_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    worker = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("in charge")
    )
    registered_on = models.DateField(_("registered on"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    consent_on = models.DateField(_("consent given on"), null=True, blank=True)
    escalated_to = models.ForeignKey(Org, models.PROTECT, null=True, blank=True, related_name="+")
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    close_reason = models.CharField(_("closing reason"), max_length=8, choices=CloseReason.choices, blank=True)
    claimed_fen = models.BigIntegerField(_("amount claimed"), default=0)
    recovered_fen = models.BigIntegerField(_("amount recovered"), default=0)
    reopened = models.PositiveSmallIntegerField(_("times reopened"), default=0)
    group = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="split_out")  # came from, or went into
    external_ref = models.CharField(_("reference in the sender's system"), max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    city_path = _place(2)
    county_path = _place(3)

    class Meta:
        verbose_name = _("case")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["org_path", "-id"], name="case_place"),
            models.Index(fields=["county_path", "-id"], name="case_county"),
            models.Index(fields=["city_path", "-id"], name="case_city"),
            models.Index(fields=["client", "-id"], name="case_client"),
            models.Index(fields=["worker", "due_on"], name="case_worker_due", condition=Q(closed_on=None)),
            models.Index(fields=["org_path", "registered_on"], name="case_registered"),
            # the priority queue of a city, a county and the province comes off an index in its order
            models.Index(
                fields=["city_path", "-risk", "due_on", "-id"], name="case_queue_city", condition=Q(closed_on=None)
            ),
            models.Index(
                fields=["county_path", "-risk", "due_on", "-id"], name="case_queue_county", condition=Q(closed_on=None)
            ),
            models.Index(fields=["-risk", "due_on", "-id"], name="case_queue", condition=Q(closed_on=None)),
            models.Index(fields=["-risk", "-id"], name="case_risk", condition=Q(risk__gt=0)),
            # what is overdue is counted at once, by place, without a look at the rows; a closed case has no due day
            models.Index(
                fields=["due_on"],
                name="case_overdue",
                include=["org_path", "registered_on", "state"],
                condition=Q(due_on__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(claimed_fen__gte=0, recovered_fen__gte=0), name="case_money_positive"),
            models.CheckConstraint(condition=Q(people__gte=1), name="case_people"),
            models.CheckConstraint(
                condition=~Q(state__in=["closed", "follow_up"]) | Q(closed_on__isnull=False), name="case_closed_has_day"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["planning", "plan_review", "intervention", "evaluation", "closure_review"])
                | Q(consent_on__isnull=False),
                name="case_consent_before_assessment",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseSearch(SearchRow):
    """Blind bigrams of summaries and records, several rows per case; no wall, because it holds no plaintext."""

    @classmethod
    def texts_of(cls, owner_ids: Sequence[uuid.UUID]) -> Iterable[Entry]:
        """Each case with everything written into its file; read within the reach of whoever asks."""
        written = cls.written_in(owner_ids)
        for case in Case.objects.filter(pk__in=owner_ids).only("id", "summary"):
            yield case.pk, "", [case.summary, *written[case.pk]]

    @classmethod
    def written_in(cls, owner_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
        """What people wrote into the records (old texts too) and goals of these cases."""
        found: dict[uuid.UUID, list[str]] = {pk: [] for pk in owner_ids}
        for record in Record.objects.filter(case__in=owner_ids).only("id", "case_id", "body"):
            found[record.case_id] += [v for v in record.filled.values() if isinstance(v, str)]
        for need in PlanNeed.objects.filter(case__in=owner_ids).only("id", "case_id", "goal"):
            found[need.case_id].append(need.goal)
        return found


class Record(Scoped):
    """One entry of the file, never changed: a correction is a new record that names the one it corrects."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="records")
    kind = models.CharField(max_length=12, choices=RecordKind.choices)
    body = SealedText(_("text"))  # JSON object: field → text, as the form of this kind names them
    happened_on = models.DateField(_("on"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["case", "id"], name="record_case")]

    def __str__(self) -> str:
        return f"{self.case} {self.kind}"

    @property
    def filled(self) -> dict[str, Any]:
        """What was written, by field of the form."""
        found: dict[str, Any] = json.loads(self.body or "{}")
        return found

    @staticmethod
    def body_of(fields: Mapping[str, Any]) -> str:
        """The ``body`` that holds these fields; empty ones are left out."""
        kept = {
            k: v if isinstance(v, (bool, int, list, dict)) else str(v)
            for k, v in fields.items()
            if v not in (None, "", [])
        }
        return json.dumps(kept, ensure_ascii=False)


class PlanNeed(Scoped):
    """A need that the plan answers: goal, indicator, method, who, until when; its outcome says what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="needs")
    problem = models.CharField(_("problem class"), max_length=8, choices=Problem.choices)
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=2, choices=[(1, _("first")), (2, _("second")), (3, _("third"))]
    )
    goal = SealedText(_("goal"))
    indicator = models.CharField(_("how we will know"), max_length=120)
    method = models.CharField(_("method"), max_length=200)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    due_on = models.DateField(_("due on"))
    outcome = models.CharField(
        _("outcome"), max_length=8, default="open",
        choices=[
            ("open", _("open")), ("met", _("met")), ("partly", _("partly met")), ("unmet", _("not met")),
            ("referred", _("referred")),
        ],
    )  # fmt: skip
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["priority", "id"]

    def __str__(self) -> str:
        return self.indicator


# The step that a phase waits for, as a task of the worker in charge; shown translated.
CLOCK = gettext_noop("The next step of this case is due")


class Task(Scoped):
    """Something due: from the plan, or set by hand. Overdue ones move up to the supervisor."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="tasks")
    need = models.ForeignKey(PlanNeed, models.CASCADE, null=True, blank=True, related_name="tasks")
    text = models.CharField(_("what"), max_length=120)
    owner = models.ForeignKey(User, models.PROTECT, related_name="tasks")
    due_on = models.DateField(_("due on"))
    done_on = models.DateField(_("done on"), null=True)
    reminded_on = models.DateField(null=True)
    moved_up_on = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        indexes: ClassVar = [
            models.Index(fields=["owner", "due_on"], name="task_owner", condition=Q(done_on=None)),
            models.Index(fields=["org_path", "due_on"], name="task_place", condition=Q(done_on=None)),
        ]

    def __str__(self) -> str:
        return self.text


class Member(Scoped):
    """A tie of an account to one case, which opens that case alone: lawyer, mediator, partner, helper, client, emergency."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    tie = models.CharField(max_length=12)
    since = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "case"], name="member_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.tie}"


class Participant(Scoped):
    """One worker of a group case, with her own claim and result."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="participants")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    is_representative = models.BooleanField(_("representative"), default=False)
    claimed_fen = models.BigIntegerField(_("amount claimed"), default=0)
    recovered_fen = models.BigIntegerField(_("amount recovered"), default=0)
    result = models.CharField(
        _("result"), max_length=10, default="open",
        choices=[("open", _("open")), ("agreed", _("agreed")), ("refused", _("no agreement")), ("left", _("left the group"))],
    )  # fmt: skip
    plan = SealedText(_("her own plan"), null=True, blank=True)
    own_case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+")  # where her matter goes on alone

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "person"], name="participant_once"),
            models.CheckConstraint(condition=Q(claimed_fen__gte=0, recovered_fen__gte=0), name="participant_money"),
        ]

    def __str__(self) -> str:
        return str(self.person)


class Document(Scoped):
    """A photo or scan on the file. The bytes are sealed outside the web root; only an authorised view opens them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="documents")
    title = models.CharField(_("title"), max_length=120)
    media = models.CharField(max_length=32)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    stored = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.title


class Rating(Scoped):
    """The worker's own judgement, given with a one-time code; no deed of staff can write it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.OneToOneField(Case, models.CASCADE, related_name="rating")
    worker = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    line = models.CharField(max_length=12)
    state = models.CharField(max_length=6, default="asked")
    code_digest = models.BinaryField(unique=True)
    asked_on = models.DateField()
    expires_on = models.DateField()
    given_on = models.DateField(null=True)
    overall = models.PositiveSmallIntegerField(_("overall"), null=True)
    attitude = models.PositiveSmallIntegerField(_("attitude"), null=True)
    speed = models.PositiveSmallIntegerField(_("speed"), null=True)
    result = models.PositiveSmallIntegerField(_("result"), null=True)
    comment = SealedText(_("comment"), null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(overall=None) | Q(overall__range=(1, 5)), name="rating_one_to_five"),
            models.CheckConstraint(
                condition=Q(state="asked", given_on=None) | Q(state="given", given_on__isnull=False),
                name="rating_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}"
