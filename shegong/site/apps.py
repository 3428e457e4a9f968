from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "shegong.site"
    label = "site"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - they register on import
