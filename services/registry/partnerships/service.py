"""Use cases of the record itself: start a draft, replace, patch, delete.

Records are read in `views`, standing and phase move in `transitions`, partners answer in `partners`, progress is in `reports`.
`take_in` is the one way by which written content enters a record; the other modules use it too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import documents
from schemas.documents import StoredDocument
from schemas.partnership import PartnershipInput, split_read_only
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotAllowed
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import check_version, locked
from services.registry import policy
from services.registry.authority import Authority
from services.registry.errors import IdentifierTaken, ReadOnlyField, ReferenceUnknown, TierNotMet, UnitUnknown
from services.registry.organizations import service as organizations
from services.registry.partnerships import drafts, processes, recording, subjects, tiers, views
from services.registry.partnerships.content import Content, organization_of, partners_of
from services.registry.partnerships.editing import Hand, check_repeated, edited, set_aside_lacks
from services.registry.partnerships.models import Partnership
from services.registry.partnerships.naming import Names, named_in, names_of, resolve
from services.registry.partnerships.recording import Change, author_for
from services.registry.policy import Subject
from services.registry.units.models import Unit
from services.registry.writing import merged

FIRST_PHASES = ("forming", "active", "completed")


def create(database: Database, principal: Principal, data: Mapping[str, Any]) -> StoredDocument:
    """Start a draft from at least a title and the lead. `data`: a loaded `PartnershipInput`.

    The lead is `organization_id`, else the partner with the role `lead`; where that one is not listed yet it is proposed at once,
    other unknown partners when the record is listed. Raises NotAllowed, Invalid, OrganizationUnknown, ReadOnlyField.
    """
    loaded = dict(data)
    phase = loaded.pop("phase", None)
    now = clock.now()
    with database.transaction() as session:
        actor = subjects.somebody(session, principal)
        lead_id, names = _lead(session, actor, loaded)
        row = Partnership(
            id=uuid7(),
            standing="draft",
            phase=_first_phase(phase, loaded),
            lead_organization_id=lead_id,
            version=1,
            revision=1,
            content={},
            appealed=False,
            author_person=principal.person_id,
            authors=[principal.person_id],
            spoken_at=now,
            created_at=now,
            updated_at=now,
        )
        return recording.start(session, row, take_in(session, row, loaded, names))


def _first_phase(wanted: Any, content: Mapping[str, Any]) -> str:
    """The phase of a new record: the one said, else forming where it says whom it needs (Panel ¶71), else active."""
    if wanted is None:
        return "forming" if content.get("needs") or content.get("offers") else "active"
    if wanted not in FIRST_PHASES:
        detail = f"a new record is {', '.join(FIRST_PHASES)}; later the phase is changed by a transition"
        raise Invalid("A record cannot begin in this phase.", errors=[FieldError("/phase", detail)])
    return str(wanted)


def _lead(session: Session, actor: Authority, loaded: dict[str, Any]) -> tuple[str, Names]:
    """The id of the lead, for which the actor must speak, and the names of all organizations that are named.

    Raises Invalid, OrganizationUnknown, NotAllowed.
    """
    lead_id: str | None = loaded.pop("organization_id", None)
    pointer = "/organization_id"
    if lead_id is None:
        index, organization = _leading(loaded)
        if "id" not in organization:
            _propose_lead(session, actor, organization, index)
            return organization["id"], names_of(session, named_in(loaded))
        lead_id, pointer = str(organization["id"]), f"/partners/{index}/organization/id"
    names = names_of(session, named_in(loaded) | {lead_id})
    if lead_id not in names.organizations or lead_id in names.refused:
        raise organizations.unknown_organization(lead_id, pointer)
    lead_id = names.survivor(lead_id)
    policy.decide(actor, "partnership.create", Subject(organization_ids=frozenset({lead_id})))
    return lead_id, names


def _leading(loaded: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """The partner that the input calls the lead, with its place. Raises Invalid."""
    for index, entry in enumerate(loaded.get("partners") or []):
        if "organization" in entry and "lead" in (entry.get("roles") or []):
            return index, entry["organization"]
    detail = "say which organization leads: one of which you are a focal point"
    raise Invalid("A record needs a lead.", errors=[FieldError("/organization_id", detail)])


def _propose_lead(session: Session, actor: Authority, organization: dict[str, Any], index: int) -> None:
    policy.decide(actor, "partnership.create_with_lead", Subject())
    entered = _enter(session, actor, dict(organization), f"/partners/{index}/organization", None)
    organization.clear()
    organization["id"] = entered


def edit(
    database: Database, principal: Principal, partnership_id: str, data: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Replace the writable part. `data`: a loaded `PartnershipInput`.

    Raises NotKnown, NotAllowed, WrongStanding, PreconditionFailed, ReadOnlyField, PartnersOwnWords, PartnerDeclined, TierNotMet
    (what listing asked for must stay), Invalid, OrganizationUnknown.
    """
    with database.transaction() as session:
        row, actor = editable(session, principal, partnership_id, expected)
        return apply(session, row, actor, dict(data))


