"""TAKE: statutory clocks, and the reckoning of one without a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.reach import today
from shegong.lib import clocks as law

from ..models import ClockEvent
from ..queries.clocks import limit_of, limits_for, titled
from ._fields import day_field

EVENTS = (("", "—"), *ClockEvent._meta.get_field("kind").choices)  # type: ignore[misc]


@takes("casework.case.start_clock")
class StartClockForm(DeedForm):
    limit = forms.ChoiceField(label=gettext_lazy("limit of the law"))
    started_on = day_field(gettext_lazy("day of the event with which it begins"))
    note = forms.CharField(label=gettext_lazy("note"), required=False, max_length=200)

    def prepare(self) -> None:
        limits = limits_for(self.target.org.area_code)
        self.fields["limit"].choices = [(code, titled(limit)) for code, limit in limits.items()]  # type: ignore[attr-defined]
        self.fields["started_on"].initial = today()


@takes("casework.legal_clock.interrupt", "casework.legal_clock.suspend", "casework.legal_clock.resume")
class ClockEventForm(DeedForm):
    happened_on = day_field(gettext_lazy("happened on"))
    reason = forms.CharField(
        label=gettext_lazy("what happened"), max_length=200, help_text=gettext_lazy("Name the paper that proves it.")
    )

    def prepare(self) -> None:
        self.fields["happened_on"].initial = today()


@takes("casework.legal_clock.extend")
class ExtendClockForm(ClockEventForm):
    length = forms.IntegerField(label=gettext_lazy("by how much"), min_value=1)

    def prepare(self) -> None:
        super().prepare()
        self.fields["length"].initial = limit_of(self.target).extension or None


@takes("casework.legal_clock.meet")
class MeetClockForm(DeedForm):
    settled_on = day_field(gettext_lazy("done on"))
    note = forms.CharField(label=gettext_lazy("note"), required=False, max_length=200)

    def prepare(self) -> None:
        self.fields["settled_on"].initial = today()


@takes("casework.legal_clock.void")
class VoidClockForm(DeedForm):
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=200)


class SupposeForm(forms.Form):
    """One thing that is supposed to happen to a limit."""

    event = forms.ChoiceField(label=gettext_lazy("What if it is"), choices=EVENTS, required=False)
    event_on = day_field(gettext_lazy("on"), required=False)
    event_length = forms.IntegerField(
        label=gettext_lazy("by how much"), required=False, min_value=1, help_text=gettext_lazy("for an extension")
    )

    def supposed(self) -> list[law.Event]:
        """The event that was typed, if any; of a valid form."""
        given = self.cleaned_data
        if not given.get("event"):
            return []
        return [law.Event(given["event"], given["event_on"], given.get("event_length") or 0)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("event") and not cleaned.get("event_on") and "event_on" not in self.errors:
            self.add_error("event_on", _("Give the day on which it happens."))
        return cleaned


class ReckonForm(SupposeForm):
    """A limit and the day with which it begins."""

    limit = forms.ChoiceField(label=gettext_lazy("limit of the law"))
    started_on = day_field(gettext_lazy("begins on"))
    field_order = ("limit", "started_on", "event", "event_on", "event_length")

    def __init__(self, limits: dict[str, law.Limit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["limit"].choices = [(code, titled(limit)) for code, limit in limits.items()]  # type: ignore[attr-defined]


class ClockFilter(forms.Form):
    """Which of the running limits."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("Runs out within"), required=False, coerce=int, empty_value=None,
        choices=[
            ("", gettext_lazy("any time")), ("0", gettext_lazy("today or earlier")), ("3", gettext_lazy("three days")),
            ("7", gettext_lazy("a week")), ("30", gettext_lazy("thirty days")),
        ],
    )  # fmt: skip
    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False,
        choices=[("", gettext_lazy("all")), ("running", gettext_lazy("Running")), ("still", gettext_lazy("Standing still"))],
    )  # fmt: skip
