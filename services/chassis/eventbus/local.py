"""The log on one machine: an append-only table in SQLite with the offsets of its consumers.

The same system as on Kafka, never a shortcut: at least once, in order, compacted in the background. Readers in the same process
are woken at once, those in others look at SQLite's change counter.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import orjson

from services.chassis.database import empty_log
from services.chassis.eventbus.ports import (
    BusUnavailable,
    Publisher,
    Received,
    Record,
    Subscriber,
    TopicSpec,
    TopicStatus,
)
from services.chassis.locks import Locked, file_lock

BUSY_SECONDS = 20.0
LOOK_SECONDS = 0.02
TOMBSTONE_SECONDS = 24 * 3600.0

TABLES = """
CREATE TABLE IF NOT EXISTS topic (name TEXT PRIMARY KEY, compacted INTEGER NOT NULL, retention_days INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL, key TEXT NOT NULL, value BLOB, headers BLOB NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS entry_by_topic ON entry (topic, position);
CREATE INDEX IF NOT EXISTS entry_by_key ON entry (topic, key, position);
CREATE TABLE IF NOT EXISTS consumed (
    consumer TEXT, topic TEXT, position INTEGER NOT NULL, PRIMARY KEY (consumer, topic)) WITHOUT ROWID;
"""

# Readers of this process, woken when a publisher of this process has written.
_written = threading.Condition()


class LocalBus:
    """The log in `folder/bus.sqlite`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bus.sqlite"
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(self._connect()) as connection:
            if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'consumed'").fetchone()[0] == 0:
                connection.executescript(TABLES)

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
        except sqlite3.Error as error:
            raise BusUnavailable(f"the local bus {self.path} cannot be opened: {error}") from error
        return connection

    def ensure(self, topics: Iterable[TopicSpec]) -> None:
        """Make the topics that are missing."""
        with contextlib.closing(self._connect()) as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO topic VALUES (?, ?, ?)",
                [(spec.name, int(spec.compacted), spec.retention_days) for spec in topics],
            )

    def publisher(self) -> Publisher:
        """A writer with a connection of its own."""
        return LocalPublisher(self._connect())

    def subscriber(self, consumer: str, topics: Sequence[str]) -> Subscriber:
        """The reader named `consumer`; raises `Locked` while another process or thread works as it."""
        return LocalSubscriber(self._connect(), self.path, consumer, tuple(topics))

    def rewind_consumer(self, consumer: str, topics: Sequence[str]) -> None:
        """Forget the positions of the (stopped) consumer; raises `Locked` while it runs."""
        with file_lock(_consumer_lock(self.path, consumer)), contextlib.closing(self._connect()) as connection:
            connection.executemany(
                "DELETE FROM consumed WHERE consumer = ? AND topic = ?", [(consumer, topic) for topic in topics]
            )

    def lag(self, consumer: str, topics: Sequence[str]) -> dict[str, int]:
        """Per topic, the records after the consumer's kept position."""
        query = (
            "SELECT count(*) FROM entry WHERE topic = ?1 AND position > "
            "coalesce((SELECT position FROM consumed WHERE consumer = ?2 AND topic = ?1), 0)"
        )
        with contextlib.closing(self._connect()) as connection:
            return {topic: connection.execute(query, (topic, consumer)).fetchone()[0] for topic in topics}

    def topics(self) -> list[TopicStatus]:
        """The topics there are, by name."""
        query = "SELECT name, (SELECT count(*) FROM entry WHERE topic = name) FROM topic ORDER BY name"
        with contextlib.closing(self._connect()) as connection:
            return [TopicStatus(name, 1, records) for name, records in connection.execute(query)]

    def read(self, topics: Sequence[str], *, from_beginning: bool, follow: bool) -> Iterator[Received | None]:
        """Records for looking at; see `ports.Bus.read`."""
        with contextlib.closing(self._connect()) as connection:
            last = 0
            if not from_beginning:
                last = connection.execute("SELECT coalesce(max(position), 0) FROM entry").fetchone()[0]
            positions = dict.fromkeys(topics, last)
            while True:
                found = _select(connection, positions, 500)
                for received in found:
                    positions = dict.fromkeys(topics, received.offset)
                    yield received
                if not found:
                    if not follow:
                        return
                    yield None
                    time.sleep(LOOK_SECONDS)

    def check(self) -> None:
        """Raise `BusUnavailable` when the log cannot be read."""
        try:
            with contextlib.closing(self._connect()) as connection:
                connection.execute("SELECT 1 FROM consumed LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise BusUnavailable(f"the local bus {self.path} cannot be read: {error}") from error

    def compact(self, batch: int = 2000) -> int:
        """Delete up to `batch` superseded records of compacted topics, old tombstones and expired records; returns how many."""
        now = time.time()
        superseded = (
            "SELECT old.position FROM topic JOIN entry old ON old.topic = topic.name WHERE topic.compacted AND EXISTS "
            "(SELECT 1 FROM entry newer WHERE newer.topic = old.topic AND newer.key = old.key "
            "AND newer.position > old.position) LIMIT ?"
        )
        of_topic = "SELECT position FROM entry JOIN topic ON topic.name = entry.topic WHERE "
        gone = of_topic + "topic.compacted AND value IS NULL AND at < ? LIMIT ?"
        expired = of_topic + "at < ? - retention_days * 86400.0 LIMIT ?"
        deleted = 0
        with contextlib.closing(self._connect()) as connection:
            for query, arguments in (
                (superseded, (batch,)),
                (gone, (now - TOMBSTONE_SECONDS, batch)),
                (expired, (now, batch)),
            ):
                rows = connection.execute(query, arguments).fetchall()
                if rows:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.executemany("DELETE FROM entry WHERE position = ?", rows)
                    connection.execute("COMMIT")
                deleted += len(rows)
        return deleted

    def checkpoint(self) -> None:
        """Empty the write-ahead log, in which superseded records would stay readable."""
        with contextlib.closing(self._connect()) as connection:
            empty_log(connection)

    def close(self) -> None:
        """Nothing is held open."""


class LocalPublisher:
    """Writes batches, each in one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def publish(self, records: Sequence[Record]) -> None:
        """Append the records; they are on the disk when this returns."""
        at = time.time()
        rows = [
            (
                record.topic,
                record.key,
                record.value,
                orjson.dumps([[name, value.decode("latin-1")] for name, value in record.headers]),
                at,
            )
            for record in records
        ]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT INTO entry (topic, key, value, headers, at) VALUES (?, ?, ?, ?, ?)", rows
                )
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise BusUnavailable(f"the local bus did not take the events: {error}") from error
        with _written:
            _written.notify_all()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class LocalSubscriber:
    """The one reader with its name; a file lock keeps others out and frees itself when the process dies."""

    def __init__(self, connection: sqlite3.Connection, path: Path, consumer: str, topics: tuple[str, ...]) -> None:
        self._connection = connection
        self._consumer = consumer
        self._topics = topics
        self._lock = contextlib.ExitStack()
        try:
            self._lock.enter_context(file_lock(_consumer_lock(path, consumer)))
        except Locked:
            connection.close()
            raise
        self._kept = self._read_kept()
        self._positions = dict(self._kept)

    def _read_kept(self) -> dict[str, int]:
        rows = dict(
            self._connection.execute(
                "SELECT topic, position FROM consumed WHERE consumer = ?", (self._consumer,)
            ).fetchall()
        )
        return {topic: rows.get(topic, 0) for topic in self._topics}

    def poll(self, limit: int, timeout: float) -> list[Received]:
        """Up to `limit` records after the position, in the order in which they were published."""
        until = time.monotonic() + timeout
        try:
            while True:
                version = self._connection.execute("PRAGMA data_version").fetchone()
                found = _select(self._connection, self._positions, limit)
                if found or time.monotonic() >= until:
                    for received in found:
                        self._positions[received.topic] = received.offset
                    return found
                self._await_change(version, until)
        except sqlite3.Error as error:
            raise BusUnavailable(f"the local bus cannot be read: {error}") from error

    def _await_change(self, version: tuple[int], until: float) -> None:
        while time.monotonic() < until:
            with _written:
                _written.wait(LOOK_SECONDS)
            if self._connection.execute("PRAGMA data_version").fetchone() != version:
                return

    def commit(self) -> None:
        """Keep the position."""
        moved = [
            (self._consumer, topic, position)
            for topic, position in self._positions.items()
            if position != self._kept[topic]
        ]
        if not moved:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO consumed VALUES (?, ?, ?)", moved)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise BusUnavailable(f"the local bus did not keep the position: {error}") from error
        self._kept = dict(self._positions)

    def rewind(self) -> None:
        """Go back to the position last kept."""
        self._positions = dict(self._kept)

    def close(self) -> None:
        """Leave."""
        self._connection.close()
        self._lock.close()


def _consumer_lock(path: Path, consumer: str) -> Path:
    return path.with_name(f"consumer-{consumer}.lock")


def _select(connection: sqlite3.Connection, positions: dict[str, int], limit: int) -> list[Received]:
    one = (
        "SELECT * FROM (SELECT topic, key, value, headers, position, at FROM entry "
        "WHERE topic = ? AND position > ? ORDER BY position LIMIT ?)"
    )
    wanted = " UNION ALL ".join([one] * len(positions))
    arguments = [value for topic, position in positions.items() for value in (topic, position, limit)]
    rows = connection.execute(f"{wanted} ORDER BY 5 LIMIT ?", [*arguments, limit]).fetchall()
    return [
        Received(
            topic,
            key,
            value,
            tuple((name, text.encode("latin-1")) for name, text in orjson.loads(headers)),
            0,
            position,
            at,
        )
        for topic, key, value, headers, position, at in rows
    ]
