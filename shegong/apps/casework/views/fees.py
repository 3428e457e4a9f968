"""PAGE: the tariff, fee sheets, and the sheet as a paper to sign."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.orgs.reach import today
from shegong.kernel.sheets.takeout import Offer, export_page
from shegong.lib import money
from shegong.ui.lists import Column
from shegong.ui.papers import paper

from ..models import FeeLine, FeeSheet
from ..policy import FEE_RATE, FEE_SHEET, FeeItem
from ..policy.duty import SETTLED
from ..queries.duty import duties
from ..queries.fees import doubts_of, fee_lines, fee_rates, fee_sheets, lines_of, sums_of
from ..queries.legal_aid import legal_aid
from ..sheets.duty import FEE_LINES_EXPORT, fee_line_rows
from .aid import PAPERS
from .linked import list_page, one, record_page

TONES = {"draft": "plain", "submitted": "warn", "approved": "info", "paid": "good"}
EXPORT = FEE_SHEET.deeds["export"].code


def notes() -> dict[str, str]:
    """What stands beside a line that is not simply this month's."""
    return {"covered": _("paid with the duty day"), "late": _("noted late"), "correction": _("correction"), "": ""}


def fee_sheet_list(request: HttpRequest) -> HttpResponse:
    """Fee sheets, newest first."""
    actor = actor_of(request)
    if not actor.roles() & FEE_SHEET.deeds["view"].roles:
        raise NotAllowed()
    columns = [
        Column("month", _("Month"), fixed=True), Column("state", _("State")), Column("total", _("Total"), numeric=True,
        unit=_("yuan")),
        Column("approved", _("Approved on")), Column("paid", _("Payment made on")), Column("org", _("Office")),
    ]  # fmt: skip
    post = actor.first_post(FEE_SHEET.deeds["draw_up"].roles)
    new = reverse("deed_page", args=[FEE_SHEET.deeds["draw_up"].code, post.org_id]) if post else ""
    return list_page(
        request, "casework/fee_sheet_list.html", fee_sheets(actor), columns=columns, new_url=new, tones=TONES
    )


def fee_sheet_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One sheet: sums by firm, lawyer and kind, every line with its record, and what is left out and why."""
    actor = actor_of(request)
    sheet: FeeSheet = one(fee_sheets(actor), pk)
    lines = lines_of(sheet)
    split, sources = sums_of(lines), {line.source_id for line in lines}
    opens = {
        pk
        for found in (duties(actor), legal_aid(actor))
        for pk in found.filter(pk__in=sources).values_list("pk", flat=True)
    }
    columns = [
        Column("lawyer", _("Lawyer"), fixed=True), Column("on", _("On")), Column("item", _("For")), Column("of", _("Record")),
        Column("station", _("Service point")),
        Column("rate", _("Fee"), numeric=True, unit=_("yuan")), Column("amount", _("Amount"), numeric=True, unit=_("yuan")),
    ]  # fmt: skip
    sums = [
        Column("name", _("By what"), fixed=True),
        Column("count", _("Lines"), numeric=True),
        Column("amount", _("Amount"), numeric=True, unit=_("yuan")),
    ]
    left = [Column("what", _("Record"), fixed=True), Column("on", _("On")), Column("why", _("Why it is not paid"))]
    more = {
        "lines": lines, "sums": split, "columns": columns, "sum_columns": sums, "doubt_columns": left,
        "doubts": doubts_of(sheet), "state_tone": TONES[sheet.state], "notes": notes(), "opens": opens,
        "by_lawyer": [(f"{who} · {firm}", count, fen) for firm, who, count, fen in split.by_lawyer],
        "settled": sheet.state in SETTLED,
    }  # fmt: skip
    return record_page(request, actor, "casework/fee_sheet_detail.html", FEE_SHEET, sheet, **more)


def fee_sheet_paper(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The approved sheet as PDF with places to sign. Before that it is none yet: 404."""
    sheet: FeeSheet = one(fee_sheets(actor_of(request)).filter(state__in=SETTLED), pk)
    name = _("Fee sheet %(month)s") % {"month": f"{sheet.month:%Y-%m}"}
    return paper(f"{name}-{sheet.org.name}", PAPERS / "fee_sheet.typ", _paper(sheet, name), on=sheet.approved_on or today())


