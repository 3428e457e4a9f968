"""What must never run together is refused before anything opens: each check is shown to speak and to keep silent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from shegong.site import checks

ROOT = Path(__file__).resolve().parents[3]
PRODUCTION = {
    "DEMO": False,
    "PRODUCTION": True,
    "MODE": "production",
    "EMBEDDED": False,
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": ["shegong.example"],
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SHEGONG_STAFF_SECOND_FACTOR": True,
}
DEMO = {
    "DEMO": True,
    "PRODUCTION": False,
    "MODE": "demo",
    "EMBEDDED": True,
    "ALLOWED_HOSTS": ["127.0.0.1", "localhost"],
}


def ids(found) -> list[str]:
    return sorted(message.id for message in found)


def test_sound_production_settings_are_accepted():
    with override_settings(**PRODUCTION):
        assert ids(checks.safe_settings(None)) == []


def test_sound_demo_settings_are_accepted(monkeypatch):
    monkeypatch.delenv("SHEGONG_SECRET_KEY", raising=False)
    with override_settings(**DEMO):
        assert ids(checks.safe_settings(None)) == []


@pytest.mark.parametrize(
    ("change", "id"),
    [
        ({"SECRET_KEY": ""}, "shegong.C011"),
        ({"SECRET_KEY": "short"}, "shegong.C011"),
        ({"ALLOWED_HOSTS": [""]}, "shegong.C012"),
        ({"ALLOWED_HOSTS": ["*"]}, "shegong.C012"),
        ({"SECURE_SSL_REDIRECT": False}, "shegong.C013"),
        ({"SESSION_COOKIE_SECURE": False}, "shegong.C013"),
        ({"SHEGONG_STAFF_SECOND_FACTOR": False}, "shegong.C013"),
        ({"DEBUG": True}, "shegong.C001"),
        ({"EMBEDDED": True}, "shegong.W014"),
    ],
)
def test_each_gap_in_production_is_named(change, id):
    with override_settings(**{**PRODUCTION, **change}):
        assert ids(checks.safe_settings(None)) == [id]


def test_demo_mode_refuses_a_secret_key_of_production(monkeypatch):
    monkeypatch.setenv("SHEGONG_SECRET_KEY", "x" * 50)
    with override_settings(**DEMO):
        assert ids(checks.safe_settings(None)) == ["shegong.C003"]


def test_demo_mode_refuses_a_public_host_name():
    with override_settings(**{**DEMO, "ALLOWED_HOSTS": ["shegong.example"]}):
        assert ids(checks.safe_settings(None)) == ["shegong.C004"]


class Answers:
    """A cursor that answers queries in order."""

    def __init__(self, *rows):
        self.rows = list(rows)

    def execute(self, *_):
        self.row = self.rows.pop(0)

    def fetchone(self):
        return self.row

    def fetchall(self):
        return self.row


@pytest.mark.parametrize(
    ("mode", "purpose", "peopled", "expected"),
    [
        (DEMO, None, False, []),
        (DEMO, "demo", True, []),
        (DEMO, None, True, ["shegong.C002"]),
        (DEMO, "production", False, ["shegong.C002"]),
        (PRODUCTION, "demo", True, ["shegong.C005"]),
        (PRODUCTION, "production", True, []),
        (PRODUCTION, None, False, []),
    ],
)
def test_a_database_is_a_demos_or_real_never_one_after_the_other(mode, purpose, peopled, expected):
    with override_settings(**mode):
        assert ids(checks._purpose(Answers((True,), (purpose, peopled)))) == expected


def test_a_server_that_may_lose_what_it_acknowledged_is_refused_in_production():
    sound = [("data_checksums", "on"), ("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on")]
    for name, _ in sound:
        spoilt = [(n, "off" if n == name else v) for n, v in sound]
        with override_settings(**PRODUCTION):
            assert ids(checks._server(Answers((180004, "18.4"), spoilt))) == ["shegong.C042"], name
    with override_settings(**PRODUCTION):
        assert ids(checks._server(Answers((180004, "18.4"), sound))) == []
        assert ids(checks._server(Answers((140011, "14.11"), sound))) == ["shegong.C041"]


def test_a_role_that_row_level_security_does_not_bind_is_refused():
    assert ids(checks._role(Answers(("boss", True, False)))) == ["shegong.C043"]
    assert ids(checks._role(Answers(("boss", False, True)))) == ["shegong.C043"]
    assert ids(checks._role(Answers(("shegong_app", False, False)))) == []


def test_key_files_that_others_can_read_are_refused(tmp_path):
    key = tmp_path / "ring.json"
    key.write_text("{}")
    key.chmod(0o600)
    with override_settings(SHEGONG_KEY_DIR=tmp_path):
        assert ids(checks.private_keys(None)) == []
        key.chmod(0o640)
        assert ids(checks.private_keys(None)) == ["shegong.C031"]


def test_production_without_a_key_ring_is_refused(tmp_path):
    with override_settings(**PRODUCTION, SHEGONG_KEY_DIR=tmp_path):
        assert ids(checks.private_keys(None)) == ["shegong.C032"]


@pytest.mark.django_db
def test_the_test_database_itself_passes():
    assert ids(checks.sound_database(None, databases=["default"])) == []


def run_settings(**environment: str) -> subprocess.CompletedProcess[str]:
    base = {k: v for k, v in os.environ.items() if not k.startswith("SHEGONG_") and k != "DJANGO_SETTINGS_MODULE"}
    code = "from shegong.site import settings as s; print(s.MODE, s.DEBUG, s.SESSION_COOKIE_NAME, s.DATABASES['default']['ENGINE'])"
    return subprocess.run(
        [sys.executable, "-c", code], env=base | environment, cwd=ROOT, capture_output=True, text=True
    )


def test_another_database_or_mode_ends_the_start(tmp_path):
    var = str(tmp_path)
    assert "postgresql" in run_settings(SHEGONG_VAR=var, SHEGONG_DATABASE_URL="sqlite:///x").stderr
    assert run_settings(SHEGONG_VAR=var, SHEGONG_MODE="staging").returncode != 0
    sound = run_settings(
        SHEGONG_VAR=var, SHEGONG_MODE="production", SHEGONG_DATABASE_URL="postgresql://a:b@localhost/c"
    )
    assert sound.stdout.split() == ["production", "False", "__Host-session", "django.db.backends.postgresql"]


def test_the_application_connects_as_its_own_role_and_never_as_the_owner():
    from shegong.site.settings import database

    options = database("postgresql://owner:pw@db.example:5433/house?sslmode=require")
    assert "-c role=shegong_app" in options["OPTIONS"]["options"]
    assert options["OPTIONS"]["sslmode"] == "require"
    assert (options["HOST"], options["PORT"], options["NAME"], options["PASSWORD"]) == (
        "db.example",
        "5433",
        "house",
        "pw",
    )
    assert django_settings.DEBUG is False
