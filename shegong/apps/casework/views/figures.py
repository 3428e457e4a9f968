"""SHOW: the dashboard, one figure with its parts, the entries behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shegong.kernel.actions import pages
from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.indicators import asking
from shegong.kernel.indicators.asking import Shown
from shegong.kernel.indicators.behind import rows_behind
from shegong.kernel.indicators.declare import Dimension, Indicator, cube_of, indicator_of
from shegong.kernel.indicators.figures import Ask, months
from shegong.kernel.orgs.reach import Actor, today
from shegong.kernel.sheets import exports
from shegong.ui.formats import yuan
from shegong.ui.lists import Column, Series

from ..indicators import always, stock
from ..queries import figures as questions
from ..queries.figures import link, rows_link
from .entries import LISTS, EntryList

MAIN = ["casework.registered", "casework.closed"]
RATED = ["casework.ratings_asked", "casework.ratings_given", "casework.score_overall"]
NEEDS = ["casework.needs_raised", "casework.needs_closed"]
AID = ["casework.aid_accepted", "casework.aid_people", "casework.aid_recovered"]


@dataclass(frozen=True)
class Kpi:
    """A figure of the dashboard, as ``ui.kpi`` takes it."""

    label: str
    value: str | int | None
    unit: str
    link: str
    change: str = ""
    better: bool | None = None
    period: str = ""
    why: str = ""
    tone: str = ""


# --- dashboard ----------------------------------------------------------------------------------------------------------
@asking.one_look()
def dashboard(request: HttpRequest) -> HttpResponse:
    """Figures of an organisation with all below it: trend, service lines, areas, what is overdue, ratings, legal aid."""
    actor = actor_of(request)
    org = questions.organisation(actor, request.GET.get("org", ""), [*MAIN, *RATED, *NEEDS])
    wide = request.GET.get("span") == "24"
    first, last = questions.period({"to": request.GET.get("to", "")}, 23 if wide else 11)
    ask = Ask(org, first, last)
    legal = asking.reaches(actor, AID, org)
    context = {
        "org": org, "steps": questions.steps(actor, org), "places": questions.places(actor), "ask": ask, "wide": wide,
        "kpis": [*_kpis(actor, ask), *(_aid_kpis(actor, ask) if legal else [])],
        "trend": _trend(actor, ask), "lines": _lines(actor, ask), "areas": _areas(actor, ask), "ratings": _ratings(actor, ask),
        # by name only where the office knows its people: from the county down
        "scores": questions.scores(actor, org, first, last) if org.depth >= 3 else [],
        "aid": _aid_trend(actor, ask) if legal else None, "as_of": today(),
    }  # fmt: skip
    return render(request, "casework/dashboard.html", context)


def _kpis(actor: Actor, ask: Ask) -> list[Kpi]:
    now = always(ask.org)
    found = [
        _kpi(_("Open cases"), "casework.open", now, asking.shown(actor, "casework.open", now), _("now")),
        _kpi(_("Overdue"), "casework.overdue", now, asking.shown(actor, "casework.overdue", now), _("now"), tone="bad"),
    ]
    found += _compared(
        actor, ask, [("casework.registered", None), ("casework.closed", True), ("casework.needs_raised", None)]
    )
    found.append(_rate(actor, ask, _("Response rate"), "casework.ratings_given", "casework.ratings_asked", 100, "%", 1))
    found.append(
        _rate(
            actor, ask, _("Average rating"), "casework.score_overall", "casework.ratings_given", 1, _("of 5 points"), 2
        )
    )
    return found


def _kpi(label: str, code: str, ask: Ask, shown: Shown, period: str = "", tone: str = "") -> Kpi:
    one = indicator_of(code)
    value: str | int | None = yuan(shown.value, unit=False) if one.money and shown.value is not None else shown.value
    return Kpi(
        label,
        value,
        str(one.unit),
        link(code, ask),
        period=period,
        why=str(shown.why),
        tone=tone if shown.value else "",
    )


def _compared(actor: Actor, ask: Ask, wanted: Sequence[tuple[str, bool | None]]) -> list[Kpi]:
    """This month beside the one before; ``better``: whether more is better."""
    before = dt.date(ask.last.year - (ask.last.month == 1), (ask.last.month - 2) % 12 + 1, 1)
    codes = [code for code, _better in wanted]
    both = asking.shown_table(actor, codes, replace(ask, first=before), ["month"])
    found = []
    for code, better in wanted:
        now, past = (both.get((f"{m:%Y-%m}",), {}).get(code, Shown(0)) for m in (ask.last, before))
        made = _kpi(str(indicator_of(code).name), code, replace(ask, first=ask.last), now, f"{ask.last:%Y-%m}")
        if now.value is not None and past.value is not None:
            step = now.value - past.value
            period = _("%(month)s, against %(past)s the month before") % {
                "month": f"{ask.last:%Y-%m}",
                "past": f"{past.value:,}",
            }
            made = replace(
                made,
                change=f"{step:+,}",
                period=period,
                better=(step > 0) == better if better is not None and step else None,
            )
        found.append(made)
    return found


def _rate(actor: Actor, ask: Ask, label: str, top: str, bottom: str, times: int, unit: str, decimals: int) -> Kpi:
    """A rate from its raw counts."""
    cells = asking.shown_table(actor, [top, bottom], ask).get((), {})
    a, b = cells.get(top, Shown(0)), cells.get(bottom, Shown(0))
    span = f"{ask.first:%Y-%m} – {ask.last:%Y-%m}"
    if a.value is None or b.value is None or not b.value:
        return Kpi(label, None, unit, link(bottom, ask), why=str(a.why or b.why or _("None yet.")))
    raw = _("%(top)s ÷ %(bottom)s") % {"top": f"{a.value:,}", "bottom": f"{b.value:,}"}
    return Kpi(label, f"{a.value * times / b.value:.{decimals}f}", unit, link(top, ask), period=f"{span}, {raw}")


def _aid_kpis(actor: Actor, ask: Ask) -> list[Kpi]:
    cells = asking.shown_table(actor, AID, ask).get((), {})
    span = f"{ask.first:%Y-%m} – {ask.last:%Y-%m}"
    names = (_("Legal-aid entries"), _("People in legal aid"), _("Recovered by legal aid"))
    return [_kpi(name, code, ask, cells.get(code, Shown(0)), span) for name, code in zip(names, AID, strict=True)]


def _series(
    name: str, code: str, ask: Ask, keys: Sequence[str], cells: Mapping[Any, Any], dim: str, tone: int
) -> Series:
    values, links = [], []
    for key in keys:
        shown = cells.get((key,), {}).get(code, Shown(0))
        value = shown.value
        values.append(value / 100 if value is not None and indicator_of(code).money else value)
        links.append(link(code, _at(ask, dim, key)))
    return Series(name, values, links, tone)


def _at(ask: Ask, dim: str, key: str) -> Ask:
    if dim == "month":
        month = dt.date.fromisoformat(f"{key}-01")
        return replace(ask, first=month, last=month)
    return ask.narrowed(**{dim: (key,)})


def _trend(actor: Actor, ask: Ask) -> dict[str, Any]:
    all_months = months(ask.first, ask.last)
    keys = [f"{m:%Y-%m}" for m in all_months]
    cells = asking.shown_table(actor, MAIN, ask, ["month"])
    series = [_series(str(indicator_of(c).name), c, ask, keys, cells, "month", tone) for tone, c in enumerate(MAIN)]
    if asking.opens(actor, "casework.open", ask.org):
        links = [link("casework.open", always(ask.org)) for _month in keys]
        series.append(Series(_("Open at the end"), stock(ask.org, all_months), links, 2))
    return {"labels": keys, "series": series}


def _lines(actor: Actor, ask: Ask) -> dict[str, Any]:
    labels = cube_of("casework.registered").dims[0].labels()
    cells = asking.shown_table(actor, MAIN, ask, ["line"])
    series = [
        _series(str(indicator_of(c).name), c, ask, list(labels), cells, "line", tone) for tone, c in enumerate(MAIN)
    ]
    return {"labels": list(labels.values()), "series": series}


@dataclass(frozen=True)
class AreaLine:
    """One organisation below in the table by area."""

    name: str
    url: str
    cells: list[tuple[Shown, str]]
    overdue: int | None


def _areas(actor: Actor, ask: Ask) -> dict[str, Any]:
    rows = asking.shown_by_area(actor, MAIN, ask)
    late = (
        questions.overdue_by_area(actor, always(ask.org)) if asking.opens(actor, "casework.overdue", ask.org) else None
    )
    found = []
    for row in rows:
        cells = row.cells.get((), {})
        shown = [
            (cells.get(c) or asking.nothing(actor, [c], row.ask)[c], "" if row.partial else link(c, row.ask))
            for c in MAIN
        ]
        name = _("%(org)s itself") % {"org": row.name} if row.own else row.name
        overdue = None if late is None else late.get(0 if row.own else row.org_id, 0)
        found.append(AreaLine(name, "" if row.own else f"?org={row.org_id}", shown, overdue))
    series = [
        Series(
            str(indicator_of(c).name),
            [line.cells[i][0].value for line in found],
            [line.cells[i][1] for line in found],
            i,
        )
        for i, c in enumerate(MAIN)
    ]
    return {"rows": found, "labels": [line.name for line in found], "series": series}


def _ratings(actor: Actor, ask: Ask) -> list[dict[str, Any]]:
    """By service line: asked, given, rate and average, each from raw counts."""
    labels = cube_of("casework.rating").dims[0].labels()
    cells = asking.shown_table(actor, RATED, ask, ["line"])
    found = []
    for key, label in labels.items():
        got = cells.get((key,), {})
        asked, given, score = (got.get(c, Shown(0)) for c in RATED)
        found.append({
            "label": label, "asked": asked, "given": given, "link": link(RATED[0], ask.narrowed(line=(key,))),
            "rate": _divided(given, asked), "average": _divided(score, given),
        })  # fmt: skip
    return found


def _divided(top: Shown, bottom: Shown) -> float | None:
    return None if top.value is None or not bottom.value else top.value / bottom.value


def _aid_trend(actor: Actor, ask: Ask) -> dict[str, Any]:
    keys = [f"{m:%Y-%m}" for m in months(ask.first, ask.last)]
    cells = asking.shown_table(actor, AID, ask, ["month"])
    return {"labels": keys, "series": [_series(str(indicator_of(AID[2]).name), AID[2], ask, keys, cells, "month", 3)]}


# --- one figure -----------------------------------------------------------------------------------------------------------
def figure_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A figure: what it counts, its parts by area, month and dimension, and the way to its entries."""
    actor = actor_of(request)
    one = questions.figure(code)
    ask = questions.ask_of(actor, one, request.GET.dict())
    parts = [] if one.live or ask.own else _parts(actor, one, ask)
    context = {
        "one": one, "ask": ask, "shown": asking.shown(actor, code, ask), "parts": parts, "filters": _filters(one, ask),
        "rows_url": rows_link(code, ask) if asking.opens(actor, code, ask.org) else "", "as_of": today(),
        "other_tree": _other_tree(code, ask),
    }  # fmt: skip
    return render(request, "casework/figure_detail.html", context)


