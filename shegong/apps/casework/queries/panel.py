"""READ: the lawyer panel, and whether one of its lawyers may take a case: conflict of interest, load, specialty."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads
from shegong.kernel.orgs.models import User
from shegong.kernel.orgs.reach import Actor, everything, today, within
from shegong.kernel.vault.cells import open_secret
from shegong.kernel.vault.fields import matching
from shegong.lib import companyname

from ..models import Case, FirmParty, LawFirm, Lawyer, Member, Participant
from ..policy import LAW_FIRM, OPEN, Side
from .cases import lasting

VIEW = "casework.law_firm.view"
MOST = 100  # parties of a firm on its page


@reads(LAW_FIRM)
def law_firms(actor: Actor, deed: str = VIEW) -> QuerySet[LawFirm]:
    """Firms on the panels to which the actor may do ``deed``."""
    found: QuerySet[LawFirm] = LawFirm.objects.filter(within(actor.prefixes(declared(deed).roles))).select_related("org")
    return found


def firms_with(actor: Actor, *, text: str = "", party: str = "") -> QuerySet[LawFirm]:
    """Firms by a part of their name, or by a party they act for or against."""
    found = law_firms(actor)
    if text.strip():
        found = found.filter(name__icontains=text.strip())
    if party.strip():
        found = found.filter(pk__in=FirmParty.objects.filter(_named(party)).values("firm"))
    counted: QuerySet[LawFirm] = found.annotate(lawyer_count=Count("lawyers", filter=Q(lawyers__left_on=None)))
    return counted


def _named(name: str) -> Q:
    typed = name.strip()
    return Q(plain=companyname.plain(typed)) | Q(core=companyname.core(typed)) | Q(credit_code=typed.upper())


def lawyers_of(firm: LawFirm) -> list[Lawyer]:
    """Her lawyers, those who left last; ``load``: open cases each is tied to."""
    rows = list(Lawyer.objects.filter(firm=firm).select_related("user").order_by("left_on", "name", "id"))
    load = loads(row.user_id for row in rows if row.user_id)
    for row in rows:
        row.load = load.get(row.user_id or 0, 0)  # type: ignore[attr-defined]
    return rows


def parties_of(firm: LawFirm) -> list[FirmParty]:
    """For and against whom it acts, what has ended last; one more than ``MOST`` where there are more."""
    return list(FirmParty.objects.filter(firm=firm).order_by("-until", "name", "id")[: MOST + 1])


def loads(users: Iterable[int]) -> Mapping[int, int]:
    """Open cases each account is tied to as lawyer or mediator, wherever they lie: a figure, no case."""
    tied = Member.objects.filter(user__in=set(users), tie__in=["lawyer", "mediator"], case__state__in=OPEN)
    with everything():
        return dict(tied.filter(lasting()).values_list("user").annotate(n=Count("case", distinct=True)).order_by())


# --- conflict of interest -----------------------------------------------------------------------------------------------
WORDS = {
    "acts_for_opponent": gettext_lazy("%(firm)s acts for the employer %(party)s"),
    "acts_against_client": gettext_lazy("%(firm)s acts against %(party)s"),
    "acted_for_opponent": gettext_lazy("%(firm)s acted for the employer %(party)s until %(until)s"),
    "acted_against_client": gettext_lazy("%(firm)s acted against %(party)s until %(until)s"),
    "perhaps": gettext_lazy("%(firm)s has a party of a like name, %(party)s"),
    "mediated": gettext_lazy("%(lawyer)s has mediated in this dispute"),
}


@dataclass(frozen=True)
class Conflict:
    """Why a lawyer should not take a case. ``bars``: nothing can be said against it; otherwise a written reason can."""

    code: str
    bars: bool
    values: Mapping[str, str]

    def __str__(self) -> str:
        return str(WORDS[self.code]) % self.values


def lawyer_of(user: User) -> Lawyer | None:
    """The panel's lawyer to whom an account belongs."""
    with everything():
        return Lawyer.objects.filter(user=user, left_on=None).select_related("firm").first()


