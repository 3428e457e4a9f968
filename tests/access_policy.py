"""Who may do what to a thing kept by Shipai street (home): written by hand from the rules, apart from the code it judges.

Accounts are those of ``tests.cast``. Whoever is not named for a deed must not be able to do it. Relations in this world:
``worker`` is the client of the home case and raised the urgent need; ``lawyer`` and ``mediator`` are assigned to the case;
``partner`` received the referral; ``base_cadre`` belongs to the employer's own union; ``town_worker`` submitted what awaits a
vote, so others decide.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from . import cast

FIELD = {"town_worker", "colleague", "supervisor", "second_supervisor", "county_clerk"}
TOWN = {"town_worker", "colleague"}
SUPERVISORS = {"supervisor", "second_supervisor"}
ABOVE = {"city_officer", "province_officer"}
CLERK_UP = SUPERVISORS | {"county_clerk"}
INTAKE = FIELD | {"hotline"}
DECIDERS = CLERK_UP  # the home case's application is addressed to the county; the centre is a stranger to it
NOBODY: set[str] = set()

# The legal officer's post is at the centre, a sister of the town: she reaches the county's things only when the post is there.
DEEDS: dict[str, set[str]] = {
    # -- coming in: the target is the town
    "casework.case.create": INTAKE,
    "casework.case.request": {"worker", "other_worker"},
    "casework.case.consult": INTAKE,
    # -- the home case
    "casework.case.break_glass": FIELD | ABOVE,
    "casework.case.accept": FIELD,
    "casework.case.decline": CLERK_UP,
    "casework.case.take_up": FIELD,
    "casework.case.consent": FIELD,
    "casework.case.assess": FIELD,
    "casework.case.plan_need": FIELD,
    "casework.case.submit_plan": FIELD,
    "casework.case.approve_plan": SUPERVISORS,
    "casework.case.return_plan": SUPERVISORS,
    "casework.case.withdraw_plan": FIELD,
    "casework.case.log": FIELD | {"lawyer", "mediator"},
    "casework.case.settle_need": FIELD,
    "casework.case.evaluate": FIELD,
    "casework.case.submit_closure": FIELD,
    "casework.case.approve_closure": SUPERVISORS,
    "casework.case.return_closure": SUPERVISORS,
    "casework.case.withdraw_closure": FIELD,
    "casework.case.follow_up": FIELD,
    "casework.case.end_follow_up": FIELD,
    "casework.case.reopen": FIELD | {"worker"},
    "casework.case.renew_invite": FIELD,
    "casework.case.correct_record": FIELD | {"lawyer", "mediator"},
    "casework.case.correct_facts": FIELD,
    "casework.case.set_risk": FIELD,
    "casework.case.escalate": FIELD,
    "casework.case.answer_escalation": FIELD | ABOVE,
    "casework.case.reassign": FIELD,
    "casework.case.suspend": FIELD,
    "casework.case.resume": FIELD,
    "casework.case.set_task": FIELD,
    "casework.case.finish_task": FIELD,
    "casework.case.assign": CLERK_UP,
    "casework.case.unassign": CLERK_UP,
    "casework.case.add_participant": FIELD,
    "casework.case.settle_participant": FIELD,
    "casework.case.split_participant": FIELD,
    "casework.case.join_group": CLERK_UP,
    "casework.case.add_document": FIELD | {"lawyer", "mediator", "worker"},
    "casework.case.remove_document": FIELD,
    "casework.case.refer": FIELD,
    "casework.case.promise": FIELD,
    "casework.case.note_supervision": CLERK_UP,
    "casework.case.start_clock": FIELD | {"lawyer", "mediator"},
    "casework.case.apply_aid": FIELD,
    "casework.case.apply_mediation": FIELD,
    "casework.case.add_hearing": FIELD | {"lawyer", "mediator"},
    # -- the application of the home case to the county, and a hearing of it; town_worker is in charge
    "casework.aid.correct": FIELD,
    "casework.aid.ask_supplement": DECIDERS,
    "casework.aid.supply": FIELD,
    "casework.aid.accept": DECIDERS,
    "casework.aid.refuse": DECIDERS,
    "casework.aid.withdraw": FIELD,
    "casework.aid.object": FIELD,
    "casework.aid.uphold": DECIDERS,
    "casework.aid.overturn": DECIDERS,
    "casework.aid.assign": DECIDERS,
    "casework.aid.begin": DECIDERS | {"lawyer", "town_worker"},
    "casework.aid.set_stage": DECIDERS | {"lawyer", "town_worker"},
    "casework.aid.conclude": DECIDERS | {"lawyer", "town_worker"},
    "casework.aid.end": DECIDERS,
    "casework.aid.call_back": FIELD,
    "casework.aid.archive": DECIDERS,
    "casework.hearing.hold": FIELD | {"lawyer", "mediator"},
    "casework.hearing.postpone": FIELD | {"lawyer", "mediator"},
    "casework.hearing.cancel": FIELD | {"lawyer", "mediator"},
    "casework.aid_rule.set": {"county_clerk"} | ABOVE,
    "casework.aid_rule.withdraw": {"county_clerk"} | ABOVE,
    # -- a mediation of the home case in a workshop of the county, which lies beside the town in the tree
    "casework.mediation.accept": CLERK_UP,
    "casework.mediation.decline": CLERK_UP,
    "casework.mediation.withdraw": FIELD | {"mediator"},
    "casework.mediation.hold_session": FIELD | {"mediator"},
    "casework.mediation.agree": CLERK_UP | {"mediator"},
    "casework.mediation.take_back": CLERK_UP | {"mediator"},
    "casework.mediation.fail": CLERK_UP | {"mediator"},
    "casework.mediation.note_payment": FIELD | {"mediator"},
    "casework.mediation.correct_payment": FIELD | {"mediator"},
    "casework.mediation.default": FIELD | {"mediator"},
    "casework.mediation.confirm": FIELD | {"mediator"},
    # -- a statutory clock of the home case
    "casework.legal_clock.meet": FIELD | {"lawyer", "mediator"},
    "casework.legal_clock.interrupt": FIELD | {"lawyer", "mediator"},
    "casework.legal_clock.suspend": FIELD | {"lawyer", "mediator"},
    "casework.legal_clock.resume": FIELD | {"lawyer", "mediator"},
    "casework.legal_clock.extend": FIELD | {"lawyer", "mediator"},
    "casework.legal_clock.void": FIELD,
    # -- the referral from home to the partner agency
    "casework.referral.accept": {"partner"},
    "casework.referral.decline": {"partner"},
    "casework.referral.finish": {"partner"},
    "casework.referral.recall": FIELD,
    "casework.referral.reveal": {"partner"},
    # -- the urgent need raised by the worker, owned by town_worker
    "casework.urgent_need.raise": INTAKE | ABOVE | {"worker", "other_worker"},
    "casework.urgent_need.assign": FIELD,
    "casework.urgent_need.take": FIELD,
    "casework.urgent_need.answer": FIELD | ABOVE,
    "casework.urgent_need.call_back": FIELD,
    "casework.urgent_need.close_off": {"worker"},
    "casework.urgent_need.redo": {"worker"},
    "casework.urgent_need.escalate": FIELD,
    "casework.urgent_need.take_up": FIELD,
    # -- a resource of the town, given by the county itself, promised to the home case
    "casework.resource.offer": FIELD | ABOVE,
    "casework.resource.correct": FIELD | ABOVE,
    "casework.resource.withdraw": FIELD | ABOVE,
    "casework.rating.give": NOBODY,  # only with the one-time code, never from an account
    "casework.legal_aid.register": FIELD,
    "casework.legal_aid.correct": FIELD,
    # -- a letter of the town to an employer, about the home case; town_worker wrote and submitted it
    "casework.letter.draft": FIELD,
    "casework.letter.revise": FIELD,
    "casework.letter.allow_naming": FIELD,
    "casework.letter.submit": FIELD,
    "casework.letter.approve": SUPERVISORS,
    "casework.letter.send_back": SUPERVISORS,
    "casework.letter.take_back": FIELD,
    "casework.letter.send": FIELD,
    "casework.letter.serve": FIELD,
    "casework.letter.answer": FIELD,
    "casework.letter.find_corrected": FIELD,
    "casework.letter.find_uncorrected": FIELD,
    "casework.letter.follow": FIELD,
    "casework.letter.discard": FIELD,
    "casework.letter.withdraw": CLERK_UP,
    # -- the lawyer panel of the county
    "casework.law_firm.register": {"county_clerk"},
    "casework.law_firm.correct": {"county_clerk"},
    "casework.law_firm.add_lawyer": {"county_clerk"},
    "casework.law_firm.correct_lawyer": {"county_clerk"},
    "casework.law_firm.note_party": {"county_clerk"},
    # -- its service points, rosters, duties and fees; the lawyer holds the published duty of home
    **{f"casework.station.{verb}": {"county_clerk"} for verb in (
        "set_up", "correct", "start", "set_hours", "end_hours", "add_staff", "end_staff", "serve", "stop_serving", "inspect", "close",
    )},
    **{f"casework.lawyer.{verb}": {"county_clerk", "lawyer"} for verb in ("wish", "withdraw_wish")},
    **{f"casework.duty_roster.{verb}": {"county_clerk"} for verb in ("plan", "generate", "add_duty", "publish")},
    **{f"casework.duty.{verb}": {"county_clerk"} for verb in ("assign", "stand_in", "miss", "correct_log", "undo", "call_off")},
    "casework.duty.log": {"county_clerk", "lawyer"},
    "casework.duty.recall": {"county_clerk", "lawyer"},
    "casework.duty.offer": {"lawyer"},
    "casework.duty.accept": NOBODY,  # a colleague of the panel only, whom this world has none of
    "casework.fee_rate.set": {"county_clerk"},
    **{f"casework.fee_sheet.{verb}": {"county_clerk"} for verb in ("draw_up", "reckon", "submit", "pay")},
    "casework.fee_sheet.send_back": CLERK_UP,
    "casework.fee_sheet.approve": CLERK_UP,
    # -- people, employers
    "registry.person.register": INTAKE,
    "registry.person.correct": FIELD,
    "registry.person.reveal": FIELD,
    "registry.person.tie": INTAKE,
    "registry.person.merge": CLERK_UP,
    "registry.person.unmerge": CLERK_UP,
    "registry.person.dismiss_duplicate": FIELD,
    "registry.employer.register": INTAKE,
    # -- the tree and the accounts: administrators of the province
    "registry.org.found": {"system_admin"},
    "registry.org.rename": {"system_admin"},
    "registry.org.move": {"system_admin"},
    "registry.org.merge": {"system_admin"},
    "registry.org.close": {"system_admin"},
    "registry.grant.give": {"security_admin"},
    "registry.grant.end": {"security_admin"},
    "registry.account.open": {"security_admin"},
}


# === PAGES AND OPERATIONS ====================================================================================================
@dataclass(frozen=True)
class Door:
    """One address. ``open_to``: the accounts it answers with one of ``ok``; all others are sent to sign in, 403, 404 (401 in
    the API). ``{…}`` in the address stand for things kept at home. ``given``: what is sent."""

    address: str
    open_to: set[str]
    method: str = "GET"
    given: dict[str, object] = field(default_factory=dict)
    ok: tuple[int, ...] = (200,)


def get(address: str, open_to: set[str], *ok: int) -> Door:
    return Door(address, open_to, ok=ok or (200,))


def post(address: str, open_to: set[str], *ok: int, **given: object) -> Door:
    return Door(address, open_to, "POST", given, ok or (302,))


EVERYBODY = {p[0] for p in cast.PEOPLE} | {"expired", "suspended"}  # signed in or not
SIGNED_IN = EVERYBODY - {"suspended"}
# Accounts with a field post anywhere: they reach their own things, never those of home.
ANY_FIELD = FIELD | {"town2_worker", "legal_officer", "neighbour_town_worker", "neighbour_supervisor", "neighbour_county_clerk",
                     "other_town_worker"}  # fmt: skip
ANY_ABOVE = ABOVE | {"other_city_officer"}
WATCHERS = {"auditor", "finance"}
ADMINS = {"system_admin", "security_admin", "audit_admin"}
PANEL = {"legal_officer", "county_clerk", "neighbour_county_clerk"}
ON_THE_FILE = FIELD | {"lawyer", "mediator", "worker"}
ANY_LEADER = {"supervisor", "second_supervisor", "county_clerk", "neighbour_supervisor", "neighbour_county_clerk"}
DIRECTORY = ANY_FIELD | ANY_ABOVE | {"hotline"}
FIGURES = FIELD | ABOVE | WATCHERS
NOT_STAFF = {"worker", "other_worker", "employer_hr", "expired", "suspended"}
THESE_MONTHS = "from=2026-01&to=2026-03"

PAGES: dict[str, Door] = {
    # -- without an account
    "health": get("/health", EVERYBODY),
    "sign_in": get("/sign-in", EVERYBODY, 200, 302),
    "demo_sign_in": post("/sign-in/demo", NOBODY, username="town_worker"),
    "second_factor": get("/sign-in/second-factor", NOBODY),
    "set_language": post("/me/language", EVERYBODY, language="en"),
    "set_text_size": post("/me/text-size", EVERYBODY, text="large"),
    "rate_start": get("/rate", NOT_STAFF),
    "rate": get("/rate/ABCD2345", NOT_STAFF, 422),
    # -- one's own
    "sign_out": post("/sign-out", EVERYBODY),
    "home": get("/", SIGNED_IN),
    "me": get("/me", SIGNED_IN),
    "change_password": get("/me/password", SIGNED_IN),
    "sessions_end": post("/me/sessions/end", SIGNED_IN),
    "token_revoke": post("/me/tokens/{token}/revoke", {"town_worker"}),
    "switch_post": post("/me/post", TOWN, post="town_worker@{town}"),
    "inbox_list": get("/inbox", SIGNED_IN),
    "inbox_read": post("/inbox/read", SIGNED_IN),
    "notice_open": get("/inbox/{notice}", {"town_worker"}, 302),
    "filter_save": post("/filters/save", SIGNED_IN, page="case_list", label="a", query="state=open"),
    "filter_remove": post("/filters/{filter}/remove", {"town_worker"}),
    # -- lists hold what is one's own; the canaries prove that nothing of home is in them
    "search": get("/search?q=欧阳", SIGNED_IN),
    "person_list": get("/people", SIGNED_IN),
    "duplicate_list": get("/people/duplicates", SIGNED_IN),
    "org_list": get("/organisations", SIGNED_IN),
    "case_list": get("/cases", SIGNED_IN),
    "referral_list": get("/referrals", SIGNED_IN),
    "urgent_need_list": get("/needs", SIGNED_IN),
    "legal_clock_list": get("/clocks", SIGNED_IN),
    "legal_clock_reckon": get("/clocks/reckon?limit=award.sue&started_on=2026-03-02", SIGNED_IN),
    "claim_reckon": get("/claims/reckon?claim=after_order&unpaid_fen=1000", SIGNED_IN),
    "import_list": get("/imports", SIGNED_IN),
    "import_new": get("/imports/new", SIGNED_IN),
    "deed_many": post("/do-many/casework.case.set_risk", SIGNED_IN, 200, selected="{case}"),
    "employer_list": get("/employers", DIRECTORY),
    "resource_list": get("/resources", DIRECTORY | {"base_cadre", "partner", "neighbour_partner"}),
    "legal_aid_list": get("/legal-aid", ANY_FIELD | ANY_ABOVE),
    "report_list": get("/reports", ANY_FIELD | ANY_ABOVE | WATCHERS),
    "law_firm_list": get("/lawyers", {"legal_officer", "county_clerk", "neighbour_county_clerk"}),
    "law_firm_detail": get("/lawyers/{law_firm}", {"county_clerk"}),
    "station_list": get("/stations", ANY_FIELD | ANY_ABOVE),
    "station_coverage": get("/stations/coverage", ANY_FIELD | ANY_ABOVE),
    "station_detail": get("/stations/{station}", FIELD | ABOVE),
    "duty_roster_list": get("/rosters", PANEL),
    "duty_roster_detail": get("/rosters/{duty_roster}", {"county_clerk"}),
    "duty_roster_print": get("/rosters/{duty_roster}/print", {"county_clerk"}),
    "duty_list": get("/duties", PANEL | {"lawyer"}),
    "duty_export": get("/duties/export", PANEL),
    "duty_detail": get("/duties/{duty}", {"county_clerk", "lawyer"}),
    "lawyer_detail": get("/lawyers/one/{lawyer}", {"county_clerk", "lawyer"}),
    "fee_sheet_list": get("/fees", PANEL | SUPERVISORS | {"neighbour_supervisor"}),
    "fee_rate_list": get("/fees/rates", PANEL),
    "fee_rate_detail": get("/fees/rates/{fee_rate}", {"county_clerk"}),
    "fee_sheet_detail": get("/fees/{fee_sheet}", CLERK_UP),
    "fee_sheet_paper": get("/fees/{fee_sheet}/paper", CLERK_UP),
    "fee_line_export": get("/fees/{fee_sheet}/export", CLERK_UP),
    "case_new": get("/cases/new", ANY_FIELD | {"hotline", "base_cadre"}),
    "request_new": get("/ask", {"worker", "other_worker"}, 302),
    # -- what may leave, of one's own
    "person_export": get("/people/export", {"county_clerk", "neighbour_county_clerk"}),
    "case_export": get("/cases/export", ANY_LEADER | ANY_ABOVE),
    "mediation_export": get("/mediations/export", ANY_LEADER),
    "legal_aid_export": get("/legal-aid/export", {"legal_officer", "county_clerk", "neighbour_county_clerk"}),
    # -- the home case and what hangs on it
    "deed_page": get("/do/casework.case.suspend/{case}", FIELD),
    "why": get("/why/casework.case/{case}", ON_THE_FILE | ABOVE),
    "case_detail": get("/cases/{case}", ON_THE_FILE),
    "case_print": get("/cases/{case}/print", ON_THE_FILE),
    "participant_list": get("/cases/{case}/workers", FIELD | {"lawyer", "mediator"}),
    "case_readers": get("/cases/{case}/readers", FIELD | {"worker"}),
    "document_open": get("/documents/{document}", ON_THE_FILE),
    "document_preview": get("/documents/{document}/preview", ON_THE_FILE),
    "referral_detail": get("/referrals/{referral}", FIELD | {"partner"}),
    "urgent_need_detail": get("/needs/{urgent_need}", FIELD | ABOVE | {"worker"}),
    "promise_detail": get("/promises/{promise}", FIELD | ABOVE),
    "aid_list": get("/aid", SIGNED_IN),
    "aid_detail": get("/aid/{aid}", ON_THE_FILE),
    "aid_paper": get("/aid/{aid}/paper/notice", ON_THE_FILE),
    "mediation_list": get("/mediations", SIGNED_IN),
    "mediation_detail": get("/mediations/{mediation}", ON_THE_FILE),
    "mediation_paper": get("/mediations/{mediation}/paper", FIELD | {"lawyer", "mediator"}),
    "aid_rule_list": get("/aid/rules", ANY_FIELD | ANY_ABOVE),
    "hearing_list": get("/hearings", SIGNED_IN),
    "hearing_detail": get("/hearings/{hearing}", ON_THE_FILE),
    "letter_list": get("/letters", ANY_FIELD | ANY_ABOVE),
    "letter_export": get("/letters/export", ANY_LEADER | {"legal_officer"}),
    "letter_detail": get("/letters/{letter}", FIELD),
    "letter_paper": get("/letters/{letter}/paper", FIELD),
    "legal_clock_detail": get("/clocks/{legal_clock}", ON_THE_FILE),
    "legal_aid_detail": get("/legal-aid/{legal_aid}", FIELD),
    "rating_slip": post("/ratings/slip", NOBODY, code="ABCD2345"),
    # -- people
    "person_detail": get("/people/{person}", FIELD | {"worker"}),
    "person_reveal": post("/people/{person}/reveal/phone", FIELD, 200, purpose="card"),
    "person_merge": get("/people/{person}/merge/{other_person}", FIELD),
    # -- open directories
    "employer_detail": get("/employers/{employer}", DIRECTORY),
    "resource_detail": get("/resources/{resource}", DIRECTORY | {"base_cadre", "partner", "neighbour_partner"}),
    # -- the tree, posts, the trail
    "org_detail": get("/organisations/{town}", FIELD | ABOVE | ADMINS | {"hotline", "auditor"}),
    "post_list": get("/posts", {"security_admin", "audit_admin"}),
    "account_list": get("/accounts", {"security_admin", "audit_admin"}),
    "trail_list": get("/trail", {"audit_admin"}),
    "trail_verify": get("/trail/verify", {"audit_admin"}),
    "trail_verify_now": post("/trail/verify/now", {"audit_admin"}),
    # -- imports: the upload is one of the town
    "import_template": get("/imports/template/registry.people", ANY_FIELD),
    "import_detail": get("/imports/{run}", FIELD),
    "import_progress": get("/imports/{run}/progress", FIELD),
    "import_check": post("/imports/{run}/check", FIELD, 302, 409),
    "import_confirm": post("/imports/{run}/confirm", FIELD, 302, 409, mode="good_rows"),
    "import_cancel": post("/imports/{run}/cancel", FIELD),
    "import_returned": get("/imports/{run}/returned", FIELD, 409),
    # -- figures of the town
    "dashboard": get("/dashboard?org={town}", FIGURES),
    "figure_detail": get("/figures/casework.registered?org={town}", FIGURES),
    "figure_rows": get("/figures/casework.registered/entries?org={town}", FIELD | ABOVE),
    "report_page": get("/reports/T09?org={town}", FIGURES),
    # -- the API beside its operations
    "openapi": get("/api/v1/openapi.json", EVERYBODY),
    "nowhere": get("/api/v1/nothing/here", NOBODY),
}
TEXT = "已核实情况并登记"
OPERATIONS: dict[str, Door] = {
    "GET /me": get("/me", SIGNED_IN),
    "GET /cases": get("/cases", SIGNED_IN - {"expired"}),
    "POST /cases": post("/cases", INTAKE, 201, org="town", line="rights", summary=TEXT),
    "GET /cases/{pk}": get("/cases/{case}", ON_THE_FILE),
    "GET /cases/{pk}/progress": get("/cases/{case}/progress", ON_THE_FILE | ABOVE),
    "POST /cases/{pk}/contacts": post("/cases/{case}/contacts", FIELD | {"lawyer", "mediator"}, 200, kind="contact", way="phone", text=TEXT),
    "POST /consultations": post("/consultations", INTAKE, 201, org="town", line="rights", question=TEXT, answer=TEXT),
    "GET /urgent-needs": get("/urgent-needs", SIGNED_IN),
    "POST /urgent-needs": post(
        "/urgent-needs", INTAKE | ABOVE | {"worker", "other_worker"}, 201, org="town", problem="wages", text=TEXT
    ),
    "GET /referrals": get("/referrals", SIGNED_IN),
    "POST /referrals/{pk}/accept": post("/referrals/{referral}/accept", {"partner"}, 200, version=1),
    "POST /referrals/{pk}/decline": post("/referrals/{referral}/decline", {"partner"}, 200, version=1, reason=TEXT),
    "POST /referrals/{pk}/finish": post("/referrals/{referral}/finish", {"partner"}, 409, version=1, outcome="met", answer=TEXT),
    "GET /reports/{table}": get(f"/reports/T09?org=town&{THESE_MONTHS}", FIGURES),
    "GET /orgs": get("/orgs", SIGNED_IN),
    "POST /people/lookup": post("/people/lookup", ANY_FIELD | {"hotline"}, 200, id_number="{id_number}"),
    "GET /indicators": get("/indicators", SIGNED_IN),
    "GET /indicators/{code}": get(f"/indicators/casework.registered?org=town&{THESE_MONTHS}", FIGURES),
}
