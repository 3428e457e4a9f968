"""Addresses of imports."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("imports", views.import_list, name="import_list"),
    path("imports/new", views.import_new, name="import_new"),
    path("imports/template/<str:code>", views.import_template, name="import_template"),
    path("imports/<uuid:pk>", views.import_detail, name="import_detail"),
    path("imports/<uuid:pk>/progress", views.import_progress, name="import_progress"),
    path("imports/<uuid:pk>/check", views.import_check, name="import_check"),
    path("imports/<uuid:pk>/confirm", views.import_confirm, name="import_confirm"),
    path("imports/<uuid:pk>/cancel", views.import_cancel, name="import_cancel"),
    path("imports/<uuid:pk>/returned", views.import_returned, name="import_returned"),
]
