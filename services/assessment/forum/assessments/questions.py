"""Questions of the panel, without names, and the partnership's answers: public, or for the panel alone (the document room)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from services.assessment.errors import AlreadyAnswered
from services.assessment.forum.assessments import moving, recording
from services.assessment.forum.assessments.models import Assessment, Question, Seat
from services.assessment.forum.assessments.standing import Actor, actor_of, check
from services.assessment.forum.rows import Json, known
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import locked

Data = Mapping[str, Any]


def ask(database: Database, principal: Principal | None, assessment_id: str, data: Data) -> Json:
    """Ask the partnership. Raises NotKnown, NotOnPanel, StageNotReached, StagePassed, DeadlinePassed."""
    with database.transaction() as session:
        row = locked(session, Assessment, assessment_id)
        now = clock.now()
        moving.advance(session, row, now)
        actor = actor_of(session, principal, row)
        check(actor, "assessment.ask", row)
        question = Question(
            id=uuid7(),
            assessment_id=row.id,
            seat_id=actor.own_seat.id,
            text=data["text"],
            pseudonymous=bool(data.get("pseudonymous")),
            asked_at=now,
            panel_only=False,
        )
        session.add(question)
        return _document(question, actor.own_seat.pseudonym)


def answer(database: Database, principal: Principal | None, assessment_id: str, question_id: str, data: Data) -> Json:
    """Answer a question, as the partnership. Raises NotKnown, NotAllowed, AlreadyAnswered, StagePassed, DeadlinePassed."""
    with database.transaction() as session:
        row = locked(session, Assessment, assessment_id)
        now = clock.now()
        moving.advance(session, row, now)
        check(actor_of(session, principal, row), "assessment.answer", row)
        question = session.get(Question, question_id)
        if question is None or question.assessment_id != row.id:
            raise NotKnown("This assessment has no question with this identifier.")
        if question.answered_at is not None:
            raise AlreadyAnswered("This question was answered already.")
        question.answer, question.answered_at = data["text"], now
        question.panel_only = bool(data.get("panel_only"))
        recording.record(session, row, "question_answered", now)
        return _document(question, None)


def listed(database: Database, principal: Principal | None, assessment_id: str) -> list[Json]:
    """The questions as the caller may see them: everybody those answered in public, panel and partnership all."""
    moving.catch_up(database, assessment_id)
    with database.reading() as session:
        row = known(session, Assessment, assessment_id)
        actor = actor_of(session, principal, row)
        asked = session.scalars(select(Question).where(Question.assessment_id == row.id).order_by(Question.id)).all()
        names = dict(session.execute(select(Seat.id, Seat.pseudonym).where(Seat.assessment_id == row.id)).all())
        shown = [each for each in asked if _is_seen(each, actor, row)]
        on_panel = "panel" in actor.functions
        return [_document(each, names.get(each.seat_id) if on_panel else None) for each in shown]


def _is_seen(question: Question, actor: Actor, row: Assessment) -> bool:
    if actor.may("assessment.read_document_room", row.stage):
        return True
    return question.answered_at is not None and not question.panel_only


def _document(question: Question, pseudonym: str | None) -> Json:
    return {
        "id": question.id,
        "text": question.text,
        "asked_by": pseudonym if question.pseudonymous else None,
        "asked_at": clock.timestamp(question.asked_at),
        "answer": question.answer,
        "panel_only": question.panel_only if question.answered_at else None,
        "answered_at": None if question.answered_at is None else clock.timestamp(question.answered_at),
    }
