"""Selects and one-line inputs drawn without Django's template engine, which costs ten times as much; a list page has a dozen.

What is written means the same as Django's own rendering (``tests/test_short_widgets.py``); other widgets take that.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from markupsafe import Markup, escape

_OPTION, _SELECTED = Markup('<option value="{}"{}>{}</option>'), Markup(" selected")


def draw(field: BoundField, attrs: dict[str, Any]) -> Markup:
    """The control's markup; every value and attribute escaped."""
    short = _SHORT.get(type(field.field.widget))
    drawn = short(field, attrs) if short and not field.field.localize else None
    # Django escapes every attribute and value of a widget.
    return drawn if drawn is not None else Markup(field.as_widget(attrs=attrs))  # noqa: S704


def _attributes(field: BoundField, attrs: dict[str, Any]) -> Markup:
    """What stands behind the name, in Django's order."""
    widget = field.field.widget
    attrs = field.build_widget_attrs(attrs, widget)
    if field.auto_id and "id" not in widget.attrs:
        attrs.setdefault("id", field.auto_id)
    return Markup(flatatt(widget.build_attrs(widget.attrs, attrs)))  # noqa: S704 - flatatt escapes


def _line(field: BoundField, attrs: dict[str, Any]) -> Markup:
    widget: Any = field.field.widget
    value = widget.format_value(field.value())
    given = "" if value is None else Markup(' value="{}"').format(str(value))
    named = Markup('<input type="{}" name="{}"{}{}>')
    return named.format(widget.input_type, field.html_name, given, _attributes(field, attrs))


def _select(field: BoundField, attrs: dict[str, Any]) -> Markup | None:
    """None for one with groups."""
    widget: Any = field.field.widget
    choices = list(widget.choices)
    if any(isinstance(label, (list, tuple)) for _value, label in choices):
        return None
    chosen, options, found = widget.format_value(field.value()), [], False
    for value, label in choices:
        text = "" if value is None else str(value)
        mark = not found and text in chosen
        found = found or mark
        options.append(_OPTION.format(text, _SELECTED if mark else "", escape(str(label))))
    named = Markup('<select name="{}"{}>{}</select>')
    return named.format(field.html_name, _attributes(field, attrs), Markup("").join(options))


_SHORT: dict[type[Any], Any] = {
    forms.Select: _select,
    forms.TextInput: _line,
    forms.DateInput: _line,
    forms.NumberInput: _line,
}
