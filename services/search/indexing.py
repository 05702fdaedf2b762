"""From the table to the index: what was committed is written to every edition that is in use.

The consumer calls `Indexer.apply` after its commit and before its position is kept; a rebuild calls `changes`. Both may
do the same work twice: a record's generation is the version by which the index refuses what is outdated.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import topics
from schemas.envelope import Event
from services.chassis import metrics
from services.chassis.database import Database
from services.chassis.telemetry import log
from services.search import projections
from services.search.index.fields import Collection
from services.search.index.ports import Change, Index
from services.search.models import Rebuild, Record

ACTIVE = ("requested", "reading", "copying", "comparing")
"""States of a rebuild that has not ended."""

BEGUN = ("reading", "copying", "comparing")
"""Those in which there is an edition to write to; what is committed earlier is in the table when that is copied."""

MOST_LOGGED = 50

COLLECTION_OF: dict[str, Collection] = {
    "convene.registry.partnership": "partnerships",
    "convene.registry.organization": "organizations",
}
"""The collection of every topic whose documents are records."""

EVALUATIONS = "convene.assessment.evaluation"
"""The topic whose documents are joined to records of partnerships."""

TOPICS: tuple[str, ...] = tuple(sorted([*COLLECTION_OF, EVALUATIONS]))
"""The topics that search reads."""


def record_of(event: Event) -> tuple[Collection, str] | None:
    """The record that an event changes: for an evaluation, that of its partnership. None where it says of none."""
    topic = topics.event_type(event.type).topic
    if topic == EVALUATIONS:
        try:
            return "partnerships", str(orjson.loads(event.data or b"")["partnership"]["id"])
        except (KeyError, TypeError, ValueError):
            return None  # a dead letter by now
    collection = COLLECTION_OF.get(topic)
    return (collection, event.subject) if collection else None


class State(NamedTuple):
    """What a projection was made from: where it is the same, so is the projection."""

    collection: str
    id: str
    version: int
    revision: int
    evaluation: int


class Projected:
    """Projections made in the transaction of a batch, kept until the index is written after its commit.

    They are made there because a document that cannot be projected is a dead letter, which is decided before the commit.
    """

    def __init__(self) -> None:
        self._kept: dict[State, bytes] = {}
        self._lock = threading.Lock()

    def keep(self, state: State, fields: bytes) -> None:
        """Remember the fields of a record in this state."""
        with self._lock:
            self._kept[state] = fields

    def take(self, state: State) -> bytes | None:
        """The fields, if they were kept."""
        with self._lock:
            return self._kept.pop(state, None)

    def forget(self) -> None:
        """Remember nothing: the batch is over."""
        with self._lock:
            self._kept.clear()


def state_of(collection: str, id: str, version: int, revision: int, evaluation: bytes | None) -> State:
    """The state of a record as `Projected` knows it."""
    return State(collection, id, version, revision, hash(evaluation))


def building_edition(session: Session) -> str | None:
    """The edition that is being built beside the current one, if any."""
    return session.scalar(
        select(Rebuild.edition).where(Rebuild.state.in_(BEGUN)).order_by(Rebuild.number.desc()).limit(1)
    )


class Indexer:
    """Writes the index for one consumer."""

    def __init__(self, database: Database, index: Index, projected: Projected) -> None:
        self._database = database
        self._index = index
        self._projected = projected
        self.written_at = 0.0
        """When the index was last written to (monotonic seconds); 0 before the first time."""

    def apply(self, events: Sequence[Event]) -> None:
        """Write the records of these events as they are in the table, to the current edition and to one being built."""
        ids: dict[Collection, dict[str, Event]] = {}
        for event in events:
            record = record_of(event)
            if record:
                ids.setdefault(record[0], {})[record[1]] = event
        with self._database.reading() as session:
            changes = {name: self._load(session, name, list(found)) for name, found in ids.items()}
            building = building_edition(session)
        editions = [edition for edition in dict.fromkeys((self._index.current(), building)) if edition]
        if not editions:
            raise RuntimeError("there is no index to write to; the rebuild that makes it has not begun")
        for edition in editions:
            for collection, found in changes.items():
                self._index.write(collection, found, edition)
        self._projected.forget()
        self.written_at = time.monotonic()
        _report(events)

    def _load(self, session: Session, collection: Collection, ids: Sequence[str]) -> list[Change]:
        """The changes that bring the index to what the table holds of these records."""
        rows = session.execute(
            select(Record.id, Record.version, Record.revision, Record.generation, Record.evaluation).where(
                Record.collection == collection, Record.id.in_(ids)
            )
        ).all()
        found: list[Change] = []
        missing: list[str] = []
        for row in rows:
            state = state_of(collection, row.id, row.version, row.revision, row.evaluation)
            fields = self._projected.take(state)
            if fields is None:
                missing.append(row.id)
            else:
                found.append(Change(row.id, row.generation, with_generation(fields, row.generation)))
        return found + changes(session, collection, missing)


def with_generation(fields: bytes, generation: int) -> bytes:
    """The JSON object of fields, with the generation in it."""
    return b'%b,"generation":%d}' % (fields[:-1], generation)


def changes(session: Session, collection: Collection, ids: Sequence[str]) -> list[Change]:
    """What the index should hold of these records, from the table."""
    if not ids:
        return []
    rows = session.execute(
        select(Record.id, Record.generation, Record.document, Record.evaluation).where(
            Record.collection == collection, Record.id.in_(ids)
        )
    )
    return [change_of(collection, row) for row in rows]


def change_of(collection: Collection, row: Any) -> Change:
    """What the index should hold of a row with `id`, `generation`, `document` and `evaluation`."""
    if row.document is None:
        return Change(row.id, row.generation, None)
    fields = projections.record_fields(collection, row.document, row.evaluation)
    return Change(row.id, row.generation, with_generation(fields, row.generation))


def _report(events: Sequence[Event]) -> None:
    """Say what is searchable now, each with the trace of the request that it began with; many as one line."""
    newest = max(events, key=lambda event: event.time)
    age = max(0.0, time.time() - datetime.fromisoformat(newest.time).timestamp())
    metrics.INDEX_LAG_SECONDS.labels("search").set(age)
    if len(events) > MOST_LOGGED:
        log.info("indexed", records=len(events), newest=newest.time)
        return
    for event in events:
        trace = event.traceparent[3:35] if event.traceparent else None
        log.info(
            "indexed", id=event.subject, type=event.type, version=event.version, revision=event.revision, trace_id=trace
        )
