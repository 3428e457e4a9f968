"""Fields of the case's own forms: colleagues, rows of the file, money, the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import Case as DbCase
from django.db.models import QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.orgs.models import User
from shegong.lib import money
from shegong.lib.errors import Invalid
from shegong.registry.models import Person, Sex
from shegong.registry.queries.people import people

from ..policy import Risk
from ..queries.panel import Fitness
from ..queries.staff import colleagues


class MoneyField(forms.CharField):
    """Yuan as people write them (1,234.56, 3.5万); gives fen, or None where it is left empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 30)
        kwargs.setdefault("widget", forms.TextInput(attrs={"data-entry": "money"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return money.parse(text)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        return money.format_yuan(value, unit=False) if isinstance(value, int) else value


class PersonChoice(forms.ModelChoiceField):
    """People within the actor's reach, told apart by masked numbers."""

    def label_from_instance(self, obj: Any) -> str:
        return " · ".join(str(part) for part in (obj.name, obj.id_number, obj.phone) if part)


class ColleagueField(forms.ModelChoiceField):
    """Accounts by name; ``prepare`` of the form sets whom one may choose."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", User.objects.none())
        super().__init__(**kwargs)

    def label_from_instance(self, obj: Any) -> str:
        place = getattr(obj, "place", "")
        return f"{obj.name} · {place}" if place else str(obj.name)


class RankedField(ColleagueField):
    """Accounts in the order in which they fit a case, each with the reasons."""

    reasons: Mapping[int, Fitness] = {}

    def rank(self, reasons: Mapping[int, Fitness], found: QuerySet[User]) -> None:
        """Offer ``found``, those with a rank first."""
        self.reasons = reasons
        places = [When(pk=pk, then=Value(n)) for n, (pk, _f) in enumerate(sorted(reasons.items(), key=lambda p: p[1].order))]
        self.queryset = found.order_by(DbCase(*places, default=Value(len(places))), "name") if places else found

    def label_from_instance(self, obj: Any) -> str:
        fit = self.reasons.get(obj.pk)
        return " · ".join([obj.name, *fit.reasons]) if fit else super().label_from_instance(obj)


def risk_field(**kwargs: Any) -> forms.TypedChoiceField:
    """The risk level as a number."""
    kwargs.setdefault("label", _("Risk level"))
    return forms.TypedChoiceField(choices=Risk.choices, coerce=int, **kwargs)


def choose(form: DeedForm, name: str, found: QuerySet[Any]) -> None:
    """Set the rows a field offers; a single one is chosen already."""
    field: Any = form.fields[name]
    field.queryset = found
    if field.required and name not in form.initial and not form.is_bound:
        rows = list(found[:2])
        if len(rows) == 1:
            field.initial = rows[0].pk


def choose_colleague(form: DeedForm, name: str, roles: Iterable[str] | None = None) -> None:
    """Offer the field staff who reach the target's organisation."""
    field: Any = form.fields[name]
    field.queryset = colleagues(form.target.org_path, roles)


class ClientFields(DeedForm):
    """The client: somebody on file, or typed anew. Gives ``client`` (Person or None) and ``newcomer`` (dict or None)."""

    client = PersonChoice(
        queryset=Person.objects.none(), required=False, label=_("Client on file"), widget=forms.HiddenInput,
        help_text=_("Look the person up first; type a new one only if nobody is found."),
    )  # fmt: skip
    client_name = forms.CharField(label=_("Client's name"), required=False, max_length=40)
    client_id_number = forms.CharField(
        label=_("ID number"), required=False, max_length=24, widget=forms.TextInput(attrs={"data-entry": "idcard"}),
        help_text=_("Sex and birth are filled in from it. Somebody on file already is found by it."),
    )  # fmt: skip
    client_phone = forms.CharField(
        label=_("Phone"), required=False, max_length=30, widget=forms.TextInput(attrs={"data-entry": "phone"})
    )
    client_sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, required=False)

    def prepare(self) -> None:
        self.fields["client"].queryset = people(self.actor, "registry.person.view").filter(state="active")  # type: ignore[attr-defined]

    def take_client(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Fold the client's fields into what services take."""
        typed = {name: cleaned.pop(f"client_{name}", "") for name in ("name", "id_number", "phone", "sex")}
        typed = {name: text for name, text in typed.items() if text and (name, text) != ("sex", Sex.UNKNOWN)}
        if typed and not typed.get("name") and not cleaned.get("client"):
            self.add_error("client_name", _("Give the name that belongs to these numbers."))
        cleaned["newcomer"] = typed if typed.get("name") and not cleaned.get("client") else None
        return cleaned
