"""One page behind a sign-in, and the one that says that the server is up."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from .models import Row


@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """Twenty rows."""
    return render(request, "floor_rows.html", {"rows": Row.objects.all()[:20]})


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("rows", rows), path("health", health)]
