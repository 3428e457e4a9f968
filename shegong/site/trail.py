"""SHOW: the trail for the audit administrator — who did, tried, read or exported what — and whether its seals hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.actions.vocabulary import all_deeds, deed
from shegong.kernel.audit import sealing, trail
from shegong.kernel.audit.models import Entry, Outcome
from shegong.kernel.orgs.reach import SHANGHAI, Actor, everything, within
from shegong.ui.lists import Column

from .models import TrailCheck

VIEW = "registry.trail.view"
PAGE = 50


# The words of the trail's own page; the model's labels also serve timelines.
OUTCOMES = {
    Outcome.DONE: gettext_lazy("carried out"),
    Outcome.REFUSED: gettext_lazy("refused"),
    Outcome.SEEN: gettext_lazy("read"),
    Outcome.EXPORTED: gettext_lazy("exported"),
    Outcome.SIGNED_IN: gettext_lazy("signed in"),
}


class TrailFilter(forms.Form):
    who = forms.CharField(label=gettext_lazy("Who"), required=False, max_length=40)
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=forms.DateInput({"type": "date"}))
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        required=False,
        choices=[("", gettext_lazy("All")), *((str(k), v) for k, v in OUTCOMES.items())],
    )
    deed = forms.CharField(label=gettext_lazy("What"), required=False, max_length=64)
    record = forms.CharField(label=gettext_lazy("Record"), required=False, max_length=40)
    address = forms.CharField(label=gettext_lazy("Address"), required=False, max_length=45)


def _prefixes(actor: Actor) -> tuple[str, ...]:
    """Where the actor may read the trail. Raises ``NotAllowed`` as for a page that is not there."""
    found = actor.prefixes(deed(VIEW).roles)
    if not found:
        raise NotAllowed(_("There is no such record."), missing=True)
    return found


def trail_list(request: HttpRequest) -> HttpResponse:
    """Entries below the actor's post, newest first; reading them is an entry itself."""
    actor = actor_of(request)
    prefixes = _prefixes(actor)
    form = TrailFilter(request.GET or None)
    values: dict[str, Any] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    with _opened():
        rows = list(entries(prefixes, values, _number(request.GET.get("after", "")))[: PAGE + 1])
    asked = ", ".join(f"{k}={v}" for k, v in values.items() if v)
    trail.write(actor, trail.Line(VIEW, "registry.trail", "", prefixes[0], Outcome.SEEN, asked))
    more = ""
    if len(rows) > PAGE:
        kept = {k: v for k, v in request.GET.items() if k != "after"}
        more = f"{reverse('trail_list')}?{urlencode({**kept, 'after': rows[PAGE - 1].seq})}"
    names = {code: str(d.label) for code, d in all_deeds().items()} | {k: str(v) for k, v in DEEDS_OF_THE_HOUSE.items()}
    context = {
        "title": _("Trail"),
        "form": form,
        "rows": rows[:PAGE],
        "names": names,
        "reasons": REASONS,
        "outcomes": {str(k): str(v) for k, v in OUTCOMES.items()},
        "more": more,
        "columns": _columns(),
    }
    return render(request, "site/trail.html", context)


@contextmanager
def _opened() -> Iterator[None]:
    """Row-level security knows no audit administrator: it opens for this one query, which starts from their own places."""
    with everything():
        yield


def entries(prefixes: tuple[str, ...], values: dict[str, Any], after: int | None) -> QuerySet[Entry]:
    """Entries at or below ``prefixes``; what has no place (failed sign-ins, the system) shows at the top of a tree."""
    place = within(prefixes)
    if any(p.count(".") <= 1 for p in prefixes):
        place |= Q(org_path="")
    found = Entry.objects.filter(place).order_by("-seq")
    lookups = {
        "who": "actor_name",
        "outcome": "outcome",
        "deed": "deed__startswith",
        "record": "object_id",
        "address": "address",
    }
    for name, lookup in lookups.items():
        if values.get(name):
            found = found.filter(**{lookup: values[name]})
    if values.get("since"):
        found = found.filter(at__gte=dt.datetime.combine(values["since"], dt.time(), SHANGHAI))
    if values.get("until"):
        found = found.filter(at__lt=dt.datetime.combine(values["until"] + dt.timedelta(days=1), dt.time(), SHANGHAI))
    return found.filter(seq__lt=after) if after else found


DEEDS_OF_THE_HOUSE = {
    "orgs.account.sign_in": gettext_lazy("Sign in"),
    "orgs.account.sign_out": gettext_lazy("Sign out"),
    "orgs.account.change_password": gettext_lazy("Change the password"),
    "orgs.account.reset_password": gettext_lazy("Reset a password"),
    "orgs.account.reset_second_factor": gettext_lazy("Reset a second factor"),
    "orgs.account.end_sessions": gettext_lazy("Sign out everywhere else"),
    "orgs.account.open": gettext_lazy("Open an account"),
    "orgs.token.create": gettext_lazy("Make a token"),
    "orgs.token.revoke": gettext_lazy("Revoke a token"),
    "orgs.house.backup": gettext_lazy("Back up"),
}


# Reasons the house itself writes as codes; everything else is what a person wrote.
REASONS = {
    "password": gettext_lazy("by password"),
    "second factor": gettext_lazy("by second factor"),
    "demo": gettext_lazy("one-click sign-in of the demo"),
}


def _columns() -> list[Column]:
    return [
        Column("seq", _("No."), fixed=True),
        Column("at", _("When")),
        Column("who", _("Who")),
        Column("what", _("What")),
        Column("record", _("Record")),
        Column("outcome", _("Outcome")),
        Column("reason", _("Reason")),
        Column("address", _("Address")),
    ]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


# --- does it hold? -----------------------------------------------------------------------------------------------------------
def trail_verify(request: HttpRequest) -> HttpResponse:
    """The last checks of the whole chain. A check reads every entry, so the worker does it; nightly, and when asked."""
    _prefixes(actor_of(request))
    found = list(TrailCheck.objects.order_by("-id")[:10])
    waiting = bool(found) and found[0].finished_at is None
    return render(
        request, "site/trail_verify.html", {"title": _("Check the trail"), "checks": found, "waiting": waiting}
    )


@require_POST
def trail_verify_now(request: HttpRequest) -> HttpResponse:
    """Ask for a check; one at a time."""
    actor = actor_of(request)
    prefixes = _prefixes(actor)
    if not TrailCheck.objects.filter(finished_at=None).exists():
        ask_for_check(actor.user_id)
        trail.write(actor, trail.Line("registry.trail.verify", "registry.trail", "", prefixes[0]))
    return HttpResponseRedirect(reverse("trail_verify"))


def ask_for_check(user_id: int = 0) -> TrailCheck:
    """Note that a check is wanted and hand it to the worker; both or neither, for it is one transaction."""
    from .tasks import check_trail

    made = TrailCheck.objects.create(asked_by=user_id)
    check_trail.defer(pk=made.pk)
    return made


def perform_check(pk: int) -> TrailCheck:
    """Verify the chain and keep what was found."""
    check = TrailCheck.objects.get(pk=pk)
    report = sealing.verify()
    check.entries, check.seals, check.sound = report.entries, report.seals, report.sound
    check.flaws = [asdict(flaw) for flaw in report.flaws[:200]]
    check.finished_at = timezone.now()
    check.save()
    return check
