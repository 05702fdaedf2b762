"""What all servers share: where their files lie, their ports, and start, stop, kill, wait and status.

A server's data folder holds `state.json` (ports and process), `log`, and `files/`, which is the server's own.
`files` is a link when the server runs as a user of its own who cannot reach the folder (see machine.folder_for).
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar

from servers import machine
from servers.machine import Account, StackError, say
from servers.process import Process, launch

STACK = Path(__file__).resolve().parent.parent
PROJECT = STACK.parent.parent
DEFAULT_ROOT = PROJECT / ".stack"
LARGEST_LOG = 20_000_000


@dataclass(frozen=True)
class Command:
    """How a server is started."""

    argv: list[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)


class Server(ABC):
    """One server with its data in one folder.

    `ports` holds what the caller asked for: a number; 0 for "any free one"; absent for the default, or another
    when the default is taken. A server keeps its ports over a restart.
    """

    name: ClassVar[str]
    default_ports: ClassVar[Mapping[str, int]]
    user: ClassVar[str | None] = None
    """The system user it runs as when the caller is root; None where the server does not mind."""
    creates_user: ClassVar[bool] = False
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, data: Path, cache: Path, ports: Mapping[str, int] | None = None) -> None:
        self.data = data.absolute()
        self.cache = cache.absolute()
        self.asked_ports = dict(ports or {})

    # --- what each server says of itself

    @abstractmethod
    def assemble(self, home: Path) -> None:
        """Fetches and builds the server into an empty folder."""

    @abstractmethod
    def prepare(self, home: Path, files: Path, account: Account | None) -> Command:
        """Writes configuration, makes the data ready at the first start, and says how to start."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it serves requests now."""

    @property
    @abstractmethod
    def url(self) -> str:
        """What clients are given."""

    # --- install

    @property
    def recipe(self) -> Path:
        return STACK / "recipes" / self.name

    def stamp(self) -> str:
        """Changes with every pin and source of the recipe, so that a changed recipe is assembled anew."""
        digest = hashlib.sha256()
        for path in sorted(self.recipe.rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(self.recipe)}\0".encode() + path.read_bytes())
        return digest.hexdigest()[:12]

    def install(self) -> Path:
        """The assembled server's folder; assembled only once for a recipe."""
        home = self.cache / f"{self.name}-{self.stamp()}"
        with machine.locked(self.cache / f".{self.name}.lock"):
            if not home.exists():
                say(f"{self.name}: assembling in {home}")
                began = time.monotonic()
                with tempfile.TemporaryDirectory(dir=self.cache, prefix=f".{self.name}-") as scratch:
                    part = Path(scratch) / "home"
                    part.mkdir()
                    self.assemble(part)
                    machine.run(["chmod", "-R", "a+rX", part])
                    part.rename(home)
                say(f"{self.name}: assembled in {time.monotonic() - began:.1f} s")
        return home

    # --- life

    def start(self) -> Process:
        """Starts it unless it runs; does not wait until it answers."""
        home = self.install()
        with self._locked():
            running = self.process()
            if running:
                say(f"{self.name}: already running, process {running.pid}, {self.url}")
                return running
            ports = self._choose_ports()
            self._write_state({"ports": ports})
            account = machine.account(self.user, create=self.creates_user) if self.user else None
            if account:
                home = machine.visible_home(home, account)
            files = machine.folder_for(account, self.data / "files")
            command = self.prepare(home, files, account)
            if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
                self.log.replace(self.log.with_name("log.1"))
            env = {"PATH": "/usr/bin:/bin", "HOME": str(files), "LANG": "C.UTF-8", "TZ": "UTC", **command.env}
            process = launch(command.argv, log=self.log, env=env, account=account, cwd=files)
            self._write_state({"ports": ports, "process": asdict(process), "launched": time.time()})
            say(f"{self.name}: started, process {process.pid}, {self.url}")
            return process

    def wait(self, timeout: float = 120) -> None:
        """Returns when it answers; a StackError with its last words when it dies first, or time is up."""
        limit = time.monotonic() + timeout
        while not (self.process() and self.answers()):
            if self.process() is None:
                raise StackError(f"it is not running.{self._last_words()}")
            if time.monotonic() > limit:
                raise StackError(f"it does not answer after {timeout:g} s.{self._last_words()}")
            time.sleep(0.05)
        began = self._state().get("launched")
        age = f", {time.time() - began:.1f} s after its start" if isinstance(began, float) else ""
        say(f"{self.name}: answers{age}")

    def stop(self, timeout: float = 60) -> None:
        """Asks it to end and waits; one that does not end in time is killed."""
        with self._locked():
            process = self.process()
            if process is None:
                say(f"{self.name}: not running")
            else:
                process.send(self.stop_signal)
                if process.ended(timeout):
                    say(f"{self.name}: stopped")
                else:
                    say(f"{self.name}: did not stop in {timeout:g} s, killing it")
                    self._kill(process)
            self._forget_process()

    def kill(self) -> None:
        """SIGKILL, to it and its children, as a power cut would; the data stay as they are."""
        with self._locked():
            process = self.process()
            if process is None:
                say(f"{self.name}: not running")
            else:
                self._kill(process)
                say(f"{self.name}: killed")
            self._forget_process()

    def remove(self) -> None:
        """Kills it and removes its data."""
        if self.data.exists():
            self.kill()
            machine.remove(self.data)

    def status(self) -> dict[str, object]:
        process = self.process()
        return {
            "name": self.name,
            "state": "stopped" if process is None else "ready" if self.answers() else "starting",
            "pid": process.pid if process else None,
            "url": self.url if self._state().get("ports") else None,
            "ports": self._state().get("ports"),
            "memory_mb": round(process.memory() / 1e6) if process else None,
            "data": str(self.data),
            "files": str((self.data / "files").resolve()),
            "log": str(self.log),
        }

    def process(self) -> Process | None:
        """The running server's process."""
        record = self._state().get("process")
        if not isinstance(record, dict):
            return None
        process = Process(**record)
        return process if process.alive() else None

    @property
    def log(self) -> Path:
        return self.data / "log"

    def port(self, name: str = "port") -> int:
        """A port in use, or the one that was used last."""
        ports = self._state().get("ports")
        if not isinstance(ports, dict):
            raise StackError(f"it was never started in {self.data}.")
        return int(ports[name])

    # --- inside

    def _kill(self, process: Process) -> None:
        family = [process, *process.descendants()]
        for member in family:
            member.send(signal.SIGKILL)
        for member in family:
            if not member.ended(10):
                raise StackError(f"process {member.pid} survives SIGKILL.")

    def _choose_ports(self) -> dict[str, int]:
        before = self._state().get("ports")
        remembered = {str(name): int(port) for name, port in before.items()} if isinstance(before, dict) else {}
        chosen: dict[str, int] = {}
        any_free = 0 if 0 in self.asked_ports.values() else None
        for name, default in self.default_ports.items():
            asked = self.asked_ports.get(name, any_free)
            if asked:
                if not machine.is_free(asked):
                    raise StackError(f"port {asked} is taken; name another --{name}, or 0 for any.")
                chosen[name] = asked
                continue
            wanted = remembered.get(name) or (default if asked is None else 0)
            if wanted and machine.is_free(wanted) and wanted not in chosen.values():
                chosen[name] = wanted
                continue
            chosen[name] = machine.free_port()
            if wanted:
                say(f"{self.name}: port {wanted} is taken, using {chosen[name]}")
        return chosen

    def _locked(self) -> AbstractContextManager[None]:
        self.data.mkdir(parents=True, exist_ok=True)
        return machine.locked(self.data / "lock")

    def _state(self) -> dict[str, object]:
        try:
            state = json.loads((self.data / "state.json").read_text())
        except FileNotFoundError:
            return {}
        return state if isinstance(state, dict) else {}

    def _write_state(self, state: Mapping[str, object]) -> None:
        part = self.data / "state.json.part"
        part.write_text(json.dumps(state, indent=1) + "\n")
        part.replace(self.data / "state.json")

    def _forget_process(self) -> None:
        ports = self._state().get("ports")
        if ports:
            self._write_state({"ports": ports})

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-20:]
        except FileNotFoundError:
            return ""
        return "\n  ".join([f" The end of {self.log}:", *lines])


def heap(name: str) -> str:
    """The size of a Java server's heap, as java writes it: CONVENE_STACK_{NAME}_HEAP, or 512m."""
    return os.environ.get(f"CONVENE_STACK_{name.upper()}_HEAP", "512m")


def java_options() -> list[str]:
    """More options for the Java servers: CONVENE_STACK_JAVA, words separated by spaces."""
    return os.environ.get("CONVENE_STACK_JAVA", "").split()
