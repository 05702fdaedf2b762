"""Use cases of evaluations: publish, read, answer a recommendation, complain, correct; and what falls due.

The forum calls `publish` in the transaction that ends an assessment. The figures of an evaluation never change: what changes
afterwards (answers, complaints, dates) makes a new version, and wrong figures a new evaluation that says which one it corrects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from schemas import documents
from schemas.documents import StoredDocument
from schemas.evaluation import ComplaintDocument, ComplaintReceipt, EvaluationDocument
from services.assessment import policy
from services.assessment.errors import (
    AlreadyAnswered,
    EvaluationCorrected,
    NotAllowed,
    NotKnown,
    TooFewLessons,
    TooManyComplaints,
)
from services.assessment.evaluations import assembling, inputs, scheduling
from services.assessment.evaluations.assembling import Assessed, Json, RecordVersion
from services.assessment.evaluations.models import Complaint, Evaluation, EvaluationVersion, RecommendationDue
from services.assessment.evidence import service as evidence
from services.assessment.register.authority import authority_of
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, PreconditionFailed
from services.chassis.eventbus import outbox
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal

EVENT = "org.convene.assessment.evaluation.{}.v1"
MOST_OPEN_COMPLAINTS = 100
BATCH = 50

Change = Callable[[Json], None]


# Publishing


def publish(session: Session, assessed: Assessed) -> StoredDocument:
    """Publish an evaluation, with its event. Raises TooFewLessons where fewer than five lessons were judged."""
    newest = newest_of(session, assessed.partnership_id)
    return _publish(session, replace(assessed, previous=newest.id if newest else None), {})


def _publish(session: Session, assessed: Assessed, more: Json) -> StoredDocument:
    now = clock.now()
    content = assembling.evaluation(assessed, uuid7(), 1, clock.timestamp(now)) | more
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
        published_at=now,
    )
    session.add(row)
    session.flush()
    _keep_due(session, row.id, content["recommendations"])
    return _say(session, row, content, "published", edit=True)


def _say(session: Session, row: Evaluation, content: Json, happened: str, *, edit: bool) -> StoredDocument:
    """Render the document anew, keep it and write its event. `edit`: somebody changed it, so it has a new version."""
    row.version += edit
    row.revision += 1
    row.document = documents.render(EvaluationDocument, content | {"version": row.version, "revision": row.revision})
    keep_version(session, row, happened)
    name = EVENT.format(happened)
    outbox.add(session, type=name, key=row.id, version=row.version, revision=row.revision, data=row.document)
    return stored(row)


def keep_version(session: Session, row: Evaluation, happened: str = "rerendered") -> None:
    """Keep a rendering: nothing that was public is lost."""
    kept = {"version": row.version, "revision": row.revision, "document": row.document}
    session.add(EvaluationVersion(evaluation_id=row.id, event=happened, at=clock.now(), **kept))


def rendered(row: Evaluation) -> bytes:
    """The document once more, as the contract has it by now, in the row's version and revision."""
    content: Json = orjson.loads(row.document)
    return documents.render(EvaluationDocument, content | {"version": row.version, "revision": row.revision})


def stored(row: Evaluation) -> StoredDocument:
    """The evaluation's document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document)


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


def listed(
    database: Database, partnerships: Sequence[str], after: str | None, limit: int
) -> tuple[list[Evaluation], int]:
    """The evaluations, the newest first, one more than `limit` where there are more; and how many there are in all."""
    chosen = select(Evaluation)
    if partnerships:
        chosen = chosen.where(Evaluation.partnership_id.in_(partnerships))
    newest_first = chosen.order_by(Evaluation.id.desc()).limit(limit + 1)  # ids rise with time
    if after is not None:
        newest_first = newest_first.where(Evaluation.id < after)
    with database.reading() as session:
        total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
        return list(session.scalars(newest_first)), total


def newest_of(session: Session, partnership_id: str) -> Evaluation | None:
    """The newest evaluation of a partnership that no other corrects."""
    return session.scalars(
        select(Evaluation)
        .where(Evaluation.partnership_id == partnership_id, Evaluation.corrected_by.is_(None))
        .order_by(Evaluation.published_at.desc(), Evaluation.id.desc())
        .limit(1)
    ).first()


# Recommendations


def respond(
    database: Database,
    principal: Principal,
    evaluation_id: str,
    recommendation_id: str,
    data: Mapping[str, Any],
    expected: int | None = None,
) -> StoredDocument:
    """The addressee's answer to a recommendation, given or changed. Raises NotKnown, NotAllowed, EvaluationCorrected, Invalid."""
    with database.transaction() as session:
        row = _locked(session, evaluation_id)
        content: Json = orjson.loads(row.document)
        found = next((each for each in content["recommendations"] if each["id"] == recommendation_id), None)
        if found is None:
            raise NotKnown("This evaluation has no such recommendation.")
        authority = authority_of(session, principal)
        acts_for = authority is not None and authority.has("focal_point", found["addressee"])
        _decide("recommendation.respond", "addressee" if acts_for else "person")
        _check_version(expected, row.version)
        _check_current(row)
        _answer(found, data)
        _keep_due(session, row.id, content["recommendations"])
        return _say(session, row, content, "response_given", edit=True)


