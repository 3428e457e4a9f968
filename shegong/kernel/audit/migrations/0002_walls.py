from django.conf import settings
from django.db import migrations

from shegong.kernel.orgs.walls import insert_only, wall


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_audit"), ("orgs", "0002_walls")]
    operations = [
        # A refusal is written about a thing that its actor may not see.
        wall(
            "audit_entry",
            also="actor_id = (select nullif(current_setting('app.user', true), ''))::bigint",
            write="true",
        ),
        insert_only("audit_entry"),
        insert_only("audit_seal"),
        migrations.RunSQL(
            f"revoke update, delete, truncate on audit_entry, audit_seal from {settings.APP_ROLE}",
            migrations.RunSQL.noop,
        ),
    ]
