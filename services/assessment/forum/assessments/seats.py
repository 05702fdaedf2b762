"""The seats of a panel as they are now: who sits, and whose review is submitted."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.assessment.forum.assessments.models import Seat, Submission


def sitting(session: Session, assessment_id: str) -> list[Seat]:
    """Those who sit on the panel now, by pseudonym: an order that says nothing of who they are."""
    statement = select(Seat).where(Seat.assessment_id == assessment_id, Seat.left_at.is_(None))
    return list(session.scalars(statement.order_by(Seat.pseudonym)))


def reviewed(session: Session, seats: Iterable[Seat]) -> set[str]:
    """The ids of the seats whose review is submitted."""
    return set(session.scalars(select(Submission.seat_id).where(Submission.seat_id.in_([each.id for each in seats]))))
