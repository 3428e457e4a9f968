"""SHOW: people, duplicates, employers, the organisation tree, posts and accounts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shegong.kernel.actions import pages
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.views import actor_of
from shegong.kernel.actions.vocabulary import deed
from shegong.kernel.orgs.reach import Actor, today
from shegong.kernel.orgs.roles import all_roles
from shegong.kernel.sheets.takeout import Offer, export_page
from shegong.ui.lists import Column
from shegong.ui.lists import Deed as Button

from . import queries, sheets
from .forms import DismissDuplicate, EmployerSearchForm, MergePeople, OrgTreeForm, PersonSearchForm, SearchForm
from .panels import panels_of
from .queries.people import reasons_in_words
from .services import reveal_person

PURPOSES = (
    ("card", gettext_lazy("To compare it with the card")),
    ("contact", gettext_lazy("To reach the person")),
    ("form", gettext_lazy("To fill in an official form")),
    ("partner", gettext_lazy("To ask a partner agency for her")),
)
# Shown in the page itself, where the second record or the number stands beside them.
_ON_THE_SPOT = {"registry.person.reveal", "registry.person.merge", "registry.person.dismiss_duplicate"}


def _key(text: str) -> uuid.UUID | None:
    """A page key of a list; a mangled one starts again from the top."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _buttons(actor: Actor, thing: Any) -> list[Button]:
    return [
        Button(str(d.label), reverse("deed_page", args=[d.code, thing.pk]), primary=d.primary, danger=d.danger)
        for d in pages.allowed(actor, thing)
        if d.code not in _ON_THE_SPOT
    ]


def _new_url(actor: Actor, code: str) -> str:
    """Where a deed that makes something is done at the actor's own organisation; "" where they may not."""
    place = queries.home_org(actor, code)
    return reverse("deed_page", args=[code, place.pk]) if place else ""


def _next(request: HttpRequest, **changes: str) -> str:
    asked = request.GET.copy()
    for name, value in changes.items():
        asked[name] = value
    return f"?{asked.urlencode()}"


# --- people -----------------------------------------------------------------------------------------------------------
@require_GET
def person_list(request: HttpRequest) -> HttpResponse:
    """Search people; without a text, those who came on file last."""
    actor = actor_of(request)
    form = PersonSearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = queries.find_people(actor, text, after=_key(request.GET.get("after", "")))
    columns = [
        Column("name", _("Name"), fixed=True), Column("id", _("ID number")), Column("phone", _("Phone")),
        Column("born", _("Born on")), Column("employer", _("Employer")), Column("org", _("On file first at")),
    ]  # fmt: skip
    export = deed("registry.person.export")
    may_export = bool(actor.roles() & export.roles)
    return render(request, "registry/person_list.html", {
        "form": form, "found": found, "columns": columns, "text": text,
        "more_url": _next(request, after=found.more) if found.more else "",
        "new_url": _new_url(actor, "registry.person.register"), "tie_url": _new_url(actor, "registry.person.tie"),
        "export": Button(str(export.label), f"{reverse('person_export')}?{urlencode({'q': text})}", icon="download", panel=False)
        if may_export else None,
    })  # fmt: skip


@require_GET
def person_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One person: facts behind masks, where she is on file, proposals, and the blocks of the apps above."""
    actor = actor_of(request)
    page = queries.person_page(actor, pk)
    may = {d.verb for d in pages.allowed(actor, page.person)}
    return render(request, "registry/person_detail.html", {
        "page": page, "person": page.person, "buttons": _buttons(actor, page.person), "may": may, "purposes": PURPOSES,
        "panels": panels_of(actor, page.person, page.family), "proposals": [_proposal(p) for p in page.proposals],
    })  # fmt: skip


@require_POST
def person_reveal(request: HttpRequest, pk: uuid.UUID, column: str) -> HttpResponse:
    """Show one full number once. A POST, for it leaves a line in the trail and counts against the day's quota."""
    actor = actor_of(request)
    person = queries.people(actor, "registry.person.reveal").filter(pk=pk).first()
    if person is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    asked = request.POST.get("purpose", "")
    purpose = str(dict(PURPOSES).get(asked, asked))
    context: dict[str, Any] = {"person": person, "value": "", "refusal": ""}
    try:
        context["value"] = reveal_person(actor, person, column=column, purpose=purpose).revealed
    except Refused as refusal:
        context["refusal"] = refusal.message
    part = "registry/parts/revealed.html" if request.headers.get("HX-Request") else "registry/person_reveal.html"
    return render(request, part, context, status=200 if context["value"] or request.headers.get("HX-Request") else 422)


