"""One batch of a key rotation, by kind of column: sealed values, blind indexes, search tokens.

Each function runs inside one transaction with every row in reach, locks the rows it takes (leaving alone those that
somebody holds) and changes a row only if it still holds what was read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, models, transaction

from .fields import BlindIndex, SealedField
from .keyring import HEADER_BYTES, INDEX, SEAL, SEARCH, keyring
from .provider import BadSealError
from .ringfile import KeyRingError
from .search import SearchRow, TsVectorField, put_many

Model = type[models.Model]


@dataclass(slots=True)
class Step:
    """What a batch did: the last key seen, rows rewritten, and rows that could not be, with the reason."""

    last: object
    rewritten: int = 0
    stuck: dict[object, str] = field(default_factory=dict)


def columns_of(model: Model) -> list[models.Field]:
    """The columns of a model that hold something made with a key."""
    found: list[models.Field] = []
    for each in model._meta.local_concrete_fields:
        sealed = isinstance(each, SealedField) or (isinstance(each, BlindIndex) and each.source is not None)
        if sealed or (isinstance(each, TsVectorField) and issubclass(model, SearchRow)):
            found.append(each)
    return found


def name_of(column: models.Field) -> str:
    """The column's name in the database."""
    return column.column or column.name


def purpose_of(column: models.Field) -> str:
    """The key purpose behind a column."""
    if isinstance(column, SealedField):
        return SEAL
    return INDEX if isinstance(column, BlindIndex) else SEARCH


def count_keys(model: Model, column: models.Field) -> dict[int, int]:
    """How many values of a column were made with each key."""
    quote = connection.ops.quote_name
    name = quote(name_of(column))
    if purpose_of(column) == SEARCH:
        key = "key_id"
    else:
        first = 2 if purpose_of(column) == SEAL else 0
        key = f"get_byte({name}, {first}) * 256 + get_byte({name}, {first + 1})"
    sql = f"select {key}, count(*) from {quote(model._meta.db_table)}"
    if purpose_of(column) != SEARCH:
        sql += f" where length({name}) >= {HEADER_BYTES}"
    with connection.cursor() as cursor:
        cursor.execute(sql + " group by 1")
        return dict(cursor.fetchall())


def rewrite(
    model: Model, column: models.Field, key_id: int, after: object, batch: int, skip: set[object]
) -> Step | None:
    """Rewrite up to ``batch`` rows behind the key ``after`` under the active key; None when there are none.

    Raises IntegrityError when a unique blind index meets a duplicate; then ``rewrite_singly`` finds which.
    """
    if isinstance(column, SealedField):
        return _rewrite_sealed(model, column, key_id, after, batch, skip)
    if isinstance(column, BlindIndex):
        return _rewrite_index(model, column, key_id, after, batch, skip, _update_index)
    if issubclass(model, SearchRow):
        return _rewrite_tokens(model, key_id, after, batch)
    raise TypeError(f"{model._meta.label}.{column.name} holds nothing made with a key.")


def rewrite_singly(
    model: Model, column: models.Field, key_id: int, after: object, batch: int, skip: set[object]
) -> Step | None:
    """As ``rewrite`` for a blind index, row by row: duplicates are reported as stuck, the others go through."""
    if not isinstance(column, BlindIndex):
        raise TypeError(f"{model._meta.label}.{column.name} is not a blind index.")
    return _rewrite_index(model, column, key_id, after, batch, skip, _update_index_singly)


def _rows(
    model: Model, columns: list[str], old: str, old_params: list[Any], after: object, batch: int, skip: set[object]
) -> list[tuple[Any, ...]]:
    """Lock and read the next rows that an older key made. Rows held by others are left for the next pass."""
    quote, key = connection.ops.quote_name, model._meta.pk
    pk, kind = quote(name_of(key)), key.rel_db_type(connection)
    where = [old]
    params: list[Any] = [*old_params]
    if after is not None:
        where.append(f"{pk} > %s")
        params.append(after)
    if skip:
        where.append(f"not {pk} = any(%s::{kind}[])")
        params.append(list(skip))
    listed = ", ".join([pk, *[quote(each) for each in columns]])
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {listed} from {quote(model._meta.db_table)} where {' and '.join(where)} "
            f"order by {pk} limit %s for no key update skip locked",
            [*params, batch],
        )
        return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()]


# --- sealed values ----------------------------------------


def _rewrite_sealed(
    model: Model, column: SealedField, key_id: int, after: object, batch: int, skip: set[object]
) -> Step | None:
    ring, name = keyring(), connection.ops.quote_name(name_of(column))
    if ring.active_seal.key_id != key_id:
        raise KeyRingError("The active key changed while it was being rotated. Run the rotation again.")
    old = f"length({name}) >= {HEADER_BYTES} and substring({name} from 1 for {HEADER_BYTES}) <> %s"
    rows = _rows(model, [name_of(column)], old, [ring.active_seal.header], after, batch, skip)
    if not rows:
        return None
    step, fresh = Step(rows[-1][0]), []
    for pk, token in rows:
        place = column.place(pk)
        try:
            fresh.append((pk, token, ring.seal(place, ring.open(place, token))))
        except (BadSealError, KeyRingError) as error:
            step.stuck[pk] = str(error)
    step.rewritten = _swap(model, column, fresh)
    return step


