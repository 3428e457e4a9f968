"""What every request goes through: an incident number, the language, and the actor with their reach in one transaction."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.translation import gettext

from shegong.kernel.actions.errors import DeedFailed
from shegong.kernel.orgs.reach import Actor, load_actor, set_reach
from shegong.lib.paper import NoChineseFont

from . import errors

Next = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("shegong")

ANONYMOUS = Actor(0, "", via="web")
# Pages for people who have not signed in. Everything else asks for an account (rule 2: the default is deny).
OPEN_PAGES = frozenset(
    {"sign_in", "demo_sign_in", "second_factor", "health", "rate", "rate_start", "set_language", "set_text_size"}
)
MUST_CHANGE = "must_change_password"  # session: signed in with a password that somebody else set
_BEFORE_CHANGE = frozenset({"change_password", "sign_out", "set_language", "set_text_size", "health"})


def incident_middleware(get_response: Next) -> Next:
    """Give each request a number that an error page shows and the log repeats."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.incident = secrets.token_hex(4)  # type: ignore[attr-defined]
        # PostgreSQL stores no NUL, and no honest address holds one: answered here, once, instead of in every filter
        nul = "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", "")
        response = errors.bad_request(request) if nul else get_response(request)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def locale_middleware(get_response: Next) -> Next:
    """Chinese unless the person chose English: the choice is in a cookie, and in the account once signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get("language", "")
        with translation.override(chosen if chosen in ("zh-hans", "en") else "zh-hans"):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "zh-hans")
            return response

    return middleware


class ActorMiddleware:
    """Load the actor, open the request's transaction with their reach, and roll it back when the view fails."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = ANONYMOUS  # type: ignore[attr-defined]
        if request.path.startswith("/api/"):
            return self.get_response(request)  # the API authenticates by itself, token or session
        with transaction.atomic():
            actor = session_actor(request, reach=True)
            if actor is not None:
                request.actor = actor  # type: ignore[attr-defined]
                if request.session.get(MUST_CHANGE) and _url_name(request) not in _BEFORE_CHANGE:
                    return redirect("change_password")
            elif not _open_page(request):
                return redirect(
                    f"{reverse('sign_in')}?next={request.get_full_path()}" if request.method == "GET" else "sign_in"
                )
            else:
                set_reach(ANONYMOUS)
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Deliberate answers keep the transaction, for their line in the trail is in it; anything else undoes it all."""
        if isinstance(exception, DeedFailed):
            return errors.answer(request, exception)
        if isinstance(exception, NoChineseFont):
            return errors.unprocessable(request, gettext(exception.MESSAGE))
        transaction.set_rollback(True)
        return None


def actor_middleware(get_response: Next) -> ActorMiddleware:
    return ActorMiddleware(get_response)


def session_actor(request: HttpRequest, *, reach: bool = False) -> Actor | None:
    """The actor of the session, read anew from the grants; None where it is no longer good. ``reach``: set it, too."""
    session: Any = request.session
    user_id = session.get(SESSION_KEY)
    if not user_id:
        return None
    if BACKEND_SESSION_KEY not in session:
        session.flush()
        return None
    fingerprint = session.get(HASH_SESSION_KEY, "")
    actor = load_actor(int(user_id), address=address_of(request), session=fingerprint, reach=reach)
    if actor is None:
        session.flush()
        return None
    if session.get("post"):
        actor.extra["post"] = session["post"]
    return actor


def address_of(request: HttpRequest) -> str:
    """Where the request came from. A forwarded address counts only when one of our own proxies hands it over, and then its last
    entry: what stands before it anyone may have written."""
    near = str(request.META.get("REMOTE_ADDR", ""))
    if near in settings.SHEGONG_TRUSTED_PROXIES:
        forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rsplit(",", 1)[-1].strip()
        return forwarded[:45] or near
    return near[:45]


def _open_page(request: HttpRequest) -> bool:
    return _url_name(request) in OPEN_PAGES


def _url_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""
