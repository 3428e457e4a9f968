"""docs/guide/new-app.md is executed word by word in a copy of the repository: files made, changes applied, commands run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "guide" / "new-app.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
LINTERS = (".venv/bin/lint-imports", ".venv/bin/mypy", ".venv/bin/python tools/catalogues.py")
UNTOUCHED = ' -k "not operations_open"'  # the guide adds no API operation; the suite itself runs those
GENERATED = ("shegong/ui/static/ui", "build")  # made by the front-end build, which the guide does not touch


def steps(text: str) -> Iterator[tuple[str, str, str]]:
    """(language, path or "", body) of every block of the guide, in order."""
    for found in BLOCK.finditer(text):
        yield found.group(1), found.group(2) or "", found.group(3)


def changed(text: str, diff: str) -> str:
    """``text`` with the lines marked ``+`` put in beside the others, which must stand there exactly once."""
    for hunk in diff.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        context = "".join(line[1:] for line in lines if line[0] == " ")
        assert text.count(context) == 1, f"the guide names a line that is not there once: {context!r}"
        text = text.replace(context, "".join(line[1:] for line in lines))
    return text


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Iterator[Path]:
    """The files under version control as they are now, with the environment and the built pages beside them."""
    place = tmp_path_factory.mktemp("guide") / "shegong"
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    for name in GENERATED:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, place / name)
    (place / ".venv").symlink_to(sys.prefix)
    yield place
    _stop_database(place)
    shutil.rmtree(place, ignore_errors=True)


def _environment(place: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SHEGONG_", "PYTEST_", "DJANGO_"))}
    return {**kept, "PYTHONPATH": str(place), "SHEGONG_MODE": "test", "SHEGONG_VAR": str(place / ".test-var")}


def _stop_database(place: Path) -> None:
    """The copy's tests started a server of their own."""
    from shegong.site.embedded import Cluster

    if (place / ".test-var" / "pg").exists():
        Cluster(place / ".test-var" / "pg", fast=True).stop()


def _run(command: str, place: Path) -> None:
    done = subprocess.run(["bash", "-ec", command], cwd=place, env=_environment(place), capture_output=True, text=True, timeout=1800)
    output = done.stdout + done.stderr
    # what the linters find elsewhere is for `make lint` to say
    wrong = ("lectures" in output or "Traceback" in output) if command.startswith(LINTERS) and done.returncode else done.returncode
    assert not wrong, f"{command}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


def test_the_guide_works_as_written(copy):
    ran = []
    for language, path, body in steps(GUIDE.read_text()):
        if language == "sh":
            for command in body.splitlines():
                _run(command + (UNTOUCHED if "access" in command else ""), copy)
                ran.append(command)
        elif language == "diff":
            (copy / path).write_text(changed((copy / path).read_text(), body))
        else:
            assert path, f"a block without a path: {body[:80]}"
            assert not (copy / path).exists(), f"{path} is there already"
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_text(body)
    assert any("makemigrations" in command for command in ran)
    assert sum("pytest" in command for command in ran) == 2
    # and what `make lint` would say of it
    for command in (".venv/bin/ruff check shegong/apps/lectures", ".venv/bin/lint-imports", ".venv/bin/mypy shegong/apps/lectures"):
        _run(command, copy)


def test_the_guide_can_be_read_in_fifteen_minutes():
    """Prose at 200 words a minute, code at forty lines a minute, translations left out."""
    text = GUIDE.read_text()
    code = sum(len(body.splitlines()) for language, _path, body in steps(text) if language not in ("po", "sh"))
    prose = len(BLOCK.sub("", text).split())
    assert prose / 200 + code / 40 <= 15 + 1, (prose, code)


def test_a_change_is_refused_when_its_place_is_gone():
    assert changed("a\nb\n", " a\n+x\n") == "a\nx\nb\n"
    assert changed("a\nb\n", "+x\n b\n@@\n a\n+y\n") == "a\ny\nx\nb\n"
    with pytest.raises(AssertionError):
        changed("a\na\n", " a\n+x\n")
