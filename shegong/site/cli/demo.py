"""``demo``: the demo province, and the legal-aid register as eighteen stations would send it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from .start import REFUSED, ready, say, voice


@contextmanager
def progress_bar() -> Iterator[Any]:
    """A bar on stderr; yields ``tell(text, done, total)``."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=voice()) as bar:
        tasks: dict[str, Any] = {}

        def tell(text: str, done: int, total: int) -> None:
            if text not in tasks:
                tasks[text] = bar.add_task(str(text), total=total)
            bar.update(tasks[text], completed=done, total=total)

        yield tell


def build_when_empty() -> None:
    """Build the province where the database holds no organisation yet, or an attempt that was broken off."""
    from shegong.kernel.orgs.models import Org
    from shegong.site.models import House

    if House.objects.filter(purpose="demo", unfinished=True).exists():
        say("上次没有生成完，重新生成。 The last attempt was broken off; starting over.")
        start_over()
    if not Org.objects.exists():
        build_province(1.0)


def start_over() -> None:
    """An empty, migrated database again."""
    from django.db import connection

    from .serving import prepare

    connection.close()
    empty_database()
    prepare()


def build_province(scale: float) -> None:
    """Build it, leaving a mark while it is not whole."""
    from shegong.site.demo.build import build
    from shegong.site.models import House

    say("正在生成演示省份（仅第一次）…… Building the demo province (first time only)…")
    House.objects.filter(purpose="demo").update(unfinished=True)
    with progress_bar() as tell:
        build(progress=tell, scale=scale)
    House.objects.filter(purpose="demo").update(unfinished=False)


@click.group("demo", invoke_without_command=True)
@click.option("--reset", is_flag=True, help="先清空演示数据库。 Empty the demo database first.")
@click.option(
    "--scale",
    type=click.FloatRange(0.01, 100),
    default=1.0,
    show_default=True,
    help="案件数量的倍数。 Multiplies the number of cases.",
)
@click.pass_context
def demo_command(ctx: click.Context, reset: bool, scale: float) -> None:
    """演示省份：真实的广东组织树，虚构的人和案件。 The demo province: Guangdong's real tree, invented people and cases."""
    from shegong.site import settings

    if ctx.invoked_subcommand:
        return
    if settings.PRODUCTION:
        say("[red]正式模式下没有演示数据。 There is no demo in production mode.[/red]")
        sys.exit(REFUSED)
    with ready():
        from shegong.kernel.orgs.models import Org
        from shegong.site.models import House

        from .serving import prepare

        if reset:
            empty_database()
        prepare()
        if House.objects.filter(purpose="demo", unfinished=True).exists():
            start_over()
        if Org.objects.exists():
            say("数据库非空；重建请加 --reset。 The database is not empty; --reset builds it anew.")
            sys.exit(REFUSED)
        build_province(scale)
        say("完成。 Done.")


def empty_database() -> None:
    """Drop every table of a database that is marked as a demo's, or unused. Raises ``click.UsageError`` for any other."""
    import psycopg

    from shegong.site import settings

    with psycopg.connect(settings.DATABASE_URL) as connection:
        there = connection.execute(
            "select to_regclass('orgs_user') is not null, to_regclass('site_house') is not null"
        ).fetchone()
        purpose = connection.execute("select purpose from site_house").fetchone() if there and there[1] else None
        peopled = bool(there and there[0] and connection.execute("select 1 from orgs_user limit 1").fetchone())
        if peopled and purpose != ("demo",):
            raise click.UsageError("这不是演示数据库，不会清空。 This is not a demo's database; it is not emptied.")
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")


def _folder(command: Any) -> Any:
    """The two options of commands that write files of an exercise."""
    out = click.option(
        "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="输出文件夹。 Folder to write to."
    )
    scale = click.option(
        "--scale", type=click.FloatRange(0.001, 1), default=1.0, show_default=True, help="行数的倍数。 Multiplies the rows."
    )
    return out(scale(command))


@demo_command.command("register")
@_folder
def register_command(out: Path, scale: float) -> None:
    """法援登记簿：十八个工作站的原始表格，含错误。 A legal-aid register as eighteen stations would send it."""
    from shegong.site.demo.register import write_register

    _write(lambda tell: write_register(out, progress=tell, scale=scale))


@demo_command.command("disputes")
@_folder
def disputes_command(out: Path, scale: float) -> None:
    """一个区两年的劳动争议：登记簿、名单、名册、台账。 A district's two years of disputes, as its offices send them."""
    from shegong.site.demo.disputes import write_disputes

    _write(lambda tell: write_disputes(out, progress=tell, scale=scale))


def _write(writer: Callable[[Any], Iterable[Path]]) -> None:
    """Write the files of an exercise; the offices that send them exist afterwards."""
    with ready():
        from shegong.kernel.orgs.reach import everything
        from shegong.site import settings
        from shegong.site.demo.register import found_stations

        if settings.PRODUCTION:
            say("[red]正式模式下没有演示数据。 There is no demo in production mode.[/red]")
            sys.exit(REFUSED)
        with everything():
            found_stations()
        with progress_bar() as tell:
            for path in writer(tell):
                click.echo(str(path))
