"""The runner: reads events for one consumer, applies them to its tables, then moves on.

The consumer's work, its inbox marks and its own outbox rows are one transaction; `after_commit` (the index) follows it, and the
position is kept last. So a kill at any point repeats work that changes nothing, and never skips any.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from schemas import topics
from schemas.envelope import Event, MalformedEvent
from services.chassis import metrics, telemetry
from services.chassis.database import Database
from services.chassis.eventbus import dead_letters, inbox
from services.chassis.eventbus.ports import Bus, BusUnavailable, Publisher, Received, Subscriber
from services.chassis.locks import Locked
from services.chassis.telemetry import log

Handler = Callable[[Session, Event], None]

BATCH = 500
IDLE_SECONDS = 0.25
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0


class Poison(Exception):
    """Raised by a handler for an event that can never be applied; the message is the reason that the operator reads."""


@dataclass(frozen=True)
class Subscription:
    """What a consumer reads and does.

    `handlers` maps event types to functions; `after_commit` gets all events of a batch after the commit and before the position
    is kept, those already seen included, and must be idempotent; `idle` does other work between batches and returns whether
    there is more; `started` runs once when the consumer has become the one that works; `stopped` when it no longer is.
    """

    name: str
    handlers: Mapping[str, Handler]
    after_commit: Callable[[Sequence[Event]], None] | None = None
    idle: Callable[[], bool] | None = None
    started: Callable[[], None] | None = None
    stopped: Callable[[], None] | None = None
    batch: int = BATCH

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that the handled types travel on."""
        return tuple(sorted({topics.event_type(name).topic for name in self.handlers}))

    @property
    def read(self) -> tuple[str, ...]:
        """What is read for it: its topics, and the one on which dead letters come back to it."""
        return (*self.topics, dead_letters.retry_topic(self.name))


@dataclass
class Batch:
    """What became of a batch: the events in it, and per topic and key the newest that was applied."""

    events: list[Event] = field(default_factory=list)
    newest: dict[inbox.Place, Event] = field(default_factory=dict)
    late: int = 0


class Runner:
    """Runs one subscription against one service's database."""

    def __init__(self, database: Database, bus: Bus, subscription: Subscription) -> None:
        self._database = database
        self._bus = bus
        self._subscription = subscription
        self.problem: str | None = "not started"

    @property
    def name(self) -> str:
        """The consumer's name."""
        return self._subscription.name

    @property
    def topics(self) -> tuple[str, ...]:
        """What it reads."""
        return self._subscription.read

    def run(self, stopped: threading.Event) -> None:
        """Consume until `stopped`. An error stops the consumer with its position unmoved; it tries again with growing pauses."""
        pause = FIRST_PAUSE_SECONDS
        while not stopped.is_set():
            try:
                self._consume(stopped)
            except Locked:
                self._wait(stopped, "another process works as this consumer; this one waits", 1.0, quiet=True)
            except Exception as error:
                # Whatever it is, nothing was skipped: say so once, and try again from the kept position.
                self._wait(stopped, f"{type(error).__name__}: {error}", pause, quiet=False)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            if self.problem is None:
                pause = FIRST_PAUSE_SECONDS

    def _wait(self, stopped: threading.Event, problem: str, pause: float, *, quiet: bool) -> None:
        if problem != self.problem and not quiet:
            log.error("consumer stopped; it tries again", consumer=self.name, reason=problem, exc_info=True)
        self.problem = problem
        metrics.CONSUMER_STOPPED.labels(self.name).set(0 if quiet else 1)
        stopped.wait(pause)

    def _consume(self, stopped: threading.Event) -> None:
        """Subscribe and consume until `stopped` or an error."""
        # Whatever fails on the way out, the rest is let go of too: a name that stays taken would stop the consumer for good.
        with contextlib.ExitStack() as leaving:
            subscriber = self._bus.subscriber(self.name, self.topics)
            leaving.callback(subscriber.close)
            publisher = self._bus.publisher()
            leaving.callback(publisher.close)
            if self._subscription.stopped:
                leaving.callback(self._subscription.stopped)
            if self._subscription.started:
                self._subscription.started()
            while not stopped.is_set():
                more = self._subscription.idle() if self._subscription.idle else False
                self.step(subscriber, publisher, timeout=0.0 if more else IDLE_SECONDS)
                if self.problem is not None:
                    self.problem = None
                    metrics.CONSUMER_STOPPED.labels(self.name).set(0)

    def step(self, subscriber: Subscriber, publisher: Publisher, timeout: float) -> int:
        """Read and apply one batch; returns how many records it took."""
        records = subscriber.poll(self._subscription.batch, timeout)
        if not records:
            return 0
        batch = self._apply(records, publisher)
        if self._subscription.after_commit and batch.events:
            self._subscription.after_commit(batch.events)
        subscriber.commit()
        applied = len(batch.events) - batch.late
        metrics.APPLIED.labels(self.name, "applied").inc(applied)
        metrics.APPLIED.labels(self.name, "seen").inc(batch.late)
        log.debug("consumed", consumer=self.name, applied=applied, seen=batch.late)
        return len(records)

    def _apply(self, records: Sequence[Received], publisher: Publisher) -> Batch:
        """Apply all in one transaction; where one is poison, one by one, so that the others are not held up."""
        try:
            return self._apply_together(records)
        except (Poison, MalformedEvent):
            whole = Batch()
        for record in records:
            try:
                one = self._apply_together([record])
            except (Poison, MalformedEvent) as error:
                dead_letters.bury(publisher, self.name, record, str(error))
                metrics.DEAD_LETTERS.labels(self.name).inc()
                log.error("dead letter", consumer=self.name, topic=record.topic, key=record.key, reason=str(error))
                continue
            whole.events += one.events
            whole.late += one.late
        return whole

    def _apply_together(self, records: Sequence[Received]) -> Batch:
        batch = Batch()
        letters: list[str] = []
        with self._database.transaction() as session:
            held = self._held(session, records)
            known = frozenset(held)
            for record in records:
                original, letter = dead_letters.unwrap(record)
                if letter:
                    letters.append(letter)
                event = Event.from_record(original.key, original.value, original.headers)
                handler = self._subscription.handlers.get(event.type)
                if handler is None:
                    continue  # unknown here: an incompatible change is a new type beside the old
                place = (original.topic, original.key)
                batch.events.append(event)
                if (event.version, event.revision) <= held.get(place, (-1, -1)):
                    batch.late += 1
                    continue
                telemetry.continue_trace(event.traceparent)
                handler(session, event)
                held[place] = (event.version, event.revision)
                batch.newest[place] = event
            inbox.mark(session, self.name, batch.newest, known)
        if letters:
            self._settle(letters)
        return batch

    def _held(self, session: Session, records: Sequence[Received]) -> dict[inbox.Place, inbox.Held]:
        keys: dict[str, set[str]] = {}
        for record in records:
            original, _ = dead_letters.unwrap(record)
            keys.setdefault(original.topic, set()).add(original.key)
        return {
            (topic, key): version
            for topic, wanted in sorted(keys.items())
            for key, version in inbox.held(session, self.name, topic, wanted, locked=True).items()
        }

    def _settle(self, letters: Sequence[str]) -> None:
        """The replayed letters were applied (or are outdated): they are dead no longer."""
        publisher = self._bus.publisher()
        try:
            dead_letters.settle(publisher, letters)
        finally:
            publisher.close()


__all__ = ["BusUnavailable", "Handler", "Poison", "Runner", "Subscription"]
