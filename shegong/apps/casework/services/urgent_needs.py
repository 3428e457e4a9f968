"""WRITE: urgent needs (急难愁盼, S24). Anyone raises one, whoever it is given to answers, only the raiser closes it off."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.audit import trail
from shegong.kernel.orgs.models import Org, OrgKind, User
from shegong.kernel.orgs.reach import Actor, above, everything, today, widened
from shegong.lib import calendar
from shegong.registry.models import Employer, Person
from shegong.registry.policy import ABOVE, FIELD

from ..models import Case, NeedEntry, NeedTerm, UrgentNeed
from ..policy import LINES, URGENT_NEED, Problem, RecordKind, Source
from ..queries.urgent_needs import owner_roles
from ._file import add_record, need_choice, need_past, need_text, overseers
from .cases import create_case

# a need rests where somebody works on it: not inside an employer, not at a station
KEEPERS = (OrgKind.TOWN, OrgKind.INDUSTRY, OrgKind.NEW_BIZ, OrgKind.COUNTY, OrgKind.CITY, OrgKind.PROVINCE)


@action("casework.urgent_need.raise")
def raise_need(
    actor: Actor, place: Org, *, problem: str, text: str, people: int = 1, employer: Employer | None = None
) -> UrgentNeed:
    """Write a need down. It rests at the nearest town, county or higher union; its day comes from its class.

    Raises ``Refused`` for a place that no union keeps, an unknown class, no text, nobody concerned.
    """
    if people < 1:
        raise Refused(_("At least one person is concerned."), field="people")
    home, term = keeper_of(place), term_on(need_choice(problem, Problem, "problem"), today())
    due_on = calendar.add_days(today(), term.days, mode="working")
    made = UrgentNeed(
        org=home, org_path=home.path, number=_number(), problem=problem, text=need_text(text, "text", 5), people=people,
        employer=employer, raised_by_id=actor.user_id, raised_on=today(), due_on=due_on, next_move_on=due_on,
    )  # fmt: skip
    with widened(home.path):
        made.save(force_insert=True)
    _tell(made, home.path, FIELD, gettext_noop("A need was raised: %(number)s, due %(due)s."))
    if people >= term.warn_people:
        _tell(made, home.path, overseers(), gettext_noop("Early warning: need %(number)s concerns %(people)s people."))
    return made


def keeper_of(place: Org) -> Org:
    """The nearest union at or above ``place`` that keeps needs; for an agency or firm outside the tree, that of its area."""
    found = Org.objects.filter(path__in=above(place.path), kind__in=KEEPERS).order_by("-path").first()
    if found is None and place.area_code:
        areas = [place.area_code[:n] for n in (9, 6, 4, 2) if len(place.area_code) >= n]
        same = Org.objects.filter(area_code__in=areas, kind__in=["town", "county", "city", "province"], closed_on=None)
        found = max(same, key=lambda o: len(o.area_code), default=None)
    if found is None:
        raise Refused(
            _("No union keeps the needs of %(org)s: raise it at the town or county union.") % {"org": place.name}
        )
    return found


def term_on(problem: str, day: dt.date) -> NeedTerm:
    """The term of a class in force on ``day``. Raises ``Refused`` where none is on file."""
    found = NeedTerm.objects.filter(problem=problem, valid_from__lte=day).order_by("-valid_from").first()
    if found is None:
        raise Refused(_("No term is on file for needs of this class; ask the administrator."), field="problem")
    return found


def _number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('casework_urgentneed_number')")
        return f"N{today().year}{cursor.fetchone()[0]:07d}"


# --- working on it ----------------------------------------------------------------------------------------------------
@action("casework.urgent_need.assign")
def assign_need(actor: Actor, need: UrgentNeed, *, owner: User, note: str = "") -> Done:
    """Give it to somebody; again, to give it to somebody else. Raises ``Refused`` for who has no post on its way up or below."""
    if not may_own(owner, need):
        raise Refused(
            _("%(name)s holds no post today that could take this need.") % {"name": owner.name}, field="owner"
        )
    need.owner = owner
    _enter(actor, need, "assigned", note)
    _tell_user(actor, need, owner.pk, gettext_noop("Need %(number)s was given to you, due %(due)s."))
    return Done(need)


def may_own(user: User, need: UrgentNeed) -> bool:
    """Whether an account may own a need: a post at the need's place, above it or below it, or one assigned by post outside."""
    below = Q(org__path__gte=need.org_path, org__path__lt=need.org_path[:-1] + "/")
    posts = user.grants.filter(role__in=owner_roles(need), valid_from__lte=today()).exclude(valid_to__lte=today())
    outside = Q(role__in=["lawyer", "mediator", "partner"])
    return user.is_active and posts.filter(Q(org__path__in=above(need.org_path)) | below | outside).exists()


@action("casework.urgent_need.take")
def take_need(actor: Actor, need: UrgentNeed) -> Done:
    """Start on it. A colleague who takes it becomes its owner."""
    need.owner_id = actor.user_id
    _tell_user(actor, need, need.raised_by_id, gettext_noop("Your need %(number)s is being worked on."))
    return Done(need)


@action("casework.urgent_need.answer")
def answer_need(actor: Actor, need: UrgentNeed, *, answer: str) -> Done:
    """Say what was done. The one who raised it decides whether that settles it."""
    need.answer, need.called_back_on = need_text(answer, "answer", 5), None
    need.owner_id = need.owner_id or actor.user_id
    _enter(actor, need, "answer", need.answer)
    _tell_user(actor, need, need.raised_by_id, gettext_noop("Your need %(number)s was answered: is it settled?"))
    return Done(need)


