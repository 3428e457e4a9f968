"""What the deeds on rosters, duties, wishes and fee sheets take."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.reach import today
from shegong.lib import calendar

from ..models import Duty, Lawyer, LawyerWish, Station
from ..policy import DUTY, FeeItem, Weekday, WishKind
from ..policy.duty import AHEAD
from ..queries.duty import month_before, myself, who_can
from ._choices import MoneyField, choose
from ._fields import day_field
from .stations import stations_of, time_field


class MonthField(forms.TypedChoiceField):
    """A month, as its first day."""

    def __init__(self, *, back: int, ahead: int, **kwargs: Any) -> None:
        self.back, self.ahead = back, ahead
        super().__init__(
            coerce=lambda text: dt.date.fromisoformat(f"{text}-01"), choices=self._months, empty_value=None, **kwargs
        )

    def _months(self) -> list[tuple[str, str]]:
        first = today().replace(day=1)
        return [
            (f"{m:%Y-%m}", f"{m:%Y-%m}")
            for m in (month_before(first, -n) for n in range(self.ahead, -self.back - 1, -1))
        ]


@takes("casework.duty_roster.plan")
class PlanRosterForm(DeedForm):
    month = MonthField(label=_("month"), back=0, ahead=5)
    week_limit = forms.IntegerField(label=_("most duties a week"), min_value=1, max_value=7, initial=2)
    month_limit = forms.IntegerField(label=_("most duties a month"), min_value=1, max_value=31, initial=8)

    def prepare(self) -> None:
        self.fields["month"].initial = str(calendar.month_of(today()).shifted(1))


@takes("casework.duty_roster.generate")
class GenerateForm(DeedForm):
    week_limit = forms.IntegerField(label=_("most duties a week"), min_value=1, max_value=7)
    month_limit = forms.IntegerField(
        label=_("most duties a month"), min_value=1, max_value=31,
        help_text=_("Of one lawyer, all places together. What was set by hand stays; everything else is made anew."),
    )  # fmt: skip

    def prepare(self) -> None:
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, name)


class LawyerChoice(forms.ModelChoiceField):
    """Lawyers of the panel, told apart by their firms."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Lawyer.objects.none(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.firm.name}"


@takes("casework.duty_roster.add_duty")
class AddDutyForm(DeedForm):
    station = forms.ModelChoiceField(Station.objects.none(), label=_("service point"))
    day = day_field(_("day"))
    opens = time_field(_("from"), initial="09:00")
    closes = time_field(_("to"), initial="17:00")
    lawyer = LawyerChoice(label=_("lawyer"), required=False)

    def prepare(self) -> None:
        choose(self, "station", stations_of(self.target.org_id))
        choose(self, "lawyer", Lawyer.objects.filter(org_id=self.target.org_id, left_on=None).select_related("firm"))


@takes("casework.duty.assign")
class AssignDutyForm(DeedForm):
    lawyer = LawyerChoice(label=_("lawyer"), required=False, empty_label=_("nobody: leave it open"))
    reason = forms.CharField(
        label=_("reason"), max_length=200, required=False, help_text=_("Needed once the roster is published.")
    )

    def prepare(self) -> None:
        able = [one.pk for one in who_can(self.target)]
        field: Any = self.fields["lawyer"]
        field.queryset = Lawyer.objects.filter(org_id=self.target.org_id, left_on=None).select_related("firm")
        field.help_text = _(
            "Free that day within all rules: %(count)s. Anybody else is refused with the rule that it would break."
        ) % {"count": len(able)}
        if able:
            rows = {one.pk: one for one in field.queryset}
            first = [(pk, field.label_from_instance(rows[pk])) for pk in able if pk in rows]
            rest = [(pk, field.label_from_instance(one)) for pk, one in rows.items() if pk not in set(able)]
            field.choices = [("", field.empty_label), (_("free"), first), (_("not free"), rest)]


@takes("casework.duty.offer")
class OfferForm(DeedForm):
    note = forms.CharField(label=_("note to colleagues"), max_length=120, required=False)


@takes("casework.duty.accept")
class AcceptForm(DeedForm):
    in_return = forms.ModelChoiceField(
        Duty.objects.none(), label=_("give one of mine for it"), required=False, empty_label=_("none: I take it on top")
    )

    def prepare(self) -> None:
        me = myself(self.actor)
        field: Any = self.fields["in_return"]
        mine = (
            Duty.objects.filter(lawyer=me, published=True, state__in=AHEAD, day__gte=today())
            if me
            else Duty.objects.none()
        )
        field.queryset = mine.select_related("station").order_by("day")
        field.label_from_instance = lambda d: f"{d.day} · {d.station.name}"


