"""READ: what lawyers are paid for — each work once, from the record that tells of it — and how one did in a month.

Works: a duty noted as done; an entry of the legal-aid register with a lawyer of the panel, by its form of aid. A consultation
on a day and at a place of her own duty is paid with the duty day. A case without an entry in the register names no form of aid:
it is not paid, and shown as missing there.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, everything, within

from ..models import Duty, FeeLine, FeeRate, FeeSheet, Lawyer, LegalAid, Member, Station
from ..policy import CLOSED, FEE_RATE, FEE_SHEET, FOLLOW_UP, FeeItem
from ..policy.duty import DONE, DRAFT, SETTLED
from .duty import month_span

DUTY_SOURCE, AID_SOURCE = "casework.duty", "casework.legal_aid"
BY_FORM = {"consultation": FeeItem.CONSULTATION, "drafting": FeeItem.DRAFTING, "mediation": FeeItem.MEDIATION}
BY_STAGE = {"arbitration": FeeItem.ARBITRATION, "litigation": FeeItem.LITIGATION}
AT_ONCE = {"consultation", "drafting"}  # done on the day of acceptance, where no later day is noted
_SPLIT = re.compile(r"[、,，;；/\s]+")


@reads(FEE_RATE)
def fee_rates(actor: Actor, deed: str = "casework.fee_rate.view") -> QuerySet[FeeRate]:
    """Rates of the offices whose panel the actor keeps."""
    return FeeRate.objects.filter(within(actor.prefixes(declared(deed).roles))).select_related("org")


@reads(FEE_SHEET)
def fee_sheets(actor: Actor, deed: str = "casework.fee_sheet.view") -> QuerySet[FeeSheet]:
    """Fee sheets to which the actor may do ``deed``."""
    found = FeeSheet.objects.filter(within(actor.prefixes(declared(deed).roles)))
    return found.select_related("org", "drawn_by", "approved_by")


# --- works --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Work:
    """One thing a lawyer did. ``covered``: paid with her duty of that day."""

    lawyer: Lawyer
    item: str
    source_kind: str
    source_id: uuid.UUID
    told: str
    on: dt.date
    at: str
    covered: bool = False


@dataclass(frozen=True)
class Doubt:
    """A record that looks like a work, and why it is not paid."""

    what: str
    on: dt.date
    why: str


@dataclass(frozen=True)
class NewLine:
    """A line to be stored: ``work``, what it is paid at, and the line that it corrects."""

    work: Work
    rate_fen: int
    amount_fen: int
    note: str = ""
    corrects: FeeLine | None = None


@dataclass(frozen=True)
class Reckoned:
    lines: tuple[NewLine, ...]
    doubts: tuple[Doubt, ...]

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


def reckon_fees(org: Org, month: dt.date) -> Reckoned:
    """The lines of a month: its works, those of earlier months noted since (from the first sheet on), and what approved
    sheets paid too much or too little by the records as they are now. Each record is on one sheet only, but for corrections."""
    last = month_span(month)[1]
    with everything():
        paid = list(
            FeeLine.objects.filter(org=org, sheet__state__in=SETTLED)
            .select_related("lawyer", "lawyer__firm")
            .order_by("id")
        )
        begun = (
            FeeSheet.objects.filter(org=org, state__in=SETTLED)
            .order_by("month")
            .values_list("month", flat=True)
            .first()
        )
        first = min(begun, month) if begun else month
        works, doubts = _works(org, first, last)
        rates = _rates(org)
        elsewhere = set(
            FeeLine.objects.filter(source_id__in=[w.source_id for w in works])
            .exclude(org=org)
            .values_list("source_id", flat=True)
        )
    known = {line.source_id for line in paid}
    lines, now = [], {}
    for work in works:
        now[work.source_id] = work
        rate = _rate(rates, work)
        if work.source_id in known:
            continue
        if work.source_id in elsewhere:
            doubts.append(Doubt(work.told, work.on, _("It is on the fee sheet of another office.")))
            continue
        if rate is None:
            item = FeeItem(work.item).label
            doubts.append(Doubt(f"{item} · {work.told}", work.on, _("The tariff has no fee for it on that day.")))
            continue
        note = "covered" if work.covered else "late" if work.on < month else ""
        lines.append(NewLine(work, rate, 0 if work.covered else rate, note))
    lines += _corrections(paid, now, rates)
    lines.sort(
        key=lambda line: (
            line.work.lawyer.firm.name,
            line.work.lawyer.name,
            line.work.on,
            str(line.work.source_id),
            line.amount_fen,
        )
    )
    return Reckoned(tuple(lines), tuple(sorted(doubts, key=lambda d: (d.on, d.what))))


def _corrections(
    paid: Sequence[FeeLine], now: Mapping[uuid.UUID, Work], rates: Mapping[str, list[tuple[dt.date, int]]]
) -> list[NewLine]:
    """For each record on approved sheets whose lawyer or fee is another by now: less for one, more for the other."""
    by_source: dict[uuid.UUID, list[FeeLine]] = {}
    for line in paid:
        by_source.setdefault(line.source_id, []).append(line)
    found = []
    for source_id, lines in by_source.items():
        first, work = lines[0], now.get(source_id)
        rate = (_rate(rates, work) or 0) if work else 0
        due = {work.lawyer.pk: 0 if work.covered else rate} if work else {}
        had: dict[uuid.UUID, int] = {}
        for line in lines:
            had[line.lawyer_id] = had.get(line.lawyer_id, 0) + line.amount_fen
        who = {line.lawyer_id: line.lawyer for line in lines} | ({work.lawyer.pk: work.lawyer} if work else {})
        for pk, lawyer in who.items():
            if more := due.get(pk, 0) - had.get(pk, 0):
                item = work.item if work and pk in due else first.item
                told = Work(
                    lawyer, item, first.source_kind, source_id, first.told, first.happened_on, first.station_name
                )
                found.append(NewLine(told, rate if pk in due else first.rate_fen, more, "correction", first))
    return found


def _works(org: Org, first: dt.date, last: dt.date) -> tuple[list[Work], list[Doubt]]:
    panel = list(Lawyer.objects.filter(org=org).select_related("firm"))
    duties = Duty.objects.filter(org=org, state=DONE, day__range=(first, last), lawyer__isnull=False)
    rows = list(duties.select_related("lawyer__firm", "station"))
    works = [
        Work(d.lawyer, FeeItem.DUTY, DUTY_SOURCE, d.pk, d.station.name, d.day, d.station.name) for d in rows if d.lawyer
    ]
    on_duty = {(d.lawyer_id, d.day, d.station.site_id) for d in rows}
    aid, doubts = _aid_works(org, panel, on_duty, first, last)
    return works + aid, doubts


def _aid_works(
    org: Org, panel: Sequence[Lawyer], on_duty: set[tuple[Any, dt.date, int]], first: dt.date, last: dt.date
) -> tuple[list[Work], list[Doubt]]:
    """Entries of the register kept at the office and its service points."""
    sites = {org.pk: org.name, **dict(Station.objects.filter(org=org).values_list("site_id", "name"))}
    ended = Q(concluded_on__range=(first, last)) | Q(
        concluded_on=None, form__in=AT_ONCE, accepted_on__range=(first, last)
    )
    entries = list(LegalAid.objects.filter(ended, org_id__in=sites).order_by("accepted_on", "id"))
    hands = _hands(e.case_id for e in entries if e.case_id)
    by_name: dict[str, list[Lawyer]] = {}
    for one in panel:
        by_name.setdefault(one.name, []).append(one)
    by_user = {one.user_id: one for one in panel if one.user_id}
    works, doubts = [], []
    for entry in entries:
        on = entry.concluded_on or entry.accepted_on
        item = BY_STAGE.get(entry.stage) if entry.form == "representation" else BY_FORM.get(entry.form)
        tied = [by_user[u] for u in hands.get(entry.case_id, ()) if u in by_user]
        who, why = _who(entry.lawyer, by_name, tied, entry.accepted_on)
        if who is None and not why:
            continue  # nobody of the panel: staff or a mediator did it
        if who is None or item is None:
            doubts.append(
                Doubt(entry.number, on, why or _("The register does not say whether it was arbitration or litigation."))
            )
            continue
        covered = item == FeeItem.CONSULTATION and (who.pk, entry.accepted_on, entry.org_id) in on_duty
        works.append(Work(who, item, AID_SOURCE, entry.pk, entry.number, on, sites[entry.org_id], covered))
    return works, doubts + _unregistered(org, by_user, first, last)


def _hands(cases: Iterable[Any]) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for case_id, user_id in (
        Member.objects.filter(case__in=set(cases), tie="lawyer").order_by("id").values_list("case_id", "user_id")
    ):
        found.setdefault(case_id, []).append(user_id)
    return found


def _who(
    written: str, by_name: Mapping[str, list[Lawyer]], tied: Sequence[Lawyer], on: dt.date
) -> tuple[Lawyer | None, str]:
    """Who did it, by the name in the register and by the tie to the case; (None, why) where they leave it open, (None, "")
    for nobody of the panel."""
    names = [part for part in _SPLIT.split(written.strip()) if part]
    named = [one for name in names for one in by_name.get(name.removesuffix("律师"), by_name.get(name, []))]
    named = [one for one in named if one.left_on is None or on < one.left_on]
    if named and tied:
        both = [one for one in named if one in tied]
        return (both[0], "") if len(both) == 1 else (None, _("The register names another lawyer than the case."))
    found = list(dict.fromkeys(named or tied))
    if len(found) > 1:
        return None, _("It names several lawyers of the panel: %(names)s.") % {
            "names": "、".join(one.name for one in found)
        }
    return (found[0], "") if found else (None, "")


def _unregistered(org: Org, by_user: Mapping[int, Lawyer], first: dt.date, last: dt.date) -> list[Doubt]:
    """Cases of the panel's lawyers that were closed and are in no register."""
    ties = Member.objects.filter(
        tie="lawyer", user__in=by_user, case__closed_on__range=(first, last), case__state__in=[CLOSED, FOLLOW_UP]
    )
    rows = ties.filter(case__legal_aid=None).values_list("case__number", "case__closed_on", "user_id").distinct()
    text = _("%(name)s's case is closed but in no legal-aid register, so its form of aid is not known.")
    return [Doubt(number, on, text % {"name": by_user[user].name}) for number, on, user in rows if on]


