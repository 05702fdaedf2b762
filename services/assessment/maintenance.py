"""Work on everything at once, for operators: published figures worked out again, documents written to the bus again.

Called by the command line (`convene assessment recompute`, `convene events republish`, `convene rerender`). Each batch is a
transaction of its own, so that the assessment stays in use meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.assessment.evaluations import recomputing
from services.assessment.evaluations import service as evaluations
from services.assessment.evaluations.models import Evaluation
from services.assessment.evaluations.recomputing import Recomputed, ReviewsOf
from services.chassis.database import Database

BATCH = 100
Progress = Callable[[int], None]


def recompute(
    database: Database, ids: Sequence[str] | None = None, reviews_of: ReviewsOf = recomputing.as_counted
) -> Iterator[Recomputed]:
    """Every figure of these evaluations again, or of all; each with what differs. Nothing is written. Raises NotKnown."""
    return recomputing.recompute(database, reviews_of, ids)


def republish(database: Database, progress: Progress | None = None) -> int:
    """Write the present event of every document into the outbox; returns how many. Consumers skip what they have."""
    return _each(database, evaluations.say_again, progress)


def rerender(database: Database, progress: Progress | None = None) -> int:
    """Render every document again, with a new revision and its event; returns how many. Versions stay as they are."""
    return _each(database, evaluations.rerender, progress)


def _each(database: Database, work: Callable[[Session, Evaluation], object], progress: Progress | None) -> int:
    """Do `work` on all evaluations in batches, each locked in its own transaction; returns how many there were."""
    count, after = 0, ""
    while True:
        statement = select(Evaluation).where(Evaluation.id > after).order_by(Evaluation.id).limit(BATCH)
        with database.transaction() as session:
            rows = list(session.scalars(statement.with_for_update()))
            for row in rows:
                work(session, row)
        if not rows:
            return count
        count, after = count + len(rows), rows[-1].id
        if progress is not None:
            progress(count)
