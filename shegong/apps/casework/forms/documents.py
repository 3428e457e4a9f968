"""TAKE: a photo or scan for the file."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from shegong.kernel.actions.errors import Refused
from shegong.kernel.actions.forms import DeedForm
from shegong.kernel.actions.vocabulary import takes
from shegong.kernel.vault import uploads

from ..models import Document
from ..services.documents import checked


@takes("casework.case.add_document")
class AddDocumentForm(DeedForm):
    """The file is made harmless here, before the service locks the case."""

    file = forms.FileField(
        label=gettext_lazy("photo, scan or PDF"),
        help_text=gettext_lazy("JPEG, PNG, WebP or PDF, up to 20 MB; place and device are removed."),
        widget=forms.FileInput({"accept": ".jpg,.jpeg,.png,.webp,.pdf"}), max_length=255,
    )  # fmt: skip
    title = forms.CharField(label=gettext_lazy("title"), max_length=120)

    def clean_file(self) -> uploads.Clean:
        try:
            return checked(self.cleaned_data["file"])
        except Refused as refusal:
            raise forms.ValidationError(refusal.message) from None


@takes("casework.case.remove_document")
class RemoveDocumentForm(DeedForm):
    document = forms.ModelChoiceField(Document.objects.none(), label=gettext_lazy("document"))
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=200)

    def prepare(self) -> None:
        self.fields["document"].queryset = Document.objects.filter(case=self.target, removed_at=None)  # type: ignore[attr-defined]
