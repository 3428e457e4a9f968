"""Fields that several forms share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _

from shegong.kernel.orgs.models import Org

LONGEST = 4000


def text_area(label: Any, *, required: bool = True, help_text: Any = "", rows: int = 4) -> forms.CharField:
    """A text of several lines."""
    return forms.CharField(
        label=label, required=required, help_text=help_text, max_length=LONGEST, widget=forms.Textarea({"rows": rows})
    )


EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)  # nothing reckoned from these falls off the calendar


def day_field(label: Any, *, required: bool = True) -> forms.DateField:
    """A business date, typed or picked."""
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )  # fmt: skip


def org_named(found: Sequence[Org]) -> Org:
    """The one organisation found. Raises ``ValidationError`` naming those to choose from."""
    if not found:
        raise forms.ValidationError(_("No organisation of this name or code is found. Type a part of its name."))
    if len(found) > 1:
        names = "、".join(o.name for o in found[:5])
        raise forms.ValidationError(_("Several organisations fit: %(names)s. Type the full name.") % {"names": names})
    return found[0]
