"""Every address × every account × the things kept at home. Addresses and API operations are discovered, never listed here: one
without a row in the table (``access_policy``) fails, and so does a row without an address."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http.response import HttpResponseBase
from django.urls import URLResolver, get_resolver

from shegong.site import api

from . import world
from .access_policy import OPERATIONS, PAGES, WATCHERS, Door
from .test_access import ACCOUNTS, FOREIGN, _plain, sign_in

BY_NUMBER = {"town", "filter", "token"}  # identified by a counting number, all else by a UUID
# Auditor and finance see the figures of the town, so it is no secret to them that there are rows: 403, not 404.
NEAR = {"figure_rows": WATCHERS}
OF_THINGS = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def home(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """One world for the whole module; every call into it is rolled back."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            yield world.addresses(world.build())
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def named(found: Any = None, space: str = "") -> Iterator[str]:
    """Names of all addresses of the house but those of API operations, which have a table of their own."""
    for entry in (found or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from named(entry, entry.namespace or space)
        elif space != "api":
            assert entry.name, f"an address without a name: {entry.pattern}"
            yield entry.name


def operations() -> set[str]:
    paths = api.schema()["paths"]
    return {f"{method.upper()} {path.removeprefix('/api/v1')}" for path in paths for method in paths[path]}


def test_every_address_has_a_row_and_every_row_an_address():
    assert set(PAGES) == set(named())


def test_every_operation_has_a_row_and_every_row_an_operation():
    assert set(OPERATIONS) == operations()


def filled(text: Any, names: dict[str, str]) -> Any:
    return OF_THINGS.sub(lambda m: names[m[1]], text) if isinstance(text, str) else text


def call(client: Any, door: Door, names: dict[str, str], prefix: str = "") -> HttpResponseBase:
    """Go through one door; whatever it did is undone."""
    address = prefix + filled(door.address, names)
    given = {name: filled(value, names) for name, value in door.given.items()}
    with transaction.atomic():
        if door.method == "GET":
            answer = client.get(address)
        elif prefix:
            key = {"Idempotency-Key": str(uuid.uuid4())} if "lookup" not in address else {}
            answer = client.post(address, json.dumps(given), content_type="application/json", headers=key)
        else:
            answer = client.post(address, given)
        transaction.set_rollback(True)
    return answer  # type: ignore[no-any-return]


def refused(answer: HttpResponseBase) -> bool:
    to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/sign-in")
    return to_sign_in or answer.status_code in (401, 403, 404)


def wrong_ones(account: str, doors: dict[str, Door], names: dict[str, str], prefix: str = "") -> list[str]:
    wrong = []
    for name, door in doors.items():
        with transaction.atomic():
            answer = call(sign_in(account), door, names, prefix)
            transaction.set_rollback(True)
        fits = answer.status_code in door.ok if account in door.open_to else refused(answer)
        if not fits:
            expected = door.ok if account in door.open_to else "refused"
            wrong.append(f"{name}: {answer.status_code}, expected {expected}")
    return wrong


@pytest.mark.parametrize("account", ACCOUNTS)
def test_pages_open_to_whom_the_table_says(home, account):
    assert not (wrong := wrong_ones(account, PAGES, home)), "\n".join(wrong)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_operations_open_to_whom_the_table_says(home, account):
    api.buckets._levels.clear()
    assert not (wrong := wrong_ones(account, OPERATIONS, home, "/api/v1")), "\n".join(wrong)


def elsewhere(names: dict[str, str]) -> dict[str, str]:
    """Names of things that are not there."""
    return {
        name: "99999999" if name in BY_NUMBER else value if name == "id_number" else str(uuid.uuid4())
        for name, value in names.items()
    }


@pytest.mark.parametrize("account", FOREIGN)
def test_what_is_foreign_is_what_is_not_there_to_the_byte(home, account):
    """The page and the operation of a home thing, and of none: one and the same 404."""
    wrong = []
    api.buckets._levels.clear()
    for doors, prefix in ((PAGES, ""), (OPERATIONS, "/api/v1")):
        for name, door in doors.items():
            if account in door.open_to | NEAR.get(name, set()) or not OF_THINGS.search(door.address):
                continue
            client = sign_in(account)
            there, nowhere = call(client, door, home, prefix), call(client, door, elsewhere(home), prefix)
            if account == "suspended":
                same = refused(there) and refused(nowhere)
            else:
                same = there.status_code == nowhere.status_code == 404 and told(there) == told(nowhere)
            if not same:
                wrong.append(f"{name}: {there.status_code} / {nowhere.status_code}")
    assert not wrong, "\n".join(wrong)


def told(answer: Any) -> tuple[str, dict[str, str]]:
    apart = {"Content-Length", "Set-Cookie"}
    return _plain(answer.content), {k: v for k, v in answer.headers.items() if k not in apart}