def conflicts_of(user: User, case: Case, on: dt.date | None = None) -> list[Conflict]:
    """Conflicts of an account with the parties of a case, those that bar first.

    Compared are credit codes, ID numbers and names in their plain form; a name that only resembles one (or a person's name
    without a number) is worth a look and never bars. Looks over the whole panel, whatever the actor may see of it.
    """
    day = on or today()
    with everything():
        found = _mediated(user, case)
        lawyer = lawyer_of(user)
        if lawyer is not None:
            found += [c for party, exact in _parties(lawyer.firm_id, case) if (c := _judge(lawyer, party, exact, day))]
    return sorted(found, key=lambda c: not c.bars)


def _mediated(user: User, case: Case) -> list[Conflict]:
    dispute = [pk for pk in (case.pk, case.group_id) if pk]
    if Member.objects.filter(case__in=dispute, user=user, tie="mediator").exists():
        return [Conflict("mediated", True, {"lawyer": user.name})]
    return []


def _parties(firm: uuid.UUID, case: Case) -> list[tuple[FirmParty, bool]]:
    """Parties of the firm that are a party of the case, and whether it is certain."""
    people = _people(case)
    same_number = Q(pk__in=[])
    for person in people:
        if person.id_number is not None:
            same_number |= matching(FirmParty, "id_number", open_secret(person.id_number))
    certain = set(FirmParty.objects.filter(same_number, firm=firm, side=Side.AGAINST).values_list("pk", flat=True))
    wanted = Q(side=Side.AGAINST) & (Q(pk__in=certain) | Q(plain__in={companyname.plain(p.name) for p in people}))
    employer = case.employer
    if employer is not None:
        same = Q(plain=companyname.plain(employer.name)) | Q(core=companyname.core(employer.name))
        if employer.credit_code:
            same |= Q(credit_code=employer.credit_code)
        wanted |= Q(side=Side.FOR) & same
    rows = FirmParty.objects.filter(wanted, firm=firm)
    return [(row, row.pk in certain or _is_employer(row, case)) for row in rows]


def _people(case: Case) -> list[Any]:
    found = [case.client] if case.client else []
    return found + [p.person for p in Participant.objects.filter(case=case).select_related("person")]


def _is_employer(party: FirmParty, case: Case) -> bool:
    employer = case.employer
    if employer is None or party.side != Side.FOR:
        return False
    if party.credit_code and employer.credit_code:
        return party.credit_code == employer.credit_code
    return party.plain == companyname.plain(employer.name)


def _judge(lawyer: Lawyer, party: FirmParty, exact: bool, day: dt.date) -> Conflict | None:
    values = {"firm": lawyer.firm.name, "party": party.name, "until": str(party.until or "")}
    if party.since and party.since > day:
        return None
    if not exact:
        return Conflict("perhaps", False, values)
    over = party.until is not None and party.until < day
    word = {Side.FOR: "acted_for_opponent", Side.AGAINST: "acted_against_client"}[Side(party.side)]
    if not over:
        word = word.replace("acted", "acts")
    return Conflict(word, not over, values)


# --- whom to choose -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Fitness:
    """How well an account fits a case as its lawyer, and why: conflicts first, then specialty, load, nearness."""

    order: tuple[int, int, int]
    reasons: tuple[str, ...]


def fitness(case: Case, users: Iterable[int]) -> Mapping[int, Fitness]:
    """Of each account on a panel: how it is ranked for this case, with the reasons in words."""
    with everything():
        rows = list(Lawyer.objects.filter(user__in=set(users), left_on=None).select_related("firm", "user"))
        load = loads(row.user_id for row in rows if row.user_id)
        found: dict[int, Fitness] = {}
        for row in rows:
            if row.user is None:
                continue
            conflicts = conflicts_of(row.user, case)
            special = bool(row.problem) and row.problem == case.problem
            reasons = [row.firm.name, _("%(count)s open cases") % {"count": load.get(row.user.pk, 0)}]
            if special:
                reasons.append(_("specialty: %(problem)s") % {"problem": row.get_problem_display()})
            if row.licence_to and row.licence_to < today():
                reasons.append(_("licence expired"))
            if conflicts:
                reasons.append(_("conflict of interest") if conflicts[0].bars else _("check for a conflict"))
            rank = 2 if any(c.bars for c in conflicts) else 1 if conflicts else 0
            found[row.user.pk] = Fitness((rank, 0 if special else 1, load.get(row.user.pk, 0)), tuple(reasons))
    return found
