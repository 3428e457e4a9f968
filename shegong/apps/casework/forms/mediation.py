"""TAKE: joint mediation."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import today
from shegong.ui.formats import day as day_text

from ..models import Mediation, MediationSession, Participant
from ..policy.mediation import Reader
from ..queries.mediation import is_group, mediators_of, schedule, workers_named, workshops_for
from ._choices import ColleagueField, MoneyField
from ._fields import day_field, text_area


def _share(pk: str) -> Participant:
    return Participant.objects.get(pk=pk)


@takes("casework.case.apply_mediation")
class ApplyMediationForm(DeedForm):
    workshop = forms.ModelChoiceField(Org.objects.none(), label=_("Workshop"))
    opponent = forms.CharField(label=_("Opponent"), max_length=80, help_text=_("The name as it will stand in the agreement."))
    applied_on = day_field(_("Applied on"))
    claim = text_area(_("Claim"), help_text=_("The workshop reads this: what is asked for, and why."))

    def prepare(self) -> None:
        found = workshops_for(self.target.org)
        field: Any = self.fields["workshop"]
        field.queryset = Org.objects.filter(pk__in=[o.pk for o in found])
        field.initial = found[0].pk if found else None
        self.fields["applied_on"].initial = today()
        self.fields["opponent"].initial = self.target.employer.name if self.target.employer else ""


@takes("casework.mediation.accept")
class AcceptMediationForm(DeedForm):
    mediator = ColleagueField(label=_("Mediator"))
    because = forms.CharField(label=_("Why this one"), max_length=300, required=False)

    def prepare(self) -> None:
        field: Any = self.fields["mediator"]
        field.queryset = mediators_of(self.target)


@takes("casework.mediation.decline", "casework.mediation.withdraw", "casework.mediation.take_back")
class MediationReasonForm(DeedForm):
    reason = text_area(_("Reason"))


@takes("casework.mediation.default")
class DefaultForm(DeedForm):
    reason = text_area(_("What was not paid, and what was applied for (payment order, enforcement)"))


@takes("casework.mediation.hold_session")
class SessionForm(DeedForm):
    held_on = day_field(_("Held on"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440, required=False)
    present = forms.CharField(
        label=_("Present"), max_length=200, required=False, help_text=_("Parties and agencies: union, human resources, justice.")
    )
    note = text_area(_("What was said"))
    reader = forms.ChoiceField(label=_("To be read by"), choices=Reader.choices)
    proposer = forms.ChoiceField(
        label=_("Proposal of"), required=False, choices=[("", "—"), *MediationSession._meta.get_field("proposer").choices]  # type: ignore[misc]
    )
    proposed_fen = MoneyField(label=_("Amount proposed (yuan)"))

    def prepare(self) -> None:
        self.fields["held_on"].initial = today()


@takes("casework.mediation.agree")
class AgreeForm(DeedForm):
    agreed_on = day_field(_("Agreed on"))
    agreement = text_area(_("Text of the agreement"), rows=6)
    agreed_fen = MoneyField(label=_("Amount agreed (yuan)"))
    percent = forms.IntegerField(label=_("Part of each claim that is paid (%)"), min_value=1, max_value=200, initial=100)
    without = forms.TypedMultipleChoiceField(
        label=_("Who does not agree"), required=False, coerce=_share, widget=forms.CheckboxSelectMultiple
    )
    parts = forms.IntegerField(label=_("Number of monthly payments"), min_value=1, max_value=60, initial=1)
    first_due_on = day_field(_("First payment due on"))

    def prepare(self) -> None:
        self.fields["agreed_on"].initial = today()
        self.fields["first_due_on"].initial = today() + dt.timedelta(15)
        if is_group(self.target):
            del self.fields["agreed_fen"]
            field: Any = self.fields["without"]
            field.choices = workers_named(self.target, open_only=True)
        else:
            del self.fields["percent"], self.fields["without"]
            self.fields["agreed_fen"].initial = self.target.claimed_fen or None

    def clean_without(self) -> tuple[Participant, ...]:
        return tuple(self.cleaned_data["without"])


@takes("casework.mediation.fail")
class FailForm(DeedForm):
    failed_on = day_field(_("Ended on"))
    reason = text_area(_("Reason"))
    commission = forms.CharField(label=_("Arbitration commission"), max_length=80)

    def prepare(self) -> None:
        self.fields["failed_on"].initial = today()


@takes("casework.mediation.note_payment")
class PaymentForm(DeedForm):
    due_on = forms.TypedChoiceField(label=_("To be paid on"), coerce=dt.date.fromisoformat)
    participant = forms.TypedChoiceField(label=_("For whom"), required=False, coerce=_share, empty_value=None)
    amount_fen = MoneyField(label=_("Amount (yuan)"), help_text=_("Empty: all that is due."))
    paid_on = day_field(_("Paid on"))
    proof = forms.CharField(label=_("Proof"), max_length=120, help_text=_("Bank slip, receipt, transfer record."))

    def prepare(self) -> None:
        waiting = [due for due in schedule(self.target) if due.open_fen]
        field: Any = self.fields["due_on"]
        field.choices = [(d.due_on.isoformat(), f"{day_text(d.due_on)} · {d.open_fen / 100:,.2f}") for d in waiting]
        self.fields["paid_on"].initial = today()
        if is_group(self.target):
            choice: Any = self.fields["participant"]
            choice.choices = [("", _("everybody of this day")), *workers_named(self.target)]
        else:
            del self.fields["participant"]


@takes("casework.mediation.correct_payment")
class CorrectPaymentForm(DeedForm):
    due_on = forms.TypedChoiceField(label=_("To be paid on"), coerce=dt.date.fromisoformat)
    participant = forms.TypedChoiceField(label=_("Whose payment"), coerce=_share)
    paid_fen = MoneyField(label=_("Really paid (yuan)"), required=True, help_text=_("0: nothing arrived."))
    reason = text_area(_("Reason"))

    def prepare(self) -> None:
        field: Any = self.fields["due_on"]
        paid = [due for due in schedule(self.target) if due.paid_fen]
        field.choices = [(d.due_on.isoformat(), f"{day_text(d.due_on)} · {d.paid_fen / 100:,.2f}") for d in paid]
        if is_group(self.target):
            choice: Any = self.fields["participant"]
            choice.choices = workers_named(self.target)
        else:
            del self.fields["participant"]


@takes("casework.mediation.confirm")
class ConfirmMediationForm(DeedForm):
    way = forms.ChoiceField(label=_("Confirmed by"), choices=Mediation._meta.get_field("confirm_way").choices)  # type: ignore[arg-type]
    applied_on = day_field(_("Applied for on"))
    confirmed_on = day_field(_("Confirmed on"), required=False)
    number = forms.CharField(label=_("Number of the confirmation"), max_length=40, required=False)

    def prepare(self) -> None:
        row = self.target
        self.fields["way"].initial, self.fields["applied_on"].initial = row.confirm_way, row.confirm_applied_on or today()
        self.fields["confirmed_on"].initial, self.fields["number"].initial = row.confirmed_on, row.confirm_number