def patch(
    database: Database, principal: Principal, partnership_id: str, changes: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """Change some members by a JSON merge patch (RFC 7396) of the document. Raises what `edit` raises."""
    with database.transaction() as session:
        row, actor = editable(session, principal, partnership_id, expected)
        return apply(
            session, row, actor, checked(PartnershipInput, merged(views.current_document(session, row), changes))
        )


def remove(database: Database, principal: Principal, partnership_id: str, expected: int | None) -> None:
    """Delete a draft; nothing of it remains. Only its author may. Raises NotKnown, NotAllowed, PreconditionFailed."""
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        policy.decide(actor, "partnership.read", subjects.subject_for(session, row, principal))
        policy.decide(
            actor, "partnership.delete", subjects.with_authors(subjects.subject_for(session, row, principal), row)
        )
        if row.author_person != principal.person_id:
            raise NotAllowed("Only who started a draft may delete it.")
        check_version(expected, row.version)
        drafts.forget(session, row.id)
        session.delete(row)


def editable(
    session: Session, principal: Principal, partnership_id: str, expected: int | None, action: str = "partnership.edit"
) -> tuple[Partnership, Authority]:
    """The locked row and the person, who may do this to it now. Raises NotKnown, NotAllowed, WrongStanding, PreconditionFailed."""
    row = locked(session, Partnership, partnership_id)
    actor = subjects.somebody(session, principal)
    policy.decide(actor, action, subjects.subject_for(session, row, principal))
    check_version(expected, row.version)
    return row, actor


def apply(
    session: Session, row: Partnership, actor: Authority, loaded: dict[str, Any], change: Change | None = None
) -> StoredDocument:
    """Write new content into a record and store it. An edit that changes nothing makes no version."""
    before = row.content
    names = take_in(session, row, loaded)
    if row.content == before:
        return recording.current(session, row)
    row.authors = list(dict.fromkeys([*row.authors, actor.person_id]))
    if row.standing == "draft":
        return recording.keep_draft(session, row, names)
    enter_proposals(session, row, actor)
    keep_listed(row, before)
    return recording.publish(session, row, change or Change("revised", author_for(actor, row.lead_organization_id)))


def take_in(session: Session, row: Partnership, loaded: dict[str, Any], names: Names | None = None) -> Names:
    """Give a record the content that was written, checked against the register; returns the names of its organizations.

    `names`: where they have been looked up already. Raises what `edit` raises but for who may.
    """
    lead_id = loaded.pop("organization_id", row.lead_organization_id)
    if lead_id != row.lead_organization_id:
        detail = "the lead is said when a record is made"
        raise ReadOnlyField("The lead stays.", errors=[FieldError("/organization_id", detail)])
    writable, repeated = split_read_only(loaded)
    set_aside_lacks(writable, repeated)
    proposed = _promise_ids(writable)
    before = row.content
    proposed.update(
        {str(organization_of(each)): each["proposal"] for each in partners_of(before) if "proposal" in each}
    )
    names = names or names_of(session, named_in(writable) | {row.lead_organization_id})
    resolve(writable, names, named_in(before) | proposed.keys())
    if repeated:
        sent = writable.get("partners") or []
        check_repeated(repeated, _renderings(session, row), sent, {**names.organizations, **proposed})
    _check_references(session, row.id, writable, before)
    if writable.get("processes"):
        writable["processes"] = processes.written(writable["processes"], before.get("processes") or [])
    row.content = edited(writable, before or None, Hand(row.lead_organization_id, clock.timestamp()))
    row.kind = row.content["kind"]
    return names


def _renderings(session: Session, row: Partnership) -> Iterator[dict[str, Any]]:
    """The document as it now is, then as the same version was rendered before: a rename must not disturb who edits."""
    if not row.content:
        yield _unsaved(row)
        return
    yield views.current_document(session, row)
    if row.document is not None:
        yield from (orjson.loads(body) for body in recording.renderings(session, row))


def _unsaved(row: Partnership) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "revision": row.revision,
        "standing": row.standing,
        "phase": row.phase,
    }


