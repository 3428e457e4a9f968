"""What the walls of 0002 need doors for: partner agencies, the rating by code, paths that follow a moved organisation."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations

from shegong.kernel.orgs.walls import IN_REACH, IS_ME

SEEN_PLACE = IN_REACH.format(column="org_path")
# Partner officers and base cadres see no rows by place; what was sent to their own organisation they do. An init plan too.
POSTS = """
to_path ^@ any ((
  select array_agg(o.path) from orgs_grant g join orgs_org o on o.id = g.org_id
  where g.user_id = {me} and g.role in ({roles}) and g.valid_from <= (now() at time zone 'Asia/Shanghai')::date
    and (g.valid_to is null or g.valid_to > (now() at time zone 'Asia/Shanghai')::date)
)::text[])
"""


def _sent_to_post(table: str, *roles: str) -> migrations.RunSQL:
    seen = POSTS.format(me=IS_ME, roles=", ".join(f"'{r}'" for r in roles))
    return migrations.RunSQL(
        [
            f"create policy post_read on {table} for select using ({seen})",
            f"create policy post_change on {table} for update using ({seen}) with check ({seen})",
        ],
        [f"drop policy post_read on {table}", f"drop policy post_change on {table}"],
    )


# Everyone in the union reads the directory of resources; only its owner's side writes.
RESOURCE_WRITES = migrations.RunSQL(
    [
        f"alter policy reach_add on casework_resource with check ({SEEN_PLACE})",
        f"alter policy reach_change on casework_resource using ({SEEN_PLACE}) with check ({SEEN_PLACE})",
        f"alter policy reach_remove on casework_resource using ({SEEN_PLACE})",
    ],
    [
        "alter policy reach_add on casework_resource with check (true)",
        "alter policy reach_change on casework_resource using (true) with check (true)",
        "alter policy reach_remove on casework_resource using (true)",
    ],
)

# Who keeps a resource in the directory sees what is asked of it, and may answer for an owner without an account.
KEPT = (
    "exists (select from casework_resource r where r.id = casework_promise.resource_id and "
    + IN_REACH.format(column="r.org_path")
    + ")"
)
PROMISES_OF_KEEPER = migrations.RunSQL(
    [
        f"create policy keeper_read on casework_promise for select using ({KEPT})",
        f"create policy keeper_change on casework_promise for update using ({KEPT}) with check ({KEPT})",
    ],
    ["drop policy keeper_read on casework_promise", "drop policy keeper_change on casework_promise"],
)

# The entries of a need show to whom the need shows (its own wall holds inside the sub-query); nobody changes them.
NEED_SEEN = "exists (select from casework_urgentneed n where n.id = casework_needentry.need_id)"
NEED_ENTRIES = migrations.RunSQL(
    [
        "alter table casework_needentry enable row level security",
        "alter table casework_needentry force row level security",
        f"create policy need_read on casework_needentry for select using ({NEED_SEEN})",
        f"create policy need_add on casework_needentry for insert with check ({NEED_SEEN})",
    ],
    [
        "drop policy need_read on casework_needentry",
        "drop policy need_add on casework_needentry",
        "alter table casework_needentry disable row level security",
    ],
)

# A client sees the papers she handed in herself.
OWN_PAPERS = migrations.RunSQL(
    f"create policy own_read on casework_document for select using (by_id = {IS_ME})",
    "drop policy own_read on casework_document",
)

# A worker who rates has no account. The function opens the wall for one look-up by a keyed digest, and shuts it again.
RATING_BY_CODE = migrations.RunSQL(
    f"""
    create function casework_rating_by_code(digests bytea[])
    returns table (rating_id uuid, path text, place text, asked date)
    language plpgsql volatile security definer set search_path = pg_catalog, public as $$
    declare before text := coalesce(current_setting('app.reach', true), '');
    begin
      perform set_config('app.reach', ',', true);
      return query
        select r.id, r.org_path::text, o.name::text, r.asked_on
        from casework_rating r join orgs_org o on o.id = r.org_id
        where r.code_digest = any(digests) and r.state = 'asked'
          and r.expires_on >= (now() at time zone 'Asia/Shanghai')::date;
      perform set_config('app.reach', before, true);
    end $$;
    revoke all on function casework_rating_by_code(bytea[]) from public;
    grant execute on function casework_rating_by_code(bytea[]) to {settings.APP_ROLE};
    """,
    "drop function casework_rating_by_code(bytea[])",
)

# ``to_path`` follows ``to_org`` (referral) and the resource's owner (promise) when an organisation moves in the tree.
FOLLOW = migrations.RunSQL(
    """
    create function casework_follow_org() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare before text := coalesce(current_setting('app.reach', true), '');
    begin
      if new.path not like '~%' then
        perform set_config('app.reach', ',', true);
        update casework_referral set to_path = new.path where to_org_id = new.id and to_path <> new.path;
        update casework_promise p set to_path = new.path from casework_resource r
          where r.id = p.resource_id and coalesce(r.giver_org_id, r.org_id) = new.id and p.to_path <> new.path;
        perform set_config('app.reach', before, true);
      end if;
      return null;
    end $$;
    create trigger casework_follow after update of path on orgs_org for each row
      when (old.path is distinct from new.path) execute function casework_follow_org();
    """,
    "drop trigger casework_follow on orgs_org; drop function casework_follow_org()",
)

# To begin with; a province adds dated rows of its own.
TERMS = migrations.RunSQL(
    """
    insert into casework_needterm (problem, days, warn_people, valid_from) values
      ('safety', 1, 3, '2020-01-01'), ('wages', 3, 10, '2020-01-01'), ('relief', 3, 10, '2020-01-01'),
      ('women', 5, 10, '2020-01-01'), ('rest', 7, 10, '2020-01-01'), ('job', 10, 10, '2020-01-01')
    """,
    "delete from casework_needterm",
)


class Migration(migrations.Migration):
    dependencies = [("casework", "0002_walls")]
    operations = [
        _sent_to_post("casework_referral", "partner"),
        _sent_to_post("casework_promise", "partner", "base_cadre"),
        RESOURCE_WRITES,
        PROMISES_OF_KEEPER,
        NEED_ENTRIES,
        OWN_PAPERS,
        RATING_BY_CODE,
        FOLLOW,
        TERMS,
    ]
