"""The Songjiang register (golden G01–G04): out as messy workbooks, in through the command line, mended, counted, tied.

And the demo province: its casework tables tie the same way.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db.models import Sum

from shegong.apps.casework import reports, sheets
from shegong.apps.casework.models import Case, LegalAid
from shegong.apps.casework.queries.legal_aid import legal_aid
from shegong.kernel.audit import sealing
from shegong.kernel.indicators import upkeep
from shegong.kernel.indicators.behind import rows_behind
from shegong.kernel.indicators.declare import all_cubes
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import acting, actor_of, everything
from shegong.kernel.sheets import exports
from shegong.kernel.vault import keyring
from shegong.site.cli import main
from shegong.site.demo import cast, mend, province
from shegong.site.demo.build import NotEmpty, build
from shegong.site.demo.register import SONGJIANG, Manifest, found_stations, write_register

pytestmark = pytest.mark.slow
CLERK = "wu"
FORMS, YEARS, TOTAL, RECOVERED_FEN = SONGJIANG.forms, SONGJIANG.years, SONGJIANG.total, SONGJIANG.recovered_fen
ROWS_LEFT, DONE, REFUSED = 4, 0, 3


@pytest.fixture
def empty(server: Any, committed: str, settings: Any, tmp_path: Path) -> Iterator[str]:
    """A migrated database without tests' tree and cast, with files of its own."""
    name = committed.partition("?")[0].rpartition("/")[2]
    server.sql(
        "set session_replication_role = replica; truncate orgs_org, orgs_user restart identity cascade", database=name
    )
    settings.SHEGONG_FILES_DIR = tmp_path / "files"
    settings.SHEGONG_ANCHOR_FILE = tmp_path / "anchor.log"
    assert keyring.keyring()
    yield name


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The whole register, written once."""
    return write_register(tmp_path_factory.mktemp("register"))


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
def test_the_register_adds_up_to_the_golden_figures(register: Manifest) -> None:
    manifest, golden = register, register.golden
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
    assert Manifest.load(manifest.folder) == manifest
    raw = (manifest.folder / next(f.name for f in manifest.files if f.name.endswith(".csv"))).read_bytes()
    assert raw.decode("gbk")
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    one, two = (write_register(tmp_path / n, scale=0.02) for n in ("one", "two"))
    other = write_register(tmp_path / "three", seed="other", scale=0.02)
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
    assert [p.read_bytes() for p in one] != [p.read_bytes() for p in other]


# --- through the command line -------------------------------------------------------------------------------------------
def test_every_row_comes_in_once_after_mending(home: Org, register: Manifest, tmp_path: Path) -> None:
    manifest = register
    returned = tmp_path / "returned"
    returned.mkdir()
    _first_time(manifest, returned)
    _mended(manifest, returned, tmp_path / "mended")
    _as_the_manifest_says(manifest)
    _again(manifest, tmp_path / "mended")
    while upkeep.keep_once():
        pass
    _tables_tie(home, manifest)
    _exports_say_the_same(home, manifest)
    _shares(home)


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


# --- counted ------------------------------------------------------------------------------------------------------------
FIRST, LAST = dt.date(2022, 1, 1), dt.date(2025, 12, 1)


def t09(home: Org, by: str) -> Any:
    """T09 as the clerk sees it: rows by key, cells by column."""
    with acting(actor_of(CLERK)) as actor:
        return reports.report(actor, "T09", home, FIRST, LAST, by=by)


def cells(filled: Any, row: Any) -> dict[str, Any]:
    return {head.key: cell.value for head, cell in zip(filled.heads, row.cells, strict=True)}


def _tables_tie(home: Org, manifest: Manifest) -> None:
    """By station, form and year: the golden totals, in each row and in the whole; and the rows behind every cell."""
    golden = manifest.golden
    orgs = {str(o.pk): o for o in Org.objects.all()}
    for by, known, key_of in (
        ("unit", "place", lambda row: orgs[row.key.partition("-")[0]].code),
        ("form", "form", lambda row: row.key),
        ("year", "year", lambda row: row.key),
    ):
        filled = t09(home, by)
        found = {key_of(row): cells(filled, row) for row in filled.rows}
        told = golden[known]
        assert {k: v["all"] for k, v in found.items() if v["all"]} == {k: v["count"] for k, v in told.items()}
        assert {k: v["recovered"] for k, v in found.items() if v["all"]} == {
            k: v["recovered_fen"] for k, v in told.items()
        }
        assert {k: v["claimed"] for k, v in found.items() if v["all"]} == {k: v["claimed_fen"] for k, v in told.items()}
        assert {k: v["people"] for k, v in found.items() if v["all"]} == {k: v["people"] for k, v in told.items()}
        whole = cells(filled, filled.total)
        assert whole["all"] == TOTAL
        assert whole["recovered"] == RECOVERED_FEN
        assert {form: whole[form] for form in FORMS} == FORMS
        with acting(actor_of(CLERK)):
            assert reports.contradictions(filled) == []
    _lists_are_the_cells(home)


def _lists_are_the_cells(home: Org) -> None:
    """The list a figure opens to, entry by entry: as many, and the same money."""
    filled = t09(home, "unit")
    with acting(actor_of(CLERK)) as actor:
        seen = 0
        for row in filled.rows:
            cell = next(c for h, c in zip(filled.heads, row.cells, strict=True) if h.key == "recovered")
            behind = list(rows_behind(actor, cell.code, cell.ask).values_list("org_id", "recovered_fen"))
            assert sum(fen for _org, fen in behind) == cell.value
            seen += len(behind) if row.cells[0].linked else 0
        assert seen == TOTAL


def _exports_say_the_same(home: Org, manifest: Manifest) -> None:
    """The printed table and the exported entries add up to the same, read back from the files themselves."""
    words = [
        "report",
        "T09",
        "--org",
        home.code,
        "--from",
        "2022-01",
        "--to",
        "2025-12",
        "--as",
        CLERK,
        "--by",
        "form",
        "--check",
    ]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == DONE, done.output
    printed = json.loads(done.stdout)
    assert {row["key"]: row["values"]["all"] for row in printed["rows"] if row["values"]["all"]} == FORMS
    assert Decimal(str(printed["total"]["recovered"])) == Decimal(RECOVERED_FEN) / 100
    out = io.BytesIO()
    with acting(actor_of(CLERK)) as actor:
        rows = sheets.legal_aid_rows(legal_aid(actor, "casework.legal_aid.export"))
        assert exports.export(sheets.LEGAL_AID_EXPORT, rows, out, format="csv") == TOTAL
    lines = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    places = {c.name: n for n, c in enumerate(sheets.LEGAL_AID_EXPORT.columns)}
    by_station = Counter(line[places["organisation"]] for line in lines[1:])
    assert dict(by_station) == {f.place: f.rows for f in manifest.files}
    money = sum(Decimal(line[places["recovered_fen"]].replace(",", "") or "0") for line in lines[1:])
    assert money == Decimal(RECOVERED_FEN) / 100


def _shares(home: Org) -> None:
    """Golden G02: shares from raw counts, one decimal each; they need not add up to 100.0 and the total is 100 all the same."""
    filled = t09(home, "form")
    shares = dict(zip((h.key for h in filled.heads), filled.shares, strict=True))
    told = {"mediation": "76.0", "representation": "2.8", "consultation": "20.6", "drafting": "0.7", "all": "100.0"}
    assert {key: shares[key].rstrip(" %") for key in told} == told


# --- the demo province ----------------------------------------------------------------------------------------------------
def test_the_casework_table_of_the_demo_province_ties(empty: str) -> None:
    told: list[tuple[str, int, int]] = []
    summary = build(progress=lambda *said: told.append(said), scale=0.1)
    assert summary.people >= 600
    assert all(0 <= done <= total for _text, done, total in told)
    with pytest.raises(NotEmpty):
        build(scale=0.1)
    assert all(upkeep.differences(code) == [] for code in all_cubes())
    assert sealing.verify().sound
    month = dt.date.today().replace(day=1)
    first = month.replace(year=month.year - 3)
    for username, org in (("zhu", "U440000"), ("wu", "U440106")):
        with acting(actor_of(username)) as actor:
            place = Org.objects.get(code=org)
            filled = reports.report(actor, "casework", place, first, month, by="line")
            assert reports.contradictions(filled) == []
            whole = cells(filled, filled.total)
            assert whole["all"] == Case.objects.filter(org_path__startswith=place.path).count() > 0
            assert sum(cells(filled, row)["all"] for row in filled.rows) == whole["all"]
