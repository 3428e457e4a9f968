"""Online change of keys: data keys (also from one suite to another), the blind index key, the search key, the audit
key.

A rotation makes a new active key (on disk before anything is sealed with it), then rewrites rows in batches, each its
own transaction, until none is left under an older key. All state is in the data, so that it can be killed and started
again. People keep working: a row changed meanwhile is left alone (compare-and-swap) and met again in the next pass.

An old key is destroyed once no row needs it *and* it has been retired for ``settle`` seconds: a writer may have
sealed with
it just before the change and commit later. Until then it is ``retired``, and ``finish()`` or the next call destroys it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from django.apps import apps
from django.db import IntegrityError, OperationalError, connection, models, transaction

from . import keyring as ring
from . import rotation_batches as batches
from .ringfile import Entry, KeyRingError
from .rotation_batches import Step

BATCH = 1000
MAX_BATCH = 5000
SETTLE_SECONDS = 900  # longer than the longest statement or job transaction (10 minutes)
MAX_PASSES = 50
RETRIES = 5
LOCK_NAME = "shegong key rotation"

Models = Iterable[type[models.Model]]
Column = models.Field
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a rotation: rows rewritten and rows still to do in this column."""

    purpose: str
    table: str
    column: str
    done: int
    left: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """A row that could not be rewritten, and why; its old key is kept."""

    table: str
    column: str
    pk: object
    reason: str


@dataclass(slots=True)
class Outcome:
    """What a rotation did. ``waiting``: old keys that no row needs, not yet settled; ``kept``: still needed."""

    purpose: str
    key_id: int
    suite: str
    rewritten: int = 0
    stuck: list[Stuck] = field(default_factory=list)
    destroyed: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """One key and the number of values made with it, by "table.column"."""

    key_id: int
    purpose: str
    suite: str
    state: str
    made_at: str
    retired_at: str
    rows: dict[str, int]


OnProgress = Callable[[Progress], object]


@dataclass(frozen=True, slots=True)
class Holder:
    """Something made with a ring key that is no sealed column: files, a digest made by ``blind()``, a column of older make.

    ``count``: how many values each key id made. ``rewrite``: make them anew under the active key, give the number done, and
    may be called again; None where that cannot be done, and then the old key is kept until ``count`` no longer names it.
    Both open their own transactions and reach.
    """

    purpose: str
    name: str
    count: Callable[[], dict[int, int]]
    rewrite: Callable[[], int] | None = None


_holders: dict[tuple[str, str], Holder] = {}


def register(holder: Holder) -> None:
    """Make a holder known, from its app's ``ready()``. Whoever calls ``keyring().seal`` or ``blind()`` for keeps must."""
    _holders[holder.purpose, holder.name] = holder


@dataclass(frozen=True, slots=True)
class _Plan:
    purpose: str
    active: Entry
    on_progress: OnProgress | None
    settle: float
    batch: int
    only: Models | None


def sealed_models(only: Models | None = None) -> list[type[models.Model]]:
    """Every managed model that holds something made with a key."""
    found = list(only) if only is not None else [m for m in apps.get_models() if m._meta.managed and not m._meta.proxy]
    return [model for model in found if batches.columns_of(model)]


def status(only: Models | None = None) -> list[KeyStatus]:
    """Every key of the ring, with the number of values each column holds under it. Reads every sealed column."""
    current = ring.refresh()
    counted: dict[int, dict[str, int]] = {}
    for model, column in _columns(only):
        for key_id, rows in _counts(model, column).items():
            counted.setdefault(key_id, {})[f"{model._meta.db_table}.{batches.name_of(column)}"] = rows
    for holder in _holders.values():
        for key_id, rows in holder.count().items():
            counted.setdefault(key_id, {})[holder.name] = rows
    return [
        KeyStatus(e.id, e.purpose, e.suite, e.state, e.made_at, e.retired_at, counted.get(e.id, {}))
        for e in current.entries.values()
    ]


def rotate(
    purpose: str = ring.SEAL,
    suite: str | None = None,
    on_progress: OnProgress | None = None,
    *,
    settle: float = SETTLE_SECONDS,
    batch: int = BATCH,
    only: Models | None = None,
) -> Outcome:
    """Change the key of a purpose and rewrite everything under it; continue an interrupted change instead of adding
    one.

    ``settle=0`` destroys old keys at once: only while nothing else runs. Raises KeyRingError when another rotation
    runs, or when rows keep arriving under an old key.
    """
    with _alone():
        current = ring.refresh()
        active = current.active(purpose)
        if not (_needed(purpose, only) and suite in (None, active.suite)):
            active = ring.add_key(current.folder, purpose, suite)
            ring.refresh()
        return _sweep(_Plan(purpose, active, on_progress, settle, min(batch, MAX_BATCH), only))


def finish(
    purpose: str,
    on_progress: OnProgress | None = None,
    *,
    settle: float = SETTLE_SECONDS,
    batch: int = BATCH,
    only: Models | None = None,
) -> Outcome:
    """Rewrite stragglers under the present active key and destroy the old keys that have settled. Makes no key."""
    with _alone():
        active = ring.refresh().active(purpose)
        return _sweep(_Plan(purpose, active, on_progress, settle, min(batch, MAX_BATCH), only))


