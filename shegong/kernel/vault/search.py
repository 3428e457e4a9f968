"""Blind search tables: ``SearchRow`` to subclass, ``put``/``add_many`` to fill, ``narrow`` to ask.

PostgreSQL may not run ``@@`` on an index below row-level security (the operator is not leakproof), so tokens live in
side
tables without a policy, holding keyed hashes only (tokens.py). What a person may see is decided by the query set that
is narrowed, never here.
"""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.models import F, Func, OuterRef, Q, Subquery, Value

from . import tokens

CAP = 1000  # hits that are fetched as ids; a more frequent word is asked row by row along the caller's order

Text = str | Sequence[str]
Entry = tuple[uuid.UUID, str, Text]  # owner, kind, its text (or the names of a name table)


class TsVectorField(models.Field):
    """A tsvector written as its literal ('lexeme:position …')."""

    def db_type(self, connection: Any) -> str:
        return "tsvector"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::tsvector"


@TsVectorField.register_lookup
class Matches(models.Lookup):  # type: ignore[type-arg]
    """``tokens__matches="<tsquery>"``"""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} @@ %s::tsquery", (*params, self.rhs)


class _Asked(Func):
    """``tokens @@ query`` by the operator's function, which no index can answer: a row test must go by its owner, and a
    planner without statistics would else scan the word index once for every row."""

    template = "ts_match_vq(%(expressions)s::tsquery)"
    output_field = models.BooleanField()


class _AmongIds(Func):
    """``key = any(ids)``: one parameter, however many ids."""

    template = "(%(expressions)s::uuid[]))"
    arg_joiner = " = any("
    output_field = models.BooleanField()


class SearchRow(models.Model):
    """One part of one text of one owner, as blind tokens. Subclass per kind of thing, in its app.

    ``names = True`` makes a name table (name_tokens, one-character queries, pinyin).
    """

    names: ClassVar[bool] = False

    owner_kind = models.CharField(max_length=24, default="", blank=True)
    owner_id = models.UUIDField()
    part = models.PositiveSmallIntegerField(default=0)
    parts = models.PositiveSmallIntegerField(default=1)
    key_id = models.IntegerField()
    tokens = TsVectorField()

    objects = models.Manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "owner_kind", "part"], name="%(class)s_once"),
        ]
        indexes = [
            # A short pending list: new rows are found by scanning it, and that must stay within a page's budget.
            GinIndex(fields=["tokens"], name="%(class)s_gin", gin_pending_list_limit=512),
            GinIndex(fields=["tokens"], name="%(class)s_long_gin", condition=Q(parts__gt=1)),
        ]

    @classmethod
    @abstractmethod
    def texts_of(cls, owner_ids: Sequence[uuid.UUID]) -> Iterable[Entry]:
        """Read the texts of these owners again, to make their tokens under a new search key."""


@dataclass(frozen=True, slots=True)
class Hits:
    """What a probe found: all ids, or ``frequent`` (and then no ids)."""

    ids: tuple[uuid.UUID, ...]
    frequent: bool


# --- filling ----------------------------------------


def rows_of(model: type[SearchRow], entry: Entry) -> Iterator[tuple[Any, ...]]:
    """The rows of one text: owner_kind, owner_id, part, parts, key_id, tokens."""
    owner_id, kind, text = entry
    if model.names:
        literals = [tokens.name_tokens(*([text] if isinstance(text, str) else text))]
    else:
        literals = tokens.parts(text if isinstance(text, str) else "\n".join(text))
    key_id = tokens.key_id()
    for part, literal in enumerate(literals or [""]):
        yield kind, owner_id, part, len(literals) or 1, key_id, literal


_COLUMNS = "owner_kind, owner_id, part, parts, key_id, tokens"


def put(model: type[SearchRow], owner_id: uuid.UUID, text: Text, kind: str = "") -> None:
    """Make these the tokens of one text, replacing what was there."""
    put_many(model, [(owner_id, kind, text)])


def put_many(model: type[SearchRow], entries: Iterable[Entry]) -> None:
    """Make these the tokens of many texts; safe beside other writers of the same owners."""
    rows = [row for entry in entries for row in rows_of(model, entry)]
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    arrays = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        # Upsert, then cut the tail: delete-and-insert would collide with a rotation that rewrites the same rows.
        cursor.execute(
            f"insert into {table} ({_COLUMNS}) select kind, id, part, parts, key, tokens::tsvector from "
            "unnest(%s::text[], %s::uuid[], %s::int[], %s::int[], %s::int[], %s::text[]) "
            "as fresh(kind, id, part, parts, key, tokens) on conflict (owner_id, owner_kind, part) "
            "do update set parts = excluded.parts, key_id = excluded.key_id, tokens = excluded.tokens",
            arrays,
        )
        cursor.execute(
            f"delete from {table} t using unnest(%s::text[], %s::uuid[], %s::int[]) as fresh(kind, id, parts) "
            "where t.owner_id = fresh.id and t.owner_kind = fresh.kind and t.part >= fresh.parts",
            [arrays[0], arrays[1], arrays[3]],
        )


def add_many(model: type[SearchRow], entries: Iterable[Entry]) -> int:
    """COPY the tokens of new owners; give the number of rows. Owners that have rows already raise IntegrityError."""
    table, count = connection.ops.quote_name(model._meta.db_table), 0
    statement = f"copy {table} ({_COLUMNS}) from stdin"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for entry in entries:
            for row in rows_of(model, entry):
                copy.write_row(row)
                count += 1
    return count


