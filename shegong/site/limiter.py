"""Brakes before the password hash (rule 31). django-axes counts failures per account and address; here: per account over all
addresses, with known devices let through, so that nobody can lock the real person out; and a budget of hashes per process,
so that a flood of sign-ins cannot take the processors from everybody's pages."""

from __future__ import annotations

import datetime as dt
import threading
import time

from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import F, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .middleware import address_of

PER_ACCOUNT = 10  # failures over all addresses
WINDOW = dt.timedelta(minutes=15)
HASHES_PER_SECOND = 2.0  # in each process
BURST = 8.0
DEVICE_COOKIE = "known_device"
DEVICE_SALT = "shegong.site.limiter.device"
DEVICE_AGE = 180 * 86400


class Budget:
    """A bucket that fills with time. ``clock`` in seconds."""

    def __init__(self, rate: float, burst: float, clock: object = time.monotonic) -> None:
        self.rate, self.burst, self._clock = rate, burst, clock
        self._level, self._at = burst, clock()  # type: ignore[operator]
        self._lock = threading.Lock()

    def take(self) -> bool:
        with self._lock:
            now = self._clock()  # type: ignore[operator]
            self._level = min(self.burst, self._level + (now - self._at) * self.rate)
            self._at = now
            if self._level < 1:
                return False
            self._level -= 1
            return True


_hashes = Budget(HASHES_PER_SECOND, BURST)


def admits(request: HttpRequest, username: str) -> bool:
    """Whether this attempt may cost a hash. A device that signed in to this account before is not held up by others' failures."""
    if known_device(request, username):
        return True
    if settings.MODE != "test" and not _hashes.take():
        return False
    recent = AccessAttempt.objects.filter(username=username, attempt_time__gt=timezone.now() - WINDOW)
    return (recent.aggregate(n=Sum("failures_since_start"))["n"] or 0) < PER_ACCOUNT


def blame(request: HttpRequest, username: str) -> None:
    """Count a wrong present password like a failed sign-in."""
    AccessAttempt.objects.update_or_create(
        username=username, ip_address=address_of(request) or None, user_agent=request.META.get("HTTP_USER_AGENT", "")[:255],
        defaults={"attempt_time": timezone.now(), "failures_since_start": F("failures_since_start") + 1},
        create_defaults={"attempt_time": timezone.now(), "path_info": request.path[:255], "failures_since_start": 1,
                         "get_data": "", "post_data": "", "http_accept": ""},
    )  # fmt: skip


def forgive(request: HttpRequest, username: str) -> None:
    """A right password ends the count of this account at this address."""
    AccessAttempt.objects.filter(username=username, ip_address=address_of(request) or None).delete()


def known_device(request: HttpRequest, username: str) -> bool:
    try:
        named = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_SALT, max_age=DEVICE_AGE)
    except signing.BadSignature:
        return False
    return isinstance(named, list) and username in named


def remember_device(request: HttpRequest, answer: HttpResponse, username: str) -> None:
    """Note on this device that the account signed in here; up to five accounts on a shared one."""
    try:
        named = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_SALT, max_age=DEVICE_AGE)
    except signing.BadSignature:
        named = []
    kept = [username, *[n for n in named if n != username]][:5]
    answer.set_cookie(
        DEVICE_COOKIE,
        signing.dumps(kept, salt=DEVICE_SALT),
        max_age=DEVICE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.PRODUCTION,
    )
