"""WRITE: documents of a case. Bytes first, row last; what no row names, the janitor takes away."""

from __future__ import annotations

import datetime as dt
from typing import IO

from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.reach import Actor, everything, widened
from shegong.kernel.vault import files, uploads

from ..models import Case, Document
from ._file import need_text, place_of

MOST = 200  # documents of one case
KEPT_DAYS = 30  # how long the bytes of a removed document can still be brought back


@action("casework.case.add_document")
def add_document(actor: Actor, case: Case, *, file: IO[bytes], title: str) -> Done:
    """Put a photo, scan or PDF on the file. ``file``: an upload, or one that ``uploads.clean`` has made harmless already.

    Raises ``Refused`` with the reason why a file is not taken; the same bytes twice on one case are taken once.
    """
    title = need_text(title, "title", 1)[:120]
    clean = checked(file)
    with widened(case.org_path):
        on_file = Document.objects.filter(case=case, removed_at=None)
        if on_file.filter(digest=clean.digest).exists():
            raise Refused(_("This very file is on the case already."), field="file")
        if on_file.count() >= MOST:
            raise Refused(
                _("A case holds at most %(most)s documents. Take some off first.") % {"most": MOST}, field="file"
            )
        kept = files.keep([clean.getvalue()])
        made = Document.objects.create(
            case=case, title=title, media=clean.media, size=clean.size, digest=clean.digest, stored=kept.name,
            by_id=actor.user_id, **place_of(case),
        )  # fmt: skip
    return Done(case, touched=[made], changes={"document": [None, str(made.pk)], "title": [None, title]})


def checked(file: IO[bytes]) -> uploads.Clean:
    """The file made harmless. Raises ``Refused``."""
    if isinstance(file, uploads.Clean):
        return file
    try:
        return uploads.clean(file)
    except uploads.NotTaken as refusal:
        raise Refused(str(refusal), field="file") from None


@action("casework.case.remove_document")
def remove_document(actor: Actor, case: Case, *, document: Document, reason: str) -> Done:
    """Take a document off the file. It opens to nobody any more; its bytes are deleted a month later, its trace stays."""
    row = Document.objects.select_for_update().filter(pk=document.pk, case=case, removed_at=None).first()
    if row is None:
        raise Refused(_("This document is not on the file of this case."), field="document")
    row.removed_at = timezone.now()
    row.save(update_fields=["removed_at"])
    return Done(case, touched=[row], reason=need_text(reason, "reason"), changes={"document": [str(row.pk), None]})


def sweep_files(now: dt.datetime | None = None, *, older_than: float = files.ORPHAN_SECONDS) -> int:
    """The janitor, for the keeper: files without a row, and those of documents removed a month ago. Returns how many."""
    limit = (now or timezone.now()) - dt.timedelta(days=KEPT_DAYS)

    def named(names: list[str]) -> set[str]:
        with everything():
            rows = Document.objects.filter(stored__in=names).exclude(removed_at__lt=limit)
            return set(rows.values_list("stored", flat=True))

    return files.sweep(named, older_than=older_than)
