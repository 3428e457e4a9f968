"""READ: legal-aid applications from both ends (the case, and the office that decides), means tests, hearings."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.orgs.models import Org, OrgKind, User
from shegong.kernel.orgs.reach import SHANGHAI, Actor, above, everything, today, within
from shegong.lib import statutes
from shegong.ui.formats import yuan

from .. import rules
from ..models import AidApplication, AidRule, Case, Document, Hearing, LegalClock, Participant
from ..policy import AID, AID_RULE, HEARING, AidForm, Form
from ..policy.aid import DECIDERS, OFFICE, UNDECIDED, Exempt
from ..policy.clocks import RUNNING
from .cases import cases, tied_to, ties
from .panel import Fitness, fitness, lawyer_of
from .staff import posts_today

VIEW = "casework.aid.view"
LIMITATIONS = frozenset({"arbitration.limitation", "arbitration.limitation_wages"})
MOST_HEARINGS = 500  # of one month on the calendar
OFFICES = (OrgKind.CENTRE, OrgKind.STATION, OrgKind.COUNTY)


# --- applications -----------------------------------------------------------------------------------------------------
@reads(AID)
def aid_applications(actor: Actor, deed: str = VIEW) -> QuerySet[AidApplication]:
    """Applications to which the actor may do ``deed``: by the place of the case, by a tie to it, or at the office."""
    wanted = declared(deed)
    found = within(actor.prefixes(wanted.roles)) if wanted.roles else Q(pk__in=[])
    if OFFICE in wanted.members:
        found |= within(actor.prefixes(DECIDERS), "office_path")
    if wanted.members - {OFFICE}:
        found |= Q(case__in=Case.objects.filter(tied_to(actor, deed)).order_by().values("pk"))
    rows: QuerySet[AidApplication] = AidApplication.objects.filter(found).select_related("org", "office", "lawyer", "decided_by")
    return rows


@relates(AID)
def ties_of_aid(actor: Actor, aid: AidApplication) -> frozenset[str]:
    """The actor's ties to the case behind it, and whether she decides at the office."""
    with everything():  # the office may not reach the case; only what ties the actor herself is asked
        held = set(ties(actor, aid.case))
    if any(p.role in DECIDERS and aid.office_path.startswith(p.path) for p in actor.posts):
        held.add(OFFICE)
    return frozenset(held)


def filtered_aid(actor: Actor, *, state: str = "", waiting: bool = False) -> QuerySet[AidApplication]:
    """The list; ``waiting``: only what the actor's own office still has to decide."""
    found: QuerySet[AidApplication] = aid_applications(actor)
    if state in AID.states:
        found = found.filter(state=state)
    if waiting:
        found = found.filter(within(actor.prefixes(DECIDERS), "office_path"), state__in=UNDECIDED)
    return found


def offices_for(org: Org) -> list[Org]:
    """Where an application from ``org`` can be decided: centres, stations and the county of its county, those with somebody to
    decide: centres first, then the town's own station (S39: the head of the centre decides)."""
    county = ".".join(org.path.split(".")[:3]) + "." if org.path.count(".") > 2 else org.path
    able = Org.objects.filter(path__startswith=county, kind__in=OFFICES).exclude(closed_on__lte=today())
    posts = set(posts_today(DECIDERS).filter(user__is_active=True).values_list("org__path", flat=True))
    found = [o for o in able if posts & set(above(o.path))]
    order = {str(kind): n for n, kind in enumerate(OFFICES)}
    return sorted(found, key=lambda o: (order[o.kind], not o.path.startswith(org.path), o.path))


# --- the means test ---------------------------------------------------------------------------------------------------
@reads(AID_RULE)
def aid_rules(actor: Actor, deed: str = "casework.aid_rule.list") -> QuerySet[AidRule]:
    """Means tests within reach; to look at also those that hold from above."""
    prefixes = actor.prefixes(declared(deed).roles)
    found = within(prefixes)
    if declared(deed).reads:
        found |= Q(org_path__in={p for prefix in prefixes for p in above(prefix)})
    return AidRule.objects.filter(found).select_related("org", "by")


def rule_for(aid: AidApplication) -> AidRule | None:
    """The test in force at the office on the day of application: its own, else the nearest above it."""
    with everything():  # a rule of the province holds for every office below, whoever asks
        found = AidRule.objects.filter(org_path__in=above(aid.office_path), valid_from__lte=aid.applied_on, state="valid")
        known = list(found.select_related("org"))
    return max(known, key=lambda r: (len(r.org_path), r.valid_from), default=None)


