"""The one clock: what time it is, and the work that falls due.

Code asks `now()` here and nowhere else, so that `CONVENE_CLOCK` can shift time for tests. Deadlines are `Job`s that the clock
process runs under a lease in the service's database, so that two clock processes never do the same work twice.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.chassis import instants
from services.chassis.database import Database
from services.chassis.instants import Source
from services.chassis.tables import lease
from services.chassis.telemetry import log

_source: Source = instants.system


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _source()


def today() -> date:
    """The present date in UTC."""
    return now().date()


def timestamp(moment: datetime | None = None) -> str:
    """An instant (by default the present one) as RFC 3339 with microseconds and `Z`."""
    moment = now() if moment is None else moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def use(value: str) -> None:
    """Make this process follow the clock that `value` names (see `instants.parse`)."""
    global _source
    _source = instants.parse(value)


@dataclass(frozen=True)
class Job:
    """Work that falls due. `run` does a bounded batch of what is due at the given instant and returns how much it did."""

    name: str
    run: Callable[[Session, datetime], int]


class Clock:
    """Runs a service's jobs, under a lease in its database that a dead holder loses within `LEASE_SECONDS`."""

    LEASE_SECONDS = 5.0
    PAUSE_SECONDS = 1.0

    def __init__(self, database: Database, jobs: Sequence[Job]) -> None:
        self._database = database
        self._jobs = jobs
        self._owner = str(uuid.uuid4())
        self._failing: dict[str, str] = {}
        self.problem: str | None = None

    def run(self, stopped: threading.Event) -> None:
        """Do due work until `stopped`; what fails is logged once, is the clock's problem, and is tried again at the next turn."""
        try:
            while not stopped.is_set():
                did = 0
                try:
                    if self._holds_lease():
                        did = self.turn()
                    else:
                        self._failing.clear()  # whoever holds the lease tries them, and says so
                    self.problem = "; ".join(self._failing.values()) or None
                except SQLAlchemyError as error:
                    if self.problem != str(error):
                        log.warning("clock waits for its database", service=self._database.service, reason=str(error))
                    self.problem = str(error)
                if not did:
                    stopped.wait(self.PAUSE_SECONDS)
        finally:
            self._release()

    def turn(self) -> int:
        """Run every job once; returns how many pieces of work were done. Each job has a transaction of its own."""
        did = 0
        for job in self._jobs:
            try:
                with self._database.transaction() as session:
                    did += job.run(session, now())
                self._failing.pop(job.name, None)
            except Exception as error:
                # Whatever it is, the other jobs still run.
                reason = str(error).partition("\n")[0]
                problem = f"the job {job.name!r} fails: {type(error).__name__}: {reason}"
                if self._failing.get(job.name) != problem:
                    log.exception("job failed; it is tried again", job=job.name, service=self._database.service)
                self._failing[job.name] = problem
        return did

    def _holds_lease(self) -> bool:
        # Wall-clock time on purpose: a lease is about living processes, not about the shifted time of deadlines.
        wall = time.time()
        with self._database.transaction() as session:
            row = session.execute(
                select(lease.c.owner, lease.c.expires).where(lease.c.name == "clock").with_for_update()
            ).first()
            if row is None:
                session.execute(
                    insert(lease).values(name="clock", owner=self._owner, expires=wall + self.LEASE_SECONDS)
                )
                return True
            if row.owner != self._owner and row.expires > wall:
                return False
            session.execute(
                update(lease)
                .where(lease.c.name == "clock")
                .values(owner=self._owner, expires=wall + self.LEASE_SECONDS)
            )
            return True

    def _release(self) -> None:
        try:
            with self._database.transaction() as session:
                session.execute(delete(lease).where(lease.c.name == "clock", lease.c.owner == self._owner))
        except Exception:
            log.warning("lease not released; it expires by itself", service=self._database.service, exc_info=True)
