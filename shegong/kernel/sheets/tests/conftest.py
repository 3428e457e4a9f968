"""A key ring and a files folder of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shegong.kernel.vault import keyring


@pytest.fixture
def own_store(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.SHEGONG_FILES_DIR = tmp_path / "files"
    settings.SHEGONG_KEY_DIR = tmp_path / "keys"
    keyring.create(tmp_path / "keys")
    keyring.forget()
    yield tmp_path / "files"
    keyring.forget()
