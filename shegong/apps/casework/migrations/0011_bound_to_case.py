from django.db import migrations

from shegong.kernel.orgs.walls import IN_REACH

# A row on a case's file lies where the case lies: nobody ties herself, or hangs anything, to a case she does not reach by writing
# her own place beside a foreign key. The look at the case needs full reach, so it is a trigger; a policy would recurse.
ON_FILE = ("member", "record", "planneed", "task", "participant", "document", "legalclock", "clockevent")
FUNCTION = """
create function casework_bound_to_case() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare before text := coalesce(current_setting('app.reach', true), ''); place text;
begin
  perform set_config('app.reach', ',', true);
  select org_path into place from casework_case where id = new.case_id;
  perform set_config('app.reach', before, true);
  if place is distinct from new.org_path then
    raise exception 'a row of % must lie where its case lies', tg_table_name using errcode = 'check_violation';
  end if;
  return new;
end $$
"""
HERE = IN_REACH.format(column="org_path")
TIE_WRITES = f"""
drop policy reach_add on casework_member; drop policy reach_change on casework_member; drop policy reach_remove on casework_member;
create policy reach_add on casework_member for insert with check ({HERE});
create policy reach_change on casework_member for update using ({HERE}) with check ({HERE});
create policy reach_remove on casework_member for delete using ({HERE});
"""


class Migration(migrations.Migration):
    dependencies = [("casework", "0010_panel_walls")]
    operations = [
        migrations.RunSQL(FUNCTION, "drop function casework_bound_to_case()"),
        *[
            migrations.RunSQL(
                f"create trigger casework_bound before insert or update of case_id on casework_{t} "
                "for each row execute function casework_bound_to_case()",
                f"drop trigger casework_bound on casework_{t}",
            )
            for t in ON_FILE
        ],
        migrations.RunSQL(TIE_WRITES, migrations.RunSQL.noop),
    ]
