"""What every command begins with: the database running, Django set up, and a voice on stderr."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

if TYPE_CHECKING:
    from shegong.kernel.orgs.reach import Actor
    from shegong.site.embedded import Cluster

DONE, FAILED, USAGE, REFUSED, ROWS_LEFT = 0, 1, 2, 3, 4
_voice = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """A line for people, on stderr; stdout is for what a program reads."""
    _voice.print(text, soft_wrap=True)


def voice() -> Console:
    return _voice


def cluster() -> Cluster | None:
    """The embedded server, or None where ``SHEGONG_DATABASE_URL`` names another, or where the tests keep their own."""
    from shegong.site import settings

    if not settings.EMBEDDED or settings.MODE == "test":
        return None
    from shegong.site.embedded import Cluster

    return Cluster(settings.VAR_DIR / "pg")


@contextmanager
def database() -> Iterator[None]:
    """The server runs meanwhile, and the database itself exists."""
    own = cluster()
    with own.use() if own else nullcontext():
        if own:
            _make_database(own)
        yield


@contextmanager
def ready(*, timeout: str = "10min") -> Iterator[None]:
    """Database and Django, for one command. ``timeout``: the longest one statement may take."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shegong.site.settings")
    os.environ.setdefault("SHEGONG_STATEMENT_TIMEOUT", timeout)
    with database():
        import django
        from django.apps import apps

        if not apps.ready:
            django.setup()
        from django.db import connection
        from django.utils import translation

        with translation.override(language()):
            try:
                yield
            finally:
                if not connection.in_atomic_block:
                    connection.close()


def language() -> str:
    """Chinese unless the terminal speaks English and not Chinese."""
    named = os.environ.get("SHEGONG_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if named.lower().startswith("en") else "zh-hans"


def _make_database(own: Cluster) -> None:
    import psycopg

    from shegong.site.embedded import DATABASE

    with psycopg.connect(own.url("postgres"), autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(f"create database {DATABASE}")


def acting_as(username: str) -> Actor:
    """The actor of ``--as``; wrong usage where there is no such active account."""
    from shegong.kernel.orgs.models import User
    from shegong.kernel.orgs.reach import actor_of

    try:
        return actor_of(username, via="cli")
    except User.DoesNotExist:
        raise click.BadParameter(f"没有这个可用账号 no such active account: {username}", param_hint="--as") from None


def organisation(code: str) -> Any:
    """The organisation of a code; wrong usage where there is none."""
    from shegong.kernel.orgs.models import Org

    found = Org.objects.filter(code=code).first()
    if found is None:
        raise click.BadParameter(f"没有这个组织编码 no organisation has this code: {code}", param_hint="--org")
    return found


def option_as(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--as USER``: in whose name the command acts; the rights are that account's."""
    text = "以谁的名义（账号）；权限即该账号的权限。 The account to act as; its rights hold."
    return click.option("--as", "username", required=True, metavar="USER", help=text)(command)


def option_json(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="输出 JSON。 Print JSON.")(command)


def print_json(found: object) -> None:
    import json

    click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
