"""Identifiers are UUIDv7, sort by making, and never repeat."""

import threading
import uuid
from itertools import pairwise
from types import SimpleNamespace

import pytest

from shegong.lib import ids


def test_ids_are_version_7_standard_uuids() -> None:
    made = ids.new_id()
    assert type(made) is uuid.UUID
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ids_increase_strictly_within_a_process() -> None:
    made = [ids.new_id() for _ in range(20_000)]
    assert all(earlier < later for earlier, later in pairwise(made))


def test_ids_increase_when_the_clock_steps_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = ids.new_id()
    earlier = uuid.UUID("01800000-0000-7000-8000-000000000000")
    monkeypatch.setattr(ids, "uuid_utils", SimpleNamespace(uuid7=lambda: earlier))
    made = [ids.new_id() for _ in range(3)]
    assert made == sorted(set(made)) and made[0] > later
    assert {one.version for one in made} == {7}


def test_ids_of_several_threads_do_not_repeat() -> None:
    made: list[uuid.UUID] = []
    threads = [threading.Thread(target=lambda: made.extend(ids.new_id() for _ in range(2_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8_000
