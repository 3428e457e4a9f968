from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "shegong.kernel.audit"
    label = "audit"
