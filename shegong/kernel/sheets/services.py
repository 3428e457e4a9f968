"""WRITE: receive a file, check it (dry run), commit it in batches, give the returned workbook.

Plain functions with the actor first; the deeds around them, and row-level security's reach per transaction, come from
`acting`. Every function can be called again after a crash: a batch is taken in once, whatever happens.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import IO, Any

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import Refused, WrongState
from shegong.kernel.orgs.reach import Actor, acting, today

from . import reports, store
from .coerce import CellError, Coerced, Coercer, Resolver
from .declare import RowResult, Sheet, SheetRow, sheet
from .headers import Layout, choose
from .limits import STANDARD, Limits
from .marks import RowMarks, split
from .models import ImportBatch, ImportRun, Mode, RunState
from .placing import at_place
from .reading import Book
from .refusal import Unreadable
from .write.returned import write_returned

BATCH_ROWS = 5_000
STALE_SECONDS = 120
MAX_ERRORS = 500_000

Progress = Callable[[ImportRun], None]


class AlreadyTaken(Refused):
    """The same file was taken in before, for the same sheet and organisation. `run` is that upload."""

    def __init__(self, run: ImportRun) -> None:
        message = _("This file was already taken in on %(on)s; nothing was done.") % {
            "on": timezone.localtime(run.finished_at or run.created_at).strftime("%Y-%m-%d %H:%M")
        }
        super().__init__(message, field="file", run=str(run.pk))
        self.run = run


# --- receive ----------------------------------------------------------------------------------------------------------


def receive(
    actor: Actor, stream: IO[bytes], *, sheet_code: str, org_id: int, org_path: str, name: str,
    sheet_name: str = "", once: Mapping[str, str] | None = None, limits: Limits = STANDARD,
) -> ImportRun:  # fmt: skip
    """Keep an uploaded file, sealed, and open a run for it. `once`: values given once for the whole file, by column.

    Raises AlreadyTaken for a file done before, Unreadable("file_too_big"), KeyError for an unknown sheet.
    """
    sheet(sheet_code)
    run = ImportRun(sheet_code=sheet_code, actor_id=actor.user_id, org_id=org_id, org_path=org_path)
    run.stored_path, run.digest, run.size_bytes = store.keep(stream, run.pk, limits)
    run.original_name = PurePath(name.replace("\\", "/")).name[-255:] or "upload"
    run.options = {"sheet_name": sheet_name} if sheet_name else {}
    if given := {name: text.strip() for name, text in (once or {}).items() if text.strip()}:
        run.options["once"] = given
    run.root_id = run.pk
    try:
        with acting(actor):
            _refuse_repeat(run)
            run.save(force_insert=True)
    except BaseException:
        store.forget(run.stored_path)
        raise
    return run


def _refuse_repeat(run: ImportRun) -> None:
    """Refuse what was done: the same bytes, sheet, organisation, values given once and, where one was chosen, the same page
    of the book. A file of which no row could be taken in may come again: what stood in its way may be mended elsewhere."""
    same = ImportRun.objects.filter(
        digest=run.digest, sheet_code=run.sheet_code, org_id=run.org_id, state=RunState.DONE
    ).exclude(pk=run.pk)
    if page := _page(run):
        same = same.filter(layout__sheet=page)
    for earlier in same:
        if earlier.options.get("once", {}) == run.options.get("once", {}) and any(map(_took, earlier.batches.all())):
            raise AlreadyTaken(earlier)


def _took(batch: ImportBatch) -> bool:
    """Whether a row of this part was taken in, now or before."""
    return any(count for outcome, count in batch.counts.items() if outcome != "refused")


def _page(run: ImportRun) -> str:
    """Name of the sheet of the book that this run reads, as far as known."""
    return str(run.layout.get("sheet") or run.options.get("sheet_name", ""))


def cancel(actor: Actor, run: ImportRun) -> ImportRun:
    """Give up an upload that is not running and has taken nothing in; its file is deleted. Raises WrongState."""
    with acting(actor):
        if run.batches.exists():
            raise WrongState(_("Rows of this upload were already taken in; finish it instead."))
        _move(run, {RunState.UPLOADED, RunState.CHECKED, RunState.FAILED}, RunState.CANCELLED)
    store.forget(run.stored_path)
    return run


# --- one pass over the file -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Pass:
    """An open file on its way through coercion."""

    book: Book
    layout: Layout
    coercer: Coercer
    once: Mapping[str, str]
    errors: list[CellError] = field(default_factory=list)
    warnings: list[CellError] = field(default_factory=list)
    bad: int = 0

    def batches(self) -> Iterator[tuple[int, Coerced]]:
        """(batch number, its rows and errors): batch k holds the file's rows k x BATCH_ROWS and following."""
        gathered, after = Coerced([], [], set()), 0
        for first, rows in self.book.rows(self.layout.head):
            part = self.coercer.batch(first, rows)
            gathered.rows += [self._completed(row) for row in part.rows] if self.once else part.rows
            gathered.errors += part.errors
            gathered.bad |= part.bad
            self.warnings += part.warnings
            after = first + len(rows)
            if after % BATCH_ROWS == 0:
                yield after // BATCH_ROWS - 1, self._count(gathered)
                gathered = Coerced([], [], set())
        if gathered.rows or gathered.bad:
            yield after // BATCH_ROWS, self._count(gathered)

    def _completed(self, row: SheetRow) -> SheetRow:
        """The row with what was given once for the file."""
        filled = {name: value for name, value in row.values.items() if value is not None}
        return SheetRow(row.number, {**row.values, **self.once, **filled})

    def _count(self, part: Coerced) -> Coerced:
        self.bad += len(part.bad)
        if len(self.errors) < MAX_ERRORS:
            self.errors += part.errors
        return part


