"""SHOW: joint mediations: the list, one at the table, its agreement as a paper."""

from __future__ import annotations

import uuid

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.orgs.reach import Actor, today
from shegong.kernel.sheets.takeout import Offer, export_page, said
from shegong.ui.lists import Column
from shegong.ui.lists import Deed as Button
from shegong.ui.papers import paper

from ..models import Mediation
from ..policy import MEDIATION
from ..policy.mediation import CASE_PLACE, NOT_REACHED, SETTLED
from ..queries.aid import opened_case
from ..queries.mediation import (
    filtered_mediations,
    is_group,
    mediation_paper_of,
    mediations,
    notes_for,
    schedule,
    shares,
    ties_of_mediation,
)
from ..sheets.disputes import MEDIATIONS_EXPORT, mediation_rows
from .aid import PAPERS
from .linked import list_page, one, record_page

STEPS = ("applied", "accepted", "in_session", "agreed", "performed")
BEFORE = {"declined": "applied", "withdrawn": "applied", "not_reached": "in_session", "defaulted": "agreed"}
PAPER_NAMES = {"agreement": gettext_lazy("Mediation agreement"), "handover": gettext_lazy("Handover to arbitration")}
TONES = {
    "applied": "warn", "accepted": "info", "in_session": "info", "agreed": "good", "performed": "good", "defaulted": "bad",
    "not_reached": "plain", "declined": "plain", "withdrawn": "plain",
}  # fmt: skip


class MediationFilter(forms.Form):
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    text = forms.CharField(label=gettext_lazy("Number or opponent"), required=False, max_length=40)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["state"].choices = [("", _("all")), *MEDIATION.states.items()]  # type: ignore[attr-defined]


def mediation_list(request: HttpRequest) -> HttpResponse:
    """Mediations of my workshops, places and cases. Levels above see rows without names."""
    actor = actor_of(request)
    form, chosen = _chosen(request)
    columns = [
        Column("number", _("Mediation"), fixed=True), Column("state", _("State")), Column("opponent", _("Opponent")),
        Column("people", _("Number of people"), numeric=True), Column("applied", _("Applied on")), Column("ended", _("Ended on")),
        Column("agreed", _("Amount agreed (yuan)"), numeric=True), Column("workshop", _("Workshop")),
    ]  # fmt: skip
    found = filtered_mediations(actor, **chosen)
    may_open = bool(actor.roles() - {"city_officer", "province_officer"})
    return list_page(
        request, "casework/mediation_list.html", found, filter=form, columns=columns, mediation_tones=TONES, may_open=may_open,
        may_import=bool(actor.roles() & MEDIATION.deeds["import"].roles), export=_export(actor, request),
    )


def _chosen(request: HttpRequest) -> tuple[MediationFilter, dict[str, str]]:
    form = MediationFilter(request.GET)
    return form, form.cleaned_data if form.is_valid() else {}


def _export(actor: Actor, request: HttpRequest) -> Button | None:
    if not actor.prefixes(MEDIATION.deeds["export"].roles):
        return None
    return Button(_("Export"), f"{reverse('mediation_export')}?{request.GET.urlencode()}", icon="download", panel=False)


def mediation_export(request: HttpRequest) -> HttpResponseBase:
    """What of the filtered list may leave, then the file: no worker's name, no claim, no text of an agreement."""
    actor = actor_of(request)
    form, chosen = _chosen(request)
    deed = MEDIATION.deeds["export"].code
    offer = Offer(
        MEDIATIONS_EXPORT, deed, filtered_mediations(actor, **chosen, deed=deed).order_by("-id"), mediation_rows,
        back=f"{reverse('mediation_list')}?{request.GET.urlencode()}", filters=said(form),
        asked={k: v for k, v in chosen.items() if v}, note=_("No names of workers, no claims, no agreements."),
    )  # fmt: skip
    return export_page(request, offer)


def mediation_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One mediation: sessions as far as one's side reads them, the agreement, each payment."""
    actor = actor_of(request)
    thing: Mediation = one(mediations(actor), pk)
    held = ties_of_mediation(actor, thing)
    now = BEFORE.get(thing.state, thing.state)
    at = STEPS.index(now)
    steps = [
        {"label": str(MEDIATION.states[step]), "state": "done" if n < at else "now" if n == at else "todo"}
        for n, step in enumerate(STEPS)
    ]
    days = [
        Column("due", _("To be paid on"), fixed=True), Column("people", _("Number of people"), numeric=True),
        Column("amount", _("To be paid (yuan)"), numeric=True), Column("paid", _("Paid (yuan)"), numeric=True),
        Column("state", _("State")),
    ]  # fmt: skip
    persons = [
        Column("name", _("Name"), fixed=True), Column("amount", _("To be paid (yuan)"), numeric=True),
        Column("paid", _("Paid (yuan)"), numeric=True), Column("proof", _("Proof")),
    ]  # fmt: skip
    own = actor.user_id if _only_client(actor, thing, held) else None
    context = {
        "steps": steps, "tone": TONES[thing.state], "notes": notes_for(actor, thing),
        "schedule": schedule(thing) if own is None else [],
        "shares": shares(thing, own), "days": days, "persons": persons, "case": opened_case(actor, thing.case_id),
        "printable": PAPER_NAMES["agreement"] if thing.state in SETTLED and thing.agreement
        else PAPER_NAMES["handover"] if thing.state == NOT_REACHED and thing.case_id else "",
    }  # fmt: skip
    return record_page(request, actor, "casework/mediation_detail.html", MEDIATION, thing, **context)


def _only_client(actor: Actor, thing: Mediation, held: frozenset[str]) -> bool:
    """Whether she sees it only because it is her own: then no other worker's name or money."""
    by_place = any(p.role in MEDIATION.deeds["view"].roles and thing.org_path.startswith(p.path) for p in actor.posts)
    return not by_place and CASE_PLACE not in held and held <= {"client"}


def mediation_paper(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """As PDF: the agreement with its annex to be signed, or the file that goes to arbitration."""
    actor = actor_of(request)
    thing: Mediation = one(mediations(actor), pk)
    if is_group(thing) and _only_client(actor, thing, ties_of_mediation(actor, thing)):
        raise NotAllowed(_("The paper names the other workers: ask the workshop for your copy."))
    with translation.override("zh-hans"):  # a paper of the office is in Chinese whoever prints it
        found = mediation_paper_of(thing)
    if found is None:
        raise Http404
    kind, data = found
    return paper(f"{PAPER_NAMES[kind]}-{thing.number}", PAPERS / f"mediation_{kind}.typ", data, on=thing.ended_on or today())
