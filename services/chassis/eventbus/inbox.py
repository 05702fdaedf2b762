"""The inbox: what version of each aggregate a consumer holds, kept in the transaction of its work.

The runner alone uses it. It makes an event that comes twice or late change nothing, and remembers the version of what is gone.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.chassis.tables import inbox

Held = tuple[int, int]
"""Version and revision: the order of an aggregate's states."""


def held(session: Session, consumer: str, topic: str, keys: Iterable[str]) -> dict[str, Held]:
    """For each of the keys that the consumer has seen: the version and revision that it holds."""
    rows = session.execute(
        select(inbox.c.key, inbox.c.version, inbox.c.revision).where(
            inbox.c.consumer == consumer, inbox.c.topic == topic, inbox.c.key.in_(set(keys))
        )
    )
    return {row.key: (row.version, row.revision) for row in rows}


def mark(session: Session, consumer: str, events: dict[tuple[str, str], Event]) -> None:
    """Hold these events, given as `{(topic, key): the newest event}`."""
    if not events:
        return
    rows = [
        {
            "consumer": consumer,
            "topic": topic,
            "key": key,
            "version": event.version,
            "revision": event.revision,
            "event_id": event.id,
            "gone": int(event.data is None),
        }
        for (topic, key), event in sorted(events.items())
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(inbox)
    changed = {name: statement.excluded[name] for name in ("version", "revision", "event_id", "gone")}
    session.execute(statement.on_conflict_do_update(index_elements=["consumer", "topic", "key"], set_=changed), rows)


def forget(session: Session, consumer: str) -> None:
    """Hold nothing any more: the consumer is about to be rebuilt from the topics."""
    session.execute(delete(inbox).where(inbox.c.consumer == consumer))
