"""What must hold before the house opens. Run by ``shegong serve`` and ``shegong check``, and by Django's own ``check``."""

from __future__ import annotations

import importlib.util
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Critical, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

OLDEST_SERVER = 150000
SAFE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
    "data_checksums": ("on",),
}
SHORTEST_SECRET = 40


@register(Tags.security)
def safe_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Demo mode and production settings exclude each other; production has no gaps."""
    return [*_never_together(), *(_production() if settings.PRODUCTION else [])]


def _never_together() -> Iterator[CheckMessage]:
    """Signs of a real installation under demo mode: one-click sign-in must be impossible there."""
    if settings.DEBUG:
        yield Critical("DEBUG is on. It would show data on error pages; Shegong never runs with it.", id="shegong.C001")
    if settings.DEMO and os.environ.get("SHEGONG_SECRET_KEY"):
        yield Critical(
            "Demo mode with SHEGONG_SECRET_KEY, a production setting.",
            "Set SHEGONG_MODE=production.",
            id="shegong.C003",
        )
    if settings.DEMO and [host for host in settings.ALLOWED_HOSTS if not _loopback(host)] and not _demo_hosts_allowed():
        hint = "Set SHEGONG_MODE=production; or, for a demo that others may open, SHEGONG_DEMO_FOR_OTHERS=yes."
        yield Critical("Demo mode under a public host name (SHEGONG_HOSTS).", hint, id="shegong.C004")


def _loopback(host: str) -> bool:
    return host in ("127.0.0.1", "localhost", "[::1]", "testserver")


def _demo_hosts_allowed() -> bool:
    return os.environ.get("SHEGONG_DEMO_FOR_OTHERS") == "yes" and settings.EMBEDDED


def _production() -> Iterator[CheckMessage]:
    if len(_secret_key()) < SHORTEST_SECRET:
        yield Critical("SHEGONG_SECRET_KEY is missing or shorter than 40 characters.", id="shegong.C011")
    hosts = [h for h in settings.ALLOWED_HOSTS if h]
    if not hosts or "*" in hosts:
        yield Critical("SHEGONG_HOSTS must name the hosts this site answers for, never *.", id="shegong.C012")
    needed = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SHEGONG_STAFF_SECOND_FACTOR")
    for name in needed:
        if not getattr(settings, name):
            yield Critical(f"{name} is off in production.", id="shegong.C013")
    if settings.EMBEDDED:
        hint = "Set SHEGONG_DATABASE_URL to a server that is backed up and watched."
        yield Warning("The embedded PostgreSQL is meant for trying out and for small offices.", hint, id="shegong.W014")


def _secret_key() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:  # Django's word for an empty one
        return ""


@register(Tags.security)
def safe_parsers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Hostile workbooks are read with defusedxml (rule 37)."""
    if importlib.util.find_spec("defusedxml") is None:
        return [Critical("defusedxml is not installed.", "Run: make setup", id="shegong.C021")]
    return []


@register(Tags.security)
def private_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Key files are readable by their owner only, and do not lie beside the data they open."""
    folder = Path(settings.SHEGONG_KEY_DIR)
    found: list[CheckMessage] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            found.append(Critical(f"{path} can be read by others.", f"chmod 600 {path}", id="shegong.C031"))
    if settings.PRODUCTION and not (folder / "ring.json").exists():
        found.append(
            Critical(
                f"There is no key ring in {folder}.",
                "Once, and kept apart from backups: shegong keys create",
                id="shegong.C032",
            )
        )
    if settings.PRODUCTION and Path(settings.SHEGONG_FILES_DIR) in folder.parents:
        found.append(
            Error("Keys lie inside the folder of the files they open.", "Set SHEGONG_KEY_DIR.", id="shegong.E033")
        )
    return found


@register(Tags.database)
def sound_database(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The server is new enough, keeps what it acknowledged, and binds us by row-level security."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        try:
            with connections[alias].cursor() as cursor:
                found += _server(cursor)
                found += _role(cursor)
                found += _purpose(cursor)
        except DatabaseError as error:
            found.append(
                Critical(f"The database does not answer: {error}", "See docs/guide/operate.md.", id="shegong.C040")
            )
    return found


def _server(cursor: Any) -> Iterator[CheckMessage]:
    cursor.execute("select current_setting('server_version_num')::int, current_setting('server_version')")
    number, name = cursor.fetchone()
    if number < OLDEST_SERVER:
        yield Critical(f"PostgreSQL {name} is too old: 15 or newer is needed.", id="shegong.C041")
    cursor.execute("select name, setting from pg_settings where name = any(%s)", [list(SAFE)])
    kind = Critical if settings.PRODUCTION else Warning
    for setting, value in sorted(cursor.fetchall()):
        if value not in SAFE[setting] and settings.MODE != "test":
            yield kind(
                f"PostgreSQL runs with {setting}={value}: it may lose or spoil what it acknowledged.", id="shegong.C042"
            )


def _role(cursor: Any) -> Iterator[CheckMessage]:
    if settings.AS_OWNER:
        return
    cursor.execute("select current_user, rolsuper, rolbypassrls from pg_roles where rolname = current_user")
    name, superuser, bypass = cursor.fetchone()
    if superuser or bypass:
        yield Critical(f"The application runs as {name}, whom row-level security does not bind.", id="shegong.C043")


def _purpose(cursor: Any) -> Iterator[CheckMessage]:
    """A database is either a demo's, where anyone signs in as anyone, or it is real; never one after the other."""
    cursor.execute("select to_regclass('site_house') is not null and to_regclass('orgs_user') is not null")
    if settings.MODE == "test" or not cursor.fetchone()[0]:
        return
    cursor.execute("select (select purpose from site_house limit 1), exists (select from orgs_user)")
    purpose, peopled = cursor.fetchone()
    if settings.DEMO and (purpose == "production" or (purpose is None and peopled)):
        hint = "Set SHEGONG_MODE=production, or point SHEGONG_DATABASE_URL at an empty database."
        yield Critical(
            "Demo mode on a database of real accounts: anyone could sign in as anyone.", hint, id="shegong.C002"
        )
    if settings.PRODUCTION and purpose == "demo":
        hint = "Point SHEGONG_DATABASE_URL at an empty database."
        yield Critical(
            "Production mode on a demo's database: its accounts have published passwords.", hint, id="shegong.C005"
        )
