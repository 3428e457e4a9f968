"""``python -m bench.table FILE…``: the measures of one or more documents as a Markdown table, for ``docs/performance.md``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(files: list[str]) -> int:
    print("| measure | goal | measured | met | ours | baseline |\n|---|---|---|---|---|---|")
    for name in files:
        for each in json.loads(Path(name).read_text(encoding="utf-8"))["measures"]:
            print(_line(each))
    return 0


def _line(each: dict[str, Any]) -> str:
    met = {True: "yes", False: "**no**", None: "—"}[each["met"]]
    value = "—" if each["value"] is None else f"{each['value']:.4g}"
    return (
        f"| {each['title']} | {each['goal']} | {value} | {met} | {_shown(each['ours'])} | {_shown(each['baseline'])} |"
    )


def _shown(found: dict[str, Any]) -> str:
    """Numbers only, three figures; nested ones stay in the JSON."""
    parts = [f"{k.replace('_', ' ')} {_number(v)}" for k, v in found.items() if isinstance(v, (int, float))]
    return ", ".join(parts)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
