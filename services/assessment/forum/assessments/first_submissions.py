"""First submissions of published assessments: what the agreement about a version of the rubric is computed from.

`app` gives it to the learning aggregate, which stands below the forum. Of assessments that still run nothing is told.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.assessment.evaluations.models import Evaluation
from services.assessment.figures import Review
from services.assessment.forum.assessments.models import Assessment, Seat, Submission
from services.assessment.forum.assessments.publishing import levels_of
from services.assessment.forum.rounds.models import Round


def first_submissions(session: Session, rubric_version: str, until: date) -> dict[str, list[Review]]:
    """By assessment what each member submitted first, also those who left later: under that version, published by that day."""
    over = datetime.combine(until + timedelta(days=1), time(), UTC)
    published = select(Evaluation.assessment_id).where(Evaluation.published_at < over)
    rounds = select(Round.id, Round.content)
    versions = {row.id: row.content["rubric_version"] for row in session.execute(rounds)}
    rows = session.execute(
        select(Assessment.round_id, Seat.assessment_id, Seat.pseudonym, Seat.chamber, Submission.content)
        .join(Seat, Seat.id == Submission.seat_id)
        .join(Assessment, Assessment.id == Seat.assessment_id)
        .where(Submission.number == 1, Seat.assessment_id.in_(published))
        .order_by(Seat.assessment_id, Seat.pseudonym)
    )
    found: dict[str, list[Review]] = {}
    for row in rows:
        if versions.get(row.round_id) == rubric_version:
            review = Review(row.pseudonym, row.chamber, levels_of(row.content))
            found.setdefault(row.assessment_id, []).append(review)
    return found
