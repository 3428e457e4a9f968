"""SHOW: the legal-aid register — its list with totals of the very rows, one entry, and what may leave."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from shegong.kernel.actions import pages
from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.rights import may
from shegong.kernel.actions.views import actor_of
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor
from shegong.kernel.sheets.takeout import Offer, export_page, said
from shegong.registry.queries import org_in_reach
from shegong.ui.lists import Column
from shegong.ui.lists import Deed as Button

from ..models import LegalAid
from ..policy import LEGAL_AID, AidForm, AidResult, AidStage
from ..queries.legal_aid import AidFilters, filtered_legal_aid, legal_aid, totals_of
from ..sheets import LEGAL_AID_EXPORT, legal_aid_rows

TONES = {"pending": "info", "concluded": "good", "ended": "plain"}
LIST, EXPORT = "casework.legal_aid.list", "casework.legal_aid.export"


class AidFilterForm(forms.Form):
    """The filter bar; what it may hold is said by ``AidFilters``."""

    form = forms.ChoiceField(label=gettext_lazy("Form of aid"), required=False)
    first = forms.DateField(
        label=gettext_lazy("Accepted from"), required=False, widget=forms.DateInput({"type": "date"})
    )
    last = forms.DateField(
        label=gettext_lazy("Accepted until"), required=False, widget=forms.DateInput({"type": "date"})
    )
    text = forms.CharField(label=gettext_lazy("Number, applicant or opponent"), required=False, max_length=40)
    result = forms.ChoiceField(label=gettext_lazy("Result"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    group = forms.ChoiceField(label=gettext_lazy("Group case"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("all"))]
        choices: dict[str, Any] = {
            "form": AidForm.choices, "result": AidResult.choices, "state": LEGAL_AID.states.items(),
            "group": [("1", _("group cases")), ("0", _("single cases"))],
        }  # fmt: skip
        for name, options in choices.items():
            self.fields[name].choices = [*everything, *options]  # type: ignore[attr-defined]


def _asked(request: HttpRequest, actor: Actor) -> AidFilters:
    """The filters of the address; ``org`` narrows to a place within reach."""
    named = request.GET.get("org", "")
    number = named.isascii() and named.isdigit() and len(named) < 12
    org: Org | None = org_in_reach(actor, int(named), LIST) if number else None
    return AidFilters.read({k: str(v) for k, v in request.GET.items() if v}, org)


@require_GET
def legal_aid_list(request: HttpRequest) -> HttpResponse:
    """Entries within reach, filtered, paged by key, with the sums over what fits. Levels above see rows without names."""
    actor = actor_of(request)
    if not actor.prefixes(LEGAL_AID.deeds["list"].roles):
        raise NotAllowed()
    filters, form = _asked(request, actor), AidFilterForm(request.GET)
    form.is_valid()
    found = filtered_legal_aid(actor, filters)
    rows, after = pages.keyset(found, request.GET.get("after"))
    query = request.GET.copy()
    query["after"] = after
    columns = [
        Column("number", _("Register number"), fixed=True), Column("accepted", _("Accepted on")),
        Column("form", _("Form of aid")),
        Column("applicant", _("Applicant")), Column("employer", _("Opponent")), Column("people", _("People"), numeric=True),
        Column("recovered", _("Recovered"), numeric=True, unit=_("yuan")), Column("state", _("State")),
        Column("org", _("Station or centre")),
    ]  # fmt: skip
    return render(request, "casework/legal_aid_list.html", {
        "filter": form, "columns": columns, "rows": [(row, _inside(actor, row), TONES[row.state]) for row in rows],
        "totals": totals_of(found) if "after" not in request.GET else None, "more_url": f"?{query.urlencode()}" if after else "",
        "export": _export(actor, request), "new_url": _new_url(actor), "import_url": _import_url(actor),
    })  # fmt: skip


def _inside(actor: Actor, entry: LegalAid) -> bool:
    """Whether the actor may open the entry, and therefore read who it is about."""
    return bool(may(actor, LEGAL_AID.deeds["view"], entry))


def _export(actor: Actor, request: HttpRequest) -> Button | None:
    if not actor.prefixes(LEGAL_AID.deeds["export"].roles):
        return None
    return Button(_("Export"), f"{reverse('legal_aid_export')}?{request.GET.urlencode()}", icon="download", panel=False)


def _import_url(actor: Actor) -> str:
    may_import = actor.roles() & LEGAL_AID.deeds["import"].roles
    return f"{reverse('import_new')}?sheet=casework.legal_aid" if may_import else ""


def _new_url(actor: Actor) -> str:
    post = actor.first_post(LEGAL_AID.deeds["register"].roles)
    return reverse("deed_page", args=["casework.legal_aid.register", post.org_id]) if post else ""


@require_GET
def legal_aid_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One entry. That it was looked at is in the trail."""
    actor = actor_of(request)
    entry = legal_aid(actor).filter(pk=pk).first()
    if entry is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    deed = LEGAL_AID.deeds["view"]
    trail.write(actor, trail.Line(deed.code, LEGAL_AID.code, entry.pk, entry.org_path, Outcome.SEEN))
    primary, others = pages.buttons(actor, entry)
    stage = str(AidStage(entry.stage).label) if entry.stage else ""
    return render(request, "casework/legal_aid_detail.html", {
        "entry": entry, "tone": TONES[entry.state], "primary": primary, "deeds": others, "stage": stage,
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
def legal_aid_export(request: HttpRequest) -> HttpResponseBase:
    """What of the filtered register may leave, then the file. No ID number ever leaves."""
    actor = actor_of(request)
    filters = _asked(request, actor)
    asked = {k: _("(given)") if k == "text" else str(v) for k, v in request.GET.items() if v}
    offer = Offer(
        LEGAL_AID_EXPORT, EXPORT, filtered_legal_aid(actor, filters, EXPORT).order_by("-id"), legal_aid_rows,
        back=f"{reverse('legal_aid_list')}?{request.GET.urlencode()}", filters=said(AidFilterForm(request.GET)), asked=asked,
        note=_("No ID numbers."),
    )  # fmt: skip
    return export_page(request, offer)
