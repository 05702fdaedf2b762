"""The organizations of a batch of activities: looked up in bulk, matched, entered where they are new.

Works in the caller's transaction. Whether two are the same is decided in `matching`; how one is entered, in
`organizations.service`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.registry.imports.matching import Candidates, ImportedOrganization, Key, KnownOrganization, folded
from services.registry.organizations import service as organizations
from services.registry.organizations.models import Organization, OrganizationIdentifier, OrganizationName

CHUNK = 500
Value = TypeVar("Value")


def candidates(
    session: Session, wanted: Collection[ImportedOrganization], made: MutableMapping[Key, str]
) -> Candidates:
    """Everything in the register that one of the wanted may be, by two look-ups for all of them."""
    identified = {identifier for each in wanted for identifier in each.identifiers}
    names = {name for each in wanted for name in each.folded_names}
    ids = _holders(session, identified) | _named(session, names)
    return Candidates(_known(session, ids), made)


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
    columns = (Organization.id, Organization.content, Organization.country, Organization.constituency)
    for part in _chunks(ids):
        statement = select(*columns).where(Organization.id.in_(part), Organization.standing.in_(organizations.CURRENT))
        for row in session.execute(statement.order_by(Organization.id)):
            yield KnownOrganization(
                row.id,
                frozenset(folded(name) for name in row.content["name"].values()),
                frozenset((each["scheme"], each["value"]) for each in row.content.get("identifiers", ())),
                row.country,
                row.constituency,
            )


def ids_of(
    session: Session, found: Candidates, wanted: Sequence[ImportedOrganization], partners: Collection[str]
) -> list[str]:
    """The id of each of the wanted organizations; those that are new are entered as proposals of the import."""
    ids = []
    for each in wanted:
        organization_id = found.match(each, partners)
        if organization_id is None:
            organization_id = organizations.enter(session, written(each), accepted=False, proposed_by=None).id
            found.entered(each, organization_id)
        ids.append(organization_id)
    return ids


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
