"""READ: joint mediations from the workshop and from the place of the case; who reads which note; what is still to be paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.orgs.models import Org, OrgKind, User
from shegong.kernel.orgs.reach import SHANGHAI, Actor, everything, today, widened, within
from shegong.registry.policy import FIELD

from ..models import Case, Document, Instalment, Mediation, MediationSession, Participant
from ..policy import MEDIATION, Form
from ..policy.mediation import CASE_PLACE, NOT_REACHED, SETTLED, Reader
from .aid import chinese
from .cases import tied_to, ties
from .staff import posts_today

VIEW = "casework.mediation.view"


@reads(MEDIATION)
def mediations(actor: Actor, deed: str = VIEW) -> QuerySet[Mediation]:
    """Mediations to which the actor may do ``deed``: by the place of the workshop, of the case, or by a tie to the case."""
    wanted = declared(deed)
    found = within(actor.prefixes(wanted.roles))
    if CASE_PLACE in wanted.members:
        found |= within(actor.prefixes(FIELD), "case_path") & ~Q(case_path="")
    if wanted.members - {CASE_PLACE}:
        found |= Q(case__in=Case.objects.filter(tied_to(actor, deed)).order_by().values("pk"))
    rows: QuerySet[Mediation] = Mediation.objects.filter(found).select_related("org", "mediator")
    return rows


@relates(MEDIATION)
def ties_of_mediation(actor: Actor, mediation: Mediation) -> frozenset[str]:
    """The actor's ties to the case behind it, and whether she works where the case lies."""
    held: set[str] = set()
    if mediation.case_id:
        with everything():  # the workshop may not reach the case; only what ties the actor herself is asked
            held = set(ties(actor, Case.objects.get(pk=mediation.case_id)))
        if any(p.role in FIELD and mediation.case_path.startswith(p.path) for p in actor.posts):
            held.add(CASE_PLACE)
    return frozenset(held)


def filtered_mediations(
    actor: Actor, *, state: str = "", text: str = "", deed: str = "casework.mediation.list"
) -> QuerySet[Mediation]:
    """The list, newest first, by state and a part of number or opponent. ``deed`` export: by place only."""
    found: QuerySet[Mediation] = mediations(actor, deed)
    if state in MEDIATION.states:
        found = found.filter(state=state)
    if text.strip():
        found = found.filter(Q(number__icontains=text.strip()) | Q(opponent__icontains=text.strip()))
    return found


def workshops_for(org: Org) -> list[Org]:
    """Workshops of the county of ``org``."""
    county = ".".join(org.path.split(".")[:3]) + "." if org.path.count(".") > 2 else org.path
    able = Org.objects.filter(path__startswith=county, kind=OrgKind.WORKSHOP).exclude(closed_on__lte=today())
    return list(able.order_by("path"))


def mediators_of(mediation: Mediation) -> QuerySet[User]:
    """Mediators with a post at the workshop, at a station or a partner agency of the same county."""
    posts = posts_today({"mediator"}).filter(
        Q(org=mediation.org_id) | Q(org__area_code__startswith=mediation.org.area_code[:6])
    )
    return User.objects.filter(is_active=True, pk__in=posts.values("user")).order_by("name")


def notes_for(actor: Actor, mediation: Mediation) -> list[MediationSession]:
    """Sessions the actor may read: what is for everybody, what she wrote, and the notes of her own side. The client and whoever
    is assigned from outside read neither the union's notes nor, but for the mediators, the mediators' own."""
    kept = {str(Reader.ALL)}
    places = (mediation.org_path, mediation.case_path)
    if any(p.role in FIELD and path.startswith(p.path) for p in actor.posts for path in places):
        kept.add(Reader.UNION)
    if "mediator" in ties_of_mediation(actor, mediation):
        kept.add(Reader.MEDIATORS)
    rows = MediationSession.objects.filter(mediation=mediation).filter(Q(reader__in=kept) | Q(by_id=actor.user_id))
    return list(rows.select_related("by"))


def shares_to_settle(case: Case) -> QuerySet[Participant]:
    """Workers of the group whose matter is still open in it."""
    rows = Participant.objects.filter(case=case, result="open", own_case=None)
    return rows.select_related("person").order_by("id")  # type: ignore[no-any-return]


def workers_named(mediation: Mediation, open_only: bool = False) -> list[tuple[str, str]]:
    """Identifier and name of those to whom the agreement promises something, or whose share is still open. The mediator may
    not reach the register of the town; whom she mediates for she knows by name."""
    with widened(mediation.org_path, mediation.case_path):
        if open_only and mediation.case is not None:
            found = shares_to_settle(mediation.case)
        else:
            found = Participant.objects.filter(pk__in=Instalment.objects.filter(mediation=mediation).values("participant"))
        return [(str(p.pk), p.person.name) for p in found.select_related("person").order_by("id")]


