from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0003_doors"),
        ("orgs", "0002_walls"),
        ("registry", "0004_uncompared"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_on", None)),
                fields=["city_path", "-risk", "due_on", "-id"],
                name="case_queue_city",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_on", None)),
                fields=["county_path", "-risk", "due_on", "-id"],
                name="case_queue_county",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_on", None)), fields=["-risk", "due_on", "-id"], name="case_queue"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(condition=models.Q(("risk__gt", 0)), fields=["-risk", "-id"], name="case_risk"),
        ),
    ]
