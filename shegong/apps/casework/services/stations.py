"""WRITE: service points (S41) — set up, taken into service, opening hours as dated rows, staff, whom they serve, review,
closing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import Actor, today

from ..models import Duty, Station, StationHours, StationReview, StationService, StationStaff
from ..policy import Problem, Weekday
from ..policy.duty import AHEAD
from ..queries.stations import in_force
from ._file import need_choice, need_past, need_text, place_of

FIELDS = {"name", "site", "host", "address", "phone", "problem"}
MOST_LAWYERS = 9
TREE = {OrgKind.STATION, OrgKind.CENTRE, OrgKind.TOWN, OrgKind.COUNTY, OrgKind.WORKSHOP}


@action("casework.station.set_up")
def set_up_station(actor: Actor, place: Org, *, site: Org, **given: Any) -> Station:
    """Add a service point that the office ``place`` runs. ``site``: where it stands in the tree (a station, the centre; for
    a court
    the office itself). ``given``: name (that of the site by default), host, address, phone, problem. Raises ``Refused``."""
    station = Station(org=place, org_path=place.path)
    _fill(station, {"site": site, **given, "name": given.get("name") or site.name})
    station.save(force_insert=True)
    return station


@action("casework.station.correct")
def correct_station(actor: Actor, station: Station, **given: Any) -> Done:
    """Correct name, place, host, address, phone or subject."""
    _fill(station, given)
    return Done(station)


@action("casework.station.start")
def start_station(actor: Actor, station: Station, *, opened_on: dt.date | None = None) -> Done:
    """Take it into service on that day (today by default). Raises ``Refused`` without opening hours or staff: nobody could come,
    or nobody would be there."""
    station.opened_on = need_past(opened_on, "opened_on")
    if not StationHours.objects.filter(station=station).exists():
        raise Refused(_("First set the opening hours: without them nobody knows when to come."))
    if not StationStaff.objects.filter(station=station).filter(Q(until=None) | Q(until__gte=today())).exists():
        raise Refused(_("First note who works there."))
    return Done(station)


@action("casework.station.set_hours")
def set_station_hours(
    actor: Actor,
    station: Station,
    *,
    weekdays: Iterable[int],
    opens: dt.time,
    closes: dt.time,
    needed: int,
    valid_from: dt.date,
) -> Done:
    """From ``valid_from`` on it is open on these weekdays; hours of the same weekdays end then, those that would begin later give
    way. ``needed``: lawyers on duty, 0 for staff only. Duties already planned stay as they are."""
    chosen = sorted({int(need_choice(int(day), Weekday, "weekdays")) for day in weekdays})
    if not chosen:
        raise Refused(_("Choose at least one weekday."), field="weekdays")
    if closes <= opens:
        raise Refused(_("It closes before it opens."), field="closes")
    if not 0 <= needed <= MOST_LAWYERS:
        raise Refused(_("Between 0 and %(most)s lawyers.") % {"most": MOST_LAWYERS}, field="needed")
    _end_hours(station, chosen, valid_from)
    StationHours.objects.bulk_create(
        StationHours(
            station=station,
            weekday=day,
            opens=opens,
            closes=closes,
            needed=needed,
            valid_from=valid_from,
            **place_of(station),
        )
        for day in chosen
    )
    told = f"{opens:%H:%M}–{closes:%H:%M} × {needed}"
    return Done(station, changes={"weekdays": chosen, "hours": [None, told], "valid_from": [None, str(valid_from)]})


@action("casework.station.end_hours")
def end_station_hours(actor: Actor, station: Station, *, weekdays: Iterable[int], valid_to: dt.date) -> Done:
    """From ``valid_to`` on it is closed on these weekdays."""
    chosen = sorted({int(day) for day in weekdays})
    if not StationHours.objects.filter(station=station, weekday__in=chosen).exclude(valid_to__lte=valid_to).exists():
        raise Refused(_("It is closed on these days already."), field="weekdays")
    _end_hours(station, chosen, valid_to)
    return Done(station, changes={"weekdays": chosen, "valid_to": [None, str(valid_to)]})


def _end_hours(station: Station, weekdays: list[int], day: dt.date) -> None:
    rows = StationHours.objects.filter(station=station, weekday__in=weekdays)
    rows.filter(valid_from__gte=day).delete()
    rows.filter(in_force(day)).update(valid_to=day)


@action("casework.station.add_staff")
def add_station_staff(
    actor: Actor, station: Station, *, name: str, task: str = "", of_host: bool = False, since: dt.date | None = None
) -> Done:
    """Somebody works there from that day on, of the union or sent by the host."""
    name = need_text(name, "name")
    if StationStaff.objects.filter(station=station, name=name, until=None).exists():
        raise Refused(_("%(name)s is on the list already.") % {"name": name}, field="name")
    if of_host and station.host_id is None:
        raise Refused(_("First note under “Correct” with which agency it is run together."), field="of_host")
    StationStaff.objects.create(
        station=station, name=name, task=task.strip(), of_host=of_host, since=since or today(), **place_of(station)
    )
    return Done(station, changes={"staff": [None, name]})


@action("casework.station.end_staff")
def end_station_staff(actor: Actor, station: Station, *, staff: StationStaff, until: dt.date | None = None) -> Done:
    """The last day of somebody there."""
    day = until or today()
    if day < staff.since:
        raise Refused(_("The last day lies before the first."), field="until")
    if not StationStaff.objects.filter(pk=staff.pk, station=station).update(until=day):
        raise Refused(_("There is no such record."), field="staff")
    return Done(station, changes={"staff": [staff.name, str(day)]})


@action("casework.station.serve")
def serve_town(actor: Actor, station: Station, *, town: Org, since: dt.date | None = None) -> Done:
    """It serves a town or street without a station of its own."""
    if town.kind != OrgKind.TOWN:
        raise Refused(_("Choose a town or street."), field="town")
    if station.site_path.startswith(town.path):
        raise Refused(_("It stands in %(town)s, which it serves anyway.") % {"town": town.name}, field="town")
    if StationService.objects.filter(station=station, town=town, until=None).exists():
        raise Refused(_("It serves %(town)s already.") % {"town": town.name}, field="town")
    StationService.objects.create(station=station, town=town, since=since or today(), **place_of(station))
    return Done(station, changes={"serves": [None, town.name]})


@action("casework.station.stop_serving")
def stop_serving_town(actor: Actor, station: Station, *, service: StationService, until: dt.date | None = None) -> Done:
    """The last day on which it serves that town."""
    day = until or today()
    if day < service.since:
        raise Refused(_("The last day lies before the first."), field="until")
    if not StationService.objects.filter(pk=service.pk, station=station).update(until=day):
        raise Refused(_("There is no such record."), field="service")
    return Done(station, changes={"serves": [service.town.name, str(day)]})


@action("casework.station.inspect")
def review_station(
    actor: Actor,
    station: Station,
    *,
    year: int,
    reviewed_on: dt.date | None = None,
    passed: bool = True,
    note: str = "",
) -> Done:
    """The annual review of a year; entered again it is brought up to date. One that was not passed needs a note."""
    day = need_past(reviewed_on, "reviewed_on")
    if station.opened_on is None or not station.opened_on.year <= year <= today().year:
        raise Refused(_("It was not in service in %(year)s.") % {"year": year}, field="year")
    note = note.strip()[:200] if passed else need_text(note, "note")[:200]
    StationReview.objects.update_or_create(
        station=station, year=year, defaults={"reviewed_on": day, "passed": passed, "note": note, **place_of(station)}
    )
    return Done(station, changes={"review": [None, year], "passed": [None, passed]})


@action("casework.station.close")
def close_station(actor: Actor, station: Station, *, closed_on: dt.date | None = None, reason: str) -> Done:
    """Its first day out of service. Raises ``Refused`` while duties are planned there from that day on: call them off first."""
    reason = need_text(reason, "reason")
    day = closed_on or today()
    if station.opened_on and day < station.opened_on:
        raise Refused(_("This day lies before it was taken into service."), field="closed_on")
    if day > today():
        raise Refused(_("This day lies in the future; enter the day on which it happened."), field="closed_on")
    left = Duty.objects.filter(station=station, state__in=AHEAD, day__gte=max(day, today())).count()
    if left:
        raise Refused(
            _("%(count)s duties are still planned there; call them off first.") % {"count": left}, field="closed_on"
        )
    station.closed_on = day
    StationService.objects.filter(Q(until=None) | Q(until__gt=day), station=station, since__lte=day).update(until=day)
    return Done(station, reason=reason)


def _fill(station: Station, given: Mapping[str, Any]) -> None:
    if strange := set(given) - FIELDS:
        raise Refused(_("Unknown fields: %(names)s.") % {"names": ", ".join(sorted(strange))})
    for name, value in given.items():
        setattr(station, name, value.strip() if isinstance(value, str) else value)
    station.name = need_text(station.name, "name")
    if station.problem:
        need_choice(station.problem, Problem, "problem")
    site, office = station.site, station.org
    if site.kind not in TREE:
        raise Refused(_("A service point stands at a station, a centre, a town or the office itself."), field="site")
    if site.closed_on:
        raise Refused(_("%(org)s is closed.") % {"org": site.name}, field="site")
    # the centre is a sister of the towns: what it runs lies below the county that it belongs to
    home = office.path if office.kind == OrgKind.COUNTY or office.parent is None else office.parent.path
    if not site.path.startswith((office.path, home)):
        raise Refused(_("%(org)s belongs to another office.") % {"org": site.name}, field="site")
    station.site_path = site.path
    if station.host is not None and station.host.kind != OrgKind.PARTNER:
        raise Refused(_("It is run together with a partner agency; choose one."), field="host")
    same = Station.objects.filter(org_id=station.org_id, name=station.name, closed_on=None).exclude(pk=station.pk)
    if same.exists():
        raise Refused(_("A service point of this name is there already."), field="name")
