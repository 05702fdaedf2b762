"""The relay: takes a service's events from its outbox to the bus, in order, and marks them once acknowledged.

One relay per service works at a time, under a lock that frees itself when its holder dies. A relay killed between the
acknowledgement and the mark publishes again; the inbox of every consumer makes that harmless.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import metrics
from services.chassis.database import Database
from services.chassis.eventbus import outbox
from services.chassis.eventbus.ports import Bus, BusUnavailable, Publisher
from services.chassis.locks import Locked, file_lock
from services.chassis.telemetry import log

BATCH = 500
IDLE_SECONDS = 0.02
IDLE_SECONDS_POSTGRESQL = 0.1
LOCK_RETRY_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0


class Relay:
    """The relay of one service."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self.problem: str | None = "not started"

    def run(self, stopped: threading.Event) -> None:
        """Relay until `stopped`. What fails is logged once and tried again, with growing pauses."""
        pause = FIRST_PAUSE_SECONDS
        while not stopped.is_set():
            try:
                with self._lock():
                    self._relay_while_locked(stopped)
            except Locked:
                self.problem = "another relay of this service works; this one waits"
                stopped.wait(LOCK_RETRY_SECONDS)
            except (BusUnavailable, SQLAlchemyError, OSError) as error:
                if self.problem is None:
                    pause = FIRST_PAUSE_SECONDS
                if self.problem != str(error):
                    log.warning("relay waits", service=self._database.service, reason=str(error))
                self.problem = str(error)
                stopped.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _relay_while_locked(self, stopped: threading.Event) -> None:
        publisher = self._bus.publisher()
        changed = _changes(self._database)
        try:
            while not stopped.is_set():
                took = self.step(publisher)
                self.problem = None  # not before: to try is not to work
                if took == 0:
                    next(changed)
                    if not stopped.is_set():
                        stopped.wait(IDLE_SECONDS if self._database.dialect == "sqlite" else IDLE_SECONDS_POSTGRESQL)
        finally:
            changed.close()
            publisher.close()

    def step(self, publisher: Publisher) -> int:
        """Publish and mark one batch; returns how many events it took."""
        with self._database.reading() as session:
            waiting = outbox.unpublished(session, BATCH)
        if not waiting:
            return 0
        publisher.publish([record for _, record in waiting])
        with self._database.transaction() as session:
            outbox.mark_published(session, [number for number, _ in waiting])
        metrics.PUBLISHED.labels(self._database.service).inc(len(waiting))
        log.debug("relayed", service=self._database.service, events=len(waiting))
        return len(waiting)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        if self._database.dialect == "sqlite":
            with file_lock(Path(f"{self._database.engine.url.database}.relay")):
                yield
            return
        with self._database.engine.connect() as connection:
            name = {"name": f"convene-relay-{self._database.service}"}
            if not connection.execute(text("SELECT pg_try_advisory_lock(hashtext(:name))"), name).scalar():
                raise Locked(name["name"])
            connection.commit()
            try:
                yield
            finally:
                # A dead connection has lost the lock already.
                with contextlib.suppress(SQLAlchemyError):
                    connection.execute(text("SELECT pg_advisory_unlock(hashtext(:name))"), name)
                    connection.commit()


def _changes(database: Database) -> Generator[None, None, None]:
    """On SQLite, return from `next` only when another connection has committed (`PRAGMA data_version`), or after a second.

    Keeps an idle relay from reading its table fifty times a second; on PostgreSQL it returns at once.
    """
    if database.dialect != "sqlite":
        while True:
            yield
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        seen = None
        while True:
            until = time.monotonic() + 1.0
            while True:
                version = cursor.execute("PRAGMA data_version").fetchone()
                if version != seen or time.monotonic() > until:
                    seen = version
                    break
                time.sleep(IDLE_SECONDS)
            yield
