"""TAKE: one line of the legal-aid register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.reach import today
from shegong.lib import money

from ..policy import AidForm, AidResult, AidStage
from ._fields import day_field, text_area
from .resources import MONEY, fen


@takes("casework.legal_aid.register")
class RegisterLegalAidForm(DeedForm):
    """A consultation needs the first four fields only."""

    form = forms.ChoiceField(label=gettext_lazy("form of aid"), choices=AidForm.choices, widget=forms.RadioSelect)
    number = forms.CharField(label=gettext_lazy("register number"), max_length=32)
    accepted_on = day_field(gettext_lazy("accepted on"))
    applicant_name = forms.CharField(label=gettext_lazy("applicant"), max_length=40)
    id_number = forms.CharField(
        label=gettext_lazy("ID number"), required=False, max_length=24, widget=forms.TextInput({"data-entry": "idcard"})
    )
    dispute = forms.CharField(label=gettext_lazy("dispute"), required=False, max_length=40)
    employer_name = forms.CharField(label=gettext_lazy("opponent"), required=False, max_length=80)
    stage = forms.ChoiceField(label=gettext_lazy("stage"), choices=AidStage.choices, required=False)
    people = forms.IntegerField(label=gettext_lazy("people"), min_value=1, initial=1)
    claimed_fen = forms.CharField(
        label=gettext_lazy("amount claimed (yuan)"), required=False, max_length=24, widget=MONEY
    )
    lawyer = forms.CharField(label=gettext_lazy("lawyer or mediator"), required=False, max_length=40)
    result = forms.ChoiceField(
        label=gettext_lazy("result"), required=False,
        choices=[("", "—"), *AidResult.choices, ("ended", gettext_lazy("broken off"))],
    )  # fmt: skip
    concluded_on = day_field(gettext_lazy("concluded on"), required=False)
    recovered_fen = forms.CharField(
        label=gettext_lazy("amount recovered (yuan)"), required=False, max_length=24, widget=MONEY
    )
    proof = forms.CharField(label=gettext_lazy("proof of recovery"), required=False, max_length=120)
    note = text_area(gettext_lazy("note"), required=False)
    sure = forms.BooleanField(label=gettext_lazy("I have checked it"), required=False)

    def prepare(self) -> None:
        self.fields["accepted_on"].initial = today()

    def clean_claimed_fen(self) -> int:
        return fen(self.cleaned_data["claimed_fen"]) or 0

    def clean_recovered_fen(self) -> int:
        return fen(self.cleaned_data["recovered_fen"]) or 0


@takes("casework.legal_aid.correct")
class CorrectLegalAidForm(RegisterLegalAidForm):
    id_number = None  # type: ignore[assignment]
    reason = forms.CharField(label=gettext_lazy("why it is corrected"), max_length=200)

    def prepare(self) -> None:
        entry: Any = self.target
        for name in self.fields:
            if hasattr(entry, name):
                self.fields[name].initial = getattr(entry, name)
        for name in ("claimed_fen", "recovered_fen"):
            amount = getattr(entry, name)
            self.fields[name].initial = money.format_yuan(amount) if amount else ""
        if entry.state == "ended":
            self.fields["result"].initial = "ended"
