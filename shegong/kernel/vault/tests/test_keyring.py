"""The key ring: on disk whole or not at all, private, tamper-evident; in use by purpose, id and state."""

import json
import threading
from dataclasses import replace

import pytest

from shegong.kernel.vault import keyring, ringfile
from shegong.kernel.vault.provider import BadSealError

PLACE = b"people:id_number:7:"


@pytest.fixture
def folder(tmp_path):
    keyring.create(tmp_path / "keys")
    return tmp_path / "keys"


def load(folder):
    return keyring.KeyRing(folder)


@pytest.mark.parametrize("suite", ["aes", "sm"])
def test_a_sealed_value_opens_in_its_place(tmp_path, suite):
    keyring.create(tmp_path, suite)
    ring = load(tmp_path)
    token = ring.seal(PLACE, b"440106199001011234")
    assert b"440106" not in token
    assert len(token) == 18 + keyring.OVERHEAD_BYTES
    assert token[0] == keyring.VERSION
    assert keyring.key_id_of(token) == ring.active("seal").id
    assert ring.open(PLACE, token) == b"440106199001011234"


@pytest.mark.parametrize("place", [b"people:id_number:8:", b"people:phone:7:", b"cases:id_number:7:", b""])
def test_a_sealed_value_opens_nowhere_else(folder, place):
    ring = load(folder)
    with pytest.raises(BadSealError):
        ring.open(place, ring.seal(PLACE, b"x"))


def test_two_seals_of_one_text_differ(folder):
    ring = load(folder)
    assert ring.seal(PLACE, b"x") != ring.seal(PLACE, b"x")


@pytest.mark.parametrize("stump", [b"", b"\x01", b"\x01\x01\x00\x01", b"plain text, quite long enough to be one"])
def test_what_is_no_sealed_value_is_refused(folder, stump):
    with pytest.raises(BadSealError):
        load(folder).open(PLACE, stump)


def test_files_are_private_and_the_ring_holds_no_plain_key(folder):
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in (ringfile.RING_FILE, ringfile.MASTER_FILE):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    ring, master = ringfile.read(folder)
    text = (folder / ringfile.RING_FILE).read_text()
    assert master.text not in text
    for entry in ring.entries:
        material = master.unwrap(ring.wrap, entry)
        assert material.hex() not in text
        assert material not in text.encode()


@pytest.mark.parametrize("name", [ringfile.RING_FILE, ringfile.MASTER_FILE])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_loose_permissions_are_refused_with_the_remedy(folder, name, mode):
    (folder / name).chmod(mode)
    with pytest.raises(ringfile.LooseKeyFileError, match="chmod 600"):
        load(folder)


def test_create_keeps_an_existing_ring(folder):
    before = (folder / ringfile.RING_FILE).read_bytes()
    assert keyring.create(folder) is False
    assert (folder / ringfile.RING_FILE).read_bytes() == before


def test_a_ring_edited_by_hand_is_refused(folder):
    path = folder / ringfile.RING_FILE
    content = json.loads(path.read_text())
    content["keys"][0]["state"] = "retired"
    path.write_text(json.dumps(content))
    with pytest.raises(ringfile.KeyRingError, match="changed by hand"):
        load(folder)


def test_a_ring_cut_short_or_missing_is_refused(folder):
    path = folder / ringfile.RING_FILE
    path.write_text(path.read_text()[:80])
    with pytest.raises(ringfile.KeyRingError, match="not a key ring"):
        load(folder)
    path.unlink()
    with pytest.raises(ringfile.KeyRingMissingError):
        load(folder)


def test_another_master_key_is_refused(folder):
    ringfile.write_private(folder / ringfile.MASTER_FILE, ringfile.Master.fresh().text)
    with pytest.raises(ringfile.MasterKeyError, match="another master key"):
        load(folder)


def test_two_wrapped_keys_cannot_be_swapped(folder):
    ring, master = ringfile.read(folder)
    first, second = ring.entries[1], ring.entries[2]
    with pytest.raises(ringfile.MasterKeyError):
        master.unwrap(ring.wrap, replace(first, wrapped=second.wrapped))


def test_master_key_from_the_environment_leaves_no_master_file(tmp_path, monkeypatch):
    monkeypatch.setenv(ringfile.MASTER_ENV, "ab" * 32)
    keyring.create(tmp_path)
    assert not (tmp_path / ringfile.MASTER_FILE).exists()
    assert load(tmp_path).active("seal").id
    monkeypatch.setenv(ringfile.MASTER_ENV, "short")
    with pytest.raises(ringfile.MasterKeyError, match="64 hexadecimal"):
        load(tmp_path)


def test_a_new_key_seals_and_the_retired_one_still_opens(folder):
    old = load(folder)
    token = old.seal(PLACE, b"x")
    entry = keyring.add_key(folder, "seal", "sm")
    ring = load(folder)
    assert ring.open(PLACE, token) == b"x"
    fresh = ring.seal(PLACE, b"y")
    assert keyring.key_id_of(fresh) == entry.id
    assert fresh[1] == 2
    assert [each.state for each in ring.live("seal")] == ["active", "retired"]
    with pytest.raises(keyring.UnknownKeyError):
        old.open(PLACE, fresh)


