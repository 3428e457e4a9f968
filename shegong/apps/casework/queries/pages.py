"""READ: everything the page of one case shows, in few queries."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from shegong.kernel.actions import pages
from shegong.kernel.actions.vocabulary import Deed, all_deeds
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Entry, Outcome
from shegong.kernel.orgs.reach import Actor, today, widened
from shegong.lib import statutes
from shegong.registry.models import Person
from shegong.registry.policy import FIELD

from .. import rules
from ..models import Case, PlanNeed, Record
from ..policy import CASE, CloseReason, RecordKind, Risk
from .cases import ties
from .wording import VALUES, label_of

# What each circle reads of the file; staff by place and those in charge read all of it.
CLIENT_READS = frozenset(
    {
        RecordKind.CONSENT,
        RecordKind.PLAN,
        RecordKind.CLOSURE,
        RecordKind.DECISION,
        RecordKind.FOLLOW_UP,
        RecordKind.CORRECTION,
    }
)
RAISER_READS = frozenset({RecordKind.DECISION})
RAISER_DECISIONS = frozenset({"declined", "closed"})
ASSIGNED_READS = frozenset(RecordKind.values) - {RecordKind.SUPERVISION}
INSIDE = frozenset({"worker_in_charge", "helper", "emergency", "escalated"})
ASSIGNED = frozenset({"lawyer", "mediator", "partner"})
TRAIL_ROWS = 200


@dataclass(frozen=True)
class CorrectionView:
    at: dt.datetime
    by: str
    field: str
    text: str
    reason: str


@dataclass(frozen=True)
class RecordView:
    """One entry with its corrections; ``fields``: (name, label, text)."""

    id: uuid.UUID
    kind: str
    label: str
    on: dt.date
    at: dt.datetime
    by: str
    by_id: int
    minutes: int | None
    fields: tuple[tuple[str, str, str], ...]
    corrections: tuple[CorrectionView, ...] = ()
    decision: str = ""  # which, of a decision


@dataclass(frozen=True)
class Moment:
    """One line of the timeline. ``kind``: record, trail, referral or document; ``thing`` the row behind it."""

    at: dt.datetime
    kind: str
    title: str
    who: str
    detail: str = ""
    thing: Any = None


@dataclass(frozen=True)
class Clock:
    """Something that runs: what, until when, and how it stands."""

    label: str
    due_on: dt.date | None  # None: standing still
    overdue: bool
    done_on: dt.date | None = None
    basis: str = ""  # the article of a limit set by law
    clock: uuid.UUID | None = None  # the statutory clock behind it


@dataclass(frozen=True)
class CaseView:
    """The page of one case. Rows of ``tasks``, ``members``, ``participants``, ``documents``, ``referrals``, ``promises``,
    ``approvals`` are dicts of plain values; dates are dates."""

    case: Case
    client: Person | None
    steps: tuple[tuple[str, str, str], ...]
    timeline: tuple[Moment, ...]
    records: tuple[RecordView, ...]
    needs: tuple[PlanNeed, ...]
    tasks: tuple[dict[str, Any], ...]
    clocks: tuple[Clock, ...]
    members: tuple[dict[str, Any], ...]
    participants: tuple[dict[str, Any], ...]
    documents: tuple[dict[str, Any], ...]
    referrals: tuple[dict[str, Any], ...]
    promises: tuple[dict[str, Any], ...]
    aid: tuple[dict[str, Any], ...]
    hearings: tuple[dict[str, Any], ...]
    mediations: tuple[dict[str, Any], ...]
    letters: tuple[dict[str, Any], ...]
    approvals: tuple[dict[str, Any], ...]
    rating: dict[str, Any] | None
    deeds: tuple[Deed, ...]
    ties: frozenset[str]
    inside: bool  # reads the whole file, not only what concerns a client or raiser


def case_page(actor: Actor, case: Case) -> CaseView:
    """All of the page, in at most seven queries; ``case`` comes from ``open_case``. Shows what the actor's circle may read."""
    held = ties(actor, case)
    by_place = actor.system or any(p.role in FIELD and case.org_path.startswith(p.path) for p in actor.posts)
    reading = nullcontext() if by_place else widened(case.org_path)  # the tie opens this case and whom it is about
    inside = by_place or bool(held & INSIDE)
    with reading:
        records = _records(case, _readable(by_place, held))
        if not inside and not held & (ASSIGNED | {"client"}):
            records = _for_raiser(records)
        needs = tuple(PlanNeed.objects.filter(case=case).select_related("owner")) if inside or held & ASSIGNED else ()
        linked = _linked(case)
        entries = _entries(case) if inside else []
        client = case.client or (Person.objects.filter(pk=case.client_id).first() if case.client_id else None)
    if not inside:
        linked = _outside(linked, held)
    return CaseView(
        case=case, client=client, records=records, needs=needs, ties=held, inside=inside,
        steps=tuple((phase, str(CASE.states[phase]), how) for phase, how in rules.steps(case.state, case.held_from)),
        timeline=_timeline(records, entries, linked), clocks=_clocks(case, linked), tasks=linked["tasks"],
        members=linked["members"], participants=linked["participants"], documents=linked["documents"],
        referrals=linked["referrals"], promises=linked["promises"], aid=linked["aid"],
        hearings=linked["hearings"], mediations=linked["mediations"], letters=linked["letters"],
        approvals=linked["approvals"], rating=next(iter(linked["rating"]), None), deeds=tuple(pages.allowed(actor, case)),
    )  # fmt: skip


