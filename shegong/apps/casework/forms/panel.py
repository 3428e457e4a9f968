"""What the deeds on the lawyer panel take."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes

from ..models import Lawyer
from ..policy import Problem, Side
from ..queries.staff import assignable
from ._choices import ColleagueField, choose
from ._fields import day_field

SPECIALTIES = [("", _("any")), *Problem.choices]


@takes("casework.law_firm.register")
class FirmForm(DeedForm):
    name = forms.CharField(label=_("name"), max_length=80)
    credit_code = forms.CharField(label=_("unified social credit code"), max_length=24)
    contract_from = day_field(_("contract from"), required=False)
    contract_to = day_field(_("contract until"), required=False)


@takes("casework.law_firm.correct")
class CorrectFirmForm(FirmForm):
    def prepare(self) -> None:
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, name)


@takes("casework.law_firm.add_lawyer")
class LawyerForm(DeedForm):
    name = forms.CharField(label=_("name"), max_length=40)
    licence = forms.CharField(label=_("licence number"), max_length=24, help_text=_("17 digits"))
    licence_to = day_field(_("licence valid until"), required=False)
    phone = forms.CharField(label=_("phone"), max_length=20, required=False)
    problem = forms.ChoiceField(label=_("specialty"), choices=SPECIALTIES, required=False)
    user = ColleagueField(label=_("account"), required=False)

    def prepare(self) -> None:
        field: Any = self.fields["user"]
        field.queryset = assignable(self.target.org.area_code)


@takes("casework.law_firm.correct_lawyer")
class CorrectLawyerForm(LawyerForm):
    lawyer = forms.ModelChoiceField(Lawyer.objects.none(), label=_("lawyer"))
    left_on = day_field(_("left on"), required=False)
    field_order = ("lawyer",)

    def prepare(self) -> None:
        super().prepare()
        choose(self, "lawyer", Lawyer.objects.filter(firm=self.target))
        field: Any = self.fields["lawyer"]
        row = field.queryset.filter(pk=self.initial.get("lawyer") or field.initial).first()
        if row is not None and not self.is_bound:
            for name in set(self.fields) - {"lawyer"}:
                self.initial[name] = getattr(row, f"{name}_id" if name == "user" else name)


@takes("casework.law_firm.note_party")
class PartyForm(DeedForm):
    side = forms.ChoiceField(label=_("side"), choices=Side.choices, widget=forms.RadioSelect, initial=Side.FOR)
    name = forms.CharField(label=_("name"), max_length=80)
    credit_code = forms.CharField(label=_("unified social credit code"), max_length=24, required=False)
    id_number = forms.CharField(label=_("ID number"), max_length=24, required=False, help_text=_("of a person"))
    since = day_field(_("since"), required=False)
    until = day_field(_("until"), required=False)


class FirmFilter(forms.Form):
    """Firms by name, or by a party."""

    text = forms.CharField(label=_("Name"), required=False, max_length=40)
    party = forms.CharField(label=_("Acts for or against"), required=False, max_length=80)
