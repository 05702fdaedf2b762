"""What partners added to the pulses of the partnership that is assessed: its panel reads it, without a name or a day."""

from __future__ import annotations

from services.assessment.forum.assessments import moving
from services.assessment.forum.assessments.models import Assessment
from services.assessment.forum.assessments.standing import actor_of, check
from services.assessment.forum.rows import Json, known
from services.assessment.pulses.service import comments_of
from services.chassis.database import Database
from services.chassis.identity import Principal


def pulse_comments(database: Database, principal: Principal | None, assessment_id: str) -> list[Json]:
    """The comments, in no order. Raises NotKnown, NotOnPanel, and what the stage forbids."""
    moving.catch_up(database, assessment_id)
    with database.reading() as session:
        row = known(session, Assessment, assessment_id)
        check(actor_of(session, principal, row), "assessment.read_pulse_comments", row)
        return [{"text": text} for text in comments_of(session, row.partnership_id)]
