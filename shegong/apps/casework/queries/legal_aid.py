"""READ: the legal-aid register — lists, one entry, rows of an export. Figures (T09) open to these very rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, within

from ..models import LegalAid
from ..policy import LEGAL_AID, AidForm, AidResult, AidStage

ORDERS = {"": "-id", "newest": "-id", "accepted": "accepted_on", "-accepted": "-accepted_on", "recovered": "-recovered_fen"}


@reads(LEGAL_AID)
def legal_aid(actor: Actor, deed: str = "casework.legal_aid.view") -> QuerySet[LegalAid]:
    """Entries the actor may do ``deed`` to, by place."""
    found = LegalAid.objects.filter(within(actor.prefixes(declared(deed).roles)))
    return found.select_related("org", "applicant", "employer").order_by("-id")


@dataclass(frozen=True)
class AidFilters:
    """The filter bar of the register. ``first`` and ``last`` bound the day of acceptance."""

    org: Org | None = None
    form: str = ""
    stage: str | None = None
    result: str = ""
    state: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    text: str = ""
    group: bool | None = None
    order: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str], org: Org | None = None) -> AidFilters:
        """From an address; unknown keys and values raise ``Refused`` (rule 9)."""
        allowed = {"form": AidForm.values, "result": AidResult.values, "state": list(LEGAL_AID.states), "order": list(ORDERS)}
        picked: dict[str, Any] = {"org": org, "text": given.get("text", "")[:40].strip()}
        for name, values in allowed.items():
            value = given.get(name, "")
            if value and value not in values:
                raise Refused(_("“%(value)s” is none of the possible values.") % {"value": value}, field=name)
            picked[name] = value
        if "stage" in given:
            if given["stage"] not in AidStage.values:
                raise Refused(_("“%(value)s” is none of the possible values.") % {"value": given["stage"]}, field="stage")
            picked["stage"] = given["stage"]
        for name in ("first", "last"):
            picked[name] = _day(given.get(name, ""), name)
        if given.get("group") in ("0", "1"):
            picked["group"] = given["group"] == "1"
        return cls(**picked)

    def apply(self, found: QuerySet[LegalAid], named: Q) -> QuerySet[LegalAid]:
        """The rows that fit; by the name of a party only those of ``named``, which the actor may open."""
        if self.org is not None:
            found = found.filter(within([self.org.path]))
        exact = {"form": self.form, "result": self.result, "state": self.state}
        found = found.filter(**{name: value for name, value in exact.items() if value})
        if self.stage is not None:
            found = found.filter(stage=self.stage)
        if self.first:
            found = found.filter(accepted_on__gte=self.first)
        if self.last:
            found = found.filter(accepted_on__lte=self.last)
        if self.group is not None:
            found = found.filter(is_group=self.group)
        if self.text:
            names = Q(applicant_name=self.text) | Q(employer_name__contains=self.text)
            found = found.filter(Q(number__startswith=self.text) | names & named)
        return found.order_by(ORDERS[self.order], "-id") if self.order else found


def _day(text: str, name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(_("Enter a day like 2023-05-31."), field=name) from None


def filtered_legal_aid(actor: Actor, filters: AidFilters, deed: str = "casework.legal_aid.list") -> QuerySet[LegalAid]:
    """The list page: what fits the filters within reach."""
    return filters.apply(legal_aid(actor, deed), within(actor.prefixes(LEGAL_AID.deeds["view"].roles)))


@dataclass(frozen=True)
class AidTotals:
    """Sums over a list, of the very rows it shows."""

    entries: int
    people: int
    claimed_fen: int
    recovered_fen: int


def totals_of(found: QuerySet[LegalAid]) -> AidTotals:
    """Entries, people and amounts of a list."""
    sums = found.order_by().aggregate(people=Sum("people"), claimed=Sum("claimed_fen"), recovered=Sum("recovered_fen"))
    return AidTotals(found.count(), sums["people"] or 0, sums["claimed"] or 0, sums["recovered"] or 0)
