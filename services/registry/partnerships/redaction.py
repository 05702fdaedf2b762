"""Takes a partner's name out of a record and of all its versions, and a person's name out of every record.

For partners at risk (they ask for it themselves, or a registrar does), and for people who are erased. The bytes of past versions
are rendered again without the name; the record as it is gets a new rendering, which replaces the old one on the bus.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from marshmallow import Schema
from sqlalchemy import Text, cast, delete, select, update
from sqlalchemy.orm import Session

from schemas import fields as f
from schemas.documents import StoredDocument
from schemas.partnership import PartnershipDocument
from schemas.partnership_parts import Partner
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
from services.registry.partnerships import naming, projections, recording, subjects, tiers
from services.registry.partnerships.content import Entry, entry_of, organization_of, state_of, with_entry
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

WITHHELD = "[…]"
SHORTEST_NAME = 3
IDENTITIES = ("organization", "group", "unnamed")
# Members whose lines are codes and not words.
KEPT = frozenset({"reference", "covers", "derived_from", "scheme", "code", "currency", "confirmation"})
# Private columns that say who did something.
PEOPLE: tuple[tuple[type[Base], Any], ...] = (
    (Invitation, Invitation.invited_by_person),
    (SafetyNote, SafetyNote.by_person),
    (ImportProposal, ImportProposal.decided_by_person),
    (ClaimRequest, ClaimRequest.claimant_person),
    (ClaimRequest, ClaimRequest.decided_by_person),
)
# Items that are about one organization, and nothing without it.
ABOUT_ORGANIZATION = frozenset({"due_diligence", "agency_commitments"})
LISTS_OF_ORGANIZATIONS = frozenset({"responsible", "represented_by"})
IDENTIFYING = ("organization_id", "identifier", "name")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is taken out: the entry, its organization (if any), its names; what stands there instead is the constituency."""

    partner_id: str
    organization_id: str | None
    names: tuple[str, ...]
    constituency: str

    def words(self) -> Callable[[str], str]:
        """A function that takes the names out of a text."""
        patterns = [_whole(name) for name in sorted(self.names, key=len, reverse=True) if len(name) >= SHORTEST_NAME]
        if not patterns:
            return lambda text: text
        pattern = re.compile("|".join(patterns), re.IGNORECASE)
        return lambda text: pattern.sub(WITHHELD, text)


def _whole(name: str) -> str:
    """A pattern for the name as whole words, where its script has words between spaces."""
    before = r"(?<!\w)" if name[0].isascii() else ""
    after = r"(?!\w)" if name[-1].isascii() else ""
    return before + re.escape(name) + after


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
        if state_of(entry) != "declined":
            entry = {name: value for name, value in entry.items() if name not in ("confirmation", "comment")}
            entry["confirmation"] = {"state": "unnamed", "at": clock.timestamp(now)}
            row.content = with_entry(row.content, entry)
        unit = next(iter(actor.units), None)
        return take_out(session, row, entry, author_for(actor, unit.organization_id if unit else None))


def take_out(session: Session, row: Partnership, entry: Entry, author: Author) -> StoredDocument:
    """Take an entry's name out of the record and of all its versions, texts too, and publish the record without it."""
    redaction = _redaction_of(session, entry)
    _take_out_of_versions(session, row, redaction)
    clean = redaction.words()
    for name in ("standing_reason", "phase_reason"):
        setattr(row, name, _texts(getattr(row, name), clean))
    row.content = with_entry(_scrubbed(row.content, redaction), _scrubbed_entry(entry, redaction))
    session.flush()
    return recording.publish(session, row, Change("redacted", author))


def take_out_declined(session: Session, row: Partnership, entry: Entry) -> None:
    """Take who declined out of all versions of a record (the name leaves the public record): its entry and whatever refers to it.

    Texts stay as their authors wrote them: to decline is to say that one is no partner, not that one is at risk.
    """
    redaction = replace(_redaction_of(session, entry), names=())
    _take_out_of_versions(session, row, redaction)
    row.content = with_entry(_scrubbed(row.content, redaction), entry)


def _take_out_of_versions(session: Session, row: Partnership, redaction: Redaction) -> None:
    clean = redaction.words()
    for version in session.scalars(select(PartnershipVersion).where(PartnershipVersion.partnership_id == row.id)):
        version.document = projections.render(_scrubbed(orjson.loads(version.document), redaction))
        version.reason = _texts(version.reason, clean)
        if version.author_organization_id is not None and version.author_organization_id == redaction.organization_id:
            version.author_name = version.author_organization_id = None
    session.flush()


