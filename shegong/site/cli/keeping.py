"""``audit`` and ``keys``: what the administrators of trail and keys do."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import click

from .start import FAILED, option_json, print_json, ready, say


@click.group("audit")
def audit_command() -> None:
    """审计留痕：校验与封存。 The trail: verify and seal."""


@audit_command.command("verify")
@option_json
def verify_command(as_json: bool) -> None:
    """重新计算整条链并与锚点核对；有问题时退出码 1。 Recompute the chain; exit code 1 when it does not hold."""
    with ready(timeout="60min"):
        from shegong.kernel.audit import sealing

        report = sealing.verify()
    found = {"entries": report.entries, "seals": report.seals, "unsealed": report.unsealed, "sound": report.sound,
             "flaws": [asdict(flaw) for flaw in report.flaws]}  # fmt: skip
    if as_json:
        print_json(found)
    else:
        click.echo(f"条目 entries {report.entries}  封印 seals {report.seals}  未封 unsealed {report.unsealed}")
        for flaw in report.flaws:
            click.echo(f"  ✗ {flaw.kind}  seal {flaw.seal}  seq {flaw.seq}  {flaw.detail}")
        click.echo("完整 sound" if report.sound else "不完整 NOT SOUND")
    sys.exit(0 if report.sound else FAILED)


@audit_command.command("seal")
def seal_command() -> None:
    """立即封存尚未封存的条目。 Seal what is not sealed yet, now."""
    with ready():
        from shegong.kernel.audit import sealing

        count = 0
        while more := sealing.seal_once():
            count += more
    click.echo(f"{count}")


@click.group("keys")
def keys_command() -> None:
    """密钥：建立、轮换、状态、销毁。 Keys: create, rotate, status, destroy."""


@keys_command.command("create")
@click.option(
    "--suite", type=click.Choice(["aes", "sm4"]), default="aes", show_default=True, help="算法套件。 Cipher suite."
)
def create_command(suite: str) -> None:
    """首次建立密钥环；请离线另存一份。 Make the key ring once; keep a copy of it off-line."""
    from shegong.kernel.vault import keyring
    from shegong.site import settings

    if not keyring.create(settings.SHEGONG_KEY_DIR, suite):
        say(f"[red]密钥环已存在 there is a key ring already: {settings.SHEGONG_KEY_DIR}[/red]")
        sys.exit(FAILED)
    say(
        f"{settings.SHEGONG_KEY_DIR}\n请另存一份：没有它，备份无法解密。 Keep a copy elsewhere: no backup can be read without it."
    )


@keys_command.command("status")
@option_json
def status_command(as_json: bool) -> None:
    """每把密钥的状态与用量。 Each key, its state and what depends on it."""
    with ready():
        from shegong.kernel.vault import rotation

        found = [asdict(each) for each in rotation.status()]
    if as_json:
        print_json(found)
        return
    for key in found:
        used = sum(key["rows"].values())
        click.echo(
            f"{key['key_id']:>4}  {key['purpose']:<7} {key['suite']:<5} {key['state']:<9} {key['made_at']}  {used}"
        )


@keys_command.command("rotate")
@click.option(
    "--purpose",
    type=click.Choice(["seal", "index", "search", "audit"]),
    default="seal",
    show_default=True,
    help="哪一种密钥。 Which key.",
)
@click.option("--suite", type=click.Choice(["aes", "sm4"]), help="换用的算法套件。 Change to this suite.")
@click.option(
    "--destroy-now",
    is_flag=True,
    help="不等 15 分钟就销毁旧密钥（须停机）。 Destroy old keys at once; nothing else may run.",
)
@option_json
def rotate_command(purpose: str, suite: str | None, destroy_now: bool, as_json: bool) -> None:
    """在线换钥：新钥、改写每一行、旧钥期满销毁；可中断重来。 Change a key on-line; may be interrupted and run again."""
    with ready():
        from shegong.kernel.vault import rotation

        settle = 0.0 if destroy_now else rotation.SETTLE_SECONDS
        outcome = rotation.rotate(purpose, suite, _step, settle=settle)
    _tell(outcome, as_json)


@keys_command.command("destroy")
@click.option(
    "--purpose",
    type=click.Choice(["seal", "index", "search"]),
    default="seal",
    show_default=True,
    help="哪一种密钥。 Which key.",
)
@option_json
def destroy_command(purpose: str, as_json: bool) -> None:
    """销毁已无用且期满的旧密钥。 Destroy old keys that no row needs and whose time has run out."""
    with ready():
        from shegong.kernel.vault import rotation

        outcome = rotation.finish(purpose, _step)
    _tell(outcome, as_json)


def _step(progress: Any) -> None:
    say(f"{progress.table}.{progress.column}  {progress.done} / {progress.done + progress.left}")


def _tell(outcome: Any, as_json: bool) -> None:
    if as_json:
        print_json(asdict(outcome))
    else:
        click.echo(
            f"{outcome.purpose}: 现用 active {outcome.key_id} ({outcome.suite})  改写 rewritten {outcome.rewritten}"
        )
        click.echo(f"已销毁 destroyed {outcome.destroyed}  待期满 waiting {outcome.waiting}  仍需 kept {outcome.kept}")
        for each in outcome.stuck:
            click.echo(f"  ✗ {each.table}.{each.column} {each.pk}: {each.reason}")
    if outcome.stuck:
        sys.exit(FAILED)