def _answer(found: Json, data: Mapping[str, Any]) -> None:
    """Put an answer into a recommendation."""
    declined = data["response"] == "declined"
    due = data.get("due")
    if due is not None and due < clock.today().isoformat():
        raise Invalid("A promise lies ahead.", errors=[FieldError("/due", "is in the past")])
    found |= {"response": data["response"], "answered_at": clock.timestamp()}
    found |= {name: data.get(name) for name in ("reason", "action")}
    found |= {
        "due": due or found.get("due"),
        "status": "declined" if declined else data.get("status", "under_way"),
        "overdue_since": None,
    }


def _keep_due(session: Session, evaluation_id: str, recommendations: Sequence[Json]) -> None:
    """Remember which recommendations can become overdue, and when."""
    session.execute(delete(RecommendationDue).where(RecommendationDue.evaluation_id == evaluation_id))
    for each in recommendations:
        if each.get("due") and each["status"] not in scheduling.SETTLED and not each.get("overdue_since"):
            session.add(RecommendationDue(id=each["id"], evaluation_id=evaluation_id, due=each["due"]))
    session.flush()


def note_overdue(session: Session, now: datetime) -> int:
    """For the clock: say of recommendations whose day has passed that they are overdue; returns of how many evaluations."""
    today = now.date().isoformat()
    due = select(RecommendationDue.evaluation_id).where(RecommendationDue.due < today)
    ids = session.scalars(due.order_by(RecommendationDue.due).limit(BATCH)).all()
    for evaluation_id in sorted(set(ids)):
        row = _locked(session, evaluation_id)
        content: Json = orjson.loads(row.document)
        for each in content["recommendations"]:
            if not each.get("overdue_since") and scheduling.is_overdue(each, now.date()):
                each["overdue_since"] = each["due"]
        _keep_due(session, row.id, content["recommendations"])
        _say(session, row, content, "overdue", edit=False)
    return len(set(ids))


# Complaints


def complain(
    database: Database, principal: Principal | None, evaluation_id: str, data: Mapping[str, Any]
) -> StoredDocument:
    """Take a complaint, by anybody; the next assessment is due because of it. Returns the receipt. Raises NotKnown."""
    with database.transaction() as session:
        row = _locked(session, evaluation_id)
        waiting = select(func.count()).where(Complaint.evaluation_id == row.id, Complaint.open)
        if (session.scalar(waiting) or 0) >= MOST_OPEN_COMPLAINTS:
            raise TooManyComplaints("The unit answers those that are open first.", retry_after=86_400)
        complaint = Complaint(
            id=uuid7(),
            evaluation_id=row.id,
            person_id=principal.person_id if principal else None,
            text=data["text"],
            received_at=clock.now(),
            open=True,
        )
        session.add(complaint)
        session.flush()
        _say(session, row, _with_complaints(session, row), "complaint_received", edit=True)
        return StoredDocument(complaint.id, 1, 1, documents.render(ComplaintReceipt, _receipt(complaint)))


def complaints(
    database: Database, principal: Principal, evaluation_id: str, after: str | None, limit: int
) -> list[tuple[str, bytes]]:
    """The complaints about an evaluation, for the unit: id and document, one more than `limit` where there are more."""
    with database.reading() as session:
        _decide("complaint.read", principal.role)
        if session.get(Evaluation, evaluation_id) is None:
            raise NotKnown("There is no evaluation under this identifier.")
        statement = select(Complaint).where(Complaint.evaluation_id == evaluation_id)
        if after is not None:
            statement = statement.where(Complaint.id > after)
        return [
            (each.id, _complaint(each)) for each in session.scalars(statement.order_by(Complaint.id).limit(limit + 1))
        ]


def settle(
    database: Database, principal: Principal, evaluation_id: str, complaint_id: str, data: Mapping[str, Any]
) -> StoredDocument:
    """What the unit finds of a complaint; one not upheld calls for nothing. Raises NotKnown, NotAllowed, AlreadyAnswered."""
    with database.transaction() as session:
        _decide("complaint.settle", principal.role)
        row = _locked(session, evaluation_id)
        complaint = session.get(Complaint, complaint_id)
        if complaint is None or complaint.evaluation_id != row.id:
            raise NotKnown("This evaluation has no such complaint.")
        if not complaint.open:
            raise AlreadyAnswered("The unit has answered this complaint.")
        complaint.open, complaint.answered_at = False, clock.now()
        complaint.outcome, complaint.reason = data["outcome"], data["reason"]
        session.flush()
        _say(session, row, _with_complaints(session, row), "complaint_answered", edit=True)
        return StoredDocument(complaint.id, 1, 1, _complaint(complaint))


