"""READ: service points — which are open when, and which towns and streets have one on a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.actions.vocabulary import reads, relates
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, everything, orgs_on, today, within
from shegong.lib import calendar
from shegong.registry.policy import ABOVE, FIELD

from ..models import Duty, LegalAid, Station, StationHours, StationReview, StationService, StationStaff
from ..policy import STATION
from ..policy.duty import AHEAD, HERE, OPEN_, SHUT

VIEW = "casework.station.view"
SOON = dt.timedelta(days=14)


@reads(STATION)
def stations(actor: Actor, deed: str = VIEW) -> QuerySet[Station]:
    """Service points to which the actor may do ``deed``: of her own office, or standing within her posts."""
    wanted = declared(deed)
    found = within(actor.prefixes(wanted.roles))
    if HERE in wanted.members:
        found |= within(actor.prefixes(FIELD | ABOVE), "site_path")
    return Station.objects.filter(found).select_related("org", "site", "host")


@relates(STATION)
def ties_of_station(actor: Actor, station: Station) -> frozenset[str]:
    """``station_here``: it stands at a place of the actor's, or below."""
    near = any(p.role in FIELD | ABOVE and station.site_path.startswith(p.path) for p in actor.posts)
    return frozenset({HERE}) if near else frozenset()


def filtered_stations(actor: Actor, *, text: str = "", state: str = "") -> QuerySet[Station]:
    """By a part of the name, by state; ``reviewed``: reviews passed this year."""
    found: QuerySet[Station] = stations(actor)
    if text.strip():
        found = found.filter(name__icontains=text.strip())
    if state in STATION.states:
        found = found.filter(state=state)
    return found.annotate(
        reviewed=Count("reviews", filter=Q(reviews__year=today().year, reviews__passed=True), distinct=True)
    )


def in_force(day: dt.date, first: str = "valid_from", last: str = "valid_to", *, inclusive: bool = False) -> Q:
    """Dated rows that hold on ``day``; ``inclusive``: the last day holds too."""
    until = Q(**{f"{last}__{'gte' if inclusive else 'gt'}": day}) | Q(**{last: None})
    return until & Q(**{f"{first}__lte": day})


FRIDAY = 4


def is_rest_day(day: dt.date) -> bool:
    """A public holiday, also where it falls on a week-end. A week-end alone is none: hours say whether it is open."""
    return day in calendar.official().holidays


def hours_between(
    places: Iterable[Station], first: dt.date, last: dt.date
) -> dict[tuple[uuid.UUID, dt.date], StationHours]:
    """The hours of each place on each day of a span on which it is open: (place, day) → hours. One query. On public holidays
    nothing is open; on a working day made up at a week-end a place without hours of that weekday is open as on Fridays."""
    makeup = calendar.official().makeup_workdays
    rows = list(places)
    found: dict[tuple[uuid.UUID, dt.date], StationHours] = {}
    hours = StationHours.objects.filter(station__in=rows, valid_from__lte=last).filter(
        Q(valid_to=None) | Q(valid_to__gt=first)
    )
    by_day: dict[tuple[uuid.UUID, int], list[StationHours]] = {}
    for one in hours:
        by_day.setdefault((one.station_id, one.weekday), []).append(one)
    for n in range((last - first).days + 1):
        day = first + dt.timedelta(days=n)
        if is_rest_day(day):
            continue
        for place in rows:
            if place.opened_on is None or place.opened_on > day or (place.closed_on and place.closed_on <= day):
                continue
            own = by_day.get((place.pk, day.weekday()), [])
            for one in own or (by_day.get((place.pk, FRIDAY), []) if day in makeup else []):
                if one.valid_from <= day and (one.valid_to is None or day < one.valid_to):
                    found[place.pk, day] = one
    return found


def open_places(org_id: int, first: dt.date, last: dt.date) -> list[Station]:
    """Places run by an office that are in service on some day of the span."""
    found = Station.objects.filter(org_id=org_id, opened_on__lte=last).exclude(closed_on__lte=first)
    return list(found.exclude(state="preparing").order_by("name", "id"))