def test_a_destroyed_key_is_refused_with_a_clear_error(folder):
    ring = load(folder)
    token, old_id = ring.seal(PLACE, b"x"), ring.active("seal").id
    with pytest.raises(ringfile.KeyRingError, match="in use"):
        keyring.destroy_key(folder, old_id)
    keyring.add_key(folder, "seal")
    keyring.destroy_key(folder, old_id)
    with pytest.raises(keyring.KeyDestroyedError, match="destroyed"):
        load(folder).open(PLACE, token)
    assert ringfile.read(folder)[0].entries[old_id - 1].wrapped == ""


def test_audit_keys_are_never_destroyed(folder):
    old = load(folder).mac_key("audit")
    keyring.add_key(folder, "audit")
    with pytest.raises(ringfile.KeyRingError, match="kept for ever"):
        keyring.destroy_key(folder, old.key_id)
    assert load(folder).mac_key("audit", old.key_id).digest(b"x") == old.digest(b"x")
    assert load(folder).mac_key("audit").digest(b"x") != old.digest(b"x")


def test_each_purpose_has_its_own_key_and_no_other(folder):
    ring = load(folder)
    digests = {purpose: ring.mac_key(purpose).digest(b"x") for purpose in ("index", "search", "audit")}
    assert len(set(digests.values())) == 3
    assert ring.mac_key("audit").verify(b"x", digests["audit"])
    assert not ring.mac_key("audit").verify(b"x", digests["index"])
    for purpose, key_id in [("seal", None), ("audit", ring.mac_key("index").key_id), ("index", 1)]:
        with pytest.raises(keyring.UnknownKeyError):
            ring.mac_key(purpose, key_id)


def test_change_of_master_key_keeps_every_key(folder):
    before = load(folder)
    token, digest = before.seal(PLACE, b"x"), before.mac_key("index").digest(b"x")
    old_text = (folder / ringfile.MASTER_FILE).read_text()
    keyring.change_master(folder, wrap="sm")
    after = load(folder)
    assert (folder / ringfile.MASTER_FILE).read_text() != old_text
    assert not (folder / ringfile.NEXT_MASTER_FILE).exists()
    assert (after.open(PLACE, token), after.mac_key("index").digest(b"x")) == (b"x", digest)


@pytest.mark.parametrize("crash_at", ["before ring", "after ring"])
def test_a_crash_while_the_master_key_changes_loses_nothing(folder, monkeypatch, crash_at):
    token = load(folder).seal(PLACE, b"x")
    real = ringfile.write

    def crash(*args):
        if crash_at == "after ring":
            real(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(ringfile, "write", crash)
    with pytest.raises(KeyboardInterrupt):
        keyring.change_master(folder)
    monkeypatch.setattr(ringfile, "write", real)
    assert load(folder).open(PLACE, token) == b"x"
    keyring.change_master(folder)
    keyring.change_master(folder)
    assert load(folder).open(PLACE, token) == b"x"


def test_change_of_an_environment_master_asks_for_the_next_one(tmp_path, monkeypatch):
    monkeypatch.setenv(ringfile.MASTER_ENV, "ab" * 32)
    keyring.create(tmp_path)
    token = load(tmp_path).seal(PLACE, b"x")
    with pytest.raises(ringfile.MasterKeyError, match="SHEGONG_MASTER_KEY_NEXT"):
        keyring.change_master(tmp_path)
    monkeypatch.setenv(ringfile.NEXT_MASTER_ENV, "cd" * 32)
    keyring.change_master(tmp_path)
    assert load(tmp_path).open(PLACE, token) == b"x"
    monkeypatch.setenv(ringfile.MASTER_ENV, "cd" * 32)
    monkeypatch.delenv(ringfile.NEXT_MASTER_ENV)
    assert load(tmp_path).open(PLACE, token) == b"x"


def test_ring_changes_from_many_threads_lose_no_key(folder):
    threads = [threading.Thread(target=keyring.add_key, args=(folder, "seal")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = load(folder).entries.values()
    assert len(entries) == 4 + 8
    assert [each.state for each in entries if each.purpose == "seal"].count("active") == 1


def test_a_failed_write_leaves_the_old_ring_and_no_litter(folder, monkeypatch):
    before = sorted(folder.iterdir())
    token = load(folder).seal(PLACE, b"x")
    monkeypatch.setattr("os.fsync", lambda descriptor: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        keyring.add_key(folder, "seal")
    assert [path for path in sorted(folder.iterdir()) if path.name != ringfile.LOCK_FILE] == [
        path for path in before if path.name != ringfile.LOCK_FILE
    ]
    assert load(folder).open(PLACE, token) == b"x"


def test_the_process_ring_follows_the_file(folder, settings):
    settings.SHEGONG_KEY_DIR = folder
    first = keyring.keyring()
    assert keyring.keyring() is first
    keyring.add_key(folder, "seal")
    assert keyring.refresh() is not first
    assert keyring.keyring().active("seal").id != first.active("seal").id


def test_nothing_printed_shows_a_key(folder):
    ring, master = ringfile.read(folder)
    loaded = load(folder)
    printed = f"{loaded} {loaded.active_seal} {loaded.mac_key('audit')} {master} {loaded!r} {master!r}"
    assert master.text not in printed
    assert all(master.unwrap(ring.wrap, entry).hex() not in printed for entry in ring.entries)
