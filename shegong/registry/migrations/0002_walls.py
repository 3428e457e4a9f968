from django.db import migrations

from shegong.kernel.orgs.walls import IN_REACH, IS_ME, wall

TIED = (
    "exists (select from registry_persontie t where t.person_id = {id} and "
    + IN_REACH.format(column="t.org_path")
    + ")"
)


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_registry"), ("orgs", "0002_walls")]
    operations = [
        wall("registry_persontie"),
        wall("registry_person", also=f"user_id = {IS_ME} or {TIED.format(id='registry_person.id')}"),
        wall("registry_duplicate"),
    ]
