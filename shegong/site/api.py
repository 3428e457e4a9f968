"""The JSON API as a whole: who asks, in which transaction, in which language, and what an error looks like (RFC 9457).

Operations are routers of the layers below. Each request is one transaction with the reach of its actor, as for pages: a
deliberate refusal keeps it, for its line in the trail is in it; anything else undoes everything.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from shegong.apps.casework.api import router as casework
from shegong.kernel.actions.api import TITLES, Given, actor_of, answers
from shegong.kernel.actions.errors import DeedFailed, KeyReused, Stale, WrongState
from shegong.kernel.orgs.models import ApiToken
from shegong.kernel.orgs.reach import Actor, load_actor, set_reach
from shegong.kernel.orgs.roles import all_roles
from shegong.registry.api import router as registry

from .me import digest
from .middleware import ANONYMOUS, MUST_CHANGE, address_of, session_actor

log = logging.getLogger("shegong")
PROBLEM = "application/problem+json"
RATE, BURST = 5.0, 60.0  # requests a second and at once, for each token, in each process
MOST_BUCKETS = 10_000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TooMany(Exception):
    """The token asked too often; ``wait`` in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


# --- not too often ------------------------------------------------------------------------------------------------------
class Buckets:
    """One bucket for each key, filling with time; the least used are forgotten."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self._clock = rate, burst, clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> int:
        """0, or the seconds to wait until one more is allowed."""
        with self._lock:
            now = self._clock()
            level, at = self._levels.pop(key, (self.burst, now))
            level = min(self.burst, level + (now - at) * self.rate)
            wait = 0 if level >= 1 else math.ceil((1 - level) / self.rate)
            self._levels[key] = (level if wait else level - 1, now)
            while len(self._levels) > MOST_BUCKETS:
                self._levels.popitem(last=False)
            return wait


buckets = Buckets(RATE, BURST)


# --- who asks -----------------------------------------------------------------------------------------------------------
def _admit(request: HttpRequest, actor: Actor, key: str) -> Actor:
    """Count the request, then open the actor's reach for its transaction."""
    if wait := buckets.take(key):
        raise TooMany(wait)
    request.actor = actor  # type: ignore[attr-defined]
    set_reach(actor)
    return actor


class ByToken(HttpBearer):
    """A token made on "my page": it acts as its account, with the posts the account holds now."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        found = ApiToken.objects.filter(digest=digest(token), revoked_at=None, expires_at__gt=timezone.now()).first()
        if found is None:
            return None
        actor = load_actor(found.user_id, via="api", address=address_of(request))
        return _admit(request, actor, f"t{found.pk}") if actor else None


class BySession(APIKeyCookie):
    """Somebody signed in with a browser; changes need the token against forged requests."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Actor | None:
        actor = session_actor(request)
        if actor is None or request.session.get(MUST_CHANGE):  # a password that somebody else set opens nothing but its change
            return None
        if request.method not in SAFE and check_csrf(request):
            raise HttpError(403, _("The page was open too long, or cookies are blocked. Reload it and send the form again."))
        return _admit(request, actor, f"u{actor.user_id}")

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        raise NotImplementedError  # __call__ reads the session itself


