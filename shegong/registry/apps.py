from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "shegong.registry"
    label = "registry"

    def ready(self) -> None:
        # roles, kinds, readers, deeds, forms and sheets are declared on import
        from . import forms, policy, queries, services, sheets  # noqa: F401
