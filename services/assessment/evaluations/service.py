"""Use cases of evaluations: publish, read, correct.

The forum calls `publish` in the transaction that ends an assessment. The figures of an evaluation never change: what changes
afterwards (`follow_up`) makes a new version of it, and wrong figures a new evaluation that says which one it corrects.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

import orjson
from sqlalchemy import Select, Table, bindparam, delete, func, select
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from services.assessment.errors import TooFewLessons
from services.assessment.evaluations import assembling, inputs, scheduling
from services.assessment.evaluations.assembling import Assessed, Json, RecordVersion
from services.assessment.evaluations.models import Evaluation, EvaluationVersion, RecommendationDue
from services.assessment.evaluations.recording import check_current, decide, keep_due, say, stored
from services.assessment.evidence import service as evidence
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import Page, locked, page_of

# Publishing


def publish(session: Session, assessed: Assessed) -> StoredDocument:
    """Publish an evaluation, with its event. Raises TooFewLessons where fewer than five lessons were judged."""
    newest = newest_of(session, assessed.partnership_id)
    return _publish(session, replace(assessed, previous=newest.id if newest else None), clock.now(), {})


def _publish(session: Session, assessed: Assessed, at: datetime, more: Json) -> StoredDocument:
    content = assembling.evaluation(assessed, uuid7(), 1, clock.timestamp(at)) | more
    judged = assembling.judged_count(content["lessons"])
    if judged < assembling.LEAST_JUDGED:
        raise TooFewLessons(
            f"{judged} of the lessons were judged; an evaluation has {assembling.LEAST_JUDGED} at least.",
            judged=judged,
            needed=assembling.LEAST_JUDGED,
        )
    row = Evaluation(
        id=content["id"],
        assessment_id=assessed.assessment_id,
        partnership_id=assessed.partnership_id,
        version=0,
        revision=0,
        document=b"",
        inputs=inputs.written(assessed),
        business_partners=sorted(scheduling.business_partners(assessed.evidence.document)),
        risk_tier=assessed.risk_tier,
        published_at=at,
    )
    session.add(row)
    session.flush()
    keep_due(session, row.id, content["recommendations"])
    return say(session, row, content, "published", edit=True)


# Reading


def read(database: Database, evaluation_id: str) -> StoredDocument:
    """A published evaluation. Raises NotKnown."""
    with database.reading() as session:
        row = session.get(Evaluation, evaluation_id)
        if row is None:
            raise NotKnown("There is no evaluation under this identifier.")
        return stored(row)


def read_version(database: Database, evaluation_id: str, version: int) -> StoredDocument:
    """The last rendering of a version, as it was. Raises NotKnown."""
    with database.reading() as session:
        row = session.scalars(
            select(EvaluationVersion)
            .where(EvaluationVersion.evaluation_id == evaluation_id, EvaluationVersion.version == version)
            .order_by(EvaluationVersion.revision.desc())
            .limit(1)
        ).first()
        if row is None:
            raise NotKnown("There is no such version of an evaluation.")
        return StoredDocument(evaluation_id, row.version, row.revision, row.document)


def listed(database: Database, partnerships: Sequence[str], after: str | None, limit: int) -> Page:
    """The evaluations, the newest first."""
    chosen = select(Evaluation)
    if partnerships:
        chosen = chosen.where(Evaluation.partnership_id.in_(partnerships))
    newest_first = chosen.order_by(Evaluation.id.desc()).limit(limit + 1)  # ids rise with time
    if after is not None:
        newest_first = newest_first.where(Evaluation.id < after)
    with database.reading() as session:
        total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
        return page_of([(row.document, [row.id]) for row in session.scalars(newest_first)], limit, total)


def is_due(session: Session, partnership_id: str, today: date) -> bool:
    """Whether the next assessment of a partnership is due, by its risk tier or by something that happened."""
    newest = newest_of(session, partnership_id)
    return newest is not None and str(orjson.loads(newest.document)["series"]["next_due"]) <= today.isoformat()


def newest_of(session: Session, partnership_id: str) -> Evaluation | None:
    """The newest evaluation of a partnership that no other corrects."""
    newest = session.execute(_newest(), {"partnership_id": partnership_id}).scalar()
    return None if newest is None else session.get(Evaluation, newest)


@functools.cache
def _newest() -> Select[Any]:
    """Built once, of a plain column: every event of a partnership asks it, and few of them were evaluated."""
    columns = cast(Table, Evaluation.__table__).c
    return (
        select(columns.id)
        .where(columns.partnership_id == bindparam("partnership_id"), columns.corrected_by.is_(None))
        .order_by(columns.published_at.desc(), columns.id.desc())
        .limit(1)
    )


# Corrections


def correct(
    session: Session, evaluation_id: str, reason: object, change: Callable[[Assessed], Assessed]
) -> StoredDocument:
    """Publish another evaluation in the place of one whose figures or statements were wrong; both say so.

    `change` gives what it should have been made from. Answers to recommendations go on. Raises NotKnown, EvaluationCorrected,
    TooFewLessons.
    """
    # It takes the place of the other in the series, with the day on which that was published: of a partnership that was assessed
    # again since, the newer judgement stays the newest.
    row = locked(session, Evaluation, evaluation_id)
    check_current(row)
    content: Json = orjson.loads(row.document)
    before = inputs.read(row.inputs)
    assessed = replace(change(before), earlier=[*before.earlier, content["lessons"]], previous=before.previous)
    said = {"reason": reason, "at": clock.timestamp()}
    kept = {name: content[name] for name in ("recommendations", "series", "complaints") if name in content}
    session.execute(delete(RecommendationDue).where(RecommendationDue.evaluation_id == row.id))
    made = _publish(session, assessed, row.published_at, kept | {"corrects": {"evaluation_id": row.id} | said})
    row.corrected_by = made.id
    say(session, row, content | {"corrected_by": {"evaluation_id": made.id} | said}, "corrected", edit=True)
    return made


def correct_statements(
    database: Database, principal: Principal, evaluation_id: str, data: Mapping[str, Any]
) -> StoredDocument:
    """The unit corrects what is not the panel's: evidence, costs, impact, who is named. Raises as `correct`, and NotAllowed."""
    with database.transaction() as session:
        decide("evaluation.correct", principal.role)
        return correct(session, evaluation_id, data["reason"], lambda before: _corrected(session, before, data))


def _corrected(session: Session, before: Assessed, data: Mapping[str, Any]) -> Assessed:
    unnamed = set(data.get("unnamed", ()))
    after = replace(
        before,
        costs=data.get("costs", before.costs),
        impact=data.get("impact", before.impact),
        named=[name for name in before.named if name not in unnamed],
    )
    if not data.get("evidence"):
        return after
    record = evidence.document_of(session, before.partnership_id)
    return replace(after, evidence=RecordVersion(record.version, orjson.loads(record.body)), as_of=clock.today())
