"""Import of a workbook of people beside django-import-export at its best bulk setting and a bare pipeline into a plain table."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from bench.house import FLOOR, OURS, House
from bench.result import Goal, Measure
from bench.sizes import Size
from bench.timing import Ran, alternated, median, run_watched
from bench.workbook import write_people

MOST_ROUNDS = 3
CHILDREN = {
    "ours": "bench.import_child",
    "import_export": "bench.baselines.bulk",
    "pipeline": "bench.baselines.pipeline",
}


def measure(house: House, many: str, few: str, plain: str, size: Size) -> list[Measure]:
    """Rows a second of the whole import, its memory, and the dry run."""
    rounds, said, peaks = min(size.rounds, MOST_ROUNDS), list[dict[str, Any]](), list[float]()
    books = [house.folder / f"people-{n}.xlsx" for n in range(rounds)]
    for number, book in enumerate(books):
        write_people(book, size.rows, seed=f"{house.folder}:{number}:{_already(house, many)}")
    left = iter(books)

    def ours() -> float:
        ran = _child(house, many, OURS, "ours", str(next(left)))
        said.append(json.loads(ran.out))
        peaks.append(ran.peak_mb)
        return float(said[-1]["check_seconds"] + said[-1]["commit_seconds"])

    def baseline(way: str) -> Callable[[], float]:
        return lambda: float(json.loads(_child(house, plain, FLOOR, way, str(books[0])).out)["seconds"])

    took = alternated(
        {"ours": ours, "import_export": baseline("import_export"), "pipeline": baseline("pipeline")}, rounds, warm=False
    )
    rates = {way: size.rows / median(seconds) for way, seconds in took.items()}
    for book in books:
        book.unlink(missing_ok=True)
    return _measures(size, rates, said, max(peaks))


def _measures(size: Size, rates: dict[str, float], said: list[dict[str, Any]], peak: float) -> list[Measure]:
    check, commit = (median(s[f"{part}_seconds"] for s in said) for part in ("check", "commit"))
    ours = {
        "rows_per_second": rates["ours"],
        "check_seconds": check,
        "commit_seconds": commit,
        "peak_mb": peak,
        "counts": said[-1]["counts"],
    }
    how = (
        f"{size.rows:,} rows × 9 columns, 1 in 100 wrong, each file new people; check and commit through the services that "
        "page and command line use, wall clock, each way in a process of its own, alternated"
    )
    bulk, bare = ({"rows_per_second": rates[way]} for way in ("import_export", "pipeline"))
    memory = (
        "peak resident memory of the importing process and the confined reader it starts, added, sampled every 20 ms"
    )
    dry = "check alone ÷ check and commit together"
    return [
        Measure("import.bulk", "Import beside import-export in bulk", Goal(">=", 2.5, "× import-export"),
                rates["ours"] / rates["import_export"], how, ours, bulk,
                "import-export is handed rows read by calamine, not by its own slower reader."),
        Measure("import.pipeline", "Import beside the bare pipeline", Goal(">=", 0.5, "× pipeline"),
                rates["ours"] / rates["pipeline"], how, ours, bare),
        Measure("import.memory", "Import: memory", Goal("<=", 600, "MB"), peak, memory, {"peak_mb": peak}),
        Measure("import.dry_run", "Dry run beside the import", Goal("<=", 0.5, "× import"), check / (check + commit), dry,
                {"check_seconds": check, "commit_seconds": commit}),
    ]  # fmt: skip


def _already(house: House, database: str) -> int:
    """So that a loaded database used again gets other people."""
    with house.connect(database) as connection:
        found = connection.execute("select count(*) from sheets_importrun").fetchone()
    return int(str(found[0])) if found else 0


def _child(house: House, database: str, settings: str, way: str, book: str) -> Ran:
    environment = house.environment(database, settings, SHEGONG_STATEMENT_TIMEOUT="10min")
    return run_watched([sys.executable, "-m", CHILDREN[way], book], environment)
