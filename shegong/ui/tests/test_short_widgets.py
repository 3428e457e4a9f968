"""The short way of drawing a control writes what Django's own rendering means."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.utils.translation import gettext_lazy as _

from shegong.ui import fields

CHOICES = [("", _("all")), ("a", "<甲> & “乙”"), (2, "二"), (None, "—"), ("a", "again")]


class Form(forms.Form):
    word = forms.CharField(
        max_length=40, required=False, widget=forms.TextInput({"data-entry": "phone", "title": 'a"b'})
    )
    day = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}))
    count = forms.IntegerField(min_value=1, max_value=9)
    kind = forms.ChoiceField(choices=CHOICES, required=False)
    grouped = forms.ChoiceField(choices=[("group", [("x", "X"), ("y", "Y")])], required=False)


class Pieces(HTMLParser):
    """Tags with their attributes, and texts; blank space between tags means nothing."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, sorted((k, v or "") for k, v in attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(re.sub(r"\s+", " ", data.strip()))


GIVEN: list[dict[str, str] | None] = [
    None, {}, {"word": '<b>"&', "kind": "2", "count": "77", "day": "x<y"}, {"kind": "a", "word": "", "day": "2026-03-01"}, {"kind": "no such"},
]  # fmt: skip


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("name", ["word", "day", "count", "kind", "grouped"])
def test_the_same_as_django(given: dict[str, str] | None, name: str) -> None:
    initial = {"kind": "2", "count": 3, "word": "起"}
    field = Form(given, initial=initial)[name]
    short = fields.control(field, placeholder="写在这里")
    attrs = fields.attributes(field, "", {"placeholder": "写在这里"})
    assert Pieces(short).found == Pieces(field.as_widget(attrs=attrs)).found
