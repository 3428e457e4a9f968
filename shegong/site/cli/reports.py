"""``report``: a table of figures, each of which opens down to its rows in the pages."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import click

from .start import FAILED, acting_as, option_as, organisation, ready, say


class Month(click.ParamType):
    """``2023-01`` as the first day of that month."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        try:
            return value if isinstance(value, dt.date) else dt.datetime.strptime(value, "%Y-%m").date()
        except ValueError:
            self.fail(f"{value}: 请写成 2023-01。 Write it as 2023-01.", param, ctx)


@click.command("report")
@click.argument("table")
@click.option(
    "--org", "org_code", required=True, help="组织编码；含其所有下级。 Organisation code, with everything below it."
)
@click.option("--from", "first", type=Month(), required=True, help="起始月 2023-01。 First month.")
@click.option("--to", "last", type=Month(), required=True, help="截止月 2023-12（含）。 Last month, included.")
@option_as
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "xlsx", "csv"]),
    default="json",
    show_default=True,
    help="格式。 Format.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="输出文件，默认标准输出。 File to write; default stdout.",
)
@click.option(
    "--by",
    default="",
    help="各行是什么：area、month、year 或某个维度。 What the rows are: area, month, year or a dimension.",
)
@click.option(
    "--check",
    is_flag=True,
    help="核对各个方向是否相符；不符退出码 1。 Check that it ties in every direction; else exit code 1.",
)
@click.option(
    "--tree",
    type=click.Choice(["then", "today"]),
    default="then",
    show_default=True,
    help="按当时或今天的组织树汇总。 Sum over the tree of that time, or of today.",
)
def report_command(
    table: str,
    org_code: str,
    first: dt.date,
    last: dt.date,
    username: str,
    form: str,
    out: Path | None,
    by: str,
    check: bool,
    tree: str,
) -> None:
    """输出统计表，如 T09。 Print a table of figures, e.g. T09."""
    if last < first:
        raise click.BadParameter("早于起始月 before the first month", param_hint="--to")
    with ready():
        from shegong.apps.casework import reports
        from shegong.kernel.indicators import upkeep
        from shegong.kernel.orgs.reach import acting

        while upkeep.keep_once():  # without a running keeper, what was just imported is not counted yet
            pass
        actor = acting_as(username)
        with acting(actor):
            filled = reports.report(actor, table, organisation(org_code), first, last, by=by, tree=tree)
            wrong = reports.contradictions(filled) if check else []
            written = reports.export(filled, form)
    if out:
        out.write_bytes(written)
    else:
        sys.stdout.buffer.write(written + (b"\n" if form == "json" else b""))
    for line in wrong:
        say(f"[red]{line}[/red]")
    sys.exit(FAILED if wrong else 0)
