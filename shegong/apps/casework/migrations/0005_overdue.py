from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("casework", "0004_queues")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("due_on__isnull", False)),
                fields=["due_on"],
                include=["org_path", "registered_on", "state"],
                name="case_overdue",
            ),
        ),
    ]
