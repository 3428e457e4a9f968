"""READ: letters of supervision — lists, the chain of one, the cases behind it, and the limit of its answer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today, within
from shegong.kernel.vault.fields import matching
from shegong.lib import clocks as law
from shegong.lib import statutes
from shegong.registry.models import Person

from .. import rules
from ..models import Case, Letter, LetterCase, Participant
from ..policy.letters import APPROVED, DRAFT, LETTER, LIMIT_OF, SENT, SERIES, LetterKind
from .cases import cases

LIST, VIEW = "casework.letter.list", "casework.letter.view"
_OFFICE = re.compile(r"(街道|镇|乡|区|县|市|省)?(总工会|工会联合会|联合工会|工会委员会|工会|职工法律援助中心|法律援助工作站).*$")


@reads(LETTER)
def letters(actor: Actor, deed: str = VIEW) -> QuerySet[Letter]:
    """Letters to which the actor may do ``deed``, by place alone: no tie to a case or an employer opens one."""
    found = Letter.objects.filter(within(actor.prefixes(declared(deed).roles)))
    return found.select_related("org", "employer", "to_org", "by", "approved_by").order_by("-id")


def letters_found(
    actor: Actor, deed: str = LIST, *, kind: str = "", state: str = "", overdue: bool = False, text: str = "",
    first: dt.date | None = None, last: dt.date | None = None,
) -> QuerySet[Letter]:  # fmt: skip
    """Letters for the list; ``text``: a part of the addressee's or the employer's name, or of the file number; ``first`` and
    ``last``: days between which they were sent."""
    found = letters(actor, deed)
    if first:
        found = found.filter(sent_on__gte=first)
    if last:
        found = found.filter(sent_on__lte=last)
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    if overdue:
        found = found.filter(_late())
    if text.strip():
        typed = text.strip()
        found = found.filter(
            Q(employer__name__icontains=typed) | Q(to_org__name__icontains=typed) | Q(number__icontains=typed)
        )
    return _light(found)


def _light(found: QuerySet[Letter]) -> QuerySet[Letter]:
    """Without what they say."""
    light: QuerySet[Letter] = found.defer("text", "asks", "answer", "found")
    return light


def _late() -> Q:
    return Q(state=SENT, due_on__lt=today())


def letters_to_do(actor: Actor) -> QuerySet[Letter]:
    """What waits on the actor: answers that are overdue; of her own letters the drafts, those approved and not sent, those sent
    whose receipt is not noted. The oldest due first."""
    mine = Q(state__in=[DRAFT, APPROVED]) | Q(state=SENT, served_on=None)
    found = letters(actor).filter(_late() | mine & Q(by_id=actor.user_id))
    return _light(found).order_by("due_on", "id")


def is_late(letter: Letter) -> bool:
    """Whether an answer is waited for past its day."""
    return letter.state == SENT and letter.due_on is not None and letter.due_on < today()


def addressee(letter: Letter) -> str:
    """Who receives it."""
    return (letter.to_org or letter.employer).name  # type: ignore[union-attr]


def chain_of(actor: Actor, letter: Letter) -> list[Letter]:
    """The letters that led to this one and those that followed it, in order, as far as the actor may open them. A chain has
    three kinds, so it is short."""
    before: list[Letter] = []
    known = letters(actor)
    step: Letter | None = letter
    while step is not None and step.follows_id and len(before) < 9:
        step = known.filter(pk=step.follows_id).first()
        if step is not None:
            before.insert(0, step)
    found, step = [*before, letter], letter
    while step is not None and len(found) < 20:
        step = known.filter(follows=step).exclude(state="withdrawn").first()
        if step is not None:
            found.append(step)
    return found


def causes_of(actor: Actor, letter: Letter) -> list[Case]:
    """The cases behind the letter that the actor may open; nobody learns here that there are others."""
    found = cases(actor, "casework.case.view").filter(letters__letter=letter)
    return list(found.defer("summary").order_by("-id"))


def consents_of(letter: Letter) -> dict[Any, dt.date | None]:
    """Case → day on which its workers agreed to be named in the letter; row-level security leaves out cases out of reach."""
    return dict(LetterCase.objects.filter(letter=letter, naming_on__isnull=False).values_list("case_id", "naming_on"))


@dataclass(frozen=True)
class Told:
    """What a letter tells of who complained: by a name, phone, ID or case ``number``. ``case`` is behind the letter
    (``linked``) or about the same employer; ``agreed_on``: since when its workers agree to be named."""

    case: Case
    linked: bool
    agreed_on: dt.date | None
    by: str  # name, number (of a phone or document), case

    @property
    def allowed(self) -> bool:
        return self.by == "name" and self.agreed_on is not None


_NUMBERS = re.compile(r"(?<!\d)(\d{17}[\dXx]|1\d{10})(?!\d)")


def told_in(actor: Actor, letter: Letter, *, subject_only: bool = False) -> list[Told]:
    """Which workers of the cases behind the letter, or of open cases about the same employer, its words give away. Masked names
    (王某) do not. Only cases within the actor's reach are compared."""
    words = [letter.subject] if subject_only else [letter.subject, letter.text or "", letter.basis, letter.asks or ""]
    text = "\n".join(words)
    agreed = dict(LetterCase.objects.filter(letter=letter).values_list("case_id", "naming_on"))
    near = Q(pk__in=agreed)
    if letter.employer_id:
        near |= Q(employer_id=letter.employer_id, org_path__startswith=letter.org_path, closed_on=None)
    found = {case.pk: case for case in cases(actor, "casework.case.view").filter(near).defer("summary")}
    people: dict[tuple[Any, str], set[Any]] = {}  # (person, her name) → cases
    for case in found.values():
        if case.client is not None:
            people.setdefault((case.client.pk, case.client.name), set()).add(case.pk)
    shares = Participant.objects.filter(case__in=found)
    for case_id, person_id, name in shares.order_by().values_list("case_id", "person_id", "person__name"):
        people.setdefault((person_id, name or ""), set()).add(case_id)
    numbered = Q(pk__in=[])
    for number in dict.fromkeys(_NUMBERS.findall(text)):
        numbered |= matching(Person, "phone", number) | matching(Person, "id_number", number)
    known = set(Person.objects.filter(numbered, pk__in=[pk for pk, _name in people]).values_list("pk", flat=True))
    named = set(rules.names_in(text, [name for _pk, name in people]))
    hits = {(case_id, "name") for (_pk, name), where in people.items() if name in named for case_id in where}
    hits |= {(case_id, "number") for (pk, _name), where in people.items() if pk in known for case_id in where}
    hits |= {(case.pk, "case") for case in found.values() if rules.names_in(text, [case.number])}
    told = [Told(found[pk], pk in agreed, agreed.get(pk), by) for pk, by in hits]
    return sorted(told, key=lambda one: (one.case.number, one.by))


