"""SHOW for machines: organisations, people by their exact number, figures with their definitions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from shegong.kernel.actions.api import (
    ASKED,
    MOST,
    Code,
    Given,
    Month,
    Page,
    Sent,
    Word,
    actor_of,
    answers,
    known,
    org_asked,
)
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.vocabulary import deed
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.indicators import asking
from shegong.kernel.indicators.declare import Indicator, all_indicators, cube_of
from shegong.kernel.indicators.figures import Ask, months
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor
from shegong.lib import idcard
from shegong.lib.errors import Invalid

from .queries import codes_of, find_people, home_org, organisations

router = Router()
MOST_MONTHS = 240


# --- organisations ----------------------------------------------------------------------------------------------------
class OrgGiven(Given):
    code: str
    name: str
    kind: str
    area_code: str
    parent: str | None
    opened_on: dt.date
    closed_on: dt.date | None


class OrgQuery(Sent):
    model_config = ASKED
    after: int | None = Field(None, ge=1, le=2**53, description="Key of the next page.")
    limit: int = Field(50, ge=1, le=MOST)
    kind: Word = ""
    area_code: Word = Field("", description="This area and those inside it.")


@router.get("orgs", response=answers(Page[OrgGiven]), tags=["organisations"], summary="List organisations")
def list_orgs(request: HttpRequest, query: Query[OrgQuery]) -> Any:
    """Organisations at and below your posts, as of today; `code` is what other operations take as `org`."""
    found = organisations(actor_of(request)).filter(closed_on=None).select_related("parent").order_by("pk")
    if query.kind:
        found = found.filter(kind=query.kind)
    if query.area_code:
        found = found.filter(area_code__startswith=query.area_code)
    rows, after = _by_number(found, query.after, query.limit)
    return {"items": [_org(o) for o in rows], "after": after}


def _by_number(found: QuerySet[Org], after: int | None, limit: int) -> tuple[list[Org], str | None]:
    rows = list((found.filter(pk__gt=after) if after else found)[: limit + 1])
    return rows[:limit], str(rows[limit - 1].pk) if len(rows) > limit else None


def _org(org: Org) -> dict[str, Any]:
    same = ("code", "name", "kind", "area_code", "opened_on", "closed_on")
    return {**{name: getattr(org, name) for name in same}, "parent": org.parent.code if org.parent else None}


# --- people -----------------------------------------------------------------------------------------------------------
class NumberSent(Sent):
    """Never in an address: those are logged everywhere."""

    id_number: Code


class PersonGiven(Given):
    """Somebody on file, behind masks."""

    id: uuid.UUID
    name: str
    id_number: str
    phone: str
    sex: str
    birth_on: dt.date | None
    org: str


class Lookup(Given):
    found: PersonGiven | None


@router.post(
    "people/lookup", response=answers(Lookup, 413, 422), tags=["people"], summary="Find a person by exact ID number"
)
def look_up(request: HttpRequest, body: NumberSent) -> Any:
    """Whether somebody with this very number is on file within your reach. Each look is in the trail. It changes nothing, so
    it takes no Idempotency-Key."""
    actor, find = actor_of(request), deed("registry.person.find")
    place = home_org(actor, find.code)
    if place is None:
        raise NotAllowed()
    try:
        number = idcard.parse(body.id_number).number
    except Invalid as error:
        raise Refused(_(error.message) % error.params, field="id_number") from None
    people = find_people(actor, number).people
    person = people[0] if people else None
    subject, path = (person.pk, person.org_path) if person else ("", place.path)
    trail.write(actor, trail.Line(find.code, find.kind.code, subject, path, Outcome.SEEN, "exact number"))
    if person is None:
        return {"found": None}
    shown = {"id_number": str(person.id_number or ""), "phone": str(person.phone or ""), "org": person.org.code}
    return {"found": {"id": person.pk, "name": person.name, "sex": person.sex, "birth_on": person.birth_on, **shown}}


# --- figures ----------------------------------------------------------------------------------------------------------
class ChoiceGiven(Given):
    code: str
    label: str


class DimensionGiven(Given):
    code: str
    label: str
    choices: list[ChoiceGiven]


class IndicatorGiven(Given):
    """A definition: what is counted, in which unit, and what it can be split by besides month, year and area."""

    code: str
    name: str
    definition: str
    unit: str
    money: bool
    additive: bool
    dimensions: list[DimensionGiven]


@router.get("indicators", response=answers(list[IndicatorGiven]), tags=["figures"], summary="Definitions of figures")
def list_indicators(request: HttpRequest) -> Any:
    """The figures that you may ask somewhere."""
    actor = actor_of(request)
    return [
        _definition(one)
        for code, one in sorted(all_indicators().items())
        if actor.roles() & one.may_ask or actor.system
    ]


def _definition(one: Indicator) -> dict[str, Any]:
    dims = [
        {"code": d.code, "label": str(d.label), "choices": [{"code": k, "label": v} for k, v in d.labels().items()]}
        for d in cube_of(one.cube).dims
    ]
    return {
        "code": one.code, "name": str(one.name), "definition": str(one.definition), "unit": str(one.unit), "money": one.money,
        "additive": one.live is None, "dimensions": dims if one.live is None else [],
    }  # fmt: skip


class FigureQuery(Sent):
    model_config = ASKED
    org: Code = Field(..., description="Code of an organisation; with everything below it.")
    first: Month = Field(..., alias="from")
    last: Month = Field(..., alias="to")
    by: Word = Field(
        "", description="Up to two of: month, year, area, and dimensions of the figure; separated by commas."
    )
    tree: Literal["then", "today"] = "then"


class FigureRow(Given):
    """One figure. `value`: a count, or fen where it is money; null where it may not be shown, `why` says why."""

    key: dict[str, str]
    org: str | None = None
    org_name: str | None = None
    value: int | None
    why: str


class FiguresGiven(Given):
    code: str
    name: str
    definition: str
    unit: str
    money: bool
    org: str
    first: str = Field(..., alias="from")
    last: str = Field(..., alias="to")
    by: list[str]
    tree: str
    rows: list[FigureRow]


@router.get(
    "indicators/{code}", response=answers(FiguresGiven, 422), by_alias=True, tags=["figures"], summary="A figure"
)
def get_indicator(request: HttpRequest, code: Code, query: Query[FigureQuery]) -> Any:
    """One figure of an organisation over months, split as asked. Small cells are hidden from who may not see the rows."""
    actor, one = actor_of(request), all_indicators().get(code)
    org = org_asked(query.org)
    if one is None or not asking.reaches(actor, [code], org):
        raise NotAllowed(missing=True)
    by = _split_by(one, query.by)
    if query.last < query.first or len(months(query.first, query.last)) > MOST_MONTHS:
        raise Refused(_("Ask for 1 to %(most)s months, the first one first.") % {"most": MOST_MONTHS}, field="to")
    ask = Ask(org, query.first, query.last, tree=query.tree)
    return {
        "code": code, "name": str(one.name), "definition": str(one.definition), "unit": str(one.unit), "money": one.money,
        "org": org.code, "from": f"{query.first:%Y-%m}", "to": f"{query.last:%Y-%m}", "by": by, "tree": query.tree,
        "rows": _rows(actor, one, ask, by),
    }  # fmt: skip


def _split_by(one: Indicator, asked: str) -> list[str]:
    wanted = [part.strip() for part in asked.split(",") if part.strip()]
    able = {"area", "month", "year", *(d.code for d in cube_of(one.cube).dims)}
    if one.live is not None and wanted:
        raise Refused(_("This figure is no sum of parts; it cannot be split."), field="by")
    if len(wanted) > 2 or len(set(wanted)) < len(wanted):
        raise Refused(_("Split by at most two different things."), field="by")
    return [known(part, able, "by") for part in wanted]


def _rows(actor: Actor, one: Indicator, ask: Ask, by: list[str]) -> list[dict[str, Any]]:
    if not by:
        return [_row({}, asking.shown(actor, one.code, ask))]
    dims = [b for b in by if b != "area"]
    if "area" not in by:
        table = asking.shown_table(actor, [one.code], ask, dims)
        return [_row(dict(zip(dims, key, strict=True)), cells[one.code]) for key, cells in sorted(table.items())]
    areas = asking.shown_by_area(actor, [one.code], ask, dims)
    codes = codes_of(a.org_id for a in areas)
    return [
        {**_row(dict(zip(dims, key, strict=True)), cells[one.code]), "org": codes.get(a.org_id, ""), "org_name": a.name}
        for a in areas
        for key, cells in sorted(a.cells.items())
    ]


def _row(key: dict[str, str], shown: asking.Shown) -> dict[str, Any]:
    return {"key": key, "value": shown.value, "why": str(shown.why)}
