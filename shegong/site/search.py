"""SHOW: one box over persons (by right), cases and organisations. Each section is capped and opens the full list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shegong.apps.casework.queries.lists import Filters, list_rows
from shegong.kernel.actions.views import actor_of
from shegong.kernel.actions.vocabulary import deed
from shegong.kernel.orgs.reach import Actor
from shegong.registry.queries.organisations import organisations
from shegong.registry.queries.people import find_people

CAP = 8
_NUMBER = re.compile(r"[A-Z]{0,4}-?\d{4}[-\d]{3,12}")


@dataclass(frozen=True)
class Hit:
    """One line: where it leads, what it is called, and what tells it from its like."""

    url: str
    title: str
    hint: str


@dataclass(frozen=True)
class Section:
    """Hits of one kind. ``more``: (label, address) of the full list where there are more. ``note``: why there may be none."""

    label: str
    rows: list[Hit]
    more: tuple[str, str] | None = None
    note: str = ""


def search(request: HttpRequest) -> HttpResponse:
    """Results for ``q``. A case number leads straight to the case."""
    text = " ".join(request.GET.get("q", "").split())[:80]
    actor = actor_of(request)
    if _NUMBER.fullmatch(text.upper()):
        found = list_rows(actor, Filters({"number": text.upper()}), limit=1, count=False).rows
        if found:
            return HttpResponseRedirect(reverse("case_detail", args=[found[0].pk]))
    sections = list(_sections(actor, text)) if text else []
    hits = sum(len(section.rows) for section in sections)
    return render(request, "site/search.html", {"q": text, "sections": sections, "hits": hits, "title": _("Search")})


def _sections(actor: Actor, text: str) -> Iterator[Section]:
    for make in (_people, _cases, _texts, _orgs):
        section = make(actor, text)
        if section and (section.rows or section.note):
            yield section


def _people(actor: Actor, text: str) -> Section | None:
    if not actor.roles() & deed("registry.person.find").roles:
        return None
    found = find_people(actor, text, limit=CAP)
    rows = [
        Hit(reverse("person_detail", args=[p.pk]), p.name, f"{p.id_number or ''} · {p.org.name}") for p in found.people
    ]
    more = (_("All people found"), f"{reverse('person_list')}?{urlencode({'q': text})}") if found.more else None
    return Section(_("People"), rows, more, found.note)


def _cases(actor: Actor, text: str) -> Section | None:
    return _case_section(actor, _("Cases of this person"), "client", text)


def _texts(actor: Actor, text: str) -> Section | None:
    return _case_section(actor, _("Cases that mention it"), "text", text)


def _case_section(actor: Actor, label: str, name: str, text: str) -> Section:
    found = list_rows(actor, Filters({name: text}), limit=CAP, count=False)
    rows = [
        Hit(
            reverse("case_detail", args=[c.pk]),
            c.number,
            f"{c.get_line_display()} · {c.get_state_display()} · {c.org.name}",
        )
        for c in found.rows
    ]
    more = (_("All cases found"), f"{reverse('case_list')}?{urlencode({name: text})}") if found.after else None
    return Section(label, rows, more)


def _orgs(actor: Actor, text: str) -> Section:
    named = organisations(actor).filter(Q(name__icontains=text) | Q(code=text.upper()), closed_on=None)
    found = list(named.order_by("path")[: CAP + 1])
    rows = [Hit(reverse("org_detail", args=[o.pk]), o.name, f"{o.get_kind_display()} · {o.code}") for o in found[:CAP]]
    return Section(_("Organisations"), rows)
