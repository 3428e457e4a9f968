"""The key ring in use: active and retired keys by purpose, ready to seal, open and digest. Pure Python but for one
setting.

``keyring()`` gives the process's ring and notices a changed file within a second; a value sealed by a key this
process has
not met yet makes it look at once. Purposes: ``seal`` encrypts columns; ``index``, ``search`` and ``audit`` are keyed
hashes for the blind index, the blind search and the audit chain.

A sealed value is ``version (1) | suite (1) | key id (2, big-endian) | nonce (12) | ciphertext | tag (16)``; the table,
column, row and key id are authenticated with it, so that it opens in its own place only.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from . import ringfile
from .provider import NONCE_BYTES, TAG_BYTES, BadSealError, Digester, Suite, suite_named
from .ringfile import Entry, KeyRingError, KeyRingMissingError, Master, Ring

SEAL: Final = "seal"
INDEX: Final = "index"
SEARCH: Final = "search"
AUDIT: Final = "audit"
PURPOSES: Final = (SEAL, INDEX, SEARCH, AUDIT)

VERSION: Final = 1
HEADER_BYTES: Final = 4
OVERHEAD_BYTES: Final = HEADER_BYTES + NONCE_BYTES + TAG_BYTES
MAX_KEY_ID: Final = 0xFFFF
RELOAD_SECONDS: Final = 1.0


class KeyDestroyedError(KeyRingError):
    """The key was destroyed on purpose; what it sealed cannot be read by anyone any more."""


class UnknownKeyError(KeyRingError):
    """The ring has no such key: it is older than the database it is used with."""


class MacKey:
    """One keyed-hash key."""

    __slots__ = ("digest", "key_id", "suite")

    digest: Callable[[bytes], bytes]

    def __init__(self, key_id: int, suite: Suite, digester: Digester) -> None:
        self.key_id = key_id
        self.suite = suite.name
        self.digest = digester.digest

    def __repr__(self) -> str:
        return f"<mac key {self.key_id} {self.suite}>"

    def verify(self, message: bytes, digest: bytes) -> bool:
        """Compare in constant time."""
        return secrets.compare_digest(self.digest(message), digest)


class SealKey:
    """One encryption key."""

    __slots__ = ("aad_tail", "header", "key_id", "open", "seal", "suite")

    def __init__(self, key_id: int, suite: Suite, material: bytes) -> None:
        self.key_id = key_id
        self.suite = suite.name
        self.header = bytes((VERSION, suite.code)) + key_id.to_bytes(2, "big")
        self.aad_tail = str(key_id).encode()
        sealer = suite.sealer(material)
        self.seal = sealer.seal
        self.open = sealer.open

    def __repr__(self) -> str:
        return f"<seal key {self.key_id} {self.suite}>"


class KeyRing:
    """The keys of one ring file, unwrapped once. Immutable: a changed file makes a new KeyRing."""

    def __init__(self, folder: Path) -> None:
        """Read, check and unwrap. Raises KeyRingError and its kinds."""
        ring, master = ringfile.read(folder)
        self.folder = folder
        self.wrap = ring.wrap
        self.entries = {entry.id: entry for entry in ring.entries}
        self._seal_keys: dict[bytes, SealKey] = {}
        self._mac_keys: dict[int, MacKey] = {}
        self._active: dict[str, Entry] = {}
        for entry in ring.entries:
            self._admit(entry, master, ring.wrap)
        self.active_seal = next(key for key in self._seal_keys.values() if key.key_id == self.active(SEAL).id)

    def __repr__(self) -> str:
        return f"<key ring with {len(self.entries)} keys>"

    def _admit(self, entry: Entry, master: Master, wrap: str) -> None:
        if entry.state == "destroyed":
            return
        suite = suite_named(entry.suite)
        material = master.unwrap(wrap, entry)
        if entry.purpose == SEAL:
            key = SealKey(entry.id, suite, material)
            self._seal_keys[key.header] = key
        else:
            self._mac_keys[entry.id] = MacKey(entry.id, suite, suite.digester(material))
        if entry.state == "active":
            self._active[entry.purpose] = entry

    def active(self, purpose: str) -> Entry:
        """The key that new values of this purpose are made with."""
        try:
            return self._active[purpose]
        except KeyError:
            raise UnknownKeyError(f"The key ring has no active key for “{purpose}”.") from None

    def live(self, purpose: str) -> list[Entry]:
        """The active key first, then retired ones, newest first."""
        mine = [entry for entry in self.entries.values() if entry.purpose == purpose and entry.state != "destroyed"]
        return sorted(mine, key=lambda entry: (entry.state != "active", -entry.id))

    def mac_key(self, purpose: str, key_id: int | None = None) -> MacKey:
        """The active keyed hash for a purpose, or an older one by id (to verify what it made)."""
        entry = self.active(purpose) if key_id is None else self._entry(key_id)
        if entry.purpose != purpose or entry.purpose == SEAL:
            raise UnknownKeyError(f"Key {entry.id} is for “{entry.purpose}”, not a keyed hash for “{purpose}”.")
        return self._mac_keys[entry.id]

    def mac_keys(self, purpose: str) -> list[MacKey]:
        """Every readable keyed hash for a purpose, the active one first."""
        return [self._mac_keys[entry.id] for entry in self.live(purpose)]

    def _entry(self, key_id: int) -> Entry:
        entry = self.entries.get(key_id)
        if entry is None:
            raise UnknownKeyError(
                f"The key ring has no key {key_id}; it is older than the database. Restore its newest copy."
            )
        if entry.state == "destroyed":
            raise KeyDestroyedError(
                f"Key {key_id} was destroyed at {entry.destroyed_at}; what it sealed is gone for good."
            )
        return entry

    def seal(self, place: bytes, plain: bytes) -> bytes:
        """Seal bytes for a place (``b"table:column:pk:"``) with the active key."""
        key = self.active_seal
        nonce = os.urandom(NONCE_BYTES)
        return key.header + nonce + key.seal(nonce, plain, place + key.aad_tail)

    def open(self, place: bytes, token: bytes) -> bytes:
        """Open a sealed value in its place. Raises BadSealError, KeyDestroyedError or UnknownKeyError."""
        key = self._seal_keys.get(token[:HEADER_BYTES])
        if key is None:
            raise self._why_not(token)
        nonce_end = HEADER_BYTES + NONCE_BYTES
        return key.open(token[HEADER_BYTES:nonce_end], token[nonce_end:], place + key.aad_tail)

    def _why_not(self, token: bytes) -> Exception:
        if len(token) < OVERHEAD_BYTES or token[0] != VERSION:
            return BadSealError("This is not a sealed value.")
        try:
            entry = self._entry(key_id_of(token))
        except KeyRingError as error:
            return error
        return BadSealError(f"The sealed value names key {entry.id} with another purpose or suite.")


def key_id_of(token: bytes) -> int:
    """The id of the key that sealed a value."""
    return int.from_bytes(token[2:HEADER_BYTES], "big")


# --- the process's ring ----------------------------------------

_lock = threading.Lock()
_current: KeyRing | None = None
_stamp: tuple[int, int, int] | None = None
_look_again_at = 0.0


def keyring() -> KeyRing:
    """Give the process's key ring; cheap enough for every value (a clock read; one ``stat`` a second)."""
    if _current is not None and time.monotonic() < _look_again_at:
        return _current
    return refresh()


