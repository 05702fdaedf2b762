"""The seats of a panel as they are now: who sits, and whose review is submitted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from services.assessment.forum.assessments.models import Assessment, Seat, Submission


def sitting(session: Session, assessment_id: str) -> list[Seat]:
    """Those who sit on the panel now, by pseudonym: an order that says nothing of who they are."""
    statement = select(Seat).where(Seat.assessment_id == assessment_id, Seat.left_at.is_(None))
    return list(session.scalars(statement.order_by(Seat.pseudonym)))


def judging(session: Session, assessment_id: str) -> list[Seat]:
    """Those whose judgement counts, by pseudonym: who sits, and who left by themselves once the profile had been shown."""
    statement = select(Seat).where(Seat.assessment_id == assessment_id, counts())
    return list(session.scalars(statement.order_by(Seat.pseudonym)))


def counts() -> ColumnElement[bool]:
    """Of a seat: its judgement counts."""
    return or_(Seat.left_at.is_(None), Seat.judgement_stays)


def was_taken_off(session: Session, row: Assessment) -> bool:
    """Whether somebody's judgement was taken out once the profile had been shown to the partnership."""
    shown = next((step["entered_at"] for step in row.stages if step["stage"] == "replying"), None)
    if shown is None:
        return False
    left = Seat.left_at >= datetime.fromisoformat(shown), Seat.judgement_stays.is_(False)
    return bool(session.scalar(select(exists().where(Seat.assessment_id == row.id, *left))))


def reviewed(session: Session, seats: Iterable[Seat]) -> set[str]:
    """The ids of the seats whose review is submitted."""
    return set(session.scalars(select(Submission.seat_id).where(Submission.seat_id.in_([each.id for each in seats]))))
