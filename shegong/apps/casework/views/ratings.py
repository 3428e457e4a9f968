"""SHOW: the worker's rating, without an account, and the slip that carries its code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from shegong.kernel.actions.errors import DeedFailed, NotAllowed, Refused
from shegong.kernel.actions.views import actor_of
from shegong.kernel.orgs.reach import Actor

from ..forms.ratings import CodeForm, RateForm
from ..queries.ratings import is_staff, normal_code, qr_source, slip_of
from ..services import ratings


@require_http_methods(["GET", "POST"])
@sensitive_variables("code")
def rate_start(request: HttpRequest) -> HttpResponse:
    """Enter the code from the paper."""
    if is_staff(actor_of(request)):
        return _not_for_staff(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _questions(request, form.cleaned_data["code"], form)
    return render(request, "casework/rate_start.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@sensitive_variables("code")
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """Four questions; then thanks. A wrong, used or expired code gets one and the same answer."""
    if is_staff(actor_of(request)):
        return _not_for_staff(request)
    if request.method == "GET":
        return _questions(request, code, CodeForm({"code": code}))
    form = RateForm(request.POST)
    if not form.is_valid():
        return _questions(request, code, CodeForm({"code": code}), form)
    try:
        ratings.rate(_visitor(request), code, **form.cleaned_data)
    except DeedFailed as refusal:
        return _no_such_code(request, CodeForm({"code": code}), refusal)
    return render(request, "casework/rate.html", {"thanks": True, "form": None, "code": ""})


def _visitor(request: HttpRequest) -> Actor:
    return actor_of(request).working_as(address=request.META.get("REMOTE_ADDR", ""))


def _questions(request: HttpRequest, code: str, entered: CodeForm, form: RateForm | None = None) -> HttpResponse:
    try:
        found = ratings.look_up(code, _visitor(request).address)
    except Refused as refusal:
        return _no_such_code(request, entered, refusal)
    if found is None:
        return _no_such_code(request, entered, None)
    context = {"found": found, "form": form or RateForm(), "code": normal_code(code), "thanks": False}
    return render(request, "casework/rate.html", context, status=422 if form else 200)


def _no_such_code(request: HttpRequest, form: CodeForm, refusal: DeedFailed | None) -> HttpResponse:
    message = _("This code is not valid, or not valid any more. Ask the office for a new one.")
    tries = isinstance(refusal, ratings.TooManyTries)
    form.full_clean()
    form.add_error("code", refusal.message if refusal and tries else message)
    return render(request, "casework/rate_start.html", {"form": form}, status=429 if tries else 422)


def _not_for_staff(request: HttpRequest) -> HttpResponse:
    return render(request, "casework/rate_staff.html", {}, status=403)


@require_POST
@sensitive_variables("code")
def rating_slip(request: HttpRequest) -> HttpResponse:
    """The slip to print, from the code that was just shown; it holds the code as text and as a QR code, nothing else."""
    actor, code = actor_of(request), normal_code(request.POST.get("code", ""))
    found = slip_of(actor, code) if code else None
    if found is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    address = request.build_absolute_uri(reverse("rate", args=[code]))
    context = {
        "rating": found, "code": f"{code[:4]} {code[4:]}", "qr": qr_source(address),
        "start": request.build_absolute_uri(reverse("rate_start")),
        "back_url": reverse("case_detail", args=[found.case_id]), "printed_by": "", "watermark": "",
    }  # fmt: skip
    return render(request, "casework/rating_slip.html", context)
