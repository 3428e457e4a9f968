"""What every operation of the JSON API shares: strict input, the key of idempotency, pages by key, and how errors look.

The operations themselves stand in ``api.py`` of each app and call the same queries and services as the pages; ``site.api``
puts them together and answers for rights, transaction and language.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from typing import Annotated, Any, Generic, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Header, Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor

from .errors import NotAllowed, Refused
from .pages import keyset

MOST = 100  # rows of one page
UNPRINTABLE = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"


# --- values -----------------------------------------------------------------------------------------------------------
def _day(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value
    if not (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
        raise ValueError(_("Write the day as 2026-03-01."))
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError(_("There is no such day.")) from None


def _month(value: Any) -> Any:
    if not (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value) and value >= "0001"):
        raise ValueError(_("Write the month as 2026-03."))
    return dt.date(int(value[:4]), int(value[5:]), 1)


def _key(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return value
    if not (isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value)):
        raise ValueError(_("Write the identifier as a UUID."))
    return uuid.UUID(value)


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 3.0 is 3; "3" and true are not."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Day = Annotated[dt.date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Month = Annotated[
    dt.date, BeforeValidator(_month),
    WithJsonSchema({"type": "string", "pattern": "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$", "examples": ["2026-03"]}),
]  # fmt: skip
WHOLE = BeforeValidator(_whole)  # behind the bounds of an integer, so that the schema keeps them
Id = Annotated[uuid.UUID, BeforeValidator(_key), WithJsonSchema({"type": "string", "format": "uuid"})]


def _text(longest: int, shortest: int = 0) -> StringConstraints:
    """Lengths in characters; no control characters."""
    return StringConstraints(min_length=shortest, max_length=longest, pattern=UNPRINTABLE)


Word = Annotated[str, _text(64)]
Name = Annotated[str, _text(40, 1)]
Code = Annotated[str, _text(64, 1)]
Sentence = Annotated[str, _text(500)]
Note = Annotated[str, _text(2000)]
Reason = Annotated[str, _text(2000, 1)]
Story = Annotated[str, _text(5000, 1)]


# --- schemas ----------------------------------------------------------------------------------------------------------
class Sent(Schema):
    """What other systems send: exactly these keys, no value taken for another kind of value (rule 8)."""

    model_config = ConfigDict(extra="forbid", strict=True)


# of an address: everything is text there
ASKED = ConfigDict(extra="forbid", strict=False, populate_by_name=True)


class Given(Schema):
    """What they are given: explicit fields, one schema for each circle of readers (rule 7)."""


class Trouble(Given):
    """One field of the request and what is wrong with it."""

    field: str
    detail: str


class Problem(Given):
    """RFC 9457. ``theirs``: the record as it is now, where it was changed meanwhile; ``yours``: what was sent."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    incident: str | None = None
    errors: list[Trouble] | None = None
    yours: dict[str, Any] | None = None
    theirs: dict[str, Any] | None = None


Row = TypeVar("Row")


class Page(Given, Generic[Row]):
    """Rows, newest first, and the key that opens the next page; null at the end."""

    items: list[Row]
    after: str | None = Field(None, description="Send it as `after` for the next page; null at the end.")


TITLES = {
    400: "malformed", 401: "sign-in-needed", 403: "not-allowed", 404: "not-found", 405: "wrong-method", 409: "conflict",
    413: "too-large", 422: "refused", 429: "too-many-requests", 500: "fault", 503: "down",
}  # fmt: skip


def answers(found: Any, *codes: int, status: int = 200) -> dict[int, Any]:
    """The ``response`` of an operation: what it gives, and the problems it may answer with besides the common ones."""
    return {status: found, **dict.fromkeys((400, 401, 403, 404, 429, 500, 503, *codes), Problem)}


DONE = (409, 413, 422)
KeyHeader = Annotated[
    Id,
    Header(
        ..., alias="Idempotency-Key",
        description="A UUID made by the sender. The same key with the same content gives the same answer and does nothing again.",
    ),
]  # fmt: skip


# --- requests ---------------------------------------------------------------------------------------------------------
def actor_of(request: HttpRequest) -> Actor:
    """Who asks; made anew from the grants by the authentication of this request."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


def org_named(code: str, *, field: str = "org") -> Org:
    """An organisation by its code, for deeds at a place; whether one may do them there is the service's to say."""
    found = Org.objects.filter(code=code, closed_on=None).first()
    if found is None:
        raise Refused(_("No organisation has this code."), field=field)
    return found


def org_asked(code: str) -> Org:
    """An organisation asked for figures, closed ones too. One that does not exist is the same answer as one out of reach."""
    found = Org.objects.filter(code=code).first()
    if found is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    return found


def one(found: Any, pk: uuid.UUID) -> Any:
    """A row of a query by its key. Out of reach and not there are the same answer."""
    row = found.filter(pk=pk).first()
    if row is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    return row


def page_of(found: Any, after: uuid.UUID | None, limit: int) -> tuple[list[Any], str | None]:
    """One page of a queryset by key."""
    rows, following = keyset(found, str(after) if after else None, limit)
    return rows, following or None


def replayed(response: HttpResponse, done: Any) -> Any:
    """Mark an answer that was given before under the same key; gives ``done`` back."""
    if getattr(done, "replayed", False):
        response.headers["Idempotent-Replay"] = "true"
    return done


def known(value: str, values: Iterable[str], field: str) -> str:
    """One of these values, or ``Refused`` naming the field."""
    if value not in set(values):
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": value}, field=field)
    return value
