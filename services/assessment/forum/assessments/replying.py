"""What the partnership and the unit do once the panel is done: reply, more time, reconsideration, the unit's review."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from services.assessment.errors import AlreadyExtended, AlreadyReconsidered
from services.assessment.forum import course
from services.assessment.forum.assessments import moving, recording
from services.assessment.forum.assessments.deliberation import check_judged
from services.assessment.forum.assessments.models import Assessment
from services.assessment.forum.assessments.standing import actor_of, check
from services.assessment.forum.rounds.models import Round
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.identity import Principal
from services.chassis.rows import locked

Data = Mapping[str, Any]


def _allowed(
    session: Session, principal: Principal | None, assessment_id: str, action: str
) -> tuple[Assessment, datetime]:
    row = locked(session, Assessment, assessment_id)
    now = clock.now()
    moving.advance(session, row, now)
    check(actor_of(session, principal, row), action, row)
    return row, now


def reply(database: Database, principal: Principal | None, assessment_id: str, data: Data) -> None:
    """Reply, as the partnership; a later reply takes its place while there is time. Raises NotAllowed, DeadlinePassed,
    StagePassed, StageNotReached."""
    with database.transaction() as session:
        row, now = _allowed(session, principal, assessment_id, "assessment.reply")
        row.reply, row.replied_at = data["text"], now
        recording.record(session, row, "replied", now)


def extend(database: Database, principal: Principal | None, assessment_id: str) -> None:
    """As many days again to reply, once. Raises NotAllowed, AlreadyExtended, and what the stage forbids."""
    with database.transaction() as session:
        row, now = _allowed(session, principal, assessment_id, "assessment.extend")
        if row.extended:
            raise AlreadyExtended("The time to reply was extended once.")
        of = session.get_one(Round, row.round_id)
        row.extended = True
        row.deadline = (row.deadline or now) + timedelta(days=of.content["calendar"]["reply_days"])
        recording.record(session, row, "extended", now)


def reconsider(database: Database, principal: Principal | None, assessment_id: str, data: Data) -> None:
    """Ask, once, that an indicator be judged again. Raises NotAllowed, AlreadyReconsidered, IndicatorNotJudged, and what the
    stage forbids."""
    with database.transaction() as session:
        row, now = _allowed(session, principal, assessment_id, "assessment.reconsider")
        if row.reconsideration is not None:
            raise AlreadyReconsidered("Reconsideration was asked for once.")
        check_judged(session, row, data["indicator"])
        until = now + timedelta(days=course.RECONSIDERATION_DAYS)
        row.reconsideration = {
            "indicator": data["indicator"],
            "fact": data["fact"],
            "source": data["source"],
            "asked_at": clock.timestamp(now),
            "until": clock.timestamp(until),
        }
        row.deadline = max(row.deadline or until, until)
        recording.record(session, row, "reconsideration_asked", now)


def review_unit(database: Database, principal: Principal | None, assessment_id: str, data: Data) -> None:
    """Keep the unit's review; it says nothing of levels, so it cannot change one. Raises NotAllowed, and what the stage
    forbids."""
    with database.transaction() as session:
        row, _ = _allowed(session, principal, assessment_id, "assessment.review_unit")
        row.unit_review = dict(data)
