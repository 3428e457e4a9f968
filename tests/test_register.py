"""The Songjiang register (golden G01–G04): out as messy workbooks, in through the command line, mended, counted, tied.

And the demo province: its casework tables tie the same way.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db.models import Sum

from shegong.apps.casework.models import LegalAid
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import actor_of, everything
from shegong.kernel.vault import keyring
from shegong.site.cli import main
from shegong.site.demo import cast, mend, province
from shegong.site.demo.register import FORMS, RECOVERED_FEN, TOTAL, YEARS, Manifest, found_stations, write_register

pytestmark = pytest.mark.slow
CLERK = "wu"
ROWS_LEFT, DONE, REFUSED = 4, 0, 3


@pytest.fixture
def empty(server: Any, committed: str, settings: Any, tmp_path: Path) -> Iterator[str]:
    """A migrated database without tests' tree and cast, with files of its own."""
    name = committed.partition("?")[0].rpartition("/")[2]
    server.sql("set session_replication_role = replica; truncate orgs_org, orgs_user restart identity cascade", database=name)
    settings.SHEGONG_FILES_DIR = tmp_path / "files"
    settings.SHEGONG_ANCHOR_FILE = tmp_path / "anchor.log"
    assert keyring.keyring()
    yield name


@pytest.fixture
def home(empty: str) -> Org:
    """The real province with its cast and the eighteen stations."""
    with everything():
        cast.build(province.build())
        found_stations()
        return Org.objects.get(code="U440106")


def take_in(path: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """``shegong import casework.legal_aid FILE --as wu --json``: exit code and what it printed."""
    words = ["import", "casework.legal_aid", str(path), "--as", CLERK, "--json", *more]
    done = CliRunner().invoke(main, words)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    text = done.stdout
    return done.exit_code, json.loads(text) if text.lstrip().startswith("{") else {}


# --- what is written --------------------------------------------------------------------------------------------------
def test_the_register_adds_up_to_the_golden_figures(tmp_path: Path) -> None:
    manifest = write_register(tmp_path)
    golden = manifest.golden
    assert golden["all"]["all"]["count"] == TOTAL == 24_556
    assert {k: v["count"] for k, v in golden["form"].items()} == FORMS
    assert {int(k): v["count"] for k, v in golden["year"].items()} == YEARS
    assert 382_570_000_00 <= RECOVERED_FEN < 382_580_000_00
    assert golden["all"]["all"]["recovered_fen"] == RECOVERED_FEN
    assert len(manifest.files) == 19
    assert sum(f.rows for f in manifest.files) == TOTAL
    assert [f.name.endswith(".csv") for f in manifest.files].count(True) == 2
    faults = [fault for f in manifest.files for fault in f.faults]
    assert 0.008 * TOTAL < len(faults) < 0.013 * TOTAL
    assert len({f.kind for f in faults}) == 10
    assert Manifest.load(tmp_path) == manifest
    with (tmp_path / next(f.name for f in manifest.files if f.name.endswith(".csv"))).open("rb") as text:
        raw = text.read()
    assert raw.decode("gbk")
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    one, two = (write_register(tmp_path / n, scale=0.02) for n in ("one", "two"))
    other = write_register(tmp_path / "three", seed="other", scale=0.02)
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
    assert [p.read_bytes() for p in one] != [p.read_bytes() for p in other]


# --- through the command line -------------------------------------------------------------------------------------------
def test_every_row_comes_in_once_after_mending(home: Org, tmp_path: Path) -> None:
    manifest = write_register(tmp_path / "register")
    returned = tmp_path / "returned"
    returned.mkdir()
    _first_time(manifest, returned)
    _mended(manifest, returned, tmp_path / "mended")
    _as_the_manifest_says(manifest)
    _again(manifest, tmp_path / "mended")


def _first_time(manifest: Manifest, returned: Path) -> None:
    for sent in manifest.files:
        path = manifest.folder / sent.name
        if sent is manifest.files[0]:
            code, found = take_in(path, "--dry-run")
            assert (code, found["state"]) == (ROWS_LEFT, "checked")
            with everything():
                assert not LegalAid.objects.exists()
        code, found = take_in(path, "--report", str(returned / f"{path.stem}.xlsx"))
        assert code == ROWS_LEFT, found
        assert {e["row"] for e in found["errors"]} == {f.row for f in sent.faults}, sent.name
        assert found["counts"]["created"] == sent.rows - len(sent.faults)
        _named_by_cell(found["errors"], sent.faults)


def _named_by_cell(errors: list[dict[str, Any]], faults: list[Any]) -> None:
    """Each error names the very cell; a repeated number may be shown at the other half of the key."""
    places = {(e["row"], e["name"]) for e in errors}
    for fault in faults:
        names = {fault.field, "organisation"} if fault.kind == "duplicate_number" else {fault.field}
        assert places & {(fault.row, name) for name in names}, fault


def _mended(manifest: Manifest, returned: Path, folder: Path) -> None:
    for name, done in mend.mend_all(manifest.folder, returned, folder).items():
        assert not done.unmarked, name
        code, found = take_in(folder / name)
        assert code == DONE, found
        counts = found["counts"]
        assert counts["created"] == done.cells
        assert counts.get("done_before", 0) + counts["created"] == counts["rows"]
    assert len(list(folder.iterdir())) == len(manifest.files)


def _as_the_manifest_says(manifest: Manifest) -> None:
    """By the rows themselves, before any table."""
    with everything():
        for by, column in (("place", "org__code"), ("form", "form"), ("year", "accepted_on__year")):
            counted = LegalAid.objects.order_by().values_list(column).annotate(
                Sum("recovered_fen"), Sum("claimed_fen"), Sum("people")
            )  # fmt: skip
            rows = {str(k): (r, c, p) for k, r, c, p in counted}
            told = {k: (v["recovered_fen"], v["claimed_fen"], v["people"]) for k, v in manifest.golden[by].items()}
            assert rows == told
        forms = Counter(LegalAid.objects.values_list("form", flat=True))
    assert dict(forms) == FORMS


def _again(manifest: Manifest, mended: Path) -> None:
    """The same files a second time: refused, or nothing new."""
    for path in (manifest.folder / manifest.files[0].name, mended / f"{Path(manifest.files[5].name).stem}.xlsx"):
        code, found = take_in(path)
        assert code == REFUSED or not found["counts"].get("created")
    with everything():
        assert LegalAid.objects.count() == TOTAL


def clerk() -> Any:
    return actor_of(CLERK, via="test")
