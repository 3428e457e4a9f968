"""Uploads from receipt to done: dry run, good rows or all, resuming after a crash, never twice, mended workbooks."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from shegong.kernel.actions.errors import WrongState
from shegong.kernel.orgs.reach import Actor, acting
from shegong.kernel.sheets import declare, services
from shegong.kernel.sheets.declare import Complaint, RowResult, SheetRow
from shegong.kernel.sheets.models import ImportBatch, ImportRun, RunState
from shegong.kernel.vault.provider import BadSealError
from shegong.lib import idcard
from tests import cast

from .files import ROSTER, table, workbook
from .taking import take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed", "own_store")]

IDS = [
    idcard.synthetic(birth_on=dt.date(1950, 1, 1) + dt.timedelta(days=n), sex="1", sequence=1) for n in range(12_100)
]


def ACTOR() -> Actor:
    return cast.actor("county_clerk")


HEAD = ["姓名", "身份证号", "联系电话"]


class Register:
    """A bulk service that writes to a real table, so that a rolled-back batch is seen to be gone."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.refuse: set[str] = set()
        self.crash_at = -1

    def commit(self, actor: Any, rows: Sequence[SheetRow], *, batch_key: str) -> list[RowResult]:
        self.calls.append(batch_key)
        assert len(rows) <= 5_000
        results = []
        with connection.cursor() as cursor:
            for row in rows:
                if row.values["name"] in self.refuse:
                    complaint = Complaint("此人已有有效会籍", "id_number", "double_membership")
                    results.append(RowResult(row.number, "refused", complaints=(complaint,)))
                else:
                    results.append(RowResult(row.number, "created"))
            kept = [(row.values["id_number"],) for row in rows if row.values["name"] not in self.refuse]
            cursor.executemany("insert into test_register values (%s)", kept)
        if len(self.calls) - 1 == self.crash_at:
            raise ConnectionError("power cut")
        return results

    def ids(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("select id_number from test_register order by 1")
            return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def register(committed: str, monkeypatch: pytest.MonkeyPatch) -> Register:
    made = Register()
    with psycopg.connect(committed, autocommit=True) as owner:
        owner.execute("create table test_register (id_number text)")
    monkeypatch.setitem(declare._SHEETS, "test.register", replace(ROSTER, code="test.register", commit=made.commit))
    return made


def _receive(raw: bytes, name: str = "名册.xlsx") -> ImportRun:
    place = cast.org("county")
    return services.receive(
        ACTOR(), io.BytesIO(raw), sheet_code="test.register", org_id=place.pk, org_path=place.path, name=name
    )


def _refresh(run: ImportRun) -> None:
    with acting(ACTOR()):
        run.refresh_from_db()


def _batches() -> int:
    with acting(ACTOR()):
        return ImportBatch.objects.count()


def _rows(first: int, count: int) -> list[list[Any]]:
    return [[f"甲{n}", IDS[n], "13800000000"] for n in range(first, first + count)]


def _good(count: int) -> bytes:
    return table([HEAD, *_rows(0, count)])


MIXED = [HEAD, *_rows(0, 3), ["乙", 440301199001011234, ""], ["丙", IDS[50], 13800000000], *_rows(10, 2)]


def test_the_stored_file_holds_no_plain_byte_of_the_upload(register: Register, own_store: Path) -> None:
    text = "姓名,身份证号\n张三," + IDS[0] + "\n"
    run = _receive(text.encode(), "..\\..\\名册.csv")
    stored = own_store / run.stored_path
    assert IDS[0].encode() not in stored.read_bytes()
    assert run.original_name == "名册.csv"
    assert stored.stat().st_mode & 0o077 == 0
    assert [path.name for path in stored.parent.iterdir()] == [stored.name]
    with services.store.opened(run.stored_path, run.pk) as plain:
        assert plain.read() == text.encode()


def test_a_changed_or_cut_stored_file_is_noticed(register: Register, own_store: Path) -> None:
    run = _receive(_good(3))
    stored = own_store / run.stored_path
    raw = bytearray(stored.read_bytes())
    raw[100] ^= 1
    stored.write_bytes(bytes(raw))
    with pytest.raises(BadSealError):
        services.check(ACTOR(), run)
    _refresh(run)
    assert run.state == RunState.FAILED


def test_a_dry_run_reports_by_cell_and_writes_nothing(register: Register) -> None:
    run = services.check(ACTOR(), _receive(table(MIXED)))
    assert run.state == RunState.CHECKED
    assert (run.counts["good"], run.counts["bad"]) == (5, 2)
    assert [(error.cell, error.code) for error in services.errors_of(run)] == [
        ("B5", "id_as_number"),
        ("C6", "phone_as_number"),
    ]
    assert run.layout["matched"][1][:3] == ["id_number", "B", "身份证号"]
    assert IDS[50].encode() not in bytes(run.report)
    assert not register.calls


def test_an_unusable_file_fails_with_its_reason(register: Register) -> None:
    run = services.check(ACTOR(), _receive(b"%PDF-1.7"))
    assert (run.state, run.refusal["code"]) == (RunState.FAILED, "not_a_workbook")
    run = services.check(ACTOR(), _receive(table([["姓名", "联系电话"], ["甲", ""]])))
    assert (run.state, run.refusal["code"]) == (RunState.FAILED, "missing_columns")
    with pytest.raises(WrongState):
        services.commit(ACTOR(), services.cancel(ACTOR(), run), mode="good_rows")


def test_good_rows_now_and_the_bad_rows_back(register: Register) -> None:
    register.refuse = {"甲1"}
    run = services.commit(ACTOR(), services.check(ACTOR(), _receive(table(MIXED))), mode="good_rows")
    assert run.state == RunState.DONE
    assert register.ids() == sorted([IDS[0], IDS[2], IDS[10], IDS[11]])
    assert run.counts["created"] == 4
    assert run.counts["refused"] == 1
    assert {(e.cell, e.code) for e in services.errors_of(run)} == {
        ("B3", "double_membership"), ("B5", "id_as_number"), ("C6", "phone_as_number"),
    }  # fmt: skip
    out = io.BytesIO()
    assert services.returned_workbook(run, out, only_bad=True) == 3
    assert take(out.getvalue(), ROSTER).mark["run"] == str(run.pk)


def test_a_file_of_which_nothing_could_be_taken_in_may_come_again(register: Register) -> None:
    file = _good(3)
    register.refuse = {"甲0", "甲1", "甲2"}
    first = services.commit(ACTOR(), services.check(ACTOR(), _receive(file)), mode="good_rows")
    assert (first.state, first.counts["refused"], register.ids()) == (RunState.DONE, 3, [])
    register.refuse = {"甲0"}
    again = services.commit(ACTOR(), services.check(ACTOR(), _receive(file)), mode="good_rows")
    assert (again.counts["created"], again.counts["refused"], len(register.ids())) == (2, 1, 2)
    with pytest.raises(services.AlreadyTaken):
        _receive(file)


def test_all_or_nothing_writes_nothing_when_a_cell_or_the_service_says_no(register: Register) -> None:
    run = services.commit(ACTOR(), services.check(ACTOR(), _receive(table(MIXED))), mode="all_or_nothing")
    assert (run.state, register.ids(), _batches()) == (RunState.CHECKED, [], 0)
    register.refuse = {"甲5500"}
    run = services.commit(ACTOR(), services.check(ACTOR(), _receive(_good(6_000))), mode="all_or_nothing")
    assert (run.state, register.ids(), _batches()) == (RunState.CHECKED, [], 0)
    assert [(e.cell, e.code) for e in services.errors_of(run)] == [("B5502", "double_membership")]
    register.refuse = set()
    run = services.commit(ACTOR(), run, mode="all_or_nothing")
    assert run.state == RunState.DONE
    assert len(register.ids()) == 6_000


@pytest.mark.parametrize("crash_at", [0, 1, 2])
def test_a_crash_loses_nothing_and_doubles_nothing(register: Register, crash_at: int) -> None:
    run = services.check(ACTOR(), _receive(_good(12_000)))
    register.crash_at = crash_at
    with pytest.raises(ConnectionError):
        services.commit(ACTOR(), run, mode="good_rows")
    _refresh(run)
    assert run.state == RunState.FAILED
    assert len(register.ids()) == max(0, crash_at * 5_000 - 1) if crash_at else register.ids() == []
    register.crash_at = -1
    seen: list[int] = []
    run = services.commit(ACTOR(), run, mode="good_rows", progress=lambda now: seen.append(now.progress_done))
    assert run.state == RunState.DONE
    assert register.ids() == sorted(IDS[:12_000])
    assert len(register.calls) == 4
    assert seen == [5_000, 10_000, 12_001]
    assert run.counts["created"] == 12_000


def test_the_same_file_twice_does_nothing_twice(register: Register) -> None:
    raw = _good(10)
    first = _receive(raw)
    second = _receive(raw)  # uploaded before the first one is done
    services.commit(ACTOR(), services.check(ACTOR(), first), mode="good_rows")
    services.check(ACTOR(), second)
    with pytest.raises(services.AlreadyTaken):
        services.commit(ACTOR(), second, mode="good_rows")
    with pytest.raises(services.AlreadyTaken) as caught:
        _receive(raw)
    assert caught.value.run.pk == first.pk
    assert register.ids() == sorted(IDS[:10])
    assert len(register.calls) == 1
    town = cast.org("town")
    other = services.receive(
        ACTOR(), io.BytesIO(raw), sheet_code="test.register", org_id=town.pk, org_path=town.path, name="a.xlsx"
    )
    assert services.check(ACTOR(), other).state == RunState.CHECKED


def test_a_second_upload_of_a_half_taken_file_goes_on_where_the_first_stopped(register: Register) -> None:
    raw = _good(12_000)
    first = services.check(ACTOR(), _receive(raw))
    register.crash_at = 1
    with pytest.raises(ConnectionError):
        services.commit(ACTOR(), first, mode="good_rows")
    register.crash_at = -1
    second = services.commit(ACTOR(), services.check(ACTOR(), _receive(raw)), mode="good_rows")
    assert second.state == RunState.DONE
    assert register.ids() == sorted(IDS[:12_000])


def test_a_mended_workbook_takes_in_only_what_is_new(register: Register) -> None:
    run = services.commit(ACTOR(), services.check(ACTOR(), _receive(table(MIXED))), mode="good_rows")
    assert len(register.ids()) == 5
    out = io.BytesIO()
    services.returned_workbook(run, out)
    mended = _mend(out.getvalue(), {4: {1: IDS[60]}, 5: {2: "13800000001"}})
    again = services.check(ACTOR(), _receive(mended))
    assert again.mends_id == run.pk
    assert (again.counts["good"], again.counts.get("bad", 0), again.counts["done_before"]) == (2, 0, 5)
    again = services.commit(ACTOR(), again, mode="good_rows")
    assert register.ids() == sorted([*IDS[:3], IDS[10], IDS[11], IDS[50], IDS[60]])
    assert again.counts["created"] == 2


def _mend(raw: bytes, changes: dict[int, dict[int, str]]) -> bytes:
    """What a user does: open the returned workbook, correct cells, save. Keeps the hidden mark."""
    import python_calamine
    import xlsxwriter

    book = python_calamine.load_workbook(io.BytesIO(raw))
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as target:
        for name in book.sheet_names:
            page = target.add_worksheet(name)
            for at, row in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False)):
                for index, value in enumerate(row):
                    value = changes.get(at, {}).get(index, value) if name == book.sheet_names[0] else value
                    if value != "":
                        page.write(at, index, value)
            if name.startswith("_"):
                page.very_hidden()
    return out.getvalue()


