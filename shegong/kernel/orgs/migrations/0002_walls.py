from django.conf import settings
from django.db import migrations

from shegong.kernel.orgs.walls import INSERT_ONLY_FUNCTION, TERMS_DO_NOT_OVERLAP

# The role all requests and jobs run as. Default privileges give it every table that later migrations make.
ROLE = f"""
do $$ begin
  if not exists (select from pg_roles where rolname = '{settings.APP_ROLE}') then
    create role {settings.APP_ROLE} nologin nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
  execute format('grant {settings.APP_ROLE} to %I', current_user);
end $$;
grant usage on schema public to {settings.APP_ROLE};
grant select, insert, update, delete on all tables in schema public to {settings.APP_ROLE};
grant usage, select on all sequences in schema public to {settings.APP_ROLE};
grant execute on all functions in schema public to {settings.APP_ROLE};
alter default privileges in schema public grant select, insert, update, delete on tables to {settings.APP_ROLE};
alter default privileges in schema public grant usage, select on sequences to {settings.APP_ROLE};
alter default privileges in schema public grant execute on functions to {settings.APP_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("orgs", "0001_orgs")]
    run_before = [("audit", "0001_audit"), ("actions", "0001_actions"), ("indicators", "0001_indicators")]
    operations = [
        migrations.RunSQL(ROLE, migrations.RunSQL.noop),
        INSERT_ONLY_FUNCTION,
        TERMS_DO_NOT_OVERLAP,
    ]
