"""Runs the benchmarks, prints a table and writes `build/bench.json`.

Each benchmark is a function that yields rows (`rows.Row`: name, value, limit, ratio, goal, met), with `None` where a key has no
meaning. Higher ratios are better where a goal is a share of the limit; a row says in its name what it measures.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
import traceback
from pathlib import Path

from services.chassis import telemetry
from services.chassis.settings import Settings
from tests.benchmarks.rows import Row

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS: dict[str, str] = {
    "http-read": "tests.benchmarks.http_read:run",
    "register": "tests.benchmarks.register:run",
    "import-iati": "tests.benchmarks.imports:run",
    "pipeline-embedded": "tests.benchmarks.pipeline:run_embedded",
    "pipeline-real": "tests.benchmarks.pipeline:run_real",
    "search-embedded": "tests.benchmarks.search:run_embedded",
    "search-real": "tests.benchmarks.search:run_real",
    "languages": "tests.benchmarks.languages:run",
    "evidence": "tests.benchmarks.evidence:run",
    "method": "tests.benchmarks.method:run",
    "disclosure": "tests.benchmarks.disclosure:run",
    "start": "tests.benchmarks.start:run",
}


def main() -> int:
    """Run what was asked for; exit code 1 when a benchmark could not be run (a missed goal is a finding, not a failure)."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", choices=sorted(BENCHMARKS), help="one benchmark")
    parser.add_argument("--full", action="store_true", help="long rows too")
    options = parser.parse_args()
    telemetry.configure(Settings(log_level="warning"))  # what runs in this process would say more than the table
    rows: list[Row] = []
    failed = False
    for name in [options.only] if options.only else BENCHMARKS:
        module, _, function = BENCHMARKS[name].partition(":")
        began = time.monotonic()
        sys.stderr.write(f"{name} …\n")
        try:
            rows += list(getattr(importlib.import_module(module), function)())
        except Exception:
            traceback.print_exc()
            failed = True
        sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
    _print(rows)
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    keys = ("name", "value", "limit", "ratio", "goal", "met")
    target.write_text(json.dumps([{key: row.get(key) for key in keys} for row in rows], indent=1) + "\n")
    return int(failed)


def _print(rows: list[Row]) -> None:
    header = ("name", "value", "limit", "ratio", "goal", "met")
    cells = [header, *(tuple(_cell(row.get(key)) for key in header) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    for line in cells:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return (
        f"{value:.3g}"
        if isinstance(value, float) and abs(value) < 1000
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )


if __name__ == "__main__":
    raise SystemExit(main())