def test_a_run_under_way_cannot_be_started_twice_until_it_is_stale(register: Register) -> None:
    run = services.check(ACTOR(), _receive(_good(5)))
    with acting(ACTOR()):
        ImportRun.objects.filter(pk=run.pk).update(state=RunState.COMMITTING)
    _refresh(run)
    with pytest.raises(WrongState):
        services.commit(ACTOR(), run, mode="good_rows")
    with acting(ACTOR()):
        ImportRun.objects.filter(pk=run.pk).update(touched_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert services.commit(ACTOR(), run, mode="good_rows").state == RunState.DONE


def test_a_service_that_forgets_a_row_is_refused(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(
        ROSTER, code="test.register", commit=lambda actor, rows, *, batch_key: [RowResult(rows[0].number, "created")]
    )
    monkeypatch.setitem(declare._SHEETS, "test.register", broken)
    run = services.check(ACTOR(), _receive(_good(5)))
    with pytest.raises(RuntimeError, match="one result per row"):
        services.commit(ACTOR(), run, mode="good_rows")
    assert _batches() == 0


def test_cancelling_deletes_the_file(register: Register, own_store: Path) -> None:
    run = services.cancel(ACTOR(), services.check(ACTOR(), _receive(_good(2))))
    assert run.state == RunState.CANCELLED
    assert not (own_store / run.stored_path).exists()


def test_a_neighbour_sees_no_upload_and_no_batch(register: Register) -> None:
    services.commit(ACTOR(), services.check(ACTOR(), _receive(_good(2))), mode="good_rows")
    with acting(cast.actor("neighbour_county_clerk")):
        assert ImportRun.objects.count() == ImportBatch.objects.count() == 0
    with acting(cast.actor("city_officer")):
        assert ImportRun.objects.count() == ImportBatch.objects.count() == 1
    assert ImportRun.objects.count() == 0


def test_each_page_of_a_book_of_months_is_an_upload_of_its_own(register: Register) -> None:
    def fill(book: Any, page: Any) -> None:
        for at, sheet in enumerate((page, book.add_worksheet("二月"))):
            for row, cells in enumerate([HEAD, *_rows(at * 10, 3)]):
                sheet.write_row(row, 0, cells)

    raw = workbook(fill, "一月")
    place = cast.org("county")
    for name in ("一月", "二月"):
        run = services.receive(
            ACTOR(),
            io.BytesIO(raw),
            sheet_code="test.register",
            org_id=place.pk,
            org_path=place.path,
            name="年.xlsx",
            sheet_name=name,
        )
        run = services.commit(ACTOR(), services.check(ACTOR(), run), mode="good_rows")
        assert run.state == RunState.DONE
    assert register.ids() == sorted([*IDS[:3], *IDS[10:13]])
    with pytest.raises(services.AlreadyTaken):
        _receive(raw)


def test_what_is_given_once_fills_every_row_and_another_value_is_another_upload(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def commit(actor: Any, rows: Sequence[SheetRow], *, batch_key: str) -> list[RowResult]:
        seen.extend(row.values["opponent"] for row in rows)
        return [RowResult(row.number, "created") for row in rows]

    declared = replace(declare._SHEETS["test.register"], once=("opponent",), commit=commit)
    monkeypatch.setitem(declare._SHEETS, "test.register", declared)
    raw = table([[*HEAD, "对方名称"], [*_rows(0, 1)[0], ""], [*_rows(1, 1)[0], "乙公司"]])
    place = cast.org("county")

    def receive(opponent: str) -> ImportRun:
        return services.receive(
            ACTOR(), io.BytesIO(raw), sheet_code="test.register", org_id=place.pk, org_path=place.path, name="x.xlsx",
            once={"opponent": opponent},
        )  # fmt: skip

    for opponent in ("甲公司", "丙公司"):
        run = services.check(ACTOR(), receive(opponent))
        services.commit(ACTOR(), run, mode="good_rows")
    assert seen == ["甲公司", "乙公司", "丙公司", "乙公司"]
    with pytest.raises(services.AlreadyTaken):
        receive(" 甲公司 ")


def test_only_declared_text_columns_can_be_given_once() -> None:
    with pytest.raises(ValueError, match="given once"):
        replace(ROSTER, once=("joined_on",))
