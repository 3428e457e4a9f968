"""SHOW: legal-aid applications and their papers, means tests, the calendar of hearings."""

from __future__ import annotations

import calendar
import datetime as dt
import uuid
from pathlib import Path
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.orgs.reach import SHANGHAI, today
from shegong.lib.ics import Event, calendar_file
from shegong.ui.lists import Column
from shegong.ui.papers import attachment, paper

from ..models import AidApplication
from ..policy import AID, AID_RULE, HEARING
from ..policy.aid import OFFICE, UNDECIDED
from ..queries.aid import (
    MOST_HEARINGS,
    aid_applications,
    aid_rules,
    filtered_aid,
    hearings,
    hearings_between,
    missing_for_archive,
    opened_case,
    paper_of,
    tested,
    ties_of_aid,
)
from .linked import StateFilter, list_page, one, record_page

PAPERS = Path(__file__).parent.parent / "templates" / "casework" / "papers"
STEPS = ("applied", "accepted", "assigned", "in_hand", "concluded", "called_back", "archived")
BEFORE = {
    "supplement": "applied",
    "refused": "applied",
    "objected": "applied",
    "withdrawn": "applied",
    "ended": "concluded",
}
TONES = {
    "applied": "warn", "supplement": "warn", "objected": "warn", "accepted": "info", "assigned": "info", "in_hand": "info",
    "refused": "plain", "withdrawn": "plain", "ended": "plain", "concluded": "good", "called_back": "good", "archived": "done",
}  # fmt: skip
# what can be printed in which states
PAPER_STATES = {
    "notice": set(AID.states) - {"applied", "withdrawn"},
    "assignment": {"assigned", "in_hand", "concluded", "ended", "called_back", "archived"},
    "file": set(AID.states) - UNDECIDED,
}


class AidListFilter(StateFilter):
    waiting = forms.BooleanField(label=gettext_lazy("For my office to decide"), required=False)


def aid_list(request: HttpRequest) -> HttpResponse:
    """Applications for legal aid: of my places, for my office, of my cases."""
    actor = actor_of(request)
    form = AidListFilter(AID, request.GET, without=("problem", "overdue"))
    found = filtered_aid(actor, **form.chosen())
    columns = [
        Column("number", _("Application"), fixed=True), Column("state", _("State")), Column("form", _("Form of aid")),
        Column("applied", _("Applied on")), Column("office", _("Office that decides")), Column("lawyer", _("Lawyer")),
        Column("org", _("Applied from")),
    ]  # fmt: skip
    return list_page(request, "casework/aid_list.html", found, filter=form, columns=columns, aid_tones=TONES)


