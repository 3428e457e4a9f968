"""Uploaded files at rest: sealed by the vault in segments, outside the web root; temp file, fsync, rename."""

from __future__ import annotations

import hashlib
import os
import struct
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings

from shegong.kernel.vault.keyring import key_id_of, keyring

from .limits import Limits
from .refusal import Unreadable

_SEGMENT = 1024 * 1024
_LENGTH = struct.Struct(">I")


def folder() -> Path:
    """Where uploads lie; made on first use, closed to others."""
    path = Path(settings.SHEGONG_FILES_DIR) / "sheets"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def keep(stream: IO[bytes], file_id: uuid.UUID, limits: Limits) -> tuple[str, str, int]:
    """Seal an upload into the store: (path below the files folder, SHA-256 of the plain bytes, size).

    Raises Unreadable("file_too_big") before anything is kept.
    """
    target = folder() / f"{file_id}.sealed"
    temporary = target.with_suffix(".part")
    digest, size = hashlib.sha256(), 0
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            number = 0
            while segment := stream.read(_SEGMENT):
                size += len(segment)
                if size > limits.file_bytes:
                    raise Unreadable("file_too_big", megabytes=limits.file_bytes // _SEGMENT)
                digest.update(segment)
                _write_segment(out, file_id, number, segment)
                number += 1
            _write_end(out, file_id, number)
        os.replace(temporary, target)
        _sync(target.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return f"sheets/{target.name}", digest.hexdigest(), size


def key_of(stored_path: str) -> int:
    """Which key of the ring sealed the file: that of its first segment, for a file is written in one go, oldest key first.
    Raises FileNotFoundError."""
    with _below(stored_path).open("rb") as sealed:
        (length,) = _LENGTH.unpack(sealed.read(4))
        return key_id_of(sealed.read(length or 256))


def reseal(stored_path: str, file_id: uuid.UUID) -> None:
    """Seal a file anew with the active key: whole or not at all, while others read the old one. Raises FileNotFoundError."""
    target = _below(stored_path)
    temporary = target.with_suffix(".reseal")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            number = 0
            for number, segment in enumerate(_segments(target, file_id), 1):
                _write_segment(out, file_id, number - 1, segment)
            _write_end(out, file_id, number)
        if target.exists():  # deleted meanwhile: it shall not come back
            os.replace(temporary, target)
            _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _below(stored_path: str) -> Path:
    return Path(settings.SHEGONG_FILES_DIR) / stored_path


def _write_segment(out: IO[bytes], file_id: uuid.UUID, number: int, segment: bytes) -> None:
    token = keyring().seal(_place(file_id, number), segment)
    out.write(_LENGTH.pack(len(token)) + token)


def _write_end(out: IO[bytes], file_id: uuid.UUID, count: int) -> None:
    """Length 0 and a sealed count: a cut-off file does not pass for a short one. On disk when this returns."""
    out.write(_LENGTH.pack(0) + keyring().seal(_place(file_id, -1), str(count).encode()))
    out.flush()
    os.fsync(out.fileno())


@contextmanager
def opened(stored_path: str, file_id: uuid.UUID) -> Iterator[IO[bytes]]:
    """The plain file in memory that belongs to no folder (memfd): never on disk, handed to the child by descriptor."""
    with open(os.memfd_create("sheet", os.MFD_CLOEXEC), "w+b") as plain:
        for segment in _segments(_below(stored_path), file_id):
            plain.write(segment)
        plain.flush()
        plain.seek(0)
        yield plain


def forget(stored_path: str) -> None:
    """Delete a stored file; missing ones are fine."""
    if stored_path:
        _below(stored_path).unlink(missing_ok=True)


def _segments(path: Path, file_id: uuid.UUID) -> Iterator[bytes]:
    ring = keyring()
    with path.open("rb") as sealed:
        number = 0
        while True:
            (length,) = _LENGTH.unpack(sealed.read(4))
            if length == 0:
                break
            yield ring.open(_place(file_id, number), sealed.read(length))
            number += 1
        if ring.open(_place(file_id, -1), sealed.read()) != str(number).encode():
            raise ValueError(f"{path.name}: segments are missing")


def _place(file_id: uuid.UUID, number: int) -> bytes:
    return b"sheets.file:" + file_id.bytes + b":" + str(number).encode()


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
