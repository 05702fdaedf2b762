"""Takes a partner's name out of a record and of all its versions, and a person's name out of every record.

For partners at risk (they ask for it themselves, or a registrar does), and for people who are erased. The bytes of past versions
are rendered again without the name; the record as it is gets a new rendering, which replaces the old one on the bus.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Text, cast, delete, select, update
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from schemas.redaction import UNSPECIFIED, WITHHELD, Redaction, all_texts, scrubbed, scrubbed_entry, texts
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import check_version, locked
from services.registry import policy
from services.registry.errors import LeadStays
from services.registry.focal_points.models import FocalPoint
from services.registry.organizations.models import Organization
from services.registry.organizations.projections import folded
from services.registry.partnerships import naming, projections, recording, subjects, tiers
from services.registry.partnerships.content import (
    HIDDEN,
    Content,
    Entry,
    declined_entry,
    entry_of,
    organization_of,
    partners_of,
    state_of,
    together_with,
    unnamed_entry,
    with_entry,
)
from services.registry.partnerships.models import (
    ClaimRequest,
    DraftAuthor,
    ImportProposal,
    Invitation,
    Partnership,
    PartnershipVersion,
    SafetyNote,
)
from services.registry.partnerships.recording import Author, Change, author_for
from services.registry.tables import Base

# Private columns that say who did something.
PEOPLE: tuple[tuple[type[Base], Any], ...] = (
    (Invitation, Invitation.invited_by_person),
    (SafetyNote, SafetyNote.by_person),
    (ImportProposal, ImportProposal.decided_by_person),
    (ClaimRequest, ClaimRequest.claimant_person),
    (ClaimRequest, ClaimRequest.decided_by_person),
)
Names = Mapping[str, Sequence[str]]
# Partners


def redact(
    database: Database, principal: Principal, partnership_id: str, command: Mapping[str, Any], expected: int | None
) -> StoredDocument:
    """A registrar takes a partner at risk out of a record and its history; the reason is kept in private.

    `command`: a loaded `RedactionCommand`. Raises NotKnown, NotAllowed, WrongStanding, LeadStays, PreconditionFailed.
    """
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        policy.decide(actor, "partnership.redact", subjects.subject_for(session, row, principal))
        check_version(expected, row.version)
        entry = entry_of(row.content, command["partner_id"])
        if entry is None:
            raise NotKnown("There is no such partner in this record.")
        if organization_of(entry) == row.lead_organization_id and row.standing != "reported":
            raise LeadStays("The lead is part of its record; the record can be withdrawn instead.")
        now = clock.now()
        session.add(
            SafetyNote(
                id=uuid7(),
                partnership_id=row.id,
                partner_id=entry["id"],
                reason=command.get("reason"),
                by_person=principal.person_id,
                created_at=now,
            )
        )
        unit = next(iter(actor.units), None)
        return take_out(session, row, entry, author_for(actor, unit.organization_id if unit else None))


def take_out(session: Session, row: Partnership, entry: Entry, author: Author) -> StoredDocument:
    """Unname a partner: its name leaves the record and all its versions, texts too. Publishes the record without it.

    Where the name stood nowhere any more, nothing is published.
    """
    changed = False
    for each in together_with(row.content, entry):
        hidden = each if state_of(each) == "declined" else unnamed_entry(each, clock.timestamp())
        changed = _take_out(session, row, hidden) or changed
    if not changed:
        return recording.current(session, row)
    session.flush()
    return recording.publish(session, row, Change("redacted", author))


def _take_out(session: Session, row: Partnership, entry: Entry, formerly: str | None = None) -> bool:
    """Take out the name of an entry's organization, or that of one that was merged into it; says whether that changed anything."""
    redaction = _redaction_of(session, {**entry, "organization": {"id": formerly}} if formerly else entry)
    before = row.content, row.standing_reason, row.phase_reason
    changed = _take_out_of_versions(session, row, redaction)
    clean = redaction.words()
    for name in ("standing_reason", "phase_reason"):
        setattr(row, name, texts(getattr(row, name), clean))
    row.content = with_entry(_without(row.content, redaction), scrubbed_entry(entry, redaction))
    return changed or before != (row.content, row.standing_reason, row.phase_reason)


def take_out_declined(session: Session, row: Partnership, entry: Entry, formerly: str | None = None) -> bool:
    """Take who declined out of all versions of a record (the name leaves the public record): its entry and whatever refers to it.

    Texts stay as their authors wrote them: to decline is to say that one is no partner, not that one is at risk. Says whether that
    changed anything.
    """
    redaction = _redaction_of(session, {**entry, "organization": {"id": formerly}} if formerly else entry)
    before = row.content
    changed = _take_out_of_versions(session, row, redaction, in_texts=False)
    row.content = with_entry(_without(row.content, redaction, in_texts=False), entry)
    return changed or row.content != before