# --- one service point --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sheet:
    """What the page of a service point shows."""

    hours: list[StationHours]
    staff: list[StationStaff]
    services: list[StationService]
    reviews: list[StationReview]
    duties: list[Duty]
    entries: int
    review_due: bool
    review_overdue: bool


def sheet_of(actor: Actor, station: Station) -> Sheet:
    """Hours (those to come too), staff, who is served, reviews; the published duties of the next two weeks; entries of this
    year's legal-aid register kept where it stands."""
    day = today()
    year = LegalAid.objects.filter(org_id=station.site_id, accepted_on__year=day.year) if _kept_there(station) else None
    reviews = list(StationReview.objects.filter(station=station))
    soon = Duty.objects.filter(station=station, published=True, state__in=AHEAD, day__range=(day, day + SOON))
    return Sheet(
        hours=list(StationHours.objects.filter(station=station).filter(Q(valid_to=None) | Q(valid_to__gt=day))),
        staff=list(StationStaff.objects.filter(station=station).filter(Q(until=None) | Q(until__gte=day))),
        services=list(
            StationService.objects.filter(station=station).filter(Q(until=None) | Q(until__gte=day)).select_related("town")
        ),
        reviews=reviews,
        duties=list(soon.select_related("lawyer").order_by("day", "seat")),
        entries=year.count() if year is not None else 0,
        review_due=station.state == OPEN_ and bool(station.opened_on and station.opened_on.year < day.year)
        and not any(r.year == day.year for r in reviews),
        review_overdue=_overdue(station, {r.year for r in reviews}, day),
    )  # fmt: skip


def _kept_there(station: Station) -> bool:
    return station.site_id != station.org_id or station.site.kind == "centre"


# --- coverage -----------------------------------------------------------------------------------------------------------
def why_not_serving(code: str) -> str:
    """What keeps a service point from counting, in words."""
    return {
        "preparing": _("still being prepared"), "closed": _("closed or merged"), "no_hours": _("no opening hours in force"),
        "no_staff": _("nobody works there"), "failed": _("its last annual review was not passed"),
    }[code]  # fmt: skip


@dataclass(frozen=True)
class Tested:
    """A service point tested on a day: ``against`` holds codes of ``why_not_serving``, none where it counts. ``path`` is where it
    stands, ``towns`` whom it serves beside; ``overdue``: the annual review of the year before is missing."""

    station: Station
    path: str
    towns: frozenset[int]
    against: tuple[str, ...]
    overdue: bool

    @property
    def reasons(self) -> str:
        return "、".join(why_not_serving(code) for code in self.against)

    def serves(self, town: Org) -> bool:
        return self.path.startswith(town.path_then) or town.pk in self.towns  # type: ignore[attr-defined]

    def stands_in(self, town: Org) -> bool:
        return self.path.startswith(town.path_then)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Part:
    """A town or street (``total`` 1), or a county or city with how many of its towns are covered. ``places`` cover a town,
    ``failing`` would if nothing spoke against them; both empty: there is none. ``own``: one of them stands in the town itself."""

    org: Org
    covered: int
    total: int
    places: tuple[Tested, ...] = ()
    failing: tuple[Tested, ...] = ()
    own: bool = False

    @property
    def is_town(self) -> bool:
        return self.org.kind == "town"

    @property
    def is_whole(self) -> bool:
        return self.covered == self.total

    @property
    def overdue(self) -> list[Tested]:
        return [one for one in self.places if one.overdue]


@dataclass(frozen=True)
class Coverage:
    """``covered`` of ``total`` towns and streets have a service point that counts on ``day``; parts not covered come first."""

    day: dt.date
    covered: int
    total: int
    parts: tuple[Part, ...]


