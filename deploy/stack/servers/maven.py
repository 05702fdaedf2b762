"""Jars by Maven, from a pom that pins them. Called where a server is assembled."""

from __future__ import annotations

import os
import re
from pathlib import Path

from servers.machine import StackError, program, run


def copy_dependencies(pom: Path, into: Path) -> None:
    """Copies everything the pom asks for, and what that needs, into a folder."""
    maven = program("mvn", "maven")
    # The pom's own folder is not written to: Maven is pointed at it from outside.
    run(
        [maven, "-B", "-q", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={into}"],
        env=dict(os.environ),
    )


def pinned(pom: Path, name: str) -> str:
    """A version pinned as a property of the pom."""
    match = re.search(rf"<{re.escape(name)}>([^<]+)</{re.escape(name)}>", pom.read_text())
    if not match:
        raise StackError(f"{pom} pins no {name}")
    return match[1]
