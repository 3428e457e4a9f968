"""Receipts of idempotency keys may go after 180 days (rule 19). The application's role cannot delete one; this function can, and
only the old ones."""

from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("site", "0001_site"), ("actions", "0002_walls")]
    operations = [
        migrations.RunSQL(
            f"""
            create function shegong_forget_receipts() returns bigint language sql security definer set search_path = public, pg_temp as $$
              with gone as (delete from actions_receipt where at < now() - interval '180 days' returning 1) select count(*) from gone
            $$;
            revoke execute on function shegong_forget_receipts() from public;
            grant execute on function shegong_forget_receipts() to {settings.APP_ROLE};
            """,
            "drop function shegong_forget_receipts()",
        )
    ]