def _readable(by_place: bool, held: frozenset[str]) -> frozenset[str]:
    if by_place or held & INSIDE:
        return frozenset(RecordKind.values)
    found: frozenset[str] = frozenset()
    if held & ASSIGNED:
        found |= ASSIGNED_READS
    if "client" in held:
        found |= CLIENT_READS
    return found | RAISER_READS


# --- records ----------------------------------------------------------------------------------------------------------------
def _records(case: Case, kinds: frozenset[str]) -> tuple[RecordView, ...]:
    """Entries in order, each with its corrections beside it; a correction of nothing but the facts stands alone."""
    rows = list(Record.objects.filter(case=case, kind__in=kinds).select_related("by").order_by("id"))
    known = {row.pk: row for row in rows}
    corrections: dict[uuid.UUID, list[CorrectionView]] = defaultdict(list)
    for row in rows:
        if row.corrects_id:
            root = row
            while root.corrects_id in known:
                root = known[root.corrects_id]
            corrections[root.pk].append(_correction(row))
    return tuple(_view(row, tuple(corrections[row.pk])) for row in rows if not row.corrects_id)


def _for_raiser(records: tuple[RecordView, ...]) -> tuple[RecordView, ...]:
    """What became of it: taken, declined and why, closed. Never what was shared with another office, nor anybody's opinion."""
    return tuple(
        replace(record, fields=tuple(f for f in record.fields if f[0] in ("decision", "reason")), corrections=())
        for record in records
        if record.decision in RAISER_DECISIONS
    )


def _correction(row: Record) -> CorrectionView:
    body = row.filled
    return CorrectionView(
        row.at, row.by.name, label_of(body.get("field", "text")), body.get("text", ""), body.get("reason", "")
    )


def _view(row: Record, corrections: tuple[CorrectionView, ...]) -> RecordView:
    body = row.filled
    fields = tuple((name, label_of(name), _shown(name, value)) for name, value in body.items())
    return RecordView(
        row.pk, row.kind, str(RecordKind(row.kind).label), row.happened_on, row.at, row.by.name, row.by_id, row.minutes, fields,
        corrections, str(body.get("decision", "")),
    )  # fmt: skip


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "risk" and str(value).isdigit():
        return str(Risk(int(value)).label)
    if name in ("close_reason", "reason") and value in CloseReason.values:
        return str(CloseReason(value).label)
    return str(VALUES.get((name, str(value)), value))