def coverage(org: Org, day: dt.date) -> Coverage:
    """Every town and street below ``org`` as the tree stood on ``day``, each tested by itself: a service point stands there or
    serves it that is in service, with hours in force and somebody who works there, and whose last annual review was passed.
    Whichever office runs it: names of service points are no secret to who may ask; their pages open by the usual rights."""
    towns = list(orgs_on(day, _path_on(org, day)).filter(kind="town"))
    with everything():
        tested = _tested(day)
    depth = _path_on(org, day).count(".")
    groups: dict[int, list[Org]] = {}
    for town in towns:
        steps = [int(step) for step in town.path_then.split(".") if step]  # type: ignore[attr-defined]
        groups.setdefault(steps[depth] if len(steps) > depth else town.pk, []).append(town)
    heads = {o.pk: o for o in orgs_on(day).filter(pk__in=groups)}
    parts = []
    for pk, below in groups.items():
        head = heads.get(pk)
        if head is None:
            continue
        found = {t.pk: _part(t, tested) for t in below}
        if head.kind == "town" and pk in found and len(found) == 1:
            parts.append(found[pk])
        else:
            parts.append(Part(head, sum(p.covered for p in found.values()), len(below)))
    parts.sort(key=lambda p: (p.is_whole, p.org.area_code, p.org.pk))
    return Coverage(day, sum(p.covered for p in parts), sum(p.total for p in parts), tuple(parts))


def _path_on(org: Org, day: dt.date) -> str:
    then = orgs_on(day).filter(pk=org.pk).first()
    return str(then.path_then) if then else org.path  # type: ignore[attr-defined]


def _part(town: Org, tested: Iterable[Tested]) -> Part:
    mine = [one for one in tested if one.serves(town)]
    good = [one for one in mine if not one.against]
    good.sort(key=lambda one: (not one.stands_in(town), one.station.name))
    failing = tuple(one for one in mine if one.against)
    return Part(town, int(bool(good)), 1, tuple(good), failing, any(one.stands_in(town) for one in good))


def _tested(day: dt.date) -> list[Tested]:
    """All service points as they stood on ``day``. Five queries, however many there are."""
    rows = list(Station.objects.all())
    sites = orgs_on(day).filter(pk__in={s.site_id for s in rows})
    paths = {org.pk: str(org.path_then) for org in sites}  # type: ignore[attr-defined]
    hours = set(StationHours.objects.filter(in_force(day)).values_list("station_id", flat=True))
    staffed = set(
        StationStaff.objects.filter(in_force(day, "since", "until", inclusive=True)).values_list(
            "station_id", flat=True
        )
    )
    served: dict[object, set[int]] = {}
    for station_id, town_id in StationService.objects.filter(
        in_force(day, "since", "until", inclusive=True)
    ).values_list("station_id", "town_id"):
        served.setdefault(station_id, set()).add(town_id)
    reviews: dict[object, dict[int, bool]] = {}
    for station_id, year, passed in StationReview.objects.filter(reviewed_on__lte=day).values_list(
        "station_id", "year", "passed"
    ):
        reviews.setdefault(station_id, {})[year] = passed
    found = []
    for s in rows:
        if s.site_id not in paths:
            continue
        mine = reviews.get(s.pk, {})
        against = [
            code for code, holds in (
                ("preparing", s.opened_on is None or s.opened_on > day), ("closed", s.closed_on is not None
                and s.closed_on <= day),
                ("no_hours", s.pk not in hours), ("no_staff", s.pk not in staffed), ("failed", bool(mine)
                and not mine[max(mine)]),
            ) if holds
        ]  # fmt: skip
        against = [code for code in against if code in ("preparing", "closed")][:1] or against
        found.append(
            Tested(s, paths[s.site_id], frozenset(served.get(s.pk, ())), tuple(against), _overdue(s, set(mine), day))
        )
    return found


def _overdue(station: Station, reviewed: set[int], day: dt.date) -> bool:
    """In service since before this year, and not reviewed for the year before or this one."""
    if station.opened_on is None or (station.closed_on is not None and station.closed_on <= day):
        return False
    return station.opened_on.year < day.year and not reviewed & {day.year - 1, day.year}


def states() -> Mapping[str, object]:
    """States to filter by; closed ones last."""
    return {k: v for k, v in STATION.states.items() if k != SHUT} | {SHUT: STATION.states[SHUT]}
