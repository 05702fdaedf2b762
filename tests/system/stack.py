"""Private real servers: Kafka, Elasticsearch and PostgreSQL of one test module, to be stopped, killed and started again.

The servers that all tests share (`tests/conftest.py`) are never disturbed. Everything goes through `deploy/stack`, whose commands
keep a server's ports and data over a restart.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import memory
from tests.system.running import ROOT, Distributed, running

SERVERS = ("kafka", "elasticsearch", "postgresql")
SETTING = {
    "kafka": "CONVENE_BUS_URL",
    "elasticsearch": "CONVENE_SEARCH_URL",
    "postgresql": "CONVENE_DATABASE_URL",
}
START_SECONDS = 600


class StackMissing(Exception):
    """A server cannot be had on this machine; the message says which command installs it."""


class Stack:
    """The three servers, with their data below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def up(self) -> None:
        """Start all three and wait until they answer."""
        with ThreadPoolExecutor(len(SERVERS)) as pool:
            list(pool.map(self.start, SERVERS))

    def start(self, server: str) -> None:
        """Start a server, with the ports and the data that it had, and wait until it answers. Raises `StackMissing`."""
        found = self._run(server, "start", "--port", "0", "--wait")
        if found.returncode:
            raise StackMissing(f"{server} cannot be started: {(found.stderr or found.stdout).strip()[-800:]}")

    def stop(self, server: str) -> None:
        """End a server in good order."""
        assert self._run(server, "stop").returncode == 0

    def kill(self, server: str) -> None:
        """SIGKILL to a server and its children."""
        assert self._run(server, "kill").returncode == 0

    def url(self, server: str) -> str:
        """What clients are given."""
        return self._run(server, "url").stdout.strip()

    def environ(self) -> dict[str, str]:
        """The three URLs, as settings."""
        return {SETTING[server]: self.url(server) for server in SERVERS}

    def remove(self) -> None:
        """End all and delete their data."""
        for server in SERVERS:
            self._run(server, "remove")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, server: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / "deploy" / "stack" / server), words[0], "--data", str(self._folder / server), *words[1:]]
        return subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)


@contextlib.contextmanager
def private(folder: Path) -> Iterator[Stack]:
    """Three servers that run, removed at the end. Raises `StackMissing`."""
    stack = Stack(folder)
    try:
        stack.up()
        yield stack
    finally:
        stack.remove()


@contextlib.contextmanager
def distributed(folder: Path, **environ: str) -> Iterator[tuple[Distributed, Stack]]:
    """The distributed system, running on three servers of its own. Raises `StackMissing`."""
    with private(memory.place(f"servers-{uuid.uuid4().hex[:8]}")) as stack:
        system = Distributed(folder, {**stack.environ(), "CONVENE_DATA_DIR": str(folder / "data"), **environ})
        with running(system):
            yield system, stack


@contextlib.contextmanager
def distributed_or_skip(folder: Path, **environ: str) -> Iterator[tuple[Distributed, Stack]]:
    """The same for a test: skipped where a server cannot be had; under `CI=true` that is a failure."""
    with contextlib.ExitStack() as open_until_the_end:
        try:
            made = open_until_the_end.enter_context(distributed(folder, **environ))
        except StackMissing as missing:
            if os.environ.get("CI") == "true":
                pytest.fail(str(missing), pytrace=False)
            pytest.skip(str(missing))
        yield made