def _with_complaints(session: Session, row: Evaluation) -> Json:
    """The evaluation with its complaints counted, and the next assessment due by those that stand."""
    content: Json = orjson.loads(row.document)
    all_of_them = session.scalars(
        select(Complaint).where(Complaint.evaluation_id == row.id).order_by(Complaint.received_at)
    ).all()
    content["complaints"] = {
        "received": len(all_of_them),
        "upheld": sum(each.outcome == "upheld" for each in all_of_them),
        "open": sum(each.open for each in all_of_them),
    }
    standing = [each for each in all_of_them if each.outcome != "not_upheld"]
    others = [each for each in content["series"]["triggers"] if each["kind"] != "complaint"]
    days = [{"kind": "complaint", "date": each.received_at.date().isoformat()} for each in standing[:1]]
    _reschedule(row, content, others + days)
    return content


def _complaint(row: Complaint) -> bytes:
    answered = clock.timestamp(row.answered_at) if row.answered_at else None
    more = {"text": row.text, "outcome": row.outcome, "reason": row.reason, "answered_at": answered}
    return documents.render(ComplaintDocument, _receipt(row) | more)


def _receipt(row: Complaint) -> Json:
    return {"id": row.id, "evaluation_id": row.evaluation_id, "received_at": clock.timestamp(row.received_at)}


# What makes the next assessment due earlier


def _reschedule(row: Evaluation, content: Json, triggers: Sequence[Mapping[str, Any]]) -> None:
    content["series"]["triggers"] = sorted(triggers, key=lambda each: (each["date"], each["kind"]))
    content["series"]["next_due"] = scheduling.next_due(content["published_at"][:10], row.risk_tier, triggers)


def watch(session: Session, partnership_id: str, version: int, document: Mapping[str, Any], day: str) -> None:
    """A record changed: what happened to it may call for another assessment. What it already called for changes nothing."""
    newest = newest_of(session, partnership_id)
    if newest is None:
        return
    row = _locked(session, newest.id)
    content: Json = orjson.loads(row.document)
    if version <= content["evidence_version"]:
        return
    known = {each["kind"] for each in content["series"]["triggers"]}
    new = [kind for kind in scheduling.happened(document, row.business_partners) if kind not in known]
    if new:
        _reschedule(row, content, [*content["series"]["triggers"], *({"kind": kind, "date": day} for kind in new)])
        _say(session, row, content, "rescheduled", edit=False)


# Corrections


def correct(
    session: Session, evaluation_id: str, reason: object, change: Callable[[Assessed], Assessed]
) -> StoredDocument:
    """Publish another evaluation in the place of one whose figures or statements were wrong; both say so.

    `change` gives what it should have been made from. Answers to recommendations go on. Raises NotKnown, EvaluationCorrected,
    TooFewLessons.
    """
    row = _locked(session, evaluation_id)
    _check_current(row)
    content: Json = orjson.loads(row.document)
    before = inputs.read(row.inputs)
    assessed = replace(change(before), earlier=[*before.earlier, content["lessons"]], previous=before.previous)
    said = {"reason": reason, "at": clock.timestamp()}
    kept = {name: content[name] for name in ("recommendations", "series", "complaints") if name in content}
    session.execute(delete(RecommendationDue).where(RecommendationDue.evaluation_id == row.id))
    made = _publish(session, assessed, kept | {"corrects": {"evaluation_id": row.id} | said})
    row.corrected_by = made.id
    _say(session, row, content | {"corrected_by": {"evaluation_id": made.id} | said}, "corrected", edit=True)
    return made


def correct_statements(
    database: Database, principal: Principal, evaluation_id: str, data: Mapping[str, Any]
) -> StoredDocument:
    """The unit corrects what is not the panel's: evidence, costs, impact, who is named. Raises as `correct`, and NotAllowed."""
    with database.transaction() as session:
        _decide("evaluation.correct", principal.role)
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


# What every write checks


def _locked(session: Session, evaluation_id: str) -> Evaluation:
    statement = select(Evaluation).where(Evaluation.id == evaluation_id).with_for_update()
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotKnown("There is no evaluation under this identifier.")
    return row


def _decide(action: str, function: str | None) -> None:
    if not policy.allowed(frozenset({function or "person", "person", "anyone"}), action):
        raise NotAllowed("This is for others to do.")


def _check_version(expected: int | None, current: int) -> None:
    if expected is not None and expected != current:
        raise PreconditionFailed(
            f"You changed version {expected}; the document is now at version {current}. Read it again.",
            current_version=current,
        )


def _check_current(row: Evaluation) -> None:
    if row.corrected_by is not None:
        raise EvaluationCorrected("Another evaluation has taken its place.", corrected_by=row.corrected_by)
