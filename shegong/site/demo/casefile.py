"""The file of one case with a past: the case itself, its entries, needs, tasks, workers of a group, approval and rating.

Rows are made as the deeds would have left them, with the days of then; ``history`` pours them in.
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
from dataclasses import dataclass, field
from typing import Any

from shegong.apps.casework import rules
from shegong.apps.casework.models import CLOCK, Case, Participant, PlanNeed, Rating, Record, Task
from shegong.kernel.actions.models import Approval
from shegong.kernel.orgs.reach import SHANGHAI
from shegong.lib import calendar
from shegong.registry.models import Employer

from . import texts
from .course import Course
from .people import Known
from .staff import Office

FLOWS = {"plan_review": "casework.plan", "closure_review": "casework.closure"}
TIERS = [{"role": "supervisor", "need": 1, "days": 3}]
SOURCES = {"walk_in": 46, "visit": 16, "online": 16, "hotline": 14, "referral": 4, "imported": 4}
CONTENT = {5: 58, 4: 27, 3: 10, 2: 3, 1: 2}
LESS_CONTENT = {5: 20, 4: 30, 3: 30, 2: 12, 1: 8}


@dataclass
class CaseRows:
    """Everything that belongs to one case; ``written``: texts to find it by."""

    case: Case
    records: list[Record] = field(default_factory=list)
    needs: list[PlanNeed] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    participants: list[Participant] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Setting:
    """What a case is made from."""

    office: Office
    worker: int
    employer: Employer
    clients: tuple[Known, ...]
    wish: texts.Wish
    course: Course
    number: str
    today: dt.date
    whole: bool  # the full file, or its outline


def at_hour(rng: random.Random, day: dt.date) -> dt.datetime:
    """Some moment of a working day."""
    return dt.datetime(
        day.year, day.month, day.day, rng.randint(9, 16), rng.randint(0, 59), rng.randint(0, 59), tzinfo=SHANGHAI
    )


def weighted(rng: random.Random, shares: dict[Any, int]) -> Any:
    return rng.choices(list(shares), list(shares.values()))[0]


def open_file(rng: random.Random, given: Setting) -> CaseRows:
    """All rows of one individual or group case."""
    made = CaseRows(_case(rng, given))
    made.written.append(given.wish.text)
    days = given.course.days
    _first_entries(rng, made, given)
    if "planning" in days:
        _plan(rng, made, given)
    if "intervention" in days:
        _work(rng, made, given)
    if made.case.closed_on:
        _end(rng, made, given)
    _clock(made, given)
    _awaits(made, given)
    _group(rng, made, given)
    return made


def _case(rng: random.Random, given: Setting) -> Case:
    course, wish, org = given.course, given.wish, given.office.org
    group = len(given.clients) > 1
    risk = weighted(rng, {0: 86, 1: 10, 2: 3, 3: 1})
    claimed = wish.yuan * 100 * max(1, len(given.clients)) if wish.line in ("rights", "mediation") else 0
    won = course.state in ("closed", "follow_up") and course.reason == "goal"
    closed_on = course.days.get("closed")
    is_open = closed_on is None
    case = Case(
        org=org, org_path=org.path, number=given.number, form="group" if group else "individual", line=wish.line,
        problem=wish.problem, source=weighted(rng, SOURCES), state=course.state, held_from=course.held_from,
        risk=max(risk, 1) if group and len(given.clients) >= 10 else risk, client_id=None if group else given.clients[0].id,
        employer=given.employer, people=max(1, len(given.clients)), summary=wish.text, raised_by_id=given.worker,
        worker_id=None if course.state == "intake" else given.worker, registered_on=course.days["intake"],
        consent_on=_consent(rng, course), closed_on=closed_on, close_reason=course.reason if closed_on else "",
        claimed_fen=claimed, recovered_fen=int(claimed * rng.choice((1, 1, 1, 0.9, 0.8, 0.6))) if won else 0,
        created_at=at_hour(rng, course.days["intake"]), changed_at=at_hour(rng, course.entered),
    )  # fmt: skip
    case.due_on = _due(case, course) if is_open else None
    if is_open and case.risk >= 3:
        case.escalated_to_id = org.parent_id
    return case


def _consent(rng: random.Random, course: Course) -> dt.date | None:
    """On the day of acceptance mostly; an accepted case may still lack it."""
    day = course.days.get("assessment")
    if day is None or (course.state == "assessment" and rng.random() < 0.4):
        return None
    return day


def _due(case: Case, course: Course) -> dt.date | None:
    if course.state == "suspended":
        return course.entered + dt.timedelta(days=30)
    return rules.next_due(course.state, case.line, case.risk, course.entered)


# --- entries ------------------------------------------------------------------------------------------------------------
def _enter(
    rng: random.Random, made: CaseRows, given: Setting, kind: str, day: dt.date, body: dict[str, Any], **more: Any
) -> None:
    case = made.case
    made.records.append(
        Record(
            case=case, kind=kind, body=Record.body_of(body), happened_on=day, by_id=given.worker, at=at_hour(rng, day),
            org_id=case.org_id, org_path=case.org_path, **more,
        )
    )  # fmt: skip
    made.written += [text for text in body.values() if isinstance(text, str)]


def _first_entries(rng: random.Random, made: CaseRows, given: Setting) -> None:
    days, consent = given.course.days, made.case.consent_on
    if consent:
        way = weighted(rng, {"written": 80, "spoken": 12, "photo": 8})
        _enter(rng, made, given, "consent", consent, {"kind": way, "exceptions_explained": True})
    if "planning" in days:
        goal = texts.GOALS[given.wish.problem][0]
        body = {"problems": given.wish.text[:40], "needs": goal, "self_system": rng.choice(texts.ASSESSED)}
        _enter(rng, made, given, "assessment", days["planning"], body)


def _plan(rng: random.Random, made: CaseRows, given: Setting) -> None:
    goal, indicator, method = texts.GOALS[given.wish.problem]
    case, days = made.case, given.course.days
    closed = case.closed_on is not None
    settled = closed or given.course.state in ("evaluation", "closure_review")
    good = given.course.reason in ("", "goal")
    need = PlanNeed(
        case=case, problem=given.wish.problem, priority=rng.choice((1, 1, 2)), goal=goal, indicator=indicator, method=method,
        owner_id=given.worker, due_on=days["planning"] + dt.timedelta(days=rng.randint(14, 40)),
        outcome=rng.choice(("met", "met", "met", "partly")) if settled and good else "unmet" if settled else "open",
        org_id=case.org_id, org_path=case.org_path,
    )  # fmt: skip
    made.needs.append(need)
    made.written.append(goal)
    if given.whole and "plan_review" in days:
        _enter(
            rng, made, given, "plan", days["plan_review"], {"needs": f"1. {goal}｜{indicator}｜{method}｜{need.due_on}"}
        )


def _work(rng: random.Random, made: CaseRows, given: Setting) -> None:
    start = given.course.days["intervention"]
    end = given.course.days.get("evaluation") or made.case.closed_on or given.today
    span = max(0, (end - start).days)
    for _ in range(rng.randint(1, 4) if given.whole else 1):
        day = start + dt.timedelta(days=rng.randint(0, span))
        kind = weighted(rng, {"contact": 60, "visit": 25, "session": 15})
        _enter(
            rng,
            made,
            given,
            kind,
            day,
            {"text": rng.choice(texts.LOGGED)},
            minutes=rng.choice((10, 20, 30, 45, 60, 90)),
        )
    if given.whole and "evaluation" in given.course.days:
        body = {"goals_reached": rng.choice(texts.EVALUATED), "client_view": rng.choice(("满意", "基本满意", "感谢"))}
        _enter(rng, made, given, "evaluation", given.course.days["evaluation"], body)


def _end(rng: random.Random, made: CaseRows, given: Setting) -> None:
    """Closing report, decision, follow-up, and the worker's rating."""
    case = made.case
    assert case.closed_on is not None  # noqa: S101 - the caller asked
    if given.whole:
        report = {"close_reason": case.close_reason, "text": rng.choice(texts.CLOSED)}
        _enter(rng, made, given, "closure", case.closed_on, report)
    decision = {"decision": "closed", "reason": case.close_reason, "opinion": "同意结案"}
    _enter(rng, made, given, "decision", case.closed_on, decision)
    if "follow_up" in given.course.days:
        seen = {"text": "回访：情况稳定，工资按月到账。", "stable": "yes"}
        _enter(rng, made, given, "follow_up", given.course.days["follow_up"], seen)
    if given.clients and rng.random() < 0.93:
        made.ratings.append(_rating(rng, made.case, given))


