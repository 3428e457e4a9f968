"""READ: figures as addresses: which organisation, which months, narrowed how; the entries behind, and workers' own scores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.indicators import asking
from shegong.kernel.indicators.behind import rows_behind
from shegong.kernel.indicators.declare import Indicator, all_indicators, cube_of, indicator_of, month_of
from shegong.kernel.indicators.figures import THEN, Ask
from shegong.kernel.indicators.spans import next_month
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today
from shegong.registry.policy import ABOVE, FIELD

from ..indicators import WATCHERS
from .ratings import Summary, ratings_by_worker

FIGURE_ROLES = FIELD | ABOVE | WATCHERS
TREES = (THEN, "today")
MOST_MONTHS = 240


def missing() -> NotAllowed:
    """The answer for what is out of reach and for what is not there: the same."""
    return NotAllowed(_("There is no such record."), missing=True)


def places(actor: Actor) -> list[Org]:
    """The organisations at which the actor may begin to ask: those of the posts that give the right."""
    wanted = [p.path for p in actor.posts if p.role in FIGURE_ROLES]
    return (
        list(Org.objects.filter(path__in=wanted))
        if not actor.system
        else list(Org.objects.filter(parent=None, kind="province"))
    )


def steps(actor: Actor, org: Org) -> list[Org]:
    """The organisation and those above it that the actor may ask about too, from the top."""
    ids = [int(step) for step in org.path.split(".") if step]
    reach = actor.prefixes(FIGURE_ROLES)
    return [o for o in Org.objects.filter(pk__in=ids) if any(o.path.startswith(p) for p in reach)]


def organisation(actor: Actor, text: str, codes: Iterable[str]) -> Org:
    """The organisation named by number or code, as long as the actor may ask these figures of it. Without a name the first
    of the actor's own. Raises as for one that does not exist."""
    if text:
        named = Q(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else Q(pk=None)
        found = Org.objects.filter(named).first() or Org.objects.filter(code=text).first()
    else:
        found = next(iter(places(actor)), None)
    if found is None or not asking.reaches(actor, codes, found):
        raise missing()
    return found


def month(text: str, default: dt.date, name: str) -> dt.date:
    """The first of the month written 2026-03. Raises ``Refused`` naming the field."""
    if not text:
        return default
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Refused(_("“%(value)s” is no month; write it as 2026-03.") % {"value": text[:20]}, field=name) from None


def period(given: Mapping[str, str], back: int = 11) -> tuple[dt.date, dt.date]:
    """First and last month asked for; without them the last twelve. Raises ``Refused`` naming ``from`` or ``to``."""
    last = month(given.get("to", ""), month_of(today()), "to")
    earlier = last.year * 12 + last.month - 1 - back
    first = month(given.get("from", ""), dt.date(earlier // 12, earlier % 12 + 1, 1), "from")
    if last < first:
        raise Refused(_("The last month lies before the first."), field="to")
    if (last.year - first.year) * 12 + last.month - first.month >= MOST_MONTHS:
        raise Refused(_("Ask for at most %(most)s months.") % {"most": MOST_MONTHS}, field="from")
    return first, last


def figure(code: str) -> Indicator:
    """A declared indicator of this name, or as for one that does not exist."""
    if code not in all_indicators():
        raise missing()
    return indicator_of(code)


def ask_of(actor: Actor, one: Indicator, given: Mapping[str, str]) -> Ask:
    """The question an address asks of an indicator. Unknown dimensions are refused, places out of reach do not exist."""
    org = organisation(actor, given.get("org", ""), [one.code])
    first, last = period(given)
    known = {d.code for d in cube_of(one.cube).dims}
    where = {name[2:]: tuple(given[name].split(",")) for name in given if name.startswith("w.")}
    if where.keys() - known:
        raise Refused(
            _("This figure is not split by %(names)s.") % {"names": ", ".join(sorted(where.keys() - known))[:80]},
            field="w",
        )
    tree = given.get("tree", THEN)
    if tree not in TREES:
        raise Refused(_("The tree is “then” or “today”."), field="tree")
    under = organisation(actor, given["under"], [one.code]) if given.get("under") else None
    return Ask(org, first, last, where, tree, given.get("own") == "1", under)


def query(ask: Ask) -> str:
    """The question as the end of an address; ``ask_of`` reads it back."""
    parts: dict[str, Any] = {"org": ask.org.pk, "from": f"{ask.first:%Y-%m}", "to": f"{ask.last:%Y-%m}"}
    parts |= {f"w.{dim}": ",".join(values) for dim, values in sorted(ask.where.items())}
    if ask.tree != THEN:
        parts["tree"] = ask.tree
    if ask.own:
        parts["own"] = 1
    if ask.under is not None:
        parts["under"] = ask.under.pk
    return urlencode(parts)


def link(code: str, ask: Ask) -> str:
    """The address of a figure: its definition, its parts, the way to its entries."""
    return f"{reverse('figure_detail', args=[code])}?{query(ask)}"


def rows_link(code: str, ask: Ask) -> str:
    return f"{reverse('figure_rows', args=[code])}?{query(ask)}"


def in_full(actor: Actor, view: str) -> tuple[str, ...]:
    """Paths below which the actor may open the records themselves; elsewhere the list shows no person."""
    return actor.prefixes(declared(view).roles)


def scores(actor: Actor, org: Org, first: dt.date, last: dt.date) -> list[Summary]:
    """Ratings by worker below ``org``, for who may open the ratings; hidden below five answers."""
    if not asking.opens(actor, "casework.ratings_asked", org):
        return []
    return ratings_by_worker(actor, first, next_month(last) - dt.timedelta(days=1), org=org)


def overdue_by_area(actor: Actor, ask: Ask) -> dict[int, int]:
    """Overdue cases by the organisation directly below; 0 stands for the asked one's own. Only what the actor may list."""
    depth = ask.org.path.count(".")
    found: dict[int, int] = {}
    counted = rows_behind(actor, "casework.overdue", ask).order_by().values("org_path").annotate(n=Count("*"))
    for row in counted:
        below = [step for step in row["org_path"].split(".") if step][depth : depth + 1]
        place = int(below[0]) if below else 0
        found[place] = found.get(place, 0) + row["n"]
    return found
