"""Entries of legal-aid registers by generate_series: the rows behind T09."""

from __future__ import annotations

from typing import Any

import psycopg

from .copying import without_indexes
from .province import Province

# Multiplicative hashes spread the row number over dimensions that are then as good as independent, and the same every time.
_FILL = """
insert into casework_legalaid (id, number, form, stage, result, state, dispute, applicant_name, employer_name, people, is_group,
  claimed_fen, recovered_fen, proof, lawyer, accepted_on, concluded_on, version, org_id, org_path)
select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'B' || n,
  form, stage, result, case result when 'pending' then 'pending' else 'concluded' end, '拖欠工资', '示例', '示例公司',
  1 + (h %% 3)::int, h %% 40 = 0, (h %% 500) * 10000, case result when 'success' then (h %% 400) * 10000 else 0 end,
  case result when 'success' then '调解协议书' else '' end, '示例', on_day,
  case result when 'pending' then null else on_day + 20 end, 1,
  o.org_id, o.path
from (
  select n, h, form, on_day, slot, case form when 'mediation' then (array['before', 'after'])[1 + h / 7 %% 2]
      when 'representation' then (array['arbitration', 'litigation'])[1 + h / 7 %% 2] else '' end as stage,
    case form when 'mediation' then (array['success', 'success', 'failure', 'pending'])[1 + h / 11 %% 4]
      else (array['closed', 'closed', 'pending'])[1 + h / 11 %% 3] end as result
  from (
    select n, h, (array['mediation', 'mediation', 'mediation', 'mediation', 'consultation', 'consultation', 'representation',
        'drafting'])[1 + h %% 8] as form, current_date - (h / 13 %% 1096)::int as on_day, 1 + (h / 17 %% %(offices)s)::int as slot
    from (select n, (n * 2654435761 %% 4294967296) as h from generate_series(1::bigint, %(count)s) n) a
  ) b
) c
join unnest(%(orgs)s::bigint[], %(paths)s::text[]) with ordinality o(org_id, path, slot) using (slot)
"""


def load(connection: psycopg.Connection[Any], province: Province, count: int) -> None:
    """Insert ``count`` entries at the stations, centres and districts of the province, over three years."""
    orgs, paths = zip(*province.aid, strict=True)
    with without_indexes(connection, "casework_legalaid"):
        given = {"offices": len(orgs), "count": count, "orgs": list(orgs), "paths": list(paths)}
        connection.execute(_FILL, given)
