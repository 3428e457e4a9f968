"""``serve``, ``worker``, ``migrate``, ``check``: the processes of a running house."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import click

from .start import FAILED, cluster, ready, say


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。 Address to listen on.")
@click.option(
    "--port", type=int, default=None, help="端口，默认 8000，被占用时顺延。 Port; default 8000 or the next free one."
)
@click.option("--workers", type=int, default=2, show_default=True, help="网页进程数。 Web processes.")
@click.option("--threads", type=int, default=4, show_default=True, help="每进程线程数。 Threads in each.")
@click.option(
    "--demo/--no-demo",
    default=None,
    help="数据库为空时生成演示省份（演示模式默认）。 Build the demo province in an empty database.",
)
def serve_command(host: str, port: int | None, workers: int, threads: int, demo: bool | None) -> None:
    """启动网页服务与后台任务；Ctrl-C 全部停止。 Start web server and job worker; Ctrl-C stops all of it."""
    from shegong.site import settings
    from shegong.site.processes import Child, Health, Stopped, keep_running, web_server

    with ready():
        prepare()
        if settings.DEMO and demo is not False:
            from .demo import build_when_empty

            build_when_empty()
        chosen = port or free_port(host, 8000)
        web = web_server("shegong.site.wsgi:application", f"{_literal(host)}:{chosen}", workers, threads)
        children = [
            Child("web", web, _web_environment(threads)),
            Child("worker", _worker()),
        ]
        try:
            keep_running(children, when_up=lambda: _announce(host, chosen), health=Health(host, chosen, _own_name()))
        except Stopped as stop:
            say(f"[red]{stop}[/red]")
            sys.exit(FAILED)
    say("已停止。 Stopped.")


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _web_environment(threads: int) -> dict[str, str]:
    return {"SHEGONG_POOL": os.environ.get("SHEGONG_POOL", str(threads)), "SHEGONG_STATEMENT_TIMEOUT": "10s"}


def _worker() -> list[str]:
    return [sys.executable, "-m", "shegong.site.cli", "worker"]


def _own_name() -> str:
    from shegong.site import settings

    return next((h.lstrip(".") for h in settings.ALLOWED_HOSTS if h), "localhost")


def _announce(host: str, port: int) -> None:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - only to print an address that opens
    say(
        f"\n[bold green]社工通已启动 Shegong is up:[/bold green]  http://{_literal(shown)}:{port}/"
        "\n按 Ctrl-C 停止。 Press Ctrl-C to stop.\n"
    )


def free_port(host: str, first: int) -> int:
    """``first`` or the next port nobody listens on."""
    for port in range(first, first + 100):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise click.UsageError(f"{first}–{first + 99} 端口都被占用 all these ports are taken; --port")


@click.command("worker")
def worker_command() -> None:
    """后台任务：封存审计、更新指标、提醒、导入。 Background work: seals, figures, reminders, imports."""
    with ready():
        from shegong.site.keeper import run

        run()


@click.command("migrate")
def migrate_command() -> None:
    """建库或升级数据库结构。 Make or upgrade the database's tables."""
    os.environ["SHEGONG_AS_OWNER"] = "1"
    with ready(timeout="30min"):
        from django.core.management import call_command

        make_keys()
        call_command("migrate", verbosity=1, interactive=False, skip_checks=True)


@click.command("check")
def check_command() -> None:
    """检查配置是否安全、数据库是否合用。 Check that the settings are safe and the database will do."""
    with ready():
        sys.exit(0 if checked() else FAILED)


def prepare() -> None:
    """Keys, tables and start-up checks; ends the program where they fail."""
    from django.db import connection

    make_keys()
    if migrations_pending():
        say("正在建立或升级数据库…… Setting up the database…")
        connection.close()
        words = [sys.executable, "-m", "shegong.site.cli", "migrate"]
        done = subprocess.run(
            words, env={**os.environ, "SHEGONG_STATEMENT_TIMEOUT": "30min"}, capture_output=True, text=True
        )
        if done.returncode:
            say(done.stdout + done.stderr)
            sys.exit(FAILED)
    if not checked():
        sys.exit(FAILED)
    from shegong.site.models import claim

    claim()
    connection.close()


def make_keys() -> None:
    """The key ring, on first use. In production an operator makes it on purpose, once, and keeps a copy: ``keys create``."""
    from django.conf import settings

    from shegong.kernel.vault import keyring

    if not settings.PRODUCTION:
        keyring.create(settings.SHEGONG_KEY_DIR)


def migrations_pending() -> bool:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:  # not even the application's role is there
        if cluster() is None and not _reachable():
            raise
        return True


def _reachable() -> bool:
    """Whether the given server answers at all, as its owner."""
    import psycopg

    from shegong.site import settings

    with psycopg.connect(settings.DATABASE_URL):
        return True


def checked() -> bool:
    """Django's checks and ours; prints what is wrong."""
    from django.core import checks

    found = checks.run_checks(include_deployment_checks=False, databases=["default"])
    for each in found:
        if each.level >= checks.WARNING and not each.is_silenced():
            say(f"[{'red' if each.is_serious() else 'yellow'}]{each}[/]")
    return not any(each.is_serious() for each in found)
