"""Many rows at once with a past: COPY through the walls, for what no deed of today could have made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def pour(rows: Sequence[models.Model]) -> int:
    """Insert unsaved rows of one model as they are: instants that would set themselves keep what was given.

    Needs the reach of ``everything()``. COPY goes into a staging table, for it cannot pass row-level security.
    """
    if not rows:
        return 0
    model = type(rows[0])
    fields = [f for f in model._meta.concrete_fields if not f.generated and not isinstance(f, models.AutoField)]
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(quote(f.column or "") for f in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"create temp table poured on commit drop as select {names} from {table} with no data")
        with cursor.copy(f"copy pg_temp.poured ({names}) from stdin") as copy:
            for row in rows:
                copy.write_row([_value(f, row) for f in fields])
        cursor.execute(f"insert into {table} ({names}) select {names} from pg_temp.poured")
        cursor.execute("drop table pg_temp.poured")
    return len(rows)


def _value(field: models.Field[Any, Any], row: models.Model) -> Any:
    """The value as the driver takes it; sealed columns are sealed on the way."""
    given = getattr(row, field.attname) if isinstance(field, models.DateTimeField) else None
    return field.get_db_prep_save(given if given is not None else field.pre_save(row, True), connection)