def _rates(org: Org) -> dict[str, list[tuple[dt.date, int]]]:
    found: dict[str, list[tuple[dt.date, int]]] = {}
    for item, day, fen in (
        FeeRate.objects.filter(org=org).order_by("-valid_from").values_list("item", "valid_from", "amount_fen")
    ):
        found.setdefault(item, []).append((day, fen))
    return found


def _rate(rates: Mapping[str, list[tuple[dt.date, int]]], work: Work) -> int | None:
    return next((fen for day, fen in rates.get(work.item, ()) if day <= work.on), None)


# --- one sheet ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sums:
    """``by_*``: (name, lines, fen), each adding up to ``total_fen``; ``by_lawyer`` names (firm, lawyer)."""

    total_fen: int
    by_firm: tuple[tuple[str, int, int], ...]
    by_lawyer: tuple[tuple[str, str, int, int], ...]
    by_station: tuple[tuple[str, int, int], ...]
    by_item: tuple[tuple[str, int, int], ...]


def fee_lines(sheet: FeeSheet) -> QuerySet[FeeLine]:
    return FeeLine.objects.filter(sheet=sheet).order_by("firm_name", "lawyer_name", "happened_on", "id")


def lines_of(sheet: FeeSheet) -> list[FeeLine]:
    return list(fee_lines(sheet))