# --- what hangs on the case, in one query -------------------------------------------------------------------------------------
_ROWS = {
    "tasks": """select t.id, t.text, u.name as owner, t.owner_id, t.due_on, t.done_on, t.need_id from casework_task t
        join orgs_user u on u.id = t.owner_id where t.case_id = %(case)s order by t.done_on desc nulls first, t.due_on""",
    "members": """select m.id, m.user_id, u.name, m.tie, m.since, m.until, m.because from casework_member m
        join orgs_user u on u.id = m.user_id where m.case_id = %(case)s order by m.since""",
    "participants": """select p.id, p.person_id, r.name, p.is_representative, p.claimed_fen, p.recovered_fen, p.result
        from casework_participant p left join registry_person r on r.id = p.person_id where p.case_id = %(case)s order by p.id""",
    "documents": """select d.id, d.title, d.media, d.size, d.at, u.name as by, d.removed_at from casework_document d
        join orgs_user u on u.id = d.by_id where d.case_id = %(case)s and d.removed_at is null order by d.id""",
    "referrals": """select f.id, o.name as to_org, f.state, f.need_id, f.sent_on, f.due_on, f.answered_on, u.name as by
        from casework_referral f join orgs_org o on o.id = f.to_org_id join orgs_user u on u.id = f.sent_by_id
        where f.case_id = %(case)s order by f.id""",
    "promises": """select p.id, r.title, p.quantity, p.amount_fen, p.state, p.due_on, p.need_id from casework_promise p
        join casework_resource r on r.id = p.resource_id where p.case_id = %(case)s order by p.id""",
    "legal_clocks": """select l.id, l.limit, l.started_on, l.area, l.due_on, l.state, l.settled_on from casework_legalclock l
        where l.case_id = %(case)s and l.state <> 'void' order by l.due_on, l.id""",
    "aid": """select a.id, a.number, a.state, o.name as office, a.applied_on from casework_aidapplication a
        join orgs_org o on o.id = a.office_id where a.case_id = %(case)s order by a.id desc""",
    "mediations": """select m.id, m.number, m.state, o.name as workshop, m.applied_on from casework_mediation m
        join orgs_org o on o.id = m.org_id where m.case_id = %(case)s order by m.id desc""",
    "letters": """select l.id, l.kind, l.number, l.subject, l.state, l.org_path from casework_lettercase b
        join casework_letter l on l.id = b.letter_id where b.case_id = %(case)s order by l.id desc limit 20""",
    "hearings": """select h.id, h.kind, h.at, h.forum, h.state from casework_hearing h
        where h.case_id = %(case)s and h.state <> 'cancelled' order by h.at""",
    "approvals": """select a.id, a.flow, a.state, a.opened_at, a.due_on, u.name as by, a.tiers -> a.tier ->> 'role' as role,
        (select coalesce(json_agg(json_build_object('name', w.name, 'verdict', v.verdict, 'opinion', v.opinion, 'at', v.at)
          order by v.id), '[]') from actions_vote v join orgs_user w on w.id = v.user_id where v.approval_id = a.id) as votes
        from actions_approval a join orgs_user u on u.id = a.opened_by_id where a.object_id = %(case)s order by a.id""",
    "rating": """select g.state, g.asked_on, g.expires_on, g.given_on from casework_rating g
        where g.case_id = %(case)s""",
}  # fmt: skip
_LINKED = "select json_build_object({})".format(
    ", ".join(
        f"'{name}', (select coalesce(json_agg(row_to_json(x)), '[]') from ({sql}) x)" for name, sql in _ROWS.items()
    )
)
_DAYS = frozenset(
    {"due_on", "done_on", "sent_on", "answered_on", "asked_on", "expires_on", "given_on", "started_on", "settled_on"}
) | {"applied_on"}
_INSTANTS = frozenset({"at", "since", "until", "opened_at"})


