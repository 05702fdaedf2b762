"""HTTP of organizations. Who may do what is asked of the service; `If-Match` is required where the document is replaced."""

from typing import Any
from uuid import UUID

from flask import Response

from schemas import fields as f
from schemas.organization import (
    STANDINGS,
    AcceptanceCommand,
    MergeCommand,
    OrganizationClaims,
    OrganizationDocument,
    OrganizationInput,
    OrganizationPage,
    OrganizationPatch,
)
from services.chassis import identity
from services.chassis.errors import FieldError, Invalid
from services.chassis.http import conditions, pages
from services.chassis.http.documents import document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.replies import created, page_reply, path_of
from services.registry.bodies import CommandBlueprint
from services.registry.context import database
from services.registry.organizations import claims, service

ABOUT = "Organizations: proposed, accepted, merged; and every claim that is made on one"
blp = Blueprint("organizations", __name__, url_prefix="/organizations", description=ABOUT)
commands = CommandBlueprint("organization-commands", __name__, url_prefix="/organizations", description=ABOUT)


class OrganizationQuery(pages.PageArgs):
    """Which organizations; a repeated parameter means or."""

    q = f.Line("Words of the name in any language, or the value of an identifier.", limit=200)
    constituency = f.Items(f.Code("constituency"), most=50)
    country = f.Items(f.Country().for_input(), most=300)
    standing = f.Items(f.Choice(STANDINGS), "Proposed and accepted ones where it is left out.")
    identifier = f.Line("`scheme:value`, the identifier of another register.", limit=320)


class ClaimQuery(pages.PageArgs):
    """Which claims."""

    state = f.Items(f.Code("confirmation-state"), "Claims in this state; a repeated parameter means or.", most=20)


@blp.route("")
@blp.arguments(OrganizationQuery, location="query")
@blp.response(200, OrganizationPage)
def listed(query: dict[str, Any]) -> Response:
    """The organizations, by name"""
    wanted = service.Filter(
        q=query.get("q"),
        constituencies=query.get("constituency") or (),
        countries=query.get("country") or (),
        standings=query.get("standing") or service.CURRENT,
        identifier=_identifier(query.get("identifier")),
    )
    after = pages.decode_cursor(query["cursor"], [str, str])
    return page_reply(service.page(database(), wanted, after, query["limit"]))


@blp.route("", methods=["POST"])
@blp.arguments(OrganizationInput)
@blp.response(201, OrganizationDocument)
@idempotent
def propose(data: dict[str, Any]) -> Response:
    """Propose an organization; accepted at once where a registrar or an administrator enters it"""
    return created(service.propose(database(), identity.current(), data))


@blp.route("/<uuid:organization_id>")
@blp.response(200, OrganizationDocument)
def read(organization_id: UUID) -> Response:
    """An organization; a merged one says which one it became part of"""
    stored, merged_into = service.read(database(), str(organization_id))
    response = document_response(stored)
    if merged_into is not None:
        response.headers["Link"] = f'<{path_of("organizations", merged_into)}>; rel="canonical"'
    return response


@blp.route("/<uuid:organization_id>", methods=["PUT"])
@blp.arguments(OrganizationInput)
@blp.response(200, OrganizationDocument)
def replace(data: dict[str, Any], organization_id: UUID) -> Response:
    """Replace what its focal points write"""
    expected = conditions.required_version()
    return document_response(service.replace(database(), identity.current(), str(organization_id), data, expected))


@blp.route("/<uuid:organization_id>", methods=["PATCH"])
@blp.arguments(OrganizationPatch)
@blp.response(200, OrganizationDocument)
def change(patch: dict[str, Any], organization_id: UUID) -> Response:
    """Change what its focal points write, by a JSON merge patch (RFC 7396)"""
    expected = conditions.required_version()
    return document_response(service.change(database(), identity.current(), str(organization_id), patch, expected))


@commands.route("/<uuid:organization_id>/acceptance", methods=["POST"])
@commands.arguments(AcceptanceCommand, required=False)
@commands.response(200, OrganizationDocument)
@idempotent
def decide(data: dict[str, Any], organization_id: UUID) -> Response:
    """Accept a proposal, or refuse it with a reason"""
    who, expected = identity.current(), conditions.expected_version()
    if data.get("decision") == "refuse":
        done = service.refuse(database(), who, str(organization_id), data["reason"], expected)
    else:
        done = service.accept(database(), who, str(organization_id), expected)
    return document_response(done)


@blp.route("/<uuid:organization_id>/merge", methods=["POST"])
@blp.arguments(MergeCommand)
@blp.response(200, OrganizationDocument)
@idempotent
def merge(data: dict[str, Any], organization_id: UUID) -> Response:
    """Make it part of another; both identifiers live on"""
    expected = conditions.expected_version()
    done = service.merge(database(), identity.current(), str(organization_id), data["into"], expected)
    return document_response(done)


@blp.route("/<uuid:organization_id>/claims")
@blp.arguments(ClaimQuery, location="query")
@blp.response(200, OrganizationClaims)
def claims_on(query: dict[str, Any], organization_id: UUID) -> Response:
    """Every place where somebody says that this organization is a partner, with what can be done about it"""
    after = pages.decode_cursor(query["cursor"], [str, str])
    found = claims.page(
        database(), identity.optional(), str(organization_id), query.get("state") or (), after, query["limit"]
    )
    return page_reply(found, with_links=_claim_links)


def _claim_links(claim: dict[str, Any]) -> dict[str, Any]:
    record = path_of("partnerships", claim["partnership_id"])
    return claim | {
        "links": {"confirmation": f"{record}/partners/{claim['partner_id']}/confirmation", "record": record}
    }


def _identifier(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    scheme, colon, value = text.partition(":")
    if not (scheme and colon and value):
        raise Invalid(
            "See errors.", errors=[FieldError("/query/identifier", "must be scheme:value, like XM-DAC:47066")]
        )
    return scheme, value
