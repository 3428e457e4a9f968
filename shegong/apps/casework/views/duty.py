"""PAGE: duty rosters as a month, duties as a list, one lawyer's page; what may leave."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.orgs.reach import SHANGHAI, Actor, today
from shegong.kernel.sheets.takeout import Offer, export_page, said
from shegong.lib.ics import Event, calendar_file
from shegong.ui.lists import Column
from shegong.ui.lists import Deed as Button
from shegong.ui.papers import attachment

from ..forms.duty import DutyFilter
from ..models import DutyRoster, Lawyer
from ..policy import DUTY, DUTY_ROSTER, LAWYER, Weekday
from ..queries.aid import aid_applications, hearings
from ..queries.cases import cases
from ..queries.duty import (
    broken_rules,
    counted_rosters,
    duties,
    duties_of,
    duty_rosters,
    filtered_duties,
    lawyers,
    month_before,
    month_span,
    month_view,
    myself,
    ties_of_duty,
    wishes_of,
)
from ..queries.quality import months_back, quality_of, rule_text, rule_words
from ..queries.ratings import LEAST_ANSWERS
from ..sheets.duty import DUTIES_EXPORT, duty_rows
from .linked import list_page, one, record_page

TONES = {
    "draft": "warn", "published": "good", "planned": "info", "swapped": "info", "done": "good", "missed": "bad",
    "cancelled": "done",
}  # fmt: skip
PANEL = DUTY_ROSTER.deeds["view"].roles
EXPORT = "casework.duty.export"
MONTHS_AHEAD = 2
RECORD_PAGES = {"casework.case": "case_detail", "casework.aid": "aid_detail", "casework.hearing": "hearing_detail"}


def duty_roster_list(request: HttpRequest) -> HttpResponse:
    """Rosters, newest first."""
    actor = actor_of(request)
    if not actor.roles() & PANEL:
        raise NotAllowed()
    columns = [
        Column("month", _("Month"), fixed=True), Column("state", _("State")), Column("seats", _("Duties"), numeric=True),
        Column("vacant", _("Open"), numeric=True), Column("done", _("Done"), numeric=True), Column("org", _("Office")),
    ]  # fmt: skip
    post = actor.first_post(PANEL)
    new = reverse("deed_page", args=[DUTY_ROSTER.deeds["plan"].code, post.org_id]) if post else ""
    more = {"columns": columns, "new_url": new, "tones": TONES}
    return list_page(request, "casework/duty_roster_list.html", counted_rosters(actor), **more)


def duty_roster_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The month: place × day on a wide screen, day by day on a phone; how fair it is; what is open and why."""
    actor = actor_of(request)
    roster: DutyRoster = one(duty_rosters(actor), pk)
    shares = [
        Column("name", _("Lawyer"), fixed=True), Column("count", _("This month"), numeric=True), Column("past",
        _("Three months before"), numeric=True),
        Column("fair", _("Fair share"), numeric=True), Column("above", _("Above or below"), numeric=True),
    ]  # fmt: skip
    opened = [
        Column("place", _("Service point"), fixed=True),
        Column("day", _("Day")),
        Column("missing", _("Missing"), numeric=True),
        Column("why", _("Why")),
    ]
    wished = [
        Column("name", _("Lawyer"), fixed=True), Column("day", _("Day")), Column("place", _("Service point")), Column("why",
        _("Why")),
    ]  # fmt: skip
    more = {
        "month": month_view(roster), "share_columns": shares, "gap_columns": opened, "wish_columns": wished, "tones": TONES,
        "state_tone": TONES[roster.state], "weekdays": Weekday.labels, "broken": broken_rules(roster),
    }  # fmt: skip
    return record_page(request, actor, "casework/duty_roster_detail.html", DUTY_ROSTER, roster, **more)


