"""READ: the rows behind a figure. The same query as the cells are counted by, no other (rule 43)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet

from shegong.kernel.orgs.reach import Actor, today, within

from .declare import Cube, cube_of, indicator_of, month_of
from .figures import Ask, total
from .spans import FIRST, LAST, Span, crossing, next_month, path_on
from .upkeep import as_dimension


def rows_behind(actor: Actor, code: str, ask: Ask) -> QuerySet[Any]:
    """The rows a figure counts, as far as ``actor`` may list them. For an actor who may list them all, their number is the
    figure. ``ask.where`` must name dimensions of the indicator's cube; otherwise there are none."""
    one = indicator_of(code)
    cube = cube_of(one.cube)
    found: QuerySet[Any] = cube.rows()
    sources = {d.code: d.source for d in cube.dims}
    if ask.where.keys() - sources.keys():
        return found.none()
    found = found.filter(**{f"{cube.date}__gte": month_of(ask.first), f"{cube.date}__lt": next_month(ask.last)})
    found = found.filter(_places(cube, ask))
    for number, (dim, accepted) in enumerate([*one.where.items(), *ask.where.items()]):
        found = found.annotate(**{f"by_{number}": as_dimension(sources[dim])}).filter(
            **{f"by_{number}__in": list(accepted)}
        )
    if one.narrow is not None:
        found = one.narrow(found)
    return found if actor.system else found.filter(within(actor.prefixes(one.list_roles)))


def live_total(actor: Actor, code: str, ask: Ask) -> int:
    """A figure that is no sum of parts, taken from the rows at once; a sum of cells where it is one."""
    one = indicator_of(code)
    return total(code, ask) if one.live is None else one.live(rows_behind(actor, code, ask))


def _places(cube: Cube, ask: Ask) -> Q:
    """Rows whose organisation hung below ``ask.org`` in the month they count for. Most never left: those by one range of
    paths, which the tables are indexed by; the few that came or went, by their months."""
    if ask.own:
        place = Q(org_id=ask.org.pk, org_path=ask.org.path)
        return place & _places(cube, replace(ask, org=ask.under, own=False, under=None)) if ask.under else place
    spans, day = crossing(ask.org.pk), ask.tree_day
    path = path_on(ask.org.pk, today()) or ask.org.path
    found = Q(org_path__gte=path, org_path__lt=path[:-1] + "/") & ~Q(org_id__in=sorted({s.org_id for s in spans}))
    if day is not None:
        spans = [Span(s.org_id, FIRST, LAST) for s in spans if s.start <= month_of(day) < s.end]
    by_months: dict[tuple[dt.date, dt.date], list[int]] = defaultdict(list)
    for span in spans:
        by_months[span.start, span.end].append(span.org_id)
    for (start, end), orgs in by_months.items():
        found |= Q(org_id__in=orgs, **{f"{cube.date}__gte": start, f"{cube.date}__lt": end})
    return found
