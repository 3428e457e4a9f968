"""A rotation of keys seals uploads and reports anew, and keeps the key of the index that digests of rows need."""

from __future__ import annotations

import io

import pytest

from shegong.kernel.orgs.reach import acting, everything
from shegong.kernel.sheets import services, store
from shegong.kernel.sheets.models import ImportRun
from shegong.kernel.vault import files, keyring, rotation
from tests import cast

from .test_pages import rows_with_one_bad

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed", "own_store")]


def a_run() -> ImportRun:
    actor, place = cast.actor("town_worker"), cast.org("town")
    raw = io.BytesIO(rows_with_one_bad())
    run = services.receive(
        actor, raw, sheet_code="registry.people", org_id=place.pk, org_path=place.path, name="名册.xlsx"
    )
    services.check(actor, run)
    return services.commit(actor, run, mode="good_rows")


def test_files_and_reports_move_to_the_new_key_and_still_open():
    run = a_run()
    with everything():
        old, errors = store.key_of(run.stored_path), services.errors_of(run)
    with store.opened(run.stored_path, run.pk) as plain:
        before = plain.read()
    outcome = rotation.rotate(keyring.SEAL, settle=0)
    assert outcome.destroyed == [old]
    assert outcome.rewritten >= 2
    with everything():
        run = ImportRun.objects.get(pk=run.pk)
    assert store.key_of(run.stored_path) == outcome.key_id != old
    with store.opened(run.stored_path, run.pk) as plain:
        assert plain.read() == before
    assert services.errors_of(run) == errors and errors
    out = io.BytesIO()
    assert services.returned_workbook(run, out, only_bad=True) == 1


def test_a_key_that_digests_of_rows_need_is_kept():
    run = a_run()
    outcome = rotation.rotate(keyring.INDEX, settle=0)
    assert run.digest_key_id in outcome.kept
    with acting(cast.actor("town_worker")):
        ImportRun.objects.filter(pk=run.pk).update(digest_key_id=None)
    assert run.digest_key_id in rotation.finish(keyring.INDEX, settle=0).destroyed


def test_sealed_files_of_the_vault_move_along():
    kept = files.keep([b"one", b"two"])
    old = files.count_keys()
    outcome = rotation.rotate(keyring.SEAL, settle=0)
    assert b"".join(files.chunks(kept.name)) == b"onetwo"
    assert files.count_keys() == {outcome.key_id: 1}
    assert set(old) == set(outcome.destroyed)


def test_a_file_deleted_meanwhile_does_not_come_back():
    run = a_run()
    ring = keyring.keyring()
    keyring.add_key(ring.folder, keyring.SEAL)
    keyring.refresh()
    path = store.folder() / f"{run.pk}.sealed"
    segments = store._segments(path, run.pk)
    list(segments)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        store.reseal(run.stored_path, run.pk)
    assert not path.exists() and not list(path.parent.glob("*.reseal"))
