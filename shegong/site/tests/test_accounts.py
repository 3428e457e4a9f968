"""Signing in and out: the limiter, the second factor, and sessions that end when they must."""

from __future__ import annotations

import time

import pyotp
import pytest
from django.test import Client, override_settings
from django.urls import reverse

from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.models import ApiToken, User
from shegong.kernel.orgs.reach import everything
from shegong.site import accounts, limiter, totp
from shegong.site.me import digest
from tests import cast

pytestmark = pytest.mark.django_db
PASSWORD = "demo-town_worker"


def attempt(client: Client, username="town_worker", password=PASSWORD, **extra):
    return client.post(
        reverse("sign_in"), {"username": username, "password": password, "idempotency_key": "x"}, **extra
    )


def entries(**found):
    with everything():
        return list(Entry.objects.filter(**found).order_by("-seq"))


@pytest.fixture
def signed_in():
    client = Client()
    assert attempt(client).status_code == 302
    return client


def test_a_right_password_opens_a_new_session_and_leaves_a_line():
    client = Client()
    client.get(reverse("sign_in"))
    before = client.session.session_key
    answer = attempt(client)
    assert answer.status_code == 302
    assert answer.url == reverse("home")
    assert client.session.session_key != before
    assert entries(deed="orgs.account.sign_in", outcome="signed_in")[0].actor_name == "陈小满"


def test_wrong_password_unknown_account_and_suspended_account_get_the_very_same_words():
    bodies = set()
    for username, password in (("town_worker", "wrong"), ("nobody-here", "wrong"), ("suspended", "demo-suspended")):
        answer = attempt(Client(), username, password)
        assert answer.status_code == 422
        bodies.add(answer.content.decode().split('role="alert"')[1].split("</div>")[0])
    assert len(bodies) == 1
    assert entries(deed="orgs.account.sign_in", outcome="refused")


def test_eight_failures_at_one_address_lock_it_before_the_hash(monkeypatch):
    for _ in range(8):
        attempt(Client(), password="wrong")
    hashed = []
    monkeypatch.setattr("django.contrib.auth.hashers.check_password", lambda *a, **k: hashed.append(1) or True)
    monkeypatch.setattr(User, "check_password", lambda *a: hashed.append(1) or True)
    answer = attempt(Client())
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert hashed == []


def test_failures_from_many_addresses_lock_the_account_but_never_a_device_it_knows(signed_in):
    signed_in.post(reverse("sign_out"))
    for i in range(12):
        attempt(Client(REMOTE_ADDR=f"10.0.0.{i}"), password="wrong")
    assert attempt(Client(REMOTE_ADDR="10.0.1.1")).status_code == 429
    assert attempt(signed_in, REMOTE_ADDR="10.0.1.2").status_code == 302


def test_a_forged_forwarded_address_does_not_help_the_guesser():
    for i in range(8):
        attempt(Client(), password="wrong", HTTP_X_FORWARDED_FOR=f"10.1.0.{i}")
    assert attempt(Client(), HTTP_X_FORWARDED_FOR="10.1.1.1").status_code == 429


def test_the_forwarded_address_counts_behind_a_proxy_of_ours(rf):
    from shegong.site.middleware import address_of

    request = rf.get("/", REMOTE_ADDR="10.9.9.9", HTTP_X_FORWARDED_FOR="1.1.1.1, 2.2.2.2")
    assert address_of(request) == "10.9.9.9"
    with override_settings(SHEGONG_TRUSTED_PROXIES=frozenset({"10.9.9.9"})):
        assert address_of(request) == "2.2.2.2"


def test_the_budget_of_hashes_runs_dry_and_fills_with_time():
    now = [0.0]
    budget = limiter.Budget(2.0, 4.0, clock=lambda: now[0])
    assert [budget.take() for _ in range(5)] == [True] * 4 + [False]
    now[0] += 1.0
    assert [budget.take() for _ in range(3)] == [True, True, False]


def test_pages_ask_for_an_account_and_lead_back(client):
    answer = client.get("/me?x=1")
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("sign_in"))
    assert client.post("/me").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil"]
)
def test_next_never_leads_away(target):
    answer = Client().post(reverse("sign_in"), {"username": "town_worker", "password": PASSWORD, "next": target})
    assert answer.url == reverse("home")


def test_next_leads_to_a_page_of_ours():
    answer = Client().post(reverse("sign_in"), {"username": "town_worker", "password": PASSWORD, "next": "/me?a=1"})
    assert answer.url == "/me?a=1"


