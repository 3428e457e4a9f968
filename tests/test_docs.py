"""The documents say what is so: links lead somewhere, paths and commands exist, the layers are those of the contracts."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "shegong").rglob("README.md")])
WRITTEN = [p for p in DOCS if "reference" not in p.parts]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
CODE = re.compile(r"`([^`\n]+)`")
# what looks like a path of this repository: `shegong/…`, `docs/…`, `tools/…`, `kernel/orgs/reach.py`, `suppress.py` beside it is prose
TREE = ("shegong/", "docs/", "tests/", "tools/", "frontend/", "bench/", "requirements/", "kernel/", "apps/", "registry/", "site/")
GENERATED = ("shegong/ui/static/ui/",)
EXEMPT = {ROOT / "docs" / "guide" / "new-app.md"}  # makes its files itself, and tests/test_guide.py executes it


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", DOCS, ids=_name)
def test_every_link_leads_somewhere(page):
    broken = []
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        found = (page.parent / place).resolve() if place else page
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            broken.append(target)
    assert not broken


def _anchors(page: Path) -> set[str]:
    """Anchors as GitHub makes them from headings."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", WRITTEN, ids=_name)
def test_paths_named_in_the_text_exist(page):
    if page in EXEMPT:
        return
    missing = []
    for word in CODE.findall(FENCE.sub("", page.read_text())):
        path = word.split(":")[0].rstrip("/")
        if not word.startswith(TREE) or not re.fullmatch(r"[\w./-]+", path) or word.startswith(GENERATED):
            continue
        if not any((base / path).exists() for base in (ROOT, ROOT / "shegong", page.parent)):
            missing.append(word)
    assert not missing


@pytest.mark.parametrize("page", [p for p in WRITTEN if "templates" not in p.parts], ids=_name)
def test_commands_named_exist(page):
    from shegong.site.cli import main

    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    wrong = []
    for word in _code(page):
        if found := re.match(r"make ([a-z-]+)\b", word):
            wrong += [word] if found.group(1) not in targets else []
        if found := re.match(r"(?:\.venv/bin/)?shegong ([a-z]+)(?: ([a-z]+))?", word):
            wrong += [word] if not _is_command(main, found.group(1), found.group(2)) else []
        if found := re.search(r"\bnpm run ([a-z]+)", word):
            wrong += [word] if f'"{found.group(1)}":' not in (ROOT / "package.json").read_text() else []
    assert not wrong


def _code(page: Path) -> Iterator[str]:
    """Inline code, and each line of a shell block."""
    text = page.read_text()
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        yield from (line.strip() for line in block.splitlines())
    yield from CODE.findall(FENCE.sub("", text))


def _is_command(house, name: str, second: str | None) -> bool:
    import click

    command = house.get_command(click.Context(house), name)
    if isinstance(command, click.Group) and second:
        return command.get_command(click.Context(command), second) is not None
    return command is not None


def test_commands_in_the_pages_are_recognised_at_all():
    """The check above would find a wrong one."""
    from shegong.site.cli import main

    assert _is_command(main, "audit", "verify")
    assert not _is_command(main, "audit", "nothing")
    assert not _is_command(main, "nothing", None)
    assert any(word.startswith("make test") for word in _code(ROOT / "README.md"))


# --- architecture -------------------------------------------------------------------------------------------------------
def _contracts() -> list[list[str]]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [c["layers"] for c in found if c["type"] == "layers"]


def test_the_layers_of_the_page_are_those_of_the_contracts():
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"^\| `(\w+)` \|", text, re.M)
    layers, kernel = _contracts()
    assert [f"shegong.{name}" for name in named] == layers
    line = next(line for line in text.splitlines() if line.startswith("| `kernel` |"))
    rooms = re.findall(r"`(\w+)`", line.split("|")[3])
    assert [f"shegong.kernel.{room}" for room in rooms] == kernel


def test_architecture_is_one_page():
    assert len((ROOT / "docs" / "architecture.md").read_text().splitlines()) <= 80


def test_every_kernel_package_has_its_concept_page():
    packages = {p.parent.name for p in (ROOT / "shegong" / "kernel").glob("*/__init__.py")}
    assert {p.rpartition(".")[2] for p in _contracts()[1]} == packages
    assert packages <= {p.stem for p in (ROOT / "docs" / "concepts").glob("*.md")}
    for package in packages:
        assert f"concepts/{package}.md" in (ROOT / "docs" / "architecture.md").read_text()


def test_every_app_and_its_reading_order_exist():
    for policy in (ROOT / "shegong" / "apps").glob("*/policy.py"):
        assert (policy.parent / "README.md").exists(), policy


# --- decisions, glossary, reference -------------------------------------------------------------------------------------
RECORDS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))


@pytest.mark.parametrize("record", RECORDS, ids=lambda p: p.stem)
def test_a_decision_has_its_four_parts_on_thirty_lines(record):
    lines = record.read_text().splitlines()
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Why", "## Consequences"]
    assert lines[0].startswith(f"# {record.stem[:4]} ")
    assert len(lines) <= 30


def test_decisions_are_numbered_without_a_gap_and_listed():
    numbers = [int(record.stem[:4]) for record in RECORDS]
    assert numbers == list(range(1, len(numbers) + 1))
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    assert all(record.name in index for record in RECORDS)


def test_identifiers_of_the_glossary_are_in_the_code():
    code = "\n".join(p.read_text() for p in (ROOT / "shegong").rglob("*.py") if not {"tests", "migrations"} & set(p.parts))
    words = set(re.findall(r"\w+", code))
    rows = re.findall(r"^\| .+ \| .+ \| `(\w+)` \|$", (ROOT / "docs" / "glossary.md").read_text(), re.M)
    assert len(rows) > 60
    assert not set(rows) - words
    assert len(rows) == len(set(rows)), "one identifier, two words"


def test_reference_is_fresh():
    done = subprocess.run([sys.executable, "tools/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_nothing_names_a_machine():
    """No document tells where its authors worked."""
    wrong = [(_name(p), found.group(0)) for p in DOCS if (found := re.search(r"/work/|/root/|\b127\.0\.1\.1\b", p.read_text()))]
    assert not wrong
