"""HTTP of evaluations: everybody reads them and may complain; addressees answer what is recommended to them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from schemas import fields as f
from schemas.evaluation import (
    ComplaintCommand,
    ComplaintDocument,
    ComplaintOutcome,
    ComplaintPage,
    ComplaintReceipt,
    CorrectionCommand,
    EvaluationDocument,
    EvaluationPage,
    ResponseCommand,
)
from services.assessment.context import database
from services.assessment.evaluations import follow_up, service
from services.chassis import identity
from services.chassis.http import conditions, pages
from services.chassis.http.documents import bytes_response, document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.replies import created, page_reply

blp = Blueprint(
    "evaluations",
    __name__,
    url_prefix="/evaluations",
    description="What panels published; a profile, never a league table",
)


class EvaluationQuery(pages.PageArgs):
    """Which evaluations; a repeated parameter means or."""

    partnership = f.Items(f.Identifier(), most=50)


@blp.route("")
@blp.arguments(EvaluationQuery, location="query")
@blp.response(200, EvaluationPage)
def listed(query: dict[str, Any]) -> Response:
    """Published evaluations, the newest first; corrected ones too"""
    keys = pages.decode_cursor(query["cursor"], [str])
    after = keys[0] if keys else None
    return page_reply(service.listed(database(), query.get("partnership") or (), after, query["limit"]))


@blp.route("/<uuid:evaluation_id>")
@blp.response(200, EvaluationDocument)
def read(evaluation_id: UUID) -> Response:
    """A published evaluation"""
    return document_response(service.read(database(), str(evaluation_id)))


@blp.route("/<uuid:evaluation_id>/versions/<int:version>")
@blp.response(200, EvaluationDocument)
def read_version(evaluation_id: UUID, version: int) -> Response:
    """An evaluation as it was in a version"""
    return document_response(service.read_version(database(), str(evaluation_id), version))


@blp.route("/<uuid:evaluation_id>/recommendations/<uuid:recommendation_id>/response", methods=["PUT"])
@blp.arguments(ResponseCommand)
@blp.response(200, EvaluationDocument)
def respond(data: dict[str, Any], evaluation_id: UUID, recommendation_id: UUID) -> Response:
    """Answer a recommendation, and say later how far it is [the addressee's focal points]"""
    who, expected = identity.current(), conditions.expected_version()
    done = follow_up.respond(database(), who, str(evaluation_id), str(recommendation_id), data, expected)
    return document_response(done)


@blp.route("/<uuid:evaluation_id>/complaints", methods=["POST"])
@blp.arguments(ComplaintCommand)
@blp.response(201, ComplaintReceipt)
@idempotent
def complain(data: dict[str, Any], evaluation_id: UUID) -> Response:
    """Complain about an evaluation; what is said is read by the Partnership Development Unit alone"""
    receipt = follow_up.complain(database(), identity.optional(), str(evaluation_id), data)
    return created(receipt)


@blp.route("/<uuid:evaluation_id>/complaints")
@blp.arguments(pages.PageArgs, location="query")
@blp.response(200, ComplaintPage)
def complaints(query: dict[str, Any], evaluation_id: UUID) -> Response:
    """The complaints about an evaluation [officer of the PDU]"""
    keys = pages.decode_cursor(query["cursor"], [str])
    after = keys[0] if keys else None
    return page_reply(follow_up.complaints(database(), identity.current(), str(evaluation_id), after, query["limit"]))


@blp.route("/<uuid:evaluation_id>/complaints/<uuid:complaint_id>/outcome", methods=["PUT"])
@blp.arguments(ComplaintOutcome)
@blp.response(200, ComplaintDocument)
def settle(data: dict[str, Any], evaluation_id: UUID, complaint_id: UUID) -> Response:
    """Say what was found of a complaint [officer of the PDU]"""
    who = identity.current()
    return bytes_response(follow_up.settle(database(), who, str(evaluation_id), str(complaint_id), data).body)


@blp.route("/<uuid:evaluation_id>/corrections", methods=["POST"])
@blp.arguments(CorrectionCommand)
@blp.response(201, EvaluationDocument)
@idempotent
def correct(data: dict[str, Any], evaluation_id: UUID) -> Response:
    """Publish another evaluation in the place of this one; both say so. No level can be changed [officer of the PDU]"""
    made = service.correct_statements(database(), identity.current(), str(evaluation_id), data)
    return created(made, "evaluations")
