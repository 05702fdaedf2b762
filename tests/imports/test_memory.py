"""Reading takes no more memory for a large file than for a small one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEBIBYTE = 1024 * 1024

PROGRAM = """
import resource, sys
from services.registry.imports.iati import Activity, read
from tests.imports.files import Generated
count = sum(isinstance(found, Activity) for found in read(Generated(*map(int, sys.argv[1:]))))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(count: int, filler: int, elements: int = 0) -> int:
    """The largest resident memory, in bytes, of a process that reads a generated file."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(count), str(filler), str(elements)],
        capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    read, kibibytes = map(int, done.stdout.split())
    assert read == count
    return kibibytes * 1024


def test_thirty_thousand_activities_take_the_memory_of_a_thousand() -> None:
    assert peak(30_000, 200) - peak(1_000, 200) < 12 * MEBIBYTE


def test_ten_times_as_many_large_activities_take_the_same_memory() -> None:
    assert peak(1_000, 20_000) - peak(100, 20_000) < 12 * MEBIBYTE


def test_an_activity_of_any_size_takes_bounded_memory_and_those_after_it_are_read() -> None:
    assert peak(10, 200, 3_200_000) - peak(10, 200, 1_600_000) < 24 * MEBIBYTE
