"""TAKE: what happens beside the phases, and corrections of entries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.reach import today
from shegong.lib import calendar
from shegong.registry.policy import FIELD

from ..models import Case, Member, Participant, PlanNeed, Record, Task
from ..policy import RecordKind
from ..queries.cases import lasting
from ..queries.groups import groups_to_join
from ..queries.panel import fitness
from ..queries.staff import assignable, colleagues
from ..queries.wording import LABELS, label_of
from ._choices import ClientFields, ColleagueField, MoneyField, RankedField, choose, choose_colleague, risk_field
from ._fields import day_field, text_area
from .phases import HappenedForm, minutes_field

TIES = [
    ("lawyer", _("Lawyer")),
    ("mediator", _("Mediator")),
    ("partner", _("Partner agency officer")),
    ("helper", _("Helping colleague")),
]


@takes("casework.case.escalate")
class ReasonForm(DeedForm):
    reason = text_area(_("Reason"), rows=3)


@takes("casework.case.break_glass")
class EmergencyForm(DeedForm):
    reason = text_area(
        _("Why it cannot wait"),
        rows=3,
        help_text=_("At least 10 characters. Your superior and the case's own overseers are told at once."),
    )


@takes("casework.case.suspend")
class SuspendForm(DeedForm):
    reason = text_area(_("Reason"), rows=3)
    review_on = day_field(_("Look at it again on"))

    def prepare(self) -> None:
        self.fields["review_on"].initial = calendar.add_days(today(), 20, mode="working")


@takes("casework.case.resume")
class ResumeForm(DeedForm):
    note = text_area(_("Note"), required=False, rows=2)


@takes("casework.case.set_risk")
class RiskForm(DeedForm):
    risk = risk_field(widget=forms.RadioSelect, help_text=_("Danger to life is escalated at once."))
    reason = text_area(_("Reason"), rows=3)

    def prepare(self) -> None:
        self.fields["risk"].initial = self.target.risk


@takes("casework.case.answer_escalation")
class AnswerForm(DeedForm):
    answer = text_area(_("Answer"))


@takes("casework.case.reassign")
class ReassignForm(DeedForm):
    worker = ColleagueField(label=_("To whom"), help_text=_("Open tasks and needs move along."))
    reason = text_area(_("Reason"), rows=2)

    def prepare(self) -> None:
        field: Any = self.fields["worker"]
        field.queryset = colleagues(self.target.org_path).exclude(pk=self.target.worker_id)


@takes("casework.case.set_task")
class TaskForm(DeedForm):
    text = forms.CharField(
        label=_("What"), max_length=120, help_text=_("Without names or numbers: reminders repeat it.")
    )
    due_on = day_field(_("Due on"))
    owner = ColleagueField(label=_("Responsible"))
    need = forms.ModelChoiceField(PlanNeed.objects.none(), label=_("For which need"), required=False)

    def prepare(self) -> None:
        choose_colleague(self, "owner")
        self.fields["owner"].initial = self.actor.user_id
        choose(self, "need", PlanNeed.objects.filter(case=self.target, outcome="open"))


class TaskChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        from django.utils.translation import gettext

        return f"{gettext(obj.text)} · {obj.due_on}"


@takes("casework.case.finish_task")
class FinishTaskForm(DeedForm):
    task = TaskChoice(Task.objects.none(), label=_("Task"))

    def prepare(self) -> None:
        choose(self, "task", Task.objects.filter(case=self.target, done_on=None))


@takes("casework.case.assign")
class AssignForm(DeedForm):
    tie = forms.ChoiceField(label=_("As"), choices=TIES, widget=forms.RadioSelect)
    user = RankedField(
        label=_("Whom"), help_text=_("Lawyers of the panel first: without conflict, of this specialty, with few cases.")
    )
    until = day_field(_("Until"), required=False)
    because = forms.CharField(label=_("What for"), max_length=300, required=False)

    def prepare(self) -> None:
        field: Any = self.fields["user"]
        found = assignable(self.target.org.area_code) | colleagues(self.target.org_path, FIELD)
        field.rank(fitness(self.target, found.values_list("pk", flat=True)), found)


class MemberChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        names: dict[str, Any] = dict(TIES)
        return f"{obj.user.name} · {names.get(obj.tie, obj.tie)}"


@takes("casework.case.unassign")
class UnassignForm(DeedForm):
    member = MemberChoice(Member.objects.none(), label=_("Whose assignment"))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def prepare(self) -> None:
        choose(
            self,
            "member",
            Member.objects.filter(lasting(), case=self.target).exclude(tie="client").select_related("user"),
        )


@takes("casework.case.add_participant")
class ParticipantForm(ClientFields):
    """One worker of the group: on file, or typed anew."""

    claimed_fen = MoneyField(label=_("Amount claimed (yuan)"))
    is_representative = forms.BooleanField(label=_("Speaks for the group"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = self.take_client(super().clean() or self.cleaned_data)
        cleaned["person"] = cleaned.pop("client", None)
        cleaned["claimed_fen"] = cleaned.get("claimed_fen") or 0
        return cleaned


@takes("casework.case.settle_participant")
class SettleParticipantForm(DeedForm):
    participant = forms.ModelChoiceField(Participant.objects.none(), label=_("Worker"))
    result = forms.ChoiceField(label=_("Result"), choices=Participant._meta.get_field("result").choices or [])
    claimed_fen = MoneyField(label=_("Amount claimed (yuan)"), help_text=_("Leave it empty to keep it."))
    recovered_fen = MoneyField(label=_("Amount recovered (yuan)"))
    plan = text_area(_("her own plan"), required=False, rows=3)

    def prepare(self) -> None:
        choose(self, "participant", Participant.objects.filter(case=self.target).select_related("person"))
        if (row := chosen_participant(self)) is not None and not self.is_bound:
            for name in ("result", "claimed_fen", "recovered_fen", "plan"):
                self.initial[name] = getattr(row, name)

    def clean_recovered_fen(self) -> int:
        return self.cleaned_data["recovered_fen"] or 0


def chosen_participant(form: DeedForm) -> Participant | None:
    """The worker named in the address, or the only one there is."""
    field: Any = form.fields["participant"]
    pk = form.initial.get("participant") or field.initial
    try:
        return field.queryset.filter(pk=pk).first() if pk else None  # type: ignore[no-any-return]
    except ValidationError:  # an address typed by hand
        return None


@takes("casework.case.split_participant")
class SplitForm(DeedForm):
    participant = forms.ModelChoiceField(Participant.objects.none(), label=_("Worker"))
    reason = forms.CharField(label=_("reason"), max_length=200)

    def prepare(self) -> None:
        choose(self, "participant", Participant.objects.filter(case=self.target).exclude(result="left").select_related("person"))


class GroupChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} · {obj.get_line_display()} · {obj.people}"


@takes("casework.case.join_group")
class JoinForm(DeedForm):
    group = GroupChoice(Case.objects.none(), label=_("Group case"))
    reason = forms.CharField(label=_("reason"), max_length=200)

    def prepare(self) -> None:
        choose(self, "group", groups_to_join(self.actor, self.target))


@takes("casework.case.note_supervision")
class SupervisionForm(HappenedForm):
    """The supervision record (督导记录)."""

    text = text_area(_("What was discussed"))
    advice = text_area(LABELS["advice"], required=False, rows=2)
    minutes = minutes_field()


class RecordChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.happened_on} · {RecordKind(obj.kind).label}"


@takes("casework.case.correct_record")
class CorrectionForm(DeedForm):
    """How an entry should read. The old text stays on the file."""

    record = RecordChoice(Record.objects.none(), label=_("Entry"))
    field = forms.ChoiceField(label=_("Field"), required=False)
    text = text_area(_("It should read"))
    reason = text_area(_("Why it is corrected"), rows=2)

    def prepare(self) -> None:
        found = Record.objects.filter(case=self.target).order_by("-id")
        choose(self, "record", found)
        names: dict[str, str] = {}
        for record in found:
            names |= {name: label_of(name) for name, value in record.filled.items() if isinstance(value, str)}
        field: Any = self.fields["field"]
        field.choices = list(names.items())
        field.initial = "text"

    def clean_field(self) -> str:
        return self.cleaned_data["field"] or "text"