def keep_hidden(session: Session, row: Partnership, before: Content, survivors: Mapping[str, str]) -> bool:
    """After a merge: hide those whom it has made the same as somebody hidden, under their former names too; says whether it did.

    `before`: the content before its merged organizations were named by their survivors. One at risk hides all. A decline hides
    what became part of who declined; what a merged organization declined, its survivor may have confirmed. A lead is never hidden.
    """
    hidden = False
    for survivor in sorted({*survivors.values()} - {row.lead_organization_id}):
        pairs = zip(partners_of(before), partners_of(row.content), strict=True)
        states = {
            (organization_of(old) == survivor, state_of(new)) for old, new in pairs if organization_of(new) == survivor
        }
        at_risk = not states.isdisjoint({(True, "unnamed"), (False, "unnamed")})
        if at_risk or (True, "declined") in states:
            formerly = [merged for merged, each in survivors.items() if each == survivor]
            _hide_all(session, row, survivor, formerly, at_risk=at_risk)
            hidden = True
    return hidden


def _hide_all(session: Session, row: Partnership, survivor: str, formerly: Sequence[str], *, at_risk: bool) -> None:
    now = clock.timestamp()
    for entry in partners_of(row.content):
        if organization_of(entry) != survivor:
            continue
        if state_of(entry) not in HIDDEN:
            entry = unnamed_entry(entry, now) if at_risk else declined_entry(entry, now)
        for name in (None, *formerly):
            if at_risk:
                _take_out(session, row, entry, name)
            else:
                take_out_declined(session, row, entry, name)
            entry = entry_of(row.content, entry["id"]) or entry


def without_hidden(session: Session, row: Partnership, content: Content, called: Names | None = None) -> Content:
    """What somebody else says of a record (an import), without those whose names have left it, as they were taken out of it.

    Entries of `partners` keep who they are: the record shows as little of them as before. `called`: by id, how this source calls
    organizations beside their names in the register.
    """
    for entry in partners_of(row.content):
        if state_of(entry) in HIDDEN:
            redaction = _redaction_of(session, entry)
            names = *redaction.names, *(called or {}).get(redaction.organization_id or "", ())
            in_texts = _is_at_risk(session, row, entry)
            redaction = replace(redaction, names=names)
            said = redaction if in_texts else replace(redaction, names=())
            rest = {name: value for name, value in content.items() if name != "partners"}
            partners = [scrubbed_entry(each, said) for each in partners_of(content)]
            content = {**_without(rest, redaction, in_texts=in_texts), "partners": partners}
    return content


def _is_at_risk(session: Session, row: Partnership, entry: Entry) -> bool:
    """Whether the name left the texts too: a registrar may have taken out one that had declined before."""
    noted = select(SafetyNote.id).where(SafetyNote.partnership_id == row.id, SafetyNote.partner_id == entry["id"])
    return state_of(entry) != "declined" or session.scalar(noted.limit(1)) is not None


def _without(document: Mapping[str, Any], redaction: Redaction, *, in_texts: bool = True) -> Content:
    """A document or content without the partner: where it is referred to, and (`in_texts`) wherever its name stands."""
    result = scrubbed(_referring(document, redaction), redaction if in_texts else replace(redaction, names=()))
    if in_texts and "classifications" in result:
        result["classifications"] = [_unclassified(each, redaction) for each in result["classifications"]]
    return result


def _unclassified(classification: Mapping[str, Any], redaction: Redaction) -> dict[str, Any]:
    """A classification that gives nobody away: neither by a list of its own (`GB-CHC-1:sector`) nor by a code that names it."""
    publisher, colon, kind = classification["scheme"].partition(":")
    known = folded(publisher) in {folded(name) for name in redaction.names}
    scheme = f"{WITHHELD}{colon}{kind}" if colon and known else classification["scheme"]
    return {**classification, "scheme": scheme, "code": redaction.words()(classification["code"])}


def _referring(document: Mapping[str, Any], redaction: Redaction) -> Mapping[str, Any]:
    """The document with the organization's id wherever a transaction tells it by name or identifier alone."""
    names = {folded(name) for name in redaction.names}

    def told(party: dict[str, Any]) -> dict[str, Any]:
        said = all_texts([party.get("identifier"), party.get("name")])
        meant = "organization_id" not in party and not names.isdisjoint(map(folded, said))
        return {**party, "organization_id": redaction.organization_id} if meant else party

    if redaction.organization_id is None or "transactions" not in document:
        return document
    sides = ("provider", "receiver")
    transactions = [
        {**each, **{side: told(each[side]) for side in sides if side in each}} for each in document["transactions"]
    ]
    return {**document, "transactions": transactions}