def _rating(rng: random.Random, case: Case, given: Setting) -> Rating:
    asked = case.closed_on or given.today
    made = Rating(
        case=case, worker_id=given.worker, line=case.line, code_digest=secrets.token_bytes(24), asked_on=asked,
        expires_on=asked + dt.timedelta(days=30), org_id=case.org_id, org_path=case.org_path,
    )  # fmt: skip
    given_on = asked + dt.timedelta(days=min(29, round(rng.lognormvariate(1.2, 0.9))))
    if rng.random() > 0.58 or given_on > given.today:
        return made
    level = weighted(rng, CONTENT if case.close_reason == "goal" else LESS_CONTENT)
    scores = [min(5, max(1, level + rng.choice((-1, 0, 0, 0, 1)))) for _ in range(3)]
    made.state, made.given_on, made.overall = "given", given_on, level
    made.attitude, made.speed, made.result = scores
    made.comment = rng.choice(texts.COMMENTS) or None
    return made


# --- what is due, what waits -----------------------------------------------------------------------------------------------
def _clock(made: CaseRows, given: Setting) -> None:
    """The open tasks. Outside the home street the reminders have been sent already."""
    case, today = made.case, given.today
    place = {"org_id": case.org_id, "org_path": case.org_path}
    if case.closed_on or not case.worker_id:
        return
    wanted: list[tuple[str, dt.date | None, PlanNeed | None]] = [(CLOCK, case.due_on, None)]
    wanted += [(n.indicator, n.due_on, n) for n in made.needs if n.outcome == "open"]
    for text, due, need in wanted:
        if due is None:
            continue
        told = due <= today and not given.whole
        late = told and rules.who_hears(due, today) == "supervisor"
        made.tasks.append(
            Task(
                case=case, need=need, text=text, owner_id=case.worker_id, due_on=due, reminded_on=due if told else None,
                moved_up_on=today if late else None, **place,
            )
        )  # fmt: skip


