from django.conf import settings
from django.db import migrations

from shegong.kernel.orgs.walls import IS_ME, insert_only, wall


class Migration(migrations.Migration):
    dependencies = [("actions", "0001_actions"), ("orgs", "0002_walls")]
    operations = [
        wall("actions_approval", also=f"opened_by_id = {IS_ME}"),
        wall("actions_notice", column="''::text", also=f"user_id = {IS_ME}", write="true"),
        insert_only("actions_vote"),
        migrations.RunSQL(
            f"revoke update, delete, truncate on actions_vote, actions_receipt from {settings.APP_ROLE}",
            migrations.RunSQL.noop,
        ),
    ]
