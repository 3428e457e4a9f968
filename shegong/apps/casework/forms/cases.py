"""TAKE: how cases come in, consent, and the facts they rest on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.reach import today
from shegong.registry.forms import CodeField

from ..policy import Form, Line, Problem, Source
from ._choices import ClientFields, ColleagueField, MoneyField, choose_colleague, risk_field
from ._fields import day_field, text_area

NO_PROBLEM = [("", gettext_lazy("not yet known"))]
TAKEN_IN = [(s.value, s.label) for s in Source if s not in (Source.IMPORTED, Source.SYSTEM)]
CASE_FORMS = [(f.value, f.label) for f in Form if f != Form.CONSULTATION]


def line_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=gettext_lazy("Service line"), choices=Line.choices, widget=forms.RadioSelect)


def problem_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Problem class"), choices=[*NO_PROBLEM, *Problem.choices], required=False
    )


@takes("casework.case.create")
class IntakeForm(ClientFields):
    """The intake form (接案登记表)."""

    line = line_field()
    summary = text_area(
        gettext_lazy("What the worker asks for"),
        help_text=gettext_lazy("In her own words; only those who work on the case read it."),
    )
    problem = problem_field()
    source = forms.ChoiceField(label=gettext_lazy("How it came in"), choices=TAKEN_IN)
    form = forms.ChoiceField(label=gettext_lazy("Form"), choices=CASE_FORMS)
    people = forms.IntegerField(
        label=gettext_lazy("People concerned"), min_value=1, max_value=100_000, initial=1,
        help_text=gettext_lazy("Ten or more with one claim are reported upwards as an early warning."),
    )  # fmt: skip
    risk = risk_field(initial=0, help_text=gettext_lazy("Danger to life is escalated at once."))
    employer = CodeField(label=gettext_lazy("Employer (credit code)"))
    registered_on = day_field(gettext_lazy("Registered on"))
    claimed_fen = MoneyField(label=gettext_lazy("Amount claimed (yuan)"))

    def prepare(self) -> None:
        super().prepare()
        self.fields["registered_on"].initial = today()

    def clean(self) -> dict[str, Any]:
        cleaned = self.take_client(super().clean() or self.cleaned_data)
        cleaned["claimed_fen"] = cleaned.get("claimed_fen") or 0
        return cleaned


@takes("casework.case.request")
class RequestForm(DeedForm):
    """A worker asks for help: three questions."""

    line = line_field()
    summary = text_area(
        gettext_lazy("What do you need help with?"),
        help_text=gettext_lazy("Say what happened and since when. Your employer does not see this."),
    )
    problem = problem_field()
    people = forms.IntegerField(
        label=gettext_lazy("How many people does it concern?"), min_value=1, max_value=100_000, initial=1
    )


@takes("casework.case.consult")
class ConsultForm(DeedForm):
    """The 30-second consultation."""

    line = line_field()
    question = text_area(gettext_lazy("Question"), rows=2)
    answer = text_area(gettext_lazy("Answer"), rows=3)
    problem = problem_field()
    source = forms.ChoiceField(label=gettext_lazy("How it came in"), choices=TAKEN_IN)
    client_name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Only where the person gives it."),
    )
    client_phone = forms.CharField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"data-entry": "phone"}),
    )


@takes("casework.case.accept")
class AcceptForm(DeedForm):
    worker = ColleagueField(label=gettext_lazy("In charge"))

    def prepare(self) -> None:
        choose_colleague(self, "worker")
        self.fields["worker"].initial = self.target.worker_id or self.actor.user_id


@takes("casework.case.decline")
class DeclineForm(DeedForm):
    reason = text_area(
        gettext_lazy("Reason"), help_text=gettext_lazy("Whoever asked reads this; say where help can be found instead.")
    )


@takes("casework.case.take_up")
class TakeUpForm(DeedForm):
    summary = text_area(gettext_lazy("What the worker asks for"))
    worker = ColleagueField(label=gettext_lazy("In charge"), required=False)

    def prepare(self) -> None:
        self.fields["summary"].initial = self.target.summary
        choose_colleague(self, "worker")


@takes("casework.case.consent")
class ConsentForm(DeedForm):
    """Informed consent (知情同意): how it was given, and that its limits were explained."""

    kind = forms.ChoiceField(
        label=gettext_lazy("How consent was given"), widget=forms.RadioSelect,
        choices=[
            ("written", gettext_lazy("in writing")),
            ("spoken", gettext_lazy("spoken, noted by the worker")),
            ("photo", gettext_lazy("photo of the signed sheet")),
        ],
    )  # fmt: skip
    exceptions_explained = forms.BooleanField(
        label=gettext_lazy("I explained when confidence ends: danger to life, minors, the law"), required=False
    )
    consent_on = day_field(gettext_lazy("Given on"))
    note = text_area(gettext_lazy("Note"), required=False, rows=2)

    def prepare(self) -> None:
        self.fields["consent_on"].initial = today()


@takes("casework.case.correct_facts")
class FactsForm(ClientFields):
    """The facts as they stand; what is changed here is corrected."""

    line = line_field()
    problem = problem_field()
    source = forms.ChoiceField(label=gettext_lazy("How it came in"), choices=Source.choices)
    people = forms.IntegerField(label=gettext_lazy("People concerned"), min_value=1, max_value=100_000)
    employer = CodeField(label=gettext_lazy("Employer (credit code)"))
    registered_on = day_field(gettext_lazy("Registered on"))
    summary = text_area(gettext_lazy("What the worker asks for"))
    claimed_fen = MoneyField(label=gettext_lazy("Amount claimed (yuan)"))
    recovered_fen = MoneyField(label=gettext_lazy("Amount recovered (yuan)"))
    reason = text_area(gettext_lazy("Why it is corrected"), rows=2)

    def prepare(self) -> None:
        super().prepare()
        case = self.target
        for name in (
            "line",
            "problem",
            "source",
            "people",
            "employer",
            "registered_on",
            "summary",
            "claimed_fen",
            "recovered_fen",
        ):
            self.fields[name].initial = getattr(case, name)
        if case.client_id:
            self.fields["client"].initial = case.client_id
            name = case.client.name if case.client else "—"
            self.fields["client_name"].help_text = _("On file: %(name)s. Fill in only if it is somebody else.") % {
                "name": name
            }
        if case.form == Form.GROUP:
            del self.fields["claimed_fen"], self.fields["recovered_fen"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("client_name"):
            cleaned["client"] = None  # a new name replaces the one on file
        cleaned = self.take_client(cleaned)
        if not cleaned.get("client") and not cleaned.get("newcomer"):
            cleaned.pop("client", None)
        if cleaned.get("client") and cleaned["client"].pk == self.target.client_id:
            cleaned.pop("client")
        if not cleaned.get("newcomer"):
            cleaned.pop("newcomer", None)
        if cleaned.get("employer") is None and self.target.employer and not self.target.employer.credit_code:
            cleaned.pop("employer", None)  # an employer without a code cannot be shown in the field
        for name in ("claimed_fen", "recovered_fen"):
            if name in cleaned:
                cleaned[name] = cleaned[name] or 0
        return cleaned
