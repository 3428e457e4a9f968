"""TAKE: the directory of resources, and promises from it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import today
from shegong.lib import calendar, money
from shegong.lib.errors import Invalid

from ..models import PlanNeed, Resource
from ..models.linked import ResourceKind
from ..policy import Problem
from ..queries.referrals import receivers_like
from ..queries.resources import resources_for
from ._fields import day_field, org_named, text_area

MONEY = forms.TextInput({"data-entry": "money"})


def fen(typed: str) -> int | None:
    """Integer fen of an amount in yuan as typed; None where nothing is typed. Raises ``ValidationError``."""
    if not typed.strip():
        return None
    try:
        return money.parse(typed)
    except Invalid as error:
        raise forms.ValidationError(str(error)) from None


@takes("casework.resource.offer")
class OfferResourceForm(DeedForm):
    title = forms.CharField(label=gettext_lazy("title"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("type"), choices=ResourceKind.choices)
    problem = forms.ChoiceField(label=gettext_lazy("helps with"), choices=Problem.choices)
    giver = forms.CharField(label=gettext_lazy("owner"), max_length=80)
    giver_org = forms.CharField(
        label=gettext_lazy("owner's organisation here"), required=False, max_length=80,
        help_text=gettext_lazy("Name or code, when the owner has accounts in this system; it then answers itself."),
    )  # fmt: skip
    contact = forms.CharField(label=gettext_lazy("contact"), required=False, max_length=80)
    terms = forms.CharField(label=gettext_lazy("conditions"), required=False, max_length=300)
    area_code = forms.CharField(label=gettext_lazy("area code"), required=False, max_length=12)
    quantity = forms.IntegerField(
        label=gettext_lazy("how many"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Empty: as many as are asked for."),
    )
    valid_to = day_field(gettext_lazy("available until"), required=False)

    def prepare(self) -> None:
        self.fields["area_code"].initial = self.target.area_code

    def clean_giver_org(self) -> Org | None:
        typed = self.cleaned_data["giver_org"].strip()
        return org_named(receivers_like(typed)) if typed else None


@takes("casework.resource.correct")
class CorrectResourceForm(OfferResourceForm):
    def prepare(self) -> None:
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, name)


@takes("casework.resource.withdraw", "casework.promise.refuse")
class ResourceReasonForm(DeedForm):
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=200)


@takes("casework.case.promise")
class PromiseForm(DeedForm):
    resource = forms.ModelChoiceField(Resource.objects.none(), label=gettext_lazy("resource"))
    need = forms.ModelChoiceField(PlanNeed.objects.none(), label=gettext_lazy("need of the plan"), required=False)
    purpose = text_area(
        gettext_lazy("what it is for"), help_text=gettext_lazy("The owner reads this: no names, no stories.")
    )
    quantity = forms.IntegerField(label=gettext_lazy("how many"), min_value=1, initial=1)
    amount_fen = forms.CharField(label=gettext_lazy("worth (yuan)"), required=False, max_length=24, widget=MONEY)
    due_on = day_field(gettext_lazy("needed by"))

    def prepare(self) -> None:
        self.fields["resource"].queryset = resources_for(self.actor, self.target)  # type: ignore[attr-defined]
        self.fields["need"].queryset = PlanNeed.objects.filter(case=self.target, outcome="open")  # type: ignore[attr-defined]
        self.fields["due_on"].initial = calendar.add_days(today(), 7, mode="working")

    def clean_amount_fen(self) -> int:
        return fen(self.cleaned_data["amount_fen"]) or 0


@takes("casework.promise.give")
class GivePromiseForm(DeedForm):
    due_on = day_field(gettext_lazy("delivered by"))
    note = forms.CharField(label=gettext_lazy("note"), required=False, max_length=200)

    def prepare(self) -> None:
        self.fields["due_on"].initial = max(self.target.due_on, today())


@takes("casework.promise.deliver")
class DeliverForm(DeedForm):
    delivered_on = day_field(gettext_lazy("delivered on"))
    amount_fen = forms.CharField(label=gettext_lazy("worth (yuan)"), required=False, max_length=24, widget=MONEY)

    def prepare(self) -> None:
        self.fields["delivered_on"].initial = today()

    def clean_amount_fen(self) -> Any:
        return fen(self.cleaned_data["amount_fen"])


@takes("casework.promise.confirm")
class ConfirmForm(DeedForm):
    effect = text_area(gettext_lazy("effect"))
