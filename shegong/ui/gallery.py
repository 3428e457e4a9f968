"""Every macro with ugly values on one page, for developers. The site mounts it at /_kit/ in demo mode only.

Nothing here is stored; ID numbers and phones are invented and fail their checksums or number plans.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import segno
from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shegong.ui.formats import today
from shegong.ui.lists import Column, Deed, Difference, SavedFilter, Series, Step, Tab
from shegong.ui.shell import NavEntry, NavGroup, Post, Shell

LONG_ORG = "某某省某某市某某区某某新就业形态行业工会联合会综合服务站"  # 28 characters
AT = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)
ERRORS = ("403", "404", "409", "422", "500", "503")


class GalleryForm(forms.Form):
    """One field of each kind; bound with nothing it shows every error."""

    name = forms.CharField(label=_("Name"), max_length=50)
    id_number = forms.CharField(
        label=_("ID number"),
        help_text=_("18 characters, the last may be X"),
        widget=forms.TextInput({"data-entry": "idcard"}),
    )
    phone = forms.CharField(label=_("Phone"), required=False, widget=forms.TextInput({"data-entry": "phone"}))
    amount = forms.CharField(label=_("Amount claimed"), widget=forms.TextInput({"data-entry": "money"}))
    happened_on = forms.DateField(label=_("Date it happened"), widget=forms.DateInput({"type": "date"}))
    kind = forms.ChoiceField(
        label=_("Service line"), choices=[("", "—"), ("rights", _("Rights protection")), ("care", _("Care"))]
    )
    risk = forms.ChoiceField(
        label=_("Risk level"),
        choices=[("low", _("Low")), ("middle", _("Middle")), ("high", _("High"))],
        widget=forms.RadioSelect,
    )
    story = forms.CharField(
        label=_("What happened"),
        help_text=_("In the worker's own words"),
        widget=forms.Textarea({"rows": 4, "maxlength": 2000}),
    )
    agreed = forms.BooleanField(label=_("The worker agrees to be recorded"))


class GalleryFilter(forms.Form):
    phase = forms.ChoiceField(label=_("Phase"), required=False, choices=[("", _("All")), ("intake", _("Intake"))])
    due = forms.ChoiceField(label=_("Due"), required=False, choices=[("", _("All")), ("over", _("Overdue"))])
    q = forms.CharField(label=_("Name or number"), required=False)
    org = forms.CharField(label=_("Organisation"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))


def _shell() -> Shell:
    work = [
        NavEntry(gettext("To-do"), "#", icon="checklist", active=True, count=12),
        NavEntry(gettext("Cases"), "#", icon="folder", count=1280),
        NavEntry(gettext("People"), "#", icon="users"),
        NavEntry(gettext("Reports"), "#", icon="report-analytics"),
    ]
    posts = [Post("1", LONG_ORG, gettext("Town worker"), current=True), Post("2", "无", gettext("Supervisor"))]
    return Shell(
        "gallery", "欧阳某某", [NavGroup("", work)], posts, "#", "#", "#", "#", "#", "#", 120,
        as_of=date(2025, 12, 31), as_of_url="#", sign_out_url="#", language_url="#",
    )  # fmt: skip


def _rows() -> list[dict[str, Any]]:
    now = today()
    names = ["欧阳某某", "王某", LONG_ORG, "—"]
    amounts = [0, 1_234_567_890, None, 382_570_000_00]
    return [
        {
            "number": f"SG-2026-{n:06d}",
            "name": name,
            "org": LONG_ORG,
            "fen": fen,
            "due_on": now + timedelta(days=3 * n - 4),
        }
        for n, (name, fen) in enumerate(zip(names, amounts, strict=True))
    ]


def _context() -> dict[str, Any]:
    deeds = [
        Deed(gettext("Refer"), "#", icon="arrow-right"),
        Deed(gettext("Close the case"), "#", icon="archive", danger=True),
    ]
    states = ("done", "done", "now", "todo", "skipped", "todo")
    labels = (_("Intake"), _("Assessment"), _("Plan"), _("Intervention"), _("Evaluation"), _("Closure"))
    return {
        "shell": _shell(),
        "form": GalleryForm(prefix="plain"),
        "wrong": GalleryForm({"wrong-name": "<b>甲</b>"}, prefix="wrong"),
        "filter": GalleryFilter({"org": "某"}),
        "rows": _rows(),
        "columns": [
            Column("number", gettext("Number"), fixed=True),
            Column("name", gettext("Name"), sort_url="#", sorted="ascending"),
            Column("org", gettext("Organisation")),
            Column("fen", gettext("Amount"), numeric=True, unit=gettext("yuan")),
            Column("due", gettext("Due")),
        ],
        "saved": [
            SavedFilter(gettext("Overdue in my town"), "#", active=True),
            SavedFilter(gettext("Waiting for me"), "#"),
        ],
        "primary": Deed(gettext("Submit the plan"), "#", primary=True),
        "deeds": deeds,
        "steps": [
            Step(str(label), state, "2026-11-02" if state == "done" else "")
            for label, state in zip(labels, states, strict=True)
        ],
        "tabs": [
            Tab(gettext("Facts"), "#", active=True),
            Tab(gettext("Documents"), "#", count=0),
            Tab(gettext("People"), "#", count=1280),
        ],
        "at": AT,
        "today": today(),
        "months": [f"{month}月" for month in range(1, 13)],
        "lines": [
            Series(gettext("Requests"), [12, 18, 9, 22, 31, 28, 40, 38, 29, 33, 41, None], tone=0),
            Series(gettext("Closed"), [8, 11, 12, 15, 20, 30, 33, 35, 31, 30, 36, 12], tone=2),
        ],
        "areas": [LONG_ORG, "镇一", "镇二", "镇三"],
        "bars": [Series(gettext("Cases"), [12345, 980, 0, None], ["#", "#", "#", "#"], tone=0)],
        "qr": segno.make("https://shegong.invalid/r/7K3M-9QTX", error="m").svg_data_uri(scale=4, border=1),
        "differences": [
            Difference(gettext("Phone"), "138****0000", "139****0000"),
            Difference(gettext("Name"), "王某", "王某"),
        ],
        "printed_by": "欧阳某某",
        "printed_at": AT,
        "watermark": f"欧阳某某 2026-11-22 {LONG_ORG}",
    }


def gallery(request: HttpRequest) -> HttpResponse:
    """All macros on one page."""
    return render(request, "ui/gallery.html", _context())


def gallery_print(request: HttpRequest) -> HttpResponse:
    """The official form layout."""
    return render(request, "ui/gallery_print.html", _context())


def gallery_error(request: HttpRequest, code: str) -> HttpResponse:
    """An error page by its status code; 404 for a code without a page of its own."""
    if code not in ERRORS:
        raise Http404
    context = {"incident": "7K3M9QTX", "differences": _context()["differences"], "changed_by": "王某", "changed_at": AT}
    return render(request, f"ui/errors/{code}.html", context, status=int(code))
