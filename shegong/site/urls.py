"""Every address of the house."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("shegong.kernel.actions.urls")),
]
handler404 = "shegong.site.errors.not_found"
handler403 = "shegong.site.errors.forbidden"
handler400 = "shegong.site.errors.bad_request"
handler500 = "shegong.site.errors.server_error"
