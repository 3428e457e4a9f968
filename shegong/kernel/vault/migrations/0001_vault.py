"""The table of looks behind a mask."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.CreateModel(
            name="Reveal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor_id", models.BigIntegerField(verbose_name="looked by")),
                ("table", models.CharField(max_length=63, verbose_name="table")),
                ("record_id", models.CharField(max_length=40, verbose_name="record")),
                ("subject_id", models.CharField(max_length=40, verbose_name="person concerned")),
                ("column", models.CharField(max_length=63, verbose_name="column")),
                ("purpose", models.CharField(max_length=200, verbose_name="purpose")),
                ("looked_at", models.DateTimeField(verbose_name="looked at")),
                ("looked_on", models.DateField(verbose_name="business date")),
            ],
            options={
                "verbose_name": "look behind a mask",
                "db_table": "vault_reveal",
                "indexes": [
                    models.Index(fields=["actor_id", "looked_on"], name="reveal_by_actor_day"),
                    models.Index(fields=["subject_id"], name="reveal_by_subject"),
                ],
            },
        ),
    ]
