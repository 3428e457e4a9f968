"""Limits of labour law as dated data: how long, counted in what, by which article. Nothing here decides; `clocks` reckons.

Sources: the statutes named in each article as in force (Labour Dispute Mediation and Arbitration Law of 2007, Legal Aid Law of
2021, Work Injury Insurance Regulation of 2010, People's Mediation Law of 2010, Petition Regulation of 2022, and the supervision
rules of Zhejiang 2016 and Beijing). That three, five and ten days in arbitration are working days, fifteen and
forty-five calendar days, and that the time of an award stands still while the proceedings do (e.g. for an expert's opinion), is
the arbitration commissions' rule of procedure; that the time in which an applicant brings missing papers does not count is the
Ministry of Justice's rule of procedure for legal aid. A changed rule is a new row with its own dates.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from shegong.lib.clocks import Limit, covers
from shegong.lib.errors import N_

_ARBITRATION, _AID, _INJURY = date(2008, 5, 1), date(2022, 1, 1), date(2011, 1, 1)
_LAW, _AID_LAW, _INJURY_LAW = "《劳动争议调解仲裁法》", "《法律援助法》", "《工伤保险条例》"

LIMITS: tuple[Limit, ...] = (
    Limit(
        "arbitration.limitation", N_("Limitation for arbitration"), N_("the day on which she knew or should have known"),
        1, "year", f"{_LAW}第二十七条第一至三款", _ARBITRATION, interruptible=True, suspendable=True,
    ),
    Limit(
        "arbitration.limitation_wages", N_("Limitation for arbitration, unpaid wages"),
        N_("the day on which the employment ended"),
        1, "year", f"{_LAW}第二十七条第四款", _ARBITRATION, interruptible=True, suspendable=True,
    ),
    Limit(
        "mediation.agreement", N_("Mediation to reach an agreement"), N_("receipt of the application for mediation"),
        15, "day", f"{_LAW}第十四条第三款", _ARBITRATION,
    ),
    Limit(
        "arbitration.accept", N_("Decision whether to accept"), N_("receipt of the application for arbitration"),
        5, "workday", f"{_LAW}第二十九条", _ARBITRATION,
    ),
    Limit(
        "arbitration.serve", N_("Copy of the application to the respondent"), N_("acceptance"),
        5, "workday", f"{_LAW}第三十条第一款", _ARBITRATION,
    ),
    Limit(
        "arbitration.answer", N_("Written answer of the respondent"), N_("receipt of the copy of the application"),
        10, "workday", f"{_LAW}第三十条第二款", _ARBITRATION,
    ),
    Limit(
        "arbitration.serve_answer", N_("Copy of the answer to the applicant"), N_("receipt of the answer"),
        5, "workday", f"{_LAW}第三十条第二款", _ARBITRATION,
    ),
    Limit(
        "arbitration.tribunal", N_("Notice of the tribunal's composition"), N_("acceptance"),
        5, "workday", f"{_LAW}第三十二条", _ARBITRATION,
    ),
    Limit(
        "arbitration.hearing_notice", N_("Notice of the hearing"), N_("the day of the hearing"),
        -5, "workday", f"{_LAW}第三十五条", _ARBITRATION,
    ),
    Limit(
        "arbitration.postpone", N_("Request to postpone the hearing"), N_("the day of the hearing"),
        -3, "workday", f"{_LAW}第三十五条", _ARBITRATION,
    ),
    Limit(
        "arbitration.award", N_("Award"), N_("acceptance"),
        45, "day", f"{_LAW}第四十三条第一款", _ARBITRATION, extension=15, suspendable=True,
    ),
    Limit(
        "award.sue", N_("Suing after the award"), N_("receipt of the award"),
        15, "day", f"{_LAW}第四十八条、第五十条", _ARBITRATION,
    ),
    Limit(
        "award.revoke", N_("Employer's request to revoke a final award"), N_("receipt of the award"),
        30, "day", f"{_LAW}第四十九条第一款", _ARBITRATION,
    ),
    Limit(
        "mediation.confirm", N_("Judicial confirmation of the mediation agreement"), N_("the day the agreement took effect"),
        30, "day", "《人民调解法》第三十三条", date(2011, 1, 1),
    ),
    Limit(
        "injury.employer", N_("Employer's application for recognition of a work injury"), N_("the accident or the diagnosis"),
        30, "day", f"{_INJURY_LAW}第十七条第一款", _INJURY,
    ),
    Limit(
        "injury.worker", N_("Application by the worker, a relative or the union"), N_("the accident or the diagnosis"),
        1, "year", f"{_INJURY_LAW}第十七条第二款", _INJURY,
    ),
    Limit(
        "injury.decide", N_("Decision on the work injury"), N_("acceptance of the application"),
        60, "day", f"{_INJURY_LAW}第二十条第一款", _INJURY, suspendable=True,
    ),
    Limit(
        "injury.decide_clear", N_("Decision on the work injury, facts clear"), N_("acceptance of the application"),
        15, "day", f"{_INJURY_LAW}第二十条第二款", _INJURY, suspendable=True,
    ),
    Limit(
        "petition.register", N_("Reply whether the petition is accepted"), N_("receipt of the petition"),
        15, "day", "《信访工作条例》第二十三条", date(2022, 5, 1),
    ),
    Limit(
        "petition.conclude", N_("Conclusion of the petition"), N_("acceptance"),
        60, "day", "《信访工作条例》第三十四条", date(2022, 5, 1), extension=30,
    ),
    Limit(
        "legal_aid.decide", N_("Decision on the application for legal aid"), N_("receipt of the application"),
        7, "day", f"{_AID_LAW}第四十三条第一款", _AID, suspendable=True,
    ),
    Limit(
        "legal_aid.assign", N_("Assignment of the legal-aid case"), N_("the decision to grant aid"),
        3, "day", f"{_AID_LAW}第四十三条第一款", _AID,
    ),
    Limit(
        "legal_aid.objection", N_("Answer to an objection"), N_("receipt of the objection"),
        5, "day", f"{_AID_LAW}第四十九条", _AID,
    ),
    Limit(
        "supervision.opinion", N_("Employer's answer to the union's opinion"), N_("receipt of the opinion"),
        15, "workday", "《浙江省工会劳动法律监督条例》第二十二条", date(2016, 12, 1), area="33",
    ),
    Limit(
        "supervision.opinion", N_("Employer's answer to the union's opinion"), N_("receipt of the opinion"),
        15, "day", "《北京市实施〈工会法〉办法》第二十八条第一款", date(2016, 1, 1), area="11",
    ),
)  # fmt: skip
EMERGENCY_DAYS = 6  # Legal Aid Law art. 44: fewer than seven days to the end of a limitation


def limits_on(day: date, area: str = "", known: Iterable[Limit] = LIMITS) -> tuple[Limit, ...]:
    """Limits in force on ``day`` in the area with this code (""): only those of the whole country."""
    return tuple(limit for limit in known if covers(limit, day) and area.startswith(limit.area))


def limit_on(code: str, day: date, area: str = "", known: Iterable[Limit] = LIMITS) -> Limit:
    """The limit in force; an area's own comes before the country's. Raises ``LookupError`` where no rule is known."""
    found = [limit for limit in limits_on(day, area, known) if limit.code == code]
    if not found:
        raise LookupError(f"no rule {code!r} in force on {day} in area {area!r}")
    return max(found, key=lambda limit: len(limit.area))


def limit_named(code: str, day: date, area: str = "") -> Limit:
    """``limit_on``, or where none was in force that day the rule of this code nearest to it: for what was stored under a rule
    that has been corrected since. Raises ``LookupError`` for an unknown code."""
    try:
        return limit_on(code, day, area)
    except LookupError:
        found = [limit for limit in LIMITS if limit.code == code]
        if not found:
            raise
        return min(found, key=lambda limit: abs(limit.valid_from - day))


def needs_emergency_aid(limitation_due_on: date, today: date) -> bool:
    """Aid comes before the papers: fewer than seven days are left to the end of the limitation, which has not passed."""
    return 0 <= (limitation_due_on - today).days <= EMERGENCY_DAYS