def _promise_ids(writable: Content) -> dict[str, Any]:
    """Give organizations that are proposed the id that they will have, in place; returns the proposals by that id."""
    proposed: dict[str, Any] = {}
    for entry in writable.get("partners") or []:
        organization = entry.get("organization")
        if organization and "id" not in organization:
            promised = uuid7()
            entry["organization"], entry["proposal"] = {"id": promised}, organization
            proposed[promised] = organization
    return proposed


def enter_proposals(session: Session, row: Partnership, actor: Authority) -> None:
    """Enter the organizations that the record proposes; in a draft they wait, so that nothing of it is seen outside."""
    if not any("proposal" in entry for entry in partners_of(row.content)):
        return
    entries = []
    for index, entry in enumerate(partners_of(row.content)):
        kept = dict(entry)
        proposal = kept.pop("proposal", None)
        if proposal is not None:
            _enter(session, actor, proposal, f"/partners/{index}/organization", organization_of(entry))
        entries.append(kept)
    row.content = {**row.content, "partners": entries}


def _enter(session: Session, actor: Authority, data: dict[str, Any], at: str, promised: str | None) -> str:
    accepted = policy.may(actor, "organization.create_accepted", Subject())
    try:
        entered = organizations.enter(
            session, data, accepted=accepted, proposed_by=actor.person_id, organization_id=promised
        )
    except (Invalid, IdentifierTaken) as refused:
        refused.errors = tuple(replace(each, pointer=at + each.pointer) for each in refused.errors)
        raise
    return entered.id


def _check_references(session: Session, partnership_id: str, writable: Content, before: Content) -> None:
    """Units and partnerships that are named must be there; no partnership is a part of itself, or follows itself."""
    unit_id = (writable.get("mandate") or {}).get("unit_id")
    if (
        unit_id is not None
        and unit_id != (before.get("mandate") or {}).get("unit_id")
        and session.get(Unit, unit_id) is None
    ):
        raise UnitUnknown(
            "Name a unit of the register.", errors=[FieldError("/mandate/unit_id", "is not in the register")]
        )
    for name in ("part_of", "successor_of"):
        other = writable.get(name)
        if other is not None and other != before.get(name):
            public = select(Partnership.id).where(Partnership.id == other, Partnership.document.is_not(None))
            errors = [FieldError(f"/{name}", "no public partnership has this identifier")]
            if session.scalars(public).first() is None and other != partnership_id:
                raise ReferenceUnknown("Name a partnership of the register.", errors=errors)
            if _leads_to(session, name, other, partnership_id):
                errors = [FieldError(f"/{name}", "leads back to this partnership")]
                raise Invalid("A partnership is no part of itself, and does not follow itself.", errors=errors)


def _leads_to(session: Session, name: str, start: str, partnership_id: str) -> bool:
    """Whether one comes from the one partnership to the other by `part_of` (or `successor_of`)."""
    seen: set[str] = set()
    here: str | None = start
    while here is not None and here not in seen and here != partnership_id:
        seen.add(here)
        content = session.scalars(select(Partnership.content).where(Partnership.id == here)).first()
        here = (content or {}).get(name)
    return here == partnership_id


def keep_listed(row: Partnership, before: Content) -> None:
    """An edit may not take away what listing asked for; that a partner left may always be said. Raises TierNotMet."""
    lacked = set(tiers.lacking_for_listed(before, row.lead_organization_id))
    if any(entry.get("left") for entry in partners_of(row.content)):
        lacked.add("/partners")
    lacking = [each for each in tiers.lacking_for_listed(row.content, row.lead_organization_id) if each not in lacked]
    if lacking:
        raise tier_not_met("listed", lacking)


def tier_not_met(tier: str, lacking: Sequence[str]) -> TierNotMet:
    """The refusal that says what a record lacks for a tier."""
    return TierNotMet(
        f"The record lacks what the tier {tier} asks for: {', '.join(lacking)}.",
        errors=[FieldError(pointer, f"is asked for by the tier {tier}") for pointer in lacking],
        tier=tier,
        lacking=list(lacking),
    )


def checked(contract: type[documents.Contract], data: Any) -> dict[str, Any]:
    """What a merge patch led to, checked. Raises Invalid with a pointer per wrong field."""
    try:
        return documents.load(contract, data)
    except ValidationError as error:
        errors = [FieldError(pointer, detail) for pointer, detail in documents.pointers(error)]
        raise Invalid("The content that results is not valid.", errors=errors) from None
