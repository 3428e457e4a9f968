"""What uploads keep under keys of the vault's ring, told to its rotation: files, reports, digests of rows.

Files and reports are sealed anew. Digests of rows cannot be made again without the file; they keep their key of the index
alive until they are let go (``runs.forget_uploads``).
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from django.db.models import QuerySet

from shegong.kernel.orgs.reach import everything
from shegong.kernel.vault.keyring import INDEX, SEAL, key_id_of, keyring
from shegong.kernel.vault.rotation import Holder, register

from . import reports, store
from .models import ImportBatch, ImportRun

CHUNK = 500


def declare_holders() -> None:
    """Make them known to the rotation; from the app's ``ready``."""
    register(Holder(SEAL, "sheets.files", _count_files, _reseal_files))
    register(Holder(SEAL, "sheets_importrun.report", _count_reports, _reseal_reports))
    register(Holder(SEAL, "sheets_importbatch.errors", _count_errors, _reseal_errors))
    register(Holder(INDEX, "sheets_importbatch.row_digests", _count_digests))


# --- files ------------------------------------------------------------------------------------------------------------
def _files() -> list[tuple[uuid.UUID, str]]:
    with everything():
        return list(ImportRun.objects.exclude(stored_path="").order_by("pk").values_list("pk", "stored_path"))


def _count_files() -> dict[int, int]:
    found: Counter[int] = Counter()
    for _pk, path in _files():
        with suppress(FileNotFoundError):
            found[store.key_of(path)] += 1
    return dict(found)


def _reseal_files() -> int:
    active, done = keyring().active(SEAL).id, 0
    for pk, path in _files():
        with suppress(FileNotFoundError):
            if store.key_of(path) != active:
                store.reseal(path, pk)
                done += 1
    return done


# --- reports ----------------------------------------------------------------------------------------------------------
def _count_reports() -> dict[int, int]:
    return _count(ImportRun.objects.exclude(report=None), "report")


def _count_errors() -> dict[int, int]:
    return _count(ImportBatch.objects.exclude(errors=None), "errors")


def _count(rows: QuerySet, column: str) -> dict[int, int]:
    with everything():
        return dict(Counter(key_id_of(bytes(token)) for token in rows.values_list(column, flat=True).iterator(CHUNK)))


def _reseal_reports() -> int:
    done = 0
    for chunk in _chunks(ImportRun.objects.exclude(report=None), "pk", "report"):
        for pk, token in chunk:
            fresh = reports.reseal(pk, "report", token)
            done += ImportRun.objects.filter(pk=pk, report=bytes(token)).update(report=fresh)
    return done


def _reseal_errors() -> int:
    done = 0
    for chunk in _chunks(ImportBatch.objects.exclude(errors=None), "pk", "errors", "run_id", "number"):
        for pk, token, run_id, number in chunk:
            fresh = reports.reseal(run_id, f"batch{number}", token)
            done += ImportBatch.objects.filter(pk=pk, errors=bytes(token)).update(errors=fresh)
    return done


def _chunks(rows: QuerySet, *columns: str) -> Iterator[list[tuple]]:
    """Rows under older keys, some at a time in a transaction each. ``columns``: primary key, token, and what else is needed."""
    active, after = keyring().active(SEAL).id, None
    while True:
        with everything():
            found = rows.filter(pk__gt=after) if after else rows
            page = list(found.order_by("pk").values_list(*columns)[:CHUNK])
            yield [row for row in page if key_id_of(bytes(row[1])) != active]
        if len(page) < CHUNK:
            return
        after = page[-1][0]


# --- digests of rows ----------------------------------------------------------------------------------------------------
def _count_digests() -> dict[int, int]:
    with everything():
        named = ImportRun.objects.filter(digest_key_id__isnull=False).values_list("digest_key_id", flat=True)
        return {key: count for key, count in Counter(named).items() if key is not None}
