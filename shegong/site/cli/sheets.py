"""``sheets``, ``template``, ``import``: tables as people send them, without a browser."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .start import FAILED, ROWS_LEFT, acting_as, option_as, option_json, organisation, print_json, ready, say, voice

SHOWN_ERRORS = 20


@click.command("sheets")
@option_json
def sheets_command(as_json: bool) -> None:
    """列出可导入导出的表及其列。 List the sheets and their columns."""
    with ready():
        from shegong.kernel.sheets.declare import all_sheets

        found = [_described(each) for each in all_sheets()]
    if as_json:
        print_json(found)
        return
    for sheet in found:
        click.echo(f"\n{sheet['code']}  {sheet['title']}")
        for column in sheet["columns"]:
            star = "*" if column["required"] else " "
            click.echo(
                f"  {star} {column['name']:<22} {column['label']}  ({column['type']})  {'、'.join(column['synonyms'])}"
            )


def _described(sheet: Any) -> dict[str, Any]:
    columns = [
        {
            "name": c.name, "label": str(c.label), "type": str(c.type.value), "required": c.required, "unit": c.unit,
            "synonyms": list(c.synonyms), "choices": {k.code: str(k.label) for k in c.choices}, "example": c.example,
        }
        for c in sheet.columns
    ]  # fmt: skip
    return {
        "code": sheet.code,
        "title": str(sheet.title),
        "imports": bool(sheet.commit),
        "key": list(sheet.key),
        "columns": columns,
    }


def _declared(code: str) -> Any:
    from shegong.kernel.sheets import declare

    try:
        return declare.sheet(code)
    except KeyError as error:
        raise click.BadParameter(str(error.args[0]), param_hint="SHEET") from None


@click.command("template")
@click.argument("sheet")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="输出文件，默认 SHEET.xlsx。 File to write; default SHEET.xlsx.",
)
def template_command(sheet: str, out: Path | None) -> None:
    """生成空白模板工作簿。 Write the empty workbook of a sheet."""
    with ready():
        from shegong.kernel.sheets.write.template import write_template

        target = out or Path(f"{sheet}.xlsx")
        declared = _declared(sheet)
        with target.open("wb") as stream:
            write_template(declared, stream)
    click.echo(str(target))


@dataclass(frozen=True)
class Wanted:
    """What ``import`` was asked to do."""

    sheet: str
    file: Path
    page: str
    dry_run: bool
    mode: str
    report: Path | None
    as_json: bool
    once: dict[str, str]


@click.command("import")
@click.argument("sheet")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option_as
@click.option(
    "--org",
    "org_code",
    help="记在哪个组织（编码），默认账号当前任职。 Organisation code; default: the account's first post.",
)
@click.option("--page", default="", help="工作簿里的哪个工作表。 Which page of the workbook.")
@click.option("--dry-run", is_flag=True, help="只检查，不写入。 Check only.")
@click.option(
    "--mode",
    type=click.Choice(["good-rows", "all-or-nothing"]),
    default="good-rows",
    show_default=True,
    help="有错误行时：先收好行，或全部不收。 With bad rows: take the good ones, or none.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="把标红的工作簿写到这里。 Write the marked workbook here.",
)
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="整份文件只填一次的列。 A column given once for the whole file; may be repeated.",
)
@option_json
def import_command(sheet: str, file: Path, username: str, org_code: str | None, page: str, dry_run: bool, mode: str,
                   report: Path | None, given: tuple[str, ...], as_json: bool) -> None:  # fmt: skip
    """导入一张表：先检查，再写入；仍有错误行时退出码 4。 Check a sheet, then take it in; exit code 4 when bad rows remain."""
    with ready():
        wanted = Wanted(sheet, file, page, dry_run, mode.replace("-", "_"), report, as_json, _once(sheet, given))
        code = take_in(wanted, username, org_code)
    sys.exit(code)


def _once(code: str, given: tuple[str, ...]) -> dict[str, str]:
    once = dict(each.partition("=")[::2] for each in given)
    if strange := sorted(set(once) - set(_declared(code).once)):
        raise click.BadParameter(f"{', '.join(strange)}: 不能整份文件只填一次 cannot be given once", param_hint="--set")
    return once


def take_in(wanted: Wanted, username: str, org_code: str | None) -> int:
    """Import as asked; prints the result and gives the exit code."""
    from shegong.kernel.sheets import services
    from shegong.kernel.sheets.models import RunState
    from shegong.kernel.sheets.refusal import Unreadable
    from shegong.kernel.sheets.words import file_message

    actor = acting_as(username)
    place = organisation(org_code) if org_code else _own_place(actor)
    _require_right(actor, _declared(wanted.sheet), place)
    resolve = _resolver(actor, wanted.sheet)
    with wanted.file.open("rb") as stream:
        try:
            run = services.receive(
                actor,
                stream,
                sheet_code=wanted.sheet,
                org_id=place.pk,
                org_path=place.path,
                name=wanted.file.name,
                sheet_name=wanted.page,
                once=wanted.once,
            )
        except Unreadable as error:
            say(f"[red]{file_message(error.code, error.params)}[/red]")
            return FAILED
    with _bar("检查 checking") as tell:
        run = services.check(actor, run, resolve=resolve, progress=tell)
    if run.state == RunState.CHECKED and not wanted.dry_run:
        with _bar("写入 taking in") as tell:
            run = services.commit(actor, run, mode=wanted.mode, resolve=resolve, progress=tell)
    _tell(run, wanted)
    if run.state == RunState.FAILED:
        return FAILED
    untaken = run.state == RunState.CHECKED and not wanted.dry_run
    return ROWS_LEFT if run.counts.get("bad") or untaken else 0


def _own_place(actor: Any) -> Any:
    from shegong.kernel.orgs.models import Org

    if actor.acting_post is None:
        raise click.UsageError("该账号今天没有任职 this account holds no post today: --org")
    return Org.objects.get(pk=actor.acting_post.org_id)


def _require_right(actor: Any, sheet: Any, place: Any) -> None:
    """Say before reading the file that it may not be imported; the service checks again for every batch."""
    from shegong.kernel.actions.errors import NotAllowed
    from shegong.kernel.actions.rights import may
    from shegong.kernel.actions.vocabulary import deed
    from shegong.kernel.orgs.reach import acting

    if not sheet.commit:
        raise click.UsageError(f"{sheet.code}: 只供导出 for export only")
    if sheet.deed:
        with acting(actor):
            verdict = may(actor, deed(sheet.deed), place)
        if not verdict:
            raise NotAllowed(verdict.why)


def _resolver(actor: Any, code: str) -> Callable[[str], Any]:
    from shegong.kernel.orgs.reach import acting
    from shegong.registry.queries.organisations import resolver

    with acting(actor):
        return resolver(actor, _declared(code).deed)


class _bar:
    """A progress bar on stderr for one pass over the file."""

    def __init__(self, text: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = Progress(*columns, console=voice(), disable=not sys.stderr.isatty())
        self.task = self.bar.add_task(text, total=None)

    def __enter__(self) -> Callable[[Any], None]:
        self.bar.start()
        return lambda run: self.bar.update(self.task, completed=run.progress_done, total=run.progress_total or None)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def _tell(run: Any, wanted: Wanted) -> None:
    from shegong.kernel.sheets import services, telling
    from shegong.kernel.sheets.models import RunState

    errors = services.errors_of(run)
    if wanted.report and errors:
        with wanted.report.open("wb") as out:
            services.returned_workbook(run, out)
    if wanted.as_json:
        lines = [{"row": e.row, "column": e.column, "name": e.name, "code": e.code, **telling.line(e, run)} for e in errors]
        refusal, layout = telling.refusal(run), run.layout
        print_json({"run": str(run.pk), "state": run.state, "refusal": refusal, "counts": run.counts, "layout": layout,
                    "errors": [{**line, "message": line.pop("why")} for line in lines]})  # fmt: skip
        return
    _tell_layout(run)
    for error in errors[:SHOWN_ERRORS]:
        line = telling.line(error, run)
        click.echo(f"{line['cell']}  {line['column']}：{line['why']}  {line['shown']}")
    if len(errors) > SHOWN_ERRORS:
        click.echo(f"…… 另有 {len(errors) - SHOWN_ERRORS} 处 and {len(errors) - SHOWN_ERRORS} more; --report FILE")
    click.echo(f"{run.get_state_display()}  " + "  ".join(f"{words} {count}" for words, count in telling.counts(run)))
    if refusal := telling.refusal(run):
        say(f"[red]{refusal}[/red]")
    elif run.state == RunState.CHECKED and not wanted.dry_run:
        say("[red]有错误行，一行也没有写入。 Rows with errors remain: nothing was written.[/red]")


def _tell_layout(run: Any) -> None:
    """What was read and what was left out, so that nobody has to guess where a row went."""
    from shegong.kernel.sheets import telling

    layout = telling.layout(run)
    if not layout["matched"]:
        return
    columns = "  ".join(f"{letter} {label}{f'（{unit}）' if unit else ''}" for letter, _h, label, unit in layout["matched"])
    click.echo(f"工作表 sheet {layout['sheet']}，表头第 {layout['header_row']} 行 header row：{columns}")
    left = {
        "未用的列 columns left out": [f"{letter} {header}" for letter, header in layout["ignored"]],
        "未读的工作表 sheets left out": [f"{name}（{why}）" for name, why in layout["sheets"]],
        "不计的行 rows left out": [f"{what} {count}" for what, count in telling.skipped(run)],
        "提醒 worth a look": [f"{what} {count}" for what, count in telling.warnings(run)],
    }
    for words, entries in left.items():
        if entries:
            click.echo(f"{words}：" + "、".join(entries))
