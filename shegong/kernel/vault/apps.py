"""Registers the vault with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VaultConfig(AppConfig):
    """The vault: keys outside the database, sealed columns inside it."""

    name = "shegong.kernel.vault"
    label = "vault"
    verbose_name = _("Vault")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The store of sealed files is no column: the rotation of keys is told of it."""
        from . import files, keyring, rotation

        rotation.register(rotation.Holder(keyring.SEAL, "vault.files", files.count_keys, files.reseal_all))
