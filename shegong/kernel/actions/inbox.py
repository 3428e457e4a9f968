"""Notices: who should know gets one row each, in the transaction of the deed that gave the reason."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.orgs.reach import Actor, today

from .models import Notice

# Written without RETURNING: the receiver may see the notice, the sender may not.
_TELL = """
insert into actions_notice (id, user_id, text, "values", kind, object_id, at)
select gen_random_uuid(), u.id, %(text)s, %(values)s::jsonb, %(kind)s, %(object)s, %(at)s
from (select distinct g.user_id as id from orgs_grant g join orgs_org o on o.id = g.org_id join orgs_user a on a.id = g.user_id
      where a.is_active and g.role = any(%(roles)s) and o.path = (
        select p.path from orgs_grant h join orgs_org p on p.id = h.org_id
        where h.role = any(%(roles)s) and %(path)s ^@ p.path and h.valid_from <= %(on)s
          and (h.valid_to is null or h.valid_to > %(on)s)
        order by length(p.path) desc limit 1)
      and g.valid_from <= %(on)s and (g.valid_to is null or g.valid_to > %(on)s)) u
"""


def tell(path: str, roles: Iterable[str], text: str, values: dict[str, str], kind: str, object_id: object) -> None:
    """Tell the nearest holders of ``roles`` at or above ``path``. ``text`` is a message id (marked for translation where
    it is written), ``values`` hold no sensitive text."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TELL,
            {
                "text": text, "values": json.dumps(values, ensure_ascii=False), "kind": kind, "object": str(object_id),
                "at": timezone.now(), "roles": list(roles), "path": path, "on": today(),
            },
        )  # fmt: skip


def tell_user(user_id: int, text: str, values: dict[str, str], kind: str, object_id: object) -> None:
    """Tell one account."""
    with connection.cursor() as cursor:
        cursor.execute(
            'insert into actions_notice (id, user_id, text, "values", kind, object_id, at) '
            "values (gen_random_uuid(), %s, %s, %s::jsonb, %s, %s, %s)",
            [user_id, text, json.dumps(values, ensure_ascii=False), kind, str(object_id), timezone.now()],
        )


def notices(actor: Actor) -> QuerySet[Notice]:
    """The actor's own notices, newest first."""
    return Notice.objects.filter(user_id=actor.user_id).order_by("-at", "-id")


def said(notice: Notice) -> str:
    """The notice in the reader's language; a value that is itself a message (a clock's name) is translated too."""
    return _(notice.text) % {name: _(value) if value else value for name, value in notice.values.items()}


def mark_read(actor: Actor, ids: Iterable[object] | None = None) -> int:
    """Mark own notices read; all of them when ``ids`` is None."""
    found = notices(actor).filter(read_at=None)
    if ids is not None:
        found = found.filter(pk__in=list(ids))
    return found.update(read_at=timezone.now())