def duty_roster_print(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The month on paper, day by day."""
    actor = actor_of(request)
    roster = one(duty_rosters(actor), pk)
    context = {
        "roster": roster,
        "month": month_view(roster),
        "weekdays": Weekday.labels,
        "printed_by": actor.name,
        "printed_at": timezone.now(),
    }
    return render(request, "casework/duty_roster_print.html", context)


def duty_list(request: HttpRequest) -> HttpResponse:
    """A lawyer's own duties and what her panel is offered; an office's all."""
    actor = actor_of(request)
    me = myself(actor)
    if me is None and not actor.roles() & (PANEL | {"lawyer"}):
        raise NotAllowed()
    if request.GET.get("format") == "ics" and me is not None:
        return _ics(request, actor, me)
    form = DutyFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    columns = [
        Column("day", _("Day"), fixed=True), Column("hours", _("Hours")), Column("place", _("Service point")),
        Column("lawyer", _("Lawyer")),
        Column("state", _("State")),
    ]  # fmt: skip
    found = filtered_duties(actor, state=chosen.get("state") or "", place=chosen.get("place") or "")
    own = reverse("lawyer_detail", args=[me.pk]) if me else ""
    more = {
        "filter": form,
        "columns": columns,
        "tones": TONES,
        "own_url": own,
        "me": me,
        "export": _export(actor, request),
    }
    return list_page(request, "casework/duty_list.html", found, **more)


def _ics(request: HttpRequest, actor: Actor, me: Lawyer) -> HttpResponse:
    """Her duties from this month on, as a calendar file: today's time zone, no names."""
    first = today().replace(day=1)
    events = [
        Event(
            str(d.pk), dt.datetime.combine(d.day, d.opens, SHANGHAI), dt.datetime.combine(d.day, d.closes, SHANGHAI),
            _("Duty: %(place)s") % {"place": d.station.name}, d.station.address,
            request.build_absolute_uri(reverse("duty_detail", args=[d.pk])),
        )
        for d in duties_of(actor, me, first, month_span(month_before(first, -MONTHS_AHEAD))[1])
    ]  # fmt: skip
    body = calendar_file("duties", events)
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=attachment(f"{first:%Y-%m}.ics"))


def _export(actor: Actor, request: HttpRequest) -> Button | None:
    if not actor.prefixes(DUTY.deeds["export"].roles):
        return None
    return Button(_("Export"), f"{reverse('duty_export')}?{request.GET.urlencode()}", icon="download", panel=False)


def duty_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One duty with what can be done about it now."""
    actor = actor_of(request)
    duty = one(duties(actor), pk)
    more = {
        "state_tone": TONES[duty.state],
        "ties": ties_of_duty(actor, duty),
        "is_office": bool(actor.roles() & PANEL),
    }
    return record_page(request, actor, "casework/duty_detail.html", DUTY, duty, **more)


def lawyer_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A lawyer's own page, and her office's: duties ahead, leaves and wishes, how the month went with the record behind each
    point."""
    actor = actor_of(request)
    lawyer = one(lawyers(actor), pk)
    month = _month(request.GET.get("month", ""))
    quality = quality_of(lawyer, month)
    named = {
        kind: [p.pk for p in quality.points if p.kind == kind]
        for kind in ("casework.case", "casework.aid", "casework.hearing")
    }
    mine = [cases(actor, "casework.case.view").filter(pk__in=named["casework.case"])]
    mine += [
        aid_applications(actor).filter(pk__in=named["casework.aid"]),
        hearings(actor).filter(pk__in=named["casework.hearing"]),
    ]
    opens = {str(pk) for found in mine for pk in found.values_list("pk", flat=True)}
    columns = [
        Column("what", _("What"), fixed=True),
        Column("on", _("On")),
        Column("of", _("Record")),
        Column("points", _("Points"), numeric=True),
    ]
    last = month_span(month_before(today().replace(day=1), -MONTHS_AHEAD))[1]
    more = {
        "quality": quality, "rule": rule_words(), "rule_text": rule_text(), "least": LEAST_ANSWERS, "months": months_back(),
        "opens": opens, "pages": RECORD_PAGES, "columns": columns, "wishes": wishes_of(lawyer),
        "ahead": duties_of(actor, lawyer, today().replace(day=1), last), "tones": TONES,
    }  # fmt: skip
    return record_page(request, actor, "casework/lawyer_detail.html", LAWYER, lawyer, **more)


def _month(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return today().replace(day=1)


@require_http_methods(["GET", "POST"])
def duty_export(request: HttpRequest) -> HttpResponseBase:
    """What of the filtered duties may leave, then the file."""
    actor = actor_of(request)
    form = DutyFilter(request.GET)
    chosen: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    found = filtered_duties(actor, EXPORT, state=chosen.get("state") or "", place=chosen.get("place") or "").order_by(
        "-id"
    )
    offer = Offer(
        DUTIES_EXPORT, EXPORT, found, duty_rows, back=f"{reverse('duty_list')}?{request.GET.urlencode()}", filters=said(form),
        asked={k: str(v) for k, v in chosen.items() if v},
    )  # fmt: skip
    return export_page(request, offer)
