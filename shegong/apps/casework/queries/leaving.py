"""READ: what of a list may leave the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.reach import Actor

from ..models import Case
from .cases import placed
from .lists import Filters, narrowed

EXPORT = "casework.case.export"
PERSONAL = frozenset({"client", "text", "number"})  # what was searched for is not repeated in the trail


def cases_to_export(actor: Actor, filters: Filters) -> QuerySet[Case]:
    """Cases of a filter that the actor may export: by place only, no tie lets anything leave. Raises ``Refused``."""
    if filters.errors:
        name, message = next(iter(filters.errors.items()))
        raise Refused(message, field=name)
    try:
        found = narrowed(actor, placed(actor, EXPORT), filters.values)
    except ValueError as error:
        raise Refused(str(error)) from None
    return found.filter(worker_id=actor.user_id) if filters.values.get("mine") else found


def noted(values: Mapping[str, Any]) -> dict[str, str]:
    """The filter for the trail."""
    return {name: _("(given)") if name in PERSONAL else str(value) for name, value in values.items()}
