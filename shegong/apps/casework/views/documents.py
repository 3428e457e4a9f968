"""SHOW: one document of a case, as a download or as a picture; its bytes come from the sealed store."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.vault.uploads import EXTENSIONS

from ..models import Document
from ..queries.documents import document_for, open_document

PREVIEWED = frozenset({"image/jpeg", "image/png", "image/webp"})


@require_GET
def document_open(request: HttpRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """The document as a download; every opening is in the trail. Foreign ones do not exist."""
    return _answer(request, document_for(actor_of(request), pk), attachment=True)


@require_GET
def document_preview(request: HttpRequest, pk: uuid.UUID) -> HttpResponse | StreamingHttpResponse:
    """A picture in its place on the page; a PDF has no preview, because it opens in a program of its own."""
    found = document_for(actor_of(request), pk)
    if found.media not in PREVIEWED:
        raise NotAllowed(_("There is no such record."), missing=True)
    return _answer(request, found, attachment=False)


def _answer(request: HttpRequest, document: Document, *, attachment: bool) -> StreamingHttpResponse:
    """RFC 6266 name, no sniffing, and a policy under which even a misread file could do nothing (rule 10)."""
    answer = StreamingHttpResponse(open_document(actor_of(request), document), content_type=document.media)
    answer.headers["Content-Disposition"] = content_disposition_header(attachment, _file_name(document)) or "attachment"
    answer.headers["Content-Length"] = str(document.size)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _file_name(document: Document) -> str:
    """The title as a file name that every system takes."""
    name = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in document.title).strip(". ")
    return (name or "document")[:100] + EXTENSIONS[document.media]
