"""WRITE: group cases (S42) — the list of workers by workbook, one worker split out, one joined in. Sums follow the workers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action, batch_action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.audit import trail
from shegong.kernel.indicators.declare import cubes_over, month_of
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow
from shegong.kernel.vault.cells import open_secret
from shegong.lib import phone
from shegong.lib.ids import new_id
from shegong.registry.models import Person
from shegong.registry.queries.people import current
from shegong.registry.services.importing import import_people

from .. import rules
from ..models import Case, ClockEvent, LegalClock, Participant
from ..policy import CASE, OPEN, CloseReason, Form, RecordKind
from ..policy.clocks import LIVE
from ..queries.cases import cases
from ._file import (
    add_record,
    close_file,
    file_of,
    need_fen,
    need_text,
    new_number,
    place_of,
    refuse_unless,
    sound_alarm,
    start_clock,
    store_case,
    sum_up,
    tell_one,
)  # fmt: skip

IMPORT = "casework.case.import_participants"
LABEL = Case._meta.label
TOLD = ("claimed_fen", "recovered_fen", "result", "is_representative", "plan")
PERSON_COLUMNS = {"name": "name", "id_number": "id_number", "phone": "phone"}
Touched = set[tuple[str, int, dt.date]]


# --- the list ---------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Entrant:
    """One row that passed the checks, and who it turned out to be."""

    number: int
    case: Case
    values: Mapping[str, Any]
    person: uuid.UUID | None = None

    @property
    def name(self) -> str:
        return str(self.values["name"])


@batch_action(IMPORT)
def import_participants(
    actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = ""
) -> tuple[list[RowResult], list[trail.Line], Touched]:
    """Put the workers of one or several group cases on file. Values of a row: case (its number), name; id_number, phone,
    claimed_fen, recovered_fen, result, is_representative, plan.

    The same worker again brings her line up to date; what a row leaves empty stays. ``created``, ``updated``, ``unchanged``,
    ``refused`` with why.
    """
    results: dict[int, RowResult] = {}
    entrants = _read(actor, rows, results)
    known = _known({e.case.pk for e in entrants})
    _meet(entrants, known)
    _put_on_file(actor, place, entrants, results)
    lines: list[trail.Line] = []
    changed: dict[uuid.UUID, Case] = {}
    for entrant in entrants:
        if entrant.person is None or entrant.number in results:
            continue
        try:
            outcome, row, change = _apply(entrant, entrant.person, known)
        except Refused as refusal:
            results[entrant.number] = _refusal(entrant.number, refusal)
            continue
        results[entrant.number] = RowResult(entrant.number, outcome, str(row.pk))
        if outcome != "unchanged":
            changed[entrant.case.pk] = entrant.case
            change |= {"participant": str(row.pk), "row": entrant.number, "batch": batch_key[:16]}
            lines.append(trail.Line(IMPORT, CASE.code, entrant.case.pk, entrant.case.org_path, changes=change))
    for case in changed.values():
        sum_up(case)
        sound_alarm(case)
        case.version += 1
        case.save()
    return [results[row.number] for row in rows], lines, _months(changed.values())


def check_participants(actor: Actor, place: Org, rows: Sequence[SheetRow]) -> list[RowResult]:
    """The dry run: only the refusals, nothing written."""
    results: dict[int, RowResult] = {}
    _read(actor, rows, results)
    return list(results.values())


def _read(actor: Actor, rows: Sequence[SheetRow], results: dict[int, RowResult]) -> list[Entrant]:
    """Every check that needs nobody on file; the cases are locked, in the order of their keys."""
    found = _named(actor, {str(row.values["case"]) for row in rows if row.values.get("case")})
    entrants: list[Entrant] = []
    seen: dict[tuple[uuid.UUID, str], int] = {}
    for row in rows:
        try:
            entrant = Entrant(row.number, _group(found, row.values), row.values)
            _check_money(row.values)
            key = (entrant.case.pk, str(row.values.get("id_number") or f"{entrant.name} {row.values['phone']}"))
            if (first := seen.setdefault(key, row.number)) != row.number:
                text = _("The same worker stands in row %(row)s; workers of one name are told apart by ID number or phone.")
                raise Refused(text % {"row": first}, field="name")
        except Refused as refusal:
            results[row.number] = _refusal(row.number, refusal)
            continue
        entrants.append(entrant)
    return entrants


def _named(actor: Actor, names: set[str]) -> dict[str, list[Case]]:
    """Cases by their number, or by the number they bear in the sender's own register."""
    asked = Q(number__in=names) | Q(external_ref__in=names - {""})
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases(actor, "casework.case.add_participant").filter(asked).order_by("pk").select_for_update(of=("self",)):
        for name in {case.number, case.external_ref} & names:
            found[name].append(case)
    return found


