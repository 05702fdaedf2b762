"""Waits until the assessment has heard of what the register says: the bus between them runs in other processes.

`assess` calls `wait` before it plays the rounds of the forum.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import select

from services.chassis.database import Database
from services.chassis.eventbus import inbox
from services.registry.focal_points.models import FocalPoint
from services.registry.networks.models import Network, NetworkContact, Nomination
from services.registry.organizations.models import Organization
from services.registry.partnerships.models import Partnership
from services.registry.units.models import Unit

CONSUMER = "assessment"
AUTHORITY = "convene.registry.authority"
Heard = Organization | Unit | Network | FocalPoint | NetworkContact | Nomination
Waited = tuple[str, str, int, int]
"""Topic, id, version, revision."""


def wait(registry: Database, assessment: Database, most_seconds: float, look_seconds: float) -> None:
    """Return when the assessment holds the newest of everything that it hears of. Raises `TimeoutError`."""
    waited = list(_said(registry))
    until = time.monotonic() + most_seconds
    while waited := _unheard(assessment, waited):
        if time.monotonic() > until:
            raise TimeoutError(f"the assessment has not heard of {len(waited)} documents of the register")
        time.sleep(look_seconds)


def _said(registry: Database) -> Iterator[Waited]:
    public = select(Partnership.id, Partnership.version, Partnership.revision).where(Partnership.document.is_not(None))
    tables: tuple[tuple[str, type[Heard]], ...] = (
        ("convene.registry.organization", Organization),
        ("convene.registry.unit", Unit),
        ("convene.registry.network", Network),
        (AUTHORITY, FocalPoint),
        (AUTHORITY, NetworkContact),
        (AUTHORITY, Nomination),
    )
    with registry.reading() as session:
        for row in session.execute(public):
            yield "convene.registry.partnership", row.id, row.version, row.revision
        for topic, model in tables:
            for row in session.execute(select(model.id, model.version, model.revision)):
                yield topic, row.id, row.version, row.revision


def _unheard(assessment: Database, waited: list[Waited]) -> list[Waited]:
    with assessment.reading() as session:
        held = {
            topic: inbox.held(session, CONSUMER, topic, [each[1] for each in waited if each[0] == topic])
            for topic in {each[0] for each in waited}
        }
    return [each for each in waited if held[each[0]].get(each[1], (0, 0)) < each[2:]]
