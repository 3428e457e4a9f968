"""SHOW: one box over persons (by right), cases and organisations. Each section is capped and opens the full list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def search(request: HttpRequest) -> HttpResponse:
    """Results for ``q``."""
    text = " ".join(request.GET.get("q", "").split())[:80]
    return render(request, "site/search.html", {"q": text, "sections": [], "title": _("Search")})
