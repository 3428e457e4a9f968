"""The deliberate answers of deeds as pages, and the pages for everything else. Mapped once, here."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import DeedFailed

log = logging.getLogger("shegong")
_PAGES = (403, 404, 409, 422, 500, 503)


def answer(request: HttpRequest, failure: DeedFailed) -> HttpResponse:
    """A refused deed as a page. A thing out of reach gets the very page of a thing that does not exist."""
    if failure.status == 404:
        return not_found(request)
    return _page(request, failure.status, failure.message)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, "")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, "")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400, _("The request could not be understood."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request, 403, _("The page was open too long, or cookies are blocked. Reload it and send the form again.")
    )


def unprocessable(request: HttpRequest, message: str) -> HttpResponse:
    return _page(request, 422, message)


def server_error(request: HttpRequest) -> HttpResponse:
    log.error("incident %s at %s", getattr(request, "incident", "-"), request.path)
    return _page(request, 500, "")


def _page(request: HttpRequest, status: int, message: str) -> HttpResponse:
    context = {
        "status": status,
        "message": message,
        "incident": getattr(request, "incident", ""),
        "title": _("Error"),
    }
    request.frameless = True  # type: ignore[attr-defined]  # an error page must come even when the database does not answer
    return render(request, f"ui/errors/{status if status in _PAGES else 422}.html", context, status=status)
