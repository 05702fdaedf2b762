"""What search does with events: it keeps their documents in its table, and then writes the index.

`HANDLERS` is the table of event types; `app.py` makes the subscription. A document that cannot be projected is poison:
it could never be found, and its place is among the dead letters, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from schemas import topics
from schemas.envelope import Event
from services.chassis.eventbus.runner import Handler, Poison
from services.search import evaluations, projections
from services.search.index.fields import Collection
from services.search.indexing import COLLECTION_OF, EVALUATIONS, TOPICS, Projected, state_of

EVENT_TYPES: tuple[str, ...] = tuple(event_type.name for event_type in topics.EVENT_TYPES if event_type.topic in TOPICS)
"""Search takes every type of the topics it reads alike: each carries the whole document, whatever happened."""


def handlers(projected: Projected) -> dict[str, Handler]:
    """The table `{event type: function}`; the projections go to `projected`."""
    return {name: _handler(topics.event_type(name).topic, projected) for name in EVENT_TYPES}


def _handler(topic: str, projected: Projected) -> Callable[[Session, Event], None]:
    if topic == EVALUATIONS:
        return evaluations.hold

    def handle(session: Session, event: Event) -> None:
        hold(session, COLLECTION_OF[topic], event, projected)

    return handle


def hold(session: Session, collection: Collection, event: Event, projected: Projected | None = None) -> bool:
    """Keep an event's document, unless one as new is held; returns whether it was kept. Raises `Poison`.

    One statement: it locks the row, compares, and raises the generation. While the table is being read anew from the
    topics, a row that this has not reached yet gives way to whatever the topics say.
    """
    evaluation = _upsert(session, collection, event)
    if evaluation is _NOT_KEPT:
        return False
    if event.data is not None and projected is not None:
        fields = project(collection, event, evaluation)
        state = state_of(collection, event.subject, event.version, event.revision, evaluation)
        projected.keep(state, fields)
    return True


def project(collection: Collection, event: Event, evaluation: bytes | None) -> bytes:
    """The index fields of an event's document; raises `Poison` where there can be none."""
    assert event.data is not None
    try:
        fields = projections.record_fields(collection, event.data, evaluation)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Poison(f"not a document of {collection}: {type(error).__name__} {error}") from error
    return fields


_NOT_KEPT: Any = object()

_UPSERT = """
INSERT INTO record (collection, id, version, revision, generation, document, time, traceparent, sweep)
VALUES (?, ?, ?, ?, 1, ?, ?, ?, (SELECT coalesce(max(number), 0) FROM rebuild WHERE from_topics))
ON CONFLICT (collection, id) DO UPDATE SET
    version = excluded.version, revision = excluded.revision, generation = record.generation + 1,
    document = excluded.document, time = excluded.time, traceparent = excluded.traceparent, sweep = excluded.sweep
WHERE (excluded.version, excluded.revision) > (record.version, record.revision) OR record.sweep < excluded.sweep
RETURNING evaluation
"""
_STATEMENTS = {"sqlite": _UPSERT, "postgresql": _UPSERT.replace("?", "%s")}


def _upsert(session: Session, collection: Collection, event: Event) -> Any:
    # By the driver itself, with one cursor for the transaction: this is done for every event, and through SQLAlchemy it
    # takes four times as long.
    prepared = session.info.get(_UPSERT)
    if prepared is None:
        connection = session.connection()
        prepared = session.info[_UPSERT] = (connection.connection.cursor(), _STATEMENTS[connection.dialect.name])
    cursor, statement = prepared
    cursor.execute(
        statement,
        (collection, event.subject, event.version, event.revision, event.data, event.time, event.traceparent),
    )
    rows = cursor.fetchall()
    return rows[0][0] if rows else _NOT_KEPT