@contextmanager
def _passing(run: ImportRun, resolve: Resolver | None, on: dt.date | None, limits: Limits) -> Iterator[_Pass]:
    declared = sheet(run.sheet_code)
    with store.opened(run.stored_path, run.pk) as plain, Book(plain, name=run.original_name, limits=limits) as book:
        layout = choose(book, declared, sheet_name=run.options.get("sheet_name", ""))
        coercer = Coercer(layout, key=declared.key, date1904=book.date1904, today=on or today(), resolve=resolve)
        yield _Pass(book, layout, coercer, run.options.get("once", {}))


# --- check ------------------------------------------------------------------------------------------------------------


def check(
    actor: Actor, run: ImportRun, *, resolve: Resolver | None = None, on: dt.date | None = None,
    progress: Progress | None = None, limits: Limits = STANDARD,
) -> ImportRun:  # fmt: skip
    """The dry run: reads and coerces everything, writes nothing but the report.

    Ends "checked", or "failed" with `refusal` saying why the file cannot be used. Raises WrongState.
    """
    with acting(actor):
        _move(run, {RunState.UPLOADED, RunState.CHECKED, RunState.FAILED}, RunState.CHECKING, stale=RunState.CHECKING)
    try:
        with _passing(run, resolve, on, limits) as reading:
            _check_rows(actor, run, reading, progress)
    except Unreadable as error:
        return _fail(actor, run, error)
    except Exception:
        _fail(actor, run, Unreadable("damaged"))
        raise
    return run


