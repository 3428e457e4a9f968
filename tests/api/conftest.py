"""Every API test starts with full buckets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shegong.site import api
from tests import world


@pytest.fixture(autouse=True)
def _fresh_buckets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(api, "buckets", api.Buckets(1000, 10_000))
    yield


@pytest.fixture
def home(db: None) -> world.World:
    return world.build()
