from django.db import migrations

from shegong.kernel.orgs.walls import IN_REACH, IS_ME, wall

# as in 0002: a tie opens one case and what is on its file
TIED = (
    "exists (select from casework_member m where m.case_id = casework_mediation.case_id and m.user_id = " + IS_ME + " "
    "and (m.until is null or m.until > now()))"
)
CASE_PLACE = "(case_path <> '' and " + IN_REACH.format(column="case_path") + ")"
# where the case lies is written by the database alone: nobody opens a mediation to herself by a path of her own
FOLLOW = migrations.RunSQL(
    """
    create function casework_mediation_case() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare before text := coalesce(current_setting('app.reach', true), ''); place text;
    begin
      perform set_config('app.reach', ',', true);
      select org_path into place from casework_case where id = new.case_id;
      perform set_config('app.reach', before, true);
      new.case_path := coalesce(place, '');
      return new;
    end $$;
    create trigger casework_mediation_case before insert or update of case_id, case_path on casework_mediation
      for each row execute function casework_mediation_case();
    create function casework_follow_case() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare before text := coalesce(current_setting('app.reach', true), '');
    begin
      perform set_config('app.reach', ',', true);
      update casework_mediation set case_path = new.org_path where case_id = new.id and case_path <> new.org_path;
      perform set_config('app.reach', before, true);
      return null;
    end $$;
    create trigger casework_follow_case after update of org_path on casework_case for each row
      when (old.org_path is distinct from new.org_path) execute function casework_follow_case();
    """,
    "drop trigger casework_follow_case on casework_case; drop function casework_follow_case();"
    "drop trigger casework_mediation_case on casework_mediation; drop function casework_mediation_case()",
)


def _part(table: str) -> migrations.RunSQL:
    """Who sees the mediation sees its parts; which session notes, the application says."""
    seen = f"exists (select from casework_mediation m where m.id = {table}.mediation_id)"
    return migrations.RunSQL(
        [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy part_read on {table} for select using ({seen})",
            f"create policy part_add on {table} for insert with check ({seen})",
            f"create policy part_change on {table} for update using ({seen}) with check ({seen})",
        ],
        [
            f"drop policy part_read on {table}",
            f"drop policy part_add on {table}",
            f"drop policy part_change on {table}",
            f"alter table {table} disable row level security",
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("casework", "0014_mediation"), ("orgs", "0002_walls")]
    operations = [
        migrations.RunSQL("create sequence casework_mediation_number", "drop sequence casework_mediation_number"),
        wall("casework_mediation", also=f"{CASE_PLACE} or {TIED}"),
        _part("casework_mediationsession"),
        _part("casework_instalment"),
        # an agreement that was entered wrongly takes its promises with it
        migrations.RunSQL(
            "create policy part_remove on casework_instalment for delete using "
            "(exists (select from casework_mediation m where m.id = casework_instalment.mediation_id))",
            "drop policy part_remove on casework_instalment",
        ),
        FOLLOW,
    ]