def _other_tree(code: str, ask: Ask) -> str:
    return link(code, replace(ask, tree="today" if ask.tree == "then" else "then"))


def _filters(one: Indicator, ask: Ask) -> list[tuple[str, str]]:
    """What the figure is narrowed to, in words."""
    dims = {d.code: d for d in cube_of(one.cube).dims}
    return [(str(dims[d].label), _words(dims[d], values)) for d, values in {**one.where, **ask.where}.items()]


def _words(dim: Dimension, values: Sequence[str]) -> str:
    labels = dim.labels()
    return "、".join(labels.get(v, v) or _("not stated") for v in values)


@dataclass(frozen=True)
class Part:
    """One way of splitting a figure: label, what may be shown, where it leads."""

    title: str
    rows: list[tuple[str, Shown, str]]


def _parts(actor: Actor, one: Indicator, ask: Ask) -> list[Part]:
    areas = [
        (row.name, row.cells.get((), {}).get(one.code) or asking.nothing(actor, [one.code], row.ask)[one.code],
         "" if row.partial else link(one.code, row.ask))
        for row in asking.shown_by_area(actor, [one.code], ask)
    ]  # fmt: skip
    found = [Part(_("By area"), areas)] if areas else []
    if ask.first != ask.last:
        keys = {f"{m:%Y-%m}": f"{m:%Y-%m}" for m in months(ask.first, ask.last)}
        found.append(_split(actor, one, ask, "month", _("By month"), keys))
    for dim in cube_of(one.cube).dims:
        if len(ask.where.get(dim.code, ("", ""))) > 1 and len(one.where.get(dim.code, ("", ""))) > 1:
            found.append(_split(actor, one, ask, dim.code, _("By %(what)s") % {"what": dim.label}, dim.labels()))
    return found


