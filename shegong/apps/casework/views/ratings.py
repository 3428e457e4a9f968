"""SHOW: the worker's rating, without an account, and the slip that carries its code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shegong.kernel.actions.errors import DeedFailed, NotAllowed, Refused
from shegong.kernel.actions.views import ANSWER_NAMES, ANSWER_PICTURES, actor_of
from shegong.kernel.orgs.reach import Actor

from ..forms.ratings import CodeForm, RateForm
from ..queries.ratings import is_staff, normal_code, qr_source, slip_of
from ..services import ratings

ANSWER_NAMES["rating_code"] = gettext_lazy("Rating code")
ANSWER_PICTURES["rating_code"] = lambda request, code: qr_source(
    request.build_absolute_uri(reverse("rate", args=[normal_code(code)]))
)


@require_http_methods(["GET", "POST"])
@sensitive_variables("code")
def rate_start(request: HttpRequest) -> HttpResponse:
    """Enter the code from the paper; answer. The code travels in the body, so that no log of addresses keeps one."""
    if is_staff(actor_of(request)):
        return _not_for_staff(request)
    entered = CodeForm(request.POST or None)
    if request.method == "GET" or not entered.is_valid():
        return render(request, "casework/rate_start.html", {"form": entered}, status=422 if entered.is_bound else 200)
    if "answers" not in request.POST:
        return _questions(request, entered)
    form = RateForm(request.POST)
    if not form.is_valid():
        return _questions(request, entered, form)
    try:
        ratings.rate(_visitor(request), entered.cleaned_data["code"], **form.cleaned_data)
    except DeedFailed as refusal:
        return _no_such_code(request, entered, refusal)
    return render(request, "casework/rate.html", {"thanks": True, "form": None, "code": ""})


@require_GET
@sensitive_variables("code")
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """From the QR code: the four questions. A wrong, used or expired code gets one and the same answer."""
    if is_staff(actor_of(request)):
        return _not_for_staff(request)
    entered = CodeForm({"code": code})
    entered.full_clean()
    return _questions(request, entered) if entered.is_valid() else _no_such_code(request, entered, None)


def _visitor(request: HttpRequest) -> Actor:
    return actor_of(request).working_as(address=request.META.get("REMOTE_ADDR", ""))


def _questions(request: HttpRequest, entered: CodeForm, form: RateForm | None = None) -> HttpResponse:
    code = entered.cleaned_data["code"]
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
    form.add_error("code", refusal.message if refusal and tries else message)
    return render(request, "casework/rate_start.html", {"form": form}, status=429 if tries else 422)


def _not_for_staff(request: HttpRequest) -> HttpResponse:
    return render(request, "casework/parts/rate_staff.html", {}, status=403)


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
