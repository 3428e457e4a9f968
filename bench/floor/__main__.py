"""``python -m bench.floor``: make the floor's tables, its rows, one account and one session."""

from __future__ import annotations

import datetime as dt

import django

ROWS = 100_000


def main() -> int:
    django.setup()
    from django.apps import apps
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    from .models import PlainPerson, Row

    call_command("migrate", verbosity=0, skip_checks=True)
    with connection.schema_editor() as editor:
        for model in (Row, PlainPerson):
            editor.create_model(model)
    assert apps.ready
    User.objects.create_user("floor")
    day = dt.date(2026, 1, 1)
    Row.objects.bulk_create(
        [Row(number=f"2026{n:07d}", title=f"Row {n}", state="open", due_on=day) for n in range(ROWS)], batch_size=5000
    )
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
