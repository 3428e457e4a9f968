from django.db import migrations

from shegong.kernel.orgs.walls import IS_ME, wall

# as in 0002: a tie opens one case and what is on its file
TIED = (
    "exists (select from casework_member m where m.case_id = {table}.case_id and m.user_id = " + IS_ME + " "
    "and (m.until is null or m.until > now()))"
)


class Migration(migrations.Migration):
    dependencies = [("casework", "0006_clocks"), ("orgs", "0002_walls")]
    operations = [wall(t, also=TIED.format(table=t)) for t in ("casework_legalclock", "casework_clockevent")]
