"""DECLARE: the roles of the house, and the kinds of the shared nouns with their deeds. Read this first."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.rights import TIE_NAMES
from shegong.kernel.actions.vocabulary import Kind
from shegong.kernel.orgs.roles import Role, declare_role

UNION = frozenset({"province", "city", "county", "town", "industry", "new_biz"})
ADMINS = frozenset({"system_admin", "security_admin", "audit_admin"})


def _role(code: str, label: object, at: set[str] | frozenset[str], **rest: object) -> Role:
    return declare_role(Role(code, label, frozenset(at), **rest))  # type: ignore[arg-type]


# domain.md, section 4; ``opens_rows`` roles see rows by place, all others only what is tied to them
TOWN_WORKER = _role(
    "town_worker", _("Town social worker"), {"town", "industry", "new_biz", "station", "workshop"}, opens_rows=True
)
BASE_CADRE = _role("base_cadre", _("Base-union cadre"), {"base"})
COUNTY_CLERK = _role("county_clerk", _("County clerk"), {"county"}, opens_rows=True, oversees=True)
LEGAL_OFFICER = _role("legal_officer", _("Legal-aid officer"), {"county", "centre", "city"}, opens_rows=True)
SUPERVISOR = _role("supervisor", _("Supervisor"), {"county", "city", "town"}, opens_rows=True, oversees=True)
LAWYER = _role("lawyer", _("Lawyer"), {"firm", "centre", "station"})
MEDIATOR = _role("mediator", _("Mediator"), {"workshop", "station", "centre", "partner"})
PARTNER = _role("partner", _("Partner agency officer"), {"partner"})
CITY_OFFICER = _role("city_officer", _("City officer"), {"city"}, opens_rows=True, oversees=True)
PROVINCE_OFFICER = _role("province_officer", _("Province officer"), {"province"}, opens_rows=True, oversees=True)
HOTLINE = _role("hotline", _("12351 hotline clerk"), {"province", "city", "county"})
FINANCE = _role("finance", _("Finance officer"), UNION)
AUDITOR = _role("auditor", _("Funds auditor"), UNION)
SYSTEM_ADMIN = _role("system_admin", _("System administrator"), UNION, apart=ADMINS - {"system_admin"})
SECURITY_ADMIN = _role("security_admin", _("Security administrator"), UNION, apart=ADMINS - {"security_admin"})
AUDIT_ADMIN = _role("audit_admin", _("Audit administrator"), UNION, apart=ADMINS - {"audit_admin"})
WORKER = _role("worker", _("Worker"), {"town", "base", "county", "new_biz", "industry"}, staff=False)
EMPLOYER_HR = _role("employer_hr", _("Employer's personnel officer"), {"base"}, staff=False)

FIELD = {"town_worker", "county_clerk", "legal_officer", "supervisor"}
INTAKE = FIELD | {"hotline"}
ABOVE = {"city_officer", "province_officer"}

PERSON = Kind(
    "registry.person",
    _("person"),
    "registry.Person",
    states={"active": _("on file"), "merged": _("merged into another record")},
    page="person_detail",
)
PERSON.deed("register", _("Register a person"), _("registered a person"), roles=INTAKE | {"base_cadre"}, creates=True)
PERSON.deed("import", _("Import people"), _("imported people"), roles=FIELD, creates=True, batch=True)
# A record that another office made is open to an office that has it on file (``PersonTie``): by tie, for the same roles.
HERE, LED = "on_file_here", "on_file_below"
LEADERS = frozenset({"county_clerk", "supervisor"})
TIE_NAMES.update(on_file_here=_("on file at your office"), on_file_below=_("on file below your office"))
PERSON.deed(
    "view", _("Open a person's record"), _("opened a person's record"), roles=FIELD, members={"self", HERE}, reads=True
)
PERSON.deed("find", _("Find people"), _("looked for people"), roles=INTAKE, members={HERE}, reads=True)
PERSON.deed("correct", _("Correct"), _("corrected"), roles=FIELD, members={HERE}, source={"active"})
PERSON.deed(
    "reveal",
    _("Show the full number"),
    _("was shown a full number"),
    roles=FIELD,
    members={HERE},
    source={"active"},
    sensitive=True,
    still=True,
)
# its target is the organisation where: the person herself may be out of reach until her exact number was given
PERSON.deed("tie", _("Take on file here"), _("took a person on file"), roles=INTAKE, creates=True)
PERSON.deed(
    "merge",
    _("Merge duplicates"),
    _("merged duplicates"),
    roles=LEADERS,
    members={LED},
    source={"active"},
    target="active",
)
PERSON.deed(
    "unmerge", _("Undo the merge"), _("undid a merge"), roles=LEADERS, members={LED}, source={"merged"}, target="active"
)
PERSON.deed(
    "dismiss_duplicate",
    _("Not the same person"),
    _("ruled out a duplicate"),
    roles=FIELD,
    members={HERE},
    source={"active"},
    still=True,
)
PERSON.deed("export", _("Export people"), _("exported people"), roles={"county_clerk"}, reads=True, sensitive=True)

EMPLOYER = Kind("registry.employer", _("employer"), "registry.Employer", page="employer_detail")
EMPLOYER.deed(
    "register", _("Register an employer"), _("registered an employer"), roles=INTAKE | {"base_cadre"}, creates=True
)
EMPLOYER.deed("import", _("Import employers"), _("imported employers"), roles=FIELD, creates=True, batch=True)
# what is known of employers is public: an open directory for all who work with it; a record without a union is anyone's to mend
EMPLOYER.deed(
    "view",
    _("Open an employer's record"),
    _("opened an employer's record"),
    roles=INTAKE | ABOVE,
    members={"directory"},
    reads=True,
)
EMPLOYER.deed("correct", _("Correct"), _("corrected"), roles=FIELD, members={"unclaimed"})
TIE_NAMES.update(directory=_("open directory"), unclaimed=_("no union has it on its list"))

ORG = Kind("registry.org", _("organisation"), "orgs.Org", page="org_detail")
KEEPERS = {"system_admin"}
ORG.deed(
    "view",
    _("Open an organisation"),
    _("opened an organisation"),
    roles=INTAKE | ABOVE | ADMINS | {"auditor"},
    reads=True,
)
ORG.deed("found", _("Found an organisation"), _("founded an organisation"), roles=KEEPERS, creates=True)
ORG.deed("rename", _("Rename"), _("renamed"), roles=KEEPERS)
ORG.deed("move", _("Move under another organisation"), _("moved"), roles=KEEPERS)
ORG.deed("merge", _("Merge into another organisation"), _("merged"), roles=KEEPERS, danger=True)
ORG.deed("close", _("Close"), _("closed"), roles=KEEPERS, danger=True)

GRANT = Kind("registry.grant", _("post"), "orgs.Grant")
GRANT.deed(
    "view", _("See who holds which post"), _("looked at the posts"), roles={"security_admin", "audit_admin"}, reads=True
)
GRANT.deed("give", _("Give a post"), _("gave a post"), roles={"security_admin"}, creates=True)
GRANT.deed("end", _("End a post"), _("ended a post"), roles={"security_admin"})

ACCOUNT = Kind("registry.account", _("account"), "orgs.User")
ACCOUNT.deed("open", _("Open an account"), _("opened an account"), roles={"security_admin"}, creates=True)

TRAIL = Kind("registry.trail", _("trail"), "audit.Entry")
TRAIL.deed("view", _("Read the trail"), _("read the trail"), roles={"audit_admin"}, reads=True)
