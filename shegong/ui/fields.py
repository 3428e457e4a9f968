"""A Django BoundField as an accessible control: label, hint and error tied to it, classes by kind of widget.

The macros of `ui/kit/forms.html` call these; views and forms need not know them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField, BoundWidget
from markupsafe import Markup

from .short import draw

# How a field helps while typing (frontend/app/entry.js), and which keyboard a phone shows.
ENTRIES = {
    "idcard": {"inputmode": "text", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    "phone": {"inputmode": "tel", "autocomplete": "off"},
    "creditcode": {"inputmode": "text", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    "money": {"inputmode": "decimal", "autocomplete": "off"},
}


def kind(field: BoundField) -> str:
    """choices (radio or check boxes), check, file, select, area or line: what markup the field needs."""
    widget = field.field.widget
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.FileInput):
        return "file"
    if isinstance(widget, forms.Select):
        return "select"
    return "area" if isinstance(widget, forms.Textarea) else "line"


CLASSES = {"check": "form-check-input", "select": "form-select", "choices": "form-check-input"}


def hint_id(field: BoundField) -> str:
    return f"{field.auto_id}_hint"


def error_id(field: BoundField) -> str:
    return f"{field.auto_id}_error"


def described_by(field: BoundField, hint: str = "") -> str:
    """The ids of hint and error, in reading order; empty when the field has neither."""
    parts = [hint_id(field)] if hint or field.help_text else []
    return " ".join(parts + ([error_id(field)] if field.errors else []))


def _is_first_error(field: BoundField) -> bool:
    return field.name == next(iter(field.form.errors), None)


def attributes(field: BoundField, hint: str = "", extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """Attributes of the control: class, description, invalid mark, keyboard; `extra` wins."""
    given = field.field.widget.attrs
    classes = f"{CLASSES.get(kind(field), 'form-control')} {given.get('class', '')}".strip()
    attrs: dict[str, Any] = {"class": classes + (" is-invalid" if field.errors else "")}
    if described := described_by(field, hint):
        attrs["aria-describedby"] = described
    if field.errors:
        attrs["aria-invalid"] = "true"
        if _is_first_error(field):
            attrs["autofocus"] = True
    attrs |= ENTRIES.get(str(given.get("data-entry", "")), {})
    return attrs | (extra or {})


def control(field: BoundField, hint: str = "", **extra: Any) -> Markup:
    """The control's markup. Underscores in names of `extra` become hyphens (data_entry -> data-entry)."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in extra.items()}
    if "data-entry" in named:
        named = {**ENTRIES.get(str(named["data-entry"]), {}), **named}
    return draw(field, attributes(field, hint, named))


def options(field: BoundField) -> Iterator[tuple[BoundWidget, Markup]]:
    """Each radio or check box of a group with its control markup; the label is the widget's choice_label."""
    attrs = {"class": "form-check-input" + (" is-invalid" if field.errors else "")}
    for each in field.subwidgets:
        each.data["attrs"] = {**each.data["attrs"], **attrs}
        yield each, Markup(each.tag())  # noqa: S704


def first_errors(form: forms.BaseForm) -> list[tuple[BoundField, str]]:
    """The fields in error with their first message, in the form's order, for the summary above it."""
    return [(field, str(field.errors[0])) for field in form if field.errors]
