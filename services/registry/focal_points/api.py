"""HTTP of designations: who acts for an organization. Addresses come in and never go out."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from schemas import fields as f
from schemas.focal_point import (
    STATES,
    Coverage,
    DesignationCommand,
    EndCommand,
    FocalPointDocument,
    FocalPointPage,
    HandoverCommand,
    OwnAuthority,
)
from services.chassis import identity
from services.chassis.http import conditions, pages
from services.chassis.http.documents import document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.replies import created, page_reply
from services.registry.bodies import CommandBlueprint
from services.registry.context import address_key, database
from services.registry.focal_points import reading, service

ABOUT = "Focal points: who acts for an organization, with which functions, until when (Panel ¶72)"
blp = Blueprint("focal-points", __name__, url_prefix="/focal-points", description=ABOUT)
commands = CommandBlueprint("focal-point-commands", __name__, url_prefix="/focal-points", description=ABOUT)


class FocalPointQuery(pages.PageArgs):
    """Which designations; a repeated parameter means or."""

    organization_id = f.Items(f.Identifier(), most=50)
    function = f.Items(f.Code("focal-point-function"), most=10)
    language = f.Items(f.Language(), most=50)
    country = f.Items(f.Country().for_input(), "Countries that the designation names.", most=300)
    state = f.Items(f.Choice(STATES), "Those that run (designated, bound) where it is left out.")


class CoverageQuery(pages.PageArgs):
    """Which bodies; a repeated parameter means or."""

    constituency = f.Items(f.Code("constituency"), most=50)
    country = f.Items(f.Country().for_input(), most=300)


@blp.route("")
@blp.arguments(FocalPointQuery, location="query")
@blp.response(200, FocalPointPage)
def listed(query: dict[str, Any]) -> Response:
    """The designations"""
    wanted = reading.Filter(
        organization_ids=query.get("organization_id") or (),
        functions=query.get("function") or (),
        languages=query.get("language") or (),
        countries=query.get("country") or (),
        states=query.get("state") or service.RUNNING,
    )
    keys = pages.decode_cursor(query["cursor"], [str])
    return page_reply(reading.page(database(), wanted, keys[0] if keys else None, query["limit"]))


@blp.route("", methods=["POST"])
@blp.arguments(DesignationCommand)
@blp.response(201, FocalPointDocument)
@idempotent
def designate(data: dict[str, Any]) -> Response:
    """Designate somebody by address [an administrator; a lead, its own organization's]"""
    return created(service.designate(database(), address_key(), identity.current(), data))


@blp.route("/me")
@blp.response(200, OwnAuthority)
def me() -> Response:
    """For whom I may act, today"""
    response: Response = jsonify(reading.own(database(), identity.current()))
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.route("/coverage")
@blp.arguments(CoverageQuery, location="query")
@blp.response(200, Coverage)
def coverage(query: dict[str, Any]) -> Response:
    """The organizations that have no focal point today"""
    after = pages.decode_cursor(query["cursor"], [str, str])
    found, covered = reading.coverage(
        database(), query.get("constituency") or (), query.get("country") or (), after, query["limit"]
    )
    return page_reply(found, covered=covered)


@blp.route("/<uuid:focal_point_id>")
@blp.response(200, FocalPointDocument)
def read(focal_point_id: UUID) -> Response:
    """A designation, its public part"""
    return document_response(service.read(database(), str(focal_point_id)))


@blp.route("/<uuid:focal_point_id>/handover", methods=["POST"])
@blp.arguments(HandoverCommand)
@blp.response(201, FocalPointDocument)
@idempotent
def hand_over(data: dict[str, Any], focal_point_id: UUID) -> Response:
    """Hand over to a successor, whose designation is the answer [whoever holds it; a lead; an administrator]"""
    expected = conditions.expected_version()
    done = service.hand_over(database(), address_key(), identity.current(), str(focal_point_id), data, expected)
    return created(done, "focal-points")


@commands.route("/<uuid:focal_point_id>/end", methods=["POST"])
@commands.arguments(EndCommand, required=False)
@commands.response(200, FocalPointDocument)
@idempotent
def end(data: dict[str, Any], focal_point_id: UUID) -> Response:
    """End a designation: at once (its last day is today), or on a later day [whoever holds it; a lead; an administrator]"""
    expected = conditions.expected_version()
    return document_response(service.end(database(), identity.current(), str(focal_point_id), data, expected))
