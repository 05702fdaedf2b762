"""HTTP of the partnership records. `If-Match` is required for PUT, PATCH, DELETE and transitions, honoured elsewhere.

A view loads, calls a service, replies; who may do what is asked of the services.
"""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from schemas import fields as f
from schemas.partnership import (
    PHASES,
    STANDINGS,
    ClaimAnswer,
    ClaimCommand,
    ClaimDecisionCommand,
    ConfirmationCommand,
    HistoryPage,
    InvitationAnswer,
    InvitationCommand,
    LeaveCommand,
    PartnerCommand,
    PartnerPatch,
    PartnershipDocument,
    PartnershipInput,
    PartnershipPage,
    PartnershipPatch,
    RedactionCommand,
    ReportCommand,
    ResultsCommand,
    TransitionCommand,
    VersionChanges,
)
from schemas.partnership_answers import (
    CoAuthor,
    CoAuthorCommand,
    CoAuthorList,
    InvitationShown,
    PartnerList,
    ProcessConfirmationCommand,
    ProposalDecisionCommand,
    ProposedChanges,
    Reports,
    Results,
)
from schemas.partnership_parts import Partner
from services.chassis import identity
from services.chassis.http import conditions, pages
from services.chassis.http.documents import document_response
from services.chassis.http.idempotency import idempotent
from services.chassis.http.parsing import Blueprint
from services.chassis.http.replies import created, page_reply, path_of
from services.registry.bodies import CommandBlueprint
from services.registry.context import address_key, database
from services.registry.partnerships import (
    claims,
    drafts,
    history,
    invitations,
    partners,
    processes,
    proposals,
    redaction,
    reports,
    service,
    transitions,
    views,
)

ABOUT = "Partnerships: the record, its standing, its partners' answers, its progress and its history"
PREFIX = "/partnerships"
blp = Blueprint("partnerships", __name__, url_prefix=PREFIX, description=ABOUT)
commands = CommandBlueprint("partnership-commands", __name__, url_prefix=PREFIX, description=ABOUT)

LARGEST_NUMBER = 2**31 - 1


class PartnershipQuery(pages.PageArgs):
    """Which records; a repeated parameter means or. Text, goals and places are asked of the search service."""

    standing = f.Items(f.Choice(STANDINGS), "`draft` alone: one's own drafts.", most=20)
    kind = f.Items(f.Code("kind"), most=20)
    phase = f.Items(f.Choice(PHASES), most=20)
    organization_id = f.Items(f.Identifier(), "Records that name one of these as a partner.", most=50)
    reference = f.Line(limit=40)


class ProposalQuery(pages.PageArgs):
    """Which proposals; open ones where nothing is said."""

    state = f.Items(f.Choice(("open", "accepted", "dismissed", "superseded")), most=4)


def _after(cursor: str | None, kind: type) -> Any:
    keys = pages.decode_cursor(cursor, [kind])
    return None if keys is None else keys[0]


def _json(answer: dict[str, Any], status: int = 200) -> Response:
    response: Response = jsonify(answer)
    response.status_code = status
    return response


def _beside(partnership_id: str, made: dict[str, Any]) -> Response:
    """201 with what was made beside a record, and the ETag that the record has now: what its next change asks for."""
    response = _json(made, 201)
    response.headers["ETag"] = views.read(database(), identity.current(), partnership_id).etag
    return response


# The record


@blp.route("")
@blp.arguments(PartnershipQuery, location="query")
@blp.response(200, PartnershipPage)
def listed(query: dict[str, Any]) -> Response:
    """The public records, the newest first; with `standing=draft` one's own drafts"""
    wanted = views.Filter(
        standings=query.get("standing") or (),
        kinds=query.get("kind") or (),
        phases=query.get("phase") or (),
        organization_ids=query.get("organization_id") or (),
        reference=query.get("reference"),
    )
    after = _after(query["cursor"], str)
    return page_reply(views.page(database(), identity.optional(), wanted, after, query["limit"]))


@blp.route("", methods=["POST"])
@blp.arguments(PartnershipInput)
@blp.response(201, PartnershipDocument)
@idempotent
def create(data: dict[str, Any]) -> Response:
    """Start a draft, from at least a title and the organization that leads"""
    return created(service.create(database(), identity.current(), data))


@blp.route("/<uuid:partnership_id>")
@blp.response(200, PartnershipDocument)
def read(partnership_id: UUID) -> Response:
    """A record; a suspended or withdrawn one is a tombstone with the reason"""
    return document_response(views.read(database(), identity.optional(), str(partnership_id)))


