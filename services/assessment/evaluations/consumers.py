"""What evaluations do with events of partnerships: what happened to a record may make its next assessment due earlier."""

from __future__ import annotations

import orjson
from sqlalchemy.orm import Session

from schemas.envelope import Event
from schemas.topics import EVENT_TYPES
from services.assessment.evaluations import follow_up
from services.chassis.eventbus.runner import Handler

TOPIC = "convene.registry.partnership"


def watch(session: Session, event: Event) -> None:
    """Look at a record that changed. Evidence has kept it before, and has refused what is not a document."""
    if event.data is not None:
        follow_up.watch(session, event.subject, event.version, orjson.loads(event.data), event.time[:10])


HANDLERS: dict[str, Handler] = {each.name: watch for each in EVENT_TYPES if each.topic == TOPIC}
"""The table `{event type: function}`."""
