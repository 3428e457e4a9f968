"""``bench``: the measurements of ``bench/``, as JSON."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import click

from .start import FAILED, say


@click.command("bench", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def bench_command(words: tuple[str, ...]) -> None:
    """性能对照：与随附基线在同一分钟内交替测量。 Measure speed beside the baselines that ship in bench/; JSON out."""
    from shegong.site import settings

    if not (settings.BASE_DIR / "bench" / "__main__.py").exists():
        say("[red]bench/ 只随源码提供。 bench/ comes with the source tree only.[/red]")
        sys.exit(FAILED)
    if importlib.util.find_spec("import_export") is None:
        say("[red]对照工具未安装，请先 make setup-dev。 The baselines are not installed: make setup-dev[/red]")
        sys.exit(FAILED)
    sys.exit(subprocess.call([sys.executable, "-m", "bench", *words], cwd=settings.BASE_DIR, env={**os.environ}))
