"""TAKE: what the deeds on supervision letters take, and the filter of their list."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.models import Org, OrgKind
from shegong.kernel.orgs.reach import today
from shegong.registry.models import Employer

from ..models import Case
from ..policy.letters import LETTER, NEXT, LetterKind, Reply, Way
from ..queries.clocks import length_of
from ..queries.letters import cases_numbered, causes_of, rule_for, usual_mark
from ..queries.referrals import receivers_like
from ._fields import day_field, org_named, text_area

PROOF = gettext_lazy("Who took it, number of the return slip or parcel; if receipt was refused, the witnesses.")
SEPARATORS = re.compile(r"[\s,，、;；]+")


class LetterFields(DeedForm):
    """Addressee and words of a letter. Employer and agency are typed by name or code, cases by number."""

    employer = forms.CharField(label=gettext_lazy("employer (name or credit code)"), required=False, max_length=80)
    to_org = forms.CharField(
        label=gettext_lazy("authority (for a proposal)"), required=False, max_length=80,
        help_text=gettext_lazy("Name or code of the partner agency, e.g. the human-resources bureau."),
    )  # fmt: skip
    subject = forms.CharField(
        label=gettext_lazy("subject"), max_length=80, help_text=gettext_lazy("Shown in lists: without names of workers.")
    )
    text = text_area(
        gettext_lazy("facts found"), required=False, rows=6,
        help_text=gettext_lazy("Without names of workers unless they agreed: the employer must not learn who complained."),
    )  # fmt: skip
    basis = forms.CharField(label=gettext_lazy("legal basis"), required=False, max_length=300)
    asks = text_area(gettext_lazy("what is asked for"), required=False)
    asked_by = day_field(gettext_lazy("answer asked for by"), required=False)
    cases = forms.CharField(
        label=gettext_lazy("cases behind it (numbers)"), required=False, max_length=400,
        help_text=gettext_lazy("For your own files: neither the letter nor its addressee ever names them."),
    )  # fmt: skip

    def say_limit(self, kind: str, area: str) -> None:
        """Where the law sets the limit no day is asked for; where it does not, the form says so."""
        rule = rule_for(kind, area, today())
        if rule is not None:
            del self.fields["asked_by"]
        else:
            self.fields["asked_by"].help_text = _("No law sets a limit here for this letter: the office asks for a day.")

    def clean_employer(self) -> Employer | None:
        typed = self.cleaned_data["employer"].strip()
        if not typed:
            return None
        found = list(Employer.objects.filter(credit_code=typed.upper())[:1]) or list(Employer.objects.filter(name=typed)[:2])
        if not found:
            raise forms.ValidationError(_("No employer of this name or code is on file. Register the employer first."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several employers have this name; use the credit code."))
        return found[0]

    def clean_to_org(self) -> Org | None:
        typed = self.cleaned_data["to_org"].strip()
        if not typed:
            return None
        area = self.target.org.area_code if hasattr(self.target, "org") else self.target.area_code
        return org_named([o for o in receivers_like(typed, area=area) if o.kind == OrgKind.PARTNER])

    def clean_cases(self) -> list[Case]:
        numbers = list(dict.fromkeys(n for n in SEPARATORS.split(self.cleaned_data["cases"]) if n))
        found = cases_numbered(self.actor, numbers)
        if missing := [n for n in numbers if n not in {c.number for c in found}]:
            raise forms.ValidationError(_("No such case: %(numbers)s.") % {"numbers": "、".join(missing)[:80]})
        return found


@takes("casework.letter.draft")
class DraftLetterForm(LetterFields):
    kind = forms.ChoiceField(label=gettext_lazy("type"), choices=LetterKind.choices, widget=forms.RadioSelect)
    field_order = ("kind",)

    def prepare(self) -> None:
        rule = rule_for(LetterKind.OPINION, self.target.area_code, today())
        text = _("No law sets a limit here for this letter: the office asks for a day.")
        if rule is not None:
            text = _("An opinion is answered within %(length)s (%(article)s): leave this empty for it.") % {
                "length": length_of(rule, rule.length), "article": rule.article,
            }  # fmt: skip
        self.fields["asked_by"].help_text = text


@takes("casework.letter.revise")
class ReviseLetterForm(LetterFields):
    def prepare(self) -> None:
        letter = self.target
        for name in ("subject", "text", "basis", "asks", "asked_by"):
            self.fields[name].initial = getattr(letter, name)
        self.fields["employer"].initial = (letter.employer.credit_code or letter.employer.name) if letter.employer else ""
        self.fields["to_org"].initial = letter.to_org.code if letter.to_org else ""
        self.fields["cases"].initial = "、".join(c.number for c in causes_of(self.actor, letter))
        self.say_limit(letter.kind, letter.org.area_code)
        if letter.kind != LetterKind.PROPOSAL:
            del self.fields["to_org"]


@takes("casework.letter.allow_naming")
class AllowNamingForm(DeedForm):
    case = forms.ModelChoiceField(label=gettext_lazy("case whose workers are named"), queryset=Case.objects.none())
    naming_on = day_field(gettext_lazy("agreed to be named on"), required=False)

    def prepare(self) -> None:
        found = causes_of(self.actor, self.target)
        field = self.fields["case"]
        field.queryset = Case.objects.filter(pk__in=[c.pk for c in found])  # type: ignore[attr-defined]
        field.label_from_instance = lambda case: case.number  # type: ignore[attr-defined]
        if len(found) == 1:
            field.initial = found[0]
        self.fields["naming_on"].help_text = _("Empty: they did not agree, or no longer do.")


@takes("casework.letter.follow")
class FollowLetterForm(LetterFields):
    employer = None  # type: ignore[assignment]
    cases = None  # type: ignore[assignment]

    def prepare(self) -> None:
        letter = self.target
        kind = NEXT.get(LetterKind(letter.kind), LetterKind.PROPOSAL)
        for name in ("subject", "text", "basis", "asks"):
            self.fields[name].initial = getattr(letter, name)
        self.say_limit(kind, letter.org.area_code)
        if kind != LetterKind.PROPOSAL:
            del self.fields["to_org"]
        else:
            self.fields["to_org"].required = True


@takes("casework.letter.approve")
class ApproveLetterForm(DeedForm):
    mark = forms.CharField(
        label=gettext_lazy("file mark"), max_length=16,
        help_text=gettext_lazy("Stands before the number, e.g. 天工 in 天工意字〔2026〕1号."),
    )  # fmt: skip
    opinion = text_area(gettext_lazy("Opinion"), required=False, rows=2)

    def prepare(self) -> None:
        self.fields["mark"].initial = usual_mark(self.target.org, self.target.kind)


@takes("casework.letter.send_back")
class SendBackForm(DeedForm):
    opinion = text_area(gettext_lazy("What is to be corrected"), rows=3)


@takes("casework.letter.send")
class SendLetterForm(DeedForm):
    way = forms.ChoiceField(label=gettext_lazy("way of service"), choices=Way.choices, widget=forms.RadioSelect)
    sent_on = day_field(gettext_lazy("sent on"))
    served_on = day_field(gettext_lazy("received on"), required=False)
    proof = forms.CharField(label=gettext_lazy("proof of receipt"), required=False, max_length=120, help_text=PROOF)

    def prepare(self) -> None:
        self.fields["sent_on"].initial = today()
        text = _("By post it may follow, by the return slip.") + " "
        if rule := rule_for(self.target.kind, self.target.org.area_code, today()):
            text += _("The answer is due within %(length)s of the receipt (%(article)s).") % {
                "length": length_of(rule, rule.length), "article": rule.article,
            }  # fmt: skip
        self.fields["served_on"].help_text = text


@takes("casework.letter.serve")
class ServeLetterForm(DeedForm):
    served_on = day_field(gettext_lazy("received on"))
    proof = forms.CharField(label=gettext_lazy("proof of receipt"), max_length=120, help_text=PROOF)

    def prepare(self) -> None:
        self.fields["served_on"].initial = self.target.served_on or today()
        self.fields["proof"].initial = self.target.proof


@takes("casework.letter.answer")
class AnswerLetterForm(DeedForm):
    answered_on = day_field(gettext_lazy("answered on"))
    reply = forms.ChoiceField(label=gettext_lazy("answer"), choices=Reply.choices, widget=forms.RadioSelect)
    answer = text_area(gettext_lazy("text of the answer"))

    def prepare(self) -> None:
        self.fields["answered_on"].initial = today()


@takes("casework.letter.find_corrected", "casework.letter.find_uncorrected")
class CheckLetterForm(DeedForm):
    checked_on = day_field(gettext_lazy("checked on"))
    found = text_area(gettext_lazy("what was found"))

    def prepare(self) -> None:
        self.fields["checked_on"].initial = today()


@takes("casework.letter.discard", "casework.letter.withdraw")
class EndLetterForm(DeedForm):
    reason = text_area(gettext_lazy("Reason"), rows=2)


class LetterFilter(forms.Form):
    """Letters by type, state, addressee and when they were sent; those overdue alone."""

    kind = forms.ChoiceField(label=gettext_lazy("Type"), required=False, choices=[("", gettext_lazy("all")), *LetterKind.choices])
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    text = forms.CharField(label=gettext_lazy("Addressee or number"), required=False, max_length=40)
    first = day_field(gettext_lazy("Sent from"), required=False)
    last = day_field(gettext_lazy("Sent until"), required=False)
    overdue = forms.BooleanField(label=gettext_lazy("Overdue only"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", _("all")), *LETTER.states.items()]  # type: ignore[attr-defined]
