"""TAKE: the file to import, and what to do with its good rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor

from . import runs
from .declare import Sheet
from .limits import STANDARD
from .models import Mode

ACCEPT = ".xlsx,.xls,.ods,.csv,.txt"


class UploadForm(forms.Form):
    """A file for one sheet and one organisation."""

    use_required_attribute = False
    org = forms.TypedChoiceField(label=gettext_lazy("For which organisation"), coerce=int)
    file = forms.FileField(
        label=gettext_lazy("Excel or CSV file"), widget=forms.FileInput({"accept": ACCEPT}), max_length=255
    )
    page = forms.CharField(
        label=gettext_lazy("Sheet of the workbook"), required=False, max_length=100,
        help_text=gettext_lazy("Only where the workbook has several; the best fitting one is taken otherwise."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, entry: Sheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places: dict[int, Org] = {org.pk: org for org in runs.places(actor, entry.code)}
        field: Any = self.fields["org"]
        field.choices = [(pk, org.name) for pk, org in self.places.items()]
        self.entry = entry
        for name in entry.once:
            column = entry.by_name[name]
            self.fields[f"once_{name}"] = forms.CharField(
                label=column.label, required=False, max_length=column.max_length,
                help_text=gettext_lazy("For the whole file; not needed where a column of the file says it."),
            )  # fmt: skip
        here = actor.acting_post
        field.initial = here.org_id if here and here.org_id in self.places else next(iter(self.places), None)

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > STANDARD.file_bytes:
            megabytes = STANDARD.file_bytes // (1024 * 1024)
            raise forms.ValidationError(
                _("The file is larger than %(megabytes)s MB. Divide it into several files.") % {"megabytes": megabytes}
            )
        return sent

    def once(self) -> dict[str, str]:
        """What was given once for the whole file, by column."""
        return {name: self.cleaned_data[f"once_{name}"] for name in self.entry.once}

    def clean_page(self) -> str:
        return str(self.cleaned_data["page"]).strip()


class ConfirmForm(forms.Form):
    """Good rows now, bad rows back; or all or nothing."""

    mode = forms.ChoiceField(
        label=gettext_lazy("With the rows that have errors"), widget=forms.RadioSelect, initial=Mode.GOOD_ROWS,
        choices=[
            (Mode.GOOD_ROWS, gettext_lazy("Take the good rows now, give the bad ones back to mend")),
            (Mode.ALL_OR_NOTHING, gettext_lazy("Take all rows or none")),
        ],
    )  # fmt: skip