def _paper(sheet: FeeSheet, name: str) -> dict[str, Any]:
    lines = lines_of(sheet)
    sums, words = sums_of(lines), notes()
    return {
        "title": name, "office": sheet.org.name,
        "facts": [
            [_("Office"), sheet.org.name], [_("Month"), f"{sheet.month:%Y-%m}"], [_("Total"), money.format_yuan(sheet.total_fen)],
            [_("Drawn up by"), sheet.drawn_by.name], [_("Approved by"), sheet.approved_by.name if sheet.approved_by else ""],
            [_("Approved on"), str(sheet.approved_on or "")], [_("In words"), money.in_words(max(0, sheet.total_fen))],
        ],
        "sums": [
            {"title": _("By firm and lawyer"), "heads": [_("Firm"), _("Lawyer"), _("Lines"), _("Amount")],
             "lines": [[firm, who, str(count), money.format_yuan(fen, unit=False)] for firm, who, count, fen in sums.by_lawyer]},
            {"title": _("By service point"), "heads": [_("Service point"), _("Lines"), _("Amount")],
             "lines": [[name, str(count), money.format_yuan(fen, unit=False)] for name, count, fen in sums.by_station]},
            {"title": _("By kind"), "heads": [_("For"), _("Lines"), _("Amount")],
             "lines": [[what, str(count), money.format_yuan(fen, unit=False)] for what, count, fen in sums.by_item]},
        ],
        "lines": {"title": _("Lines"), "heads": [_("Lawyer"), _("On"), _("For"), _("Record"), _("Amount"), _("Note")],
                  "lines": [_line(line, words) for line in lines]},
        "signatures": [_("Drawn up by"), _("Checked by (finance)"), _("Approved by"), _("Received by (firms)")],
    }  # fmt: skip


def _line(line: FeeLine, words: dict[str, str]) -> list[str]:
    amount = money.format_yuan(line.amount_fen, unit=False)
    return [
        line.lawyer_name,
        str(line.happened_on),
        str(FeeItem(line.item).label),
        line.told,
        amount,
        words.get(line.note, ""),
    ]


@require_http_methods(["GET", "POST"])
def fee_line_export(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """What of a sheet may leave, then the file."""
    actor = actor_of(request)
    sheet: FeeSheet = one(fee_sheets(actor, EXPORT), pk)
    offer = Offer(
        FEE_LINES_EXPORT, EXPORT, fee_lines(sheet), fee_line_rows, back=reverse("fee_sheet_detail", args=[sheet.pk]),
        filters=[(_("Month"), f"{sheet.month:%Y-%m}")], asked={"sheet": str(sheet.pk)},
    )  # fmt: skip
    return export_page(request, offer)


def fee_rate_list(request: HttpRequest) -> HttpResponse:
    """The tariff: every rate with the day from which it holds."""
    actor = actor_of(request)
    if not actor.roles() & FEE_RATE.deeds["view"].roles:
        raise NotAllowed()
    columns = [
        Column("item", _("For"), fixed=True), Column("amount", _("Fee"), numeric=True, unit=_("yuan")), Column("from",
        _("Valid from")),
        Column("org", _("Office")),
    ]  # fmt: skip
    post = actor.first_post(FEE_RATE.deeds["set"].roles)
    new = reverse("deed_page", args=[FEE_RATE.deeds["set"].code, post.org_id]) if post else ""
    return list_page(request, "casework/fee_rate_list.html", fee_rates(actor), columns=columns, new_url=new)


def fee_rate_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One rate with those before and after it: the tariff of its item."""
    actor = actor_of(request)
    rate = one(fee_rates(actor), pk)
    columns = [Column("from", _("Valid from"), fixed=True), Column("amount", _("Fee"), numeric=True, unit=_("yuan"))]
    rows = list(fee_rates(actor).filter(org_id=rate.org_id, item=rate.item).order_by("-valid_from"))
    return record_page(request, actor, "casework/fee_rate_detail.html", FEE_RATE, rate, rows=rows, columns=columns)