def _columns(only: Models | None, purpose: str | None = None) -> Iterator[tuple[type[models.Model], Column]]:
    for model in sealed_models(only):
        for column in batches.columns_of(model):
            if purpose is None or batches.purpose_of(column) == purpose:
                yield model, column


def _needed(purpose: str, only: Models | None) -> set[int]:
    """The ids of older keys of a purpose that rows still need."""
    old = {e.id for e in ring.keyring().entries.values() if e.purpose == purpose and e.state == "retired"}
    used: set[int] = set()
    for model, column in _columns(only, purpose) if old else ():
        used.update(_counts(model, column))
    for holder in _holders.values():
        if old and holder.purpose == purpose:
            used.update(key_id for key_id, rows in holder.count().items() if rows)
    return old & used


def _sweep(plan: _Plan) -> Outcome:
    outcome = Outcome(plan.purpose, plan.active.id, plan.active.suite)
    for model, column in _columns(plan.only, plan.purpose):
        _sweep_column(model, column, plan, outcome)
    for holder in _holders.values():
        if holder.purpose == plan.purpose and holder.rewrite is not None:
            outcome.rewritten += holder.rewrite()
    if plan.purpose != ring.AUDIT:  # the chain is verified with its old keys for ever
        _destroy_settled(plan, outcome)
    return outcome


def _sweep_column(model: type[models.Model], column: Column, plan: _Plan, outcome: Outcome) -> None:
    """Pass over the column until nothing is left under an older key but what is stuck."""
    table, stuck, done = model._meta.db_table, dict[object, str](), 0
    for number in range(MAX_PASSES):
        left = sum(rows for key, rows in _counts(model, column).items() if key != plan.active.id) - len(stuck)
        if left <= 0:
            break
        time.sleep(min(number, 20) * 0.05)  # rows held by others: give them time to commit
        for step in _steps(model, column, plan, stuck):
            done, left = done + step.rewritten, left - step.rewritten
            if plan.on_progress is not None:
                plan.on_progress(Progress(plan.purpose, table, batches.name_of(column), done, max(left, 0)))
    else:
        raise KeyRingError(
            f"{table}.{batches.name_of(column)} still gets values under an old key after {MAX_PASSES} passes: does a process run "
            "with an old copy of the key ring? Restart it, then run the rotation again."
        )
    outcome.rewritten += done
    outcome.stuck += [Stuck(table, batches.name_of(column), pk, reason) for pk, reason in stuck.items()]


def _steps(model: type[models.Model], column: Column, plan: _Plan, stuck: dict[object, str]) -> Iterator[Step]:
    """One pass: batch after batch in the order of the primary key, each in a transaction of its own."""
    after: object = None
    while True:
        arguments = (model, column, plan.active.id, after, plan.batch, set(stuck))
        try:
            step = _in_reach(lambda a=arguments: batches.rewrite(*a))  # type: ignore[misc]
        except IntegrityError:
            step = _in_reach(lambda a=arguments: batches.rewrite_singly(*a))  # type: ignore[misc]
        if step is None:
            return
        after = step.last
        stuck.update(step.stuck)
        yield step


def _destroy_settled(plan: _Plan, outcome: Outcome) -> None:
    current = ring.refresh()
    needed, now = _needed(plan.purpose, plan.only), datetime.now(UTC)
    for entry in current.live(plan.purpose):
        if entry.state == "active":
            continue
        retired = (now - datetime.fromisoformat(entry.retired_at)).total_seconds()
        if entry.id in needed:
            outcome.kept.append(entry.id)
        elif retired < plan.settle:
            outcome.waiting.append(entry.id)
        else:
            ring.destroy_key(current.folder, entry.id)
            outcome.destroyed.append(entry.id)
    ring.refresh()


def _counts(model: type[models.Model], column: Column) -> dict[int, int]:
    return _in_reach(lambda: batches.count_keys(model, column))


def _in_reach(work: Callable[[], Result]) -> Result:
    """Run in a transaction of the system itself (every row in reach), again after a deadlock or a long lock."""
    from shegong.kernel.orgs.reach import everything

    for attempt in range(1, RETRIES + 1):
        try:
            with transaction.atomic(), everything():
                with connection.cursor() as cursor:
                    cursor.execute("set local statement_timeout = '10min'")
                return work()
        except OperationalError:
            if attempt == RETRIES or connection.in_atomic_block:
                raise
            time.sleep(random.uniform(0.05, 0.2) * attempt)  # noqa: S311 — jitter, not a secret
    raise AssertionError("unreachable")


@contextmanager
def _alone() -> Iterator[None]:
    """One rotation at a time, whatever the number of processes and machines."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK_NAME])
        if not cursor.fetchone()[0]:
            raise KeyRingError("Another key rotation is running. Wait for it to end.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [LOCK_NAME])
