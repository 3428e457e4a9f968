"""Finding a person by her exact ID number although the row is out of reach: the answer is a bare id, never a column."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

from shegong.kernel.vault.search import TsVectorField

# A merged record answers with the one it was merged into. `set app.reach` opens the walls inside the function only.
BODY = """
  with recursive up as (
    select w.digest, p.id, p.state, p.merged_into_id
    from unnest(wanted) w(digest) join registry_person p on p.id_digest = w.digest and p.state = 'active'
    union all
    select w.digest, p.id, p.state, p.merged_into_id
    from unnest(wanted) w(digest) join registry_person p on p.id_digest = w.digest and p.state = 'merged'
    union all
    select up.digest, p.id, p.state, p.merged_into_id
    from up join registry_person p on p.id = up.merged_into_id where up.state = 'merged'
  )
  select distinct on (up.digest) up.digest, up.id from up where up.state = 'active' order by up.digest, up.id
"""
SAFE = "security definer set search_path = pg_catalog, public, pg_temp set app.reach = ','"
MANY = f"""
create function registry_people_by_digest(wanted bytea[]) returns table (digest bytea, id uuid)
language sql stable {SAFE} as $$ {BODY} $$;
create function registry_person_by_digest(wanted bytea) returns uuid
language sql stable {SAFE} as $$ select id from registry_people_by_digest(array[wanted]) $$;
revoke all on function registry_people_by_digest(bytea[]), registry_person_by_digest(bytea) from public;
grant execute on function registry_people_by_digest(bytea[]), registry_person_by_digest(bytea) to {settings.APP_ROLE};
"""
UNDO = """
drop function registry_person_by_digest(bytea);
drop function registry_people_by_digest(bytea[]);
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_walls")]
    operations = [
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["name", "birth_on"], name="person_name_birth"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("state", "merged")), fields=["id_digest"], name="person_merged_number"
            ),
        ),
        migrations.AddIndex(
            model_name="persontie",
            index=models.Index(fields=["org_path", "-person"], name="person_tie_place"),
        ),
        migrations.RunSQL(MANY, UNDO),
        migrations.CreateModel(
            name="EmployerSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner_kind", models.CharField(blank=True, default="", max_length=24)),
                ("owner_id", models.UUIDField()),
                ("part", models.PositiveSmallIntegerField(default=0)),
                ("parts", models.PositiveSmallIntegerField(default=1)),
                ("key_id", models.IntegerField()),
                ("tokens", TsVectorField()),
            ],
            options={
                "abstract": False,
                "indexes": [
                    GinIndex(fields=["tokens"], gin_pending_list_limit=512, name="employersearch_gin"),
                    GinIndex(condition=models.Q(("parts__gt", 1)), fields=["tokens"], name="employersearch_long_gin"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner_id", "owner_kind", "part"), name="employersearch_once")
                ],
            },
        ),
    ]
