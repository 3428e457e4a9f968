"""WRITE: leaves and wishes of lawyers, by themselves, by the office for them, or from a workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shegong.kernel.actions.deeds import Done, action, batch_action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.inbox import tell
from shegong.kernel.audit import trail
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, today
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow

from ..models import Lawyer, LawyerWish, Station
from ..policy import LAWYER, Weekday, WishKind
from ..policy.duty import HARD
from ..queries.duty import colliding
from ._file import need_choice, place_of

LONGEST = 366
Lines = tuple[list[RowResult], list[trail.Line], set[Any]]


@action("casework.lawyer.wish")
def note_wish(actor: Actor, lawyer: Lawyer, **given: Any) -> Done:
    """Leave, or what she cannot, would rather not, or has near. ``given``: kind, first, last, weekday, station, reason.
    Duties that are published stay hers; where leave falls on some the office is told. Raises ``Refused``."""
    made = _made(lawyer, given)
    made.save(force_insert=True)
    if made.kind in HARD and (count := colliding(lawyer, made)):
        text = gettext_noop("%(name)s is away from %(first)s on; %(count)s published duties fall on it.")
        values = {"name": lawyer.name, "first": str(made.first), "count": str(count)}
        tell(lawyer.org_path, sorted(LAWYER.deeds["view"].roles), text, values, LAWYER.code, lawyer.pk)
    return Done(
        lawyer,
        changes={"wish": [None, made.kind], "first": [None, str(made.first)], "last": [None, str(made.last or "")]},
    )


@action("casework.lawyer.withdraw_wish")
def withdraw_wish(actor: Actor, lawyer: Lawyer, *, wish: LawyerWish) -> Done:
    """It no longer holds."""
    if not LawyerWish.objects.filter(pk=wish.pk, lawyer=lawyer, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        raise Refused(_("There is no such record."), field="wish")
    return Done(lawyer, changes={"wish": [wish.kind, ""]})


@batch_action("casework.lawyer.import_wishes")
def import_wishes(actor: Actor, place: Org, rows: Sequence[SheetRow], *, batch_key: str = "") -> Lines:
    """Leaves and wishes of lawyers on the panel of ``place``. Values: licence or name, kind, first, last, weekday, station.
    The same again is unchanged; a name that two bear needs the licence number."""
    panel = list(Lawyer.objects.filter(org=place, left_on=None))
    known = {one.licence: one for one in panel}
    named: dict[str, list[Lawyer]] = {}
    for one in panel:
        named.setdefault(one.name, []).append(one)
    stations = {one.name: one for one in Station.objects.filter(org=place, closed_on=None)}
    results, lines = [], []
    for row in rows:
        try:
            lawyer = _lawyer(known, named, row.values)
            outcome, made = _take(lawyer, stations, row.values)
        except Refused as refusal:
            results.append(
                RowResult(row.number, "refused", complaints=(Complaint(refusal.message, refusal.field or ""),))
            )
            continue
        results.append(RowResult(row.number, outcome, str(made.pk)))
        if outcome == "created":
            changes = {"wish": [None, made.kind], "row": row.number, "batch": batch_key[:16]}
            lines.append(
                trail.Line(LAWYER.deeds["import_wishes"].code, LAWYER.code, lawyer.pk, place.path, changes=changes)
            )
    return results, lines, set()


def _lawyer(known: Mapping[str, Lawyer], named: Mapping[str, list[Lawyer]], values: Mapping[str, Any]) -> Lawyer:
    licence, name = str(values.get("licence") or "").strip(), str(values.get("name") or "").strip()
    if licence:
        if licence not in known:
            raise Refused(_("No lawyer of the panel has this licence number."), field="licence")
        return known[licence]
    found = named.get(name, [])
    if len(found) != 1:
        text = (
            _("Two lawyers bear this name; give the licence number.")
            if found
            else _("No lawyer of this name is on the panel.")
        )
        raise Refused(text, field="licence" if found else "name")
    return found[0]


def _take(lawyer: Lawyer, stations: Mapping[str, Station], values: Mapping[str, Any]) -> tuple[str, LawyerWish]:
    given = {name: values.get(name) for name in ("kind", "first", "last")}
    if name := str(values.get("station") or "").strip():
        if name not in stations:
            raise Refused(_("No service point of this name is in service."), field="station")
        given["station"] = stations[name]
    if values.get("weekday") not in (None, ""):
        given["weekday"] = int(values["weekday"])
    made = _made(lawyer, given)
    same = LawyerWish.objects.filter(
        lawyer=lawyer,
        kind=made.kind,
        first=made.first,
        last=made.last,
        weekday=made.weekday,
        station=made.station,
        withdrawn_at=None,
    ).first()
    if same is not None:
        return "unchanged", same
    made.save(force_insert=True)
    return "created", made


def _made(lawyer: Lawyer, given: Mapping[str, Any]) -> LawyerWish:
    kind = need_choice(given.get("kind"), WishKind, "kind")
    first: dt.date | None = given.get("first")
    last: dt.date | None = given.get("last")
    weekday, station = given.get("weekday"), given.get("station")
    if kind == WishKind.NEAR and station is None:
        raise Refused(_("Say which service point is near to you."), field="station")
    if first is None:
        if kind != WishKind.NEAR:
            raise Refused(_("Say from which day on."), field="first")
        first = today()
    if kind == WishKind.LEAVE and last is None:
        raise Refused(_("Leave needs a last day."), field="last")
    if last is not None and last < first:
        raise Refused(_("The last day lies before the first."), field="last")
    if kind == WishKind.LEAVE and last is not None and (last - first).days > LONGEST:
        raise Refused(_("Leave of more than a year: note instead that the lawyer left the panel."), field="last")
    if weekday is not None:
        need_choice(weekday, Weekday, "weekday")
    if station is not None and station.org_id != lawyer.org_id:
        raise Refused(_("No service point of this name is in service."), field="station")
    reason = str(given.get("reason") or "").strip()[:300] or None
    return LawyerWish(
        lawyer=lawyer,
        kind=kind,
        first=first,
        last=last,
        weekday=weekday,
        station=station,
        reason=reason,
        **place_of(lawyer),
    )
