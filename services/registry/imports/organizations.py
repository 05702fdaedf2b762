"""The organizations of a batch of activities: looked up in bulk, matched, entered where they are new.

Works in the caller's transaction. Whether two are the same is decided in `matching`; what a document looks like, in
`organizations.projections`. A file names thousands, so that they are entered with plain inserts, a batch at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.eventbus import outbox
from services.chassis.identifiers import uuid7
from services.chassis.rows import locked
from services.registry.imports.matching import (
    Candidates,
    ImportedOrganization,
    Key,
    KnownOrganization,
    context_of,
    folded,
    is_reference,
    key_in_import,
    needs_context,
)
from services.registry.organizations import projections
from services.registry.organizations import service as organizations
from services.registry.organizations.models import Organization, OrganizationIdentifier, OrganizationName
from services.registry.partnerships.models import Partnership, PartnershipPartner
from services.registry.tables import Base

CHUNK = 500
PROPOSED = "proposed"
Value = TypeVar("Value")


def candidates(
    session: Session, wanted: Collection[ImportedOrganization], made: MutableMapping[Key, str]
) -> Candidates:
    """Everything in the register that one of the wanted may be, by two look-ups for all of them."""
    identified = {identifier for each in wanted for identifier in each.identifiers}
    names = {name for each in wanted for name in each.folded_names}
    known = list(_known(session, _holders(session, identified) | _named(session, names)))
    doubtful = {
        name for each in wanted if needs_context(each) and key_in_import(each) not in made for name in each.folded_names
    }
    met = _met(session, [each.id for each in known if each.country is None and not doubtful.isdisjoint(each.names)])
    return Candidates((replace(each, met=met.get(each.id)) for each in known), made)


def _met(session: Session, ids: Collection[str]) -> dict[str, str]:
    """In which context an import met each of these first: the countries of the first imported record that names it."""
    partner = PartnershipPartner
    found = {}
    for part in _chunks(ids):
        firsts = (
            select(partner.organization_id, func.min(partner.partnership_id).label("first"))
            .join(Partnership, Partnership.id == partner.partnership_id)
            .join(Organization, Organization.id == partner.organization_id)
            .where(partner.organization_id.in_(part), Organization.proposed_by.is_(None))
            .where(Partnership.source_system.is_not(None))
            .group_by(partner.organization_id)
            .subquery()
        )
        statement = select(firsts.c.organization_id, Partnership.content).join(firsts, firsts.c.first == Partnership.id)
        for row in session.execute(statement):
            found[row.organization_id] = context_of(row.content.get("geography", {}).get("countries", ()))
    return found


def _holders(session: Session, identifiers: Collection[tuple[str, str]]) -> set[str]:
    """The organizations that hold one of these, as org-id.guide parts them or written as one."""
    spellings = {identifier for scheme, value in identifiers for identifier in _spellings(scheme, value)}
    found: set[str] = set()
    table = OrganizationIdentifier
    for part in _chunks(spellings):
        schemes, values = {scheme for scheme, _ in part}, {value for _, value in part}
        rows = session.execute(
            select(table.scheme, table.value, table.organization_id).where(
                table.scheme.in_(schemes), table.value.in_(values)
            )
        )
        found.update(row.organization_id for row in rows if (row.scheme, row.value) in spellings)
    return found


def _spellings(scheme: str, value: str) -> Iterator[tuple[str, str]]:
    yield scheme, value
    whole = value if scheme == "IATI" else f"{scheme}-{value}"
    for together in ("org-id", "iati", "IATI"):
        yield together, whole


def _named(session: Session, names: Collection[str]) -> set[str]:
    found: set[str] = set()
    for part in _chunks(names):
        found.update(
            session.scalars(
                select(OrganizationName.organization_id).where(OrganizationName.folded.in_(part)).distinct()
            )
        )
    return found


def _known(session: Session, ids: Collection[str]) -> Iterator[KnownOrganization]:
    columns = (
        Organization.id,
        Organization.content,
        Organization.country,
        Organization.constituency,
        Organization.standing,
        Organization.proposed_by,
    )
    for part in _chunks(ids):
        statement = select(*columns).where(Organization.id.in_(part), Organization.standing.in_(organizations.CURRENT))
        for row in session.execute(statement.order_by(Organization.id)):
            names = frozenset(folded(name) for name in row.content["name"].values())
            identifiers = _identifiers(row.content)
            waits = _waits(row.standing, row.content)
            imported = row.standing == PROPOSED and row.proposed_by is None
            yield KnownOrganization(row.id, names, identifiers, row.country, row.constituency, waits, imported)


def _identifiers(content: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset((each["scheme"], each["value"]) for each in content.get("identifiers", ()))


def _waits(standing: str, content: Mapping[str, Any]) -> bool:
    """Whether it waits for a name. What a registrar has accepted is called as the registrar let it be called."""
    return standing == PROPOSED and is_reference(content["name"].values(), _identifiers(content))


class Entering:
    """The organizations of a batch: known ones found, new ones promised an id, and all new ones entered at once."""

    def __init__(self, session: Session, found: Candidates) -> None:
        self.session, self.found = session, found
        self.new: dict[str, Organization] = {}
        self.named: dict[str, ImportedOrganization] = {}

    def ids_of(self, wanted: Sequence[ImportedOrganization], partners: Collection[str]) -> list[str]:
        """The id of each of these; `partners` are those of the record that is imported again."""
        ids = []
        for each in wanted:
            organization_id = self.found.match(each, partners)
            if organization_id is None:
                row = proposal(each)
                organization_id = row.id
                self.new[row.id] = row
                self.found.entered(each, organization_id)
            elif self.found.gets_name(organization_id, each):
                self.named[organization_id] = each
            ids.append(organization_id)
        return ids

    def enter(self) -> None:
        """Insert what is new, with names, identifiers and events, as `organizations.service.enter` does for one."""
        self._give_names()
        if not self.new:
            return
        new = list(self.new.values())
        columns = [column.key for column in table_of(Organization).columns]
        rows = [{column: getattr(row, column) for column in columns} for row in new]
        names = [each for row in new for each in _names(row)]
        identifiers = [
            {"organization_id": row.id, **each} for row in new for each in row.content.get("identifiers", ())
        ]
        for model, values in ((Organization, rows), (OrganizationName, names), (OrganizationIdentifier, identifiers)):
            if values:
                self.session.execute(insert(table_of(model)), values)
        outbox.add_many(self.session, [_event(row) for row in new])

    def _give_names(self) -> None:
        """Call by their names those of whom there was only a reference; records that show them follow the event."""
        for organization_id, said in sorted(self.named.items()):
            row = self.new.get(organization_id)
            if row is not None:
                _call(row, said)
                continue
            row = locked(self.session, Organization, organization_id)
            if not _waits(row.standing, row.content):  # somebody was quicker
                continue
            organizations.give_name(self.session, row, said.name)


def _call(row: Organization, said: ImportedOrganization) -> None:
    row.content = {**row.content, "name": dict(said.name)}
    row.sort_name = projections.sort_name(row.content["name"])
    row.document = projections.document(row)


def _names(row: Organization) -> list[dict[str, str]]:
    return [
        {"organization_id": row.id, "language": language, "folded": folded(name)}
        for language, name in row.content["name"].items()
    ]


def proposal(organization: ImportedOrganization) -> Organization:
    """The row of an organization that an import proposes: nobody has accepted it yet."""
    content = organizations.written(written(organization))
    now = clock.now()
    row = Organization(
        id=uuid7(),
        standing=PROPOSED,
        content=content,
        sort_name=projections.sort_name(content["name"]),
        constituency=content["constituency"],
        country=content.get("country"),
        former_names=[],
        version=1,
        revision=1,
        created_at=now,
        updated_at=now,
    )
    row.document = projections.document(row)
    return row


def _event(row: Organization) -> dict[str, Any]:
    name = organizations.EVENT.format(row.standing)
    return outbox.row_of(type=name, key=row.id, version=row.version, revision=row.revision, data=row.document)


def table_of(model: type[Base]) -> Table:
    """For plain inserts of many rows, which need no identity map."""
    return cast(Table, model.__table__)


def written(organization: ImportedOrganization) -> Mapping[str, Any]:
    """The writable part of an organization's document."""
    content = {
        "name": dict(organization.name),
        "identifiers": [{"scheme": scheme, "value": value} for scheme, value in organization.identifiers],
        "constituency": organization.constituency,
        "country": organization.country,
    }
    return {name: value for name, value in content.items() if value}


def _chunks(values: Iterable[Value]) -> Iterator[list[Value]]:
    each = iter(sorted(values))  # type: ignore[type-var]
    while part := list(islice(each, CHUNK)):
        yield part
