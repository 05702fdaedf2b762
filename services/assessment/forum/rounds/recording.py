"""How a change of a round is recorded: rendered, and said on the bus. The seed is in the document of a closed round alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas import documents
from schemas.documents import StoredDocument
from schemas.round import RoundDocument
from services.assessment.forum import course
from services.assessment.forum.assessments.models import Assessment
from services.assessment.forum.rounds.models import Round
from services.assessment.forum.rows import Json
from services.chassis import clock
from services.chassis.eventbus import outbox
from services.chassis.rows import locked

EVENT = "org.convene.assessment.round.{}.v1"


def document_of(row: Round) -> Json:
    """The public document."""
    return {
        "id": row.id,
        "version": row.version,
        "revision": row.revision,
        "state": "closed" if row.closed else "open",
        **row.content,
        "draws": row.draws,
        "seed": row.seed if row.closed else None,
        "created_at": clock.timestamp(row.created_at),
        "updated_at": clock.timestamp(row.updated_at),
    }


def record(session: Session, row: Round, happened: str, now: datetime) -> None:
    """Render the row and say what happened; the caller has locked it."""
    row.version += 1
    row.revision += 1
    row.updated_at = now
    row.document = documents.render(RoundDocument, document_of(row))
    session.flush()
    outbox.announce(session, EVENT.format(happened), row, row.document)


def stored(row: Round) -> StoredDocument:
    """The public document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document)


def close_if_over(session: Session, round_id: str, now: datetime) -> bool:
    """Close a round, and reveal its seed, once its assessments are over; returns whether that was so.

    A round in which nothing was published yet stays open until its questions would be over: requests may still come.
    """
    row = locked(session, Round, round_id)
    if row.closed:
        return False
    counts = dict(
        session.execute(
            select(Assessment.stage, func.count()).where(Assessment.round_id == round_id).group_by(Assessment.stage)
        ).all()
    )
    late = now >= course.ends(row.content["calendar"]["questions_until"])
    if not counts or counts.keys() - set(course.OVER) or not ("published" in counts or late):
        return False
    row.closed = True
    record(session, row, "closed", now)
    return True
