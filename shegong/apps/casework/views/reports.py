"""SHOW: the declared tables: their list, one filled, its print view and its exports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.views import actor_of
from shegong.kernel.indicators import asking
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor

from .. import reports
from ..queries import figures as questions
from ..reports import TableResult, TableRow, all_tables
from ..reports.exporting import text, watermark


class ReportFilter(forms.Form):
    """What a table asks. Reading and checking is the query's."""

    org = forms.ChoiceField(label=gettext_lazy("Organisation"), required=False)
    by = forms.ChoiceField(label=gettext_lazy("Rows"), required=False)
    start = forms.CharField(label=gettext_lazy("From month"), required=False, widget=forms.TextInput({"type": "month"}))
    to = forms.CharField(label=gettext_lazy("To month"), required=False, widget=forms.TextInput({"type": "month"}))
    tree = forms.ChoiceField(
        label=gettext_lazy("Organisation tree"), required=False,
        choices=[("then", gettext_lazy("of that time")), ("today", gettext_lazy("of today"))],
    )  # fmt: skip


def report_list(request: HttpRequest) -> HttpResponse:
    """The tables that there are, each to be opened for one's own organisation."""
    actor = actor_of(request)
    begin = questions.places(actor)
    if not begin:
        raise questions.missing()
    found = [t for t in all_tables().values() if asking.reaches(actor, t.codes, begin[0])]
    return render(request, "casework/report_list.html", {"tables": found, "places": begin})


def report_page(request: HttpRequest, code: str) -> HttpResponse:
    """One table, filled; ``print`` shows it as a form, ``format`` takes it out."""
    actor = actor_of(request)
    if code not in all_tables():
        raise Http404
    filled = _filled(actor, code, request.GET.dict())
    form = request.GET.get("format", "")
    if form:
        return _taken_out(filled, form)
    context = _context(actor, filled)
    if "print" in request.GET:
        context |= {
            "printed_by": actor.name,
            "printed_at": timezone.now(),
            "watermark": watermark(filled),
            "back_url": _url(filled),
        }
        return render(request, "casework/parts/report_print.html", context)
    return render(request, "casework/report_page.html", context)


def _filled(actor: Actor, code: str, given: dict[str, str]) -> TableResult:
    org = questions.organisation(actor, given.get("org", ""), all_tables()[code].codes)
    first, last = questions.period({"from": given.get("start", ""), "to": given.get("to", "")})
    return reports.report(actor, code, org, first, last, by=given.get("by", ""), tree=given.get("tree") or "then")


def _taken_out(filled: TableResult, form: str) -> HttpResponse:
    if form not in reports.CONTENT_TYPES:
        raise Http404
    answer = HttpResponse(reports.export(filled, form), content_type=reports.CONTENT_TYPES[form])
    name = f"{filled.table.code}-{filled.ask.org.code}-{filled.ask.first:%Y%m}-{filled.ask.last:%Y%m}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _url(filled: TableResult, org: Org | None = None, **more: str) -> str:
    """The address of this table, of another organisation or with another view of it."""
    asked = {
        "org": (org or filled.ask.org).pk, "by": filled.by,
        "start": f"{filled.ask.first:%Y-%m}", "to": f"{filled.ask.last:%Y-%m}", "tree": filled.ask.tree, **more,
    }  # fmt: skip
    return f"{reverse('report_page', args=[filled.table.code])}?{urlencode(asked)}"


def _context(actor: Actor, filled: TableResult) -> dict[str, Any]:
    groups, titles = filled.header
    steps = questions.steps(actor, filled.ask.org)
    below = [row.drill for row in filled.rows if row.drill is not None] if filled.by == "area" else []
    form = ReportFilter(
        {
            "org": filled.ask.org.pk,
            "by": filled.by,
            "start": f"{filled.ask.first:%Y-%m}",
            "to": f"{filled.ask.last:%Y-%m}",
            "tree": filled.ask.tree,
        }
    )
    shown = {o.pk: o for o in [*steps, filled.ask.org, *below, *questions.places(actor)]}
    form.fields["org"].choices = [(pk, o.name) for pk, o in shown.items()]  # type: ignore[attr-defined]
    form.fields["by"].choices = list(filled.table.by.items())  # type: ignore[attr-defined]
    return {
        "filled": filled, "groups": groups, "titles": titles, "filter": form, "steps": [(o, _url(filled, o)) for o in steps],
        "rows": [_line(actor, filled, row) for row in filled.rows], "total": _line(actor, filled, filled.total),
        "print_url": _url(filled, print="1"), "exports": [(f, _url(filled, format=f)) for f in reports.CONTENT_TYPES],
    }  # fmt: skip


def _line(actor: Actor, filled: TableResult, row: TableRow) -> dict[str, Any]:
    """A row for the page: each cell as text, with its link and, where hidden, the reason."""
    cells = []
    for head, cell in zip(filled.heads, row.cells, strict=True):
        link = questions.link(cell.code, replace(cell.ask, where=dict(cell.ask.where))) if cell.linked else ""
        cells.append(
            {
                "text": text(head, cell),
                "link": link,
                "why": cell.why if cell.value is None else "",
                "label": f"{head.group} {head.title}",
            }
        )
    return {"label": row.label, "cells": cells, "drill": _url(filled, row.drill) if row.drill is not None else ""}
