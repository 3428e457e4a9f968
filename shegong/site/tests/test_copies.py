"""Backup, then restore into an empty database: byte for byte the same, and any changed byte is noticed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import psycopg
import pytest

from shegong.kernel.audit import sealing, trail
from shegong.kernel.orgs.reach import acting
from shegong.site import copies
from shegong.site.copies import CopyRefused, Place
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(committed, settings, tmp_path) -> Place:
    """A house with an entry, a seal and two files."""
    settings.SHEGONG_ANCHOR_FILE = tmp_path / "anchor" / "audit.log"
    settings.SHEGONG_FILES_DIR = tmp_path / "files"
    (tmp_path / "files" / "sheets").mkdir(parents=True)
    (tmp_path / "files" / "sheets" / "a.sealed").write_bytes(b"sealed bytes")
    (tmp_path / "files" / "b.sealed").write_bytes(b"\x00" * 4096)
    with acting(cast.actor("town_worker")) as actor:
        for n in range(3):
            trail.write(actor, trail.Line("registry.person.view", "registry.person", n, actor.posts[0].path))
    sealing.seal_once()
    return Place(committed, tmp_path / "files", settings.SHEGONG_ANCHOR_FILE, settings.APP_ROLE)


@pytest.fixture
def elsewhere(server, tmp_path, settings):
    """An empty database and an empty folder on the same server."""
    import os

    name = f"test_restored_{os.getpid()}"
    server.sql(f"drop database if exists {name} with (force)")
    server.sql(f"create database {name}")
    yield Place(server.url(name), tmp_path / "new-files", tmp_path / "new-anchor" / "audit.log", settings.APP_ROLE)
    server.sql(f"drop database {name} with (force)")


def test_a_restored_house_is_the_house(house, elsewhere, tmp_path, settings):
    made = copies.backup(house, tmp_path / "copy")
    assert made.tables["audit_entry"][0] == 3
    assert made.tables["orgs_user"][0] == len(cast.PEOPLE) + len(cast.NO_POST)
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    restored = copies.restore(elsewhere, tmp_path / "copy")
    assert restored.tables == made.tables
    with psycopg.connect(elsewhere.url) as connection:
        assert copies.digests(connection) == made.tables
    assert (elsewhere.files / "sheets" / "a.sealed").read_bytes() == b"sealed bytes"
    assert elsewhere.anchor.read_text() == house.anchor.read_text()
    assert _walls(elsewhere.url) == _walls(house.url)
    assert _verified(elsewhere, settings).sound


def _walls(url: str) -> list[tuple]:
    """Policies, triggers and the rights of the application's role: what keeps people apart must come back too."""
    query = """
        select 'policy', tablename, policyname, qual, with_check from pg_policies
        union all select 'forced', relname, relforcerowsecurity::text, '', '' from pg_class where relrowsecurity
        union all select 'trigger', tgrelid::regclass::text, tgname, '', '' from pg_trigger where not tgisinternal
        union all select 'right', table_name, privilege_type, '', '' from information_schema.role_table_grants
          where grantee = 'shegong_app' and table_schema = 'public'
        union all select 'default', defaclobjtype::text, defaclacl::text, '', '' from pg_default_acl
        order by 1, 2, 3"""
    with psycopg.connect(url) as connection:
        found = connection.execute(query).fetchall()
    assert {row[0] for row in found} == {"policy", "forced", "trigger", "right", "default"}
    # the server writes casts anew each time it reads an expression: compare the words, not the casts
    return [tuple(re.sub(r"::[a-z ]+(\[\])?|[() \n]", "", part or "") for part in row) for row in found]


def _verified(place: Place, settings) -> sealing.Report:
    from django.db import connections

    from shegong.site.settings import database

    settings.SHEGONG_ANCHOR_FILE = place.anchor
    usual = connections["default"]
    own = connections.create_connection("default")
    own.settings_dict = {**usual.settings_dict, **database(place.url)}
    connections["default"] = own
    try:
        return sealing.verify()
    finally:
        own.close()
        connections["default"] = usual


def test_a_backup_holds_no_key(house, tmp_path, settings):
    copies.backup(house, tmp_path / "copy")
    secrets = [p.read_bytes().strip() for p in Path(settings.SHEGONG_KEY_DIR).iterdir() if p.is_file()]
    wrapped = json.loads((Path(settings.SHEGONG_KEY_DIR) / "ring.json").read_text())
    everything = b"".join(p.read_bytes() for p in (tmp_path / "copy").rglob("*") if p.is_file())
    assert all(secret not in everything for secret in secrets if len(secret) > 8)
    assert json.dumps(wrapped["keys"][0]).encode() not in everything


