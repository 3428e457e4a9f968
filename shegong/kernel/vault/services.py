"""WRITE: the audited look behind a mask. A deed wraps ``reveal`` and hands in what writes the trail."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext as _

from .cells import SealedUseError, Secret, open_secret
from .fields import SealedSecret, sealed_field
from .models import Reveal

DEFAULT_QUOTA = (
    30  # different persons a day; settings.SHEGONG_REVEALS_PER_DAY or the caller's dated parameter overrides
)
PURPOSE_LENGTH = range(2, 201)
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")

Record = Callable[[Reveal], object]


class Looker(Protocol):
    """Whoever looks: the kernel's Actor."""

    @property
    def user_id(self) -> int: ...


class RevealRefused(Exception):
    """A rule says no; ``field`` names the input concerned, if any. Nothing was shown."""

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


def reveal(
    actor: Looker,
    instance: models.Model,
    column: str,
    purpose: str,
    *,
    record: Record,
    subject_id: object = None,
    quota: int | None = None,
) -> str:
    """Give the value behind the mask of ``instance.column``; "" where there is none.

    ``record`` is called with the Reveal row and writes the audit entry, in this transaction; when it raises, nothing is
    shown. ``quota``: different people this actor may look at on one business day (Asia/Shanghai); looking again at one
    already seen that day is free, but recorded. ``subject_id``: the person the row belongs to, when it is not the row
    itself (a phone number in a table of its own). Rights are the caller's deed. Raises RevealRefused.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("reveal() writes its trace in the transaction of the look, so it needs one.")
    field = sealed_field(type(instance), column)
    if not isinstance(field, SealedSecret):
        raise SealedUseError(f"“{column}” has no mask to look behind.")
    purpose = " ".join(purpose.split())
    if len(purpose) not in PURPOSE_LENGTH:
        raise RevealRefused(_("Say in 2 to 200 characters what you need the full value for."), field="purpose")
    entry = _entry(actor, instance, column, purpose, subject_id)
    _check_quota(entry, _quota() if quota is None else quota)
    secret: Any = getattr(instance, column)
    value = open_secret(secret) if isinstance(secret, Secret) else ""
    entry.save(force_insert=True)
    record(entry)
    return value


def _entry(actor: Looker, instance: models.Model, column: str, purpose: str, subject_id: object) -> Reveal:
    now = timezone.now()
    return Reveal(
        actor_id=actor.user_id,
        table=type(instance)._meta.db_table,
        record_id=str(instance.pk),
        subject_id=str(instance.pk if subject_id is None else subject_id),
        column=column,
        purpose=purpose,
        looked_at=now,
        looked_on=now.astimezone(SHANGHAI).date(),
    )


def _quota() -> int:
    return int(getattr(settings, "SHEGONG_REVEALS_PER_DAY", DEFAULT_QUOTA))


def _check_quota(entry: Reveal, quota: int) -> None:
    """Count under a lock of the actor's own, so that parallel clicks cannot each see the last free look."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('vault_reveal', %s))", [entry.actor_id])
    seen = subjects_seen(entry.actor_id, entry.looked_on)
    if entry.subject_id not in seen and len(seen) >= quota:
        raise RevealRefused(
            _(
                "You have looked at the full data of %(count)s different people today; the limit is %(quota)s. "
                "It is reset at midnight. If your work needs more, ask your supervisor for an export."
            )
            % {"count": len(seen), "quota": quota}
        )


def subjects_seen(actor_id: int, on: dt.date) -> set[str]:
    """The different people an actor looked at on one business day."""
    return set(Reveal.objects.filter(actor_id=actor_id, looked_on=on).values_list("subject_id", flat=True).distinct())
