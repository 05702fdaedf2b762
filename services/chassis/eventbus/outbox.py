"""The outbox: events are written in the transaction that makes them true, and nowhere else.

`service.py` calls `add` after it has locked the aggregate's row, so that ids follow versions. The relay takes them from here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import orjson
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from schemas import topics
from schemas.envelope import Event
from services.chassis import clock, telemetry
from services.chassis.eventbus.ports import Record
from services.chassis.identifiers import uuid7
from services.chassis.tables import outbox


def add(session: Session, *, type: str, key: str, version: int, revision: int, data: bytes | None) -> str:
    """Write an event of an aggregate (its id is `key`) into the outbox; returns the event's id.

    `data` is the whole document as rendered; `None` is a tombstone. Raises `KeyError` for a type that `schemas.topics` lacks.
    """
    row = row_of(type=type, key=key, version=version, revision=revision, data=data)
    session.execute(insert(outbox), row)
    return str(row.pop("event_id"))


class Versioned(Protocol):
    """A row of an aggregate, as far as its events need it."""

    id: Any
    version: Any
    revision: Any


def announce(session: Session, type: str, row: Versioned, document: bytes) -> str:
    """Write an event that carries the document of an aggregate's row; as `add`."""
    return add(session, type=type, key=row.id, version=row.version, revision=row.revision, data=document)


def add_many(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write many rows made by `row_of` at once, in this order (imports, re-rendering)."""
    if rows:
        session.execute(
            insert(outbox), [{key: value for key, value in row.items() if key != "event_id"} for row in rows]
        )


def row_of(*, type: str, key: str, version: int, revision: int, data: bytes | None) -> dict[str, Any]:
    """The outbox row of an event, for `add_many`."""
    event_type = topics.event_type(type)
    event = Event(
        id=uuid7(),
        type=type,
        source=f"/{topics.topic(event_type.topic).owner}",
        subject=key,
        time=clock.timestamp(),
        version=version,
        revision=revision,
        data=data,
        traceparent=telemetry.traceparent(),
    )
    headers = orjson.dumps({name: value.decode() for name, value in event.headers()})
    return {
        "topic": event_type.topic,
        "key": key,
        "headers": headers,
        "value": data,
        "created_at": time.time(),
        "event_id": event.id,
    }


def unpublished(session: Session, limit: int) -> list[tuple[int, Record]]:
    """The oldest events that the bus has not acknowledged, in the order of their ids.

    Never `id > last`: commits do not follow the order of a sequence, and such a cursor would step over late ones.
    """
    rows = session.execute(
        select(outbox.c.id, outbox.c.topic, outbox.c.key, outbox.c.value, outbox.c.headers)
        .where(outbox.c.published_at.is_(None))
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [
        (
            row.id,
            Record(
                row.topic,
                row.key,
                row.value,
                tuple((name, value.encode()) for name, value in orjson.loads(row.headers).items()),
            ),
        )
        for row in rows
    ]


def mark_published(session: Session, ids: Sequence[int]) -> None:
    """Note that the bus has acknowledged these."""
    session.execute(update(outbox).where(outbox.c.id.in_(ids)).values(published_at=time.time()))


def depth_and_age(session: Session) -> tuple[int, float]:
    """How many events wait, and for how many seconds the oldest."""
    count, oldest = session.execute(
        select(func.count(), func.min(outbox.c.created_at)).where(outbox.c.published_at.is_(None))
    ).one()
    return count, max(0.0, time.time() - oldest) if oldest else 0.0


def forget_published(session: Session, before: float, limit: int = 1000) -> int:
    """Delete up to `limit` rows acknowledged before the instant `before` (seconds since the epoch); returns how many."""
    ids = session.scalars(select(outbox.c.id).where(outbox.c.published_at < before).limit(limit)).all()
    if ids:
        session.execute(delete(outbox).where(outbox.c.id.in_(ids)))
    return len(ids)


def rows_for(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outbox rows of many events given as keyword arguments of `row_of`."""
    return [row_of(**event) for event in events]
