"""A process that outlives the command that started it, known by its id *and* its start.

A pid file alone lies after a crash or a reboot: the number may belong to somebody else by then. So the record
keeps the time of start (in clock ticks) and the id of the boot, and no signal is sent unless both still fit.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from servers.machine import Account, StackError


@dataclass(frozen=True)
class Process:
    """One process of this boot."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The running process with that id, if there is one."""
        stat = _stat(pid)
        return None if stat is None else cls(pid, stat.started, _boot())

    def alive(self) -> bool:
        stat = _stat(self.pid)
        return stat is not None and stat.started == self.started and self.boot == _boot()

    def descendants(self) -> list[Process]:
        """Children, their children and so on, as of now."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            stat = _stat(int(entry.name))
            if stat is not None:
                children.setdefault(stat.parent, []).append(int(entry.name))
        found, open_ends = [], [self.pid]
        while open_ends:
            for pid in children.get(open_ends.pop(), []):
                open_ends.append(pid)
                found.append(Process.of(pid))
        return [process for process in found if process is not None]

    def send(self, number: signal.Signals) -> None:
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass  # it ended in between
            except PermissionError:
                raise StackError(f"Process {self.pid} belongs to another user.") from None

    def ended(self, within: float) -> bool:
        """Waits until it is gone, at most so many seconds."""
        limit = time.monotonic() + within
        while self.alive():
            if time.monotonic() > limit:
                return False
            time.sleep(0.02)
        return True

    def memory(self) -> int:
        """Bytes in memory, children included; shared pages are counted once where the system tells."""
        return sum(_memory(process.pid) for process in [self, *self.descendants()])


def working_in(folder: Path) -> list[Process]:
    """The processes whose working folder that is."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder:
                found.append(Process.of(int(entry.name)))
        except OSError:
            continue
    return [process for process in found if process is not None]


def launch(
    argv: Sequence[str | Path], *, log: Path, env: Mapping[str, str], account: Account | None, cwd: Path
) -> Process:
    """Starts a process of its own session; its output goes to the log."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    process = Process.of(child.pid)
    child.returncode = 0  # it is meant to outlive us: no warning when this object goes
    if process is None:
        raise StackError(f"{Path(argv[0]).name} ended at once; see {log}")
    return process


@dataclass(frozen=True)
class _Stat:
    parent: int
    started: int


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    if fields[0] in "ZX" and _threads(pid) <= 1:  # dead, and not yet collected by its parent
        return None
    return _Stat(parent=int(fields[1]), started=int(fields[19]))


def _threads(pid: int) -> int:
    """More than one while a killed process still gives back what its threads hold: ports, locks."""
    try:
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    except OSError:
        return 0


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _memory(pid: int) -> int:
    for source, label in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = Path(f"/proc/{pid}/{source}").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            if line.startswith(label):
                return int(line.split()[1]) * 1024
    return 0