def _check_rows(actor: Actor, run: ImportRun, reading: _Pass, progress: Progress | None) -> None:
    run.layout, run.refusal = reading.layout.as_report(), {}
    _refuse_layout(reading.layout)
    with acting(actor):
        _recognise(run, reading.book)
        reading.once = run.options.get("once", {})
        done = _done_before(run)
    checker, marks = sheet(run.sheet_code).checker(), RowMarks(run.digest_key_id) if done else None
    counts: Counter[str] = Counter()
    run.progress_total = reading.layout.head.rows
    for number, part in reading.batches():
        rows = [row for row in part.rows if marks is None or marks.of(row) not in done]
        counts["done_before"] += len(part.rows) - len(rows)
        if checker is not None and rows:
            with acting(actor):
                refused = _complaints(reading.layout, checker(at_place(actor, run), rows))
            counts["refused"] += len({error.row for error in refused})
            reading.errors += refused
        counts["good"] += len(rows)
        _advance(actor, run, number, progress)
    if not counts["good"] and not reading.bad and not counts["done_before"]:
        raise Unreadable("no_rows")
    counts["good"] -= counts["refused"]
    counts["bad"] = reading.bad + counts["refused"]
    _finish(actor, run, reading, counts, RunState.CHECKED)


def _refuse_layout(layout: Layout) -> None:
    if layout.missing:
        texts = [str(column.label) + (f" ({hint}?)" if hint else "") for column, hint in layout.missing]
        raise Unreadable("missing_columns", columns=", ".join(texts)[:500])
    if layout.ambiguous:
        texts = [f"{column.label} ({', '.join(letters)})" for column, letters in layout.ambiguous]
        raise Unreadable("ambiguous_columns", columns=", ".join(texts)[:500])


def _recognise(run: ImportRun, book: Book) -> None:
    """A returned workbook names the run it mends; only one the actor can see and of the same sheet counts."""
    try:
        earlier = ImportRun.objects.filter(pk=uuid.UUID(book.mark.get("run", "")), sheet_code=run.sheet_code).first()
    except ValueError:
        return
    if earlier is not None and earlier.pk != run.pk and earlier.org_id == run.org_id:
        run.mends, run.root_id, run.digest_key_id = earlier, earlier.root_id, earlier.digest_key_id
        if "once" in earlier.options:
            run.options = {"once": earlier.options["once"], **run.options}
        run.save(update_fields=["mends", "root_id", "digest_key_id", "options"])


def _done_before(run: ImportRun) -> set[bytes]:
    """Digests of rows that other uploads of the same family took in."""
    family = ImportBatch.objects.filter(root_id=run.root_id).exclude(run_id=run.pk)
    return {mark for joined in family.values_list("row_digests", flat=True) for mark in split(joined)}


def _complaints(layout: Layout, results: Any) -> list[CellError]:
    """A service's refusals as errors by cell."""
    places = {match.column.name: match.index for match in layout.matches}
    return [
        CellError(
            result.number,
            places.get(complaint.column, -1),
            complaint.column,
            complaint.code,
            {"reason": complaint.message},
        )
        for result in results
        if result.outcome == "refused"
        for complaint in result.complaints
    ]


# --- commit -----------------------------------------------------------------------------------------------------------


class _NotAll(Exception):
    """Rolls an all-or-nothing commit back."""


def commit(
    actor: Actor, run: ImportRun, *, mode: str, resolve: Resolver | None = None, on: dt.date | None = None,
    progress: Progress | None = None, limits: Limits = STANDARD,
) -> ImportRun:  # fmt: skip
    """Take the rows in through the sheet's service, in batches of at most 5,000 file rows, each in one transaction.

    Resumes after a crash where it stopped. "all_or_nothing" is one transaction; any bad row leaves the run "checked"
    with the errors in its report and nothing written. Raises WrongState, AlreadyTaken.
    """
    mode = Mode(mode)
    with acting(actor):
        if run.state == RunState.DONE:
            raise AlreadyTaken(run)
        _refuse_repeat(run)
        _move(run, {RunState.CHECKED, RunState.FAILED}, RunState.COMMITTING, stale=RunState.COMMITTING)
        marks = RowMarks(run.digest_key_id)
        run.mode, run.digest_key_id = mode, marks.key_id
        run.save(update_fields=["mode", "digest_key_id"])
        done = _done_before(run)
    try:
        with _passing(run, resolve, on, limits) as reading:
            _refuse_layout(reading.layout)
            work = _Commit(actor, run, sheet(run.sheet_code), reading, marks, done, progress)
            work.all_or_nothing() if mode == Mode.ALL_OR_NOTHING else work.good_rows()
    except Unreadable as error:
        return _fail(actor, run, error)
    except Exception as error:
        _fail(actor, run, Unreadable("interrupted", reason=type(error).__name__))
        raise
    return run