def _swap(model: Model, column: models.Field, fresh: list[tuple[Any, bytes, bytes]]) -> int:
    """Compare and swap: only a row that still holds what was read is changed."""
    if not fresh:
        return 0
    quote, key = connection.ops.quote_name, model._meta.pk
    name = quote(name_of(column))
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {quote(model._meta.db_table)} t set {name} = fresh.new "
            f"from unnest(%s::{key.rel_db_type(connection)}[], %s::bytea[], %s::bytea[]) as fresh(pk, old, new) "
            f"where t.{quote(name_of(key))} = fresh.pk and t.{name} = fresh.old",
            [list(each) for each in zip(*fresh, strict=True)],
        )
        return int(cursor.rowcount)


# --- blind indexes ----------------------------------------

IndexRow = tuple[Any, bytes, bytes | None, bytes | None]  # key, old digest, sealed value, new digest


def _rewrite_index(
    model: Model,
    column: BlindIndex,
    key_id: int,
    after: object,
    batch: int,
    skip: set[object],
    update: Callable[[Model, BlindIndex, list[IndexRow], Step], None],
) -> Step | None:
    source, name = column.source, connection.ops.quote_name(name_of(column))
    if source is None:
        raise TypeError(f"No secret names the blind index {model._meta.label}.{column.name}.")
    if keyring().mac_key(INDEX).key_id != key_id:
        raise KeyRingError("The active key changed while it was being rotated. Run the rotation again.")
    old = f"length({name}) >= {HEADER_BYTES} and substring({name} from 1 for 2) <> %s"
    rows = _rows(model, [name_of(column), name_of(source)], old, [key_id.to_bytes(2, "big")], after, batch, skip)
    if not rows:
        return None
    step, fresh = Step(rows[-1][0]), []
    for pk, digest, token in rows:
        try:
            plain = keyring().open(source.place(pk), token).decode() if token else ""
            fresh.append((pk, digest, token, source.digest(plain)))
        except (BadSealError, KeyRingError) as error:
            step.stuck[pk] = str(error)
    update(model, column, fresh, step)
    return step


def _update_index(model: Model, column: BlindIndex, fresh: list[IndexRow], step: Step) -> None:
    if not fresh or column.source is None:
        return
    quote, key = connection.ops.quote_name, model._meta.pk
    name, secret = quote(name_of(column)), quote(name_of(column.source))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"update {quote(model._meta.db_table)} t set {name} = fresh.new "
            f"from unnest(%s::{key.rel_db_type(connection)}[], %s::bytea[], %s::bytea[], %s::bytea[]) "
            f"as fresh(pk, old, secret, new) where t.{quote(name_of(key))} = fresh.pk and t.{name} = fresh.old "
            f"and t.{secret} is not distinct from fresh.secret",
            [list(each) for each in zip(*fresh, strict=True)],
        )
        step.rewritten += int(cursor.rowcount)


def _update_index_singly(model: Model, column: BlindIndex, fresh: list[IndexRow], step: Step) -> None:
    for row in fresh:
        try:
            _update_index(model, column, [row], step)
        except IntegrityError:
            step.stuck[row[0]] = "Another row holds the same value. Merge the two, then run the rotation again."


# --- search tokens ----------------------------------------


def _rewrite_tokens(model: type[SearchRow], key_id: int, after: object, batch: int) -> Step | None:
    table = connection.ops.quote_name(model._meta.db_table)
    behind = "" if after is None else " and owner_id > %s"
    params: list[Any] = [] if after is None else [after]
    with connection.cursor() as cursor:
        cursor.execute(
            f"select distinct owner_id from {table} where key_id <> %s{behind} order by owner_id limit %s",
            [key_id, *params, batch],
        )
        owners = [row[0] for row in cursor.fetchall()]
        if not owners:
            return None
        # Held until the tokens are written: a deed that changes the text meanwhile waits, and then has the last word.
        cursor.execute(
            f"select key_id from {table} where owner_id = any(%s::uuid[]) "
            "order by owner_id, owner_kind, part for update",
            [owners],
        )
        stale = sum(1 for row in cursor.fetchall() if row[0] != key_id)
        put_many(model, model.texts_of(owners))
        # What the owners no longer have has no tokens either.
        cursor.execute(f"delete from {table} where owner_id = any(%s::uuid[]) and key_id <> %s", [owners, key_id])
    return Step(owners[-1], stale)
