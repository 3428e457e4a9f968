"""What a deed can answer instead of being done. ``ui``-facing texts are translated here once; site maps them to statuses."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


class DeedFailed(Exception):
    """Base of the deliberate answers. ``status`` is the HTTP status they become."""

    status = 400

    def __init__(self, message: str = "", **detail: Any) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class NotAllowed(DeedFailed):
    """The actor may not. ``missing``: as if the thing did not exist (404), for anything out of reach; else 403."""

    status = 403

    def __init__(self, message: str = "", *, missing: bool = False, **detail: Any) -> None:
        super().__init__(message or _("You do not hold a role that may do this."), **detail)
        self.missing = missing
        self.status = 404 if missing else 403


class WrongState(DeedFailed):
    """The thing is not in a state in which this can be done (409)."""

    status = 409


class Stale(DeedFailed):
    """Somebody changed it in between (409). ``detail['theirs']`` is the row as it is now."""

    status = 409


class Refused(DeedFailed):
    """A rule says no (422). ``field`` names the input concerned, where there is one."""

    status = 422

    def __init__(self, message: str, *, field: str | None = None, **detail: Any) -> None:
        super().__init__(message, **detail)
        self.field = field


class KeyReused(DeedFailed):
    """An idempotency key came back with another body (422)."""

    status = 422
