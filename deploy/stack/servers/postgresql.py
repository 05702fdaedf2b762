"""PostgreSQL from the system's package: one cluster, the role and the database `convene` in it.

It syncs to disk as in production. Passwords are not asked for (loopback only), which is why these are servers for
development and tests. Text sorts by code point, as in SQLite.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from servers import machine
from servers.machine import Account, StackError
from servers.process import Process, working_in
from servers.server import Command, Server

OLDEST = 14
BINARIES = "CONVENE_POSTGRESQL_BIN"


class PostgreSQL(Server):
    """The role `convene` owns its database and may make others; `postgres` is the superuser."""

    name = "postgresql"
    default_ports: ClassVar[Mapping[str, int]] = {"port": 15432}
    user = "postgres"
    stop_signal = signal.SIGINT  # "fast": sessions are ended, then a checkpoint

    @property
    def url(self) -> str:
        return f"postgresql://convene@127.0.0.1:{self.port()}/convene"

    def install(self) -> Path:
        """The folder of the server's programs; nothing is assembled."""
        if not _binaries():
            machine.install_package("postgresql", "A PostgreSQL server")
        found = _binaries()
        if not found:
            raise machine.MissingError(
                f"A PostgreSQL server {OLDEST} or newer",
                f"Install it: apt-get install -y postgresql (or name its folder of programs in {BINARIES})",
            )
        return found[max(found)]

    def assemble(self, home: Path) -> None:
        raise NotImplementedError("PostgreSQL comes from the system's package")

    def prepare(self, home: Path, files: Path, account: Account | None) -> Command:
        data = files / "data"
        if (data / "PG_VERSION").exists():
            home = _fitting(int((data / "PG_VERSION").read_text()), home)
            _clear_lock(data)
        else:
            self._initialize(home, data, account)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port(),
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        return Command([home / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())])

    def _initialize(self, home: Path, data: Path, account: Account | None) -> None:
        part = data.with_name("data.part")  # so that one that was cut short is not taken for a whole one
        shutil.rmtree(part, ignore_errors=True)
        locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
        machine.run(
            [home / "initdb", "-D", part, "-U", "postgres", "--auth=trust", *locale], account=account, cwd=data.parent
        )
        machine.run(
            [home / "postgres", "--single", "-j", "-D", part, "postgres"],
            account=account,
            cwd=data.parent,
            text="CREATE ROLE convene LOGIN CREATEDB;\n\nCREATE DATABASE convene OWNER convene;\n\n",
        )
        part.rename(data)

    def answers(self) -> bool:
        asked = ["-q", "-h", "127.0.0.1", "-p", str(self.port()), "-d", "convene", "-U", "convene"]
        try:
            machine.run([self.install() / "pg_isready", *asked])
        except StackError:
            return False
        return True


def _clear_lock(data: Path) -> None:
    """Removes the lock file of a server that was killed, once all of its processes are gone.

    The server does so itself, but takes a killed process that its parent has not collected yet for a running one.
    """
    lock = data / "postmaster.pid"
    if not lock.exists() or not all(process.ended(within=10) for process in working_in(data)):
        return
    if Process.of(int(lock.read_text().split()[0])) is None:
        lock.unlink()


def _binaries() -> dict[int, Path]:
    """Major version → folder of programs."""
    if os.environ.get(BINARIES):
        folders = [Path(os.environ[BINARIES])]
    else:
        folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
        on_path = shutil.which("initdb")
        if on_path:
            folders.append(Path(on_path).resolve().parent)
    found = {}
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            version = machine.run([folder / "postgres", "--version"]).split()[2]
            found[int(version.split(".")[0])] = folder
    return {major: folder for major, folder in found.items() if major >= OLDEST}


def _fitting(major: int, otherwise: Path) -> Path:
    """Data written by one major version are opened by that one only."""
    return _binaries().get(major, otherwise)
