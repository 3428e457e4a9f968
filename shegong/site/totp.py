"""The second factor of staff: time-based codes (RFC 6238) of an authenticator on the phone."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

import pyotp
import segno

from shegong.kernel.orgs.models import User
from shegong.kernel.orgs.reach import everything
from shegong.kernel.vault import rotation
from shegong.kernel.vault.keyring import SEAL, key_id_of, keyring

ISSUER = "社工通"
STEP_SECONDS = 30


@dataclass(frozen=True)
class Enrolment:
    """What to show once: a QR picture (SVG data URI) and the secret to type."""

    picture: str
    secret: str


def new_secret() -> str:
    return pyotp.random_base32()


def hidden(secret: str) -> str:
    """A secret on its way into use, sealed for the session store."""
    return keyring().seal(b"session:totp:", secret.encode()).hex()


def shown(token: str) -> str:
    return keyring().open(b"session:totp:", bytes.fromhex(token)).decode() if token else ""


def enrolment(user: User, secret: str) -> Enrolment:
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER)
    grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return Enrolment(segno.make(uri, error="m").svg_data_uri(scale=4, border=2), grouped)


def accept(user: User, code: str, *, fresh: str = "", now: float | None = None) -> bool:
    """Whether ``code`` is good now, one step of clock drift either way, and not used before. ``fresh``: a secret being set up,
    which is kept with the first good code. The account row is locked, so that one code cannot open two sessions."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    secret = secret_of(locked) or fresh
    step = _step_of(secret, code, time.time() if now is None else now)
    if not secret or step is None or step <= locked.totp_last_step:
        return False
    locked.totp_last_step = step
    if not locked.totp_secret or key_id_of(bytes(locked.totp_secret)) != keyring().active(SEAL).id:
        locked.totp_secret = keyring().seal(_place(locked), secret.encode())
    locked.save(update_fields=["totp_last_step", "totp_secret"])
    return True


def _step_of(secret: str, code: str, now: float) -> int | None:
    if not secret or not code.isascii() or not code.isdigit() or len(code) != 6:
        return None
    clock, current = pyotp.TOTP(secret), int(now // STEP_SECONDS)
    return next(
        (s for s in (current, current - 1, current + 1) if pyotp.utils.strings_equal(code, clock.generate_otp(s))), None
    )


def secret_of(user: User) -> str:
    return keyring().open(_place(user), bytes(user.totp_secret)).decode() if user.totp_secret else ""


def _reseal_all() -> int:
    """Seal every secret with the active key; part of a rotation, for the account's table lies below the vault."""
    with everything():
        active, count = keyring().active(SEAL).id, 0
        for user in User.objects.exclude(totp_secret=None).select_for_update():
            if _key_of(user) != active:
                user.totp_secret = keyring().seal(_place(user), secret_of(user).encode())
                user.save(update_fields=["totp_secret"])
                count += 1
        return count


def _count_keys() -> dict[int, int]:
    with everything():
        return dict(Counter(_key_of(user) for user in User.objects.exclude(totp_secret=None)))


def _key_of(user: User) -> int:
    return key_id_of(bytes(user.totp_secret or b""))


HOLDER = rotation.Holder(SEAL, "orgs_user.totp_secret", _count_keys, _reseal_all)


def _place(user: User) -> bytes:
    return f"orgs_user:totp_secret:{user.pk}:".encode()
