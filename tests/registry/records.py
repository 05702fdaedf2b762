"""Partnership records as rows, for tests of what reads them (queues, claims) without going through a partnership's life."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.chassis import clock
from services.chassis.identifiers import uuid7
from services.registry.partnerships.models import Partnership, PartnershipPartner
from tests.registry.conftest import World


def record(world: World, lead_id: str, **changed: Any) -> str:
    """A listed record with that lead; returns its id."""
    now = clock.now()
    values: dict[str, Any] = {
        "id": uuid7(),
        "standing": "listed",
        "phase": "active",
        "kind": "partnership",
        "lead_organization_id": lead_id,
        "version": 1,
        "revision": 1,
        "content": {"title": {"en": "Clean water"}},
        "appealed": False,
        "authors": [],
        "spoken_at": now,
        "created_at": now,
        "updated_at": now,
    } | changed
    values["reference"] = f"CVN-2026-{values['id'][-6:]}"
    with world.service.database.transaction() as session:
        session.add(Partnership(**values))
    return str(values["id"])


def submitted(world: World, lead_id: str, unit_id: str, at: datetime, **content: Any) -> str:
    """A record that waits for a unit since that moment."""
    whole = {"title": {"en": "Clean water"}} | content
    return record(world, lead_id, standing="submitted", unit_id=unit_id, submitted_at=at, content=whole)


def partner(world: World, partnership_id: str, organization_id: str, **changed: Any) -> str:
    """A partner entry of a record, in its row and in its content; returns the entry's id."""
    entry_id = uuid7()
    state = changed.get("state", "claimed")
    values = {
        "partnership_id": partnership_id,
        "partner_id": entry_id,
        "organization_id": organization_id,
        "constituency": "civil_society",
        "state": state,
        "roles": ["implementer"],
        "lead": False,
        "shown": state not in ("declined", "unnamed"),
    } | changed
    with world.service.database.transaction() as session:
        session.add(PartnershipPartner(**values))
        row = session.get_one(Partnership, partnership_id)
        entry = {"id": entry_id, "confirmation": {"state": state, "at": "2026-01-01T00:00:00.000000Z"}}
        row.content = {**row.content, "partners": [*row.content.get("partners", ()), entry]}
    return entry_id