@takes("casework.duty.log")
class LogForm(DeedForm):
    consultations = forms.IntegerField(label=_("consultations"), min_value=0, max_value=500)
    minutes = forms.IntegerField(label=_("minutes"), min_value=1, max_value=1440)
    note = forms.CharField(
        label=_("note"), max_length=200, required=False, help_text=_("No names and no details of workers.")
    )

    def prepare(self) -> None:
        start, end = self.target.opens, self.target.closes
        self.fields["minutes"].initial = max(1, (end.hour - start.hour) * 60 + end.minute - start.minute)


@takes("casework.duty.correct_log")
class CorrectLogForm(DeedForm):
    consultations = forms.IntegerField(label=_("consultations"), min_value=0, max_value=500)
    minutes = forms.IntegerField(label=_("minutes"), min_value=1, max_value=1440)
    reason = forms.CharField(label=_("reason"), max_length=200)

    def prepare(self) -> None:
        for name in ("consultations", "minutes"):
            self.fields[name].initial = getattr(self.target, name)


@takes("casework.duty.stand_in")
class StandInForm(LogForm):
    lawyer = LawyerChoice(label=_("who came instead"))
    reason = forms.CharField(
        label=_("reason"), max_length=200, help_text=_("Why the lawyer on duty did not come. No names of workers.")
    )
    note = None  # type: ignore[assignment]
    field_order = ("lawyer", "consultations", "minutes", "reason")

    def prepare(self) -> None:
        super().prepare()
        panel = Lawyer.objects.filter(org_id=self.target.org_id, left_on=None).exclude(pk=self.target.lawyer_id)
        choose(self, "lawyer", panel.select_related("firm"))


@takes("casework.duty.miss", "casework.duty.undo", "casework.duty.call_off")
class ReasonForm(DeedForm):
    reason = forms.CharField(label=_("reason"), max_length=200)


@takes("casework.lawyer.wish")
class WishForm(DeedForm):
    kind = forms.ChoiceField(
        label=_("what"), choices=WishKind.choices, widget=forms.RadioSelect, initial=WishKind.LEAVE
    )
    first = day_field(_("first day"), required=False)
    last = day_field(_("last day"), required=False)
    weekday = forms.TypedChoiceField(
        label=_("only on"),
        choices=[("", _("every day")), *Weekday.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    station = forms.ModelChoiceField(
        Station.objects.none(), label=_("only at"), required=False, empty_label=_("every place")
    )
    reason = forms.CharField(
        label=_("reason"), max_length=300, required=False, help_text=_("Seen by you and your office only.")
    )

    def prepare(self) -> None:
        choose(self, "station", stations_of(self.target.org_id))


@takes("casework.lawyer.withdraw_wish")
class WithdrawWishForm(DeedForm):
    wish = forms.ModelChoiceField(LawyerWish.objects.none(), label=_("leave or wish"))

    def prepare(self) -> None:
        choose(self, "wish", LawyerWish.objects.filter(lawyer=self.target, withdrawn_at=None))


@takes("casework.fee_rate.set")
class FeeRateForm(DeedForm):
    item = forms.ChoiceField(label=_("for"), choices=FeeItem.choices)
    amount_fen = MoneyField(label=_("amount"), required=True)
    valid_from = day_field(_("valid from"))


@takes("casework.fee_sheet.draw_up")
class DrawUpForm(DeedForm):
    month = MonthField(label=_("month"), back=11, ahead=0)

    def prepare(self) -> None:
        self.fields["month"].initial = str(calendar.month_of(today()).shifted(-1))


@takes("casework.fee_sheet.send_back")
class SendBackForm(DeedForm):
    reason = forms.CharField(label=_("reason"), max_length=200)


@takes("casework.fee_sheet.pay")
class PayForm(DeedForm):
    paid_on = day_field(_("paid on"), required=False)
    voucher = forms.CharField(
        label=_("voucher number"), max_length=40, help_text=_("Of the accounts: so that the payment is found again.")
    )


class DutyFilter(forms.Form):
    """Duties by state and place."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *DUTY.states.items()])
    place = forms.CharField(label=_("Service point"), required=False, max_length=40)
