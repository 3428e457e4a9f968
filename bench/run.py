"""Parse the command line, run what is asked, print one JSON document."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.result import Measure
from bench.sizes import CHANGEABLE, SIZES, Size, chosen

SUBJECTS = ("pages", "crowd", "search", "import", "figures", "export", "disputes")


def main(words: list[str] | None = None) -> int:
    """0 when everything was measured, met or not; 2 for wrong usage."""
    given = _parser().parse_args(words)
    try:
        size = chosen(given.size, {name: getattr(given, name) for name in CHANGEABLE})
    except ValueError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    wanted = given.only or list(SUBJECTS)
    with _folder(given) as folder:
        document = run(folder, size, wanted)
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if given.out:
        Path(given.out).write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "bench", description="性能对照，输出 JSON。 Measure Shegong beside its baselines; JSON out."
    )
    parser.add_argument("--size", choices=SIZES, default="small", help="named size (default: small)")
    for name in CHANGEABLE:
        parser.add_argument(f"--{name}", type=float, help=f"instead of the named size's number of {name}")
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="measure this subject only; may be repeated")
    parser.add_argument("--out", help="write the JSON to this file instead of stdout")
    parser.add_argument(
        "--folder", help="where cluster and files lie (default: var/bench); loaded databases are used again"
    )
    parser.add_argument("--temporary", action="store_true", help="use a folder that is deleted afterwards")
    return parser


@contextmanager
def _folder(given: argparse.Namespace) -> Iterator[Path]:
    if given.temporary:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            yield Path(name)
        return
    from bench.house import ROOT

    yield Path(given.folder or ROOT / "var" / "bench").resolve()


def run(folder: Path, size: Size, wanted: list[str]) -> dict[str, Any]:
    """Load what is missing, measure what is wanted."""
    from bench.house import opened

    begun = time.time()
    with opened(folder) as house:
        say(f"loading {size.name}: {size.persons:,} people, {size.cases:,} cases, {size.facts:,} register entries")
        many, few, plain = house.loaded(size), house.loaded(size.few()), house.plain()
        house.enter(many)
        measures: list[Measure] = []
        for name in wanted:
            say(f"measuring {name}")
            started = time.time()
            measures += _subject(name)(house, many, few, plain, size)
            say(f"  {name}: {time.time() - started:.0f} s")
    return {
        "bench": 1, "size": size.as_dict(), "subjects": wanted, "machine": machine(),
        "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun)), "seconds": round(time.time() - begun, 1),
        "measures": [m.as_dict() for m in measures],
    }  # fmt: skip


def _subject(name: str) -> Callable[..., list[Measure]]:
    """Imported when its turn comes: most need Django set up."""
    from bench.measures import pages

    if name == "pages":
        return pages.measure
    if name == "crowd":
        return lambda house, many, few, plain, size: pages.crowded(house, many, size)
    from bench.measures import disputes, exporting, figures, importing, search

    return {
        "search": search.measure,
        "import": importing.measure,
        "figures": figures.measure,
        "export": exporting.measure,
        "disputes": disputes.measure,
    }[name]


def machine() -> dict[str, Any]:
    """What matters of the machine; never its name."""
    model = next(
        (line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")), platform.machine()
    )
    return {
        "cpu": model, "cores": os.cpu_count(), "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "python": platform.python_version(), "load_before": [round(x, 2) for x in os.getloadavg()],
    }  # fmt: skip


def _cpu_lines() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
