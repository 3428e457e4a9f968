"""TAKE: referring a need, and answering a referral."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import today
from shegong.lib import calendar

from ..models import PlanNeed, Referral
from ..queries.referrals import OPEN_STATES, receivers_like
from ._fields import day_field, org_named, text_area


@takes("casework.case.refer")
class ReferForm(DeedForm):
    """What the receiver will see is exactly what stands here."""

    need = forms.ModelChoiceField(PlanNeed.objects.none(), label=gettext_lazy("need of the plan"))
    to_org = forms.CharField(
        label=gettext_lazy("to which organisation"), max_length=80,
        help_text=gettext_lazy("Name or code; a union of any place, or a partner agency."),
    )  # fmt: skip
    client_name = forms.CharField(label=gettext_lazy("client, as the receiver shall call her"), max_length=40)
    share_phone = forms.BooleanField(label=gettext_lazy("share the phone on file"), required=False)
    client_phone = forms.CharField(
        label=gettext_lazy("another phone"),
        required=False,
        max_length=24,
        widget=forms.TextInput({"data-entry": "phone"}),
    )
    shared = text_area(
        gettext_lazy("what the receiver needs to know"), help_text=gettext_lazy("Only this is shared, not the file.")
    )
    consent_on = day_field(gettext_lazy("client agreed on"))
    due_on = day_field(gettext_lazy("answer due on"))

    def prepare(self) -> None:
        case = self.target
        free = PlanNeed.objects.filter(case=case, outcome="open")
        away = Referral.objects.filter(case=case, state__in=OPEN_STATES).values("need_id")
        self.fields["need"].queryset = free.exclude(pk__in=away)  # type: ignore[attr-defined]
        self.fields["client_name"].initial = case.client.name if case.client else ""
        self.fields["consent_on"].initial = today()
        self.fields["due_on"].initial = calendar.add_days(today(), 5, mode="working")
        if not (case.client and case.client.phone):
            del self.fields["share_phone"]

    def clean_to_org(self) -> Org:
        return org_named(receivers_like(self.cleaned_data["to_org"], area=self.target.org.area_code))


@takes("casework.referral.accept")
class AcceptReferralForm(DeedForm):
    note = text_area(gettext_lazy("note to the sender"), required=False)


@takes("casework.referral.decline", "casework.referral.recall")
class ReasonForm(DeedForm):
    reason = text_area(gettext_lazy("reason"))


@takes("casework.referral.finish")
class FinishReferralForm(DeedForm):
    outcome = forms.ChoiceField(label=gettext_lazy("outcome"), choices=lambda: _outcomes(), widget=forms.RadioSelect)
    answer = text_area(gettext_lazy("what was done"))


@takes("casework.referral.reveal")
class RevealPhoneForm(DeedForm):
    purpose = forms.CharField(label=gettext_lazy("what you need it for"), max_length=200)


def _outcomes() -> list[tuple[str, str]]:
    return [
        ("met", _("met")),
        ("partly", _("partly met")),
        ("unmet", _("not met")),
        ("referred", _("taken over for good")),
    ]
