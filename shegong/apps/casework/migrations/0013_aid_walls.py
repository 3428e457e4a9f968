from django.db import migrations

from shegong.kernel.orgs.walls import IN_REACH, IS_ME, wall

# as in 0002: a tie opens one case and what is on its file
TIED = (
    "exists (select from casework_member m where m.case_id = {table}.case_id and m.user_id = " + IS_ME + " "
    "and (m.until is null or m.until > now()))"
)
OFFICE = IN_REACH.format(column="office_path")
# as in 0003: the path of the office follows it when it moves in the tree
FOLLOW = migrations.RunSQL(
    """
    create function casework_follow_office() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare before text := coalesce(current_setting('app.reach', true), '');
    begin
      if new.path not like '~%' then
        perform set_config('app.reach', ',', true);
        update casework_aidapplication set office_path = new.path where office_id = new.id and office_path <> new.path;
        perform set_config('app.reach', before, true);
      end if;
      return null;
    end $$;
    create trigger casework_follow_office after update of path on orgs_org for each row
      when (old.path is distinct from new.path) execute function casework_follow_office();
    """,
    "drop trigger casework_follow_office on orgs_org; drop function casework_follow_office()",
)


def _bound(table: str) -> migrations.RunSQL:
    """As in 0011: what hangs on a case lies where the case lies."""
    return migrations.RunSQL(
        f"create trigger casework_bound before insert or update of case_id on {table} "
        "for each row execute function casework_bound_to_case()",
        f"drop trigger casework_bound on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("casework", "0012_aid"), ("orgs", "0002_walls")]
    operations = [
        migrations.RunSQL("create sequence casework_aid_number", "drop sequence casework_aid_number"),
        # a means test is public; it is written where one has a post
        wall("casework_aidrule", also="true", write=IN_REACH.format(column="org_path")),
        wall("casework_aidapplication", also=f"{OFFICE} or {TIED.format(table='casework_aidapplication')}"),
        wall("casework_hearing", also=TIED.format(table="casework_hearing")),
        _bound("casework_aidapplication"),
        _bound("casework_hearing"),
        FOLLOW,
    ]
