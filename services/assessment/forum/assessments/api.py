"""HTTP of assessments in their course: by reader, panel, questions, reviews, deliberation, reply, unit review, transitions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from schemas import assessment as contracts
from schemas import fields as f
from schemas.evidence import EvidenceProfile
from schemas.partnership import PartnershipDocument
from schemas.pulse import PulseComment, PulseComments
from services.assessment.context import database
from services.assessment.forum.assessments import (
    deliberation,
    moving,
    panel,
    partners_words,
    publishing,
    questions,
    replying,
    reviews,
    views,
)
from services.assessment.forum.replies import plain, private, whole_list
from services.chassis import identity
from services.chassis.http import pages
from services.chassis.http.documents import bytes_response, document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.replies import page_reply

blp = Blueprint("assessments", __name__, url_prefix="/assessments", description="Assessments in their course")


def _seen(assessment_id: UUID, status: int = 200) -> Response:
    """The assessment as the caller sees it: what every command that moves or changes it answers."""
    stored, public = views.seen(database(), identity.optional(), str(assessment_id))
    if public:
        return document_response(stored, status)
    response = private(bytes_response(stored.body, status))
    response.headers["ETag"] = stored.etag  # of the public part: what one reader sees beyond it changes without a step
    return response


class AssessmentQuery(pages.PageArgs):
    """Which assessments; a repeated stage means or."""

    partnership = f.Identifier("Of this partnership.")
    stage = f.Items(f.Choice(contracts.STAGES), most=20)


@blp.route("")
@blp.arguments(AssessmentQuery, location="query")
@blp.response(200, contracts.AssessmentPage)
def listed(query: dict[str, Any]) -> Response:
    """Assessments as everybody may see them, the newest first"""
    keys = pages.decode_cursor(query["cursor"], [str])
    after = keys[0] if keys else None
    return page_reply(views.page(database(), query.get("partnership"), query.get("stage") or (), after, query["limit"]))


@blp.route("/<uuid:assessment_id>")
@blp.response(200, contracts.AssessmentView)
def read(assessment_id: UUID) -> Response:
    """An assessment: everybody sees stage and dates; panel, partnership and unit what the course gives them"""
    return _seen(assessment_id)


@blp.route("/<uuid:assessment_id>/record")
@blp.response(200, PartnershipDocument)
def record(assessment_id: UUID) -> Response:
    """The record as it is judged: frozen when the questions begin"""
    return bytes_response(publishing.frozen_record(database(), str(assessment_id)))


@blp.route("/<uuid:assessment_id>/evidence")
@blp.response(200, EvidenceProfile)
def evidence(assessment_id: UUID) -> Response:
    """The computed profile beside which it is judged: of the frozen record, counted from that day"""
    return bytes_response(publishing.frozen_evidence(database(), str(assessment_id)))


@blp.route("/<uuid:assessment_id>/transitions", methods=["POST"])
@blp.arguments(contracts.TransitionCommand)
@blp.response(200, contracts.AssessmentView)
@idempotent
def move(data: dict[str, Any], assessment_id: UUID) -> Response:
    """Move it on, send it back, refuse or abandon it [officer of the PDU]"""
    moving.transition(database(), identity.current(), str(assessment_id), data["to"], data.get("reason"))
    return _seen(assessment_id)


# The panel


@blp.route("/<uuid:assessment_id>/panel")
@blp.response(200, contracts.PanelDocument)
def read_panel(assessment_id: UUID) -> Response:
    """The panel, who was excluded and why, and how it is balanced [officer of the PDU]"""
    return plain(contracts.PanelDocument, panel.read(database(), identity.current(), str(assessment_id)))


@blp.route("/<uuid:assessment_id>/panel", methods=["POST"])
@blp.response(201, contracts.PanelDocument)
@idempotent
def compose(assessment_id: UUID) -> Response:
    """Compose the panel [officer of the PDU]"""
    return plain(contracts.PanelDocument, panel.compose(database(), identity.current(), str(assessment_id)), 201)


@blp.route("/<uuid:assessment_id>/panel/<uuid:member_id>", methods=["DELETE"])
@blp.arguments(contracts.LeaveCommand)
@blp.response(200, contracts.PanelDocument)
def leave(data: dict[str, Any], assessment_id: UUID, member_id: UUID) -> Response:
    """A member leaves, and is replaced where the stage allows it [officer of the PDU, the member]"""
    found = panel.leave(database(), identity.current(), str(assessment_id), str(member_id), data["reason"])
    return plain(contracts.PanelDocument, found)


# Questions


@blp.route("/<uuid:assessment_id>/questions")
@blp.response(200, contracts.QuestionPage)
def read_questions(assessment_id: UUID) -> Response:
    """The questions: everybody sees those answered in public, panel and partnership all of them"""
    found = questions.listed(database(), identity.optional(), str(assessment_id))
    return whole_list(contracts.QuestionDocument, found)


@blp.route("/<uuid:assessment_id>/questions", methods=["POST"])
@blp.arguments(contracts.QuestionCommand)
@blp.response(201, contracts.QuestionDocument)
@idempotent
def ask(data: dict[str, Any], assessment_id: UUID) -> Response:
    """Ask the partnership, without a name [panel]"""
    made = questions.ask(database(), identity.current(), str(assessment_id), data)
    return plain(contracts.QuestionDocument, made, 201)


@blp.route("/<uuid:assessment_id>/questions/<uuid:question_id>/answer", methods=["POST"])
@blp.arguments(contracts.AnswerCommand)
@blp.response(200, contracts.QuestionDocument)
@idempotent
def answer(data: dict[str, Any], assessment_id: UUID, question_id: UUID) -> Response:
    """Answer, publicly or for the panel alone [focal point of the partnership]"""
    made = questions.answer(database(), identity.current(), str(assessment_id), str(question_id), data)
    return plain(contracts.QuestionDocument, made)


# Reviews


@blp.route("/<uuid:assessment_id>/reviews")
@blp.response(200, contracts.ReviewPage)
def read_reviews(assessment_id: UUID) -> Response:
    """Everybody's reviews under their pseudonyms, once the own is submitted [panel]"""
    found = reviews.listed(database(), identity.current(), str(assessment_id))
    return whole_list(contracts.ReviewDocument, found)


