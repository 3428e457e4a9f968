"""READ: the list of cases — filters from an allow-list, pages by key, a count that stops at a thousand."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today, within
from shegong.kernel.vault.search import is_tested_by_row, narrow
from shegong.registry.models import PersonSearch

from .. import rules
from ..models import Case, CaseSearch
from ..policy import CASE, OPEN, Form, Line, Problem, Risk, Source
from .cases import by_place, joined, placed, tied, tied_to

LIST, VIEW = "casework.case.list", "casework.case.view"
LIMIT, MOST, CAP = 20, 100, 1000
ORDERS = ("newest", "priority")
SHOWN = (
    "number", "form", "line", "problem", "source", "state", "risk", "people", "registered_on", "due_on", "closed_on",
    "raised_by_id", "org_path", "version", "org__name", "org__path", "worker__name", "client__name", "client__state",
)  # fmt: skip
RESTING = tuple(sorted(rules.RESTING))


def _choice(values: Iterable[object]) -> Callable[[str], str]:
    allowed = {str(v) for v in values}

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(_("“%(value)s” is none of the possible values.") % {"value": text})
        return text

    return read


def _day(text: str) -> dt.date:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise ValueError(_("“%(value)s” is no date; write it as 2026-03-01.") % {"value": text})
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError(_("“%(value)s” is none of the possible values.") % {"value": text})
    return int(text)


def _yes(text: str) -> bool:
    if text not in ("1", "yes", "true", "on"):
        raise ValueError(_("“%(value)s” is none of the possible values.") % {"value": text})
    return True


def _words(text: str) -> str:
    kept = " ".join(text.split())
    if len(kept) > 100:
        raise ValueError(_("Search for at most 100 characters."))
    return kept


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise ValueError(_("“%(value)s” is none of the possible values.") % {"value": text}) from None


# name → how its text is read; anything else is no filter
READERS: dict[str, Callable[[str], Any]] = {
    "line": _choice(Line.values),
    "state": _choice([*CASE.states, "open"]),
    "risk": _choice(Risk.values),
    "problem": _choice(Problem.values),
    "source": _choice(Source.values),
    "form": _choice(Form.values),
    "worker": _number,
    "employer": _key,
    "registered_from": _day,
    "registered_to": _day,
    "closed_from": _day,
    "closed_to": _day,
    "org": _number,
    "client": _words,
    "text": _words,
    "number": _words,
    "overdue": _yes,
    "escalated": _yes,
    "mine": _yes,
    "order": _choice(ORDERS),
}


@dataclass(frozen=True)
class Filters:
    """Read filters: name → value, and name → what is wrong with it. A wrong filter shows nothing rather than everything."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Filters:
        """Read what a form or address gives; names outside the allow-list are left alone (they belong to others)."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for name, reader in READERS.items():
            text = str(given.get(name) or "").strip()
            if not text:
                continue
            try:
                values[name] = reader(text)
            except ValueError as error:
                errors[name] = str(error)
        return cls(values, errors)


@dataclass(frozen=True)
class CasePage:
    """One page of the list. ``after`` opens the next one, "" at the end; ``count`` stops at 1000 ("1,000+"), and is None where
    nobody counts: on later pages, and of a word so frequent that counting would cost more than the page."""

    rows: list[Case]
    after: str = ""
    count: int | None = None
    capped: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def count_text(self) -> str:
        """The number of hits as shown."""
        return "" if self.count is None else f"{self.count:,}+" if self.capped else f"{self.count:,}"


def list_rows(
    actor: Actor, filters: Filters, after: str | None = None, limit: int = LIMIT, count: bool = True
) -> CasePage:
    """A page of cases the actor may list, newest first or by priority. At most five queries, whatever the page holds.

    Staff by place get what lies there; their ties elsewhere (a helper's, an emergency) come with it, in the same order.
    """
    if filters.errors:
        return CasePage([], errors=filters.errors, count=0)
    limit = max(1, min(limit, MOST))
    try:
        sources = [narrowed(actor, part, filters.values) for part in parts(actor, filters.values)]
    except ValueError as error:  # too short or too long a text
        name = "text" if filters.values.get("text") else "client"
        return CasePage([], errors={name: str(error)}, count=0)
    priority = filters.values.get("order") == "priority"
    rows = _merged(sources, priority, after, limit + 1)
    whole = not after and len(rows) <= limit  # everything there is stands on this page: nothing to count
    countable = count and (whole or not any(map(is_tested_by_row, sources)))
    total = None if not countable else len(rows) if whole else _counted(sources)
    rows, more = rows[:limit], len(rows) > limit
    capped = total is not None and total > CAP
    last = token(rows[-1], priority) if more else ""
    return CasePage(rows, last, min(total, CAP) if total is not None else None, capped)


def parts(actor: Actor, values: Mapping[str, Any]) -> list[QuerySet[Case]]:
    """By place and by tie apart, so that each walks its own index; a place at the root holds every tie already."""
    prefixes = actor.prefixes(declared(LIST).roles)
    if not prefixes:
        return [_slim(tied(actor, LIST))]
    place = placed(actor, LIST)
    found = [_slim(place.filter(worker_id=actor.user_id) if values.get("mine") else place)]
    everywhere = any(p.count(".") <= 1 for p in prefixes) and not values.get("mine")
    if not everywhere and (elsewhere := joined(actor, LIST)):
        found.append(_slim(Case.objects.filter(pk__in=elsewhere)))
    return found


def _slim(found: QuerySet[Case]) -> QuerySet[Case]:
    """Only the columns a list shows; narratives stay sealed and unread."""
    return found.select_related(None).select_related("org", "worker", "client").only(*SHOWN)


def narrowed(actor: Actor, found: QuerySet[Case], values: Mapping[str, Any]) -> QuerySet[Case]:
    """Apply read filters. Raises ``ValueError`` for a search text that is too short or too long."""
    for name in ("line", "problem", "source", "form", "number"):
        if name in values:
            found = found.filter(**{name: values[name]})
    for name, lookup in _LOOKUPS.items():
        if name in values:
            found = found.filter(**{lookup: values[name]})
    if "state" in values:
        # an open case has no day of closing: that lets the index of the open ones be used
        found = found.filter(state__in=OPEN, closed_on=None) if values["state"] == "open" else found.filter(state=values["state"])
    if values.get("overdue"):
        found = found.filter(due_on__lt=today(), closed_on=None).exclude(state__in=RESTING)
    if values.get("escalated"):
        found = found.filter(escalated_to__isnull=False)
    if values.get("order") == "priority":
        found = found.filter(closed_on=None)
    if "org" in values:
        org = Org.objects.filter(pk=values["org"]).first()
        found = found.filter(within([org.path])) if org else found.none()
    if values.get("client") or values.get("text"):
        found = _opened(actor, found)
    if values.get("client"):
        found = narrow(found, PersonSearch, values["client"], key="client_id")
    if values.get("text"):
        found = narrow(found, CaseSearch, values["text"])
    return found


def _opened(actor: Actor, found: QuerySet[Case]) -> QuerySet[Case]:
    """Only cases whose content is open to the actor: whoever sees rows without names must not learn by searching for a name
    or a word which row it stands behind."""
    inside = actor.prefixes(declared(VIEW).roles)
    if inside == actor.prefixes(declared(LIST).roles):
        return found
    return found.filter(by_place(inside) | tied_to(actor, VIEW))


_LOOKUPS = {
    "risk": "risk__gte", "worker": "worker_id", "employer": "employer_id", "registered_from": "registered_on__gte",
    "registered_to": "registered_on__lte", "closed_from": "closed_on__gte", "closed_to": "closed_on__lte",
}  # fmt: skip


# --- pages by key -----------------------------------------------------------------------------------------------------------
def token(case: Case, priority: bool = False) -> str:
    """Where the next page begins: the key of the last row shown."""
    return f"{case.risk}.{case.due_on or rules.NEVER}.{case.pk}" if priority else str(case.pk)


_PRIORITY = re.compile(r"(\d)\.(\d{4}-\d\d-\d\d)\.([0-9a-f-]{36})")


def _after(found: QuerySet[Case], priority: bool, after: str | None) -> QuerySet[Case]:
    """In order, behind the key ``after``; a key that is none begins anew."""
    if not priority:
        found = found.order_by("-id")
        try:
            return found.filter(pk__lt=uuid.UUID(after)) if after else found
        except ValueError:
            return found
    found = found.order_by("-risk", "due_on", "-id")  # ascending days put "no day" last
    match = _PRIORITY.fullmatch(after or "")
    if match is None:
        return found
    risk, day, pk = int(match[1]), dt.date.fromisoformat(match[2]), uuid.UUID(match[3])
    dayless = Q(due_on=None)
    later = dayless & Q(pk__lt=pk) if day == rules.NEVER else dayless | Q(due_on__gt=day) | Q(due_on=day, pk__lt=pk)
    return found.filter(Q(risk__lt=risk) | Q(risk=risk) & later)


def _merged(sources: list[QuerySet[Case]], priority: bool, after: str | None, limit: int) -> list[Case]:
    rows = {case.pk: case for source in sources for case in _after(source, priority, after)[:limit]}
    return sorted(rows.values(), key=_priority_key if priority else _newest_key)[:limit]


def _newest_key(case: Case) -> int:
    return -case.pk.int


def _priority_key(case: Case) -> tuple[int, dt.date, int]:
    return *rules.queue_key(case.risk, case.due_on), -case.pk.int


def _counted(sources: list[QuerySet[Case]]) -> int:
    """Distinct hits, counted no further than one past the cap. One query."""
    slim = [s.order_by().select_related(None).values_list("pk")[: CAP + 1] for s in sources]
    if len(slim) == 1:
        return int(slim[0].count())
    return int(slim[0].union(*slim[1:])[: CAP + 1].count())