@dataclass(slots=True)
class _Commit:
    """One commit under way."""

    actor: Actor
    run: ImportRun
    declared: Sheet
    reading: _Pass
    marks: RowMarks
    done: set[bytes]
    progress: Progress | None
    counts: Counter[str] = field(default_factory=Counter)

    def good_rows(self) -> None:
        """Each batch in its own transaction; refused rows join the report."""
        for number, part in self.reading.batches():
            self._batch(number, part)
            _advance(self.actor, self.run, number, self.progress)
        self._close(RunState.DONE)

    def all_or_nothing(self) -> None:
        """Everything in one transaction, or nothing."""
        try:
            with acting(self.actor):
                for number, part in self.reading.batches():
                    self._batch(number, part)
                if self.reading.bad or self.counts["refused"]:
                    raise _NotAll
        except _NotAll:
            bad = self.reading.bad + self.counts["refused"]
            self.counts = Counter(good=self.counts["rows"] - bad, refused=self.counts["refused"])
            self._close(RunState.CHECKED)
            return
        self._close(RunState.DONE)

    def _batch(self, number: int, part: Coerced) -> None:
        key = batch_key(self.run, number)
        self.counts["rows"] += len(part.rows) + len(part.bad)
        try:
            with acting(self.actor):
                earlier = ImportBatch.objects.filter(batch_key=key).first()
                if earlier is not None and earlier.run_id != self.run.pk and not _took(earlier):
                    free = hashlib.sha256(f"{key}|{earlier.run_id}".encode()).hexdigest()
                    ImportBatch.objects.filter(pk=earlier.pk).update(batch_key=free)
                    earlier = None
                if earlier is None:
                    earlier = self._take(number, key, part)
        except IntegrityError as error:
            with acting(self.actor):
                earlier = ImportBatch.objects.filter(batch_key=key).first()
            if earlier is None:
                raise error
        self.counts.update(earlier.counts)
        self.reading.errors += reports.unseal(earlier.run_id, f"batch{number}", earlier.errors)

    def _take(self, number: int, key: str, part: Coerced) -> ImportBatch:
        """Claim the batch key first, so that two processes can never both call the service."""
        batch = ImportBatch.objects.create(
            run=self.run,
            batch_key=key,
            org_id=self.run.org_id,
            org_path=self.run.org_path,
            root_id=self.run.root_id,
            number=number,
        )
        marked = [(row, self.marks.of(row)) for row in part.rows]
        rows = [row for row, mark in marked if mark not in self.done]
        results = list(self.declared.committer()(at_place(self.actor, self.run), rows, batch_key=key)) if rows else []
        taken = _outcomes(rows, results)
        refused = _complaints(self.reading.layout, results)
        batch.counts = {**Counter(result.outcome for result in results), "done_before": len(part.rows) - len(rows)}
        batch.errors = reports.seal(self.run.pk, f"batch{number}", refused) if refused else None
        batch.row_digests = b"".join(mark for row, mark in marked if row.number in taken)
        batch.save(update_fields=["counts", "errors", "row_digests"])
        return batch

    def _close(self, state: RunState) -> None:
        self.counts["bad"] = self.reading.bad + self.counts["refused"]
        _finish(self.actor, self.run, self.reading, self.counts, state)