@blp.route("/<uuid:assessment_id>/reviews/mine")
@blp.response(200, contracts.ReviewDocument)
def own_review(assessment_id: UUID) -> Response:
    """My review: the draft, else as I submitted it last [panel]"""
    return plain(contracts.ReviewDocument, reviews.own(database(), identity.current(), str(assessment_id)))


@blp.route("/<uuid:assessment_id>/reviews/mine", methods=["PUT"])
@blp.arguments(contracts.ReviewCommand)
@blp.response(200, contracts.ReviewDocument)
def write_review(data: dict[str, Any], assessment_id: UUID) -> Response:
    """Write my review: a draft until it is submitted [panel]"""
    return plain(contracts.ReviewDocument, reviews.write(database(), identity.current(), str(assessment_id), data))


@blp.route("/<uuid:assessment_id>/reviews/mine/submission", methods=["POST"])
@blp.response(200, contracts.ReviewDocument)
@idempotent
def submit(assessment_id: UUID) -> Response:
    """Submit my review; the first submission is kept for ever [panel]"""
    return plain(contracts.ReviewDocument, reviews.submit(database(), identity.current(), str(assessment_id)))


@blp.route("/<uuid:assessment_id>/pulse-comments")
@blp.response(200, PulseComments)
def read_pulse_comments(assessment_id: UUID) -> Response:
    """What partners added to the partner pulse, without a name or a day [panel]"""
    return whole_list(PulseComment, partners_words.pulse_comments(database(), identity.current(), str(assessment_id)))


# The deliberation


@blp.route("/<uuid:assessment_id>/discussion")
@blp.response(200, contracts.DiscussionPage)
def read_discussion(assessment_id: UUID) -> Response:
    """What was said, under pseudonyms [panel]"""
    found = deliberation.discussion(database(), identity.current(), str(assessment_id))
    return whole_list(contracts.DiscussionDocument, found)


