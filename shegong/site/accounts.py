"""SHOW: signing in and out, the second factor, the password. Who may sign in is decided here (rules 31 to 33)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, authenticate, login, logout, password_validation
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.models import User
from shegong.kernel.orgs.reach import Actor, load_actor
from shegong.kernel.orgs.roles import all_roles

from . import limiter, parts, totp
from .middleware import ANONYMOUS, MUST_CHANGE, address_of

PENDING = "half_signed_in"  # session: the account whose password was right and whose second factor is still to come
PENDING_TRIES = "second_factor_tries"
BACKEND = "django.contrib.auth.backends.ModelBackend"
MAX_CODE_TRIES = 5


class SignInForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("Account"), max_length=64,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )  # fmt: skip
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("6-digit code"), max_length=12,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )  # fmt: skip

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).replace(" ", "")


class PasswordForm(forms.Form):
    old = forms.CharField(
        label=gettext_lazy("Present password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters; not a common password, not your name."),
    )  # fmt: skip
    again = forms.CharField(
        label=gettext_lazy("New password again"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_old(self) -> str:
        old = str(self.cleaned_data["old"])
        if not check_password(old, self.user.password):
            raise forms.ValidationError(_("This is not your present password."))
        return old

    def clean_new(self) -> str:
        new = str(self.cleaned_data["new"])
        password_validation.validate_password(new, self.user)
        return new

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("new") and given.get("again") and given["new"] != given["again"]:
            self.add_error("again", _("The two new passwords differ."))
        if given.get("new") and given.get("new") == given.get("old"):
            self.add_error("new", _("The new password must differ from the present one."))
        return given


# --- in ------------------------------------------------------------------------------------------------------------------
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Account and password; the limiter speaks before the hash is computed."""
    if request.actor.user_id:  # type: ignore[attr-defined]
        return HttpResponseRedirect(next_page(request))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["username"].strip().lower()
        if not limiter.admits(request, name):
            return locked_out(request)
        user = authenticate(request, username=name, password=form.cleaned_data["password"])
        if isinstance(user, User):
            return _admitted(request, user)
        if getattr(request, "axes_locked_out", False):
            return locked_out(request)
        _write(request, ANONYMOUS, "orgs.account.sign_in", name[:40], Outcome.REFUSED, "password")
        form.add_error(None, _("Account or password is wrong. Passwords tell capital letters apart."))
        status = 422
    elif request.method == "POST":
        status = 422
    return render(request, "site/sign_in.html", _sign_in_context(request, form), status=status)


