"""What happens to a published evaluation: answers to its recommendations, what is overdue, complaints, and what calls for another.

Each makes a new version or rendering of the document, with its event. No figure changes. `api`, the clock and `consumers` call it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from schemas import documents
from schemas.documents import StoredDocument
from schemas.evaluation import ComplaintDocument, ComplaintReceipt
from services.assessment.errors import AlreadyAnswered, TooManyComplaints
from services.assessment.evaluations import scheduling
from services.assessment.evaluations.assembling import Json
from services.assessment.evaluations.models import Complaint, Evaluation, RecommendationDue
from services.assessment.evaluations.recording import check_current, decide, keep_due, say
from services.assessment.evaluations.service import newest_of
from services.assessment.register.authority import authority_of
from services.assessment.register.organizations import organization
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import Page, check_version, locked, page_of

MOST_OPEN_COMPLAINTS = 100
BATCH = 50


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
        row = locked(session, Evaluation, evaluation_id)
        content: Json = orjson.loads(row.document)
        found = next((each for each in content["recommendations"] if each["id"] == recommendation_id), None)
        if found is None:
            raise NotKnown("This evaluation has no such recommendation.")
        authority = authority_of(session, principal)
        addressee = _lives_on_as(session, found["addressee"])
        acts_for = authority is not None and authority.has("focal_point", addressee)
        decide("recommendation.respond", "addressee" if acts_for else "person")
        check_version(expected, row.version)
        check_current(row)
        _answer(found, data)
        keep_due(session, row.id, content["recommendations"])
        return say(session, row, content, "response_given", edit=True)


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


def note_overdue(session: Session, now: datetime) -> int:
    """For the clock: say of recommendations whose day has passed that they are overdue; returns of how many evaluations."""
    today = now.date().isoformat()
    due = select(RecommendationDue.evaluation_id).where(RecommendationDue.due < today)
    ids = session.scalars(due.order_by(RecommendationDue.due).limit(BATCH)).all()
    for evaluation_id in sorted(set(ids)):
        row = locked(session, Evaluation, evaluation_id)
        content: Json = orjson.loads(row.document)
        for each in content["recommendations"]:
            if not each.get("overdue_since") and scheduling.is_overdue(each, now.date()):
                each["overdue_since"] = each["due"]
        keep_due(session, row.id, content["recommendations"])
        say(session, row, content, "overdue", edit=False)
    return len(set(ids))


# Complaints


def complain(
    database: Database, principal: Principal | None, evaluation_id: str, data: Mapping[str, Any]
) -> StoredDocument:
    """Take a complaint, by anybody; the next assessment is due because of it. Returns the receipt. Raises NotKnown.

    One about an evaluation that was corrected since is counted by the one that took its place.
    """
    with database.transaction() as session:
        row = _current(session, evaluation_id)
        waiting = _of_chain(row).with_only_columns(func.count()).where(Complaint.open)
        if (session.scalar(waiting) or 0) >= MOST_OPEN_COMPLAINTS:
            raise TooManyComplaints("The unit answers those that are open first.", retry_after=86_400)
        complaint = Complaint(
            id=uuid7(),
            evaluation_id=evaluation_id,
            person_id=principal.person_id if principal else None,
            text=data["text"],
            received_at=clock.now(),
            open=True,
        )
        session.add(complaint)
        session.flush()
        say(session, row, _with_complaints(session, row), "complaint_received", edit=True)
        return StoredDocument(complaint.id, 1, 1, documents.render(ComplaintReceipt, _receipt(complaint)))


def _current(session: Session, evaluation_id: str) -> Evaluation:
    """The evaluation, or the one that corrects it in the end, locked. Raises NotKnown."""
    row = locked(session, Evaluation, evaluation_id)
    while row.corrected_by is not None:
        row = locked(session, Evaluation, row.corrected_by)
    return row


def _of_chain(row: Evaluation) -> Select[Complaint]:
    """The complaints about an evaluation and about those that it corrects: all that were made of one assessment."""
    chain = select(Evaluation.id).where(Evaluation.assessment_id == row.assessment_id)
    return select(Complaint).where(Complaint.evaluation_id.in_(chain))


def complaints(database: Database, principal: Principal, evaluation_id: str, after: str | None, limit: int) -> Page:
    """The complaints about an evaluation and those that it corrects, for the unit, the oldest first."""
    with database.reading() as session:
        decide("complaint.read", principal.role)
        row = session.get(Evaluation, evaluation_id)
        if row is None:
            raise NotKnown("There is no evaluation under this identifier.")
        statement = _of_chain(row)
        if after is not None:
            statement = statement.where(Complaint.id > after)
        rows = session.scalars(statement.order_by(Complaint.id).limit(limit + 1))
        return page_of([(_complaint(each), [each.id]) for each in rows], limit)


def settle(
    database: Database, principal: Principal, evaluation_id: str, complaint_id: str, data: Mapping[str, Any]
) -> StoredDocument:
    """What the unit finds of a complaint; one not upheld calls for nothing. Raises NotKnown, NotAllowed, AlreadyAnswered."""
    with database.transaction() as session:
        decide("complaint.settle", principal.role)
        row = _current(session, evaluation_id)
        complaint = session.scalars(_of_chain(row).where(Complaint.id == complaint_id)).one_or_none()
        if complaint is None:
            raise NotKnown("This evaluation has no such complaint.")
        if not complaint.open:
            raise AlreadyAnswered("The unit has answered this complaint.")
        complaint.open, complaint.answered_at = False, clock.now()
        complaint.outcome, complaint.reason = data["outcome"], data["reason"]
        session.flush()
        say(session, row, _with_complaints(session, row), "complaint_answered", edit=True)
        return StoredDocument(complaint.id, 1, 1, _complaint(complaint))


def _with_complaints(session: Session, row: Evaluation) -> Json:
    """The evaluation with its complaints counted, and the next assessment due by those that stand."""
    content: Json = orjson.loads(row.document)
    all_of_them = session.scalars(_of_chain(row).order_by(Complaint.received_at)).all()
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
    row = locked(session, Evaluation, newest.id)
    content: Json = orjson.loads(row.document)
    if version <= content["evidence_version"]:
        return
    known = {each["kind"] for each in content["series"]["triggers"]}
    business = {one for each in row.business_partners for one in (each, _lives_on_as(session, each))}
    new = [kind for kind in scheduling.happened(document, business) if kind not in known]
    if new:
        _reschedule(row, content, [*content["series"]["triggers"], *({"kind": kind, "date": day} for kind in new)])
        say(session, row, content, "rescheduled", edit=False)


def _lives_on_as(session: Session, organization_id: str) -> str:
    """The organization that one has been merged into, as often as it was; itself where it was not."""
    seen = {organization_id}
    found = organization(session, organization_id)
    while found is not None and found.merged_into is not None and found.merged_into not in seen:
        seen.add(found.merged_into)
        organization_id = found.merged_into
        found = organization(session, organization_id)
    return organization_id
