from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "shegong.site"
    label = "site"
