from django.db import migrations

from shegong.kernel.orgs.walls import IN_REACH, IS_ME, wall

# Lawyers have no reach by place. Each sees her own row, her own wishes and published duties, and what her panel is offered.
HERE = IN_REACH.format(column="org_path")
MINE = f"select l.id from casework_lawyer l where l.user_id = {IS_ME} and l.left_on is null"
FIRM = f"select l.firm_id from casework_lawyer l where l.user_id = {IS_ME} and l.left_on is null"
OWN_DUTY = f"published and lawyer_id in ({MINE})"
PANEL = f"select l.org_path from casework_lawyer l where l.user_id = {IS_ME} and l.left_on is null"
OFFERED = f"published and offered_at is not null and org_path in ({PANEL})"
# A service point is seen where it stands, and by the lawyers of the panel; it is written by the office that runs it.
AT_SITE = IN_REACH.format(column="site_path")
AT_PANEL = f"org_path in ({PANEL})"
PARTS = ("hours", "staff", "service", "review")


def written_in_reach(table: str) -> migrations.RunSQL:
    """Only those within whose reach it lies write, whoever else may see it."""
    return migrations.RunSQL(
        f"drop policy reach_add on {table}; drop policy reach_change on {table}; drop policy reach_remove on {table};"
        f"create policy reach_add on {table} for insert with check ({HERE});"
        f"create policy reach_change on {table} for update using ({HERE}) with check ({HERE});"
        f"create policy reach_remove on {table} for delete using ({HERE});",
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):
    dependencies = [("casework", "0018_duty"), ("orgs", "0002_walls")]
    operations = [
        migrations.RunSQL(
            [
                f"create policy mine_read on casework_lawyer for select using (user_id = {IS_ME})",
                f"create policy mine_change on casework_lawyer for update using (user_id = {IS_ME}) with check (user_id = {IS_ME})",
            ],
            ["drop policy mine_read on casework_lawyer", "drop policy mine_change on casework_lawyer"],
        ),
        migrations.RunSQL(  # her own firm, not whom it acts for
            f"create policy mine_read on casework_lawfirm for select using (id in ({FIRM}))",
            "drop policy mine_read on casework_lawfirm",
        ),
        wall("casework_lawyerwish", also=f"lawyer_id in ({MINE})"),
        wall("casework_dutyroster"),
        wall("casework_duty", also=f"({OWN_DUTY}) or ({OFFERED})"),
        wall("casework_station", also=f"{AT_SITE} or {AT_PANEL}"),
        written_in_reach("casework_station"),
        *[
            step
            for part in PARTS
            for table in [f"casework_station{part}"]
            for step in (
                wall(table, also=f"exists (select from casework_station s where s.id = {table}.station_id)"),
                written_in_reach(table),
            )
        ],
        *[wall(f"casework_{t}") for t in ("feerate", "feesheet", "feeline")],
    ]
