"""SHOW: my to-do, the list of cases, one case, the way to a new one, and its paper."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from shegong.kernel.actions import pages
from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.actions.vocabulary import all_kinds
from shegong.kernel.orgs.reach import Actor, orgs_on, today
from shegong.kernel.sheets.takeout import Offer, export_page, said
from shegong.registry.models import Person
from shegong.registry.panels import panel
from shegong.registry.policy import FIELD
from shegong.ui.lists import Column, Step
from shegong.ui.lists import Deed as Button
from shegong.ui.lists import SavedFilter as Saved

from ..models import Case
from ..policy import AID, CASE, MEDIATION, Form, Line, Problem, Risk, Source
from ..queries.cases import client_history, open_case, readers
from ..queries.groups import everybody, workers_of
from ..queries.leaving import EXPORT, cases_to_export, noted
from ..queries.lists import Filters, list_rows
from ..queries.pages import CaseView, case_page
from ..queries.todo import todo
from ..sheets import CASES_EXPORT, case_rows
from .letters import case_letters

TONES = {
    "closed": "done",
    "follow_up": "done",
    "suspended": "plain",
    "plan_review": "warn",
    "closure_review": "warn",
    "intake": "info",
}
LINES, RISKS = dict(Line.choices), dict(Risk.choices)
RISK_TONES = {Risk.NORMAL: "plain", Risk.RAISED: "warn", Risk.URGENT: "bad", Risk.DANGER: "bad"}


def home(request: HttpRequest) -> HttpResponse:
    """My to-do. Numbers open the very list they count."""
    actor = actor_of(request)
    found = todo(actor)
    context = {
        "todo": found,
        "sections": [s for s in found.sections if s.count],
        "row_url": _row_url,
        "roles": actor.roles(),
    }
    return render(request, "casework/home.html", context)


def _row_url(kind_code: str, pk: str) -> str:
    kind = all_kinds().get(kind_code)
    return reverse(kind.page, args=[pk]) if kind and kind.page else ""


class CaseFilterForm(forms.Form):
    """The filter bar; the three commonest first. Reading and checking is the query's (``Filters.read``)."""

    state = forms.ChoiceField(label=gettext_lazy("Phase"), required=False)
    line = forms.ChoiceField(label=gettext_lazy("Service line"), required=False)
    client = forms.CharField(label=gettext_lazy("Client (name, pinyin or initials)"), required=False, max_length=40)
    text = forms.CharField(label=gettext_lazy("Words in the file"), required=False, max_length=40)
    number = forms.CharField(label=gettext_lazy("Case number"), required=False, max_length=16)
    problem = forms.ChoiceField(label=gettext_lazy("Problem class"), required=False)
    risk = forms.ChoiceField(label=gettext_lazy("Risk at least"), required=False)
    form = forms.ChoiceField(label=gettext_lazy("Form"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    registered_from = forms.DateField(
        label=gettext_lazy("Registered from"), required=False, widget=forms.DateInput({"type": "date"})
    )
    registered_to = forms.DateField(
        label=gettext_lazy("Registered until"), required=False, widget=forms.DateInput({"type": "date"})
    )
    order = forms.ChoiceField(label=gettext_lazy("Order"), required=False)
    overdue = forms.BooleanField(label=gettext_lazy("Overdue only"), required=False)
    escalated = forms.BooleanField(label=gettext_lazy("Escalated only"), required=False)
    mine = forms.BooleanField(label=gettext_lazy("Mine only"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("all"))]
        choices: dict[str, Any] = {
            "state": [*everything, ("open", _("all open")), *CASE.states.items()],
            "line": [*everything, *Line.choices],
            "problem": [*everything, *Problem.choices],
            "risk": [*everything, *Risk.choices],
            "form": [*everything, *Form.choices],
            "source": [*everything, *Source.choices],
            "order": [("", _("newest first")), ("priority", _("most urgent first"))],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]


COLUMNS = (
    ("number", gettext_lazy("Case number"), True),
    ("client", gettext_lazy("Client"), False),
    ("line", gettext_lazy("Service line"), False),
    ("state", gettext_lazy("Phase"), False),
    ("risk", gettext_lazy("Risk"), False),
    ("worker", gettext_lazy("In charge"), False),
    ("due", gettext_lazy("Due"), False),
    ("org", gettext_lazy("Organisation"), False),
    ("registered", gettext_lazy("Registered"), False),
)


def case_list(request: HttpRequest) -> HttpResponse:
    """Cases within reach, filtered, paged by key; the count stops at a thousand."""
    actor = actor_of(request)
    filters = Filters.read(request.GET)
    page = list_rows(actor, filters, after=request.GET.get("after"), count="after" not in request.GET)
    query = request.GET.copy()
    query.pop("after", None)
    saved, export = pages.saved_filters(actor, "case_list", query.urlencode()), _export(actor, query)
    labels = {key: str(label) for key, label, _fixed in COLUMNS}
    context = {
        "page": page, "filter": SimpleLazyObject(lambda: _filter_form(request, page.errors)),
        "filter_key": _filter_key(query, saved, export), "labels": labels,
        "columns": [Column(k, labels[k], fixed=fixed) for k, _label, fixed in COLUMNS],
        "shown": [_row(actor, case) for case in page.rows],
        "more_url": f"?{_with(query, after=page.after)}" if page.after else "",
        "saved": saved, "query": query.urlencode(), "bulk": _bulk(actor), "export": export,
        "may_create": bool(actor.roles() & CASE.deeds["create"].roles), "today": today(),
    }  # fmt: skip
    return render(request, "casework/case_list.html", context)


def _filter_form(request: HttpRequest, errors: Mapping[str, str]) -> CaseFilterForm:
    form = CaseFilterForm(request.GET)
    form.is_valid()
    for name, message in errors.items():
        form.add_error(name if name in form.fields else None, message)
    return form


def _filter_key(query: Any, saved: Iterable[Saved], export: Button | None) -> tuple[object, ...] | None:
    """What the filter bar depends on; None where somebody typed something, which is nobody else's to keep."""
    if any(query.get(name) for name in ("client", "text", "number")):
        return None
    return "case_list", tuple(sorted(query.items())), tuple(saved), export


def _export(actor: Actor, query: Any) -> Button | None:
    """The way to the page before the export, for who may."""
    if not actor.prefixes(CASE.deeds["export"].roles):
        return None
    return Button(_("Export"), f"{reverse('case_export')}?{query.urlencode()}", icon="download", panel=False)


@require_http_methods(["GET", "POST"])
def case_export(request: HttpRequest) -> HttpResponseBase:
    """What of the filtered list may leave, then the file: facts to count by, no names of clients, no narratives."""
    actor = actor_of(request)
    filters = Filters.read(request.GET)
    query = request.GET.urlencode()
    offer = Offer(
        CASES_EXPORT, EXPORT, cases_to_export(actor, filters), case_rows, back=f"{reverse('case_list')}?{query}",
        filters=said(CaseFilterForm(request.GET)), asked=noted(filters.values),
        note=_("No names, numbers or texts of clients; only what can be counted."),
    )  # fmt: skip
    return export_page(request, offer)


def _with(query: Any, **more: str) -> str:
    query = query.copy()
    for name, value in more.items():
        query[name] = value
    return str(query.urlencode())


def shown_name(actor: Actor, case: Case) -> str:
    """The client's name for those who may open the case by place; its first character for levels that see rows only."""
    if case.client is None:
        return "—"
    inside = any(p.role in FIELD and case.org_path.startswith(p.path) for p in actor.posts)
    theirs = case.worker_id == actor.user_id or case.raised_by_id == actor.user_id or not actor.row_prefixes()
    return case.client.name if inside or theirs else case.client.name[:1] + "**"


def _row(actor: Actor, case: Case) -> dict[str, Any]:
    return {
        "case": case, "url": reverse("case_detail", args=[case.pk]), "client": shown_name(actor, case),
        "tone": TONES.get(case.state, "plain"), "risk_tone": RISK_TONES[Risk(case.risk)],
        "due": None if case.closed_on else case.due_on,
        # Django's get_…_display builds its table of labels anew at every call: sixty times a page
        "line": LINES.get(case.line, case.line), "state": CASE.states.get(case.state, case.state),
        "risk": RISKS.get(case.risk, case.risk),
    }  # fmt: skip


def _bulk(actor: Actor) -> list[Button]:
    if not actor.roles() & FIELD:
        return []
    return [
        Button(str(CASE.deeds[verb].label), reverse("deed_many", args=[f"casework.case.{verb}"]), panel=False)
        for verb in ("reassign", "set_risk", "set_task", "suspend")
    ]


def case_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One case: where it stands, what happened, what is due, and only the deeds this person may do."""
    actor = actor_of(request)
    try:
        case = open_case(actor, pk)
    except NotAllowed as refusal:
        if "case" not in refusal.detail:
            raise
        return _closed_file(request, actor, refusal.detail["case"], refusal.message)
    view = case_page(actor, case)
    primary, others = _buttons(view)
    context = {
        "view": view, "case": case, "primary": primary, "deeds": others, "tone": TONES.get(case.state, "plain"),
        "steps": [Step(label, state) for _phase, label, state in view.steps], "today": today(),
        "may_read_trail": "readers" in {d.verb for d in CASE.deeds.values()} and view.inside,
        "risk_tone": RISK_TONES[Risk(case.risk)], "aid_states": AID.states, "mediation_states": MEDIATION.states,
        "doable": {d.verb for d in view.deeds},
        "letters": case_letters(actor, case, view.letters) if view.inside else None,
        "deed_url": lambda verb: reverse("deed_page", args=[f"casework.case.{verb}", case.pk]),
    }  # fmt: skip
    return render(request, "casework/case_detail.html", context)


# Deeds that have their place beside the thing they concern; the menu holds the rest.
_IN_PLACE = {
    "log", "add_document", "plan_need", "set_task", "finish_task", "settle_need", "remove_document", "add_participant",
    "settle_participant", "split_participant", "apply_aid", "apply_mediation", "add_hearing",
    "assign", "unassign", "correct_record", "refer", "promise", "correct_facts",
    "set_risk",
}  # fmt: skip


def participant_list(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The workers of a group case: each with claim, result, own plan and, where her matter went on alone, her own case."""
    actor = actor_of(request)
    case = open_case(actor, pk)
    found = workers_of(actor, case, request.GET.get("after"))
    columns = [
        Column("name", _("Name"), fixed=True), Column("result", _("Result")),
        Column("claimed", _("Claimed (yuan)"), numeric=True), Column("recovered", _("Recovered (yuan)"), numeric=True),
        Column("plan", _("Her own plan")), Column("own", _("Her own case")),
    ]  # fmt: skip
    doable = {d.verb for d in pages.allowed(actor, case)}
    context = {
        "case": case, "found": found, "columns": columns, "doable": doable,
        "more_url": f"?after={found.after}" if found.after else "",
        "deed_url": lambda verb: reverse("deed_page", args=[f"casework.case.{verb}", case.pk]),
        "import_url": f"{reverse('import_new')}?sheet=casework.participants&case={case.number}"
        if actor.roles() & CASE.deeds["import_participants"].roles else "",
    }  # fmt: skip
    return render(request, "casework/participant_list.html", context)


def _buttons(view: CaseView) -> tuple[Button | None, list[Button]]:
    made = [
        Button(str(d.label), reverse("deed_page", args=[d.code, view.case.pk]), primary=d.primary, danger=d.danger)
        for d in view.deeds
        if d.primary or d.verb not in _IN_PLACE
    ]
    primary = next((b for b in made if b.primary), None)
    return primary, [b for b in made if b is not primary]


def _closed_file(request: HttpRequest, actor: Actor, case: Case, why: str) -> HttpResponse:
    """What a level above sees of a case: its row, not its content, and the way in for an emergency."""
    context = {
        "row": _row(actor, case), "why": why,
        "may_break": any(e.ok for e in pages.explain(actor, case) if e.deed.verb == "break_glass"),
    }  # fmt: skip
    return render(request, "casework/parts/closed_file.html", context, status=403)


def case_new(request: HttpRequest) -> HttpResponse:
    """Where to, and which form: the 30-second consultation or a case."""
    actor = actor_of(request)
    roles = CASE.deeds["create"].roles
    if not actor.roles() & roles:
        raise NotAllowed()
    places = _places(actor, roles)
    if "org" in request.GET and "deed" in request.GET:
        chosen = next((p for p in places if str(p.pk) == request.GET["org"]), None)
        verb = request.GET["deed"] if request.GET["deed"] in ("create", "consult") else "create"
        if chosen is not None:
            return HttpResponseRedirect(reverse("deed_page", args=[f"casework.case.{verb}", chosen.pk]))
    post = actor.acting_post
    may_consult = bool(actor.roles() & CASE.deeds["consult"].roles)
    context = {"places": places, "here": post.org_id if post else None, "may_consult": may_consult}
    return render(request, "casework/case_new.html", context)


def _places(actor: Actor, roles: frozenset[str]) -> list[Any]:
    """Organisations that take in cases, below the actor's posts; a town worker has one, a hotline clerk many."""
    found: list[Any] = []
    for prefix in actor.prefixes(roles):
        found += orgs_on(today(), below=prefix).filter(
            kind__in=("town", "county", "new_biz", "station", "centre", "base", "city")
        )[:400]
    return found


def request_new(request: HttpRequest) -> HttpResponse:
    """A worker asks for help: straight to the form of the town they belong to."""
    actor = actor_of(request)
    post = actor.first_post(CASE.deeds["request"].roles)
    if post is None:
        raise NotAllowed()
    return HttpResponseRedirect(reverse("deed_page", args=["casework.case.request", post.org_id]))


def case_readers(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Who looked at this file."""
    actor = actor_of(request)
    case = open_case(actor, pk)
    return render(request, "casework/case_readers.html", {"case": case, "rows": readers(actor, case)})


def _cases_of(actor: Actor, person: Person, family: tuple[Any, ...]) -> dict[str, Any] | None:
    """For the person's page: every case of hers that the actor may list, across service lines."""
    found = list(client_history(actor, person)[:20])
    return {"rows": [_row(actor, case) for case in found]} if found else None


panel("cases", 10, "casework/parts/person_cases.html", _cases_of)


def case_print(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The file as the offices know it: tables with rules, opinion and seal boxes left blank."""
    actor = actor_of(request)
    case = open_case(actor, pk)
    view = case_page(actor, case)
    return render(
        request,
        "casework/case_print.html",
        {
            "case": case, "view": view, "workers": everybody(actor, case), "aid_states": AID.states,
            "mediation_states": MEDIATION.states, "printed_by": actor.name, "printed_at": timezone.now(),
        },
    )  # fmt: skip
