"""What panels do with the events of records: they keep who gives money to whom, so that it need not be sought in all records."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

import orjson
from sqlalchemy import Table, bindparam, delete, insert
from sqlalchemy.orm import Session

from schemas.envelope import Event
from schemas.topics import EVENT_TYPES
from services.assessment.panels.funding import links
from services.assessment.panels.models import Funding
from services.chassis.eventbus.runner import Handler

TOPIC = "convene.registry.partnership"
# Built once: every event of a partnership executes them.
_TABLE = cast(Table, Funding.__table__)
_FORGET = delete(_TABLE).where(_TABLE.c.partnership_id == bindparam("key"))
_KEEP = insert(_TABLE)


def keep_funding(session: Session, event: Event) -> None:
    """Replace what a record says of funding. What is no document is refused by the evidence, which comes first."""
    session.execute(_FORGET, {"key": event.subject})
    if event.data is None:
        return
    stated = links(event.subject, orjson.loads(event.data))
    if stated:
        session.execute(_KEEP, [{"partnership_id": event.subject, **asdict(each)} for each in stated])


HANDLERS: dict[str, Handler] = {each.name: keep_funding for each in EVENT_TYPES if each.topic == TOPIC}
"""The table `{event type: function}`."""
