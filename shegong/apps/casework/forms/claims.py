"""The inputs of a claim calculator, as each declares them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from shegong.lib.claims import Calculator, Claim, InvalidClaim

from ._choices import MoneyField
from ._fields import day_field


class ClaimForm(forms.Form):
    """One calculator: its code and its inputs."""

    claim = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, calculator: Calculator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calculator = calculator
        for asked in calculator.asks:
            label, required = _(asked.label), asked.required
            field: forms.Field = MoneyField(label=label, required=required)
            if asked.kind == "date":
                field = day_field(label, required=required)
            elif asked.kind == "count":
                field = forms.IntegerField(label=label, required=required, min_value=0, max_value=80)
            field.help_text = _(asked.help) if asked.help else ""
            self.fields[asked.name] = field

    def answer(self) -> Claim | None:
        """The claim of a valid form; None where something is missing or cannot be, and the form says which."""
        if not self.is_valid():
            return None
        given = {a.name: self.cleaned_data[a.name] for a in self.calculator.asks}
        try:
            return self.calculator.reckon(**given)
        except InvalidClaim as error:
            self.add_error(str(error.params.get("field")), _(error.message) % error.params)
            return None