def _linked(case: Case) -> dict[str, tuple[dict[str, Any], ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_LINKED, {"case": case.pk})
        found = cursor.fetchone()[0]
    found = json.loads(found) if isinstance(found, str) else found
    return {name: tuple(_dated(row) for row in rows) for name, rows in found.items()}


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    for name, value in row.items():
        if value is not None and name in _DAYS:
            row[name] = dt.date.fromisoformat(value)
        elif value is not None and name in _INSTANTS:
            row[name] = dt.datetime.fromisoformat(value)
        elif isinstance(value, list):
            row[name] = [_dated(each) for each in value]
    return row


def _outside(linked: dict[str, Any], held: frozenset[str]) -> dict[str, Any]:
    """A client sees documents and referrals, not who else works on it, nor tasks, votes or the other workers; who raised it for
    somebody else none of these."""
    kept = {"documents", "referrals", "rating", "legal_clocks", "aid", "hearings", "mediations"} if "client" in held else set()
    if held & ASSIGNED:
        kept |= {"documents", "participants", "tasks", "members", "legal_clocks", "aid", "hearings", "mediations"}
    return {name: rows if name in kept else () for name, rows in linked.items()}


# --- timeline and clocks --------------------------------------------------------------------------------------------------------
def _entries(case: Case) -> list[Entry]:
    return list(trail.of_object(case.pk, outcomes=[Outcome.DONE])[:TRAIL_ROWS])


def _timeline(records: tuple[RecordView, ...], entries: list[Entry], linked: dict[str, Any]) -> tuple[Moment, ...]:
    """Newest first. The trail tells who did what to which field, never the values."""
    deeds = all_deeds()
    found = [Moment(r.at, "record", r.label, r.by, thing=r) for r in records]
    for entry in entries:
        deed = deeds.get(entry.deed)
        fields = ", ".join(sorted(entry.changes)) if deed and deed.verb == "correct_facts" else ""
        found.append(
            Moment(
                entry.at,
                "trail",
                str(deed.done if deed else entry.deed),
                entry.actor_name,
                fields or entry.reason,
                entry,
            )
        )
    for row in linked["referrals"]:
        at = dt.datetime.combine(row["sent_on"], dt.time(), tzinfo=dt.UTC)
        found.append(Moment(at, "referral", row["to_org"], row["by"], row["state"], row))
    found += [Moment(row["at"], "document", row["title"], row["by"], thing=row) for row in linked["documents"]]
    return tuple(sorted(found, key=lambda m: m.at, reverse=True))


def _clocks(case: Case, linked: dict[str, Any]) -> tuple[Clock, ...]:
    day = today()
    found = []
    if case.due_on and case.closed_on is None:
        label = str(CASE.states[case.state])
        found.append(Clock(label, case.due_on, rules.is_overdue(case.state, case.due_on, day)))
    for row in linked["approvals"]:
        if row["state"] == "open":
            found.append(Clock(_("Approval"), row["due_on"], row["due_on"] < day))
    for row in linked["referrals"]:
        if row["state"] in ("sent", "accepted"):
            found.append(Clock(_("Referral to %(org)s") % {"org": row["to_org"]}, row["due_on"], row["due_on"] < day))
    found += [_legal_clock(row, day) for row in linked["legal_clocks"]]
    return tuple(sorted(found, key=lambda c: (c.done_on is not None, c.due_on or dt.date.max)))


def _legal_clock(row: dict[str, Any], day: dt.date) -> Clock:
    limit = statutes.limit_named(row["limit"], row["started_on"], row["area"])
    late = row["state"] == "running" and row["due_on"] < day
    return Clock(_(limit.title), row["due_on"], late, row["settled_on"], limit.article, row["id"])
