"""The port of the log that carries events, as relay, runner and command line see it.

Contract: an append-only log of topics with keys; what `publish` returned from is kept whatever dies; a subscriber sees the
records of one key in the order in which they were published; a compacted topic keeps at least the last record of each key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

Headers = tuple[tuple[str, bytes], ...]


class BusUnavailable(Exception):
    """The log cannot be reached or did not acknowledge in time; the caller keeps what it has and tries again."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is published: `value` is `None` for a tombstone."""

    topic: str
    key: str
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Received:
    """A record as read: `at` is seconds since the epoch when the log took it."""

    topic: str
    key: str
    value: bytes | None
    headers: Headers
    partition: int
    offset: int
    at: float


@dataclass(frozen=True)
class TopicSpec:
    """How a topic is kept: `compacted` keeps the last record per key; `retention_days` lets records expire."""

    name: str
    compacted: bool = True
    retention_days: int | None = None
    partitions: int | None = None


@dataclass(frozen=True)
class TopicStatus:
    """A topic as it is: `records` is what the log holds or, on Kafka, the span of offsets."""

    name: str
    partitions: int
    records: int


class Publisher(Protocol):
    """Writes to the log."""

    def publish(self, records: Sequence[Record]) -> None:
        """Return once every record is acknowledged, in this order per key; raise `BusUnavailable` otherwise (some may be in)."""

    def close(self) -> None:
        """Let go of connections."""


class Subscriber(Protocol):
    """Reads as one named consumer; of several with the same name, each record reaches one."""

    def poll(self, limit: int, timeout: float) -> list[Received]:
        """Up to `limit` records after the position, waiting up to `timeout` seconds for the first; moves the position."""

    def commit(self) -> None:
        """Keep the position: what was polled is done and does not come again."""

    def rewind(self) -> None:
        """Go back to the position last kept: what was polled since comes again."""

    def close(self) -> None:
        """Leave, so that another may take over at once."""


class Bus(Protocol):
    """The log as a whole."""

    def ensure(self, topics: Iterable[TopicSpec]) -> None:
        """Make the topics that are missing."""

    def publisher(self) -> Publisher:
        """A writer; not shared between threads."""

    def subscriber(self, consumer: str, topics: Sequence[str]) -> Subscriber:
        """A reader named `consumer`, beginning with the oldest record where it has kept no position."""

    def rewind_consumer(self, consumer: str, topics: Sequence[str]) -> None:
        """Make the (stopped) consumer begin again with the oldest records."""

    def lag(self, consumer: str, topics: Sequence[str]) -> dict[str, int]:
        """Per topic, how many records the consumer has not kept a position behind."""

    def topics(self) -> list[TopicStatus]:
        """The topics there are."""

    def read(self, topics: Sequence[str], *, from_beginning: bool, follow: bool) -> Iterator[Received | None]:
        """Records for looking at, without a name or a kept position; `None` while there is nothing new and `follow` is set."""

    def check(self) -> None:
        """Raise `BusUnavailable` with a sentence when the log cannot be used now."""

    def close(self) -> None:
        """Let go of everything."""
