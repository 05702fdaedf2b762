"""What panels do with the events of records: they keep who gives money to whom, so that it need not be sought in all records."""

from __future__ import annotations

from dataclasses import asdict

import orjson
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from schemas.envelope import Event
from schemas.topics import EVENT_TYPES
from services.assessment.panels.funding import links
from services.assessment.panels.models import Funding
from services.chassis.eventbus.runner import Handler

TOPIC = "convene.registry.partnership"


def keep_funding(session: Session, event: Event) -> None:
    """Replace what a record says of funding. What is no document is refused by the evidence, which comes first."""
    session.execute(delete(Funding).where(Funding.partnership_id == event.subject))
    if event.data is None:
        return
    stated = links(event.subject, orjson.loads(event.data))
    if stated:
        session.execute(insert(Funding), [{"partnership_id": event.subject, **asdict(each)} for each in stated])


HANDLERS: dict[str, Handler] = {each.name: keep_funding for each in EVENT_TYPES if each.topic == TOPIC}
"""The table `{event type: function}`."""
