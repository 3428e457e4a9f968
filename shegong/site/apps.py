from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "shegong.site"
    label = "site"

    def ready(self) -> None:
        from shegong.kernel.sheets import placing
        from shegong.kernel.vault import rotation

        from . import checks, totp  # noqa: F401 - checks register on import

        rotation.register(totp.HOLDER)
        placing.resolve_with("shegong.registry.queries.resolver")
