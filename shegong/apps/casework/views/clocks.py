"""SHOW: the limits of the law that run, one of them step by step, and the reckoning of any without a case."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shegong.kernel.actions import pages
from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.orgs.reach import today
from shegong.lib import clocks as law
from shegong.ui.lists import Column

from ..forms.clocks import ClockFilter, ReckonForm, SupposeForm
from ..policy import LEGAL_CLOCK
from ..queries.clocks import (
    MOST,
    Reckoning,
    area_of,
    clocks_to_watch,
    legal_clocks,
    limit_of,
    limits_for,
    reckon,
    reckoned,
    reckoned_of,
)

TONES = {"running": "info", "still": "warn", "met": "good", "void": "plain"}


def legal_clock_list(request: HttpRequest) -> HttpResponse:
    """Limits of the law that run for cases within reach, the next to run out first."""
    actor = actor_of(request)
    form = ClockFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = clocks_to_watch(actor, days=chosen.get("days"), state=chosen.get("state", ""))
    columns = [
        Column("limit", _("Limit of the law"), fixed=True), Column("case", _("Case")), Column("due", _("Last day")),
        Column("started", _("Began on")), Column("article", _("Article")), Column("org", _("Organisation")),
    ]  # fmt: skip
    shown = [(row, limit_of(row)) for row in rows]
    context = {"rows": shown, "filter": form, "columns": columns, "today": today(), "full": len(rows) == MOST}
    return render(request, "casework/legal_clock_list.html", context)


def legal_clock_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One limit: how its last day came out step by step, and what it would be if something happened."""
    actor = actor_of(request)
    clock = legal_clocks(actor).filter(pk=pk).first()
    if clock is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    primary, deeds = pages.buttons(actor, clock)
    form = SupposeForm(request.GET or None)
    context = {
        "clock": clock, "answer": reckoned_of(clock), "form": form, "primary": primary, "deeds": deeds,
        "tone": TONES[clock.state], "today": today(), "supposed": _supposed(form, lambda events: reckon(clock, events)),
        "kind": LEGAL_CLOCK,
    }  # fmt: skip
    return render(request, "casework/legal_clock_detail.html", context)


def legal_clock_reckon(request: HttpRequest) -> HttpResponse:
    """Any limit from any day, by the rules of where one acts; nothing is stored."""
    actor = actor_of(request)
    limits = limits_for(area_of(actor))
    form = ReckonForm(limits, request.GET or None)
    answer = None
    if form.is_valid():
        started_on = form.cleaned_data["started_on"]
        limit = limits_for(area_of(actor), started_on).get(form.cleaned_data["limit"])
        if limit is None:
            form.add_error("started_on", _("No such limit was in force on this day."))
        else:
            answer = _supposed(form, lambda events: law.run(limit, started_on, events), plain=True)
    return render(request, "casework/legal_clock_reckon.html", {"form": form, "answer": answer, "today": today()})


def _supposed(
    form: SupposeForm, run: Callable[[list[law.Event]], law.Clock], *, plain: bool = False
) -> Reckoning | None:
    """The reckoning with what was typed; None where nothing was, or what was typed cannot be: the form then says why."""
    if not form.is_valid():
        return None
    events = form.supposed()
    if not events and not plain:
        return None
    try:
        return reckoned(run(events))
    except law.InvalidClock as error:
        form.add_error("event_length" if error.code == "extended_too_far" else "event_on", _(error.message) % error.params)
        return None
