"""Clients of the JSON API in tests: with a token of a member of the cast, or with a session."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from django.test import Client
from django.utils import timezone

from shegong.kernel.orgs.models import ApiToken
from shegong.site.me import digest
from tests import cast

ROOT = "/api/v1/"


def token_of(account: str, *, days: int = 1, revoked: bool = False) -> str:
    """A fresh token of the account."""
    token = f"sg_{account}_{uuid.uuid4().hex}"
    now = timezone.now()
    ApiToken.objects.create(
        user=cast.user(account), name="test", digest=digest(token), expires_at=now + dt.timedelta(days=days),
        revoked_at=now if revoked else None,
    )  # fmt: skip
    return token


class Caller:
    """One system that calls with a token (None: without)."""

    def __init__(
        self, account: str | None = None, *, token: str | None = None, language: str = "en", session: str = ""
    ) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Accept-Language": language}
        if session:
            self.client.force_login(cast.user(session), backend="django.contrib.auth.backends.ModelBackend")
        if token or account:
            self.headers["Authorization"] = f"Bearer {token or token_of(account or '')}"

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(ROOT + path, query, headers=self.headers)

    def post(self, path: str, body: Any = None, *, key: Any = "", **headers: str) -> Any:
        """``key``: made anew where none is given; None sends none."""
        given = {**self.headers, **headers}
        if key is not None:
            given["Idempotency-Key"] = str(key or uuid.uuid4())
        return self.client.post(ROOT + path, json.dumps(body or {}), content_type="application/json", headers=given)