@require_http_methods(["GET", "POST"])
def person_export(request: HttpRequest) -> HttpResponseBase:
    """What of a search may leave, then the file, numbers masked; who, what for and how many rows go into the trail."""
    actor = actor_of(request)
    text = request.GET.get("q", "")[:60]
    offer = Offer(
        sheets.PEOPLE, "registry.person.export", queries.people_to_export(actor, text), sheets.person_rows,
        back=f"{reverse('person_list')}?{urlencode({'q': text})}", filters=[(_("Searched for"), text)] if text else [],
        asked={"searched": bool(text)}, note=_("ID numbers and phones are masked."),
    )  # fmt: skip
    return export_page(request, offer)


# --- duplicates -------------------------------------------------------------------------------------------------------
def _proposal(found: Any) -> dict[str, Any]:
    return {
        "row": found, "reasons": reasons_in_words(found),
        "url": reverse("person_merge", args=[found.first_id, found.second_id]),
    }  # fmt: skip


@require_GET
def duplicate_list(request: HttpRequest) -> HttpResponse:
    """Proposals to decide, the likeliest first."""
    shown = [_proposal(p) for p in queries.duplicates(actor_of(request))[:100]]
    columns = [
        Column("first", _("One record"), fixed=True), Column("second", _("The other"), fixed=True),
        Column("score", _("Points"), numeric=True), Column("reasons", _("Reasons")),
    ]  # fmt: skip
    return render(request, "registry/duplicate_list.html", {"shown": shown, "columns": columns})


@require_GET
def person_merge(request: HttpRequest, pk: uuid.UUID, other: uuid.UUID) -> HttpResponse:
    """Two records side by side, and the decision."""
    actor = actor_of(request)
    one, two, sides, reasons = queries.pair(actor, pk, other)
    keep = [
        _keep(actor, a, b)
        for a, b in ((one, two), (two, one))
        if _allowed(actor, a, "merge") and _allowed(actor, b, "merge")
    ]
    rule_out = DismissDuplicate(actor=actor, target=one, initial={"other": two.pk}, auto_id="apart_%s")
    rule_out.fields["other"].widget = forms.HiddenInput()
    proposed = rule_out.fields["other"].queryset.filter(pk=two.pk).exists()  # type: ignore[attr-defined]
    may_rule_out = proposed and _allowed(actor, one, "dismiss_duplicate")
    return render(request, "registry/person_merge.html", {
        "one": one, "two": two, "sides": sides, "reasons": reasons, "keep": keep, "rule_out": rule_out if may_rule_out else None,
    })  # fmt: skip


def _allowed(actor: Actor, thing: Any, verb: str) -> bool:
    return any(d.verb == verb for d in pages.allowed(actor, thing))


def _keep(actor: Actor, kept: Any, gone: Any) -> dict[str, Any]:
    form = MergePeople(actor=actor, target=kept, initial={"gone": gone.pk}, auto_id=f"keep{kept.pk.hex[-6:]}_%s")
    form.fields["gone"].widget = forms.HiddenInput()
    return {
        "kept": kept,
        "gone": gone,
        "form": form,
        "url": reverse("deed_page", args=["registry.person.merge", kept.pk]),
    }


# --- employers --------------------------------------------------------------------------------------------------------
@require_GET
def employer_list(request: HttpRequest) -> HttpResponse:
    """Search employers by any part of the name or the credit code."""
    actor = actor_of(request)
    form = EmployerSearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    if not actor.roles() & deed("registry.employer.view").roles:
        raise NotAllowed()
    rows, more = queries.employers_found(actor, text, after=_key(request.GET.get("after", "")))
    columns = [
        Column("name", _("Name"), fixed=True), Column("code", _("Unified social credit code")), Column("industry", _("Industry")),
        Column("workers", _("Workers"), numeric=True), Column("union", _("Union")),
    ]  # fmt: skip
    return render(request, "registry/employer_list.html", {
        "form": form, "rows": rows, "columns": columns, "text": text, "more_url": _next(request, after=more) if more else "",
        "new_url": _new_url(actor, "registry.employer.register"),
    })  # fmt: skip


