"""COPY as the database's owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql


def copy(connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table; gives how many."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    count = 0
    with connection.cursor() as cursor:
        statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
        with cursor.copy(statement) as stream:
            for row in rows:
                stream.write_row(row)
                count += 1
    return count


@contextmanager
def without_indexes(connection: psycopg.Connection[Any], table: str) -> Iterator[None]:
    """Drop unique constraints and indexes of a table, and make them again: for millions of rows."""
    constraints = connection.execute(
        "select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and contype = 'u'",
        [table],
    ).fetchall()
    indexes = connection.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index i where indrelid = %s::regclass "
        "and not indisprimary and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)",
        [table],
    ).fetchall()
    for name, _made in constraints:
        connection.execute(f'alter table {table} drop constraint "{name}"')
    for name, _made in indexes:
        connection.execute(f"drop index {name}")
    yield
    for _name, made in indexes:
        connection.execute(made)
    for name, made in constraints:
        connection.execute(f'alter table {table} add constraint "{name}" {made}')
