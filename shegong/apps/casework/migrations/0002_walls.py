from django.db import migrations

from shegong.kernel.orgs.walls import IN_REACH, IS_ME, wall

# A tie opens one case and what is on its file; it ends by itself. The tie rows carry their own wall.
TIED = "exists (select from casework_member m where m.case_id = {case} and m.user_id = " + IS_ME + (
    " and (m.until is null or m.until > now()))"
)
# Who raised a case sees it; an employer's side not when it is a dispute (rule 5), even one she raised for a colleague.
EMPLOYER_SIDE = (
    "(select exists (select from orgs_grant g where g.role in ('base_cadre', 'employer_hr') and g.user_id = "
    + IS_ME
    + " and g.valid_from <= (now() at time zone 'Asia/Shanghai')::date"
    " and (g.valid_to is null or g.valid_to > (now() at time zone 'Asia/Shanghai')::date)))"
)
RAISED = f"(raised_by_id = {IS_ME} and not (line in ('rights', 'mediation') and {EMPLOYER_SIDE}))"
ON_FILE = ("record", "planneed", "task", "participant", "document")
TO_PATH = IN_REACH.format(column="to_path")


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_casework"), ("orgs", "0002_walls")]
    operations = [
        migrations.RunSQL("create sequence casework_case_number", "drop sequence casework_case_number"),
        migrations.RunSQL("create sequence casework_urgentneed_number", "drop sequence casework_urgentneed_number"),
        wall("casework_member", also=f"user_id = {IS_ME}"),
        wall("casework_case", also=f"{RAISED} or {TIED.format(case='casework_case.id')}"),
        *[wall(f"casework_{t}", also=TIED.format(case=f"casework_{t}.case_id")) for t in ON_FILE],
        wall("casework_rating", also=TIED.format(case="casework_rating.case_id")),
        wall("casework_referral", also=f"{TO_PATH} or sent_by_id = {IS_ME}"),
        wall("casework_urgentneed", also=f"raised_by_id = {IS_ME} or owner_id = {IS_ME}"),
        wall("casework_promise", also=TO_PATH),
        wall("casework_legalaid"),
        # resources are an open directory inside the union
        wall("casework_resource", also="true"),
    ]
