"""DECLARE: the lawyer panel (S40): firms under contract, their lawyers, and whom they act for or against."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.vocabulary import Kind

PANEL = frozenset({"legal_officer", "county_clerk"})  # who keeps the panel; whom a firm acts for is nobody else's business


class Side(TextChoices):
    """On which side of a party a firm stands."""

    FOR = "for", _("acts for")
    AGAINST = "against", _("acts against")


LAW_FIRM = Kind("casework.law_firm", _("law firm"), "casework.LawFirm", page="law_firm_detail")
LAW_FIRM.deed("register", _("Add a firm"), _("added a law firm"), roles=PANEL, creates=True)
LAW_FIRM.deed("view", _("Open the firm"), _("opened the law firm"), roles=PANEL, reads=True)
LAW_FIRM.deed("correct", _("Correct"), _("corrected the law firm"), roles=PANEL)
LAW_FIRM.deed("add_lawyer", _("Add a lawyer"), _("added a lawyer"), roles=PANEL, primary=True)
LAW_FIRM.deed("correct_lawyer", _("Correct a lawyer"), _("corrected a lawyer"), roles=PANEL)
LAW_FIRM.deed("note_party", _("Note a party"), _("noted whom the firm acts for or against"), roles=PANEL)
LAW_FIRM.deed("import_lawyers", _("Import lawyers"), _("imported lawyers"), roles=PANEL, creates=True, batch=True)
LAW_FIRM.deed(
    "import_parties", _("Import parties of firms"), _("imported parties of firms"), roles=PANEL, creates=True, batch=True
)
