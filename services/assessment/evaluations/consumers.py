"""What evaluations do with events of partnerships: what happened to a record may make its next assessment due earlier."""

from __future__ import annotations

import orjson
from sqlalchemy.orm import Session

from schemas.envelope import Event
from schemas.redaction import WITHHELD
from schemas.topics import EVENT_TYPES
from services.assessment.evaluations import follow_up, recording
from services.chassis.eventbus.runner import Handler

TOPIC = "convene.registry.partnership"


def watch(session: Session, event: Event) -> None:
    """Look at a record that changed. Evidence has kept it before, and has refused what is not a document."""
    if event.data is None:
        return
    document = orjson.loads(event.data)
    follow_up.watch(session, event.subject, event.version, document, event.time[:10])
    title = document.get("title") or {}
    # Whatever the event is called: the one that took the name out may have been overtaken by a later state.
    if any(WITHHELD in text for text in title.values()):
        recording.retitle(session, event.subject, title)


HANDLERS: dict[str, Handler] = {each.name: watch for each in EVENT_TYPES if each.topic == TOPIC}
"""The table `{event type: function}`."""