def _sign_in_context(request: HttpRequest, form: SignInForm) -> dict[str, Any]:
    return {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "cast": parts.groups() if settings.DEMO else (),
    }


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The limiter's answer; the same for an account that exists and one that does not."""
    form = SignInForm()
    message = _("Too many attempts. Wait 15 minutes, or sign in on a device you have used before.")
    answer = render(request, "site/sign_in.html", _sign_in_context(request, form) | {"refusal": message}, status=429)
    answer["Retry-After"] = "900"
    return answer


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One click as one of the cast. Exists in demo mode only."""
    if not settings.DEMO:
        raise Http404
    user = User.objects.filter(username=request.POST.get("username", ""), is_active=True).first()
    if user is None or user.username not in parts.accounts():
        raise Http404
    return _signed_in(request, user, "demo")


def _admitted(request: HttpRequest, user: User) -> HttpResponse:
    """The password was right: on to the second factor, or in."""
    actor = load_actor(user.pk)
    if actor is not None and needs_second_factor(actor):
        target = next_page(request)
        request.session.flush()
        request.session[PENDING] = user.pk
        request.session["next"] = target
        request.session.set_expiry(600)
        return HttpResponseRedirect(reverse("second_factor"))
    return _signed_in(request, user, "password")


def needs_second_factor(actor: Actor) -> bool:
    """Staff, where the house demands it. A worker with no staff role signs in with the password alone."""
    known = all_roles()
    return bool(settings.SHEGONG_STAFF_SECOND_FACTOR) and any(known[r].staff for r in actor.roles() if r in known)


def _signed_in(request: HttpRequest, user: User, how: str) -> HttpResponse:
    target = request.session.get("next") or next_page(request)
    request.session.set_expiry(None)
    request.session.pop(PENDING, None)
    request.session.pop(PENDING_TRIES, None)
    login(request, user, backend=BACKEND)  # a new session key: one known before signing in is worth nothing after
    request.session.pop("next", None)
    actor = load_actor(user.pk, address=address_of(request)) or ANONYMOUS
    _write(request, actor, "orgs.account.sign_in", user.pk, Outcome.SIGNED_IN, how)
    limiter.forgive(request, user.username)
    if user.must_change_password:
        request.session[MUST_CHANGE] = True  # the middleware leads nowhere else until it is done
    answer = HttpResponseRedirect(reverse("change_password") if user.must_change_password else target)
    limiter.remember_device(request, answer, user.username)
    for name, value in (("language", user.language), ("sg_text", "large" if user.large_text else "normal")):
        answer.set_cookie(name, value, max_age=365 * 86400, samesite="Lax", secure=settings.PRODUCTION)
    return answer


@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator; at the first time, setting one up."""
    user = User.objects.filter(pk=request.session.get(PENDING) or 0, is_active=True).first()
    if user is None:
        return HttpResponseRedirect(reverse("sign_in"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and not limiter.admits(request, user.username):
        return locked_out(request)
    if request.method == "POST" and form.is_valid():
        tries = request.session.get(PENDING_TRIES, 0) + 1
        request.session[PENDING_TRIES] = tries
        if totp.accept(user, form.cleaned_data["code"], fresh=totp.shown(request.session.get("new_secret", ""))):
            request.session.pop("new_secret", None)
            return _signed_in(request, user, "second factor")
        actor = load_actor(user.pk, address=address_of(request)) or ANONYMOUS
        _write(request, actor, "orgs.account.sign_in", user.pk, Outcome.REFUSED, "second factor")
        limiter.blame(request, user.username)  # else whoever knows the password guesses codes, a new session every five
        if tries >= MAX_CODE_TRIES:
            request.session.flush()
            return locked_out(request)
        form.add_error(
            "code", _("This code is wrong or was used before. Wait for the next one; check the clock of your phone.")
        )
    context: dict[str, Any] = {"form": form, "enrol": None}
    if not user.totp_secret:
        token = request.session.setdefault("new_secret", totp.hidden(totp.new_secret()))
        context["enrol"] = totp.enrolment(user, totp.shown(token))
    return render(request, "site/second_factor.html", context, status=422 if form.errors and form.is_bound else 200)


# --- out -----------------------------------------------------------------------------------------------------------------
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session and have the browser forget what it kept."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.user_id:
        _write(request, actor, "orgs.account.sign_out", actor.user_id, Outcome.DONE, "")
    logout(request)
    answer = HttpResponseRedirect(reverse("sign_in"))
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


# --- password ------------------------------------------------------------------------------------------------------------
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password; every other session of the account ends with it, at its next request."""
    actor = request.actor  # type: ignore[attr-defined]
    user = User.objects.get(pk=actor.user_id)
    if request.method == "POST" and not limiter.admits(request, user.username):
        return locked_out(request)
    form = PasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user.set_password(form.cleaned_data["new"])
            user.must_change_password = False
            user.save(update_fields=["password", "must_change_password"])
            _write(request, actor, "orgs.account.change_password", user.pk, Outcome.DONE, "")
        request.session.pop(MUST_CHANGE, None)
        request.session.cycle_key()
        request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        return HttpResponseRedirect(reverse("me") + "?password=changed")
    if request.method == "POST" and "old" in form.errors:
        limiter.blame(request, user.username)
    context = {"form": form, "title": _("Change the password"), "must": user.must_change_password}
    return render(request, "site/password.html", context, status=422 if form.is_bound and form.errors else 200)


# --- shared --------------------------------------------------------------------------------------------------------------
def next_page(request: HttpRequest) -> str:
    """``next`` when it leads to a page of this house, else home (rule 36)."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    fits = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if fits else reverse("home")


def _write(request: HttpRequest, actor: Actor, deed: str, subject: object, outcome: str, reason: str) -> None:
    known = actor if actor.address else actor.working_as(address=address_of(request))
    trail.write(
        known, trail.Line(deed, "orgs.account", subject, known.posts[0].path if known.posts else "", outcome, reason)
    )
