"""Every address of the house."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path

from . import accounts, api, health, me, search, trail

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health.health, name="health"),
    path("sign-in", accounts.sign_in, name="sign_in"),
    path("sign-in/demo", accounts.demo_sign_in, name="demo_sign_in"),
    path("sign-in/second-factor", accounts.second_factor, name="second_factor"),
    path("sign-out", accounts.sign_out, name="sign_out"),
    path("me", me.me, name="me"),
    path("me/password", accounts.change_password, name="change_password"),
    path("me/sessions/end", me.sessions_end, name="sessions_end"),
    path("me/tokens/<int:pk>/revoke", me.token_revoke, name="token_revoke"),
    path("me/post", me.switch_post, name="switch_post"),
    path("me/language", me.set_language, name="set_language"),
    path("me/text-size", me.set_text_size, name="set_text_size"),
    path("search", search.search, name="search"),
    path("trail", trail.trail_list, name="trail_list"),
    path("trail/verify", trail.trail_verify, name="trail_verify"),
    path("trail/verify/now", trail.trail_verify_now, name="trail_verify_now"),
    path("", include("shegong.kernel.actions.urls")),
    path("", include("shegong.kernel.sheets.urls")),
    path("", include("shegong.registry.urls")),
    path("", include("shegong.apps.casework.urls")),
]
urlpatterns += [
    path("api/v1/openapi.json", api.openapi, name="openapi"),
    path("api/v1/", include((api.patterns(), "api"))),
    re_path(r"^api/(?P<rest>.*)$", api.nowhere, name="nowhere"),
]
if settings.DEMO:
    from shegong.ui import gallery

    urlpatterns += [
        path("_kit/", gallery.gallery, name="kit"),
        path("_kit/print", gallery.gallery_print, name="kit_print"),
        path("_kit/<str:code>", gallery.gallery_error, name="kit_error"),
    ]
handler404 = "shegong.site.errors.not_found"
handler403 = "shegong.site.errors.forbidden"
handler400 = "shegong.site.errors.bad_request"
handler500 = "shegong.site.errors.server_error"
