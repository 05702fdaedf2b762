"""What evidence does with events: it keeps the newest public document of every partnership.

Every type of event of a partnership carries the whole document, so all are taken alike. One that holds no document is poison.
"""

from __future__ import annotations

import functools
from typing import cast

import orjson
from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from schemas.envelope import Event
from schemas.topics import EVENT_TYPES
from services.assessment.evidence.models import Evidence
from services.chassis.eventbus.runner import Handler, Poison

TOPIC = "convene.registry.partnership"


def keep(session: Session, event: Event) -> None:
    """Keep a partnership's document, or that it is gone. The runner calls it for what is newer than what is held."""
    if event.data is not None:
        _check(event.data)
    row = {
        "partnership_id": event.subject,
        "version": event.version,
        "revision": event.revision,
        "document": event.data,
    }
    session.execute(_keeping(session.get_bind().dialect.name), row)


@functools.cache
def _keeping(dialect: str) -> Insert:
    """Built once: every event of a partnership is kept by it."""
    table = cast(Table, Evidence.__table__)
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    changed = {name: insert.excluded[name] for name in ("version", "revision", "document")}
    return insert.on_conflict_do_update(index_elements=["partnership_id"], set_=changed)


def _check(data: bytes) -> None:
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Poison(f"the data are not JSON: {error}") from None
    if not isinstance(document, dict):
        raise Poison("the data are not a document")


HANDLERS: dict[str, Handler] = {each.name: keep for each in EVENT_TYPES if each.topic == TOPIC}
"""The table `{event type: function}`."""
