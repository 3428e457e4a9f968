"""Jobs of uploads, done by the worker process. procrastinate finds this module by its name."""

from __future__ import annotations

import uuid

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


@app.task(name="sheets.perform", queue="heavy", retry=False)
def perform(pk: str, user_id: int, work: str, mode: str = "") -> None:
    """Check or commit one upload as the account that asked; its rights are looked up now, not when it asked."""
    from . import runs

    runs.perform(uuid.UUID(pk), user_id, work, mode)


def start(pk: uuid.UUID, user_id: int, work: str, mode: str = "") -> None:
    """Queue the work, in the transaction that asked for it; the same work waits at most once, and never runs twice at a time."""
    name = f"sheets:{pk}"
    try:
        with transaction.atomic():
            perform.configure(lock=name, queueing_lock=f"{name}:{work}").defer(
                pk=str(pk), user_id=user_id, work=work, mode=mode
            )
    except AlreadyEnqueued:
        return
