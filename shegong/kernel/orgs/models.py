"""HOLD: the dated organisation tree, the people who sign in, and the posts (grants) that give them their rights."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class OrgKind(models.TextChoices):
    """Kinds of organisation. Those of the union tree first; the rest stand outside it."""

    PROVINCE = "province", _("Provincial general union")
    CITY = "city", _("City general union")
    COUNTY = "county", _("County or district general union")
    TOWN = "town", _("Town or street federation")
    INDUSTRY = "industry", _("Industry federation")
    NEW_BIZ = "new_biz", _("New-business industry federation")
    BASE = "base", _("Base-level union")
    STATION = "station", _("Station")
    CENTRE = "centre", _("Legal-aid centre")
    WORKSHOP = "workshop", _("Mediation workshop")
    PARTNER = "partner", _("Partner agency")
    FIRM = "firm", _("Law firm")


class Org(models.Model):
    """One organisation. ``name``, ``parent`` and ``path`` repeat the term in force today (``OrgTerm``)."""

    code = models.CharField(_("organisation code"), max_length=32, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=OrgKind.choices)
    area_code = models.CharField(_("area code"), max_length=12, blank=True, db_index=True)
    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=120, unique=True, db_collation="C")
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["path"]
        verbose_name = _("organisation")
        indexes: ClassVar = [models.Index(fields=["parent", "name"], name="org_parent_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        return self.path.count(".")

    @property
    def org_path(self) -> str:
        """An organisation is scoped by its own place in the tree."""
        return self.path


class OrgTerm(models.Model):
    """What an organisation was called and where it hung from ``valid_from`` until before ``valid_to``."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="terms")
    parent = models.ForeignKey(Org, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=80)
    path = models.CharField(max_length=120, db_collation="C")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    because = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["path"], name="orgterm_path")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="orgterm_forward"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.valid_from}–{self.valid_to or ''}"


class Scoped(models.Model):
    """A row that belongs to an organisation. ``org_path`` is kept beside ``org`` so that reach is an index range."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="+", db_index=False)
    org_path = models.CharField(max_length=120, db_collation="C", editable=False)

    class Meta:
        abstract = True


class UserManager(BaseUserManager["User"]):
    """Only what Django's authentication asks for."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").strip().lower())


class User(AbstractBaseUser):
    """An account. What it may do is in its grants, never here."""

    username = models.CharField(_("account name"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=40)
    is_active = models.BooleanField(_("active"), default=True)
    language = models.CharField(max_length=8, default="zh-hans")
    large_text = models.BooleanField(default=False)
    totp_secret = models.BinaryField(null=True, editable=False)
    totp_last_step = models.BigIntegerField(default=0, editable=False)
    must_change_password = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("account")

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A post: this user holds this role at this organisation, and below it, from a date until before a date."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(_("role"), max_length=32)
    org = models.ForeignKey(Org, models.PROTECT, related_name="grants")
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("post")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="grant_forward"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.role} · {self.org}"

    @property
    def org_path(self) -> str:
        return self.org.path

    def holds_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class ApiToken(models.Model):
    """Lets another system act as ``user``; only the digest is kept."""

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
