"""TAKE: the shape of what is typed about people, employers, organisations and posts. Never rights, never state."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.orgs.models import Grant, Org, OrgKind, User
from shegong.kernel.orgs.reach import today

from .models import Employer, NewForm, Person, Sex
from .queries import accounts, duplicates, organisations, people, role_choices

UNION_KINDS = [(kind.value, kind.label) for kind in OrgKind]


def _day(label: Any, **rest: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **rest)


def _reason(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


def _choosing(form: DeedForm, name: str) -> Any:
    """A field whose choices are set when the form is made."""
    return form.fields[name]


class CodeField(forms.CharField):
    """An employer by its credit code, typed or scanned; gives the Employer, or None where it is left empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.TextInput(attrs={"data-entry": "creditcode"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        if not code:
            return None
        found = Employer.objects.filter(credit_code=code.replace(" ", "").upper()).first()
        if found is None:
            raise forms.ValidationError(_("No employer with this credit code is on file. Register the employer first."))
        return found

    def prepare_value(self, value: Any) -> Any:
        return (value.credit_code or "") if isinstance(value, Employer) else value


class PersonFields(DeedForm):
    """What is known of a person."""

    name = forms.CharField(label=_("Name"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    id_number = forms.CharField(
        label=_("ID number"), required=False, max_length=24, widget=forms.TextInput(attrs={"data-entry": "idcard"}),
        help_text=_("18 characters, or 15 of the first generation. Sex and birth are filled in from it."),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=30, widget=forms.TextInput(attrs={"data-entry": "phone"})
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, required=False)
    birth_on = _day(_("Born on"), required=False)
    other_names = forms.CharField(
        label=_("Other names"),
        required=False,
        max_length=200,
        help_text=_("Former names, names used at work; separated by commas."),
    )
    address = forms.CharField(label=_("Address"), required=False, max_length=300)
    area_code = forms.CharField(label=_("Area code"), required=False, max_length=12)
    employer = CodeField(label=_("Employer (credit code)"))
    new_form = forms.ChoiceField(label=_("New-form employment"), choices=NewForm.choices, required=False)
    is_migrant = forms.BooleanField(label=_("Migrant worker"), required=False)
    is_member = forms.BooleanField(label=_("Union member"), required=False)


@takes("registry.person.register")
class RegisterPerson(PersonFields):
    """A new person at the organisation."""


@takes("registry.person.correct")
class CorrectPerson(PersonFields):
    """The same fields with what is on file; numbers stay unless a new one is typed."""

    reason = _reason(_("Why it is corrected"))

    def prepare(self) -> None:
        person: Person = self.target
        for name in self.base_fields.keys() - {"id_number", "phone", "reason"}:
            self.fields[name].initial = getattr(person, name)
        for name in ("id_number", "phone"):
            masked = getattr(person, name)
            self.fields[name].help_text = _("On file: %(mask)s. Leave it empty to keep it.") % {"mask": masked or "—"}

    def clean_employer(self) -> Employer | None:
        """An employer without a credit code cannot be shown in the field; leaving it empty keeps it."""
        typed, held = self.cleaned_data["employer"], self.target.employer
        chosen: Employer | None = held if typed is None and held is not None and not held.credit_code else typed
        return chosen


@takes("registry.person.tie")
class TiePerson(DeedForm):
    """By the exact number on the card: that it was shown is the proof."""

    id_number = forms.CharField(
        label=_("ID number"), max_length=24, widget=forms.TextInput(attrs={"data-entry": "idcard"}),
        help_text=_("Copy it from the card that the person shows. The look-up stays in the trail."),
    )  # fmt: skip
    because = forms.CharField(label=_("Why she is taken on file here"), max_length=60)


@takes("registry.person.reveal")
class RevealPerson(DeedForm):
    column = forms.ChoiceField(label=_("Which number"), choices=[("id_number", _("ID number")), ("phone", _("Phone"))])
    purpose = forms.CharField(label=_("What it is needed for"), max_length=200)


class OtherRecord(forms.ModelChoiceField):
    """A second record, out of those proposed beside the first or named by its key, within reach."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.id_number or '—'} · {obj.phone or '—'}"


def _proposed(form: DeedForm) -> list[Any]:
    found = [p for p in duplicates(form.actor) if form.target.pk in (p.first_id, p.second_id)]
    return [p.second_id if p.first_id == form.target.pk else p.first_id for p in found]


@takes("registry.person.merge")
class MergePeople(DeedForm):
    """``gone`` goes into the record that the form belongs to."""

    gone = OtherRecord(queryset=Person.objects.none(), label=_("The record that is merged into this one"))
    reason = _reason(_("How you know that both are the same person"))
    despite_numbers = forms.BooleanField(label=_("The ID numbers differ; I have seen the card"), required=False)

    def prepare(self) -> None:
        asked = self.data.get("gone") or self.initial.get("gone")
        within = people(self.actor, "registry.person.merge").exclude(pk=self.target.pk)
        choices = _proposed(self) + ([asked] if _is_key(asked) else [])
        _choosing(self, "gone").queryset = within.filter(pk__in=choices)


def _is_key(text: Any) -> bool:
    import uuid

    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True


@takes("registry.person.unmerge")
class UnmergePeople(DeedForm):
    reason = _reason(_("Why the merger was a mistake"))


@takes("registry.person.dismiss_duplicate")
class DismissDuplicate(DeedForm):
    other = OtherRecord(queryset=Person.objects.none(), label=_("The record that is somebody else's"))
    reason = forms.CharField(label=_("Remark"), max_length=200, required=False)

    def prepare(self) -> None:
        _choosing(self, "other").queryset = people(self.actor).filter(pk__in=_proposed(self))


# --- employers --------------------------------------------------------------------------------------------------------
class EmployerFields(DeedForm):
    name = forms.CharField(label=_("Registered name"), max_length=80)
    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs={"data-entry": "creditcode"}),
    )
    code_override = forms.CharField(
        label=_("Why a failing code is right"), required=False, max_length=200,
        help_text=_("Only where the check character of the code fails: what document shows it so."),
    )  # fmt: skip
    area_code = forms.CharField(label=_("Area code"), required=False, max_length=12)
    industry = forms.CharField(label=_("Industry (GB/T 4754)"), required=False, max_length=5)
    workers = forms.IntegerField(label=_("Workers"), required=False, min_value=0, max_value=10_000_000)
    union_org = forms.ModelChoiceField(label=_("Union"), queryset=Org.objects.none(), required=False)

    def prepare(self) -> None:
        unions = organisations(self.actor).filter(kind=OrgKind.BASE, closed_on=None).order_by("name")
        _choosing(self, "union_org").queryset = unions


@takes("registry.employer.register")
class RegisterEmployer(EmployerFields):
    """A new employer."""


@takes("registry.employer.correct")
class CorrectEmployer(EmployerFields):
    reason = _reason(_("Why it is corrected"))

    def prepare(self) -> None:
        super().prepare()
        employer: Employer = self.target
        for name in ("name", "credit_code", "code_override", "area_code", "industry", "workers", "union_org"):
            self.fields[name].initial = getattr(employer, name)


# --- organisations ----------------------------------------------------------------------------------------------------
class DatedForm(DeedForm):
    """A change of the tree holds from a day on."""

    on = _day(_("From which day"), help_text=_("Figures of earlier days keep the tree of that time."))
    reason = _reason(_("Decision it rests on"))

    def prepare(self) -> None:
        self.fields["on"].initial = today()


@takes("registry.org.found")
class FoundOrg(DeedForm):
    code = forms.CharField(label=_("Organisation code"), max_length=32)
    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=UNION_KINDS)
    area_code = forms.CharField(label=_("Area code"), required=False, max_length=12)
    opened_on = _day(_("Founded on"), required=False)
    outside = forms.BooleanField(label=_("Stands outside the union tree (partner agency, law firm)"), required=False)


@takes("registry.org.rename")
class RenameOrg(DatedForm):
    name = forms.CharField(label=_("New name"), max_length=80)
    field_order = ("name", "on", "reason")


class OtherOrg(DatedForm):
    """With a second organisation out of the administrator's reach of rights."""

    other = ""

    def prepare(self) -> None:
        super().prepare()
        choices = (
            organisations(self.actor, f"registry.org.{self.verb}").filter(closed_on=None).exclude(pk=self.target.pk)
        )
        _choosing(self, self.other).queryset = choices.exclude(path__startswith=self.target.path).order_by("path")

    verb = ""


@takes("registry.org.move")
class MoveOrg(OtherOrg):
    other, verb = "parent", "move"
    parent = forms.ModelChoiceField(label=_("Under which organisation"), queryset=Org.objects.none())
    field_order = ("parent", "on", "reason")


@takes("registry.org.merge")
class MergeOrg(OtherOrg):
    other, verb = "into", "merge"
    into = forms.ModelChoiceField(label=_("Into which organisation"), queryset=Org.objects.none())
    field_order = ("into", "on", "reason")

    def prepare(self) -> None:
        super().prepare()
        _choosing(self, "into").queryset = _choosing(self, "into").queryset.filter(kind=self.target.kind)


@takes("registry.org.close")
class CloseOrg(DatedForm):
    """The day from which it is closed."""


# --- posts and accounts -----------------------------------------------------------------------------------------------
@takes("registry.grant.give")
class GiveGrant(DeedForm):
    user = forms.CharField(label=_("Account name"), max_length=64)
    role = forms.ChoiceField(label=_("Role"))
    valid_from = _day(_("From"))
    valid_to = _day(_("Until before"), required=False, help_text=_("Leave it empty where no end is known."))
    reason = _reason(_("Decision it rests on"))

    def prepare(self) -> None:
        _choosing(self, "role").choices = role_choices(self.target.kind)
        self.fields["valid_from"].initial = today()

    def clean_user(self) -> User:
        asked = self.cleaned_data["user"].strip().lower()
        found = [u for u in accounts(self.actor, asked) if u.username == asked]
        if not found:
            raise forms.ValidationError(
                _("There is no account of this name among those you look after. Open one first.")
            )
        return found[0]


@takes("registry.grant.end")
class EndGrant(DeedForm):
    on = _day(_("Last day before which it holds"), required=False, help_text=_("Empty: from now on."))
    reason = _reason(_("Why it ends"))

    target: Grant


@takes("registry.account.open")
class OpenAccount(DeedForm):
    username = forms.CharField(
        label=_("Account name"), max_length=40, help_text=_("Small letters, digits, dots, hyphens.")
    )
    name = forms.CharField(label=_("Name"), max_length=40)


# --- filters (GET) ----------------------------------------------------------------------------------------------------
class SearchForm(forms.Form):
    """The filter bar of a searched list."""

    use_required_attribute = False
    q = forms.CharField(label=_("Search"), required=False, max_length=200)


class PersonSearchForm(SearchForm):
    q = forms.CharField(
        label=_("Name, pinyin, initials, or the exact ID number or phone"), required=False, max_length=60
    )


class EmployerSearchForm(SearchForm):
    q = forms.CharField(label=_("Part of the name, or the credit code"), required=False, max_length=80)


class OrgTreeForm(forms.Form):
    """As of which day the tree is shown."""

    use_required_attribute = False
    on = forms.DateField(label=_("As of"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