@blp.route("/<uuid:partnership_id>", methods=["PUT"])
@blp.arguments(PartnershipInput)
@blp.response(200, PartnershipDocument)
def replace(data: dict[str, Any], partnership_id: UUID) -> Response:
    """Replace the writable part"""
    expected = conditions.required_version()
    return document_response(service.edit(database(), identity.current(), str(partnership_id), data, expected))


@blp.route("/<uuid:partnership_id>", methods=["PATCH"])
@blp.arguments(PartnershipPatch)
@blp.response(200, PartnershipDocument)
def change(patch: dict[str, Any], partnership_id: UUID) -> Response:
    """Change some of it, by a JSON merge patch (RFC 7396)"""
    expected = conditions.required_version()
    return document_response(service.patch(database(), identity.current(), str(partnership_id), patch, expected))


@blp.route("/<uuid:partnership_id>", methods=["DELETE"])
@blp.response(204)
def delete(partnership_id: UUID) -> Response:
    """Delete a draft; nothing of it remains"""
    service.remove(database(), identity.current(), str(partnership_id), conditions.required_version())
    return Response(status=204)


@blp.route("/<uuid:partnership_id>/transitions", methods=["POST"])
@blp.arguments(TransitionCommand)
@blp.response(200, PartnershipDocument)
@idempotent
def move(command: dict[str, Any], partnership_id: UUID) -> Response:
    """Move the standing of the record, or the phase of the partnership"""
    expected = conditions.required_version()
    return document_response(transitions.move(database(), identity.current(), str(partnership_id), command, expected))


# Co-authors of a draft


@blp.route("/<uuid:partnership_id>/co-authors")
@blp.response(200, CoAuthorList)
def co_authors(partnership_id: UUID) -> Response:
    """Who was invited to write the draft too"""
    return pages.page_response(drafts.listed(database(), identity.current(), str(partnership_id)), None)


@blp.route("/<uuid:partnership_id>/co-authors", methods=["POST"])
@blp.arguments(CoAuthorCommand)
@blp.response(201, CoAuthor)
@idempotent
def invite_co_author(command: dict[str, Any], partnership_id: UUID) -> Response:
    """Invite somebody to write the draft too"""
    who, key = identity.current(), address_key()
    return _beside(str(partnership_id), drafts.invite(database(), key, who, str(partnership_id), command["email"]))


@blp.route("/<uuid:partnership_id>/co-authors/<uuid:author_id>", methods=["DELETE"])
@blp.response(204)
def uninvite_co_author(partnership_id: UUID, author_id: UUID) -> Response:
    """Take the invitation back"""
    drafts.uninvite(database(), identity.current(), str(partnership_id), str(author_id))
    return Response(status=204)


# Partners


@blp.route("/<uuid:partnership_id>/partners")
@blp.response(200, PartnerList)
def partners_of(partnership_id: UUID) -> Response:
    """The partners, the lead among them"""
    return pages.page_response(partners.listed(database(), identity.optional(), str(partnership_id)), None)


@blp.route("/<uuid:partnership_id>/partners", methods=["POST"])
@blp.arguments(PartnerCommand)
@blp.response(201, PartnershipDocument)
@idempotent
def add_partner(command: dict[str, Any], partnership_id: UUID) -> Response:
    """Add a partner; one that names a listed organization is that entry (200)"""
    added = partners.add(database(), identity.current(), str(partnership_id), command, conditions.expected_version())
    location = path_of("partnerships", str(partnership_id), "partners", added.partner_id)
    return document_response(added.document, 201 if added.new else 200, location if added.new else None)


@blp.route("/<uuid:partnership_id>/partners/<uuid:partner_id>")
@blp.response(200, Partner)
def partner(partnership_id: UUID, partner_id: UUID) -> Response:
    """A partner, with the ETag of the record"""
    return document_response(partners.shown(database(), identity.optional(), str(partnership_id), str(partner_id)))


@blp.route("/<uuid:partnership_id>/partners/<uuid:partner_id>", methods=["PUT"])
@blp.arguments(PartnerCommand)
@blp.response(200, PartnershipDocument)
def replace_partner(command: dict[str, Any], partnership_id: UUID, partner_id: UUID) -> Response:
    """Replace what the lead says of a partner; what was confirmed is claimed again"""
    who, expected = identity.current(), conditions.required_version()
    return document_response(partners.replace(database(), who, str(partnership_id), str(partner_id), command, expected))


