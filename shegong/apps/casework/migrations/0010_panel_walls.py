from django.db import migrations

from shegong.kernel.orgs.walls import wall


class Migration(migrations.Migration):
    dependencies = [("casework", "0009_panel"), ("orgs", "0002_walls")]
    operations = [wall(t) for t in ("casework_lawfirm", "casework_lawyer", "casework_firmparty")]
