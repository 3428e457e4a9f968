from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "shegong.registry"
    label = "registry"

    def ready(self) -> None:
        from . import policy  # noqa: F401 - roles and kinds are declared on import
