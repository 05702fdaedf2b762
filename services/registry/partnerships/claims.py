"""Claims on imported records: somebody of a partner says "this is ours", and a registrar of the country's unit decides.

An accepted claim makes the claimant's organization the lead, lists the record, and from then on imports only propose. Nothing is
asked of the record first (most sources state no goals), but what it lacks for listing it must have when it is submitted.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import check_version, locked
from services.registry import policy
from services.registry.authority import Authority
from services.registry.errors import ClaimantGone, ClaimPending, NoClaimPending, RegistrarIsAuthor
from services.registry.organizations.service import survivors
from services.registry.partnerships import recording, references, rerendering, subjects, tiers
from services.registry.partnerships.content import (
    CONFIRMED,
    HIDDEN,
    Entry,
    confirmed_by_itself,
    organization_of,
    partners_of,
    state_of,
    with_lead_role,
)
from services.registry.partnerships.models import ClaimRequest, Partnership
from services.registry.partnerships.recording import Change, author_for


def claim(
    database: Database, principal: Principal, partnership_id: str, command: Mapping[str, Any], expected: int | None
) -> dict[str, Any]:
    """Claim a reported record for a partner. `command`: a loaded `ClaimCommand`. Returns a `ClaimAnswer`.

    Raises NotKnown, NotAllowed, WrongStanding, ClaimPending, Invalid, PreconditionFailed.
    """
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        partners = [each for entry in tiers.current(row.content) if (each := organization_of(entry)) is not None]
        wanted = [command["organization_id"]] if "organization_id" in command else partners
        subject = subjects.subject_for(session, row, principal)
        asked = frozenset(partners) & frozenset(wanted)
        policy.decide(actor, "partnership.claim", subjects.with_partners(subject, asked))
        check_version(expected, row.version)
        own = sorted(each for each in asked if actor.has("focal_point", each))
        if len(own) > 1:
            detail = "you speak for several of its partners; say for which one"
            raise Invalid("Name the organization.", errors=[FieldError("/organization_id", detail)])
        if _latest(session, row.id, "pending") is not None:
            raise ClaimPending("Somebody of this partnership has claimed the record; a registrar will decide.")
        request = ClaimRequest(
            id=uuid7(),
            partnership_id=row.id,
            organization_id=own[0],
            claimant_person=principal.person_id,
            comment=command.get("comment"),
            state="pending",
            created_at=clock.now(),
        )
        session.add(request)
        session.flush()
        return _shown(request)


def latest(database: Database, principal: Principal, partnership_id: str) -> dict[str, Any]:
    """The last claim on a record, for who made it and for the registrars who decide. Raises NotKnown, NotAllowed."""
    with database.reading() as session:
        row = session.get(Partnership, partnership_id)
        request = _latest(session, partnership_id)
        actor = subjects.somebody(session, principal)
        if row is None:
            raise NotKnown("There is no partnership with this identifier.")
        subject = subjects.with_units_of_country(session, subjects.subject_for(session, row, principal), row)
        if request is not None and request.claimant_person is not None:
            subject = subjects.with_holder(subject, request.claimant_person)
        policy.decide(actor, "partnership.read_claim", subject)
        if request is None:
            raise NotKnown("Nobody has claimed this record.")
        return _shown(request)


def decide(
    database: Database, principal: Principal, partnership_id: str, command: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Decide on the pending claim. `command`: a loaded `ClaimDecisionCommand`.

    Raises NotKnown, NotAllowed, RegistrarIsAuthor, WrongStanding, NoClaimPending, ClaimantGone, PreconditionFailed.
    """
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        subject = subjects.with_units_of_country(session, subjects.subject_for(session, row, principal), row)
        policy.decide(actor, "partnership.decide_claim", subject)
        check_version(expected, row.version)
        request = _latest(session, row.id, "pending")
        if request is None:
            raise NoClaimPending("Nobody has claimed this record, or the claim has been decided.")
        if request.claimant_person == principal.person_id:
            raise RegistrarIsAuthor("You made this claim yourself; another registrar must decide.")
        request.reason = command.get("reason")
        request.decided_at, request.decided_by_person = clock.now(), principal.person_id
        if command["decision"] == "refuse":
            request.state = "refused"
            session.flush()
            return recording.current(session, row)
        request.state = "accepted"
        return _accept(session, row, request, actor, subject.second_unit_ids)


def _accept(
    session: Session, row: Partnership, request: ClaimRequest, actor: Authority, deciding: frozenset[str]
) -> StoredDocument:
    """reported → listed, led by the claimant's organization, or by the one that it was merged into. Raises ClaimantGone."""
    names = rerendering.brought_up_to_date(session, row)
    request.organization_id = survivors(session, [request.organization_id])[request.organization_id]
    shown = [entry for entry in tiers.current(row.content) if state_of(entry) not in HIDDEN]
    if request.organization_id not in {organization_of(entry) for entry in shown}:
        raise ClaimantGone(
            "Who claimed the record is no partner of it any more, or asked not to be named; refuse the claim."
        )
    row.content = led_by(row.content, request.organization_id, clock.timestamp())
    row.lead_organization_id = request.organization_id
    row.standing = "listed"
    row.reference = row.reference or references.allocate(session, clock.today().year)[0]
    row.authors = [request.claimant_person] if request.claimant_person else []
    row.author_person = request.claimant_person
    unit = next(unit for unit in actor.units if unit.unit_id in deciding)
    change = Change("claimed", author_for(actor, unit.organization_id), request.reason)
    return recording.publish(session, row, change, names)


def led_by(content: Mapping[str, Any], lead_id: str, now: str) -> dict[str, Any]:
    """The content under a lead: its own entry says so and is confirmed by itself; no other entry leads."""
    return {**content, "partners": [_as_led(entry, lead_id, now) for entry in partners_of(content)]}


def _as_led(entry: Entry, lead_id: str, now: str) -> Entry:
    if organization_of(entry) == lead_id and state_of(entry) not in HIDDEN:
        leading = with_lead_role(entry)
        return {**leading, "confirmation": confirmed_by_itself(leading, entry, now)}
    roles = [role for role in entry.get("roles") or [] if role != "lead"]
    if "lead" not in (entry.get("roles") or []) or state_of(entry) in CONFIRMED:
        return entry
    return {**entry, "roles": roles}


def _latest(session: Session, partnership_id: str, state: str | None = None) -> ClaimRequest | None:
    statement = select(ClaimRequest).where(ClaimRequest.partnership_id == partnership_id)
    if state is not None:
        statement = statement.where(ClaimRequest.state == state)
    return session.scalars(statement.order_by(ClaimRequest.id.desc()).limit(1)).first()


def _shown(request: ClaimRequest) -> dict[str, Any]:
    found = {
        "id": request.id,
        "partnership_id": request.partnership_id,
        "organization_id": request.organization_id,
        "state": request.state,
        "created_at": clock.timestamp(request.created_at),
        "decided_at": clock.timestamp(request.decided_at) if request.decided_at else None,
        "reason": request.reason,
    }
    return {name: value for name, value in found.items() if value is not None}