def _group(named: Mapping[str, list[Case]], values: Mapping[str, Any]) -> Case:
    number = str(values.get("case") or "")
    if not number:
        raise Refused(_("Say which group case: in this column, or once for the whole file."), field="case")
    found = named.get(number, ())
    if not found:
        raise Refused(_("No case of this number lies within your reach."), field="case")
    if len(found) > 1:
        raise Refused(_("Several cases bear this number of your register; give the case number."), field="case")
    case = found[0]
    if case.form != Form.GROUP:
        raise Refused(_("This is no group case; change its form first."), field="case")
    if case.state not in OPEN:
        raise Refused(_("This group case is closed; reopen it first."), field="case")
    return case


def _check_money(values: Mapping[str, Any]) -> None:
    for name in ("claimed_fen", "recovered_fen"):
        need_fen(values.get(name) or 0, name)
    if not values.get("id_number") and not values.get("phone"):
        raise Refused(_("Give the ID number, or at least a phone: a name alone is nobody."), field="id_number")


Known = dict[uuid.UUID, list[Participant]]


def _known(cases_: set[uuid.UUID]) -> Known:
    found: Known = defaultdict(list)
    for row in Participant.objects.filter(case__in=cases_).select_related("person", "own_case").select_for_update(of=("self",)):
        found[row.case_id].append(row)
    return found


def _meet(entrants: list[Entrant], known: Known) -> None:
    """Rows without an ID number are met by name and phone inside their group."""
    for entrant in entrants:
        if not entrant.values.get("id_number"):
            same = [row for row in known[entrant.case.pk] if _is(row.person, entrant.name, str(entrant.values["phone"]))]
            entrant.person = current(same[0].person).pk if same else None


def _is(person: Person, name: str, number: str) -> bool:
    return person.name == name and person.phone is not None and open_secret(person.phone) == phone.parse(number).number


def _put_on_file(actor: Actor, place: Org, entrants: list[Entrant], results: dict[int, RowResult]) -> None:
    """Workers become persons of the register, at the organisation of their case; refusals go into ``results``."""
    asked = {e.number: e for e in entrants if e.person is None}
    people = [
        SheetRow(e.number, {**{new: e.values.get(old) for old, new in PERSON_COLUMNS.items()}, "organisation": e.case.org})
        for e in asked.values()
    ]
    for result in import_people(actor, place, people) if people else ():
        if result.outcome == "refused":
            results[result.number] = result
        else:
            asked[result.number].person = uuid.UUID(result.ref)


def _apply(entrant: Entrant, person: uuid.UUID, known: Known) -> tuple[str, Participant, dict[str, Any]]:
    """What became of the row, the worker of the group, and what changed. Raises ``Refused``."""
    given = {name: entrant.values[name] for name in TOLD if entrant.values.get(name) is not None}
    row = next((row for row in known[entrant.case.pk] if current(row.person).pk == person), None)
    if row is None:
        row = Participant(case=entrant.case, person_id=person, **given, **place_of(entrant.case))
        row.save(force_insert=True)
        known[entrant.case.pk].append(row)
        return "created", row, {}
    if all(getattr(row, name) == value for name, value in given.items()):
        return "unchanged", row, {}
    if row.own_case is not None:
        raise Refused(_("Her matter goes on in case %(number)s; enter it there.") % {"number": row.own_case.number}, field="name")
    before = trail.snapshot(row)
    for name, value in given.items():
        setattr(row, name, value)
    row.save(update_fields=list(given))
    return "updated", row, trail.difference(before, trail.snapshot(row))


def _refusal(number: int, refusal: Refused) -> RowResult:
    return RowResult(number, "refused", complaints=(Complaint(refusal.message, refusal.field or ""),))


def _months(changed: Any) -> Touched:
    dates = {cube.date for cube in cubes_over(LABEL)}
    days = ((case.org_id, getattr(case, name)) for case in changed for name in dates)
    return {(LABEL, org, month_of(day)) for org, day in days if isinstance(day, dt.date)}


