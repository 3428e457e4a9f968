"""Row-level security as SQL for migrations. One policy shape for every scoped table.

``app.reach`` holds the actor's path prefixes, comma-separated; ``app.user`` the account. Unset means no rows: it fails closed.
"""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

# Computed once per query (an init plan), then a cheap prefix test per row.
IN_REACH = "{column} ^@ any ((select string_to_array(current_setting('app.reach', true), ','))::text[])"
IS_ME = "(select nullif(current_setting('app.user', true), ''))::bigint"


def wall(table: str, *, column: str = "org_path", also: str = "", write: str = "") -> RunSQL:
    """Migration operation: rows of ``table`` show only within reach, or where ``also`` holds.

    ``write``: what may be written where that is more than what may be seen (an audit entry about a foreign thing).
    """
    seen = IN_REACH.format(column=column) + (f" or {also}" if also else "")
    check = write or seen
    return RunSQL(
        [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy reach_read on {table} for select using ({seen})",
            f"create policy reach_add on {table} for insert with check ({check})",
            f"create policy reach_change on {table} for update using ({seen}) with check ({check})",
            f"create policy reach_remove on {table} for delete using ({seen})",
        ],
        [
            f"drop policy reach_read on {table}",
            f"drop policy reach_add on {table}",
            f"drop policy reach_change on {table}",
            f"drop policy reach_remove on {table}",
            f"alter table {table} disable row level security",
        ],
    )


def insert_only(table: str) -> RunSQL:
    """Migration operation: rows of ``table`` can be added and read, never changed, by anyone (rule 13, rule 29)."""
    return RunSQL(
        [
            f"create trigger {table}_insert_only before update or delete or truncate on {table} "
            "for each statement execute function shegong_insert_only()"
        ],
        [f"drop trigger {table}_insert_only on {table}"],
    )


INSERT_ONLY_FUNCTION = RunSQL(
    """
    create function shegong_insert_only() returns trigger language plpgsql as $$
    begin raise exception 'table % is insert-only', tg_table_name using errcode = 'restrict_violation'; end $$
    """,
    "drop function shegong_insert_only()",
)

# "no two terms of one organisation overlap"; int8range stands in for btree_gist, which the embedded server lacks
TERMS_DO_NOT_OVERLAP = RunSQL(
    """
    alter table orgs_orgterm add constraint orgterm_no_overlap exclude using gist (
      int8range(org_id, org_id, '[]') with &&, daterange(valid_from, valid_to) with &&)
    """,
    "alter table orgs_orgterm drop constraint orgterm_no_overlap",
)
