"""A change of the tree notes itself: whoever moves an organisation, the cells above it are summed anew."""

from django.db import migrations

NOTE = """
create function shegong_tree_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (old.org_id, old.path, old.valid_from) is not distinct from (new.org_id, new.path, new.valid_from) then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    insert into indicators_dirty (model, org_id, month) values ('', old.org_id, old.valid_from);
  end if;
  if tg_op <> 'DELETE' then
    insert into indicators_dirty (model, org_id, month) values ('', new.org_id, new.valid_from);
  end if;
  return null;
end $$;
create trigger orgterm_noted after insert or update or delete on orgs_orgterm
  for each row execute function shegong_tree_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("indicators", "0001_indicators"), ("orgs", "0002_walls")]
    operations = [
        migrations.RunSQL(NOTE, "drop trigger orgterm_noted on orgs_orgterm; drop function shegong_tree_changed()"),
        # reading one organisation's months is the commonest question; the keys come first, the arrays only to be unique
        migrations.RunSQL(
            "alter table indicators_cell set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)",
            "alter table indicators_cell reset (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
    ]
