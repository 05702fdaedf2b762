"""The inbox: what version of each aggregate a consumer holds, kept in the transaction of its work.

The runner alone writes it. It makes an event that comes twice or late change nothing, and remembers the version of what is gone.
Of two members of a consumer that work on the same aggregate (one was paused past its session, and its events were given to the
other), the one that comes second waits for the marks of the first, or is overtaken and begins again.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.chassis.tables import inbox

Held = tuple[int, int]
"""Version and revision: the order of an aggregate's states."""
Place = tuple[str, str]
"""Topic and key."""


class Overtaken(Exception):
    """Another member of the consumer has marked the same aggregates meanwhile: this one's work must not be kept."""


def held(session: Session, consumer: str, topic: str, keys: Iterable[str], *, locked: bool = False) -> dict[str, Held]:
    """For each of the keys that the consumer has seen: the version and revision that it holds.

    With `locked` nobody else changes these marks until the transaction ends.
    """
    statement = select(inbox.c.key, inbox.c.version, inbox.c.revision).where(
        inbox.c.consumer == consumer, inbox.c.topic == topic, inbox.c.key.in_(set(keys))
    )
    if locked:
        # In one order: nobody waits for each other.
        statement = statement.order_by(inbox.c.key).with_for_update(of=inbox)
    return {row.key: (row.version, row.revision) for row in session.execute(statement)}


def mark(session: Session, consumer: str, events: dict[Place, Event], known: Container[Place]) -> None:
    """Hold these events, given as `{(topic, key): the newest event}`.

    `known` are the places whose marks this transaction has locked. Raises `Overtaken` where another has got a mark since.
    """
    rows = {place: _row(consumer, place, event) for place, event in sorted(events.items())}
    changed = [row for place, row in rows.items() if place in known]
    new = [row for place, row in rows.items() if place not in known]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(inbox)
    if changed:
        columns = {name: statement.excluded[name] for name in ("version", "revision", "event_id", "gone")}
        keys = ["consumer", "topic", "key"]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=columns), changed)
    # A place without a mark could not be locked: whoever marks it first has done the work.
    if new and len(session.execute(statement.on_conflict_do_nothing().returning(inbox.c.key), new).all()) < len(new):
        raise Overtaken(f"another member of {consumer} has applied some of these events; this one reads them again")


def forget(session: Session, consumer: str) -> None:
    """Hold nothing any more: the consumer is about to be rebuilt from the topics."""
    session.execute(delete(inbox).where(inbox.c.consumer == consumer))


def _row(consumer: str, place: Place, event: Event) -> dict[str, Any]:
    topic, key = place
    return {
        "consumer": consumer,
        "topic": topic,
        "key": key,
        "version": event.version,
        "revision": event.revision,
        "event_id": event.id,
        "gone": int(event.data is None),
    }
