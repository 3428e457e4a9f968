"""``backup`` and ``restore``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .demo import progress_bar
from .start import FAILED, option_json, print_json, ready, say

if TYPE_CHECKING:
    from shegong.kernel.orgs.reach import Actor
    from shegong.site.copies import Place


def _place() -> Place:
    from shegong.site import settings
    from shegong.site.copies import Place

    return Place(settings.DATABASE_URL, settings.SHEGONG_FILES_DIR, settings.SHEGONG_ANCHOR_FILE, settings.APP_ROLE)


@click.command("backup")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@option_json
def backup_command(folder: Path, as_json: bool) -> None:
    """备份数据库、文件和审计锚点；密钥不在其中。 Back up database, files and anchor; the keys are not in it."""
    with ready(timeout="0"):
        from shegong.kernel.orgs.reach import Actor, acting
        from shegong.site import copies

        actor = Actor.machine("backup").working_as(via="cli")
        with acting(actor):
            _write(actor, "orgs.house.backup", folder.name)
        try:
            with progress_bar() as tell:
                made = copies.backup(_place(), folder, tell)
        except copies.CopyRefused as refusal:
            say(f"[red]{refusal}[/red]")
            sys.exit(FAILED)
    rows = sum(t[0] for t in made.tables.values())
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "tables": len(made.tables),
                "rows": rows,
                "files": len(made.files),
                "made_at": made.made_at,
            }
        )
    else:
        click.echo(f"{folder}  表 tables {len(made.tables)}  行 rows {rows}  文件 files {len(made.files)}")
        say("密钥不在备份里：请另行保管密钥环。 The keys are not in the backup: keep the key ring elsewhere.")


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--check-only", is_flag=True, help="只核对备份是否完整。 Only check that the backup is whole.")
@click.option(
    "--accept-loss", is_flag=True, help="确认备份之后的留痕会丢失。 Accept that what happened after the backup is lost."
)
@option_json
def restore_command(folder: Path, check_only: bool, accept_loss: bool, as_json: bool) -> None:
    """恢复到空数据库，逐表核对并校验审计链。 Restore into an empty database; every table and the trail are verified."""
    with ready(timeout="0"):
        from shegong.kernel.audit import sealing
        from shegong.site import copies

        try:
            if check_only:
                manifest = copies.checked(folder)
            else:
                with progress_bar() as tell:
                    manifest = copies.restore(_place(), folder, accept_loss=accept_loss, tell=tell)
        except copies.CopyRefused as refusal:
            say(f"[red]{refusal}[/red]")
            sys.exit(FAILED)
        report = None if check_only else sealing.verify()
    rows = sum(t[0] for t in manifest.tables.values())
    sound = report is None or report.sound
    if as_json:
        print_json(
            {
                "made_at": manifest.made_at,
                "tables": len(manifest.tables),
                "rows": rows,
                "files": len(manifest.files),
                "sound": sound,
            }
        )
    else:
        click.echo(
            f"{manifest.made_at}  表 tables {len(manifest.tables)}  行 rows {rows}  文件 files {len(manifest.files)}"
        )
    for flaw in report.flaws if report else ():
        say(f"[red]{flaw.kind} {flaw.seal} {flaw.seq} {flaw.detail}[/red]")
    sys.exit(0 if sound else FAILED)


def _write(actor: Actor, deed: str, reason: str) -> None:
    from shegong.kernel.audit import trail

    trail.write(actor, trail.Line(deed, "orgs.house", "", "", reason=reason))
