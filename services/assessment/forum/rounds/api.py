"""HTTP of rounds: open, read, ask, petition, draw, select."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from schemas.assessment import AssessmentDocument, AssessmentPage
from schemas.round import (
    DrawCommand,
    RequestCommand,
    RoundCommand,
    RoundDocument,
    RoundPage,
    SelectionCommand,
)
from services.assessment.context import database
from services.assessment.forum.rounds import service
from services.chassis import identity
from services.chassis.http import pages
from services.chassis.http.documents import document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.replies import created, page_reply

blp = Blueprint("rounds", __name__, url_prefix="/rounds", description="Rounds: who is assessed, and why")


@blp.route("")
@blp.arguments(pages.PageArgs, location="query")
@blp.response(200, RoundPage)
def listed(query: dict[str, Any]) -> Response:
    """The rounds, the newest first"""
    keys = pages.decode_cursor(query["cursor"], [str])
    return page_reply(service.page(database(), keys[0] if keys else None, query["limit"]))


@blp.route("", methods=["POST"])
@blp.arguments(RoundCommand)
@blp.response(201, RoundDocument)
@idempotent
def open_round(data: dict[str, Any]) -> Response:
    """Open a round; the system draws its seed and publishes the seed's hash [officer of the PDU]"""
    return created(service.open_round(database(), identity.current(), data), "rounds")


@blp.route("/<uuid:round_id>")
@blp.response(200, RoundDocument)
def read(round_id: UUID) -> Response:
    """A round"""
    return document_response(service.read(database(), str(round_id)))


@blp.route("/<uuid:round_id>/requests", methods=["POST"])
@blp.arguments(RequestCommand)
@blp.response(201, AssessmentDocument)
@blp.alt_response(200)
@idempotent
def request(data: dict[str, Any], round_id: UUID) -> Response:
    """Ask for an assessment, or sign another's petition (200) [a focal point of the partnership, of the petitioners]"""
    stored, new = service.request(database(), identity.current(), str(round_id), data)
    return created(stored, "assessments") if new else document_response(stored)


@blp.route("/<uuid:round_id>/draw", methods=["POST"])
@blp.arguments(DrawCommand)
@blp.response(201, AssessmentPage)
@idempotent
def draw(data: dict[str, Any], round_id: UUID) -> Response:
    """Draw partnerships at random, by the round's seed [officer of the PDU]"""
    items = service.draw(database(), identity.current(), str(round_id), data["count"])
    response = pages.page_response(items, None)
    response.status_code = 201
    return response


@blp.route("/<uuid:round_id>/assessments")
@blp.arguments(pages.PageArgs, location="query")
@blp.response(200, AssessmentPage)
def assessments(query: dict[str, Any], round_id: UUID) -> Response:
    """The round's assessments, refused ones with the reason too"""
    keys = pages.decode_cursor(query["cursor"], [str])
    page = service.assessments_page(database(), str(round_id), keys[0] if keys else None, query["limit"])
    return page_reply(page)


@blp.route("/<uuid:round_id>/assessments", methods=["POST"])
@blp.arguments(SelectionCommand)
@blp.response(201, AssessmentPage)
@idempotent
def select(data: dict[str, Any], round_id: UUID) -> Response:
    """Take up assessments that were asked for or drawn [officer of the PDU]"""
    items = service.select_for(database(), identity.current(), str(round_id), data["partnership_ids"])
    response = pages.page_response(items, None)
    response.status_code = 201
    return response
