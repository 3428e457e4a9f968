"""Keyed digests of committed rows, so that a mended workbook does not take in what was taken in before."""

from __future__ import annotations

import hashlib
import json

from shegong.kernel.vault.keyring import INDEX, keyring

from .declare import SheetRow

SIZE = 16


class RowMarks:
    """Digests of rows under one key of the vault's ring (`key_id`); the same row gives the same 16 bytes."""

    def __init__(self, key_id: int | None = None) -> None:
        mac = keyring().mac_key(INDEX, key_id)
        self.key_id = mac.key_id
        self._key = mac.digest(b"sheets.rows")[:32]

    def of(self, row: SheetRow) -> bytes:
        """Digest of the row's values in the order of their names; empty cells and absent columns are the same."""
        filled = {name: value for name, value in row.values.items() if value is not None}
        plain = json.dumps(filled, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), key=self._key, digest_size=SIZE).digest()


def split(joined: bytes | memoryview) -> list[bytes]:
    """The digests of one batch."""
    flat = bytes(joined)
    return [flat[at : at + SIZE] for at in range(0, len(flat), SIZE)]