def _awaits(made: CaseRows, given: Setting) -> None:
    """The approval a case in review waits for."""
    case, flow = made.case, FLOWS.get(given.course.state)
    if flow is None:
        return
    opened = given.course.entered
    made.approvals.append(
        Approval(
            flow=flow, tiers=TIERS, kind="casework.case", object_id=case.pk, title=case.number, opened_by_id=given.worker,
            opened_at=case.changed_at, due_on=calendar.add_days(opened, 3, mode="working"), told_above=True,
            org_id=case.org_id, org_path=case.org_path,
        )
    )  # fmt: skip


def _group(rng: random.Random, made: CaseRows, given: Setting) -> None:
    """The workers of a group case; their sums are the case's."""
    case = made.case
    if case.form != "group":
        return
    share, rest = divmod(case.claimed_fen, len(given.clients))
    won = case.recovered_fen // len(given.clients)
    for n, client in enumerate(given.clients):
        result = "agreed" if won else "open" if case.closed_on is None else "refused"
        made.participants.append(
            Participant(
                case=case, person_id=client.id, is_representative=n == 0, claimed_fen=share + (rest if n == 0 else 0),
                recovered_fen=won + (case.recovered_fen % len(given.clients) if n == 0 else 0), result=result,
                org_id=case.org_id, org_path=case.org_path,
            )
        )  # fmt: skip


def consultation(rng: random.Random, office: Office, day: dt.date, number: str, client: Known | None) -> CaseRows:
    """A consultation, asked and answered in one day."""
    line, problem, question, answer = rng.choice(texts.QUESTIONS)
    worker, org = rng.choice(office.workers), office.org
    case = Case(
        org=org, org_path=org.path, number=number, form="consultation", line=line, problem=problem, state="closed",
        source=weighted(rng, {"walk_in": 50, "hotline": 35, "online": 15}), client_id=client.id if client else None,
        summary=question, raised_by_id=worker, worker_id=worker, registered_on=day, closed_on=day, close_reason="goal",
        created_at=at_hour(rng, day), changed_at=at_hour(rng, day),
    )  # fmt: skip
    record = Record(
        case=case, kind="contact", body=Record.body_of({"question": question, "answer": answer}), happened_on=day, by_id=worker,
        at=at_hour(rng, day), org_id=org.pk, org_path=org.path,
    )  # fmt: skip
    return CaseRows(case, records=[record], written=[question, answer])
