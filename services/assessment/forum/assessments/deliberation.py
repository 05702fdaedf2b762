"""The deliberation: discussion under pseudonyms, the rationale per lesson, the recommendations, and their approval.

Every change of rationale or recommendations makes another edition; an approval is of an edition, so a later change asks again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.rubric import UnknownIndicator, rubric
from services.assessment.errors import IndicatorNotJudged
from services.assessment.forum.assessments import moving
from services.assessment.forum.assessments.models import Assessment, Rationale, Recommendation, Seat, Word
from services.assessment.forum.assessments.reviews import check_submitted
from services.assessment.forum.assessments.standing import Actor, actor_of, check, over
from services.assessment.forum.rounds.models import Round
from services.assessment.forum.rows import Json, known
from services.assessment.register.organizations import organization
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import locked

Data = Mapping[str, Any]


def _deliberating(
    session: Session, principal: Principal | None, assessment_id: str, action: str
) -> tuple[Assessment, Actor, datetime]:
    """The assessment, locked, while its panel deliberates: in the stage of that name, or while it reconsiders."""
    row = locked(session, Assessment, assessment_id)
    now = clock.now()
    moving.advance(session, row, now)
    actor = actor_of(session, principal, row)
    check(actor, action, row)
    if row.stage == "replying" and not moving.is_reconsidering(row, now):
        over(row, "deliberating")
    check_submitted(session, actor)
    return row, actor, now


def discuss(database: Database, principal: Principal | None, assessment_id: str, data: Data) -> Json:
    """Say something on an indicator. Raises NotOnPanel, OwnReviewFirst, IndicatorNotJudged, and what the stage forbids."""
    with database.transaction() as session:
        row, actor, now = _deliberating(session, principal, assessment_id, "assessment.discuss")
        check_judged(session, row, data["indicator"])
        original = data.get("translation_of")
        if original is not None:
            found = session.get(Word, original)
            if found is None or found.assessment_id != row.id:
                raise NotKnown("This discussion has no such word to translate.")
        word = Word(
            id=uuid7(),
            assessment_id=row.id,
            seat_id=actor.own_seat.id,
            indicator=data["indicator"],
            text=data["text"],
            language=data.get("language"),
            translation_of=original,
            machine=bool(data.get("machine")),
            said_at=now,
        )
        session.add(word)
        return _document(word, actor.own_seat.pseudonym)


def check_judged(session: Session, row: Assessment, indicator: str) -> None:
    """Raise IndicatorNotJudged unless the round's rubric has that judged indicator."""
    of = session.get_one(Round, row.round_id)
    try:
        if rubric(of.content["rubric_version"]).indicator(indicator).kind == "judged":
            return
    except UnknownIndicator:
        pass
    raise IndicatorNotJudged("Name a judged indicator.", errors=[FieldError("/indicator", "is not judged")])


def discussion(database: Database, principal: Principal | None, assessment_id: str) -> list[Json]:
    """What was said, in order. Raises NotOnPanel, OwnReviewFirst."""
    moving.catch_up(database, assessment_id)
    with database.reading() as session:
        row = known(session, Assessment, assessment_id)
        actor = actor_of(session, principal, row)
        check(actor, "assessment.read_discussion", row)
        check_submitted(session, actor)
        names = dict(session.execute(select(Seat.id, Seat.pseudonym).where(Seat.assessment_id == row.id)).all())
        words = session.scalars(select(Word).where(Word.assessment_id == row.id).order_by(Word.id))
        return [_document(each, names[each.seat_id]) for each in words]


def write_rationale(database: Database, principal: Principal | None, assessment_id: str, data: Data) -> None:
    """Write the rationale of lessons; those left out stay. Raises NotOnPanel, OwnReviewFirst, and what the stage forbids."""
    with database.transaction() as session:
        row, _, _ = _deliberating(session, principal, assessment_id, "assessment.write_rationale")
        changed = False
        for lesson, text in data.items():
            present = session.get(Rationale, (row.id, lesson))
            if present is None:
                session.add(Rationale(assessment_id=row.id, lesson=lesson, text=text))
            elif present.text != text:
                present.text = text
            else:
                continue
            changed = True
        row.edition += int(changed)


def recommend(database: Database, principal: Principal | None, assessment_id: str, data: Data) -> Json:
    """Recommend something. Raises NotOnPanel, OwnReviewFirst, Invalid for an unknown addressee, what the stage forbids."""
    with database.transaction() as session:
        row, _, _ = _deliberating(session, principal, assessment_id, "assessment.recommend")
        if organization(session, data["addressee"]) is None:
            raise Invalid(
                "A recommendation is addressed to an organization of the register.",
                errors=[FieldError("/addressee", "is no organization that is known here")],
            )
        if data.get("due") is not None and data["due"] < clock.today().isoformat():
            raise Invalid("What is recommended is still to be done.", errors=[FieldError("/due", "is in the past")])
        made = Recommendation(
            id=uuid7(), assessment_id=row.id, text=data["text"], addressee=data["addressee"], due=data.get("due")
        )
        session.add(made)
        row.edition += 1
        return recommendation_document(made)


def take_back(database: Database, principal: Principal | None, assessment_id: str, recommendation_id: str) -> None:
    """Take a recommendation off the list. Raises NotKnown, NotOnPanel, OwnReviewFirst, and what the stage forbids."""
    with database.transaction() as session:
        row, _, _ = _deliberating(session, principal, assessment_id, "assessment.recommend")
        found = session.get(Recommendation, recommendation_id)
        if found is None or found.assessment_id != row.id:
            raise NotKnown("This assessment has no recommendation with this identifier.")
        session.delete(found)
        row.edition += 1


def approve(database: Database, principal: Principal | None, assessment_id: str) -> None:
    """Approve rationale and recommendations as they stand. Raises NotOnPanel, OwnReviewFirst, and what the stage forbids."""
    with database.transaction() as session:
        row, actor, now = _deliberating(session, principal, assessment_id, "assessment.approve")
        actor.own_seat.approved_edition = row.edition
        if row.stage == "replying":
            actor.own_seat.reconsidered_at = now


def recommendation_document(row: Recommendation) -> Json:
    """A recommendation as it is shown."""
    return {"id": row.id, "text": row.text, "addressee": row.addressee, "due": row.due}


def _document(word: Word, pseudonym: str) -> Json:
    return {
        "id": word.id,
        "indicator": word.indicator,
        "pseudonym": pseudonym,
        "text": word.text,
        "language": word.language,
        "translation_of": word.translation_of,
        "machine": word.machine or None,
        "said_at": clock.timestamp(word.said_at),
    }
