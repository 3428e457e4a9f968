"""SHOW: the page before every export — what will leave, how many rows, for what purpose — and the file, streamed.

An app says what may leave in an ``Offer``; this page asks for the purpose, marks the file, and writes the trail entry with filter
and row count (rule 40), also for a download that was broken off.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.reach import Actor, acting, today
from shegong.ui.papers import attachment

from . import exports
from .declare import Sheet

MOST = 200_000
CHUNK = 2_000


@dataclass(frozen=True)
class Offer:
    """What may leave. ``found``: rows the actor may export; ``rows``: such rows → values in the order of the sheet's columns;
    ``filters``: (label, value) as read by people, ``asked`` the same for the trail, without personal words. ``note`` says what
    is masked or left out; ``back`` is where the page came from."""

    sheet: Sheet
    deed: str
    found: QuerySet[Any]
    rows: Callable[[Iterable[Any]], Iterator[Sequence[Any]]]
    back: str
    filters: Sequence[tuple[str, str]] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    note: Any = ""


class PurposeForm(forms.Form):
    use_required_attribute = False
    purpose = forms.CharField(
        label=gettext_lazy("What for"), min_length=5, max_length=200,
        help_text=gettext_lazy("Stands in the file and in the trail, with your name."),
    )  # fmt: skip
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[("xlsx", "Excel (xlsx)"), ("csv", "CSV")],
        initial="xlsx",
        widget=forms.RadioSelect,
    )


def export_page(request: HttpRequest, offer: Offer) -> HttpResponseBase:
    """GET says what would leave; POST with a purpose sends it. Raises ``NotAllowed`` for who may export nowhere."""
    actor = actor_of(request)
    if not actor.prefixes(declared(offer.deed).roles):
        raise NotAllowed()
    count = offer.found.order_by().values_list("pk")[: MOST + 1].count()
    form = PurposeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and count <= MOST:
        return _sent(actor, offer, form.cleaned_data["purpose"], form.cleaned_data["format"])
    context = {
        "offer": offer, "form": form, "count": min(count, MOST), "too_many": count > MOST, "most": MOST,
        "columns": [str(c.label) for c in offer.sheet.columns], "action": request.get_full_path(), "back": offer.back,
    }  # fmt: skip
    return render(request, "sheets/export.html", context, status=422 if request.method == "POST" else 200)


def _sent(actor: Actor, offer: Offer, purpose: str, form: Any) -> StreamingHttpResponse:
    mark = uuid.uuid4()
    place = actor.acting_post.org_name if actor.acting_post else ""
    at = timezone.localtime().strftime("%Y-%m-%d %H:%M")
    text = _("Note: exported by %(who)s, %(org)s, on %(at)s for “%(purpose)s”; %(mark)s. Do not pass it on.")
    note = text % {"who": actor.name, "org": place, "at": at, "purpose": purpose, "mark": mark}
    headers = attachment(f"{offer.sheet.title}-{today():%Y%m%d}.{form}")
    return StreamingHttpResponse(
        _chunks(actor, offer, purpose, form, mark, note), content_type=exports.CONTENT_TYPES[form], headers=headers
    )


def _chunks(actor: Actor, offer: Offer, purpose: str, form: Any, mark: uuid.UUID, note: str) -> Iterator[bytes]:
    """Streamed after the request's own transaction has ended, a transaction for each piece: nobody's slow line holds one open."""
    left = [0]
    try:
        yield from exports.stream(
            offer.sheet, _counted(_pieces(actor, offer), left), format=form, finished=lambda count: None, note=note
        )
    finally:
        deed = declared(offer.deed)
        changes = {
            "filter": dict(offer.asked),
            "rows": left[0],
            "format": form,
            "columns": [c.name for c in offer.sheet.columns],
        }
        path = actor.prefixes(deed.roles)[0]
        with acting(actor):
            trail.write(actor, trail.Line(offer.deed, deed.kind.code, mark, path, Outcome.EXPORTED, purpose, changes))


def _pieces(actor: Actor, offer: Offer) -> Iterator[Sequence[Any]]:
    """Newest first by key, each piece read whole within the actor's reach."""
    after: Any = None
    found, sent = offer.found.order_by("-pk"), 0
    while sent < MOST:
        with acting(actor):
            things = list((found.filter(pk__lt=after) if after else found)[: min(CHUNK, MOST - sent)])
            piece = list(offer.rows(things))
        yield from piece
        sent += len(things)
        if len(things) < CHUNK:
            return
        after = things[-1].pk


def _counted(rows: Iterable[Sequence[Any]], left: list[int]) -> Iterator[Sequence[Any]]:
    for row in rows:
        left[0] += 1
        yield row


def said(form: forms.Form) -> list[tuple[str, str]]:
    """The filled fields of a filter form, as people read them."""
    shown = []
    for bound in form:
        value = form.data.get(bound.html_name, "")
        if value not in ("", None):
            choices = {str(k): str(v) for k, v in getattr(bound.field, "choices", ())}
            plain = _("yes") if isinstance(bound.field, forms.BooleanField) else str(value)
            shown.append((str(bound.label), choices.get(str(value), plain)))
    return shown
