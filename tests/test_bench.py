"""``shegong bench`` at its smallest: one JSON document with every measure. Says nothing about how fast anything is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]
WANTED = {
    "page.list.cpu", "page.filtered.cpu", "page.province.cpu", "page.case.cpu", "page.list.sql", "page.filtered.sql", "page.province.sql",
    "page.named.sql", "page.case.sql", "page.create.sql", "growth.list", "growth.filtered", "growth.province", "name.one", "name.two",
    "crowd.p95", "crowd.errors", "search.rare.p95", "search.hits", "import.bulk", "import.pipeline", "import.memory", "import.dry_run",
    "figures.t09", "figures.dashboard", "figures.group_by", "figures.upkeep", "figures.fresh", "figures.recount", "export.rate",
    "export.memory", "disputes.group", "disputes.reckon", "disputes.conflict", "disputes.roster",
}  # fmt: skip
# What must be so whatever the machine does: these compare counts, never times.
TRUE_ANYWHERE = {"page.list.sql", "page.filtered.sql", "page.province.sql", "page.named.sql", "page.case.sql", "page.create.sql",
                 "crowd.errors", "search.hits", "figures.recount"}  # fmt: skip


def test_everything_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "shegong.site.cli", "bench", "--size", "tiny", "--temporary"],
        cwd=ROOT, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    document = json.loads(done.stdout)
    found = {m["code"]: m for m in document["measures"]}
    assert set(found) == WANTED
    for measure in found.values():
        assert measure["value"] is not None and measure["goal"] and measure["how"], measure
        assert isinstance(measure["met"], bool)
    assert {code: found[code]["value"] for code in TRUE_ANYWHERE if not found[code]["met"]} == {}


@pytest.mark.parametrize("words", [["--size", "huge"], ["--cases", "0"], ["--only", "nothing"]])
def test_wrong_usage_is_said(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "bench", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert not done.stdout
    assert "bench" in done.stderr
