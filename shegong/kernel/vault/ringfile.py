"""The key ring on disk: ``ring.json`` beside (or apart from) ``master.key``. Pure Python, no Django.

Promise: a reader always finds a whole ring (temp file, fsync, rename, fsync of the folder); a ring edited by hand, or
read
with the wrong master key, is refused; files that others on the machine can read are refused. Each key lies wrapped
(encrypted) under the master key, bound to its id, purpose and suite, so two entries cannot be swapped.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from .provider import NONCE_BYTES, BadSealError, suite_named

RING_FILE = "ring.json"
MASTER_FILE = "master.key"
NEXT_MASTER_FILE = "master.key.next"
LOCK_FILE = "ring.lock"
MASTER_ENV = "SHEGONG_MASTER_KEY"
NEXT_MASTER_ENV = "SHEGONG_MASTER_KEY_NEXT"
MASTER_FILE_ENV = "SHEGONG_MASTER_KEY_FILE"
FORMAT = 1

State = Literal["active", "retired", "destroyed"]


class KeyRingError(RuntimeError):
    """The keys cannot be used; the message says why and what to do."""


class KeyRingMissingError(KeyRingError):
    """There is no key ring yet."""


class LooseKeyFileError(KeyRingError):
    """A key file can be read or changed by other users of the machine."""


class MasterKeyError(KeyRingError):
    """The master key is missing, malformed, or not the one that wrapped this ring."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key as the ring file holds it. Times are ISO 8601 UTC; ``wrapped`` is base64 and empty once destroyed."""

    id: int
    purpose: str
    suite: str
    state: State
    made_at: str
    retired_at: str = ""
    destroyed_at: str = ""
    wrapped: str = ""

    @property
    def binding(self) -> bytes:
        """What a wrapped key is tied to."""
        return f"shegong ring:{self.id}:{self.purpose}:{self.suite}".encode()


@dataclass(frozen=True, slots=True)
class Ring:
    """A whole ring file: the suite that wraps, and the keys."""

    wrap: str
    entries: tuple[Entry, ...]


class Master:
    """The master key: wraps keys and seals the ring file. Never shown, never stored in the ring."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise MasterKeyError("The master key must be 32 bytes (64 hexadecimal digits).")
        self._secret = secret

    def __repr__(self) -> str:
        return "<master key>"

    @classmethod
    def fresh(cls) -> Master:
        """Make a new random master key."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> Master:
        """Read 64 hexadecimal digits or the base64 of 32 bytes."""
        text = text.strip()
        try:
            return cls(bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True))
        except ValueError:
            raise MasterKeyError("The master key must be 64 hexadecimal digits or the base64 of 32 bytes.") from None

    @property
    def text(self) -> str:
        """The form kept in the master key file."""
        return self._secret.hex()

    @property
    def fingerprint(self) -> str:
        """Tells master keys apart without giving them away (16 hexadecimal digits)."""
        return hashlib.sha256(b"shegong master fingerprint:" + self._secret).hexdigest()[:16]

    def _derive(self, suite: str, use: str) -> bytes:
        return suite_named(suite).digester(self._secret).digest(f"shegong {use}".encode())

    def wrap(self, wrap_suite: str, entry: Entry, material: bytes) -> str:
        """Encrypt key material for the ring file."""
        nonce = os.urandom(NONCE_BYTES)
        suite = suite_named(wrap_suite)
        sealer = suite.sealer(suite.fit_key(self._derive(wrap_suite, "wrap")))
        return base64.b64encode(nonce + sealer.seal(nonce, material, entry.binding)).decode()

    def unwrap(self, wrap_suite: str, entry: Entry) -> bytes:
        """Decrypt the key material of an entry."""
        raw = base64.b64decode(entry.wrapped)
        suite = suite_named(wrap_suite)
        sealer = suite.sealer(suite.fit_key(self._derive(wrap_suite, "wrap")))
        try:
            return sealer.open(raw[:NONCE_BYTES], raw[NONCE_BYTES:], entry.binding)
        except BadSealError:
            raise MasterKeyError(f"Key {entry.id} ({entry.purpose}) does not open with this master key.") from None

    def digest(self, wrap_suite: str, content: Mapping[str, object]) -> str:
        """The ring file's own seal over everything else in it."""
        plain = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()
        return suite_named(wrap_suite).digester(self._derive(wrap_suite, "ring")).digest(plain).hex()


def read_private(path: Path) -> str:
    """Read a key file; refuse it when group or others have any right on it."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        raise KeyRingMissingError(f"{path} does not exist. Run the set-up once to make the keys.") from None
    if mode & 0o077:
        raise LooseKeyFileError(f"{path} is open to other users (mode {mode:04o}). Run: chmod 600 {path}")
    return path.read_text(encoding="ascii")


def write_private(path: Path, text: str) -> None:
    """Replace a key file as one step that survives a power cut: temp → fsync → rename → fsync of the folder."""
    part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time change the ring."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make the key folder for its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def master_path(folder: Path) -> Path:
    """Where the master key file lies: beside the ring, or where SHEGONG_MASTER_KEY_FILE says."""
    return Path(os.environ.get(MASTER_FILE_ENV) or folder / MASTER_FILE)


def has_master(folder: Path) -> bool:
    """Whether a master key can be found at all."""
    return bool(os.environ.get(MASTER_ENV)) or master_path(folder).exists()


def masters(folder: Path) -> list[Master]:
    """The master keys at hand: the current one, and during a change of master key the next one."""
    if os.environ.get(MASTER_ENV):
        texts = [os.environ[MASTER_ENV], os.environ.get(NEXT_MASTER_ENV, "")]
        return [Master.parse(text) for text in texts if text]
    path = master_path(folder)
    following = path.with_name(NEXT_MASTER_FILE)
    return [Master.parse(read_private(each)) for each in (path, following) if each == path or each.exists()]


def read(folder: Path) -> tuple[Ring, Master]:
    """Read and check the ring with the master key that wrapped it."""
    text = read_private(folder / RING_FILE)
    try:
        content = json.loads(text)
        seal = content.pop("seal")
        ring = Ring(content["wrap"], tuple(Entry(**each) for each in content["keys"]))
        fingerprint, version = content["master"], content["format"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyRingError(f"{folder / RING_FILE} is not a key ring. Restore it from its own backup.") from error
    if version != FORMAT:
        raise KeyRingError(f"{folder / RING_FILE} has format {version}; this program reads format {FORMAT}.")
    master = next((each for each in masters(folder) if each.fingerprint == fingerprint), None)
    if master is None:
        raise MasterKeyError(f"{folder / RING_FILE} was wrapped by another master key (fingerprint {fingerprint}).")
    if not secrets.compare_digest(seal, master.digest(ring.wrap, content)):
        raise KeyRingError(f"{folder / RING_FILE} was changed by hand. Restore it from its own backup.")
    return ring, master


def write(folder: Path, ring: Ring, master: Master) -> None:
    """Write the ring, sealed by the master key."""
    content: dict[str, object] = {
        "format": FORMAT,
        "wrap": ring.wrap,
        "master": master.fingerprint,
        "keys": [asdict(entry) for entry in ring.entries],
    }
    content["seal"] = master.digest(ring.wrap, content)
    write_private(folder / RING_FILE, json.dumps(content, indent=1) + "\n")