@dataclass(frozen=True)
class Due:
    """All that is to be paid on one day."""

    due_on: dt.date
    amount_fen: int
    paid_fen: int
    people: int

    @property
    def open_fen(self) -> int:
        return self.amount_fen - self.paid_fen


def schedule(mediation: Mediation) -> list[Due]:
    """What is to be paid, by day."""
    rows = list(Instalment.objects.filter(mediation=mediation).order_by("due_on", "id"))
    days = sorted({row.due_on for row in rows})
    found = []
    for day in days:
        here = [row for row in rows if row.due_on == day]
        found.append(Due(day, sum(r.amount_fen for r in here), sum(r.paid_fen for r in here), len(here)))
    return found


def shares(mediation: Mediation, only: int | None = None) -> list[dict[str, Any]]:
    """The annex: of each person what she is to receive and has received. ``only``: of the person with this account."""
    rows = Instalment.objects.filter(mediation=mediation).select_related("participant__person")
    if only is not None:
        rows = rows.filter(Q(participant__person__user_id=only) | Q(participant=None, mediation__case__client__user_id=only))
    found: dict[Any, dict[str, Any]] = {}
    with widened(mediation.org_path, mediation.case_path):
        read = list(rows.order_by("participant_id", "due_on"))
    for row in read:
        name = row.participant.person.name if row.participant else mediation.applicant_name
        one = found.setdefault(row.participant_id, {"name": name, "pk": row.participant_id, "amount": 0, "paid": 0, "parts": []})
        one["amount"] += row.amount_fen
        one["paid"] += row.paid_fen
        one["parts"].append((row.due_on, row.amount_fen, row.paid_fen, row.paid_on, row.proof))
    return list(found.values())


def mediation_paper_of(mediation: Mediation) -> tuple[str, dict[str, Any]] | None:
    """Which paper there is, and its values: ``agreement`` with one main text and a line for each person and payment, ``handover``
    to arbitration with what was said for everybody and what is on file; None before the end."""
    facts = {
        "number": mediation.number, "workshop": mediation.org.name, "applicant": mediation.applicant_name,
        "opponent": mediation.opponent, "people": mediation.people, "claim": mediation.claim,
        "claimed": _yuan(mediation.claimed_fen), "mediator": mediation.mediator.name if mediation.mediator else "",
        "ended_on": chinese(mediation.ended_on),
    }  # fmt: skip
    if mediation.state in SETTLED and mediation.agreement:
        days = [due.due_on for due in schedule(mediation)]
        agreed = {"text": mediation.agreement, "agreed": _yuan(mediation.agreed_fen), "days": [chinese(day) for day in days]}
        return "agreement", facts | agreed | {"annex": _annex(shares(mediation), days)}
    if mediation.state == NOT_REACHED and mediation.case_id:
        return "handover", facts | _handover(mediation)
    return None


def _handover(mediation: Mediation) -> dict[str, Any]:
    """What the commission needs to go on from: not what one side kept to itself."""
    said = MediationSession.objects.filter(mediation=mediation, reader=Reader.ALL)
    papers = Document.objects.filter(case=mediation.case_id, removed_at=None).order_by("at", "id")
    workers = Participant.objects.filter(case=mediation.case_id).exclude(result="left").select_related("person").order_by("id")
    with everything():  # the workshop hands over the file of a case that lies beside it in the tree
        return {
            "commission": mediation.commission, "reason": mediation.reason or "", "applied_on": chinese(mediation.applied_on),
            "accepted_on": chinese(mediation.accepted_on), "days": mediation.days,
            "sessions": [[chinese(s.held_on), s.present, s.note] for s in said],
            "proposals": [
                [chinese(s.held_on), str(s.get_proposer_display()), _yuan(s.proposed_fen)]
                for s in said if s.proposed_fen is not None
            ],
            "documents": [[str(n), d.title, chinese(d.at.astimezone(SHANGHAI).date())] for n, d in enumerate(papers, 1)],
            "workers": [[str(n), p.person.name, _yuan(p.claimed_fen)] for n, p in enumerate(workers, 1)],
        }  # fmt: skip


def _annex(found: Iterable[dict[str, Any]], days: list[dt.date]) -> list[list[str]]:
    lines = []
    for n, one in enumerate(found, 1):
        by_day = {day: amount for day, amount, *_rest in one["parts"]}
        lines.append([str(n), one["name"], _yuan(one["amount"]), *[_yuan(by_day.get(day, 0)) for day in days], ""])
    return lines


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}"


def is_group(mediation: Mediation) -> bool:
    """Whether the case behind it is a group's; False without a case."""
    with everything():
        return Case.objects.filter(mediations=mediation.pk, form=Form.GROUP).exists()
