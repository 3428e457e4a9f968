from django.apps import AppConfig


class ActionsConfig(AppConfig):
    name = "shegong.kernel.actions"
    label = "actions"
