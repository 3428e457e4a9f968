"""WRITE and READ the trail. Entries go into the same transaction as the deed they tell of (rule 28)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models
from django.utils import timezone

from shegong.kernel.orgs.reach import Actor
from shegong.kernel.vault.fields import BlindIndex, change_mark

from .models import Entry, Outcome

_COLUMNS = (
    "at, actor_id, actor_name, actor_place, via, deed, kind, object_id, org_path, outcome, reason, changes, address"
)
# No RETURNING: the trail of a refused deed concerns a thing the actor may not see, nor its entry.
_ADD = f"insert into audit_entry ({_COLUMNS}) values ({', '.join(['%s'] * 13)})"


@dataclass(frozen=True)
class Line:
    """What to write. ``changes``: field → [old, new], sensitive values already replaced by marks."""

    deed: str
    kind: str
    object_id: object
    org_path: str = ""
    outcome: str = Outcome.DONE
    reason: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


def _row(actor: Actor, line: Line, at: dt.datetime) -> tuple[Any, ...]:
    place = actor.posts[0].path if actor.posts else ""
    return (
        at, actor.user_id, actor.name[:40], place, actor.via, line.deed, line.kind, str(line.object_id), line.org_path,
        str(line.outcome), line.reason[:300], json.dumps(line.changes, ensure_ascii=False, default=str), actor.address,
    )  # fmt: skip


def write(actor: Actor, line: Line) -> None:
    """Add one entry. Raises ``RuntimeError`` outside a transaction: a trail that could part from its deed is no trail."""
    if not connection.in_atomic_block:
        raise RuntimeError("the trail is written in the transaction of its deed")
    with connection.cursor() as cursor:
        cursor.execute(_ADD, _row(actor, line, timezone.now()))


def write_many(actor: Actor, lines: Iterable[Line]) -> int:
    """Add the entries of a batch by COPY; returns how many. Through a staging table, for COPY cannot pass row-level security."""
    at, count = timezone.now(), 0
    with connection.cursor() as cursor:
        cursor.execute(
            "create temp table if not exists audit_entry_stage on commit delete rows"
            f" as select {_COLUMNS} from audit_entry with no data"
        )
        with cursor.copy(f"copy pg_temp.audit_entry_stage ({_COLUMNS}) from stdin") as copy:
            for line in lines:
                copy.write_row(_row(actor, line, at))
                count += 1
        cursor.execute(f"insert into audit_entry ({_COLUMNS}) select {_COLUMNS} from pg_temp.audit_entry_stage")
        cursor.execute("truncate pg_temp.audit_entry_stage")
    return count


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Fields that differ, as [old, new]."""
    return {k: [before.get(k), v] for k, v in after.items() if before.get(k) != v}


def snapshot(instance: models.Model) -> dict[str, Any]:
    """Field values of a row for ``difference``; of a sealed one a keyed mark, which shows that it changed, not to what."""
    values: dict[str, Any] = {}
    for f in instance._meta.concrete_fields:
        value = instance.__dict__.get(f.attname)
        if getattr(f, "sealed", False):
            values[f.name] = change_mark(instance, f)  # type: ignore[arg-type]
        elif isinstance(f, BlindIndex | models.BinaryField):
            continue  # follows from a sealed field, or is none of the reader's business
        elif isinstance(value, (str, int, float, bool, type(None))):
            values[f.name] = value
        else:
            values[f.name] = str(value)
    return values


def of_object(object_id: object, *, outcomes: Sequence[str] = ()) -> models.QuerySet[Entry]:
    """Everything that happened to one thing, newest first, within the reader's reach."""
    found = Entry.objects.filter(object_id=str(object_id)).order_by("-seq")
    return found.filter(outcome__in=outcomes) if outcomes else found