def _take_out_of_versions(session: Session, row: Partnership, redaction: Redaction, *, in_texts: bool = True) -> bool:
    """Take a partner out of all versions; says whether any of them changed."""
    clean = redaction.words() if in_texts else str
    for version in session.scalars(select(PartnershipVersion).where(PartnershipVersion.partnership_id == row.id)):
        document = projections.render(_without(orjson.loads(version.document), redaction, in_texts=in_texts))
        if document != version.document:
            version.document = document
        reason = texts(version.reason, clean)
        if reason != version.reason:
            version.reason = reason
        if version.author_organization_id is not None and version.author_organization_id == redaction.organization_id:
            version.author_name = version.author_organization_id = None
    changed = any(isinstance(each, PartnershipVersion) for each in session.dirty)
    session.flush()
    return changed


def _redaction_of(session: Session, entry: Entry) -> Redaction:
    organization_id = organization_of(entry)
    names: list[str] = []
    organizations = {}
    if organization_id is not None:
        organizations = dict(naming.names_of(session, {organization_id}).organizations)
        organization = session.get(Organization, organization_id)
        if organization is not None:
            names = all_texts([organization.content.get("name"), organization.former_names])
            names += _identifiers_of(organization)
    elif "group" in entry:
        names = all_texts(entry["group"]["name"])
    constituency = tiers.constituency_of(entry, organizations) or UNSPECIFIED
    return Redaction(entry["id"], organization_id, tuple(dict.fromkeys(names)), constituency)


def _identifiers_of(organization: Organization) -> list[str]:
    """Its identifiers as sources write them, whose schemes stand before the value: `GB-CHC-1234`."""
    identifiers = organization.content.get("identifiers", ())
    return [
        each["value"] if each["scheme"].lower() in ("org-id", "iati") else f"{each['scheme']}-{each['value']}"
        for each in identifiers
    ]


# People


def forget_person(session: Session, person_id: str) -> None:
    """Forget that a person wrote anything: the name as an author, and every private mark of who wrote what."""
    for version in session.scalars(select(PartnershipVersion).where(PartnershipVersion.author_person == person_id)):
        version.author_name = version.author_person = None
    wrote = cast(Partnership.authors, Text).contains(f'"{person_id}"', autoescape=True)
    for row in session.scalars(select(Partnership).where(wrote)):
        row.authors = [each for each in row.authors if each != person_id]
        row.author_person = None if row.author_person == person_id else row.author_person
    for model, column in PEOPLE:
        session.execute(update(model).where(column == person_id).values({column: None}))
    session.execute(delete(DraftAuthor).where(DraftAuthor.person_id == person_id))


def forget_names(session: Session) -> list[str]:
    """Take the names of designations that have been redacted out of all versions; returns the ids of those records.

    The records as they are must be rendered again by whoever calls. Doing it again changes nothing.
    """
    redacted = {
        row.id: row.organization_id
        for row in session.execute(
            select(FocalPoint.id, FocalPoint.organization_id).where(FocalPoint.display_name.is_(None))
        )
    }
    affected: set[str] = set()
    for version in _naming(session, redacted):
        document = orjson.loads(version.document)
        for each, named in zip(version.focal_point_ids, document.get("focal_points") or [], strict=False):
            if each in redacted and named.pop("display_name", None) is not None:
                affected.add(version.partnership_id)
        version.document = projections.render(document)
        # The place stays, without the designation: the next erasure need not read this version again.
        version.focal_point_ids = ["" if each in redacted else each for each in version.focal_point_ids]
    session.flush()
    return sorted(affected)


def _naming(session: Session, redacted: Mapping[str, str]) -> Iterator[PartnershipVersion]:
    """The versions that name one of these designations (with their organizations); only of these the documents are read."""
    columns = PartnershipVersion.partnership_id, PartnershipVersion.revision, PartnershipVersion.focal_point_ids
    led = (
        select(*columns)
        .join(Partnership, Partnership.id == PartnershipVersion.partnership_id)
        .where(Partnership.lead_organization_id.in_(set(redacted.values())))
    )
    for partnership_id, revision, focal_point_ids in session.execute(led).all():
        if not redacted.keys().isdisjoint(focal_point_ids):
            yield session.get_one(PartnershipVersion, (partnership_id, revision))
