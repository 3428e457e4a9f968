"""Error reports at rest: masked already, compressed, sealed by the vault."""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Iterable

from shegong.kernel.vault.keyring import keyring

from .coerce import CellError


def seal(owner: uuid.UUID, name: str, errors: Iterable[CellError]) -> bytes:
    """Errors as one sealed value that opens for this run and this name only."""
    plain = json.dumps([error.sealed() for error in errors], ensure_ascii=False, separators=(",", ":"), default=str)
    return keyring().seal(_place(owner, name), zlib.compress(plain.encode("utf-8", "replace"), 6))


def unseal(owner: uuid.UUID, name: str, token: bytes | memoryview | None) -> list[CellError]:
    """The errors `seal` kept; none for None."""
    if token is None:
        return []
    plain = zlib.decompress(keyring().open(_place(owner, name), bytes(token)))
    return [CellError.unsealed(entry) for entry in json.loads(plain)]


def reseal(owner: uuid.UUID, name: str, token: bytes | memoryview) -> bytes:
    """The same report sealed with the active key."""
    return keyring().seal(_place(owner, name), keyring().open(_place(owner, name), bytes(token)))


def _place(owner: uuid.UUID, name: str) -> bytes:
    return b"sheets.report:" + owner.bytes + b":" + name.encode()