def aid_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One application: what was asked for, how the means came out, the decision, the work, the end."""
    actor = actor_of(request)
    aid: AidApplication = one(aid_applications(actor), pk)
    held = ties_of_aid(actor, aid)
    case = opened_case(actor, aid.case_id)
    now = BEFORE.get(aid.state, aid.state)
    context = {
        "tested": tested(aid), "case": case, "decides": OFFICE in held, "tone": TONES[aid.state],
        "steps": [{"label": str(AID.states[step]), "state": _how(step, now)} for step in STEPS],
        "papers": [(kind, words) for kind, words in _papers() if aid.state in PAPER_STATES[kind] and (kind != "file" or case)],
        "missing": missing_for_archive(aid) if case and aid.state in ("concluded", "ended", "called_back") else [],
    }  # fmt: skip
    return record_page(request, actor, "casework/aid_detail.html", AID, aid, **context)


def _how(step: str, now: str) -> str:
    at, here = STEPS.index(step), STEPS.index(now)
    return "done" if at < here else "now" if at == here else "todo"


def _papers() -> list[tuple[str, str]]:
    return [("notice", _("Notice")), ("assignment", _("Letter of assignment")), ("file", _("The whole file"))]


def aid_paper(request: HttpRequest, pk: uuid.UUID, kind: str) -> HttpResponse:
    """A paper of the application as PDF: the notice, the letter of assignment, the whole file."""
    actor = actor_of(request)
    aid: AidApplication = one(aid_applications(actor), pk)
    if kind not in PAPER_STATES or aid.state not in PAPER_STATES[kind]:
        raise Http404
    data = paper_of(actor, aid, kind)
    name = f"{dict(_papers())[kind]}-{aid.number}"
    return paper(name, PAPERS / f"aid_{kind}.typ", data, on=aid.archived_on or today())


# --- means tests ----------------------------------------------------------------------------------------------------------
def aid_rule_list(request: HttpRequest) -> HttpResponse:
    """Means tests that hold here: of these places, and of the levels above."""
    actor = actor_of(request)
    if not actor.roles() & AID_RULE.deeds["list"].roles:
        raise NotAllowed()
    post = actor.first_post(AID_RULE.deeds["set"].roles)
    new = reverse("deed_page", args=[AID_RULE.deeds["set"].code, post.org_id]) if post else ""
    columns = [
        Column("org", _("Set by"), fixed=True), Column("from", _("Valid from")),
        Column("ceiling", _("Highest income per head and month (yuan)"), numeric=True),
        Column("least", _("Least amount in dispute (yuan)"), numeric=True), Column("exempt", _("Means not examined")),
        Column("keep", _("Kept (years)"), numeric=True), Column("basis", _("Document it follows")), Column("state", _("State")),
    ]  # fmt: skip
    own = {rule.pk for rule in aid_rules(actor, "casework.aid_rule.withdraw")}
    withdraw = AID_RULE.deeds["withdraw"].code
    return list_page(
        request, "casework/aid_rule_list.html", aid_rules(actor), columns=columns, new_url=new, own=own,
        withdraw=lambda pk: reverse("deed_page", args=[withdraw, pk]),
    )  # fmt: skip


# --- hearings -------------------------------------------------------------------------------------------------------------
def hearing_list(request: HttpRequest) -> HttpResponse:
    """A month of hearings by day; as a calendar file with ``?format=ics``."""
    actor = actor_of(request)
    first = _month(request.GET.get("month", ""))
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    rows = hearings_between(actor, first, last)
    if request.GET.get("format") == "ics":
        body = calendar_file("hearings", _events(rows, request))
        return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=attachment(f"{first:%Y-%m}.ics"))
    days: dict[dt.date, list[Any]] = {}
    for row in rows:
        days.setdefault(row.at.astimezone(SHANGHAI).date(), []).append(row)
    context = {
        "days": days, "first": first, "before": (first - dt.timedelta(1)).replace(day=1), "after": last + dt.timedelta(1),
        "today": today(), "count": len(rows), "full": len(rows) == MOST_HEARINGS,
    }  # fmt: skip
    return render(request, "casework/hearing_list.html", context)


def _month(asked: str) -> dt.date:
    try:
        found = dt.datetime.strptime(asked, "%Y-%m").replace(tzinfo=SHANGHAI).date()
    except ValueError:
        return today().replace(day=1)
    return found if 1990 <= found.year <= 2199 else today().replace(day=1)


def _events(rows: list[Any], request: HttpRequest) -> list[Event]:
    return [
        Event(
            str(row.pk), row.at, row.at + dt.timedelta(hours=2), f"{row.get_kind_display()} {row.case.number}",
            " ".join(filter(None, (row.forum, row.place))), request.build_absolute_uri(reverse("hearing_detail", args=[row.pk])),
        )
        for row in rows
    ]  # fmt: skip


def hearing_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One hearing, and what came of it."""
    actor = actor_of(request)
    thing = one(hearings(actor), pk)
    tone = {"planned": "info", "held": "good", "cancelled": "plain"}[thing.state]
    return record_page(request, actor, "casework/hearing_detail.html", HEARING, thing, tone=tone)
