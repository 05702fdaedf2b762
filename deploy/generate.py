#!/usr/bin/env python3
"""Writes compose.yaml and kubernetes/*.yaml from the table of services in manifests/layout.py.

With `--check` it writes nothing and fails when what is committed differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from manifests.compose import compose
from manifests.kubernetes import manifests

DEPLOY = Path(__file__).resolve().parent


def files() -> dict[Path, str]:
    """Everything that is generated: where → text."""
    found = {DEPLOY / "compose.yaml": compose()}
    for name, text in manifests().items():
        found[DEPLOY / "kubernetes" / name] = text
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a committed file differs; write nothing")
    check = parser.parse_args().check
    wanted = files()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    surplus = [path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path not in wanted]
    for path in [*stale, *surplus]:
        if check:
            sys.stderr.write(f"{path.relative_to(DEPLOY.parent)} is not what deploy/generate.py writes: run it\n")
        elif path in wanted:
            path.write_text(wanted[path])
        else:
            path.unlink()
    return 1 if check and (stale or surplus) else 0


if __name__ == "__main__":
    sys.exit(main())
