"""Sealed files: bytes at rest outside the web root and the database, under random names, sealed in segments.

Promise: a file is whole or not there (temp → fsync → rename; the caller writes its row last), its name says nothing, a
segment opens in its own file and place only, a missing or swapped segment is noticed. ``sweep`` removes what no row names.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from .keyring import key_id_of, keyring
from .provider import BadSealError

SEGMENT = 256 * 1024
_LENGTH = struct.Struct(">I")
_NAME = re.compile(r"[0-9a-f]{32}")
ORPHAN_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Stored:
    """A file in the store. ``digest``: SHA-256 of the plain bytes, hexadecimal; ``size`` in bytes."""

    name: str
    digest: str
    size: int


def folder() -> Path:
    """Where the files lie; made on first use, closed to others."""
    path = Path(settings.SHEGONG_FILES_DIR) / "sealed"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def path_of(name: str) -> Path:
    """Where one file lies. Raises ``ValueError`` for anything but a name that ``keep`` gave."""
    if not _NAME.fullmatch(name):
        raise ValueError("not the name of a stored file")
    return folder() / name[:2] / name


def keep(content: Iterable[bytes]) -> Stored:
    """Seal bytes into a new file. When the row is then not written, ``sweep`` takes the file away a day later."""
    name = secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0

    def watched() -> Iterator[bytes]:
        nonlocal size
        for segment in _segments(content):
            digest.update(segment)
            size += len(segment)
            yield segment

    _write(name, watched())
    return Stored(name, digest.hexdigest(), size)


def chunks(name: str) -> Iterator[bytes]:
    """The plain bytes, segment by segment. Raises ``FileNotFoundError``, ``BadSealError`` for a file that was tampered with."""
    with path_of(name).open("rb") as sealed:
        yield from _opened(name, sealed)


def forget(name: str) -> None:
    """Delete a file; a missing one is fine."""
    path_of(name).unlink(missing_ok=True)


def reseal(name: str) -> bool:
    """Seal a file anew with the active key, in place; False where it is so already. For the rotation of keys."""
    if _key_of(name) == keyring().active_seal.key_id:
        return False
    _write(name, chunks(name))
    return True


def names() -> Iterator[str]:
    """Every file in the store."""
    for path in sorted(folder().glob("??/*")):
        if _NAME.fullmatch(path.name):
            yield path.name


def sweep(is_known: Callable[[list[str]], set[str]], *, older_than: float = ORPHAN_SECONDS) -> int:
    """The janitor: delete files that no row names and halves of files, once they are older than ``older_than`` seconds.

    ``is_known``: names → those that rows name. A file whose row is being written now is too young to be taken.
    """
    limit, removed = time.time() - older_than, 0
    old = [p for p in folder().glob("??/*") if p.stat().st_mtime < limit]
    known = is_known([p.name for p in old if _NAME.fullmatch(p.name)])
    for path in old:
        if path.name not in known:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


# --- the format -------------------------------------------------------------------------------------------------------
def _segments(content: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of SEGMENT."""
    rest = b""
    for piece in content:
        rest += piece
        while len(rest) >= SEGMENT:
            yield rest[:SEGMENT]
            rest = rest[SEGMENT:]
    if rest:
        yield rest


def _write(name: str, segments: Iterable[bytes]) -> None:
    """Length and token of each segment, then length 0 and a sealed count: a cut-off file does not pass for a short one."""
    target = path_of(name)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    part = target.with_name(f"{name}.{secrets.token_hex(4)}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            number = 0
            for number, segment in enumerate(segments, 1):
                token = keyring().seal(_place(name, number), segment)
                out.write(_LENGTH.pack(len(token)) + token)
            out.write(_LENGTH.pack(0) + keyring().seal(_place(name, 0), str(number).encode()))
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, target)
        _sync(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _opened(name: str, sealed: IO[bytes]) -> Iterator[bytes]:
    ring, number = keyring(), 0
    while True:
        head = sealed.read(4)
        if len(head) < 4:
            raise BadSealError("The file ends too early.")
        (length,) = _LENGTH.unpack(head)
        if length == 0:
            break
        number += 1
        yield ring.open(_place(name, number), sealed.read(length))
    if ring.open(_place(name, 0), sealed.read()) != str(number).encode():
        raise BadSealError("Segments of the file are missing.")


def _place(name: str, number: int) -> bytes:
    return f"vault.file:{name}:{number}:".encode()


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- rotation of keys ---------------------------------------------------------------------------------------------------
def count_keys() -> dict[int, int]:
    """How many files each key sealed, whatever row names them."""
    found: Counter[int] = Counter()
    for name in names():
        with suppress(FileNotFoundError):
            found[_key_of(name)] += 1
    return dict(found)


def reseal_all() -> int:
    """Seal every file under an older key anew; may be called again. Returns how many."""
    done = 0
    for name in names():
        with suppress(FileNotFoundError):  # deleted meanwhile
            done += reseal(name)
    return done


def _key_of(name: str) -> int:
    with path_of(name).open("rb") as sealed:
        (length,) = _LENGTH.unpack(sealed.read(4))
        return key_id_of(sealed.read(length or 256))