@dataclass(frozen=True)
class Tested:
    """How the means came out, in words, and the rule they were measured by."""

    means: rules.Means
    rule: AidRule | None
    text: str

    @property
    def met(self) -> bool:
        return self.means.met


def tested(aid: AidApplication) -> Tested:
    """Measure the application by the test of its day."""
    row = rule_for(aid)
    rule = None if row is None else rules.MeansTest(row.ceiling_fen, row.least_claim_fen, tuple(row.exempt))
    found = rules.measure_means(
        rule, exempt=aid.exempt, household=aid.household, income_fen=aid.income_fen, claimed_fen=aid.claimed_fen
    )
    return Tested(found, row, _told(found, row, aid))


def _told(found: rules.Means, rule: AidRule | None, aid: AidApplication) -> str:
    if rule is None:
        return _("No means test is set for this office: decide by the papers and write the reason.")
    if found.outcome == rules.TOO_LITTLE:
        text = _("%(claimed)s are claimed; the test asks for at least %(least)s.")
        return text % {"claimed": yuan(aid.claimed_fen), "least": yuan(rule.least_claim_fen)}
    if found.outcome == rules.EXEMPT:
        return _("Means are not examined: %(group)s.") % {"group": Exempt(aid.exempt).label}
    if found.outcome == rules.UNTOLD:
        return _("The income of the household is not told yet.")
    values = {"head": yuan(found.per_head_fen or 0), "ceiling": yuan(rule.ceiling_fen), "people": aid.household}
    if found.outcome == rules.WITHIN:
        return _("%(head)s a head and month (household of %(people)s): not above %(ceiling)s.") % values
    return _("%(head)s a head and month (household of %(people)s): above %(ceiling)s.") % values


def is_emergency(case: Case | uuid.UUID) -> bool:
    """Whether a limitation of this case runs out so soon that aid comes before the papers (Legal Aid Law art. 44)."""
    found = LegalClock.objects.filter(case=case, limit__in=LIMITATIONS, state=RUNNING)
    with everything():  # the office that decides does not reach the case; it learns only that it is urgent
        days = list(found.values_list("due_on", flat=True))
    return any(due and statutes.needs_emergency_aid(due, today()) for due in days)


# --- the file -----------------------------------------------------------------------------------------------------------
def missing_for_archive(aid: AidApplication) -> list[str]:
    """What a complete file still lacks, in words. Read with the reach of the case."""
    return [
        text
        for text, lacks in (
            (_("the client's consent"), aid.case.consent_on is None),
            (_("a scan of the papers (add documents to the case)"), not _papers(aid).exists()),
            (_("the assignment"), aid.form == AidForm.REPRESENTATION and aid.assigned_on is None),
            (_("the means, which an emergency left for later"), aid.emergency and tested(aid).means.outcome == rules.UNTOLD),
            (_("the proof of what was recovered"), bool(aid.recovered_fen) and not aid.proof),
            (_("the call-back"), aid.called_back_on is None),
        )
        if lacks
    ]


def _papers(aid: AidApplication) -> QuerySet[Document]:
    return Document.objects.filter(case=aid.case_id, removed_at=None)


def applicant_of(case: Case) -> tuple[str, int]:
    """Who applies, and how many: the client, or the first representative of a group."""
    if case.form != Form.GROUP:
        return (case.client.name if case.client else ""), 1
    rows = Participant.objects.filter(case=case).select_related("person").order_by("-is_representative", "id")
    first, count = rows.first(), rows.count()
    return (first.person.name if first else (case.client.name if case.client else "")), max(1, count, case.people)


def lawyers_for(aid: AidApplication) -> tuple[Mapping[int, Fitness], QuerySet[User]]:
    """Lawyers with an account in the city of the case, and how those of a panel fit it. The office assigns without having to
    read the file."""
    with everything():
        case = Case.objects.select_related("org", "client", "employer").get(pk=aid.case_id)
        area = case.org.area_code[:4]
    found = posts_today({"lawyer"}).filter(org__area_code__startswith=area)
    users = User.objects.filter(is_active=True, pk__in=found.values("user"))
    return fitness(case, users.values_list("pk", flat=True)), users


def concerns_group(aid: AidApplication) -> bool:
    """Whether a group applies: its amounts are the sums over the workers."""
    with everything():
        return Case.objects.filter(pk=aid.case_id, form=Form.GROUP).exists()