# --- the API ------------------------------------------------------------------------------------------------------------
class Api(NinjaAPI):
    """Ninja, with problems described as what they are."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        found = super().get_openapi_schema(*args, **kwargs)
        for methods in found["paths"].values():
            for operation in methods.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "content" in answer:
                        answer["description"] = TITLES[int(status)].replace("-", " ").capitalize()
                        answer["content"] = {PROBLEM: next(iter(answer["content"].values()))}
        return found


api = Api(
    title="Shegong",
    version="1.0.0",
    description=(
        "Requests of workers to the union, from intake to rated closure. Errors are application/problem+json (RFC 9457), in "
        "Chinese or English by Accept-Language. Every POST takes an Idempotency-Key; lists are paged by key."
    ),
    docs_url=None,
    urls_namespace="api",
    auth=[ByToken(), BySession()],
)
own = Router(tags=["me"])


class PostGiven(Given):
    role: str
    role_name: str
    org: str
    org_name: str


class Me(Given):
    """Who the token or session acts as, and the posts held today."""

    name: str
    language: str
    via: str
    posts: list[PostGiven]


@own.get("me", response=answers(Me), summary="Who am I here?")
def me(request: HttpRequest) -> Any:
    """The account and its posts of today."""
    actor, roles = actor_of(request), all_roles()
    posts = [
        {"role": p.role, "role_name": str(roles[p.role].label), "org": code, "org_name": p.org_name}
        for p, code in _with_codes(actor)
        if p.role in roles
    ]
    return {"name": actor.name, "language": actor.language, "via": actor.via, "posts": posts}


def _with_codes(actor: Actor) -> Iterable[tuple[Any, str]]:
    from shegong.kernel.orgs.models import Org

    codes = dict(Org.objects.filter(pk__in={p.org_id for p in actor.posts}).values_list("pk", "code"))
    return [(p, codes.get(p.org_id, "")) for p in actor.posts]


api.add_router("", own)
api.add_router("", casework)
api.add_router("", registry)


# --- errors -------------------------------------------------------------------------------------------------------------
def problem(request: HttpRequest, status: int, detail: str, **more: Any) -> JsonResponse:
    """An error as the API gives it. What is not there carries nothing that could tell one absence from another."""
    titles = {
        400: _("The request is malformed"), 401: _("Sign in"), 403: _("Not allowed"), 404: _("Not found"),
        405: _("No such method here"), 409: _("In conflict with the record as it is now"), 413: _("Too large"),
        422: _("Refused by a rule"), 429: _("Too many requests"), 500: _("A fault on our side"),
        503: _("Not available now"),
    }  # fmt: skip
    body = {
        "type": f"urn:shegong:problem:{TITLES.get(status, 'fault')}", "title": titles.get(status, titles[500]), "status": status,
        "detail": detail, **{k: v for k, v in more.items() if v not in (None, "")},
    }  # fmt: skip
    if status != 404:
        body["incident"] = getattr(request, "incident", "")
    return JsonResponse(body, status=status, content_type=PROBLEM, json_dumps_params={"ensure_ascii": False})


@api.exception_handler(DeedFailed)
def deed_failed(request: HttpRequest, failure: DeedFailed) -> HttpResponse:
    """A refusal keeps the transaction: its line in the trail is in it."""
    if failure.status == 404:
        return problem(request, 404, _("There is no such record."))
    if isinstance(failure, KeyReused):
        detail = _("This Idempotency-Key was used before with other content.")
        return problem(request, 422, detail, field="Idempotency-Key")
    more: dict[str, Any] = {"field": getattr(failure, "field", None)}
    if isinstance(failure, Stale | WrongState):
        more |= {name: failure.detail[name] for name in ("yours", "theirs") if isinstance(failure.detail.get(name), dict)}
    return problem(request, failure.status, failure.message, **more)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What does not fit the schema: every field with its reason."""
    transaction.set_rollback(True)
    found = [{"field": _place(e["loc"]), "detail": str(e["msg"])} for e in error.errors]
    field = found[0]["field"] if len(found) == 1 else None
    return problem(request, 400, "; ".join(f"{e['field']}: {e['detail']}" for e in found)[:500], field=field, errors=found)


def _place(where: Iterable[Any]) -> str:
    """Where in the request, without the name of our own parameter."""
    source, *rest = [str(step) for step in where]
    return ".".join(rest[1:] if source == "body" and len(rest) > 1 else rest) or source


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    transaction.set_rollback(True)
    if error.status_code == 401:
        return _unknown(request)
    detail = _("The body is no JSON.") if error.status_code == 400 else str(error)
    return problem(request, error.status_code, detail)


def _unknown(request: HttpRequest) -> HttpResponse:
    answer = problem(request, 401, _("Send a valid token as “Authorization: Bearer …”, or sign in."))
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(Http404)
def http_404(request: HttpRequest, error: Http404) -> HttpResponse:
    transaction.set_rollback(True)
    return problem(request, 404, _("There is no such record."))


@api.exception_handler(TooMany)
def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    answer = problem(request, 429, _("Too many requests: wait %(seconds)s seconds.") % {"seconds": error.wait})
    answer.headers["Retry-After"] = str(error.wait)
    return answer


