"""The tree of each month, as SQL. One rule for summing, reading and opening figures:

a month is summed by the tree as it stood on the month's last day, or as it stands today where that is earlier; months before an
organisation's first term belong to its first term. So every organisation has exactly one place in every month.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import connection

from shegong.kernel.orgs.reach import today

FIRST = dt.date(1, 1, 1)
LAST = dt.date(9999, 12, 1)

# Rows: org_id, parent_id, name, path, from_month, to_month (before which). Takes %(today)s; {orgs}: a condition on t.org_id.
_SPANS = """
select org_id, parent_id, name, path,
  case when valid_from = earliest then date '0001-01-01' else date_trunc('month', valid_from)::date end as from_month,
  coalesce(
    lead(date_trunc('month', valid_from)::date) over (partition by org_id order by valid_from), date '9999-12-01') as to_month
from (select t.*, min(valid_from) over (partition by org_id) as earliest from orgs_orgterm t where {orgs}) t
where valid_from = earliest or valid_from <= %(today)s
"""


def spans(orgs: str = "true") -> str:
    """The query of spans of the organisations that fulfil ``orgs`` (a trusted SQL condition on ``t.org_id``)."""
    return _SPANS.format(orgs=orgs)


def params(**more: Any) -> dict[str, Any]:
    """Parameters of a statement that contains ``spans``."""
    return {"today": today(), **more}


def next_month(month: dt.date) -> dt.date:
    """The first of the month after."""
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class Span:
    """Months ``start`` until before ``end`` in which an organisation hung below (or was) the one asked about."""

    org_id: int
    start: dt.date
    end: dt.date


def crossing(org_id: int) -> list[Span]:
    """Spans below ``org_id`` of organisations that did not always hang there; empty for most, and always for the top."""
    several = "t.org_id in (select org_id from orgs_orgterm group by 1 having count(distinct path) > 1)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"select org_id, from_month, to_month from ({spans(several)}) s where from_month < to_month "
            "and %(org)s = any(string_to_array(rtrim(path, '.'), '.')::bigint[]) order by org_id, from_month",
            params(org=org_id),
        )
        found = [Span(*row) for row in cursor.fetchall()]
    by_org: dict[int, list[Span]] = {}
    for span in found:
        by_org.setdefault(span.org_id, []).append(span)
    return [span for own in by_org.values() if not _throughout(own) for span in own]


def _throughout(own: list[Span]) -> bool:
    whole = own[0].start == FIRST and own[-1].end == LAST
    return whole and all(a.end == b.start for a, b in pairwise(own))


def path_on(org_id: int, day: dt.date) -> str:
    """The organisation's path by the tree that the month of ``day`` is summed by; empty for an unknown one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select path from ({spans('t.org_id = %(org)s')}) s where %(month)s >= from_month and %(month)s < to_month",
            params(org=org_id, month=day.replace(day=1)),
        )
        row = cursor.fetchone()
    return row[0] if row else ""