@blp.route("/<uuid:assessment_id>/discussion", methods=["POST"])
@blp.arguments(contracts.DiscussionCommand)
@blp.response(201, contracts.DiscussionDocument)
@idempotent
def discuss(data: dict[str, Any], assessment_id: UUID) -> Response:
    """Say something on an indicator, in any language [panel]"""
    made = deliberation.discuss(database(), identity.current(), str(assessment_id), data)
    return plain(contracts.DiscussionDocument, made, 201)


@blp.route("/<uuid:assessment_id>/rationale", methods=["PUT"])
@blp.arguments(contracts.RationaleCommand)
@blp.response(200, contracts.AssessmentView)
def write_rationale(data: dict[str, Any], assessment_id: UUID) -> Response:
    """Write the rationale of lessons; those left out stay as they are [panel]"""
    deliberation.write_rationale(database(), identity.current(), str(assessment_id), data)
    return _seen(assessment_id)


@blp.route("/<uuid:assessment_id>/recommendations", methods=["POST"])
@blp.arguments(contracts.RecommendationCommand)
@blp.response(201, contracts.RecommendationDocument)
@idempotent
def recommend(data: dict[str, Any], assessment_id: UUID) -> Response:
    """Recommend something to an organization [panel]"""
    made = deliberation.recommend(database(), identity.current(), str(assessment_id), data)
    return plain(contracts.RecommendationDocument, made, 201)


@blp.route("/<uuid:assessment_id>/recommendations/<uuid:recommendation_id>", methods=["DELETE"])
@blp.response(204)
def take_back(assessment_id: UUID, recommendation_id: UUID) -> Response:
    """Take a recommendation off the list [panel]"""
    deliberation.take_back(database(), identity.current(), str(assessment_id), str(recommendation_id))
    return private(Response(status=204))


@blp.route("/<uuid:assessment_id>/deliberation/done", methods=["POST"])
@blp.response(200, contracts.AssessmentView)
@idempotent
def approve(assessment_id: UUID) -> Response:
    """Approve rationale and recommendations as they stand; a later change asks again [panel]"""
    deliberation.approve(database(), identity.current(), str(assessment_id))
    return _seen(assessment_id)


# The reply and the unit's review


@blp.route("/<uuid:assessment_id>/reply", methods=["POST"])
@blp.arguments(contracts.ReplyCommand)
@blp.response(201, contracts.AssessmentView)
@idempotent
def reply(data: dict[str, Any], assessment_id: UUID) -> Response:
    """Reply, as the partnership [its focal point]"""
    replying.reply(database(), identity.current(), str(assessment_id), data)
    return _seen(assessment_id, 201)


@blp.route("/<uuid:assessment_id>/reply/extension", methods=["POST"])
@blp.response(200, contracts.AssessmentView)
@idempotent
def extend(assessment_id: UUID) -> Response:
    """As many days again to reply, once [focal point of the partnership, officer of the PDU]"""
    replying.extend(database(), identity.current(), str(assessment_id))
    return _seen(assessment_id)


@blp.route("/<uuid:assessment_id>/reconsideration", methods=["POST"])
@blp.arguments(contracts.ReconsiderationCommand)
@blp.response(201, contracts.AssessmentView)
@idempotent
def reconsider(data: dict[str, Any], assessment_id: UUID) -> Response:
    """Ask, once, that an indicator be judged again because its facts were wrong [focal point of the partnership]"""
    replying.reconsider(database(), identity.current(), str(assessment_id), data)
    return _seen(assessment_id, 201)


@blp.route("/<uuid:assessment_id>/unit-review", methods=["PUT"])
@blp.arguments(contracts.UnitReviewDocument)
@blp.response(200, contracts.AssessmentView)
def review_unit(data: dict[str, Any], assessment_id: UUID) -> Response:
    """Checklist, costs, impact, risk tier; it cannot change a level [officer of the PDU]"""
    replying.review_unit(database(), identity.current(), str(assessment_id), data)
    return _seen(assessment_id)