def refresh() -> KeyRing:
    """Look at the ring file now, and read it again when it changed."""
    global _current, _stamp, _look_again_at
    folder = _folder()
    with _lock:
        stamp = _stamp_of(folder)
        if _current is None or stamp != _stamp or _current.folder != folder:
            _current = KeyRing(folder)
            _stamp = stamp
        _look_again_at = time.monotonic() + RELOAD_SECONDS
        return _current


def forget() -> None:
    """Drop the process's ring (tests, and after a fork that changes the key folder)."""
    global _current
    with _lock:
        _current = None


def _folder() -> Path:
    from django.conf import settings

    return Path(settings.SHEGONG_KEY_DIR)


def _stamp_of(folder: Path) -> tuple[int, int, int]:
    try:
        found = (folder / ringfile.RING_FILE).stat()
    except FileNotFoundError:
        raise KeyRingMissingError(
            f"{folder / ringfile.RING_FILE} does not exist. Run the set-up once to make the keys."
        ) from None
    return found.st_ino, found.st_mtime_ns, found.st_size


# --- changing the ring ----------------------------------------


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def create(folder: Path, suite: str = "aes") -> bool:
    """Make a ring with one key per purpose, and a master key file unless one is given. False when a ring was there."""
    suite_named(suite)
    ringfile.make_folder(folder)
    with ringfile.locked(folder):
        if (folder / ringfile.RING_FILE).exists():
            return False
        if not ringfile.has_master(folder):
            ringfile.write_private(ringfile.master_path(folder), Master.fresh().text + "\n")
        master = ringfile.masters(folder)[0]
        ring = Ring(suite, ())
        for purpose in PURPOSES:
            ring, _entry = _with_new_key(ring, master, purpose, suite)
        ringfile.write(folder, ring, master)
        return True


