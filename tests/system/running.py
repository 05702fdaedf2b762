"""Starts the system as an operator does, embedded or distributed, and knows its processes well enough to kill one.

Used by the tests in this folder, the soak and the benchmarks. Everything is done through the command line and HTTP; databases are
only looked at.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from services.accounts.people import service as accounts
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CONVENE = str(Path(sys.executable).parent / "convene")
READY_SECONDS = 120.0
TLS = ssl.create_default_context()
"""One for all clients: making it takes longer than a request."""
_issuing = threading.Lock()


def wait(
    condition: Callable[[], Any], seconds: float = 120.0, what: str = "the condition", *, patient: bool = True
) -> Any:
    """Wait until the condition holds; returns what it gave. Who is patient asks less often after a while; a stopwatch is not."""
    begun = time.monotonic()
    while True:
        found = condition()
        if found:
            return found
        waited = time.monotonic() - begun
        assert waited < seconds, f"{what} was not met within {seconds:.0f} s"
        time.sleep(0.25 if patient and waited > 2 else 0.05)


class System:
    """A running system: its address, its command line, its processes."""

    url: str
    environ: dict[str, str]

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.log = folder / "log"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CONVENE_")},
            **environ,
        }
        self._process: subprocess.Popen[str] | None = None
        self._databases: dict[str, Database] = {}

    def _arguments(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        """Start and wait for the line `ready http://…`."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments(), env=self.environ, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT
            )
        self.output: list[str] = []
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self._process, ready), daemon=True).start()
        process = self._process
        wait(lambda: ready.is_set() or process.poll() is not None, READY_SECONDS, "ready")
        assert ready.is_set(), f"it did not start: {self.tail()}"
        self.url = next(line.split()[1] for line in self.output if line.startswith("ready "))

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line.rstrip("\n"))
            if line.startswith("ready "):
                ready.set()

    def tail(self, lines: int = 30) -> str:
        """The last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        code = self._process.wait(60)
        self._process = None
        return code

    def kill_all(self) -> None:
        """SIGKILL to the leading process; the others follow it."""
        assert self._process is not None
        victims = [self._process.pid, *descendants(self._process.pid)]
        self._process.kill()
        self._process.wait(30)
        self._process = None
        wait(lambda: not any(alive(pid) for pid in victims), 30, "the end of all processes")

    def find(self, name: str) -> int:
        """The process id of the process that works as `name`."""
        raise NotImplementedError

    def kill(self, name: str) -> None:
        """SIGKILL to one process."""
        os.kill(wait(lambda: self.find(name), 30, f"a process {name}"), signal.SIGKILL)

    def command(self, *words: str, check: bool = True, data: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `convene WORDS` beside the system."""
        found = subprocess.run(
            [CONVENE, *words], env=self.environ, capture_output=True, text=True, cwd=ROOT, input=data, check=False
        )
        assert not check or found.returncode == 0, f"convene {' '.join(words)}: {found.stderr[-2000:]}"
        return found

    def json(self, *words: str) -> Any:
        """What a command prints with `--json`."""
        return json.loads(self.command(*words, "--json").stdout)

    def database(self, service: str) -> Database:
        """A service's database, for looking at what no interface shows."""
        if service not in self._databases:
            self._databases[service] = Database.open(Settings.from_env(self.environ), service)
        return self._databases[service]

    def token(self, email: str, role: str | None = None) -> str:
        """An access token, as the command line issues it."""
        return self.tokens({email: role})[email]

    def tokens(self, people: Mapping[str, str | None]) -> dict[str, str]:
        """What `convene token issue EMAIL [--role R]` prints for each, without a process for each."""
        settings = Settings.from_env(self.environ).with_address_key()
        database = Database.open(settings, "accounts")
        with _issuing:  # the clock is this process's own: one at a time reads the system's
            clock.use(settings.clock)
            try:
                return {email: accounts.issue_token(database, settings, email, role) for email, role in people.items()}
            finally:
                clock.use("system")
                database.close()

    def status(self) -> Any:
        """How the index stands beside the register, over HTTP."""
        return httpx.get(f"{self.url}/api/search/status", timeout=30, verify=TLS).json()


class Embedded(System):
    """`convene up` on a folder."""

    def __init__(self, folder: Path, *options: str, environ: dict[str, str] | None = None) -> None:
        super().__init__(folder, {"CONVENE_DATA_DIR": str(folder / "data"), **(environ or {})})
        self._options = options

    def _arguments(self) -> list[str]:
        return [CONVENE, "up", "--port", "0", *self._options]

    def find(self, name: str) -> int:
        """`web` or `engine`, by the name that the supervisor gives them."""
        assert self._process is not None
        for pid in children(self._process.pid):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().strip() == f"convene-{name}":
                    return pid
        return 0


class Distributed(System):
    """Every process of its own, on the servers whose URLs are given."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        super().__init__(folder, environ)
        self.env_file = folder / "env"
        self._health: dict[str, str] = {}
        self.env_file.write_text("".join(f"export {name}='{value}'\n" for name, value in environ.items()))

    def _arguments(self) -> list[str]:
        return [
            sys.executable,
            str(ROOT / "deploy" / "distributed"),
            "--port",
            str(free_port()),
            "--env",
            str(self.env_file),
        ]

    def start(self) -> None:
        """Start; afterwards commands see the same environment as the processes."""
        super().start()
        self._health = dict(reversed(line.split(" ", 1)) for line in (self.folder / "health").read_text().splitlines())
        for line in self.env_file.read_text().splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.environ[name] = value.strip("'")

    def find(self, name: str) -> int:
        """For example `relay registry`, by its command line."""
        assert self._process is not None
        for pid in children(self._process.pid):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip().endswith(f"convene {name}"):
                    return pid
        return 0

    def health(self, name: str) -> tuple[int, dict[str, Any]]:
        """Status and body of `/health/ready` of a process (`consume search`), asked of itself; 0 while it does not answer."""
        try:
            response = httpx.get(self._health[name], timeout=30, verify=TLS)
        except httpx.HTTPError:
            return 0, {}
        return response.status_code, response.json()


def free_port() -> int:
    """A port that is free now."""
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def children(pid: int) -> list[int]:
    """The children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry.name))
    return found


def descendants(pid: int) -> list[int]:
    """The children of a process, their children, and so on."""
    return [each for child in children(pid) for each in (child, *descendants(child))]


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def running(system: System) -> Iterator[System]:
    """The system, started, and stopped at the end."""
    try:
        system.start()
        yield system
    finally:
        system.stop()


def client(system: System, token: str | None = None) -> httpx.Client:
    """An HTTP client, signed in with the token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=system.url, headers=headers, timeout=30, verify=TLS)
