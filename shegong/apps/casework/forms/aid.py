"""TAKE: an application for legal aid, what becomes of it, means tests, hearings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import SHANGHAI, today

from ..models import Hearing
from ..policy import AidForm, AidResult, AidStage, Form
from ..policy.aid import EndReason, Exempt, Satisfied
from ..queries.aid import concerns_group, is_emergency, lawyers_for, offices_for, rule_for, tested
from ._choices import MoneyField, RankedField
from ._fields import day_field, text_area

HEARING_KINDS: Any = Hearing._meta.get_field("kind").choices
FORMS = [(value, label) for value, label in AidForm.choices if value != AidForm.CONSULTATION]


class AidFields(DeedForm):
    """What is applied for, and the means."""

    form = forms.ChoiceField(label=_("Form of aid"), choices=FORMS)
    stage = forms.ChoiceField(label=_("Stage"), choices=AidStage.choices, required=False)
    dispute = forms.CharField(label=_("Dispute"), max_length=40)
    facts = text_area(
        _("Facts and evidence"), help_text=_("The office reads this and not the case: write what it needs to decide.")
    )
    claimed_fen = MoneyField(label=_("Amount claimed (yuan)"))
    exempt = forms.ChoiceField(label=_("Means not examined"), choices=Exempt.choices, required=False)
    household = forms.IntegerField(label=_("People in the household"), min_value=1, max_value=50, required=False)
    income_fen = MoneyField(label=_("Income of the household a month (yuan)"))

    def clean_exempt(self) -> str:
        chosen = self.cleaned_data["exempt"]
        return "" if chosen == Exempt.NONE else str(chosen)


@takes("casework.case.apply_aid")
class ApplyAidForm(AidFields):
    office = forms.ModelChoiceField(Org.objects.none(), label=_("Office that decides"))
    applied_on = day_field(_("Applied on"))
    field_order = ("office", "applied_on")

    def prepare(self) -> None:
        case = self.target
        offices = offices_for(case.org)
        field: Any = self.fields["office"]
        field.queryset = Org.objects.filter(pk__in=[o.pk for o in offices])
        field.initial = offices[0].pk if offices else None
        self.fields["applied_on"].initial = today()
        self.fields["dispute"].initial = case.get_problem_display() if case.problem else ""
        self.fields["claimed_fen"].initial = case.claimed_fen or None
        if case.form == Form.GROUP:
            del self.fields["claimed_fen"]
        if case.client and case.client.is_migrant:
            self.fields["exempt"].initial = Exempt.MIGRANT


@takes("casework.aid.correct")
class CorrectAidForm(AidFields):
    def prepare(self) -> None:
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, name)


@takes("casework.aid.ask_supplement")
class SupplementForm(DeedForm):
    missing = text_area(_("What is missing"), help_text=_("All of it at once: papers may be asked for only once."))
    missing_by = day_field(_("To be brought by"))

    def prepare(self) -> None:
        self.fields["missing_by"].initial = today() + dt.timedelta(7)


@takes("casework.aid.accept")
class AcceptAidForm(DeedForm):
    emergency = forms.BooleanField(label=_("Grant now, means and papers later"), required=False)
    reason = text_area(_("Reason"), required=False)

    def prepare(self) -> None:
        found = tested(self.target)
        self.fields["reason"].help_text = found.text
        if not is_emergency(self.target.case_id):
            del self.fields["emergency"]


@takes("casework.aid.refuse")
class RefuseAidForm(DeedForm):
    reason = text_area(_("Reason"), help_text=_("It stands on the notice the applicant receives."))

    def prepare(self) -> None:
        found = tested(self.target)
        self.fields["reason"].initial = "" if found.met else found.text


@takes("casework.aid.withdraw")
class WithdrawAidForm(DeedForm):
    reason = text_area(_("Reason"))


@takes("casework.aid.object")
class ObjectForm(DeedForm):
    objection = text_area(_("Objection"))
    objected_on = day_field(_("Received on"))

    def prepare(self) -> None:
        self.fields["objected_on"].initial = today()


@takes("casework.aid.uphold", "casework.aid.overturn")
class ObjectionAnswerForm(DeedForm):
    answer = text_area(_("Answer"))


@takes("casework.aid.assign")
class AssignAidForm(DeedForm):
    user = RankedField(
        label=_("Lawyer"), help_text=_("Lawyers of the panel first: without conflict, of this specialty, with few cases.")
    )
    because = forms.CharField(label=_("Why this one"), max_length=300, required=False)

    def prepare(self) -> None:
        field: Any = self.fields["user"]
        field.rank(*lawyers_for(self.target))


@takes("casework.aid.set_stage")
class StageForm(DeedForm):
    form = forms.ChoiceField(label=_("Form of aid"), choices=FORMS)
    stage = forms.ChoiceField(label=_("Stage"), choices=AidStage.choices, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def prepare(self) -> None:
        self.fields["form"].initial, self.fields["stage"].initial = self.target.form, self.target.stage


@takes("casework.aid.conclude")
class ConcludeAidForm(DeedForm):
    result = forms.ChoiceField(label=_("Result"), choices=[c for c in AidResult.choices if c[0] != AidResult.PENDING])
    concluded_on = day_field(_("Concluded on"))
    claimed_fen = MoneyField(label=_("Amount claimed (yuan)"))
    recovered_fen = MoneyField(label=_("Amount recovered (yuan)"))
    proof = forms.CharField(label=_("Proof of recovery"), max_length=120, required=False)
    outcome = text_area(_("How it ended"))

    def prepare(self) -> None:
        self.fields["concluded_on"].initial = today()
        self.fields["claimed_fen"].initial = self.target.claimed_fen
        if concerns_group(self.target):
            del self.fields["claimed_fen"], self.fields["recovered_fen"]


@takes("casework.aid.end")
class EndAidForm(DeedForm):
    end_reason = forms.ChoiceField(label=_("Why (Legal Aid Law art. 48)"), choices=EndReason.choices)
    outcome = text_area(_("In words"))


@takes("casework.aid.call_back")
class CallBackForm(DeedForm):
    satisfied = forms.ChoiceField(label=_("The applicant is"), choices=Satisfied.choices)
    text = text_area(_("What she said"))
    called_back_on = day_field(_("Called back on"))

    def prepare(self) -> None:
        self.fields["called_back_on"].initial = today()


@takes("casework.aid.archive")
class ArchiveForm(DeedForm):
    keep_until = day_field(_("Kept until"), required=False)

    def prepare(self) -> None:
        rule = rule_for(self.target)
        if rule is not None:
            text = _("Empty: the end of the year in %(years)s years, by the rule of the office.")
            self.fields["keep_until"].help_text = str(text) % {"years": rule.keep_years}


# --- means tests ----------------------------------------------------------------------------------------------------------
@takes("casework.aid_rule.set")
class AidRuleForm(DeedForm):
    valid_from = day_field(_("Valid from"))
    ceiling_fen = MoneyField(label=_("Highest income per head and month (yuan)"), required=True)
    least_claim_fen = MoneyField(label=_("Least amount in dispute (yuan)"))
    exempt = forms.MultipleChoiceField(
        label=_("Groups whose means are not examined"), choices=[c for c in Exempt.choices if c[0] != Exempt.NONE],
        required=False, widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    keep_years = forms.IntegerField(label=_("Files are kept for (years)"), min_value=1, max_value=100)
    basis = forms.CharField(label=_("Document it follows"), max_length=200)

    def prepare(self) -> None:
        self.fields["valid_from"].initial = today()

    def clean_least_claim_fen(self) -> int:
        return self.cleaned_data["least_claim_fen"] or 0

    def clean_exempt(self) -> tuple[str, ...]:
        return tuple(self.cleaned_data["exempt"])


@takes("casework.aid_rule.withdraw")
class WithdrawAidRuleForm(DeedForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


# --- hearings -------------------------------------------------------------------------------------------------------------
def _instant(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )  # fmt: skip


@takes("casework.case.add_hearing")
class AddHearingForm(DeedForm):
    kind = forms.ChoiceField(label=_("Before"), choices=HEARING_KINDS)
    at = _instant(_("Day and time"))
    forum = forms.CharField(label=_("Commission or court"), max_length=80)
    forum_number = forms.CharField(label=_("Their number of the case"), max_length=40, required=False)
    place = forms.CharField(label=_("Room"), max_length=120, required=False)


@takes("casework.hearing.postpone")
class PostponeForm(DeedForm):
    at = _instant(_("New day and time"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def prepare(self) -> None:
        self.fields["at"].initial = self.target.at.astimezone(SHANGHAI)


@takes("casework.hearing.hold")
class HoldForm(DeedForm):
    outcome = text_area(_("What happened"))


@takes("casework.hearing.cancel")
class CancelForm(DeedForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)