def _outcomes(rows: list[SheetRow], results: list[RowResult]) -> set[int]:
    """Numbers of the rows taken in. A service that does not answer for every row is broken: nothing is kept."""
    if {result.number for result in results} != {row.number for row in rows} or len(results) != len(rows):
        raise RuntimeError("the commit service must give exactly one result per row")
    return {result.number for result in results if result.outcome != "refused"}


def batch_key(run: ImportRun, number: int) -> str:
    """The same for the same file, sheet, organisation and part of the file, whoever uploads it and however often."""
    once = "".join(f"|{name}={text}" for name, text in sorted(run.options.get("once", {}).items()))
    text = f"{run.digest}|{run.sheet_code}|{run.org_id}|{_page(run)}|{BATCH_ROWS}|{number}{once}"
    return hashlib.sha256(text.encode()).hexdigest()


# --- states, progress, report -----------------------------------------------------------------------------------------


def _move(run: ImportRun, allowed: set[RunState], target: RunState, *, stale: RunState | None = None) -> None:
    """Compare-and-set of the state; a crashed run untouched for two minutes may be taken over. Raises WrongState."""
    moved = ImportRun.objects.filter(pk=run.pk, state__in=allowed)
    now = timezone.now()
    count = moved.update(state=target, touched_at=now)
    if not count and stale is not None:
        limit = now - dt.timedelta(seconds=STALE_SECONDS)
        count = ImportRun.objects.filter(pk=run.pk, state=stale, touched_at__lt=limit).update(
            state=target, touched_at=now
        )
    if not count:
        raise WrongState(_("This upload is being worked on, or is finished. Reload the page."))
    run.refresh_from_db()


def _advance(actor: Actor, run: ImportRun, number: int, progress: Progress | None) -> None:
    """Note how far we are, in a transaction of its own (polled by page and command line)."""
    done = min((number + 1) * BATCH_ROWS, run.progress_total)
    run.progress_done = done
    with acting(actor):
        ImportRun.objects.filter(pk=run.pk).update(
            progress_done=done, progress_total=run.progress_total, touched_at=timezone.now()
        )
    if progress is not None:
        progress(run)


def _finish(actor: Actor, run: ImportRun, reading: _Pass, counts: Counter[str], state: RunState) -> None:
    skipped, warned = reading.coercer.skipped, reading.coercer.warned
    run.counts = {
        **{name: count for name, count in counts.items() if count},
        "errors": len(reading.errors),
        "by_code": dict(Counter(error.code for error in reading.errors)),
        "skipped": dict(skipped.counts), "skipped_rows": skipped.rows, "warnings": dict(warned),
    }  # fmt: skip
    run.report = reports.seal(run.pk, "report", reading.errors) if reading.errors else None
    run.progress_done, run.state = run.progress_total, state
    run.finished_at = timezone.now() if state == RunState.DONE else None
    with acting(actor):
        run.save()


def _fail(actor: Actor, run: ImportRun, error: Unreadable) -> ImportRun:
    run.state, run.refusal = (
        RunState.FAILED,
        {"code": error.code, "params": {k: str(v) for k, v in error.params.items()}},
    )
    with acting(actor):
        run.save(update_fields=["state", "refusal", "layout", "touched_at"])
    return run


def errors_of(run: ImportRun) -> list[CellError]:
    """The run's report, by cell, in the order of the file."""
    found = reports.unseal(run.pk, "report", run.report)
    return sorted(found, key=lambda error: (error.row, error.column))


def returned_workbook(run: ImportRun, out: IO[bytes], *, only_bad: bool = False, limits: Limits = STANDARD) -> int:
    """Write the workbook to mend to `out`; gives the number of rows with errors. Raises Unreadable."""
    with _passing(run, None, None, limits) as reading:
        mark = {"sheet": run.sheet_code, "run": str(run.pk)}
        return write_returned(
            out, reading.book, reading.layout, errors_of(run), mark=mark, only_bad=only_bad, folder=str(store.folder())
        )
