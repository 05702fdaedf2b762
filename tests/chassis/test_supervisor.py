"""The supervisor: children die and start again alone, drain on SIGTERM, and end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SCRIPT = """
import os, sys, time
from pathlib import Path
from services.chassis.supervisor import Child, Supervisor
folder = Path(sys.argv[1])
def child(name):
    def run():
        with open(folder / name, "a") as file:
            file.write(f"{os.getpid()}\\n")
        time.sleep(1000)
    return run
raise SystemExit(Supervisor([Child("one", run=child("one")), Child("two", command=[sys.executable, "-c",
    f"import os,time; open({str(folder / 'two')!r}, 'a').write(f'{{os.getpid()}}\\\\n'); time.sleep(1000)"])]).run())
"""


def _until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < limit, "not in time"
        time.sleep(0.02)


def _pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _start(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)])
    _until(lambda: bool(_pids(folder / "one")) and bool(_pids(folder / "two")))
    return process


def test_a_killed_child_starts_again_alone(tmp_path: Path) -> None:
    process = _start(tmp_path)
    os.kill(_pids(tmp_path / "one")[0], signal.SIGKILL)
    _until(lambda: len(_pids(tmp_path / "one")) == 2)
    assert len(_pids(tmp_path / "two")) == 1
    process.terminate()
    assert process.wait(20) == 0
    assert not any(_alive(pid) for pid in [*_pids(tmp_path / "one"), *_pids(tmp_path / "two")])


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    process = _start(tmp_path)
    pids = [_pids(tmp_path / "one")[0], _pids(tmp_path / "two")[0]]
    process.kill()
    process.wait()
    _until(lambda: not any(_alive(pid) for pid in pids))
