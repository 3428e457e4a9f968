"""How big a file, a sheet and a cell may be, and what the reading child may use. Pure values."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading. Sizes in bytes, times in seconds; rows and columns count cells that hold something.

    The defaults let a genuine workbook of 100,000 rows x 12 columns pass (about 67 MB of XML unpacked) and stop
    everything in assurance rule 37.
    """

    file_bytes: int = 50 * MEGABYTE
    unzipped_bytes: int = 100 * MEGABYTE
    ratio: int = 100
    ratio_from_bytes: int = 256 * 1024
    entries: int = 2_000
    directory_bytes: int = 1 * MEGABYTE
    rows: int = 200_000
    columns: int = 256
    sheets: int = 50
    merged: int = 10_000
    marked_cells: int = 20_000
    cell_chars: int = 32_767
    head_rows: int = 40
    batch_rows: int = 1_000
    memory_bytes: int = 512 * MEGABYTE
    cpu_seconds: int = 25
    wall_seconds: int = 30

    def to_json(self) -> str:
        """The limits as one JSON object, to hand to the child."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Limits:
        """Read back what `to_json` wrote."""
        return cls(**json.loads(text))


STANDARD = Limits()
