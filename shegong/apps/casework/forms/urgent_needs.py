"""TAKE: raising an urgent need and everything done on its way."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.models import User
from shegong.kernel.orgs.reach import today
from shegong.registry.models import Employer

from ..policy import LINES, Line, Problem
from ..queries.urgent_needs import owners_for
from ._fields import day_field, text_area


@takes("casework.urgent_need.raise")
class RaiseNeedForm(DeedForm):
    problem = forms.ChoiceField(
        label=gettext_lazy("what is it about"), choices=Problem.choices, widget=forms.RadioSelect
    )
    text = text_area(gettext_lazy("what is needed"))
    people = forms.IntegerField(label=gettext_lazy("people concerned"), min_value=1, max_value=1_000_000, initial=1)
    employer = forms.CharField(label=gettext_lazy("employer (name or credit code)"), required=False, max_length=80)

    def clean_employer(self) -> Employer | None:
        typed = self.cleaned_data["employer"].strip()
        if not typed:
            return None
        found = (
            Employer.objects.filter(credit_code=typed.upper()).first() or Employer.objects.filter(name=typed).first()
        )
        if found is None:
            text = gettext_lazy("No employer of this name or code is on file; leave it empty and name it in the text.")
            raise forms.ValidationError(text)
        return found


@takes("casework.urgent_need.assign")
class AssignNeedForm(DeedForm):
    owner = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("who takes it"))
    note = text_area(gettext_lazy("note"), required=False)

    def prepare(self) -> None:
        self.fields["owner"].queryset = owners_for(self.target)  # type: ignore[attr-defined]


@takes("casework.urgent_need.answer")
class AnswerNeedForm(DeedForm):
    answer = text_area(gettext_lazy("what was done"))


@takes("casework.urgent_need.call_back")
class CallBackForm(DeedForm):
    text = text_area(gettext_lazy("what was said"))
    called_on = day_field(gettext_lazy("on"))

    def prepare(self) -> None:
        self.fields["called_on"].initial = today()


@takes("casework.urgent_need.close_off")
class CloseOffForm(DeedForm):
    note = text_area(gettext_lazy("note"), required=False)


@takes("casework.urgent_need.redo", "casework.urgent_need.escalate")
class NeedReasonForm(DeedForm):
    reason = text_area(gettext_lazy("reason"))


@takes("casework.urgent_need.take_up")
class TakeUpNeedForm(DeedForm):
    line = forms.ChoiceField(label=gettext_lazy("service line"), choices=Line.choices)

    def prepare(self) -> None:
        self.fields["line"].initial = LINES[Problem(self.target.problem)]