@pytest.mark.parametrize(
    "name", ["database.dump", "files/sheets/a.sealed", "audit.anchor", "manifest.json", "manifest.mac"]
)
def test_one_changed_byte_is_noticed_before_anything_is_touched(house, elsewhere, tmp_path, name):
    copies.backup(house, tmp_path / "copy")
    path = tmp_path / "copy" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(CopyRefused):
        copies.restore(elsewhere, tmp_path / "copy")
    with psycopg.connect(elsewhere.url) as connection:
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
    assert not elsewhere.files.exists()


def test_no_changed_byte_of_the_mark_or_manifest_passes_or_breaks_the_check(house, tmp_path):
    copies.backup(house, tmp_path / "copy")
    for name in ("manifest.mac", "manifest.json"):
        path = tmp_path / "copy" / name
        sound = path.read_bytes()
        for at in range(0, len(sound) - 1, max(1, len(sound) // 70)):
            for flip in (1, 0x80):
                path.write_bytes(sound[:at] + bytes([sound[at] ^ flip]) + sound[at + 1 :])
                with pytest.raises(CopyRefused):
                    copies.checked(tmp_path / "copy")
        path.write_bytes(sound)
    assert copies.checked(tmp_path / "copy")


def test_a_missing_or_an_added_file_is_noticed(house, elsewhere, tmp_path):
    copies.backup(house, tmp_path / "copy")
    shutil.copytree(tmp_path / "copy", tmp_path / "less")
    (tmp_path / "less" / "files" / "b.sealed").unlink()
    with pytest.raises(CopyRefused, match="missing"):
        copies.checked(tmp_path / "less")
    (tmp_path / "copy" / "files" / "extra.sealed").write_bytes(b"x")
    with pytest.raises(CopyRefused, match="not in the manifest"):
        copies.checked(tmp_path / "copy")


def test_nothing_is_restored_over_data(house, tmp_path):
    copies.backup(house, tmp_path / "copy")
    with psycopg.connect(house.url) as connection:
        before = copies.digests(connection)
    with pytest.raises(CopyRefused, match="not empty"):
        copies.restore(house, tmp_path / "copy")
    with psycopg.connect(house.url) as connection:
        assert copies.digests(connection) == before
    with pytest.raises(CopyRefused, match="not empty"):
        copies.backup(house, tmp_path / "copy")


def test_losing_what_came_after_needs_a_word(house, elsewhere, tmp_path):
    copies.backup(house, tmp_path / "copy")
    with acting(cast.actor("colleague")) as actor:
        trail.write(actor, trail.Line("registry.person.view", "registry.person", 9, actor.posts[0].path))
    sealing.seal_once()
    elsewhere.anchor.parent.mkdir()
    shutil.copy(house.anchor, elsewhere.anchor)
    with pytest.raises(CopyRefused, match="--accept-loss"):
        copies.restore(elsewhere, tmp_path / "copy")
    copies.restore(elsewhere, tmp_path / "copy", accept_loss=True)
    kept = [p for p in elsewhere.anchor.parent.iterdir() if "before-restore" in p.name]
    assert kept[0].read_text() == house.anchor.read_text()


def test_without_its_keys_a_backup_is_not_restored(house, elsewhere, tmp_path, settings):
    from shegong.kernel.vault import keyring

    copies.backup(house, tmp_path / "copy")
    settings.SHEGONG_KEY_DIR = tmp_path / "other-keys"
    keyring.create(settings.SHEGONG_KEY_DIR)
    keyring.forget()
    try:
        with pytest.raises(CopyRefused):
            copies.restore(elsewhere, tmp_path / "copy")
    finally:
        keyring.forget()


def test_a_password_never_stands_on_a_command_line(monkeypatch):
    import subprocess

    seen = []
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda words, **kw: seen.append((words, kw["env"])) or subprocess.CompletedProcess(words, 0, "", ""),
    )
    copies._client("pg_dump", "postgresql://owner:s3cret@db/house", "--version")
    words, environment = seen[0]
    assert "s3cret" not in " ".join(words)
    assert environment["PGPASSWORD"] == "s3cret"
