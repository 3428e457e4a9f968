from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "shegong.kernel.indicators"
    label = "indicators"
