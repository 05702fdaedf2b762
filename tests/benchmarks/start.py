"""`start`: from the command to the first page, and the memory of all processes together (proportional set size)."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.benchmarks.rows import Row, at_most
from tests.system.running import Embedded, descendants

ROUNDS = 3
SECONDS = 3.0
MEGABYTES = 300.0


def run() -> Iterator[Row]:
    """Rows for an empty folder, for one that has been used, and for the demo world."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = [_start(Path(folder, str(number))) for number in range(ROUNDS)]
        again = [_start(Path(folder, str(number))) for number in range(ROUNDS)]
        demo = [_start(Path(folder, "demo", str(number)), "--demo") for number in range(ROUNDS)]
    for name, found in (("new folder", fresh), ("used folder", again), ("new folder with the demo world", demo)):
        yield at_most(f"start, {name}: seconds to ready", statistics.median(seconds for seconds, _ in found), SECONDS)
        yield at_most(f"start, {name}: megabytes", max(memory for _, memory in found), MEGABYTES)


def _start(folder: Path, *options: str) -> tuple[float, float]:
    system = Embedded(folder, *options)
    began = time.perf_counter()
    system.start()
    seconds = time.perf_counter() - began
    assert httpx.get(system.url).status_code == 200
    httpx.get(f"{system.url}/api/search/partnerships?q=water")
    memory = _memory(system)
    system.stop()
    return seconds, memory


def _memory(system: Embedded) -> float:
    process = system._process
    assert process is not None
    return sum(_proportional(pid) for pid in [process.pid, *descendants(process.pid)]) / 1024


def _proportional(pid: int) -> float:
    """Kilobytes: what is shared is counted once (`Pss` of proc(5), smaps_rollup)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return float(line.split()[1])
    return 0.0
