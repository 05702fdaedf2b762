"""Where tests keep what lives no longer than they do: in memory where there is room for it, else in `build/`.

Thousands of tests write databases that sync with every commit, and servers that sync with every file. The system's processes and
the servers are killed in tests, the machine is not: what a kill leaves is the same in memory.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")
LEAST_BYTES = 6 * 2**30


def roomy() -> bool:
    """Whether there is a file system in memory with room for everything that tests keep."""
    return MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > LEAST_BYTES


def place(name: str) -> Path:
    """The folder of that name, of this checkout's own; other users may pass through it, as servers run as one of their own."""
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    folder = MEMORY / f"convene-tests-{checkout}" if roomy() else ROOT / "build" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
