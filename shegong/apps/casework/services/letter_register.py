"""WRITE: a register of supervision letters by workbook: one row for each letter, sent again brought up to date."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import batch_action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.vocabulary import deed
from shegong.kernel.audit import trail
from shegong.kernel.indicators.declare import cubes_over, month_of
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import Actor
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow
from shegong.lib.ids import new_id
from shegong.registry.models import Employer
from shegong.registry.services.employers import register_employer

from ..models import Letter
from ..policy.letters import ANSWERED, CORRECTED, LETTER, OUT, SENT, UNCORRECTED, LetterKind, Reply, Way
from ..queries.letters import due_for, read_number
from ._file import need_choice, need_past
from .letters import hold_series, set_in_time

IMPORT = "casework.letter.import"
LABEL = Letter._meta.label
# what a register tells, compared to see whether a row says something new
TOLD = (
    "kind", "state", "subject", "employer_id", "to_org_id", "sent_on", "way", "served_on", "due_on", "limit", "asked_by",
    "answered_on", "reply", "in_time", "checked_on", "mark", "year", "serial",
)  # fmt: skip
Touched = set[tuple[str, int, dt.date]]


@dataclass(slots=True)
class Entrant:
    """One row that passed the checks; ``letter``: as the row tells it, ``old``: on file already."""

    number: int
    letter: Letter
    employer: tuple[str, str]  # name and credit code of one that is not on file yet
    old: Letter | None = None
    before: dict[str, Any] = field(default_factory=dict)


@batch_action(IMPORT)
def import_letters(
    actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = ""
) -> tuple[list[RowResult], list[trail.Line], Touched]:
    """Take a register in. Values of a row: organisation (``place`` by default), kind, number, addressee, employer_code, about,
    subject, sent_on, way, served_on, due_on, answered_on, reply, corrected, checked_on.

    Number and organisation identify a letter. ``created``, ``updated``, ``unchanged``, ``refused`` with why, also where somebody
    has worked on the letter by hand since. An employer that is not on file is put there.
    """
    entrants, results = _read(actor, place, rows)
    batch = uuid.UUID(batch_key[:32]) if len(batch_key) >= 32 else new_id()
    fresh, done = [], []
    for entrant in entrants:
        try:
            _put_on_file(actor, place, entrant)
        except Refused as refusal:
            column = {"name": "addressee", "credit_code": "employer_code"}.get(refusal.field or "", "addressee")
            results[entrant.number] = _refusal(entrant.number, refusal.message, column)
            continue
        outcome = _compare(entrant)
        if outcome == "refused":
            text = _("This letter was worked on by hand and says something else: correct it on its page.")
            results[entrant.number] = _refusal(entrant.number, text, "number")
            continue
        letter = entrant.old or entrant.letter
        results[entrant.number] = RowResult(entrant.number, outcome, str(letter.pk))
        if outcome == "unchanged":
            continue
        letter.batch = batch
        if outcome == "created":
            fresh.append(letter)
        else:
            letter.version += 1
            letter.save()
        done.append(entrant)
    Letter.objects.bulk_create(fresh)
    return [results[row.number] for row in rows], [_line(e, batch_key) for e in done], _months(done)


def check_letters(actor: Actor, place: Org, rows: Sequence[SheetRow]) -> list[RowResult]:
    """The dry run: only the refusals, nothing written."""
    _entrants, results = _read(actor, place, rows)
    return list(results.values())


def _read(actor: Actor, place: Org, rows: Sequence[SheetRow]) -> tuple[list[Entrant], dict[int, RowResult]]:
    """Every check that needs no new employer on file."""
    known = _Known(rows)
    prefixes = actor.prefixes(deed(IMPORT).roles)
    entrants: list[Entrant] = []
    results: dict[int, RowResult] = {}
    seen: dict[tuple[int, str], int] = {}
    for row in rows:
        try:
            org = row.values.get("organisation") or place
            if not (org.path.startswith(place.path) or org.path.startswith(prefixes)):
                raise Refused(_("This organisation lies outside your posts."), field="organisation")
            entrant = _entrant(actor, org, row, known)
            first = seen.setdefault((org.pk, entrant.letter.number), row.number)
            if first != row.number:
                raise Refused(_("The same number stands in row %(row)s.") % {"row": first}, field="number")
        except Refused as refusal:
            results[row.number] = _refusal(row.number, refusal.message, refusal.field or "")
            continue
        entrants.append(entrant)
    _find_old(entrants, results)
    return [e for e in entrants if e.number not in results], results


class _Known:
    """Employers and authorities that the rows name, looked up once; a name that two bear finds neither."""

    def __init__(self, rows: Sequence[SheetRow]) -> None:
        names = {str(row.values.get(c) or "").strip() for row in rows for c in ("addressee", "about")} - {""}
        codes = {str(row.values.get("employer_code") or "") for row in rows} - {""}
        self.codes = {e.credit_code: e for e in Employer.objects.filter(credit_code__in=codes)}
        self.names: dict[str, Employer | None] = {}
        for one in Employer.objects.filter(name__in=names):
            self.names[one.name] = None if one.name in self.names else one
        agencies = Org.objects.filter(kind=OrgKind.PARTNER)
        agencies = agencies.filter(name__in=names) | agencies.filter(code__in=names)
        self.orgs = {key: o for o in agencies for key in (o.name, o.code)}


def _entrant(actor: Actor, org: Org, row: SheetRow, known: _Known) -> Entrant:
    given = row.values
    kind = need_choice(given.get("kind"), LetterKind, "kind")
    letter = Letter(kind=kind, org=org, org_path=org.path, by_id=actor.user_id)
    letter.number = "".join(str(given.get("number") or "").split())[:40]
    if not letter.number:
        raise Refused(_("This must not be empty."), field="number")
    letter.subject = " ".join(str(given.get("subject") or "").split())[:80] or str(LetterKind(kind).label)
    if parts := read_number(letter.number, kind):
        letter.mark, letter.year, letter.serial = parts
    employer = _parties(letter, given, known)
    _days(letter, given)
    letter.drafted_on = need_past(letter.sent_on, "sent_on")
    return Entrant(row.number, letter, employer)


def _parties(letter: Letter, given: Mapping[str, Any], known: _Known) -> tuple[str, str]:
    """Set addressee and employer; name and code of an employer that has yet to be put on file."""
    addressee, about = (" ".join(str(given.get(c) or "").split()) for c in ("addressee", "about"))
    code = str(given.get("employer_code") or "")
    if letter.kind == LetterKind.PROPOSAL:
        letter.to_org = known.orgs.get(addressee)
        if letter.to_org is None:
            text = _("No partner agency of this name is set up; have it set up, or use its code.")
            raise Refused(text, field="addressee")
        name = about
    else:
        if about and about != addressee:
            raise Refused(_("A reminder or opinion goes to the employer itself: leave this empty."), field="about")
        name = addressee
    found = known.codes.get(code) if code else known.names.get(name)
    if found is None and not code and name in known.names:
        raise Refused(_("Several employers have this name; add the credit code."), field="addressee")
    letter.employer = found
    return ("", "") if found or not (name or code) else (name, code)


def _days(letter: Letter, given: Mapping[str, Any]) -> None:
    """The days and outcomes, in the order in which they can have happened."""
    letter.way = need_choice(given["way"], Way, "way") if given.get("way") else ""
    letter.sent_on = need_past(given.get("sent_on"), "sent_on")
    letter.served_on, letter.answered_on, letter.checked_on = (given.get(n) for n in ("served_on", "answered_on", "checked_on"))
    for name in ("served_on", "answered_on", "checked_on"):
        day = getattr(letter, name)
        if day is not None and need_past(day, name) < letter.sent_on:
            raise Refused(_("This day lies before the letter was sent."), field=name)
    letter.asked_by = given.get("due_on")
    letter.due_on, letter.limit = due_for(letter)
    if letter.limit:
        letter.asked_by = None  # where the law sets the day, no typed one stands beside it
    letter.reply = str(given.get("reply") or "")
    if letter.reply and letter.answered_on is None:
        raise Refused(_("An answer is told, but not its day."), field="answered_on")
    if letter.answered_on and not letter.reply:
        raise Refused(_("The day of an answer is told, but not what was answered."), field="reply")
    if letter.reply:
        need_choice(letter.reply, Reply, "reply")
    corrected = given.get("corrected")
    if letter.checked_on and corrected is None:
        raise Refused(_("It was checked, but not what was found: corrected or not?"), field="corrected")
    letter.state = ANSWERED if letter.reply else SENT
    if corrected is not None:
        letter.state = CORRECTED if corrected else UNCORRECTED
    set_in_time(letter)


def _find_old(entrants: list[Entrant], results: dict[int, RowResult]) -> None:
    """What is on file under these numbers; a serial that another number holds is refused."""
    places, numbers = {e.letter.org_id for e in entrants}, {e.letter.number for e in entrants}
    hold_series(*places)
    here = Letter.objects.filter(org_id__in=places)
    stored = {(x.org_id, x.number): x for x in here.filter(number__in=numbers).select_for_update(of=("self",))}
    series = here.filter(serial__isnull=False).values_list("org_id", "kind", "year", "serial", "number")
    held = {key[:4]: key[4] for key in series}
    for e in entrants:
        e.old = stored.get((e.letter.org_id, e.letter.number))
        place = (e.letter.org_id, e.letter.kind, e.letter.year, e.letter.serial)
        if e.letter.serial and held.setdefault(place, e.letter.number) != e.letter.number:
            text = _("The number %(number)s of this series is another letter's.") % {"number": e.letter.serial}
            results[e.number] = _refusal(e.number, text, "number")
        elif e.old is not None and (e.old.kind != e.letter.kind or e.old.state not in OUT):
            text = _("This letter was worked on by hand and says something else: correct it on its page.")
            results[e.number] = _refusal(e.number, text, "number")


def _put_on_file(actor: Actor, place: Org, entrant: Entrant) -> None:
    name, code = entrant.employer
    if name or code:
        if not name:
            raise Refused(_("No employer of this code is on file; write its name too."), field="addressee")
        entrant.letter.employer = register_employer(actor, place, name=name, credit_code=code)
    elif entrant.letter.kind != LetterKind.PROPOSAL and entrant.letter.employer_id is None:
        raise Refused(_("Name the employer to whom it is written."), field="addressee")


def _compare(entrant: Entrant) -> str:
    """What becomes of the row; what changes is set on the row on file, its untold columns stay."""
    old, new = entrant.old, entrant.letter
    if old is None:
        return "created"
    for name in ("way", "served_on", "answered_on", "reply", "checked_on"):  # an earlier register told more: it stays
        if not getattr(new, name):
            setattr(new, name, getattr(old, name))
    if new.state == SENT and old.state in OUT:
        new.state = old.state
    new.due_on, new.limit = due_for(new)
    if not new.limit and new.due_on is None:
        new.asked_by = new.due_on = old.asked_by
    set_in_time(new)
    entrant.before = {name: getattr(old, name) for name in TOLD if getattr(old, name) != getattr(new, name)}
    if not entrant.before:
        return "unchanged"
    if old.batch is None:
        return "refused"
    for name in entrant.before:
        setattr(old, name, getattr(new, name))
    return "updated"


def _refusal(number: int, message: str, column: str) -> RowResult:
    return RowResult(number, "refused", complaints=(Complaint(message, column),))


def _line(entrant: Entrant, batch_key: str) -> trail.Line:
    letter = entrant.old or entrant.letter
    changes: dict[str, Any] = {"row": entrant.number, "batch": batch_key[:16]}
    if entrant.old is None:
        changes["number"] = ["", letter.number]
    changes |= {name: [str(old), str(getattr(letter, name))] for name, old in entrant.before.items() if name != "subject"}
    return trail.Line(IMPORT, LETTER.code, letter.pk, letter.org_path, changes=changes)


def _months(entrants: list[Entrant]) -> Touched:
    """Months whose figures change: by every date a cube counts on, before and after."""
    found: Touched = set()
    for e in entrants:
        letter = e.old or e.letter
        for name in {cube.date for cube in cubes_over(LABEL)}:
            days = (getattr(letter, name), e.before.get(name))
            found |= {(LABEL, letter.org_id, month_of(day)) for day in days if isinstance(day, dt.date)}
    return found