@require_GET
def employer_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One employer."""
    actor = actor_of(request)
    page = queries.employer_page(actor, pk)
    return render(
        request,
        "registry/employer_detail.html",
        {"page": page, "employer": page.employer, "buttons": _buttons(actor, page.employer)},
    )


# --- organisations ----------------------------------------------------------------------------------------------------
@require_GET
def org_list(request: HttpRequest) -> HttpResponse:
    """The tree as of a day, one level at a time; ``below`` opens a branch."""
    actor = actor_of(request)
    form = OrgTreeForm(request.GET)
    day: dt.date = (form.cleaned_data.get("on") if form.is_valid() else None) or today()
    below = request.GET.get("below", "")
    branch = queries.org_branch(actor, day, int(below) if below.isdigit() and len(below) < 12 else None)
    part = "registry/parts/branch.html" if request.headers.get("HX-Request") else "registry/org_list.html"
    return render(request, part, {"form": form, "branch": branch, "day": day, "is_today": day == today()})


@require_GET
def org_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One organisation: its names and places over time, its posts for those who look after them."""
    actor = actor_of(request)
    page = queries.org_page(actor, pk)
    buttons = _buttons(actor, page.org) if page.org.closed_on is None else []
    makes = [
        Button(str(d.label), reverse("deed_page", args=[d.code, page.org.pk]), icon="plus")
        for d in (deed("registry.org.found"), deed("registry.grant.give"), deed("registry.account.open"))
        if page.org.closed_on is None and any(page.org.path.startswith(p) for p in actor.prefixes(d.roles))
    ]
    return render(request, "registry/org_detail.html", {
        "page": page, "org": page.org, "buttons": [*makes, *buttons], "posts": [_post(actor, g) for g in page.grants],
    })  # fmt: skip


def _post(actor: Actor, grant: Any) -> dict[str, Any]:
    known = all_roles().get(grant.role)
    may_end = grant.holds_on(today()) or grant.valid_from > today()
    ends = any(grant.org.path.startswith(p) for p in actor.prefixes(deed("registry.grant.end").roles))
    return {
        "row": grant, "role": known.label if known else grant.role, "now": grant.holds_on(today()),
        "end_url": reverse("deed_page", args=["registry.grant.end", grant.pk]) if may_end and ends else "",
    }  # fmt: skip


# --- posts and accounts -----------------------------------------------------------------------------------------------
@require_GET
def post_list(request: HttpRequest) -> HttpResponse:
    """Who holds which post, below the places one looks after."""
    actor = actor_of(request)
    _need(actor, "registry.grant.view")
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    found = queries.grants_found(actor, text, after=request.GET.get("after", ""))
    columns = [
        Column("user", _("Person"), fixed=True), Column("role", _("Role")), Column("org", _("Organisation")),
        Column("from", _("From")), Column("to", _("Until before")), Column("reason", _("Reason")),
    ]  # fmt: skip
    rows, more = found
    return render(request, "registry/post_list.html", {
        "form": form, "columns": columns, "posts": [_post(actor, g) for g in rows],
        "more_url": _next(request, after=more) if more else "",
    })  # fmt: skip


@require_GET
def account_list(request: HttpRequest) -> HttpResponse:
    """Accounts with the posts they hold here."""
    actor = actor_of(request)
    _need(actor, "registry.grant.view")
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    after = request.GET.get("after", "")
    rows = queries.accounts(actor, text, after=int(after) if after.isdigit() and len(after) < 12 else 0)
    more = _next(request, after=str(rows[49].pk)) if len(rows) > 50 else ""
    columns = [
        Column("account", _("Account"), fixed=True),
        Column("name", _("Name")),
        Column("posts", _("Posts")),
        Column("active", _("State")),
    ]
    shown = [{"user": u, "posts": [_post(actor, g) for g in u.posts_here]} for u in rows[:50]]  # type: ignore[attr-defined]
    return render(request, "registry/account_list.html", {
        "form": form, "columns": columns, "shown": shown, "more_url": more, "new_url": _new_url(actor, "registry.account.open"),
    })  # fmt: skip


def _need(actor: Actor, code: str) -> None:
    if not actor.system and not actor.roles() & deed(code).roles:
        raise NotAllowed()