@api.exception_handler(SuspiciousOperation)
def suspicious(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    """A body too large, or what Django itself will not look at."""
    transaction.set_rollback(True)
    if isinstance(error, RequestDataTooBig):
        return problem(request, 413, _("The request is larger than 5 MB."))
    return problem(request, 400, _("The request could not be understood."))


@api.exception_handler(OperationalError)
def busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """The database was asked for too long, or a lock was not free in time."""
    transaction.set_rollback(True)
    log.warning("incident %s at %s: %s", getattr(request, "incident", "-"), request.path, error)
    answer = problem(request, 503, _("The system is busy. Send the request again with the same key."))
    answer.headers["Retry-After"] = "5"
    return answer


@api.exception_handler(Exception)
def fault(request: HttpRequest, error: Exception) -> HttpResponse:
    """Ours: undone, logged with its number, told without detail."""
    transaction.set_rollback(True)
    log.error("incident %s at %s %s", getattr(request, "incident", "-"), request.method, request.path, exc_info=error)
    return problem(request, 500, _("Something went wrong here. Give the incident number to the administrator."))


# --- the door -----------------------------------------------------------------------------------------------------------
@cache
def schema() -> Any:
    """The description of the API; made once a process, for it does not change."""
    with translation.override("en"):
        return api.get_openapi_schema(path_prefix="/api/v1/")


@cache
def _allowed() -> dict[tuple[str, str], frozenset[str]]:
    """(path, method) → names of the query that the operation knows."""
    return {
        (path, method): frozenset(p["name"] for p in operation.get("parameters", ()) if p["in"] == "query")
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
    }


def _template(request: HttpRequest) -> str:
    """The path as the schema writes it: ``cases/<uuid:pk>`` as ``/api/v1/cases/{pk}``."""
    route = request.resolver_match.route if request.resolver_match else ""
    return "/" + route.replace("<", "{").replace(">", "}").replace("{uuid:", "{")


def _unknown_names(request: HttpRequest) -> list[str]:
    known = _allowed().get((_template(request), (request.method or "").lower()))
    return sorted(set(request.GET) - known) if known is not None else []


def _language(request: HttpRequest) -> str:
    """English or Chinese, whichever the sender would rather read; Chinese where nothing is said."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code.startswith("zh"):
            return "zh-hans"
        if code.startswith("en"):
            return "en"
    return "zh-hans"


def door(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Language, transaction and strictness around every operation."""

    @csrf_exempt  # a session proves itself in BySession; a token cannot be forged by another site
    def api_door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        language = _language(request)
        with translation.override(language):
            if names := _unknown_names(request):
                detail = _("Unknown in the query: %(names)s.") % {"names": ", ".join(names)[:200]}
                answer: HttpResponseBase = problem(request, 400, detail, field=names[0][:80])
            else:
                answer = _inside(request, view, args, kwargs)
            answer.headers["Content-Language"] = language
            answer.headers["Vary"] = "Accept-Language, Authorization, Cookie"
            return answer

    return api_door


def _inside(request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any) -> HttpResponseBase:
    request.actor = ANONYMOUS  # type: ignore[attr-defined]
    with transaction.atomic():
        answer = view(request, *args, **kwargs)
    if answer.status_code == 405:
        other = problem(request, 405, _("This address does not take %(method)s.") % {"method": request.method})
        other.headers["Allow"] = answer.headers.get("Allow", "")
        return other
    return answer


@csrf_exempt
def openapi(request: HttpRequest) -> HttpResponse:
    """The description, OpenAPI 3.1. Open to all: it says how to ask, not what there is."""
    if request.method not in ("GET", "HEAD"):
        answer = problem(request, 405, _("This address does not take %(method)s.") % {"method": request.method})
        answer.headers["Allow"] = "GET, HEAD"
        return answer
    return JsonResponse(schema(), json_dumps_params={"ensure_ascii": False})


@csrf_exempt
def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any other address below /api/."""
    with translation.override(_language(request)):
        return problem(request, 404, _("There is no such record."))


def patterns() -> list[Any]:
    """The addresses of the operations, each behind the door."""
    found: list[Any] = [p for p in api.urls[0] if getattr(p, "name", "") not in ("openapi-json", "api-root")]
    for pattern in found:
        pattern.callback = door(pattern.callback)
    return found
