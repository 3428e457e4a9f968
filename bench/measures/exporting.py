"""Export of rows × 20 columns beside xlsxwriter's constant-memory mode, each in a process of its own; memory at two lengths."""

from __future__ import annotations

import json
import sys

from bench.house import OURS, House
from bench.result import Goal, Measure
from bench.sizes import Size
from bench.timing import Ran, alternated, median, run_watched

COLUMNS = 20


def measure(house: House, many: str, few: str, plain: str, size: Size) -> list[Measure]:
    """Rows a second, and how much more memory four times the rows take."""
    peaks: dict[str, list[float]] = {"ours": [], "xlsxwriter": []}

    def run(way: str, rows: int) -> float:
        ran = _child(house, many, way, rows)
        peaks[way].append(ran.peak_mb)
        return float(json.loads(ran.out)["seconds"])

    took = alternated({way: lambda way=way: run(way, size.rows) for way in peaks}, min(size.rounds, 3), warm=False)  # type: ignore[misc]
    rate = {way: size.rows / median(seconds) for way, seconds in took.items()}
    quarter = _child(house, many, "ours", max(1, size.rows // 4)).peak_mb
    whole = median(peaks["ours"])
    how = f"{size.rows:,} × {COLUMNS} cells of six kinds, generated in the writing process, to a file; median of alternated runs"
    ours = {"rows_per_second": rate["ours"], "peak_mb": whole}
    base = {"rows_per_second": rate["xlsxwriter"], "peak_mb": median(peaks["xlsxwriter"])}
    memory = f"peak resident memory of the process at {size.rows:,} rows beside that at {size.rows // 4:,}"
    return [
        Measure("export.rate", "Export beside xlsxwriter constant_memory", Goal(">=", 1.0, "× xlsxwriter"),
                rate["ours"] / rate["xlsxwriter"], how, ours, base),
        Measure("export.memory", "Memory for four times the rows", Goal("<=", 1.1, "× a quarter of the rows"), whole / quarter,
                memory,                 {"peak_mb": whole}, {"quarter_mb": quarter}),
    ]  # fmt: skip


def _child(house: House, database: str, way: str, rows: int) -> Ran:
    words = [sys.executable, "-m", "bench.export_child", way, str(rows), str(house.folder / f"export-{way}.xlsx")]
    return run_watched(words, house.environment(database, OURS))
