"""HOLD: people and employers, the nouns every app points to. One natural person is one row, whatever office met her first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Org, Scoped, User
from shegong.kernel.vault.fields import BlindIndex, SealedSecret, SealedText
from shegong.kernel.vault.search import Entry, SearchRow
from shegong.lib import idcard, phone
from shegong.lib.ids import new_id

from .rules import split_names


class Sex(models.TextChoices):
    """GB/T 2261.1."""

    UNKNOWN = "0", _("unknown")
    MALE = "1", _("male")
    FEMALE = "2", _("female")
    NOT_STATED = "9", _("not stated")


class NewForm(models.TextChoices):
    """New-form employment; an occupation, not an industry (domain.md 3.5)."""

    NONE = "", _("none")
    TRUCK_DRIVER = "truck_driver", _("truck driver")
    RIDE_HAILING_DRIVER = "ride_hailing_driver", _("ride-hailing driver")
    COURIER = "courier", _("courier")
    DELIVERY_RIDER = "delivery_rider", _("food-delivery rider")
    OTHER = "other", _("other new-form worker")


class Employer(models.Model):
    """An employer by its unified social credit code (GB 32100). Public knowledge, so not walled; disputes never hang here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=80, db_index=True)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, null=True, blank=True, unique=True)
    code_override = models.CharField(_("why a failing code is right"), max_length=200, blank=True)
    area_code = models.CharField(_("area"), max_length=12, blank=True)
    industry = models.CharField(_("industry (GB/T 4754)"), max_length=5, blank=True)
    workers = models.PositiveIntegerField(_("workers"), null=True, blank=True)
    union_org = models.ForeignKey(Org, models.PROTECT, null=True, blank=True, related_name="employers")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("employer")

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        return self.union_org.path if self.union_org else ""


class EmployerSearch(SearchRow):
    """Blind tokens of employers' names, so that any two characters of a name find it."""

    @classmethod
    def texts_of(cls, owner_ids: Sequence[UUID]) -> list[Entry]:
        """The names of these employers."""
        return [(e.pk, "", e.name) for e in Employer.objects.filter(pk__in=owner_ids)]


class Person(Scoped):
    """A natural person. ``org`` is the office that took her on file first; ``PersonTie`` opens the record to others."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=40)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_on = models.DateField(_("born on"), null=True, blank=True)
    id_kind = models.CharField(_("kind of document"), max_length=24, blank=True)
    id_number = SealedSecret(_("ID number"), mask=idcard.mask, index="id_digest", null=True, blank=True)
    id_digest = BlindIndex()
    id_from_15 = models.BooleanField(_("converted from 15 digits"), default=False)
    phone = SealedSecret(_("phone"), mask=phone.mask, index="phone_digest", null=True, blank=True)
    phone_digest = BlindIndex()
    other_names = SealedText(_("other names"), null=True, blank=True)
    address = SealedText(_("address"), null=True, blank=True)
    area_code = models.CharField(_("area"), max_length=12, blank=True)
    employer = models.ForeignKey(Employer, models.PROTECT, null=True, blank=True, related_name="people")
    new_form = models.CharField(_("new-form employment"), max_length=24, choices=NewForm.choices, blank=True)
    is_migrant = models.BooleanField(_("migrant worker"), default=False)
    is_member = models.BooleanField(_("union member"), default=False)
    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="person")
    state = models.CharField(max_length=8, default="active")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("person")
        indexes: ClassVar = [
            models.Index(fields=["phone_digest"], name="person_phone"),
            models.Index(fields=["org_path", "-id"], name="person_place"),
            models.Index(fields=["name", "birth_on"], name="person_name_birth"),
            models.Index(fields=["id_digest"], name="person_merged_number", condition=Q(state="merged")),
        ]
        constraints: ClassVar = [
            # one natural person once; a merged row keeps its number for the way back
            models.UniqueConstraint(fields=["id_digest"], name="person_once", condition=Q(state="active")),
            models.CheckConstraint(
                condition=Q(state="active", merged_into=None) | Q(state="merged", merged_into__isnull=False),
                name="person_merged",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PersonTie(Scoped):
    """Another organisation that has a reason to see the person: she asked for help there, or was referred there."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="ties")
    because = models.CharField(max_length=60)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["org_path", "-person"], name="person_tie_place")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "org"], name="person_tie_once")]

    def __str__(self) -> str:
        return self.because


class PersonSearch(SearchRow):
    """Blind tokens of names, pinyin and initials; no wall, because it holds no plaintext."""

    names: ClassVar[bool] = True

    @classmethod
    def texts_of(cls, owner_ids: Sequence[UUID]) -> list[Entry]:
        """Every name under which each person is looked for: her own, other names, those of records merged into hers."""
        names: dict[UUID, list[str]] = {pk: [] for pk in owner_ids}
        rows = list(Person.objects.filter(Q(pk__in=owner_ids) | Q(merged_into__in=owner_ids)))
        for person in rows:
            for owner in [pk for pk in (person.pk, person.merged_into_id) if pk in names]:
                names[owner] += [person.name, *split_names(person.other_names or "")]
        return [(pk, "", list(dict.fromkeys(found))) for pk, found in names.items() if found]


class Uncompared(models.Model):
    """A record that the keeper has still to compare with those of other organisations. Bare keys, so not walled."""

    person_id = models.UUIDField()

    def __str__(self) -> str:
        return str(self.person_id)


class Duplicate(Scoped):
    """Two rows that may be one person, with the reasons; a decision is kept so that nobody is asked twice."""

    first = models.ForeignKey(Person, models.CASCADE, related_name="+")
    second = models.ForeignKey(Person, models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField()
    state = models.CharField(max_length=10, default="proposed")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair")]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"
