"""What imports propose to records that their partnerships have claimed: focal points take it over or dismiss it.

Imports never overwrite such a record (record.md); `imports` writes the proposals, this module shows and decides them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from marshmallow import Schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from schemas.partnership import PartnershipDocument
from schemas.partnership_parts import Partner
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import NotKnown
from services.chassis.identity import Principal
from services.chassis.rows import Page, locked, page_of
from services.registry import policy
from services.registry.errors import ProposalDecided
from services.registry.partnerships import naming, projections, redaction, service, subjects, views
from services.registry.partnerships.content import (
    HIDDEN,
    Content,
    Entry,
    ids_in,
    known_ids_only,
    match,
    organization_of,
    partners_of,
    state_of,
    without_ids,
)
from services.registry.partnerships.models import ImportProposal, Partnership

# What the lead says of a partner and the import may say better; who it is and what it answered is never the source's.
OF_PARTNER = ("roles", "contributions")


def listed(
    database: Database,
    principal: Principal,
    partnership_id: str,
    states: Sequence[str],
    after: str | None,
    limit: int,
) -> Page:
    """The proposals, the newest first: `schemas.partnership_answers.ProposedChange`. Raises NotKnown, NotAllowed."""
    statement = select(ImportProposal).where(
        ImportProposal.partnership_id == partnership_id, ImportProposal.state.in_(states or ("open",))
    )
    if after is not None:
        statement = statement.where(ImportProposal.id < after)
    with database.reading() as session:
        row = session.get(Partnership, partnership_id)
        if row is None:
            raise NotKnown("There is no partnership with this identifier.")
        actor = subjects.somebody(session, principal)
        policy.decide(actor, "partnership.proposals", subjects.subject_for(session, row, principal))
        rows = session.scalars(statement.order_by(ImportProposal.id.desc()).limit(limit + 1)).all()
        return page_of([(_shown(session, row, each), [each.id]) for each in rows], limit)


def _shown(session: Session, row: Partnership, proposal: ImportProposal) -> dict[str, Any]:
    content = redaction.without_hidden(session, row, proposal.content)
    names = naming.names_of(session, projections.organization_ids(content))
    partners = [projections.shown(entry, names.organizations) for entry in _visible(content, row.content)]
    found = {
        "id": proposal.id,
        "system": proposal.system,
        "state": proposal.state,
        "received_at": clock.timestamp(proposal.received_at),
        "decided_at": clock.timestamp(proposal.decided_at) if proposal.decided_at else None,
        "fields_changed": changed_members(row.content, content),
        "content": {**content, "partners": partners},
    }
    return {name: value for name, value in found.items() if value is not None}


def _visible(proposed: Content, content: Content) -> list[Entry]:
    """The partners of a proposal without those who declined or asked not to be named."""
    hidden = {organization_of(entry) for entry in partners_of(content) if state_of(entry) in HIDDEN}
    return [
        entry
        for entry in partners_of(proposed)
        if state_of(entry) not in HIDDEN and organization_of(entry) not in hidden
    ]


def changed_members(content: Content, proposed: Content) -> list[str]:
    """The members of a proposal that differ from the record; what the source does not say is no difference."""
    return [
        name
        for name, value in proposed.items()
        if (name != "partners" and without_ids(value) != without_ids(content.get(name)))
        or (name == "partners" and _partners(content, proposed) != without_ids(partners_of(content)))
    ]


def decide(
    database: Database,
    principal: Principal,
    partnership_id: str,
    proposal_id: str,
    command: Mapping[str, Any],
    expected: int | None,
) -> StoredDocument:
    """Take a proposal over, or dismiss it. `command`: a loaded `ProposalDecisionCommand`.

    Raises NotKnown, NotAllowed, WrongStanding, ProposalDecided, PreconditionFailed and what `service.edit` raises.
    """
    with database.transaction() as session:
        row, actor = service.editable(session, principal, partnership_id, expected, "partnership.proposals")
        proposal = locked(session, ImportProposal, proposal_id)
        if proposal.partnership_id != row.id:
            raise NotKnown("There is no such proposal.")
        if proposal.state != "open":
            raise ProposalDecided(f"The proposal has been {proposal.state}.")
        proposal.decided_at, proposal.decided_by_person = clock.now(), principal.person_id
        proposal.state = "dismissed" if command["decision"] == "dismiss" else "accepted"
        session.flush()
        document = views.current_document(session, row)
        if command["decision"] == "dismiss":
            return projections.stored(row)
        proposed = redaction.without_hidden(session, row, proposal.content)  # somebody may have declined since it came
        wanted = command.get("fields_taken") or changed_members(row.content, proposed)
        row.source_hash = proposal.source_hash
        return service.apply(session, row, actor, _taken(document, row.content, proposed, wanted))


def _taken(document: Mapping[str, Any], content: Content, proposed: Content, wanted: Collection[str]) -> dict[str, Any]:
    """The document with the members of the proposal that were wanted; items that the record does not know are new."""
    known = ids_in(content)
    result = dict(document)
    for name in wanted:
        if name == "partners":
            result["partners"] = _merged_partners(document.get("partners") or [], content, proposed, known)
        elif name in proposed:
            result[name] = known_ids_only({name: proposed[name]}, known, PartnershipDocument)[name]
    return result


def _merged_partners(shown: Sequence[Entry], content: Content, proposed: Content, known: set[str]) -> list[Entry]:
    """The partners as shown, with the source's roles and contributions, and those that only the source names."""
    incoming = _visible(proposed, content)
    result: list[Entry] = []
    for entry in shown:
        said = match({"organization": entry["organization"]}, incoming) if "organization" in entry else None
        settled = entry["confirmation"]["state"] in ("corrected", "unnamed") or entry.get("left")
        result.append(entry if said is None or settled else {**entry, **_said(said, known, Partner)})
    there = {organization_of(entry) for entry in partners_of(content)}
    fresh = [entry for entry in incoming if organization_of(entry) not in there]
    return result + [{"organization": entry["organization"], **_said(entry, known, Partner)} for entry in fresh]


def _said(entry: Entry, known: set[str], contract: type[Schema]) -> dict[str, Any]:
    return known_ids_only({name: entry[name] for name in OF_PARTNER if name in entry}, known, contract)


def _partners(content: Content, proposed: Content) -> Any:
    """The record's entries as they would be with what the source says."""
    merged = _merged_partners(partners_of(content), content, proposed, ids_in(content))
    return without_ids(merged)
