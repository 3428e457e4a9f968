"""DECLARE: the left navigation: places to work, by what people do there, each with the roles that have work in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIELD = frozenset({"town_worker", "county_clerk", "legal_officer", "supervisor"})
ABOVE = frozenset({"city_officer", "province_officer"})
TIED = frozenset({"lawyer", "mediator", "partner"})
INTAKE = FIELD | {"hotline"}


@dataclass(frozen=True)
class Place:
    """One entry. ``roles``: None means everybody."""

    url_name: str
    label: str | Promise
    icon: str = field(kw_only=True)  # by keyword, so that the build finds the names of icons
    roles: frozenset[str] | None = None
    group: str | Promise = ""


_LOOK = _("Figures and reports")
_RUN = _("Administration")

PLACES = (
    Place("home", _("To-do"), icon="checklist"),
    Place("case_list", _("Cases"), icon="folder", roles=FIELD | ABOVE | TIED | {"hotline", "base_cadre", "worker"}),
    Place(
        "urgent_need_list",
        _("Urgent needs"),
        icon="message-circle",
        roles=FIELD | ABOVE | {"base_cadre", "hotline", "worker", "partner"},
    ),
    Place("referral_list", _("Referrals"), icon="arrow-right", roles=FIELD | {"partner"}),
    Place("resource_list", _("Resources"), icon="heart-handshake", roles=FIELD | ABOVE | {"partner"}),
    Place("legal_aid_list", _("Legal-aid register"), icon="scale", roles=FIELD | ABOVE),
    Place("aid_list", _("Legal-aid applications"), icon="file-certificate", roles=FIELD | {"lawyer"}),
    Place("mediation_list", _("Joint mediation"), icon="users-group", roles=FIELD | ABOVE | {"mediator"}),
    Place("hearing_list", _("Hearings"), icon="calendar-event", roles=FIELD | {"lawyer", "mediator"}),
    Place("letter_list", _("Supervision letters"), icon="mail", roles=FIELD | ABOVE),
    Place("legal_clock_list", _("Statutory clocks"), icon="clock", roles=FIELD | {"lawyer", "mediator"}),
    Place("law_firm_list", _("Lawyer panel"), icon="gavel", roles=frozenset({"legal_officer", "county_clerk"})),
    Place("station_list", _("Service points"), icon="map-pin", roles=FIELD | ABOVE),
    Place("duty_list", _("Duties"), icon="calendar-time", roles=frozenset({"legal_officer", "county_clerk", "lawyer"})),
    Place(
        "duty_roster_list", _("Duty rosters"), icon="calendar-user", roles=frozenset({"legal_officer", "county_clerk"})
    ),
    Place(
        "fee_sheet_list",
        _("Fee sheets"),
        icon="receipt",
        roles=frozenset({"legal_officer", "county_clerk", "supervisor"}),
    ),
    Place("person_list", _("People"), icon="users", roles=INTAKE),
    Place("duplicate_list", _("Possible duplicates"), icon="copy", roles=FIELD),
    Place("employer_list", _("Employers"), icon="building", roles=INTAKE | ABOVE),
    Place("import_list", _("Imports"), icon="table-import", roles=FIELD),
    Place("dashboard", _("Dashboard"), icon="chart-bar", roles=FIELD | ABOVE, group=_LOOK),
    Place("report_list", _("Reports"), icon="report-analytics", roles=FIELD | ABOVE | {"auditor"}, group=_LOOK),
    Place(
        "org_list",
        _("Organisations"),
        icon="building-community",
        roles=INTAKE | ABOVE | {"system_admin", "security_admin", "auditor"},
        group=_RUN,
    ),
    Place("account_list", _("Accounts"), icon="users", roles=frozenset({"security_admin"}), group=_RUN),
    Place("post_list", _("Posts"), icon="user-shield", roles=frozenset({"security_admin"}), group=_RUN),
    Place("trail_list", _("Trail"), icon="history", roles=frozenset({"audit_admin"}), group=_RUN),
    Place("trail_verify", _("Check the trail"), icon="shield-check", roles=frozenset({"audit_admin"}), group=_RUN),
)
