"""An assessment as its reader may see it: everybody stages and dates; panel, partnership and unit what the course gives them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas import documents
from schemas.assessment import AssessmentView
from schemas.documents import StoredDocument
from services.assessment.forum.assessments import moving, publishing, recording, records, reviews, seating
from services.assessment.forum.assessments.deliberation import recommendation_document
from services.assessment.forum.assessments.models import Assessment, Recommendation
from services.assessment.forum.assessments.seats import reviewed
from services.assessment.forum.assessments.standing import Actor, actor_of
from services.assessment.forum.rows import Json, known
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.identity import Principal
from services.chassis.rows import Page, page_of

INSIDE = ("panel", "focal_point", "pdu_officer")


def seen(database: Database, principal: Principal | None, assessment_id: str) -> tuple[StoredDocument, bool]:
    """The assessment as the caller may see it, and whether everybody may see it so. Raises NotKnown."""
    moving.catch_up(database, assessment_id)
    with database.reading() as session:
        row = known(session, Assessment, assessment_id)
        actor = actor_of(session, principal, row)
        if not actor.functions & set(INSIDE):
            return recording.stored(row), True
        view = orjson.loads(row.document) | _inside(session, row, actor, clock.now())
        return StoredDocument(row.id, row.version, row.revision, documents.render(AssessmentView, view)), False


def _inside(session: Session, row: Assessment, actor: Actor, now: datetime) -> Json:
    """What the reader sees beyond the public document."""
    view: Json = {"as_seen_by": sorted(actor.functions & set(INSIDE))}
    waiting = moving.waiting_for(session, row, now)
    if waiting is not None:
        view["waiting_for"] = {"who": waiting[0], "count": waiting[1]}
    if "panel" in actor.functions:
        view |= _of_panel(session, row, actor)
    if actor.may("assessment.read_panel", row.stage):
        view["panel"] = seating.document_of(session, row)
    if actor.may("assessment.read_findings", row.stage):
        view |= _findings(session, row, actor)
    if actor.may("assessment.read_unit_review", row.stage):
        view["unit_review"] = row.unit_review
        view["stated_costs"] = records.stated_costs(records.record(session, row.partnership_id)[1])
    return view


def _of_panel(session: Session, row: Assessment, actor: Actor) -> Json:
    seat = actor.own_seat
    submitted = bool(reviewed(session, [seat]))
    view: Json = {
        "me": {
            "member_id": seat.member_id,
            "pseudonym": seat.pseudonym,
            "chamber": seat.chamber,
            "submitted": submitted,
            "approved": seat.approved_edition is not None and seat.approved_edition == row.edition,
        }
    }
    if submitted and actor.may("assessment.read_discussion", row.stage):
        view["to_discuss"] = reviews.to_discuss(session, row)
    return view


def _findings(session: Session, row: Assessment, actor: Actor) -> Json:
    """Profile, rationale, recommendations, reply. The profile as it was shown last: every other state would be another version
    for an attacker."""
    if actor.functions & {"panel"} and row.stage == "deliberating" and not reviewed(session, [actor.own_seat]):
        return {}
    recommendations = session.scalars(
        select(Recommendation).where(Recommendation.assessment_id == row.id).order_by(Recommendation.id)
    )
    reply = {"text": row.reply, "replied_at": clock.timestamp(row.replied_at)} if row.reply and row.replied_at else None
    return {
        "lessons": row.shown[-1] if row.shown and row.stage != "deliberating" else None,
        "rationale": publishing.rationale_of(session, row.id),
        "recommendations": [recommendation_document(each) for each in recommendations],
        "reply": reply,
        "reconsideration": row.reconsideration,
    }


def page(database: Database, partnership_id: str | None, stages: Sequence[str], after: str | None, limit: int) -> Page:
    """Assessments as everybody may see them, the newest first."""
    conditions = [Assessment.partnership_id == partnership_id] if partnership_id else []
    if stages:
        conditions.append(Assessment.stage.in_(stages))
    statement = select(Assessment.id, Assessment.document).where(*conditions)
    if after is not None:
        statement = statement.where(Assessment.id < after)
    with database.reading() as session:
        total = session.scalar(select(func.count()).select_from(Assessment).where(*conditions))
        rows = session.execute(statement.order_by(Assessment.id.desc()).limit(limit + 1)).all()
    return page_of([(row.document, [row.id]) for row in rows], limit, total)