@action("casework.urgent_need.call_back")
def call_back_need(actor: Actor, need: UrgentNeed, *, text: str, called_on: dt.date | None = None) -> Done:
    """Ask back whether it helped; what was said is kept."""
    need.called_back_on = need_past(called_on, "called_on")
    _enter(actor, need, "call_back", need_text(text, "text"))
    return Done(need)


@action("casework.urgent_need.close_off")
def close_off_need(actor: Actor, need: UrgentNeed, *, note: str = "") -> Done:
    """The raiser says it is settled."""
    need.closed_on, need.escalated_to = today(), None
    _enter(actor, need, "closed", note)
    _tell_user(actor, need, need.owner_id, gettext_noop("Need %(number)s is settled and closed off."))
    return Done(need)


@action("casework.urgent_need.redo")
def redo_need(actor: Actor, need: UrgentNeed, *, reason: str) -> Done:
    """The raiser says it is not settled: it goes back to its owner with a new day."""
    _enter(actor, need, "redo", need_text(reason, "reason"))
    need.redone += 1
    need.called_back_on = None
    need.due_on = calendar.add_days(today(), term_on(need.problem, today()).days, mode="working")
    need.next_move_on = need.due_on
    text = gettext_noop("Need %(number)s is not settled and came back, due %(due)s.")
    _tell_user(actor, need, need.owner_id, text)
    if need.redone > 1:
        _tell(need, need.org_path, overseers(), text)
    return Done(need)


@action("casework.urgent_need.escalate")
def escalate_need(actor: Actor, need: UrgentNeed, *, reason: str) -> Done:
    """Ask the next level to see to it. Raises ``Refused`` at the top of the tree."""
    up = (need.escalated_to or need.org).parent
    if up is None:
        raise Refused(_("There is no level above to escalate to."))
    _enter(actor, need, "escalated", need_text(reason, "reason"))
    _move_up(need, up, gettext_noop("Need %(number)s was escalated to you."))
    return Done(need, reason=reason)


@action("casework.urgent_need.take_up")
def take_up_need(actor: Actor, need: UrgentNeed, *, line: str = "") -> Done:
    """Open a case for it, with what the need says as the request. The need stays open until its raiser closes it off."""
    if need.case_id:
        raise Refused(_("This need has a case already."))
    client = Person.objects.filter(user_id=need.raised_by_id, state="active").first()
    case: Case = create_case(
        actor, need.org, line=line or LINES[Problem(need.problem)], summary=need.text, problem=need.problem,
        people=need.people, employer=need.employer, client=client, source=Source.ONLINE if client else Source.VISIT,
    )  # fmt: skip
    with widened(case.org_path):
        add_record(actor, case, RecordKind.INTAKE, {"text": need.text, "from": need.number})
    need.case = case
    need.owner_id = need.owner_id or actor.user_id
    _enter(actor, need, "taken_up", case.number)
    _tell_user(actor, need, need.raised_by_id, gettext_noop("Your need %(number)s was taken up as a case."))
    return Done(need, touched=[case])


# --- overdue ----------------------------------------------------------------------------------------------------------
def move_up_overdue_needs(on: dt.date | None = None, limit: int = 1000) -> int:
    """Escalate needs that nobody answered in time, one level a term, until the top. For the keeper; returns how many.

    Two keepers never move the same need twice: rows are locked, and locked ones skipped.
    """
    day = on or today()
    with everything() as machine:
        late = UrgentNeed.objects.filter(state__in=["raised", "assigned", "in_hand"], next_move_on__lt=day)
        rows = late.select_related("org__parent", "escalated_to__parent").order_by("next_move_on", "id")
        found = list(rows.select_for_update(of=("self",), skip_locked=True)[:limit])
        for need in found:
            _move_up_one(machine, need, day)
    return len(found)


def _move_up_one(machine: Actor, need: UrgentNeed, day: dt.date) -> None:
    before = trail.snapshot(need)
    up = (need.escalated_to or need.org).parent
    text = gettext_noop("Need %(number)s has waited past its day (%(due)s).")
    if up is not None:
        NeedEntry.objects.create(need=need, kind="escalated", text="")
        _move_up(need, up, text)
    else:
        _tell(need, (need.escalated_to or need.org).path, overseers(), text)
    need.next_move_on = calendar.add_days(day, term_on(need.problem, day).days, mode="working")
    need.version += 1
    need.save()
    changes = trail.difference(before, trail.snapshot(need))
    changes.pop("version")
    code = "casework.urgent_need.escalate"
    trail.write(machine, trail.Line(code, URGENT_NEED.code, need.pk, need.org_path, reason="overdue", changes=changes))


def _move_up(need: UrgentNeed, up: Org, text: str) -> None:
    need.escalated_to = up
    need.next_move_on = calendar.add_days(
        max(today(), need.next_move_on), term_on(need.problem, today()).days, mode="working"
    )
    _tell(need, up.path, [*overseers(), *ABOVE], text)


# --- entries and notices ----------------------------------------------------------------------------------------------
def _enter(actor: Actor, need: UrgentNeed, kind: str, text: str) -> None:
    NeedEntry.objects.create(need=need, kind=kind, text=text.strip(), by_id=actor.user_id or None)


def _values(need: UrgentNeed) -> dict[str, str]:
    return {"number": need.number, "due": str(need.due_on), "people": str(need.people)}


def _tell(need: UrgentNeed, path: str, roles: object, text: str) -> None:
    tell(path, sorted(set(roles)), text, _values(need), URGENT_NEED.code, need.pk)  # type: ignore[call-overload]


def _tell_user(actor: Actor, need: UrgentNeed, user_id: int | None, text: str) -> None:
    if user_id and user_id != actor.user_id:
        tell_user(user_id, text, _values(need), URGENT_NEED.code, need.pk)