# --- one out, one in --------------------------------------------------------------------------------------------------
@action("casework.case.split_participant")
def split_participant(actor: Actor, case: Case, *, participant: Participant, reason: str) -> Done:
    """Let one worker's matter go on alone, as a case of her own with her claim, the group's consent, the limits of the law that
    run and a way back to its file. What was recovered for her in the group stays counted there. Raises ``Refused``."""
    row = _of_group(case, participant)
    if row.result == "left":
        raise Refused(_("This worker has left the group already."), field="participant")
    reason = need_text(reason, "reason")
    alone = Case(
        org_id=case.org_id, org_path=case.org_path, number=new_number(today()), form=Form.INDIVIDUAL, line=case.line,
        problem=case.problem, source=case.source, risk=case.risk,
        state="assessment" if case.consent_on and case.worker_id else "intake", client=current(row.person),
        employer_id=case.employer_id, summary=case.summary, raised_by_id=actor.user_id or None,
        worker_id=case.worker_id, registered_on=today(), consent_on=case.consent_on, claimed_fen=row.claimed_fen, group=case,
    )  # fmt: skip
    store_case(alone, row.plan or "")
    start_clock(alone, alone.state)
    alone.save(update_fields=["due_on"])
    _copy_clocks(case, alone)
    row.result, row.own_case = "left", alone
    row.save(update_fields=["result", "own_case"])
    told = {"decision": "split_from", "from": case.number, "reason": reason, "note": row.plan or ""}
    add_record(actor, alone, RecordKind.DECISION, told)
    # who may read the group's decisions (its client, who raised it) may not read why another worker left it
    add_record(actor, case, RecordKind.DECISION, {"decision": "split_out"})
    case.people = max(1, case.people - 1)
    sum_up(case)
    tell_one(alone, alone.worker_id, actor, gettext_noop("You are in charge of case %(number)s."))
    changes = {"group": [None, case.number]}
    trail.write(actor, trail.Line("casework.case.split_participant", CASE.code, alone.pk, alone.org_path, changes=changes))
    return Done(case, touched=[alone], reason=reason, changes={"own_case": [None, str(alone.pk)]})


@action("casework.case.join_group")
def join_group(actor: Actor, case: Case, *, group: Case, reason: str) -> Done:
    """Close an individual case into a group case of the same organisation; its client becomes one of the workers, or is again
    one of them if she had been split out. Raises ``Refused``."""
    reason = need_text(reason, "reason")
    if case.form != Form.INDIVIDUAL or case.client is None:
        raise Refused(_("Only an individual case with a client can join a group."))
    refuse_unless(rules.may_join(file_of(case)))
    found = cases(actor, "casework.case.add_participant").filter(pk=group.pk, form=Form.GROUP, state__in=OPEN)
    target = found.select_for_update(of=("self",)).first()
    if target is None or target.org_id != case.org_id:
        raise Refused(_("Choose an open group case of the same organisation."), field="group")
    client = current(case.client)
    workers = Participant.objects.select_for_update(of=("self",)).select_related("person").filter(case=target)
    row = next((row for row in workers if current(row.person).pk == client.pk), None)
    if row is not None and row.result != "left":
        raise Refused(_("%(name)s is in this group already.") % {"name": client.name}, field="group")
    target.people += row is not None  # she had been taken off when she left
    row = row or Participant(case=target, person=client, **place_of(target))
    row.result, row.own_case = "open", None
    row.claimed_fen = max(row.claimed_fen, case.claimed_fen)
    row.save()
    case.claimed_fen = 0  # claimed in the group from now on, and once
    sum_up(target)
    sound_alarm(target)
    target.version += 1
    target.save()
    case.group = target
    close_file(actor, case, CloseReason.OTHER, {"decision": "joined_group", "to": target.number, "reason": reason})
    add_record(actor, target, RecordKind.DECISION, {"decision": "joined_from"})
    changes = {"joined": [None, case.number]}
    trail.write(actor, trail.Line("casework.case.join_group", CASE.code, target.pk, target.org_path, changes=changes))
    return Done(case, touched=[target], reason=reason)


def _copy_clocks(case: Case, alone: Case) -> None:
    """Her limits run on whatever becomes of the group's."""
    for clock in LegalClock.objects.filter(case=case, state__in=LIVE):
        events = list(ClockEvent.objects.filter(clock=clock).order_by("happened_on", "id"))
        clock.pk, clock.case, clock.warned, clock.version = new_id(), alone, None, 1
        clock.save(force_insert=True)
        for event in events:
            event.pk, event.clock, event.case = new_id(), clock, alone
            event.save(force_insert=True)


def _of_group(case: Case, participant: Participant) -> Participant:
    if case.form != Form.GROUP:
        raise Refused(_("Only a group case has several workers."))
    rows = Participant.objects.select_related("person").select_for_update(of=("self",))
    row = rows.filter(pk=participant.pk, case=case).first()
    if row is None:
        raise Refused(_("This worker is not part of this group."), field="participant")
    return row
