"""What the deeds on service points take."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import today

from ..models import Station, StationService, StationStaff
from ..policy import STATION, Problem, Weekday
from ._choices import choose
from ._fields import day_field

SUBJECTS = [("", _("any")), *Problem.choices]
TIME = forms.TimeInput({"type": "time"}, format="%H:%M")


def time_field(label: Any, **kwargs: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=TIME, **kwargs)


def _county(office: Org) -> str:
    """The path below which an office's points may stand: a centre's county."""
    return office.path if office.kind == OrgKind.COUNTY or office.parent is None else office.parent.path


def _sites(office: Org) -> QuerySet[Org]:
    below = _county(office)
    kinds = [OrgKind.STATION, OrgKind.CENTRE, OrgKind.TOWN, OrgKind.COUNTY, OrgKind.WORKSHOP]
    return Org.objects.filter(path__gte=below, path__lt=below[:-1] + "/", kind__in=kinds, closed_on=None).order_by(
        "kind", "name"
    )


@takes("casework.station.set_up")
class StationForm(DeedForm):
    site = forms.ModelChoiceField(
        Org.objects.none(),
        label=_("stands at"),
        help_text=_("A station, the centre, a town; for a court the office itself."),
    )
    name = forms.CharField(
        label=_("name"), max_length=60, required=False, help_text=_("Left empty: the name of where it stands.")
    )
    host = forms.ModelChoiceField(Org.objects.none(), label=_("run together with"), required=False)
    address = forms.CharField(label=_("address"), max_length=120, required=False)
    phone = forms.CharField(label=_("phone"), max_length=20, required=False)
    problem = forms.ChoiceField(label=_("mostly about"), choices=SUBJECTS, required=False)

    def prepare(self) -> None:
        office = self.target if isinstance(self.target, Org) else self.target.org
        choose(self, "site", _sites(office))
        partners = Org.objects.filter(kind=OrgKind.PARTNER, closed_on=None, area_code__startswith=office.area_code[:6])
        choose(self, "host", partners.order_by("name"))


@takes("casework.station.correct")
class CorrectStationForm(StationForm):
    def prepare(self) -> None:
        super().prepare()
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, f"{name}_id" if name in ("site", "host") else name)


@takes("casework.station.start")
class StartStationForm(DeedForm):
    opened_on = day_field(_("in service since"), required=False)


@takes("casework.station.set_hours")
class HoursForm(DeedForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("weekdays"),
        choices=Weekday.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        initial=[0, 1, 2, 3, 4],
    )
    opens = time_field(_("from"), initial="09:00")
    closes = time_field(_("to"), initial="17:00")
    needed = forms.IntegerField(
        label=_("lawyers needed"),
        min_value=0,
        max_value=9,
        initial=1,
        help_text=_("0: open with its own staff, without a lawyer."),
    )
    valid_from = day_field(_("valid from"))

    def prepare(self) -> None:
        self.fields["valid_from"].initial = today()


@takes("casework.station.end_hours")
class EndHoursForm(DeedForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("weekdays"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    valid_to = day_field(_("closed from this day on"))


@takes("casework.station.add_staff")
class StaffForm(DeedForm):
    name = forms.CharField(label=_("name"), max_length=40)
    task = forms.CharField(label=_("task"), max_length=40, required=False)
    of_host = forms.BooleanField(label=_("sent by the host"), required=False)
    since = day_field(_("since"), required=False)


@takes("casework.station.end_staff")
class EndStaffForm(DeedForm):
    staff = forms.ModelChoiceField(StationStaff.objects.none(), label=_("who"))
    until = day_field(_("last day"), required=False)

    def prepare(self) -> None:
        choose(self, "staff", StationStaff.objects.filter(station=self.target, until=None))


@takes("casework.station.serve")
class ServeForm(DeedForm):
    town = forms.ModelChoiceField(Org.objects.none(), label=_("town or street"))
    since = day_field(_("since"), required=False)

    def prepare(self) -> None:
        below = _county(self.target.org)
        towns = Org.objects.filter(path__gte=below, path__lt=below[:-1] + "/", kind=OrgKind.TOWN, closed_on=None)
        choose(self, "town", towns.exclude(pk=self.target.site_id).order_by("name"))


@takes("casework.station.stop_serving")
class StopServingForm(DeedForm):
    service = forms.ModelChoiceField(StationService.objects.none(), label=_("town or street"))
    until = day_field(_("last day"), required=False)

    def prepare(self) -> None:
        choose(self, "service", StationService.objects.filter(station=self.target, until=None).select_related("town"))


@takes("casework.station.inspect")
class ReviewForm(DeedForm):
    year = forms.IntegerField(label=_("year"), min_value=2000, max_value=2199)
    reviewed_on = day_field(_("reviewed on"), required=False)
    passed = forms.TypedChoiceField(
        label=_("result"), choices=[("1", _("passed")), ("0", _("not passed"))], coerce=lambda v: v == "1",
        widget=forms.RadioSelect,
        initial="1",
    )  # fmt: skip
    note = forms.CharField(
        label=_("note"), max_length=200, required=False, help_text=_("What has to be mended, if it was not passed.")
    )

    def prepare(self) -> None:
        self.fields["year"].initial = today().year


@takes("casework.station.close")
class CloseStationForm(DeedForm):
    closed_on = day_field(_("closed on"), required=False)
    reason = forms.CharField(label=_("reason"), max_length=200, help_text=_("Closed, or merged into which other."))


class StationFilter(forms.Form):
    """Service points by name and state."""

    text = forms.CharField(label=_("Name"), required=False, max_length=40)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *STATION.states.items()])


class DayFilter(forms.Form):
    """Coverage on a day, of an organisation."""

    day = day_field(_("On the day"), required=False)
    org = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)


def stations_of(office_id: int) -> QuerySet[Station]:
    """Service points in service, to choose from."""
    return Station.objects.filter(org_id=office_id, state="open").order_by("name")