def _with_new_key(ring: Ring, master: Master, purpose: str, suite: str) -> tuple[Ring, Entry]:
    key_id = max((entry.id for entry in ring.entries), default=0) + 1
    if key_id > MAX_KEY_ID:
        raise KeyRingError("The key ring is full: 65,535 keys have been made.")
    entry = Entry(key_id, purpose, suite, "active", _now())
    material = suite_named(suite).new_key("seal" if purpose == SEAL else "mac")
    entry = replace(entry, wrapped=master.wrap(ring.wrap, entry, material))
    older = tuple(
        replace(each, state="retired", retired_at=entry.made_at)
        if each.purpose == purpose and each.state == "active"
        else each
        for each in ring.entries
    )
    return replace(ring, entries=(*older, entry)), entry


def add_key(folder: Path, purpose: str, suite: str | None = None) -> Entry:
    """Make a new active key for a purpose and retire the one before. The new key is on disk before this returns."""
    if purpose not in PURPOSES:
        raise ValueError(f"“{purpose}” is not a key purpose. Choose from: {', '.join(PURPOSES)}.")
    with ringfile.locked(folder):
        ring, master = ringfile.read(folder)
        current = next((each for each in ring.entries if each.purpose == purpose and each.state == "active"), None)
        ring, entry = _with_new_key(ring, master, purpose, suite or (current.suite if current else ring.wrap))
        ringfile.write(folder, ring, master)
    return entry


def destroy_key(folder: Path, key_id: int) -> None:
    """Erase a retired key from the ring for ever. The caller has made sure that nothing needs it.

    Old backups of the database that were sealed with it can no longer be read.
    """
    with ringfile.locked(folder):
        ring, master = ringfile.read(folder)
        entry = next((each for each in ring.entries if each.id == key_id), None)
        if entry is None:
            raise UnknownKeyError(f"The key ring has no key {key_id}.")
        if entry.state == "active":
            raise KeyRingError(f"Key {key_id} is in use. Rotate “{entry.purpose}” first.")
        if entry.purpose == AUDIT:
            raise KeyRingError("Audit keys are kept for ever: the chain is verified with them.")
        gone = replace(entry, state="destroyed", destroyed_at=_now(), wrapped="")
        entries = tuple(gone if each.id == key_id else each for each in ring.entries)
        ringfile.write(folder, replace(ring, entries=entries), master)


def change_master(folder: Path, wrap: str | None = None) -> str:
    """Wrap every key under a new master key (and, if asked, another suite); give the new fingerprint.

    The new master key comes from SHEGONG_MASTER_KEY_NEXT when the present one comes from the environment, else it is
    made and written. A crash at any point leaves a ring that one of the two master keys opens.
    """
    with ringfile.locked(folder):
        ring, old = ringfile.read(folder)
        _finish_earlier_change(folder, old)
        new = _next_master(folder)
        fresh = replace(ring, wrap=wrap or ring.wrap)
        entries = tuple(_rewrapped(entry, ring.wrap, old, fresh.wrap, new) for entry in ring.entries)
        ringfile.write(folder, replace(fresh, entries=entries), new)
        if not os.environ.get(ringfile.MASTER_ENV):
            path = ringfile.master_path(folder)
            path.with_name(ringfile.NEXT_MASTER_FILE).replace(path)
    return new.fingerprint


def _finish_earlier_change(folder: Path, wrapped_by: Master) -> None:
    """When a crash left the ring under the *next* master key, make that one current before it could be overwritten."""
    path = ringfile.master_path(folder)
    following = path.with_name(ringfile.NEXT_MASTER_FILE)
    if not following.exists() or os.environ.get(ringfile.MASTER_ENV):
        return
    if Master.parse(ringfile.read_private(following)).fingerprint == wrapped_by.fingerprint:
        following.replace(path)


def _next_master(folder: Path) -> Master:
    if os.environ.get(ringfile.MASTER_ENV):
        text = os.environ.get(ringfile.NEXT_MASTER_ENV)
        if not text:
            raise ringfile.MasterKeyError(
                f"The master key comes from {ringfile.MASTER_ENV}. Put a new one into {ringfile.NEXT_MASTER_ENV}, run "
                f"this again, then move it to {ringfile.MASTER_ENV}."
            )
        return Master.parse(text)
    new = Master.fresh()
    ringfile.write_private(ringfile.master_path(folder).with_name(ringfile.NEXT_MASTER_FILE), new.text + "\n")
    return new


def _rewrapped(entry: Entry, old_wrap: str, old: Master, new_wrap: str, new: Master) -> Entry:
    if entry.state == "destroyed":
        return entry
    return replace(entry, wrapped=new.wrap(new_wrap, entry, old.unwrap(old_wrap, entry)))
