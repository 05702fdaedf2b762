"""What the assessment does with the register's events: it keeps the newest state of authorities, organizations, units, networks.

Every type of a topic carries the whole document, so all are taken alike; the runner passes only what is newer than what is held.
"""

from __future__ import annotations

from collections.abc import Callable

import orjson
from sqlalchemy.orm import Session

from schemas.envelope import Event
from schemas.topics import EVENT_TYPES
from services.assessment.register import projections
from services.assessment.register.models import (
    RegisteredAuthority,
    RegisteredNetwork,
    RegisteredOrganization,
    RegisteredUnit,
)
from services.assessment.tables import Base
from services.chassis.eventbus.runner import Handler, Poison

Projection = Callable[[projections.Document], Base]

TOPICS: dict[str, tuple[type[Base], Projection]] = {
    "convene.registry.authority": (RegisteredAuthority, projections.authority),
    "convene.registry.organization": (RegisteredOrganization, projections.organization),
    "convene.registry.unit": (RegisteredUnit, projections.unit),
    "convene.registry.network": (RegisteredNetwork, projections.network),
}


def _handler(model: type[Base], project: Projection) -> Handler:
    def keep(session: Session, event: Event) -> None:
        if event.data is None:
            row = session.get(model, event.subject)
            if row is not None:
                session.delete(row)
            return
        session.merge(_projected(project, event.data))

    return keep


def _projected(project: Projection, data: bytes) -> Base:
    try:
        return project(orjson.loads(data))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Poison(f"not a document of the register: {type(error).__name__} {error}") from None


HANDLERS: dict[str, Handler] = {
    each.name: _handler(*TOPICS[each.topic]) for each in EVENT_TYPES if each.topic in TOPICS
}
"""The table `{event type: function}`."""
