from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "shegong.kernel.orgs"
    label = "orgs"
