from django.db import migrations

from shegong.kernel.orgs.walls import wall


class Migration(migrations.Migration):
    dependencies = [("casework", "0016_letters"), ("casework", "0013_aid_walls"), ("orgs", "0002_walls")]
    operations = [
        wall("casework_letter"),
        wall("casework_lettercase"),
        # the link lies where its case lies, whoever writes it (0011)
        migrations.RunSQL(
            "create trigger casework_bound before insert or update of case_id on casework_lettercase "
            "for each row execute function casework_bound_to_case()",
            "drop trigger casework_bound on casework_lettercase",
        ),
    ]
