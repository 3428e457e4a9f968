"""Django registration of the sheets mechanism."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SheetsConfig(AppConfig):
    """The app behind `kernel/sheets` (label ``sheets``)."""

    name = "shegong.kernel.sheets"
    label = "sheets"
    verbose_name = _("Sheets")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the vault what is kept under its keys."""
        from .holders import declare_holders

        declare_holders()
