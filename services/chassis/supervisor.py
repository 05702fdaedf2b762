"""A small supervisor: a few child processes that die and start again alone.

`convene up` runs the web and the engine under it (forked after loading, so that memory is shared); `make distributed` runs every
process of the system as a command. It holds no thread, no connection and no lock that a child could inherit in a wrong state.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.chassis.telemetry import log

STOP_SECONDS = 15.0
SHORT_LIFE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 5.0
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


@dataclass(frozen=True)
class Child:
    """A process to keep running: a function that is run in a fork, or a command with its environment.

    One that is to run `once` is not started again; when it fails, everything stops.
    """

    name: str
    run: Callable[[], None] | None = None
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False


@dataclass
class _Running:
    child: Child
    process: int = 0
    started: float = 0.0
    pause: float = 0.0
    due: float = 0.0


class Supervisor:
    """Keeps the children running until it is told to stop."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._running = [_Running(child) for child in children]
        self._failed = False

    def run(self) -> int:
        """Start all and keep them running until SIGTERM or SIGINT; then let them drain and return an exit code."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            while not self._failed:
                self._start_due()
                caught = signal.sigtimedwait(_SIGNALS, 0.1)
                if caught and caught.si_signo in (signal.SIGTERM, signal.SIGINT):
                    break
                self._reap()
        finally:
            clean = self._stop()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return 0 if clean and not self._failed else 1

    def processes(self) -> dict[str, int]:
        """The process ids of the children that run."""
        return {each.child.name: each.process for each in self._running if each.process}

    def _start_due(self) -> None:
        now = time.monotonic()
        for each in self._running:
            if not each.process and now >= each.due:
                each.process = _spawn(each.child)
                each.started = now
                log.info("started", child=each.child.name, process=each.process)

    def _reap(self) -> None:
        for each in self._running:
            if not each.process:
                continue
            done, status = os.waitpid(each.process, os.WNOHANG)
            if not done:
                continue
            each.process = 0
            if each.child.once:
                each.due = float("inf")
                self._failed = self._failed or status != 0
                continue
            lived = time.monotonic() - each.started
            # One that dies at once is not restarted in a tight loop; one that has worked starts again at once.
            each.pause = min(max(each.pause * 2, 0.25), LONGEST_PAUSE_SECONDS) if lived < SHORT_LIFE_SECONDS else 0.0
            each.due = time.monotonic() + each.pause
            log.warning(
                "died; it starts again",
                child=each.child.name,
                status=os.waitstatus_to_exitcode(status),
                seconds=round(lived, 1),
            )

    def _stop(self) -> bool:
        """End the children: SIGTERM, and after a time to drain SIGKILL. Returns whether all ended by themselves."""
        for each in self._running:
            _signal(each.process, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while any(each.process for each in self._running) and time.monotonic() < until:
            for each in self._running:
                if each.process and os.waitpid(each.process, os.WNOHANG)[0]:
                    each.process = 0
            time.sleep(0.02)
        left = [each for each in self._running if each.process]
        for each in left:
            log.warning("did not stop in time; killed", child=each.child.name)
            _signal(each.process, signal.SIGKILL)
            os.waitpid(each.process, 0)
        return not left


def _signal(process: int, number: int) -> None:
    if process:
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(process, number)


def _spawn(child: Child) -> int:
    parent = os.getpid()
    if child.run is None:
        return subprocess.Popen(
            list(child.command),
            env={**os.environ, **child.environment},
            preexec_fn=lambda: _begin(parent),
        ).pid
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        _begin(parent)
        ctypes.CDLL(None).prctl(_PR_SET_NAME, f"convene-{child.name}"[:15].encode())  # what `ps` and `/proc` show
        child.run()
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        log.exception("failed", child=child.name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _begin(parent: int) -> None:
    """In the child: usual signals again, and end when the supervisor is killed (prctl(2), PR_SET_PDEATHSIG)."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(0)


def once(run: Callable[[], None]) -> int:
    """Run a function in a fork and wait for it; returns its exit code. What it loads leaves no trace in this process."""
    process = _spawn(Child("once", run))
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
