"""Whether what is generated is up to date: migrations and the reference pages. ``--write`` brings the pages up to date.

python -m shegong.site.freshness            check; exit code 1 and a list of what is stale
python -m shegong.site.freshness --write    write docs/reference/
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
NOTE = "<!-- Generated from the declarations: python -m shegong.site.freshness --write. Do not edit. -->"


def pages() -> dict[str, str]:
    """Every reference page by its file name."""
    return {
        "roles.md": _roles(),
        "deeds.md": _deeds(),
        "sheets.md": _sheets(),
        "figures.md": _figures(),
        "commands.md": _commands(),
    }


def _both(text: object) -> tuple[str, str]:
    """A declared text in English and Chinese."""
    from django.utils import translation

    shown = []
    for language in ("en", "zh-hans"):
        with translation.override(language):
            shown.append(re.sub(r"\s+", " ", str(text)).replace("|", "\\|"))
    return shown[0], shown[1]


def _table(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [f"\n## {title}\n", "| " + " | ".join(heads) + " |", "|" + "---|" * len(list(heads))]
    return "\n".join([*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)]) + "\n"


def _page(title: str, text: str, parts: Iterable[str]) -> str:
    return f"{NOTE}\n# {title}\n\n{text}\n" + "".join(parts)


def _roles() -> str:
    from shegong.kernel.orgs.roles import all_roles

    heads = ("Role", "English", "中文", "Granted at", "Opens rows below", "Second factor")
    rows = [
        (
            f"`{r.code}`",
            *_both(r.label),
            ", ".join(sorted(r.at)),
            "yes" if r.opens_rows else "",
            "yes" if r.staff else "",
        )
        for r in sorted(all_roles().values(), key=lambda r: r.code)
    ]
    return _page("Roles 角色", "What a post may be; see `shegong/registry/policy.py`.", [_table("All", heads, rows)])


def _deeds() -> str:
    from shegong.kernel.actions.vocabulary import all_kinds

    heads = ("Deed", "English", "中文", "By place", "By tie", "From", "To", "Note")
    parts = []
    for code, kind in sorted(all_kinds().items()):
        rows = []
        for deed in sorted(kind.deeds.values(), key=lambda d: d.code):
            marks = [w for w in ("creates", "reads", "sensitive", "batch", "vote", "opens") if getattr(deed, w)]
            lists = [", ".join(sorted(map(str, group))) for group in (deed.roles, deed.members, deed.source)]
            rows.append((f"`{deed.verb}`", *_both(deed.label), *lists, deed.target or "", ", ".join(marks)))
        parts.append(_table(f"`{code}` {' '.join(_both(kind.label))}", heads, rows))
    return _page(
        "Deeds 事项",
        "Everything that can be done, by whom, in which state; one service behind page, import and API.",
        parts,
    )


def _sheets() -> str:
    from shegong.kernel.sheets.declare import all_sheets

    heads = ("Column", "English", "中文", "Type", "Required", "Also understood")
    parts = []
    for sheet in all_sheets():
        rows = [
            (f"`{c.name}`", *_both(c.label), c.type.value, "yes" if c.required else "", "、".join(c.synonyms))
            for c in sheet.columns
        ]
        parts.append(_table(f"`{sheet.code}` {' '.join(_both(sheet.title))}", heads, rows))
    return _page(
        "Sheets 表格",
        "What `shegong import` takes and exports give; `shegong template SHEET` writes an empty one.",
        parts,
    )


def _figures() -> str:
    from shegong.kernel.indicators.declare import all_indicators

    heads = ("Figure", "English", "中文", "Definition 口径")
    rows = [
        (f"`{i.code}`", *_both(i.name), " / ".join(_both(i.definition)))
        for _code, i in sorted(all_indicators().items())
    ]
    return _page("Figures 指标", "Each opens down to its rows.", [_table("All", heads, rows)])


def _commands() -> str:
    import click

    from .cli import main

    def walk(group: click.Group, path: str) -> Iterator[str]:
        context = click.Context(group, info_name=path)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command is None:
                continue
            full = f"{path} {name}"
            inner = click.Context(command, info_name=full, max_content_width=100, terminal_width=100)
            yield f"\n## `{full}`\n\n```text\n{command.get_help(inner)}\n```\n"
            if isinstance(command, click.Group):
                yield from walk(command, full)

    return _page("Commands 命令", "`shegong --help` prints the same.", walk(main, "shegong"))


def stale() -> list[str]:
    """Names of pages that differ from what the declarations say."""
    return [
        name for name, text in pages().items() if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text
    ]


def main(words: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shegong.site.settings")
    import django

    django.setup()
    from django.core.management import call_command

    if "--write" in words:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            (FOLDER / name).write_text(text)
        return 0
    for name in (found := stale()):
        print(f"docs/reference/{name} is stale: python -m shegong.site.freshness --write", file=sys.stderr)
    call_command("makemigrations", "--check", "--dry-run", verbosity=1, skip_checks=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
