"""Clocks: medians of alternated runs, CPU of processes from /proc, peak memory of a process tree."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

_TICK = os.sysconf("SC_CLK_TCK")


def alternated(runs: Mapping[str, Callable[[], float]], rounds: int, warm: bool = True) -> dict[str, list[float]]:
    """Each run once a round, in turn, so that what else the machine does hits all alike. ``warm``: one uncounted round before."""
    if warm:
        for run in runs.values():
            run()
    found: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds):
        names = list(runs) if number % 2 == 0 else list(runs)[::-1]
        for name in names:
            found[name].append(runs[name]())
    return found


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def share(values: list[float], part: float) -> float:
    """The value below which ``part`` of them lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(part * len(ordered) + 0.5) - 1))]


def wall(work: Callable[[], object]) -> float:
    """Seconds that ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes so far; one that has ended counts nothing."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _TICK


@dataclass
class Ran:
    """A child process that has ended. ``peak_mb``: of it and everything it started, taken together."""

    seconds: float
    peak_mb: float
    out: str


def run_watched(words: list[str], environment: Mapping[str, str]) -> Ran:
    """Run a child to its end while watching the memory of its tree. Raises ``RuntimeError`` with its last words."""
    start, peak = time.perf_counter(), 0.0
    with subprocess.Popen(
        words, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        gathered: list[str] = []
        reader = threading.Thread(target=lambda: gathered.append(child.stdout.read() if child.stdout else ""))
        errors: list[str] = []
        listener = threading.Thread(target=lambda: errors.append(child.stderr.read() if child.stderr else ""))
        reader.start(), listener.start()
        while child.poll() is None:
            peak = max(peak, tree_mb(child.pid))
            time.sleep(0.02)
        reader.join(), listener.join()
    if child.returncode:
        raise RuntimeError(f"{' '.join(words[-3:])} ended with {child.returncode}: {''.join(errors)[-2000:]}")
    return Ran(time.perf_counter() - start, peak, "".join(gathered))


def tree_mb(pid: int) -> float:
    """Resident memory of a process and its descendants, in MB."""
    total = 0
    try:
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            total += each.memory_info().rss
    except psutil.Error:
        pass
    return total / 1e6
