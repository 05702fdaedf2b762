"""HTTP of units and of their queues."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response

from schemas import fields as f
from schemas.unit import UnitDocument, UnitInput, UnitPage, UnitPatch, UnitQueue
from services.chassis import identity
from services.chassis.errors import FieldError, Invalid
from services.chassis.http import conditions, pages
from services.chassis.http.documents import document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.replies import created, page_reply
from services.registry.context import database
from services.registry.units import service

blp = Blueprint(
    "units", __name__, url_prefix="/units", description="Units that accept records, and what waits for them (Panel ¶74)"
)


class UnitQuery(pages.PageArgs):
    """Which units; a repeated parameter means or."""

    organization_id = f.Items(f.Identifier(), most=50)
    country = f.Items(f.Country().for_input(), "Units that accept records of this country.", most=300)


@blp.route("")
@blp.arguments(UnitQuery, location="query")
@blp.response(200, UnitPage)
def listed(query: dict[str, Any]) -> Response:
    """The units"""
    keys = pages.decode_cursor(query["cursor"], [str])
    organizations, countries = query.get("organization_id") or (), query.get("country") or ()
    return page_reply(service.page(database(), organizations, countries, keys[0] if keys else None, query["limit"]))


@blp.route("", methods=["POST"])
@blp.arguments(UnitInput)
@blp.response(201, UnitDocument)
@idempotent
def create(data: dict[str, Any]) -> Response:
    """Set up a unit [administrator]"""
    return created(service.create(database(), identity.current(), data))


@blp.route("/<uuid:unit_id>")
@blp.response(200, UnitDocument)
def read(unit_id: UUID) -> Response:
    """A unit"""
    return document_response(service.read(database(), str(unit_id)))


@blp.route("/<uuid:unit_id>", methods=["PUT"])
@blp.arguments(UnitInput)
@blp.response(200, UnitDocument)
def replace(data: dict[str, Any], unit_id: UUID) -> Response:
    """Replace a unit [administrator]"""
    expected = conditions.required_version()
    return document_response(service.replace(database(), identity.current(), str(unit_id), data, expected))


@blp.route("/<uuid:unit_id>", methods=["PATCH"])
@blp.arguments(UnitPatch)
@blp.response(200, UnitDocument)
def change(patch: dict[str, Any], unit_id: UUID) -> Response:
    """Change a unit by a JSON merge patch (RFC 7396) [administrator]"""
    expected = conditions.required_version()
    return document_response(service.change(database(), identity.current(), str(unit_id), patch, expected))


@blp.route("/<uuid:unit_id>/queue")
@blp.arguments(pages.PageArgs, location="query")
@blp.response(200, UnitQueue)
def queue(query: dict[str, Any], unit_id: UUID) -> Response:
    """What waits for the unit, with the working days left of fifteen, the overdue first [its registrars]"""
    after = _place(pages.decode_cursor(query["cursor"], [str, str]))
    return page_reply(service.queue(database(), identity.current(), str(unit_id), after, query["limit"]))


def _place(keys: list[str] | None) -> tuple[datetime, str] | None:
    if keys is None:
        return None
    try:
        moment = datetime.fromisoformat(keys[0])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("See errors.", errors=[FieldError("/query/cursor", "is not a cursor of this list")])
    return moment, keys[1]
