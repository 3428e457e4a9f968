"""The trail cannot be changed, and what a database administrator does to it all the same is found."""

from __future__ import annotations

import json

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import DatabaseError

from shegong.kernel.audit import sealing, trail
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything
from tests import cast


@pytest.fixture
def owner(committed, tmp_path, settings):
    """A superuser's own connection: what a hostile administrator has."""
    settings.SHEGONG_ANCHOR_FILE = tmp_path / "anchor.log"
    with psycopg.connect(committed, autocommit=True) as admin:
        yield admin


def _write(count: int) -> None:
    with acting(cast.actor("town_worker")) as actor:
        for i in range(count):
            trail.write(
                actor, trail.Line("casework.case.log", "casework.case", i, actor.posts[0].path, reason=f"第{i}次")
            )


@pytest.fixture
def sealed(owner):
    for _ in range(5):
        _write(4)
        assert sealing.seal_once() == 4
    assert sealing.verify().sound
    return owner


def _kinds() -> set[str]:
    return {flaw.kind for flaw in sealing.verify().flaws}


def _bypass(admin, sql: str) -> None:
    admin.execute("set session_replication_role = replica")  # what a superuser can do: no trigger stops him
    admin.execute(sql)
    admin.execute("set session_replication_role = origin")


def test_a_sound_trail_verifies(sealed):
    report = sealing.verify()
    assert (report.entries, report.seals, report.unsealed) == (20, 5, 0)


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        ("update audit_entry set reason = 'x' where seq = 7", "changed"),
        ("update audit_entry set actor_id = actor_id + 1 where seq = 7", "changed"),
        ("update audit_entry set at = at + interval '1 hour' where seq = 7", "changed"),
        ("delete from audit_entry where seq = 7", "missing"),
        ("delete from audit_seal where id = 3", "chain"),
        ("delete from audit_seal where id = 5; delete from audit_entry where seq > 16", "cut"),
        ("update audit_seal set previous = repeat('0', 64) where id = 3", "chain"),
        ("update audit_entry set seq = seq + 1000 where seq = 20", "missing"),
    ],
)
def test_a_superusers_change_is_found(sealed, tamper, found):
    _bypass(sealed, tamper)
    assert found in _kinds()


def test_an_entry_slipped_in_below_the_seals_is_found(sealed):
    _bypass(sealed, "delete from audit_entry where seq = 3")
    _bypass(
        sealed,
        "insert into audit_entry (seq, at, actor_id, actor_name, actor_place, via, deed, kind, object_id, org_path, outcome,"
        " reason, changes, address) select 3, now(), 1, 'x', '', 'web', 'd', 'k', '1', '', 'done', '', '{}', ''",
    )
    assert "changed" in _kinds()


def test_a_full_rewrite_with_a_stolen_chain_is_found_by_the_anchor(sealed):
    """Even whoever also had the key would leave seals that differ from the anchored ones."""
    lines = settings.SHEGONG_ANCHOR_FILE.read_text().splitlines()
    forged = json.loads(lines[2]) | {"mac": "0" * 64}
    settings.SHEGONG_ANCHOR_FILE.write_text("\n".join([*lines[:2], json.dumps(forged), *lines[3:]]) + "\n")
    assert "rewritten" in _kinds()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["update audit_entry set reason = ''", "delete from audit_entry", "truncate audit_entry"]
)
def test_the_application_cannot_change_the_trail(sql):
    _write(1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_trail_is_written_in_the_transaction_of_its_deed(committed):
    with pytest.raises(RuntimeError):
        trail.write(cast.actor("town_worker"), trail.Line("d", "k", 1))


def test_late_committers_enter_a_later_batch(owner):
    with everything(), connection.cursor() as cursor:
        cursor.execute("select nextval('audit_entry_seq_seq')")
        (late,) = cursor.fetchone()
    _write(2)
    assert sealing.seal_once() == 2
    with acting(cast.actor("town_worker")) as actor, connection.cursor() as cursor:
        row = trail._row(actor, trail.Line("casework.case.log", "casework.case", 9, actor.posts[0].path), _now())
        cursor.execute(
            f"insert into audit_entry (seq, {trail._COLUMNS}) values (%s, {', '.join(['%s'] * 13)})", (late, *row)
        )
    assert sealing.seal_once() == 1
    with everything():
        assert Entry.objects.count() == 3
    assert sealing.verify().sound


def _now():
    from django.utils import timezone

    return timezone.now()
