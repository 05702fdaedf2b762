"""Every published figure again: from the stored reviews, the versions of the record and the rubric; and what differs.

Nothing is written. `maintenance` calls it for the command line; the reviews come from the forum, which alone keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.assessment.evaluations import assembling, inputs
from services.assessment.evaluations.assembling import Assessed
from services.assessment.evaluations.models import Evaluation, EvaluationVersion
from services.assessment.figures import Review
from services.chassis.database import Database
from services.chassis.errors import NotKnown

ReviewsOf = Callable[[Session, str], Sequence[Review]]
"""The stored reviews of an assessment, as they stood when it was published, by the names that its evaluation knows them by."""

FIGURES = ("judged_version", "evidence_version", "rubric_version", "lessons")
"""The members of an evaluation that are worked out; beside them the panel's size and chambers."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that came out otherwise: a JSON Pointer into the evaluation, what was published, what comes out."""

    pointer: str
    published: object
    recomputed: object


@dataclass(frozen=True, slots=True)
class Recomputed:
    """An evaluation, how many figures of it came out as published, and those that did not."""

    evaluation_id: str
    same: int
    differences: tuple[Difference, ...]


def recompute(database: Database, reviews_of: ReviewsOf, ids: Sequence[str] | None = None) -> Iterator[Recomputed]:
    """Recompute evaluations by id, or all of them. Raises NotKnown for an id that there is not."""
    with database.reading() as session:
        wanted = list(ids) if ids is not None else list(session.scalars(select(Evaluation.id).order_by(Evaluation.id)))
    for evaluation_id in wanted:
        with database.reading() as session:
            yield _one(session, evaluation_id, reviews_of)


def _one(session: Session, evaluation_id: str, reviews_of: ReviewsOf) -> Recomputed:
    row = session.get(Evaluation, evaluation_id)
    if row is None:
        raise NotKnown(f"There is no evaluation {evaluation_id}.")
    kept = inputs.read(row.inputs)
    stored = {each.member: each for each in reviews_of(session, row.assessment_id)}
    found = list(_reviews_that_differ(kept, stored))
    reviews = [stored[each.member] for each in kept.reviews if each.member in stored]
    again = _figures(assembling.evaluation(replace(kept, reviews=reviews), row.id, 1, "2000-01-01T00:00:00Z"))
    same = 0
    for document in session.scalars(_versions(evaluation_id)):
        for one in _differing("", _figures(orjson.loads(document)), again):
            same += one is None
            found += [one] if one is not None else []
    return Recomputed(evaluation_id, same, tuple(found))


def _versions(evaluation_id: str) -> Any:
    """Every rendering that was public: a figure never changes between them."""
    mine = select(EvaluationVersion.document).where(EvaluationVersion.evaluation_id == evaluation_id)
    return mine.order_by(EvaluationVersion.revision)


def _reviews_that_differ(kept: Assessed, stored: Mapping[str, Review]) -> Iterator[Difference]:
    """Reviews that are no longer stored as they were counted. The levels are confidential: they are not shown."""
    for number, each in enumerate(kept.reviews):
        if stored.get(each.member) != each:
            now = "changed" if each.member in stored else "not stored"
            yield Difference(f"/reviews/{number}", "as it was counted", now)


def _figures(document: Mapping[str, Any]) -> Any:
    """The members that are worked out, as JSON has them."""
    said = {name: document[name] for name in FIGURES}
    panel = {name: document["panel"][name] for name in ("size", "chambers")}
    return orjson.loads(orjson.dumps(said | {"panel": panel}, option=orjson.OPT_SORT_KEYS))


def _differing(at: str, published: Any, again: Any) -> Iterable[Difference | None]:
    """The leaves of two figures: None for each that is the same."""
    if isinstance(published, dict) and isinstance(again, dict):
        for name in sorted(published.keys() | again.keys()):
            yield from _differing(f"{at}/{name}", published.get(name), again.get(name))
    elif isinstance(published, list) and isinstance(again, list) and len(published) == len(again):
        for number, (one, other) in enumerate(zip(published, again, strict=True)):
            yield from _differing(f"{at}/{number}", one, other)
    else:
        yield None if published == again else Difference(at, published, again)