@blp.route("/<uuid:partnership_id>/partners/<uuid:partner_id>", methods=["PATCH"])
@blp.arguments(PartnerPatch)
@blp.response(200, PartnershipDocument)
def change_partner(patch: dict[str, Any], partnership_id: UUID, partner_id: UUID) -> Response:
    """Change some of what the lead says of a partner, by a JSON merge patch"""
    who, expected = identity.current(), conditions.required_version()
    return document_response(partners.patch(database(), who, str(partnership_id), str(partner_id), patch, expected))


@blp.route("/<uuid:partnership_id>/partners/<uuid:partner_id>", methods=["DELETE"])
@blp.response(200, PartnershipDocument)
def partner_leaves_today(partnership_id: UUID, partner_id: UUID) -> Response:
    """The partner leaves today; its entry stays, with the date"""
    who, expected = identity.current(), conditions.required_version()
    return document_response(partners.leave(database(), who, str(partnership_id), str(partner_id), {}, expected))


@commands.route("/<uuid:partnership_id>/partners/<uuid:partner_id>/leave", methods=["POST"])
@commands.arguments(LeaveCommand, required=False)
@commands.response(200, PartnershipDocument)
@idempotent
def partner_leaves(command: dict[str, Any], partnership_id: UUID, partner_id: UUID) -> Response:
    """The partner leaves, on a day and for a reason that may be given"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(partners.leave(database(), who, str(partnership_id), str(partner_id), command, expected))


@blp.route("/<uuid:partnership_id>/partners/<uuid:partner_id>/confirmation", methods=["POST"])
@blp.arguments(ConfirmationCommand)
@blp.response(200, PartnershipDocument)
@idempotent
def answer(command: dict[str, Any], partnership_id: UUID, partner_id: UUID) -> Response:
    """The partner confirms, corrects or declines what is said of it, or asks not to be named"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(partners.answer(database(), who, str(partnership_id), str(partner_id), command, expected))


@blp.route("/<uuid:partnership_id>/partners/<uuid:partner_id>/voucher", methods=["POST"])
@blp.response(200, PartnershipDocument)
@idempotent
def vouch(partnership_id: UUID, partner_id: UUID) -> Response:
    """A registrar, or the contact of a network, vouches for an unverified answer: it counts as confirmed"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(partners.vouch(database(), who, str(partnership_id), str(partner_id), expected))


@blp.route("/<uuid:partnership_id>/partners/<uuid:partner_id>/invitation", methods=["POST"])
@blp.arguments(InvitationCommand)
@blp.response(201, InvitationAnswer)
@idempotent
def invite_partner(command: dict[str, Any], partnership_id: UUID, partner_id: UUID) -> Response:
    """Mail a link by which somebody of the partner answers without an account"""
    who, key = identity.current(), address_key()
    made = invitations.invite(database(), key, who, str(partnership_id), str(partner_id), command)
    return _beside(str(partnership_id), made)


@blp.route("/invitations/<string:token>")
@blp.response(200, InvitationShown)
def invitation(token: str) -> Response:
    """What the link would confirm; reading it changes nothing"""
    return _json(invitations.shown(database(), token))


@blp.route("/invitations/<string:token>", methods=["POST"])
@blp.arguments(ConfirmationCommand)
@blp.response(200, PartnershipDocument)
@idempotent
def answer_invitation(command: dict[str, Any], token: str) -> Response:
    """Answer by the link, without an account"""
    return document_response(invitations.answer(database(), token, command))


# Progress


@blp.route("/<uuid:partnership_id>/reports")
@blp.response(200, Reports)
def reports_of(partnership_id: UUID) -> Response:
    """Progress reports, late and on time"""
    return _json(reports.reports_of(database(), identity.optional(), str(partnership_id)))


@blp.route("/<uuid:partnership_id>/reports", methods=["POST"])
@blp.arguments(ReportCommand)
@blp.response(201, PartnershipDocument)
@idempotent
def report(command: dict[str, Any], partnership_id: UUID) -> Response:
    """Report progress: values, narrative, next plan"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(reports.report(database(), who, str(partnership_id), command, expected), 201)


@blp.route("/<uuid:partnership_id>/results")
@blp.response(200, Results)
def results_of(partnership_id: UUID) -> Response:
    """Deliverables with the values reached"""
    return _json(reports.results_of(database(), identity.optional(), str(partnership_id)))