def _split(actor: Actor, one: Indicator, ask: Ask, dim: str, title: str, labels: Mapping[str, str]) -> Part:
    cells = asking.shown_table(actor, [one.code], ask, [dim])
    keys = [k for k in labels if dim == "month" or (k,) in cells] + [k for (k,) in cells if k not in labels]
    return Part(
        title,
        [
            (labels.get(k, k), cells.get((k,), {}).get(one.code, Shown(0)), link(one.code, _at(ask, dim, k)))
            for k in keys
        ],
    )


# --- the entries behind ---------------------------------------------------------------------------------------------------
def figure_rows(request: HttpRequest, code: str) -> HttpResponse | StreamingHttpResponse:
    """The very entries a figure counts, newest first. Persons are named only to who may open their records."""
    actor = actor_of(request)
    one = questions.figure(code)
    ask = questions.ask_of(actor, one, request.GET.dict())
    if not asking.opens(actor, code, ask.org):
        raise NotAllowed()
    shape = LISTS[cube_of(one.cube).model]
    found = rows_behind(actor, code, ask).select_related(*shape.joined)
    form = request.GET.get("format", "")
    if form:
        return _export(actor, one, ask, shape, found, form)
    rows, after = pages.keyset(found, request.GET.get("after"))
    full = questions.in_full(actor, shape.view)
    may_export = any(ask.org.path.startswith(p) for p in actor.prefixes(declared(shape.export).roles))
    context = {
        "one": one, "ask": ask, "filters": _filters(one, ask), "figure": asking.shown(actor, code, ask), "back": link(code, ask),
        "columns": [Column(c.key, str(c.label), numeric=c.numeric, fixed=i == 0) for i, c in enumerate(shape.columns)],
        "rows": [shape.shown(row, any(row.org_path.startswith(p) for p in full)) for row in rows],
        "more_url": f"{rows_link(code, ask)}&after={after}" if after else "",
        "export_url": rows_link(code, ask) if may_export else "",
        "masked": not any(ask.org.path.startswith(p) for p in full),
    }  # fmt: skip
    return render(request, "casework/figure_rows.html", context)


def _export(actor: Actor, one: Indicator, ask: Ask, shape: EntryList, found: QuerySet[Any], form: str) -> HttpResponse:
    """The same entries as a sheet, without persons; in the trail with the question and the number of rows."""
    if form not in exports.CONTENT_TYPES:
        raise Http404
    if not any(ask.org.path.startswith(p) for p in actor.prefixes(declared(shape.export).roles)):
        raise NotAllowed()
    rows: Iterator[list[Any]] = (shape.exported(row) for row in found.order_by("-pk").iterator(2000))
    chunks: list[bytes] = []

    def finished(count: int) -> None:
        deed = declared(shape.export)
        question = {"figure": one.code, "question": questions.query(ask), "format": form, "rows": count}
        line = trail.Line(deed.code, deed.kind.code, one.code, ask.org.path, Outcome.EXPORTED, "", question)
        trail.write(actor, line)

    # inside the request's transaction, for row-level security ends with it; bounded by what one office holds
    chunks.extend(exports.stream(shape.sheet(str(one.name)), rows, format=form, finished=finished))  # type: ignore[arg-type]
    answer = HttpResponse(b"".join(chunks), content_type=exports.CONTENT_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{one.code}.{form}"'
    return answer
