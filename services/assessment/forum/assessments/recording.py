"""How a step of an assessment is recorded: the row changes, its public document is rendered, and the event goes to the outbox.

One transaction, the row locked by the caller. What is public of an assessment is in `document_of`, and nowhere else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from schemas import documents
from schemas.assessment import AssessmentDocument
from schemas.documents import StoredDocument
from services.assessment.forum.assessments.models import Assessment
from services.assessment.forum.rows import Json
from services.chassis import clock
from services.chassis.eventbus import outbox

EVENT = "org.convene.assessment.assessment.{}.v1"


def document_of(row: Assessment) -> Json:
    """The public document: stages and dates, never a name, a review, a score or a discussion."""
    return {
        "id": row.id,
        "version": row.version,
        "revision": row.revision,
        "round_id": row.round_id,
        "partnership": {"id": row.partnership_id, "reference": row.reference, "title": row.title or None},
        "ground": row.ground,
        "petitioners": row.petition.get("signed") or None,
        "stage": row.stage,
        "deadline": None if row.deadline is None else clock.timestamp(row.deadline),
        "stages": row.stages,
        "judged_version": row.judged_version,
        "pool_digest": row.pool_digest,
        "replied_at": None if row.replied_at is None else clock.timestamp(row.replied_at),
        "extended": row.extended or None,
        "evaluation_id": row.evaluation_id,
        "created_at": clock.timestamp(row.created_at),
        "updated_at": clock.timestamp(row.updated_at),
    }


def record(session: Session, row: Assessment, happened: str, now: datetime, *, step: bool = True) -> None:
    """Render the row and say what happened. A rendering that is no `step` keeps the version."""
    row.version += int(step)
    row.revision += 1
    if step:
        row.updated_at = now
    row.document = documents.render(AssessmentDocument, document_of(row))
    session.flush()
    outbox.announce(session, EVENT.format(happened), row, row.document)


def stored(row: Assessment) -> StoredDocument:
    """The public document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document)


def entered(stage: str, now: datetime, moved_by: str, reason: str | None = None) -> dict[str, Any]:
    """A step, as the document shows it."""
    step = {"stage": stage, "entered_at": clock.timestamp(now), "moved_by": moved_by}
    return step | ({"reason": reason} if reason else {})