def _redaction_of(session: Session, entry: Entry) -> Redaction:
    organization_id = organization_of(entry)
    names: list[str] = []
    organizations = {}
    if organization_id is not None:
        organizations = dict(naming.names_of(session, {organization_id}).organizations)
        organization = session.get(Organization, organization_id)
        if organization is not None:
            names = _all_texts([organization.content.get("name"), organization.former_names])
    elif "group" in entry:
        names = _all_texts(entry["group"]["name"])
    constituency = tiers.constituency_of(entry, organizations) or tiers.UNSPECIFIED
    return Redaction(entry["id"], organization_id, tuple(dict.fromkeys(names)), constituency)


def _all_texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value or ()
    return [text for each in inner for text in _all_texts(each)]


def _scrubbed(document: Mapping[str, Any], redaction: Redaction) -> dict[str, Any]:
    """A document or content without the partner's name; its own entry is shown by the constituency alone."""
    result = _cleaned(document, PartnershipDocument, redaction, redaction.words())
    if "partners" in document:
        result["partners"] = [
            _anonymous(entry, redaction) if entry["id"] == redaction.partner_id else entry
            for entry in result["partners"]
        ]
    return result


def _anonymous(entry: Mapping[str, Any], redaction: Redaction) -> Entry:
    kept = {name: value for name, value in entry.items() if name not in (*IDENTITIES, "comment")}
    said = entry["confirmation"]
    confirmation = {"state": "unnamed", "at": said["at"]} if "at" in said else {"state": "unnamed"}
    return {**kept, "unnamed": {"constituency": redaction.constituency}, "confirmation": confirmation}


def _scrubbed_entry(entry: Mapping[str, Any], redaction: Redaction) -> Entry:
    """The entry with its own words free of the name; who it is stays, unseen."""
    cleaned = _cleaned(entry, Partner, redaction, redaction.words())
    return {**cleaned, **{name: entry[name] for name in (*IDENTITIES, "proposal") if name in entry}}


def _cleaned(
    value: Mapping[str, Any], contract: type[Schema], redaction: Redaction, clean: Callable[[str], str]
) -> dict[str, Any]:
    """An object without the name in its texts and without the organization in its references."""
    result: dict[str, Any] = {}
    for name, inner in value.items():
        if name in ABOUT_ORGANIZATION and isinstance(inner, list):
            inner = [item for item in inner if item.get("organization_id") != redaction.organization_id]
        elif name in LISTS_OF_ORGANIZATIONS and isinstance(inner, list):
            inner = [item for item in inner if item != redaction.organization_id]
        field = contract._declared_fields.get(name)
        kept = inner if name in KEPT or field is None else _cleaned_value(inner, field, redaction, clean)
        if kept is not None:
            result[name] = kept
    if redaction.organization_id is not None and value.get("organization_id") == redaction.organization_id:
        for name in IDENTIFYING:
            result.pop(name, None)
        if "constituency" in contract._declared_fields:
            result.setdefault("constituency", redaction.constituency)
    return result


def _cleaned_value(value: Any, field: Any, redaction: Redaction, clean: Callable[[str], str]) -> Any:
    """A value without the name; None where nothing of it can stay (an address on the web that holds the name)."""
    if isinstance(field, f.Items) and isinstance(value, list):
        cleaned = (_cleaned_value(item, field.inner, redaction, clean) for item in value)
        return [item for item in cleaned if item is not None]
    if isinstance(field, f.Object) and isinstance(value, dict):
        return _cleaned(value, field.contract, redaction, clean)
    if isinstance(field, f.Either):
        fitting = [each for each in field.alternatives if isinstance(each, f.Object) is isinstance(value, dict)]
        return _cleaned_value(value, fitting[0], redaction, clean) if fitting else value
    if isinstance(field, f.Link):
        return value if clean(value) == value else None
    return _texts(value, clean) if isinstance(field, (f.LanguageMap, f.Line)) else value


def _texts(value: Any, clean: Callable[[str], str]) -> Any:
    """The texts of a plain value, cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: _texts(inner, clean) for name, inner in value.items()}
    return value


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
    shown = (
        select(PartnershipVersion)
        .join(Partnership, Partnership.id == PartnershipVersion.partnership_id)
        .where(Partnership.lead_organization_id.in_(set(redacted.values())))
    )
    affected: set[str] = set()
    for version in session.scalars(shown):
        document = orjson.loads(version.document)
        for each, named in zip(version.focal_point_ids, document.get("focal_points") or [], strict=False):
            if each in redacted and named.pop("display_name", None) is not None:
                affected.add(version.partnership_id)
        if version.partnership_id in affected:
            version.document = projections.render(document)
    session.flush()
    return sorted(affected)
