"""Work on everything at once, for operators: published figures worked out again, documents rendered or written to the bus again.

Called by the command line (`convene assessment recompute`, `convene events republish`, `convene rerender`). Each batch is a
transaction of its own, so that the assessment stays in use meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import documents
from schemas.assessment import AssessmentDocument
from schemas.round import RoundDocument
from services.assessment.evaluations import recomputing
from services.assessment.evaluations import recording as evaluations
from services.assessment.evaluations.models import Evaluation
from services.assessment.evaluations.recomputing import Recomputed, ReviewsOf
from services.assessment.forum.assessments import recording as assessment_recording
from services.assessment.forum.assessments.models import Assessment
from services.assessment.forum.assessments.publishing import reviews_of as stored_reviews
from services.assessment.forum.rounds import recording as round_recording
from services.assessment.forum.rounds.models import Round
from services.chassis.database import Database
from services.chassis.eventbus import outbox

BATCH = 100
Progress = Callable[[int], None]


def recompute(
    database: Database, ids: Sequence[str] | None = None, reviews_of: ReviewsOf = stored_reviews
) -> Iterator[Recomputed]:
    """Every figure of these evaluations again, or of all; each with what differs. Nothing is written. Raises NotKnown."""
    return recomputing.recompute(database, reviews_of, ids)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One kind of document: its rows, the event that says "as it is", and how a row is rendered anew."""

    model: Any
    event: str
    render: Callable[[Any], bytes]
    rendered: Callable[[Session, Any], None] | None = None


AGGREGATES: tuple[Aggregate, ...] = (
    Aggregate(
        Round,
        "org.convene.assessment.round.rerendered.v1",
        lambda row: documents.render(RoundDocument, round_recording.document_of(row)),
    ),
    Aggregate(
        Assessment,
        "org.convene.assessment.assessment.rerendered.v1",
        lambda row: documents.render(AssessmentDocument, assessment_recording.document_of(row)),
    ),
    Aggregate(
        Evaluation, "org.convene.assessment.evaluation.rerendered.v1", evaluations.rendered, evaluations.keep_version
    ),
)


def republish(database: Database, progress: Progress | None = None) -> int:
    """Write the present event of every document into the outbox; returns how many. Consumers skip what they have."""
    return _each(database, _say, progress)


def rerender(database: Database, progress: Progress | None = None) -> int:
    """Render every document again, with a new revision and its event; returns how many. Versions stay as they are."""
    return _each(database, _render_and_say, progress)


def _each(database: Database, work: Callable[[Session, Aggregate, Any], None], progress: Progress | None) -> int:
    """Do `work` on all rows in batches, each locked in its own transaction; returns how many there were."""
    count = 0
    for aggregate in AGGREGATES:
        after = ""
        while True:
            statement = select(aggregate.model).where(aggregate.model.id > after).order_by(aggregate.model.id)
            with database.transaction() as session:
                rows = list(session.scalars(statement.limit(BATCH).with_for_update()))
                for row in rows:
                    work(session, aggregate, row)
            if not rows:
                break
            count, after = count + len(rows), rows[-1].id
            if progress is not None:
                progress(count)
    return count


def _say(session: Session, aggregate: Aggregate, row: Any) -> None:
    outbox.announce(session, aggregate.event, row, row.document)


def _render_and_say(session: Session, aggregate: Aggregate, row: Any) -> None:
    row.revision += 1
    row.document = aggregate.render(row)
    if aggregate.rendered is not None:
        aggregate.rendered(session, row)
    session.flush()
    _say(session, aggregate, row)
