"""HOLD: one upload and its batches. No cell of the file is kept here; the file itself lies sealed outside the database."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.models import Scoped
from shegong.lib.ids import new_id


class RunState(models.TextChoices):
    """Where an upload stands."""

    UPLOADED = "uploaded", _("Uploaded")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    COMMITTING = "committing", _("Being taken in")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Mode(models.TextChoices):
    """What happens when some rows are bad."""

    GOOD_ROWS = "good_rows", _("Take the good rows now")
    ALL_OR_NOTHING = "all_or_nothing", _("All rows or none")


class ImportRun(Scoped):
    """One uploaded file for one declared sheet, of the organisation it was uploaded for."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sheet_code = models.CharField(_("sheet"), max_length=80)
    actor_id = models.BigIntegerField(_("uploaded by"))
    digest = models.CharField(_("file digest"), max_length=64)
    original_name = models.CharField(_("file name"), max_length=255)
    stored_path = models.CharField(max_length=255, blank=True)
    size_bytes = models.BigIntegerField(_("size"))
    state = models.CharField(_("state"), max_length=12, choices=RunState.choices, default=RunState.UPLOADED)
    mode = models.CharField(_("mode"), max_length=16, choices=Mode.choices, blank=True)
    options = models.JSONField(default=dict, blank=True)
    layout = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    refusal = models.JSONField(default=dict, blank=True)
    report = models.BinaryField(null=True, editable=False)
    progress_done = models.IntegerField(default=0)
    progress_total = models.IntegerField(default=0)
    mends = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="mended_by")
    root_id = models.UUIDField(default=new_id, db_index=True)
    digest_key_id = models.IntegerField(null=True)
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = _("upload")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="importrun_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["org_path", "-created_at"], name="importrun_path"),
            models.Index(fields=["digest", "sheet_code", "org"], name="importrun_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_code} {self.original_name}"


class ImportBatch(Scoped):
    """A committed part of a file. `batch_key` depends on file, sheet and organisation only: it can be taken in once."""

    run = models.ForeignKey(ImportRun, models.PROTECT, related_name="batches")
    batch_key = models.CharField(max_length=64, unique=True)
    root_id = models.UUIDField(db_index=True)
    number = models.IntegerField()
    counts = models.JSONField(default=dict)
    errors = models.BinaryField(null=True, editable=False)
    row_digests = models.BinaryField(default=bytes, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["number"]
        verbose_name = _("batch of an upload")

    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"