@contextmanager
def bulk_loading(model: type[SearchRow]) -> Iterator[None]:
    """Fill an empty table by ``add_many`` without its word indexes, and build them afterwards: a third faster and more.

    For the database's owner, and while nobody searches.
    """
    words = [index for index in model._meta.indexes if isinstance(index, GinIndex)]
    with connection.schema_editor() as editor:
        for index in words:
            editor.remove_index(model, index)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.execute("set local statement_timeout = 0")  # cut off here, the table would stay without its indexes
            for index in words:
                editor.add_index(model, index)
            editor.execute(f"analyze {editor.quote_name(model._meta.db_table)}")


def remove(model: type[SearchRow], owner_ids: Iterable[uuid.UUID]) -> None:
    """Forget owners (merged or erased)."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"delete from {table} where owner_id = any(%s::uuid[])", [list(owner_ids)])


# --- asking ----------------------------------------


def asked(model: type[SearchRow], text: str) -> list[str]:
    """The tsqueries that must all hold for one text of an owner. Raises TooShortError, TooLongError."""
    if not model.names:
        return tokens.phrases(text)
    found = tokens.name_query(text)
    return [found] if found else []


def matching_ids(model: type[SearchRow], text: str, limit: int = CAP, kind: str | None = None) -> Hits:
    """The owners whose text holds all words, when at most ``limit``; else the word is ``frequent``. One query.

    The probe is a materialised, capped sub-query: without it PostgreSQL would rather walk the primary key backwards.
    An empty query gives no ids.
    """
    queries = asked(model, text)
    if not queries:
        return Hits((), frequent=False)
    found = _found(model, queries, limit, kind)
    if found is None:
        return Hits((), frequent=True)
    return Hits(tuple(uuid.UUID(each) for each in found.strip("{}").split(",") if each), frequent=False)


def _found(model: type[SearchRow], queries: list[str], limit: int, kind: str | None) -> str | None:
    """The ids as one array literal, or None when there are more than ``limit``. A list of a thousand UUID objects would
    cost more than the search."""
    sql, params = _probe(model, queries, kind)
    with connection.cursor() as cursor:
        cursor.execute(
            f"with hits as materialized ({sql} limit %s) select case when count(*) <= %s then "
            "coalesce(array_agg(owner_id)::text, '{}') end from (select distinct owner_id from hits) owners",
            [*params, limit + 1, limit],
        )
        found: str | None = cursor.fetchone()[0]
    return found


def _probe(model: type[SearchRow], queries: list[str], kind: str | None) -> tuple[str, list[Any]]:
    table = connection.ops.quote_name(model._meta.db_table)
    of_kind, kinds = ("", []) if kind is None else (" and owner_kind = %s", [kind])
    together = f"select owner_id from {table} where tokens @@ %s::tsquery{of_kind}"
    if len(queries) == 1:
        return together, [queries[0], *kinds]
    # The words of a long text may stand in different parts; those few texts have an index of their own.
    each = f"select owner_kind, owner_id from {table} where parts > 1 and tokens @@ %s::tsquery{of_kind}"
    apart = f"select owner_id from ({' intersect '.join([each] * len(queries))}) long_texts"
    params = [tokens.all_of(queries), *kinds]
    for single in queries:
        params += [single, *kinds]
    return f"select owner_id from (({together}) union ({apart})) found", params


def narrow(
    queryset: models.QuerySet[Any],
    model: type[SearchRow],
    text: str,
    key: str = "pk",
    *,
    kind: str | None = None,
    limit: int = CAP,
) -> models.QuerySet[Any]:
    """Keep the rows of ``queryset`` whose ``key`` owns a text with all words of ``text``; an empty text keeps all.

    Rare words become a short list of ids; frequent ones a test per row, which a page in an indexed order stops early.
    Order, reach and paging stay the caller's. Raises TooShortError and TooLongError (both ValueError) with the reason.
    """
    queries = asked(model, text)
    if not queries:
        return queryset
    found = _found(model, queries, limit, kind)
    if found is not None:
        return queryset.filter(_AmongIds(F(key), Value(found)))
    tested: models.QuerySet[Any] = queryset.alias(_found=_row_test(model, queries, key, kind))
    return tested.filter(_found__isnull=False)


def is_tested_by_row(queryset: models.QuerySet[Any]) -> bool:
    """Whether ``narrow`` left a frequent word to a test of each row: good for a page, too dear for counting."""
    return "_found" in queryset.query.annotations


def _row_test(model: type[SearchRow], queries: list[str], key: str, kind: str | None) -> Subquery:
    """A scalar sub-query: unlike EXISTS, PostgreSQL cannot turn it into a join that reads all hits first."""
    mine = model.objects.filter(owner_id=OuterRef(key))
    if kind is not None:
        mine = mine.filter(owner_kind=kind)
    if len(queries) == 1:
        return Subquery(mine.filter(_Asked(F("tokens"), Value(queries[0]))).values(_one=Value(1))[:1])
    texts = mine.values("owner_kind")
    for number, single in enumerate(queries):
        held = BoolOr(_Asked(F("tokens"), Value(single)))
        texts = texts.annotate(**{f"_word{number}": held}).filter(**{f"_word{number}": True})
    return Subquery(texts.values(_one=Value(1))[:1])