@blp.route("/<uuid:partnership_id>/results", methods=["POST"])
@blp.arguments(ResultsCommand)
@blp.response(201, PartnershipDocument)
@idempotent
def add_results(command: dict[str, Any], partnership_id: UUID) -> Response:
    """Add values reached"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(reports.results(database(), who, str(partnership_id), command, expected), 201)


@commands.route("/<uuid:partnership_id>/processes/<uuid:process_id>/confirmation", methods=["POST"])
@commands.arguments(ProcessConfirmationCommand, required=False)
@commands.response(200, PartnershipDocument)
@idempotent
def confirm_process(command: dict[str, Any], partnership_id: UUID, process_id: UUID) -> Response:
    """The authority confirms the relation to its process"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(
        processes.confirm(database(), who, str(partnership_id), str(process_id), command, expected)
    )


# Imported records


@commands.route("/<uuid:partnership_id>/claim", methods=["POST"])
@commands.arguments(ClaimCommand, required=False)
@commands.response(201, ClaimAnswer)
@idempotent
def claim(command: dict[str, Any], partnership_id: UUID) -> Response:
    """Claim an imported record for one of its partners; a registrar decides"""
    who, expected = identity.current(), conditions.expected_version()
    return _beside(str(partnership_id), claims.claim(database(), who, str(partnership_id), command, expected))


@blp.route("/<uuid:partnership_id>/claim")
@blp.response(200, ClaimAnswer)
def latest_claim(partnership_id: UUID) -> Response:
    """The last claim and what became of it"""
    return _json(claims.latest(database(), identity.current(), str(partnership_id)))


@blp.route("/<uuid:partnership_id>/claim/decision", methods=["POST"])
@blp.arguments(ClaimDecisionCommand)
@blp.response(200, PartnershipDocument)
@idempotent
def decide_claim(command: dict[str, Any], partnership_id: UUID) -> Response:
    """Accept or refuse the claim"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(claims.decide(database(), who, str(partnership_id), command, expected))


@blp.route("/<uuid:partnership_id>/proposals")
@blp.arguments(ProposalQuery, location="query")
@blp.response(200, ProposedChanges)
def proposals_of(query: dict[str, Any], partnership_id: UUID) -> Response:
    """What later imports say about a claimed record"""
    states, after = query.get("state") or (), _after(query["cursor"], str)
    return page_reply(
        proposals.listed(database(), identity.current(), str(partnership_id), states, after, query["limit"])
    )


@blp.route("/<uuid:partnership_id>/proposals/<uuid:proposal_id>/decision", methods=["POST"])
@blp.arguments(ProposalDecisionCommand)
@blp.response(200, PartnershipDocument)
@idempotent
def decide_proposal(command: dict[str, Any], partnership_id: UUID, proposal_id: UUID) -> Response:
    """Take it over, or dismiss it"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(
        proposals.decide(database(), who, str(partnership_id), str(proposal_id), command, expected)
    )


# The past


@blp.route("/<uuid:partnership_id>/history")
@blp.arguments(pages.PageArgs, location="query")
@blp.response(200, HistoryPage)
def history_of(query: dict[str, Any], partnership_id: UUID) -> Response:
    """Who changed what when, the newest first"""
    after = _after(query["cursor"], int)
    who = identity.optional()
    return page_reply(history.entries(database(), who, str(partnership_id), after, query["limit"]))


@blp.route(f"/<uuid:partnership_id>/versions/<int(max={LARGEST_NUMBER}):number>")
@blp.response(200, PartnershipDocument)
def version(partnership_id: UUID, number: int) -> Response:
    """The document as it was"""
    return document_response(history.version(database(), identity.optional(), str(partnership_id), number))


@blp.route(f"/<uuid:partnership_id>/versions/<int(max={LARGEST_NUMBER}):number>/changes")
@blp.response(200, VersionChanges)
def changes(partnership_id: UUID, number: int) -> Response:
    """What the version changed, as a JSON Patch (RFC 6902)"""
    return _json(history.changes(database(), identity.optional(), str(partnership_id), number))


@blp.route("/<uuid:partnership_id>/redactions", methods=["POST"])
@blp.arguments(RedactionCommand)
@blp.response(200, PartnershipDocument)
@idempotent
def redact(command: dict[str, Any], partnership_id: UUID) -> Response:
    """A registrar takes a partner at risk out of the record and its history"""
    who, expected = identity.current(), conditions.expected_version()
    return document_response(redaction.redact(database(), who, str(partnership_id), command, expected))
