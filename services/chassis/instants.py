"""What `CONVENE_CLOCK` can name: sources of time, real or shifted. `clock` uses one; `settings` checks that a value names one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Source = Callable[[], datetime]


def system() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def parse(value: str) -> Source:
    """The source of time that a value of `CONVENE_CLOCK` names; `ValueError` when it names none."""
    if value == "system":
        return system
    if value.startswith("offset:"):
        try:
            shift = timedelta(seconds=float(value.removeprefix("offset:")))
        except (ValueError, OverflowError):
            raise ValueError(f"must be offset:SECONDS, not {value!r}") from None
        return lambda: datetime.now(UTC) + shift
    if value.startswith("file:"):
        return _FileClock(Path(value.removeprefix("file:")))
    try:
        start = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"must be system, offset:SECONDS, an ISO 8601 instant or file:PATH, not {value!r}") from None
    shift = (start if start.tzinfo else start.replace(tzinfo=UTC)) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + shift


class _FileClock:
    """A clock whose setting stands in a file, read again whenever the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._inner: Source = system

    def __call__(self) -> datetime:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return system()
        seen = (status.st_mtime_ns, status.st_size)
        if seen != self._seen:
            text = self._path.read_text().strip() or "system"
            self._inner = parse(text) if not text.startswith("file:") else system
            self._seen = seen
        return self._inner()
