"""READ: one document, through the reach of who opens it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.reach import Actor
from shegong.kernel.vault import files

from ..models import Document
from ..policy import CASE
from .cases import cases

VIEW = "casework.case.view"


def document_for(actor: Actor, pk: uuid.UUID) -> Document:
    """A document of a case the actor may open. Raises ``NotAllowed`` as if it did not exist for any other, and for one
    taken off the file. A case that is open to the actor by an emergency or an assignment opens its documents too."""
    found = Document.objects.filter(pk=pk, removed_at=None).first()
    if found is None or not cases(actor, VIEW).filter(pk=found.case_id).exists():
        raise NotAllowed(_("There is no such record."), missing=True)
    return found


def open_document(actor: Actor, document: Document) -> Iterator[bytes]:
    """Its bytes; this look goes into the trail of the case, every time."""
    which = _("document %(pk)s") % {"pk": document.pk}
    line = trail.Line(VIEW, CASE.code, document.case_id, document.org_path, Outcome.SEEN, which)
    trail.write(actor, line)
    return files.chunks(document.stored)
