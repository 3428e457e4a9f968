from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "shegong.apps.casework"
    label = "casework"

    def ready(self) -> None:
        from . import forms, indicators, policy, queries, services, sheets  # noqa: F401 - they declare on import