def place_to_write(actor: Actor, case: Case | None = None) -> int | None:
    """The organisation for which the actor writes letters: of her posts the one nearest to the case, if its office reaches it."""
    roles = declared("casework.letter.draft").roles
    posts = [p for p in actor.posts if p.role in roles and (case is None or case.org_path.startswith(p.path))]
    return max(posts, key=lambda p: len(p.path)).org_id if posts else None


def cases_numbered(actor: Actor, numbers: Sequence[str]) -> list[Case]:
    """Cases of these numbers that the actor may open, in that order; unknown ones are left out."""
    found = {case.number: case for case in cases(actor, "casework.case.view").filter(number__in=numbers)}
    return [found[number] for number in numbers if number in found]


# --- the limit of the answer ----------------------------------------------------------------------------------------------
def rule_for(kind: str, area: str, day: dt.date) -> law.Limit | None:
    """The limit set by law for the answer to such a letter; None where none is in force: the office then asks for a day."""
    code = LIMIT_OF.get(LetterKind(kind))
    try:
        return statutes.limit_on(code, day, area) if code else None
    except LookupError:
        return None


def rule_of(letter: Letter) -> law.Limit | None:
    """The limit set by law for the answer to this letter: that of the day of receipt, until then of the day it was sent."""
    return rule_for(letter.kind, letter.org.area_code, letter.served_on or letter.sent_on or today())


def due_for(letter: Letter) -> tuple[dt.date | None, str]:
    """(the day on which the answer is due, the code of the rule it follows from or "")."""
    rule = rule_of(letter)
    if rule is None:
        return letter.asked_by, ""
    return (law.run(rule, letter.served_on).due_on if letter.served_on else None), rule.code


def is_provisional(letter: Letter) -> bool:
    """Whether the day was counted in a year without an official holiday notice, so that it may still move."""
    rule = rule_of(letter)
    return rule is not None and letter.served_on is not None and law.run(rule, letter.served_on).provisional


def usual_mark(org: Org, kind: str) -> str:
    """The mark before the number: that of the office's latest letter, else made of its name: 天河区总工会 → 天工."""
    last = Letter.objects.filter(org=org).exclude(mark="").order_by("-approved_on", "-id").values_list("mark", flat=True).first()
    return last or f"{_OFFICE.sub('', org.name)[:1] or org.name[:1]}工"


def number_of(mark: str, kind: str, year: int, serial: int) -> str:
    """天工意字〔2026〕1号"""
    return f"{mark}{SERIES[LetterKind(kind)]}字〔{year}〕{serial}号"


_NUMBER = re.compile(r"(.{1,16}?)([提意建])(?:字)?[〔\[【(（](\d{4})[〕\]】)）]第?(\d{1,6})号")


def read_number(text: str, kind: str) -> tuple[str, int, int] | None:
    """(mark, year, serial) of a file number as we give them; None for one of another make, or of another kind's series."""
    found = _NUMBER.fullmatch("".join(text.split()))
    if found is None or found[2] != SERIES[LetterKind(kind)]:
        return None
    return found[1], int(found[3]), int(found[4])


def title_of(kind: str) -> str:
    """What the paper is headed with."""
    return {
        LetterKind.REMINDER: _("Reminder on labour law"), LetterKind.OPINION: _("Opinion on labour law"),
        LetterKind.PROPOSAL: _("Proposal on labour law"),
    }[LetterKind(kind)]  # fmt: skip
