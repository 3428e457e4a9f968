"""``shegong``: everything an operator or another program does without a browser.

Help is in Chinese and English side by side. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a rule, 4 rows with errors
remain.
"""

from __future__ import annotations

from typing import Any

import click

from .start import FAILED, REFUSED, say

_COMMANDS = {
    # name → module below shegong.site.cli; imported on use, so that --help answers at once
    "serve": "serving",
    "worker": "serving",
    "migrate": "serving",
    "check": "serving",
    "demo": "demo",
    "sheets": "sheets",
    "template": "sheets",
    "import": "sheets",
    "report": "reports",
    "audit": "keeping",
    "keys": "keeping",
    "user": "people",
    "backup": "copies",
    "restore": "copies",
    "bench": "bench",
}


class House(click.Group):
    """Loads commands on use and turns the deliberate errors of the house into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        from importlib import import_module

        module = import_module(f"shegong.site.cli.{_COMMANDS[name]}")
        return getattr(module, f"{name}_command")  # type: ignore[no-any-return]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each command with its whole first line: cut short, the second language would be lost."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            rows.append((name, (command.help or "").split("\n")[0] if command else ""))
        with formatter.section("命令 Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        from shegong.site.embedded import EmbeddedFailed

        try:
            return super().invoke(ctx)
        except EmbeddedFailed as error:
            say(f"[red]{error}[/red]")
            ctx.exit(FAILED)
        except Exception as error:
            if _not_set_up(error):
                say(
                    f"[red]数据库尚未建好 the database is not set up: {str(error).splitlines()[0]}[/red]\nshegong migrate"
                )
                ctx.exit(FAILED)
            code = _code_of(error)
            if code is None:
                raise
            say(f"[red]{getattr(error, 'message', '') or error}[/red]")
            ctx.exit(code)


def _not_set_up(error: Exception) -> bool:
    """Whether tables or the application's role are missing, or the server does not answer: a matter for the operator."""
    from django.db import OperationalError, ProgrammingError

    return isinstance(error, OperationalError) or (
        isinstance(error, ProgrammingError) and "does not exist" in str(error)
    )


def _code_of(error: Exception) -> int | None:
    """The exit code of an error that has a message for people; None for one that is a fault of the program."""
    from shegong.kernel.actions.errors import DeedFailed
    from shegong.kernel.vault.ringfile import KeyRingError

    if isinstance(error, DeedFailed):
        return REFUSED
    return FAILED if isinstance(error, KeyRingError) else None


@click.group(cls=House, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="shegong")
def main() -> None:
    """社工通：工会社会工作的业务系统。 Shegong: the system of record for trade-union social work.

    \b
    退出码 Exit codes: 0 完成 done · 1 失败 failed · 2 用法有误 wrong usage
                       3 规则不允许 refused by a rule · 4 仍有错误行 rows with errors remain
    """


if __name__ == "__main__":
    main()
