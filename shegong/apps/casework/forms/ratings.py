"""TAKE: the code from the paper, and the worker's answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

STARS = [(n, str(n)) for n in range(1, 6)]


def _stars(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=STARS, coerce=int, widget=forms.RadioSelect)


class CodeForm(forms.Form):
    """The code as printed on the slip."""

    use_required_attribute = False
    code = forms.CharField(
        label=gettext_lazy("Code on your slip"), max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip


class RateForm(forms.Form):
    """Four questions and room for a word."""

    use_required_attribute = False
    overall = _stars(gettext_lazy("How was it, all in all?"))
    attitude = _stars(gettext_lazy("How were you treated?"))
    speed = _stars(gettext_lazy("How quickly were you helped?"))
    result = _stars(gettext_lazy("Did it help?"))
    comment = forms.CharField(
        label=gettext_lazy("Anything else you want to say"), required=False, max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
