"""From a unit to its document, and from a submission to its entry in a queue. Pure functions."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from schemas import documents
from schemas.documents import StoredDocument
from schemas.unit import QueueEntry, UnitDocument
from services.chassis import clock
from services.registry.partnerships.placement import SATURDAY, ground_of, is_overdue, waits_until
from services.registry.units.models import Unit

WRITABLE = ("organization_id", "name", "countries", "goals")


def document(row: Unit) -> bytes:
    """The public document."""
    return documents.render(
        UnitDocument,
        {
            "id": row.id,
            "version": row.version,
            "revision": row.revision,
            **row.content,
            "created_at": clock.timestamp(row.created_at),
            "updated_at": clock.timestamp(row.updated_at),
        },
    )


def stored(row: Unit) -> StoredDocument:
    """The document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document)


def working_days_between(start: date, end: date) -> int:
    """The working days after `start` up to and with `end`; below zero where `end` is the earlier. Public holidays count."""
    if end < start:
        return -working_days_between(end, start)
    days = (start + timedelta(days=each) for each in range(1, (end - start).days + 1))
    return sum(day.weekday() < SATURDAY for day in days)


def queue_entry(
    submission: dict[str, Any], submitted_at: datetime, now: datetime, *, own: bool, appeal: bool
) -> dict[str, Any]:
    """A waiting submission as its unit sees it. `submission`: id, version, reference, kind and content of the record."""
    due, today = waits_until(submitted_at).date(), now.astimezone(UTC).date()
    overdue = is_overdue(submitted_at, now)
    left = working_days_between(today, due)
    content = submission["content"]
    entry = {
        "partnership_id": submission["id"],
        "version": submission["version"],
        "reference": submission["reference"],
        "title": content.get("title"),
        "kind": submission["kind"],
        "countries": sorted(ground_of(content).countries),
        "submitted_at": clock.timestamp(submitted_at),
        "due": str(due),
        # On the weekend after a due Friday no working day has passed yet, and it is overdue all the same.
        "days_left": min(left, -1) if overdue else left,
        "overdue": overdue,
        "own": own,
        "appeal": appeal,
    }
    return documents.ordered(QueueEntry, entry)