# --- hearings -----------------------------------------------------------------------------------------------------------
@reads(HEARING)
def hearings(actor: Actor, deed: str = "casework.hearing.view") -> QuerySet[Hearing]:
    """Hearings to which the actor may do ``deed``, by the place of the case or by a tie to it."""
    wanted = declared(deed)
    found = within(actor.prefixes(wanted.roles))
    found |= Q(case__in=Case.objects.filter(tied_to(actor, deed)).order_by().values("pk"))
    return Hearing.objects.filter(found).select_related("case", "org")


@relates(HEARING)
def ties_of_hearing(actor: Actor, hearing: Hearing) -> frozenset[str]:
    """The actor's ties to the case it is about."""
    return frozenset(ties(actor, hearing.case))


def hearings_between(actor: Actor, first: dt.date, last: dt.date) -> list[Hearing]:
    """The calendar: what is planned or was held in these days, in order."""
    start, end = (dt.datetime.combine(day, dt.time(), SHANGHAI) for day in (first, last + dt.timedelta(1)))
    return list(hearings(actor).filter(at__gte=start, at__lt=end).exclude(state="cancelled").order_by("at", "id")[:MOST_HEARINGS])


# --- pages and papers -----------------------------------------------------------------------------------------------------
def opened_case(actor: Actor, pk: uuid.UUID | None) -> Case | None:
    """The case behind an application or a mediation where it is open to the actor, else None: an office that has not granted
    aid sees none."""
    case: Case | None = cases(actor, "casework.case.view").filter(pk=pk).first() if pk else None
    return case


def paper_of(actor: Actor, aid: AidApplication, kind: str) -> dict[str, Any]:
    """The values of a paper: ``notice``, ``assignment`` or ``file``. The file needs the case to be open to the actor; raises
    ``NotAllowed`` (404) else. Papers are Chinese whatever the reader's language."""
    with translation.override("zh-hans"):
        return _paper_of(actor, aid, kind)


def _paper_of(actor: Actor, aid: AidApplication, kind: str) -> dict[str, Any]:
    found = tested(aid)
    rule = found.rule
    data: dict[str, Any] = {
        "number": aid.number, "case": aid.case_number, "office": aid.office.name, "applicant": aid.applicant_name,
        "applied_on": chinese(aid.applied_on), "form": str(aid.get_form_display()),
        "stage": str(aid.get_stage_display()) if aid.stage else "", "dispute": aid.dispute, "facts": aid.facts,
        "claimed": yuan(aid.claimed_fen), "means": found.text, "basis": rule.basis if rule else "",
        "state": aid.state, "granted": aid.entry_id is not None, "emergency": aid.emergency, "reason": aid.reason or "",
        "decided_on": chinese(aid.decided_on), "decided_by": aid.decided_by.name if aid.decided_by else "",
        "missing": aid.missing or "", "missing_by": chinese(aid.missing_by),
        "lawyer": aid.lawyer.name if aid.lawyer else "", "assigned_on": chinese(aid.assigned_on),
    }  # fmt: skip
    if kind == "assignment" and aid.lawyer:
        row = lawyer_of(aid.lawyer)
        data |= {"firm": row.firm.name if row else "", "licence": row.licence if row else ""}
    if kind == "file":
        data |= _whole_file(actor, aid)
    return data


def _whole_file(actor: Actor, aid: AidApplication) -> dict[str, Any]:
    case = opened_case(actor, aid.case_id)
    if case is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    held = Hearing.objects.filter(case=case).exclude(state="cancelled")
    return {
        "employer": case.employer.name if case.employer else "", "consent_on": chinese(case.consent_on),
        "result": str(aid.get_result_display()) if aid.result else str(aid.get_end_reason_display()) if aid.end_reason else "",
        "concluded_on": chinese(aid.concluded_on), "recovered": yuan(aid.recovered_fen), "proof": aid.proof,
        "outcome": aid.outcome or "", "objection": aid.objection or "", "objected_on": chinese(aid.objected_on),
        "objection_answer": aid.objection_answer or "", "satisfied": str(aid.get_satisfied_display()) if aid.satisfied else "",
        "called_back_on": chinese(aid.called_back_on), "call_back": aid.call_back or "",
        "archive_number": aid.archive_number, "archived_on": chinese(aid.archived_on), "keep_until": chinese(aid.keep_until),
        "hearings": [
            [
                h.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"), str(h.get_kind_display()), h.forum, h.forum_number,
                h.outcome or "",
            ]
            for h in held
        ],
        "documents": [
            [str(n), d.title, d.at.astimezone(SHANGHAI).strftime("%Y-%m-%d"), d.digest[:16]]
            for n, d in enumerate(_papers(aid).order_by("at", "id"), 1)
        ],
    }  # fmt: skip


def chinese(day: dt.date | None) -> str:
    """2026年11月26日; "" for none."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""
