"""TAKE: the forms of the six phases (domain.md 3.7)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.reach import today
from shegong.lib import calendar

from ..models import PlanNeed
from ..policy import CloseReason, Form, Problem, RecordKind
from ..queries.wording import LABELS
from ._choices import ColleagueField, MoneyField, choose, choose_colleague, risk_field
from ._fields import day_field, text_area

CONTACTS = [(k.value, k.label) for k in (RecordKind.CONTACT, RecordKind.VISIT, RecordKind.SESSION)]
WAYS = [("in_person", _("in person")), ("phone", _("by phone")), ("online", _("online"))]
OUTCOMES = [("met", _("met")), ("partly", _("partly met")), ("unmet", _("not met")), ("open", _("open"))]


def minutes_field() -> forms.IntegerField:
    return forms.IntegerField(label=_("Minutes"), required=False, min_value=1, max_value=1440)


class HappenedForm(DeedForm):
    """A form about something that happened on a day: today unless said otherwise."""

    happened_on = day_field(_("On"))

    def prepare(self) -> None:
        self.fields["happened_on"].initial = today()


@takes("casework.case.assess")
class AssessForm(HappenedForm):
    """The assessment form (预估表)."""

    self_system = text_area(LABELS["self_system"], required=False)
    family_system = text_area(LABELS["family_system"], required=False)
    social_system = text_area(LABELS["social_system"], required=False)
    problems = text_area(LABELS["problems"])
    needs = text_area(LABELS["needs"])
    priorities = text_area(LABELS["priorities"], required=False, rows=2)
    strengths = text_area(LABELS["strengths"], required=False, rows=2)
    risk = risk_field(help_text=_("Danger to life is escalated at once."))

    def prepare(self) -> None:
        super().prepare()
        self.fields["risk"].initial = self.target.risk


@takes("casework.case.plan_need")
class PlanNeedForm(DeedForm):
    """One line of the service plan (服务计划表)."""

    problem = forms.ChoiceField(label=_("Problem class"), choices=Problem.choices)
    priority = forms.TypedChoiceField(
        label=_("Priority"), coerce=int, initial=2, choices=[(1, _("first")), (2, _("second")), (3, _("third"))]
    )
    goal = text_area(_("Goal"), rows=2)
    indicator = forms.CharField(
        label=_("How we will know"), max_length=120, help_text=_("Something one can see or count.")
    )
    method = forms.CharField(label=_("Method"), max_length=200)
    owner = ColleagueField(label=_("Responsible"))
    due_on = day_field(_("Due on"))

    def prepare(self) -> None:
        choose_colleague(self, "owner")
        self.fields["problem"].initial = self.target.problem
        self.fields["owner"].initial = self.target.worker_id
        self.fields["due_on"].initial = calendar.add_days(today(), 10, mode="working")


@takes("casework.case.submit_plan")
class SubmitPlanForm(DeedForm):
    note = text_area(_("Note to the supervisor"), required=False, rows=2)


@takes("casework.case.approve_plan", "casework.case.approve_closure")
class ApproveForm(DeedForm):
    opinion = text_area(_("Opinion"), required=False, rows=2)


@takes("casework.case.return_plan", "casework.case.return_closure")
class ReturnForm(DeedForm):
    opinion = text_area(_("What is to be corrected"), rows=3)


@takes("casework.case.log")
class LogForm(HappenedForm):
    """The five-minute log (过程记录)."""

    kind = forms.ChoiceField(label=_("Kind"), choices=CONTACTS, widget=forms.RadioSelect, initial=RecordKind.CONTACT)
    text = text_area(LABELS["text"])
    way = forms.ChoiceField(label=LABELS["way"], choices=WAYS, required=False)
    minutes = minutes_field()
    agreed = forms.CharField(label=LABELS["agreed"], required=False, max_length=500)
    next_on = day_field(_("Next on"), required=False)


@takes("casework.case.settle_need")
class SettleNeedForm(DeedForm):
    need = forms.ModelChoiceField(PlanNeed.objects.none(), label=_("Need"))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=OUTCOMES, widget=forms.RadioSelect)
    note = text_area(_("Note"), required=False, rows=2)

    def prepare(self) -> None:
        choose(self, "need", PlanNeed.objects.filter(case=self.target).order_by("priority", "id"))


@takes("casework.case.evaluate")
class EvaluateForm(HappenedForm):
    """The evaluation form (评估表)."""

    goals_reached = text_area(LABELS["goals_reached"])
    changes = text_area(LABELS["changes"], required=False)
    client_view = text_area(LABELS["client_view"], required=False, help_text=_("Ask her; write it in her words."))
    method = forms.CharField(label=LABELS["method"], required=False, max_length=200)
    recovered_fen = MoneyField(label=_("Amount recovered (yuan)"))

    def prepare(self) -> None:
        super().prepare()
        if self.target.form == Form.GROUP:
            del self.fields["recovered_fen"]
        else:
            self.fields["recovered_fen"].initial = self.target.recovered_fen or None


@takes("casework.case.submit_closure")
class ClosureForm(DeedForm):
    """The closure form (结案表)."""

    close_reason = forms.ChoiceField(label=_("Closing reason"), choices=CloseReason.choices)
    text = text_area(_("Closing report"))
    recovered_fen = MoneyField(label=_("Amount recovered (yuan)"))
    follow_up_on = day_field(_("Follow-up on"), required=False)

    def prepare(self) -> None:
        if self.target.form == Form.GROUP:
            del self.fields["recovered_fen"]
        else:
            self.fields["recovered_fen"].initial = self.target.recovered_fen or None


@takes("casework.case.follow_up")
class FollowUpForm(HappenedForm):
    """A follow-up after closing (跟进)."""

    text = text_area(LABELS["text"])
    stable = forms.TypedChoiceField(
        label=LABELS["stable"], required=False, empty_value=None, coerce=lambda v: v == "yes",
        choices=[("", _("cannot be said yet")), ("yes", _("yes")), ("no", _("no"))],
    )  # fmt: skip
    next_on = day_field(_("Next on"), required=False)


@takes("casework.case.end_follow_up")
class EndFollowUpForm(DeedForm):
    text = text_area(_("Closing remark"), required=False, rows=2)


@takes("casework.case.reopen")
class ReopenForm(DeedForm):
    reason = text_area(_("Why it is opened again"), rows=3)
