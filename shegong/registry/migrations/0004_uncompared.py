from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_look_up")]
    operations = [
        migrations.CreateModel(
            name="Uncompared",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.UUIDField()),
            ],
        ),
    ]
