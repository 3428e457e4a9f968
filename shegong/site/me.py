"""SHOW: my page — posts, sessions, tokens — and the small switches of the frame: post, language, text size."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.views import actor_of
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Entry, Outcome
from shegong.kernel.orgs.models import ApiToken, Grant, User
from shegong.kernel.orgs.roles import all_roles

from .accounts import next_page

TOKEN_PREFIX = "sg_"  # noqa: S105 - a mark by which a leaked token is recognised
MOST_TOKENS = 10
YEAR = 365 * 86400


class TokenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=80)
    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"), coerce=int, initial="90",
        choices=[("30", gettext_lazy("30 days")), ("90", gettext_lazy("90 days")), ("365", gettext_lazy("one year"))],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """Who I am here. POST makes an API token; it is shown this once."""
    actor = actor_of(request)
    form, fresh = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        fresh = _new_token(request, form.cleaned_data["name"], form.cleaned_data["days"])
        form = TokenForm()
    context = {
        "title": actor.name,
        "account": User.objects.get(pk=actor.user_id),
        "grants": _grants(actor.user_id),
        "sign_ins": Entry.objects.filter(actor_id=actor.user_id, deed="orgs.account.sign_in").order_by("-seq")[:10],
        "tokens": ApiToken.objects.filter(user_id=actor.user_id, revoked_at=None).order_by("-id"),
        "form": form,
        "fresh": fresh,
        "now": timezone.now(),
    }
    return render(request, "site/me.html", context, status=422 if form.is_bound and form.errors else 200)


def _grants(user_id: int) -> list[dict[str, Any]]:
    known = all_roles()
    found = Grant.objects.filter(user_id=user_id).select_related("org").order_by("-valid_from", "org__path")
    return [{"role": known[g.role].label if g.role in known else g.role, "grant": g} for g in found]


def _new_token(request: HttpRequest, name: str, days: int) -> str:
    actor = actor_of(request)
    if ApiToken.objects.filter(user_id=actor.user_id, revoked_at=None).count() >= MOST_TOKENS:
        raise Refused(_("You have %(count)s tokens already; revoke one first.") % {"count": MOST_TOKENS})
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    made = ApiToken.objects.create(
        user_id=actor.user_id, name=name, digest=digest(token), expires_at=timezone.now() + dt.timedelta(days=days)
    )
    _write(request, "orgs.token.create", made.pk, name)
    return token


def digest(token: str) -> str:
    """What is kept of an API token. The token is random enough that a plain digest gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of my own tokens."""
    found = ApiToken.objects.filter(pk=pk, user_id=actor_of(request).user_id, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if not found:
        raise NotAllowed(_("There is no such record."), missing=True)
    _write(request, "orgs.token.revoke", pk, "")
    return HttpResponseRedirect(reverse("me") + "#tokens")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign this account out everywhere else."""
    actor = actor_of(request)
    ended = 0
    for session in (
        Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=request.session.session_key).iterator()
    ):
        if session.get_decoded().get(SESSION_KEY) == str(actor.user_id):
            session.delete()
            ended += 1
    _write(request, "orgs.account.end_sessions", actor.user_id, str(ended))
    return HttpResponseRedirect(reverse("me") + f"?ended={ended}")


def _write(request: HttpRequest, deed: str, subject: object, reason: str) -> None:
    actor = actor_of(request)
    place = actor.posts[0].path if actor.posts else ""
    trail.write(actor, trail.Line(deed, deed.rpartition(".")[0], subject, place, Outcome.DONE, reason))


# --- switches of the frame -----------------------------------------------------------------------------------------------
@require_POST
def switch_post(request: HttpRequest) -> HttpResponse:
    """Where I act now. Only a post that is held; it changes defaults, never rights."""
    wanted = request.POST.get("post", "")
    if wanted not in {p.value for p in actor_of(request).posts}:
        raise NotAllowed(_("There is no such record."), missing=True)
    request.session["post"] = wanted
    return HttpResponseRedirect(reverse("home"))


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Chinese or English: in a cookie, and in the account of someone signed in."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        raise NotAllowed(missing=True)
    if actor_of(request).user_id:
        User.objects.filter(pk=actor_of(request).user_id).update(language=chosen)
    return _with_cookie(request, "language", chosen)


@require_POST
def set_text_size(request: HttpRequest) -> HttpResponse:
    """Normal or large text, for browsers without scripts too."""
    chosen = "large" if request.POST.get("text") == "large" else "normal"
    if actor_of(request).user_id:
        User.objects.filter(pk=actor_of(request).user_id).update(large_text=chosen == "large")
    return _with_cookie(request, "sg_text", chosen)


def _with_cookie(request: HttpRequest, name: str, value: str) -> HttpResponse:
    answer = HttpResponseRedirect(next_page(request))
    answer.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION)
    return answer
