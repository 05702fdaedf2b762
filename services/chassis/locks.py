"""Locks between processes: on one machine a lock on a file, which the kernel frees the moment its holder dies.

Used by the supervisor (one `up` per folder), the relay, migrations and the writers of the local bus and index.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class Locked(Exception):
    """Somebody else holds the lock."""


@contextlib.contextmanager
def file_lock(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the exclusive lock on `path` inside the block; `Locked` when it is taken and `wait` is false."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Locked(str(path)) from None
        yield
    finally:
        os.close(descriptor)
