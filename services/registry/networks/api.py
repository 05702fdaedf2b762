"""HTTP of constituency networks and of whom they nominate."""

from typing import Any
from uuid import UUID

from flask import Response

from schemas import fields as f
from schemas.network import (
    NOMINATION_STATES,
    NetworkDocument,
    NetworkInput,
    NetworkPage,
    NetworkPatch,
    NominationCommand,
    NominationDocument,
    NominationPage,
)
from services.chassis import identity
from services.chassis.http import conditions, pages
from services.chassis.http.documents import document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.replies import created, page_reply
from services.registry.context import address_key, database
from services.registry.networks import service

blp = Blueprint(
    "networks", __name__, url_prefix="/networks", description="Constituency networks, which nominate and vouch"
)


class NetworkQuery(pages.PageArgs):
    """Which networks; a repeated parameter means or."""

    constituency = f.Items(f.Code("constituency"), most=50)


class NominationQuery(pages.PageArgs):
    """Which nominations; a repeated parameter means or."""

    state = f.Items(f.Choice(NOMINATION_STATES), "Those not withdrawn where it is left out.")


@blp.route("")
@blp.arguments(NetworkQuery, location="query")
@blp.response(200, NetworkPage)
def listed(query: dict[str, Any]) -> Response:
    """The networks"""
    keys = pages.decode_cursor(query["cursor"], [str])
    constituencies = query.get("constituency") or ()
    return page_reply(service.page(database(), constituencies, keys[0] if keys else None, query["limit"]))


@blp.route("", methods=["POST"])
@blp.arguments(NetworkInput)
@blp.response(201, NetworkDocument)
@idempotent
def create(data: dict[str, Any]) -> Response:
    """Set up a network with its contact [administrator, officer of the PDU]"""
    return created(service.create(database(), address_key(), identity.current(), data))


@blp.route("/<uuid:network_id>")
@blp.response(200, NetworkDocument)
def read(network_id: UUID) -> Response:
    """A network"""
    return document_response(service.read(database(), str(network_id)))


@blp.route("/<uuid:network_id>", methods=["PUT"])
@blp.arguments(NetworkInput)
@blp.response(200, NetworkDocument)
def replace(data: dict[str, Any], network_id: UUID) -> Response:
    """Replace a network; its contact stays where none is given [administrator, officer of the PDU]"""
    expected = conditions.required_version()
    done = service.replace(database(), address_key(), identity.current(), str(network_id), data, expected)
    return document_response(done)


@blp.route("/<uuid:network_id>", methods=["PATCH"])
@blp.arguments(NetworkPatch)
@blp.response(200, NetworkDocument)
def change(patch: dict[str, Any], network_id: UUID) -> Response:
    """Change a network by a JSON merge patch (RFC 7396) [administrator, officer of the PDU]"""
    expected = conditions.required_version()
    done = service.change(database(), address_key(), identity.current(), str(network_id), patch, expected)
    return document_response(done)


@blp.route("/<uuid:network_id>/nominations")
@blp.arguments(NominationQuery, location="query")
@blp.response(200, NominationPage)
def nominations(query: dict[str, Any], network_id: UUID) -> Response:
    """Whom the network nominates [its contact, administrator, officer of the PDU]"""
    keys = pages.decode_cursor(query["cursor"], [str])
    found = service.nominations(
        database(),
        identity.current(),
        str(network_id),
        query.get("state") or (),
        keys[0] if keys else None,
        query["limit"],
    )
    return page_reply(found)


@blp.route("/<uuid:network_id>/nominations", methods=["POST"])
@blp.arguments(NominationCommand)
@blp.response(201, NominationDocument)
@idempotent
def nominate(data: dict[str, Any], network_id: UUID) -> Response:
    """Nominate somebody by address [the network's contact, administrator, officer of the PDU]"""
    return created(service.nominate(database(), address_key(), identity.current(), str(network_id), data))


@blp.route("/<uuid:network_id>/nominations/<uuid:nomination_id>")
@blp.response(200, NominationDocument)
def nomination(network_id: UUID, nomination_id: UUID) -> Response:
    """A nomination [whoever is nominated, the network's contact, administrator, officer of the PDU]"""
    who = identity.current()
    return document_response(service.read_nomination(database(), who, str(network_id), str(nomination_id)))


@blp.route("/<uuid:network_id>/nominations/<uuid:nomination_id>/withdraw", methods=["POST"])
@blp.response(200, NominationDocument)
@idempotent
def withdraw(network_id: UUID, nomination_id: UUID) -> Response:
    """Withdraw a nomination [whoever is nominated, the network's contact, administrator, officer of the PDU]"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(service.withdraw(database(), who, str(network_id), str(nomination_id), expected))
