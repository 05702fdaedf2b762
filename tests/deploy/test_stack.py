"""The commands of `deploy/stack`: one real server's life, and the rules that protect other processes and other data.

The rules are tried on a server of a few lines, so that they need no installation; PostgreSQL stands for the real ones here,
all three are used by the tests of the ports.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from servers import machine
from servers.kafka import new_cluster_id
from servers.machine import Account, MissingError, StackError
from servers.process import Process
from servers.server import Command, Server

STACK = Path(__file__).resolve().parent.parent.parent / "deploy" / "stack"
LISTEN = """
import signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in sys.argv else signal.SIG_DFL)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        listener.accept()[0].close()
"""


class Listener(Server):
    """Accepts connections and closes them."""

    name = "listener"
    default_ports: ClassVar[Mapping[str, int]] = {"port": 19999, "second-port": 19998}
    stubborn = False

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.port()}"

    def stamp(self) -> str:
        return "one"

    def assemble(self, home: Path) -> None:
        (home / "listen.py").write_text(LISTEN)

    def prepare(self, home: Path, files: Path, account: Account | None) -> Command:
        return Command([sys.executable, home / "listen.py", str(self.port()), *(["stubborn"] if self.stubborn else [])])

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port()), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    server = Listener(tmp_path / "data", tmp_path / "cache", {"port": 0})
    yield server
    server.remove()


def _started(server: Listener) -> Process:
    process = server.start()
    server.wait()
    return process


def test_a_server_is_started_once(listener: Listener) -> None:
    process = _started(listener)
    assert listener.start() == process
    assert listener.status()["state"] == "ready"


def test_it_keeps_its_ports_over_a_stop_and_a_kill(listener: Listener) -> None:
    _started(listener)
    url, second = listener.url, listener.port("second-port")
    listener.stop()
    assert listener.status()["state"] == "stopped"
    _started(listener)
    listener.kill()
    assert listener.process() is None
    _started(listener)
    assert (listener.url, listener.port("second-port")) == (url, second)


def test_one_that_does_not_end_is_killed(listener: Listener) -> None:
    listener.stubborn = True
    process = _started(listener)
    listener.stop(timeout=0.2)
    assert not process.alive()


def test_a_number_that_belongs_to_another_process_by_now_is_not_touched(listener: Listener) -> None:
    _started(listener)
    listener.stop()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        truth = Process.of(stranger.pid)
        assert truth is not None
        state = json.loads((listener.data / "state.json").read_text())
        earlier = {"pid": stranger.pid, "started": truth.started - 1, "boot": truth.boot}
        another_boot = {"pid": stranger.pid, "started": truth.started, "boot": "another"}
        for record in (earlier, another_boot):
            (listener.data / "state.json").write_text(json.dumps({**state, "process": record}))
            assert listener.process() is None
            listener.kill()
            listener.stop()
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_port_that_was_asked_for_is_not_exchanged_for_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Listener(tmp_path / "data", tmp_path / "cache", {"port": port})
        with pytest.raises(StackError, match=f"port {port} is taken"):
            server.start()


def test_a_default_port_gives_way(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Listener(tmp_path / "data", tmp_path / "cache")
        server.default_ports = {"port": taken.getsockname()[1]}  # type: ignore[misc]
        try:
            _started(server)
            assert server.port() != taken.getsockname()[1]
        finally:
            server.remove()


def test_waiting_ends_with_the_last_words_of_one_that_died(listener: Listener) -> None:
    listener.install()
    (listener.install() / "listen.py").write_text("raise SystemExit('no room left')")
    listener.start()
    with pytest.raises(StackError, match="no room left"):
        listener.wait()


def test_a_changed_recipe_is_assembled_anew_and_an_unchanged_one_is_not(listener: Listener) -> None:
    first = listener.install()
    (first / "mark").touch()
    assert (listener.install() / "mark").exists()
    listener.stamp = lambda: "two"  # type: ignore[method-assign]
    assert not (listener.install() / "mark").exists()


def test_a_recipe_that_fails_leaves_nothing_behind(listener: Listener) -> None:
    def fail(home: Path) -> None:
        (home / "half").touch()
        raise StackError("no network")

    listener.assemble = fail  # type: ignore[method-assign]
    with pytest.raises(StackError, match="no network"):
        listener.install()
    assert [path for path in listener.cache.iterdir() if not path.name.endswith(".lock")] == []


def test_what_is_missing_is_told_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "is_root", lambda: False)
    with pytest.raises(MissingError, match="apt-get install -y maven"):
        machine.install_package("maven", "The command mvn")


def test_a_runtime_that_was_named_but_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONVENE_JDK25", str(tmp_path))
    with pytest.raises(StackError, match="CONVENE_JDK25"):
        machine.java(25, compiler=True, setting="CONVENE_JDK25")


def _command(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(STACK / name), *arguments], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.real
def test_postgresql_keeps_what_was_committed_before_a_kill(postgresql_server: str, tmp_path: Path) -> None:
    import psycopg

    where = ["--data", str(tmp_path / "postgresql")]
    try:
        started = _command("postgresql", "start", *where, "--port", "0", "--wait")
        assert started.returncode == 0, started.stderr
        url = _command("postgresql", "url", *where).stdout.strip()
        assert url != postgresql_server
        with psycopg.connect(url, autocommit=True) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (
                False,
            )
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        assert _command("postgresql", "kill", *where).returncode == 0
        assert _command("postgresql", "status", *where).returncode == 3
        assert _command("postgresql", "start", *where, "--wait").returncode == 0
        assert _command("postgresql", "url", *where).stdout.strip() == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        status = json.loads(_command("postgresql", "status", "--json", *where).stdout)
        assert status["state"] == "ready"
        assert Path(status["files"]).stat().st_uid == Path(f"/proc/{status['pid']}").stat().st_uid
        if os.geteuid() == 0:
            assert Path(f"/proc/{status['pid']}").stat().st_uid != 0
    finally:
        files = (tmp_path / "postgresql" / "files").resolve()
        assert _command("postgresql", "remove", *where).returncode == 0
        assert not files.exists()


def test_a_cluster_id_is_never_taken_for_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    dashed, plain = UUID(bytes=b"\xf8" + bytes(15)), UUID(bytes=bytes(16))
    monkeypatch.setattr(uuid, "uuid4", iter([dashed, dashed, plain]).__next__)
    assert new_cluster_id() == "A" * 22
