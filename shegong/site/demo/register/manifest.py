"""What was written, and what a person needs to mend it: files, seeded errors with their truth, and the figures it adds up to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NAME = "manifest.json"


@dataclass(frozen=True)
class Fault:
    """One seeded error. ``row`` from 1 as Excel shows it, ``column`` from 0; ``truth``: what to type instead."""

    row: int
    column: int
    letter: str
    field: str
    kind: str
    written: Any
    truth: dict[str, Any]


@dataclass
class SentFile:
    """One office's file."""

    name: str
    org: str
    place: str
    rows: int
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Manifest:
    """The whole register. Iterating gives the paths that were written."""

    folder: Path
    seed: str
    files: list[SentFile] = field(default_factory=list)
    golden: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Path]:
        yield from (self.folder / f.name for f in self.files)
        yield self.folder / NAME

    def of(self, name: str) -> SentFile:
        """The file of this name. Raises ``KeyError``."""
        return {f.name: f for f in self.files}[name]

    def save(self) -> None:
        document = {"seed": self.seed, "golden": self.golden, "files": [asdict(f) for f in self.files]}
        (self.folder / NAME).write_text(json.dumps(document, ensure_ascii=False, indent=1))

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read what ``save`` wrote."""
        document = json.loads((folder / NAME).read_text())
        files = [SentFile(**{**f, "faults": [Fault(**each) for each in f["faults"]]}) for f in document["files"]]
        return cls(folder, document["seed"], files, document["golden"])
