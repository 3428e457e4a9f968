"""WRITE: the tariff of an office, and fee sheets: reckoned from records, approved by somebody else, corrected on the next one."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.inbox import tell, tell_user
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today

from ..models import FeeLine, FeeRate, FeeSheet
from ..policy import FEE_SHEET, FeeItem
from ..policy.duty import SETTLED, UNSETTLED
from ..queries.fees import line_key, lines_of, new_key, reckon_fees
from ._file import need_choice, need_fen, need_past, need_text, place_of


@action("casework.fee_rate.set")
def set_fee_rate(actor: Actor, place: Org, *, item: str, amount_fen: int, valid_from: dt.date) -> FeeRate:
    """From ``valid_from`` on the office pays so much for one of that item; the same day again replaces it. Raises
    ``Refused`` for a day within a month whose sheet is approved: what was paid would no longer follow from the tariff."""
    need_choice(item, FeeItem, "item")
    need_fen(amount_fen, "amount_fen")
    last = (
        FeeSheet.objects.filter(org=place, state__in=SETTLED).order_by("-month").values_list("month", flat=True).first()
    )
    if last and valid_from.replace(day=1) <= last:
        text = _("The fee sheet of %(month)s is approved; a new fee can begin in the month after it.")
        raise Refused(text % {"month": f"{last:%Y-%m}"}, field="valid_from")
    given = {"amount_fen": amount_fen, "by_id": actor.user_id, "org_path": place.path}
    rate, _made = FeeRate.objects.update_or_create(org=place, item=item, valid_from=valid_from, defaults=given)
    return rate


@action("casework.fee_sheet.draw_up")
def draw_up_sheet(actor: Actor, place: Org, *, month: dt.date) -> FeeSheet:
    """The sheet of a month, with its lines. Raises ``Refused`` for a month to come, one that has its sheet or lies before an
    approved one, and while another waits for approval."""
    first = month.replace(day=1)
    if first > today():
        raise Refused(_("This month is still to come."), field="month")
    if FeeSheet.objects.filter(org=place, state__in=UNSETTLED).exists():
        raise Refused(_("Another fee sheet waits for approval; have it approved first."), field="month")
    if FeeSheet.objects.filter(org=place, state__in=SETTLED, month__gte=first).exists():
        raise Refused(
            _("This month or a later one has been approved; corrections go onto the next sheet."), field="month"
        )
    if FeeSheet.objects.filter(org=place, month=first).exists():
        raise Refused(_("This month has its sheet already."), field="month")
    sheet = FeeSheet(org=place, org_path=place.path, month=first, drawn_by_id=actor.user_id)
    sheet.save(force_insert=True)
    _store(sheet)
    sheet.save(update_fields=["total_fen"])
    return sheet


@action("casework.fee_sheet.reckon")
def reckon_sheet(actor: Actor, sheet: FeeSheet) -> Done:
    """Make the lines anew from the records as they are now."""
    _store(sheet)
    sheet.drawn_by_id = actor.user_id
    return Done(sheet)


@action("casework.fee_sheet.submit")
def submit_sheet(actor: Actor, sheet: FeeSheet) -> Done:
    """Ask for approval. Raises ``Refused`` for one without lines, or when a record has changed since it was reckoned."""
    if not FeeLine.objects.filter(sheet=sheet).exists():
        raise Refused(_("There is nothing on this sheet to be paid."))
    _need_fresh(sheet)
    sheet.drawn_by_id, sheet.note = actor.user_id, ""
    text = gettext_noop("The fee sheet of %(month)s waits for approval.")
    tell(
        sheet.org_path,
        sorted(FEE_SHEET.deeds["approve"].roles),
        text,
        {"month": f"{sheet.month:%Y-%m}"},
        FEE_SHEET.code,
        sheet.pk,
    )
    return Done(sheet)


@action("casework.fee_sheet.send_back")
def send_back_sheet(actor: Actor, sheet: FeeSheet, *, reason: str) -> Done:
    """It becomes a draft again; who submitted it is told why."""
    sheet.note = need_text(reason, "reason")[:200]
    text = gettext_noop("The fee sheet of %(month)s was sent back; it says why.")
    tell_user(sheet.drawn_by_id, text, {"month": f"{sheet.month:%Y-%m}"}, FEE_SHEET.code, sheet.pk)
    return Done(sheet, reason=sheet.note)


@action("casework.fee_sheet.approve")
def approve_sheet(actor: Actor, sheet: FeeSheet) -> Done:
    """From now on it is owed as it stands. Raises ``Refused`` for who submitted it, and when a record has changed since."""
    if sheet.drawn_by_id == actor.user_id:
        raise Refused(_("Who submitted the sheet does not approve it; ask a colleague."))
    _need_fresh(sheet)
    sheet.approved_by_id, sheet.approved_on = actor.user_id, today()
    return Done(sheet)


@action("casework.fee_sheet.pay")
def pay_sheet(actor: Actor, sheet: FeeSheet, *, paid_on: dt.date | None = None, voucher: str) -> Done:
    """It was paid on that day, by that voucher of the accounts. Raises ``Refused`` for a day before its approval."""
    day = need_past(paid_on, "paid_on")
    if sheet.approved_on and day < sheet.approved_on:
        raise Refused(_("This day lies before the approval."), field="paid_on")
    sheet.paid_on, sheet.voucher = day, need_text(voucher, "voucher")[:40]
    return Done(sheet)


def _need_fresh(sheet: FeeSheet) -> None:
    fresh = sorted(str(new_key(line)) for line in reckon_fees(sheet.org, sheet.month).lines)
    if fresh != sorted(str(line_key(line)) for line in lines_of(sheet)):
        raise Refused(_("Records have changed since it was reckoned: have it sent back, then reckoned again."))


def _store(sheet: FeeSheet) -> None:
    FeeLine.objects.filter(sheet=sheet).delete()
    answer = reckon_fees(sheet.org, sheet.month)
    FeeLine.objects.bulk_create(
        FeeLine(
            sheet=sheet, lawyer=line.work.lawyer, firm=line.work.lawyer.firm, lawyer_name=line.work.lawyer.name,
            firm_name=line.work.lawyer.firm.name, item=line.work.item, source_kind=line.work.source_kind,
            source_id=line.work.source_id, told=line.work.told, station_name=line.work.at, happened_on=line.work.on,
            rate_fen=line.rate_fen,
            amount_fen=line.amount_fen, note=line.note, corrects=line.corrects, **place_of(sheet),
        )
        for line in answer.lines
    )  # fmt: skip
    sheet.total_fen = answer.total_fen