def test_signing_out_ends_the_session_and_clears_the_browser(signed_in):
    key = signed_in.session.session_key
    answer = signed_in.post(reverse("sign_out"))
    assert '"storage"' in answer["Clear-Site-Data"]
    assert signed_in.get(reverse("me")).status_code == 302
    stale = Client()
    stale.cookies["session"] = key
    assert stale.get(reverse("me")).status_code == 302
    assert signed_in.get(reverse("sign_out")).status_code in (302, 405)


def test_a_changed_password_ends_every_other_session_at_once(signed_in):
    other = Client()
    attempt(other)
    assert other.get(reverse("me")).status_code == 200
    new = "ganzhong-2026-xin"
    answer = signed_in.post(reverse("change_password"), {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 302
    assert signed_in.get(reverse("me")).status_code == 200
    assert other.get(reverse("me")).status_code == 302
    assert attempt(Client(), password=new).status_code == 302
    assert entries(deed="orgs.account.change_password")


def test_a_password_set_by_somebody_else_must_be_changed_before_anything():
    User.objects.filter(username="town_worker").update(must_change_password=True)
    client = Client()
    assert attempt(client).url == reverse("change_password")
    for page in ("home", "me", "case_list", "search"):
        assert client.get(reverse(page)).url == reverse("change_password")
    new = "ganzhong-2026-xin"
    assert client.post(reverse("change_password"), {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert client.get(reverse("home")).status_code == 200


def test_a_weak_or_wrong_password_is_refused_at_its_field(signed_in):
    for given, field in (
        ({"old": "wrong", "new": "ganzhong-2026-xin", "again": "ganzhong-2026-xin"}, "old"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "new"),
        ({"old": PASSWORD, "new": "ganzhong-2026-xin", "again": "other-2026-xin"}, "again"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "new"),
    ):
        answer = signed_in.post(reverse("change_password"), given)
        assert answer.status_code == 422
        assert f'id="id_{field}_error"' in answer.content.decode(), field
    assert User.objects.get(username="town_worker").check_password(PASSWORD)


def test_a_suspended_account_is_out_at_its_next_request(signed_in):
    User.objects.filter(username="town_worker").update(is_active=False)
    assert signed_in.get(reverse("me")).status_code == 302


def test_signing_out_everywhere_else_spares_this_session(signed_in):
    other = Client()
    attempt(other)
    signed_in.post(reverse("sessions_end"))
    assert signed_in.get(reverse("me")).status_code == 200
    assert other.get(reverse("me")).status_code == 302


# --- second factor ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def strict():
    with override_settings(SHEGONG_STAFF_SECOND_FACTOR=True):
        yield


def enrol(client: Client) -> str:
    assert attempt(client).url == reverse("second_factor")
    client.get(reverse("second_factor"))
    secret = totp.shown(client.session["new_secret"])
    assert client.post(reverse("second_factor"), {"code": pyotp.TOTP(secret).now()}).url == reverse("home")
    return secret


def test_staff_sign_in_with_a_second_factor_and_a_worker_without(strict):
    client = Client()
    assert attempt(client).url == reverse("second_factor")
    assert client.get(reverse("me")).status_code == 302  # half signed in is not signed in
    worker = Client()
    assert attempt(worker, "worker", "demo-worker").url == reverse("home")


def test_setting_up_keeps_the_secret_sealed_and_a_code_opens_once(strict):
    secret = enrol(Client())
    user = User.objects.get(username="town_worker")
    assert secret.encode() not in bytes(user.totp_secret)
    assert totp.secret_of(user) == secret
    again = Client()
    attempt(again)
    answer = again.post(reverse("second_factor"), {"code": pyotp.TOTP(secret).now()})
    assert answer.status_code == 422  # the very code that was used a moment ago


def test_a_code_is_good_for_one_step_either_way_and_never_backwards(strict):
    user = User.objects.get(username="town_worker")
    secret, now = totp.new_secret(), time.time()
    clock = pyotp.TOTP(secret)
    assert not totp.accept(user, clock.at(now - 90), fresh=secret, now=now)
    assert not totp.accept(user, clock.at(now + 90), fresh=secret, now=now)
    assert totp.accept(user, clock.at(now + 30), fresh=secret, now=now)
    assert not totp.accept(user, clock.at(now), now=now)
    for nonsense in ("", "abcdef", "12345", "1234567", "１２３４５６"):
        assert not totp.accept(user, nonsense, now=now + 300)


def test_five_wrong_codes_end_the_half_sign_in(strict):
    enrol(Client())
    client = Client()
    attempt(client)
    for _ in range(4):
        assert client.post(reverse("second_factor"), {"code": "000000"}).status_code == 422
    assert client.post(reverse("second_factor"), {"code": "000000"}).status_code == 429
    assert client.get(reverse("second_factor")).url == reverse("sign_in")


@pytest.fixture
def own_keys(tmp_path, settings):
    from shegong.kernel.vault import keyring

    settings.SHEGONG_KEY_DIR = tmp_path / "keys"
    keyring.create(settings.SHEGONG_KEY_DIR)
    keyring.forget()
    yield settings.SHEGONG_KEY_DIR
    keyring.forget()


def test_rotation_takes_the_second_factors_along(strict, own_keys):
    from shegong.kernel.vault import keyring

    secret = enrol(Client())
    user = User.objects.get(username="town_worker")
    old = keyring.keyring().active("seal").id
    assert totp.HOLDER.count() == {old: 1}
    new = keyring.add_key(own_keys, "seal").id
    keyring.refresh()
    assert totp.HOLDER.rewrite() == 1
    assert totp.HOLDER.count() == {new: 1}
    assert totp.HOLDER.rewrite() == 0
    user.refresh_from_db()
    assert totp.secret_of(user) == secret


# --- demo sign-in ------------------------------------------------------------------------------------------------------------
def test_one_click_sign_in_does_not_exist_outside_demo_mode(client):
    assert client.post(reverse("demo_sign_in"), {"username": "town_worker"}).status_code == 404
    assert reverse("demo_sign_in") not in client.get(reverse("sign_in")).content.decode()


def test_one_click_sign_in_takes_the_cast_and_nobody_else(client):
    with override_settings(DEMO=True):
        assert (
            client.post(reverse("demo_sign_in"), {"username": "town_worker"}).status_code == 404
        )  # not of the demo's cast
        User.objects.create(username="chen", name="陈小满")
        page = client.get(reverse("sign_in")).content.decode()
        assert 'value="chen"' in page
        assert 'value="wu"' not in page  # no such account here
        assert client.post(reverse("demo_sign_in"), {"username": "chen"}).status_code == 302
        assert client.get(reverse("demo_sign_in")).status_code in (302, 405)


# --- me ----------------------------------------------------------------------------------------------------------------------
def test_a_token_is_shown_once_and_only_its_digest_is_kept(signed_in):
    page = signed_in.post(reverse("me"), {"name": "人社局接口", "days": "90"}).content.decode()
    token = next(word for word in page.replace("<", " ").replace(">", " ").split() if word.startswith("sg_"))
    kept = ApiToken.objects.get()
    assert kept.digest == digest(token)
    assert token not in signed_in.get(reverse("me")).content.decode()
    assert signed_in.post(reverse("token_revoke", args=[kept.pk])).status_code == 302
    assert ApiToken.objects.get().revoked_at
    other = Client()
    attempt(other, "colleague", "demo-colleague")
    assert other.post(reverse("token_revoke", args=[kept.pk])).status_code == 404


def test_the_post_acted_from_is_one_that_is_held(signed_in):
    from shegong.kernel.orgs.models import Grant

    Grant.objects.create(
        user=cast.user("town_worker"), role="town_worker", org=cast.org("town2"), valid_from=cast.LONG_AGO
    )
    posts = cast.actor("town_worker").posts
    assert signed_in.post(reverse("switch_post"), {"post": posts[1].value}).status_code == 302
    assert signed_in.session["post"] == posts[1].value
    assert signed_in.post(reverse("switch_post"), {"post": "supervisor@1"}).status_code == 404


def test_language_and_text_size_stay_with_the_account(signed_in):
    signed_in.post(reverse("set_language"), {"language": "en", "next": "/me"})
    signed_in.post(reverse("set_text_size"), {"text": "large", "next": "/me"})
    user = User.objects.get(username="town_worker")
    assert (user.language, user.large_text) == ("en", True)
    page = signed_in.get(reverse("me")).content.decode()
    assert 'lang="en"' in page
    assert 'data-text="large"' in page
    assert signed_in.post(reverse("set_language"), {"language": "xx"}).status_code == 404


def test_a_page_carries_the_headers_that_keep_it_private(signed_in):
    answer = signed_in.get(reverse("me"))
    assert answer["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    cookie = signed_in.cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_health_says_up_and_nothing_else(client):
    assert client.get(reverse("health")).json() == {"status": "up"}


def test_every_open_page_exists():
    from shegong.site.middleware import OPEN_PAGES
    from shegong.site.urls import urlpatterns

    assert accounts.BACKEND
    assert OPEN_PAGES & {p.name for p in urlpatterns if hasattr(p, "name")} >= {"sign_in", "second_factor", "health"}
