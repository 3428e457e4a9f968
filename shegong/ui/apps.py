"""The app exists so that Django finds its static files and templates; it has no models."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "shegong.ui"
    label = "ui"
