"""Tying somebody to one case: the checks every way of assigning shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.models import User
from shegong.kernel.orgs.reach import today
from shegong.registry.policy import FIELD

from ..models import Case, Member
from ..queries.cases import lasting
from ..queries.panel import Conflict, conflicts_of, lawyer_of
from ._file import need_future, place_of

TIE_ROLES: Mapping[str, frozenset[str]] = {
    "lawyer": frozenset({"lawyer"}),
    "mediator": frozenset({"mediator"}),
    "partner": frozenset({"partner"}),
    "helper": frozenset(FIELD),
}


def tied_now(case: Case) -> Any:
    """Ties to this case that hold now."""
    return Member.objects.filter(lasting(), case=case)


def tie_member(case: Case, user: User, tie: str, because: str, until: dt.date | None) -> tuple[Member, list[Conflict]]:
    """Tie a lawyer, mediator, partner or helper to the case, until a day or until it is ended; with the conflicts of interest
    that the written reason sets aside. Raises ``Refused``: wrong role, the client herself, tied already, a conflict."""
    roles = TIE_ROLES.get(tie)
    if roles is None:
        raise Refused(_("“%(value)s” is none of the possible values.") % {"value": tie}, field="tie")
    if not _holds_anywhere(user, roles):
        raise Refused(_("%(name)s does not hold this role today.") % {"name": user.name}, field="user")
    if case.client and case.client.user_id == user.pk:
        raise Refused(_("%(name)s is the client of this case.") % {"name": user.name}, field="user")
    if tied_now(case).filter(user=user, tie=tie).exists():
        raise Refused(_("%(name)s is assigned already.") % {"name": user.name}, field="user")
    found = _checked_for_conflict(user, case, because) if tie in ("lawyer", "mediator") else []
    end = timezone.make_aware(dt.datetime.combine(need_future(until, "until"), dt.time.max)) if until else None
    return Member.objects.create(case=case, user=user, tie=tie, because=because[:300], until=end, **place_of(case)), found


def _checked_for_conflict(user: User, case: Case, because: str) -> list[Conflict]:
    """Conflicts that a written reason sets aside. Raises ``Refused`` for one that bars, a missing reason, an expired licence."""
    lawyer = lawyer_of(user)
    if lawyer is not None and lawyer.licence_to is not None and lawyer.licence_to < today():
        text = _("The licence of %(name)s ended on %(day)s; correct it on the panel once it is renewed.")
        raise Refused(text % {"name": lawyer.name, "day": lawyer.licence_to}, field="user")
    found = conflicts_of(user, case)
    if found and found[0].bars:
        raise Refused(_("Conflict of interest: %(why)s.") % {"why": found[0]}, field="user")
    if found and len(because.strip()) < 2:
        text = _("Perhaps a conflict of interest: %(why)s. If it is none, write here why.")
        raise Refused(text % {"why": found[0]}, field="because")
    return found


def _holds_anywhere(user: User, roles: frozenset[str]) -> bool:
    day = today()
    found = user.grants.filter(role__in=roles, valid_from__lte=day).exclude(valid_to__lte=day)
    return bool(user.is_active and found.filter(Q(org__closed_on=None) | Q(org__closed_on__gt=day)).exists())