def sums_of(lines: Sequence[FeeLine]) -> Sums:
    """The total and its four splits, of the very lines."""
    firms: dict[str, list[int]] = {}
    people: dict[tuple[str, str, Any], list[int]] = {}
    places: dict[str, list[int]] = {}
    items: dict[str, list[int]] = {}
    for line in lines:
        places.setdefault(line.station_name, []).append(line.amount_fen)
        firms.setdefault(line.firm_name, []).append(line.amount_fen)
        people.setdefault((line.firm_name, line.lawyer_name, line.lawyer_id), []).append(line.amount_fen)
        items.setdefault(line.item, []).append(line.amount_fen)
    return Sums(
        sum(line.amount_fen for line in lines),
        tuple((name, len(v), sum(v)) for name, v in sorted(firms.items())),
        tuple(
            (firm, name, len(v), sum(v)) for (firm, name, _pk), v in sorted(people.items(), key=lambda kv: kv[0][:2])
        ),
        tuple((name, len(v), sum(v)) for name, v in sorted(places.items())),
        tuple(
            (str(FeeItem(item).label), len(items[item]), sum(items[item])) for item in FeeItem.values if item in items
        ),
    )


def doubts_of(sheet: FeeSheet) -> tuple[Doubt, ...]:
    """What a draft leaves out; of an approved sheet nothing is asked any more."""
    return reckon_fees(sheet.org, sheet.month).doubts if sheet.state == DRAFT else ()


def line_key(line: FeeLine) -> tuple[Any, ...]:
    return line.source_id, line.lawyer_id, line.item, line.rate_fen, line.amount_fen, line.note, line.corrects_id


def new_key(line: NewLine) -> tuple[Any, ...]:
    corrects = line.corrects.pk if line.corrects else None
    return line.work.source_id, line.work.lawyer.pk, str(line.work.item), line.rate_fen, line.amount_fen, line.note, corrects
