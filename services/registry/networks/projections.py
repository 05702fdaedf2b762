"""From networks, their contacts and nominations to documents. Pure functions; an address is in none of them."""

from schemas import documents
from schemas.authority import AuthorityDocument
from schemas.documents import StoredDocument
from schemas.network import NetworkDocument, NominationDocument
from services.chassis import clock
from services.registry.networks.models import Network, NetworkContact, Nomination

WRITABLE = ("name", "constituency", "code_of_conduct_url")


def document(row: Network) -> bytes:
    """The public document of a network."""
    return documents.render(
        NetworkDocument,
        {
            "id": row.id,
            "version": row.version,
            "revision": row.revision,
            **row.content,
            "created_at": clock.timestamp(row.created_at),
            "updated_at": clock.timestamp(row.updated_at),
        },
    )


def stored(row: Network) -> StoredDocument:
    """The network's document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document)


def contact_authority(row: NetworkContact, constituency: str, address_hash: str | None) -> bytes:
    """What other services learn of a network's contact."""
    return documents.render(
        AuthorityDocument,
        {
            "id": row.id,
            "version": row.version,
            "revision": row.revision,
            "kind": "contact",
            "state": row.state,
            "person_id": row.person_id,
            "address_hash": address_hash,
            "network_id": row.network_id,
            "functions": [],
            "constituency": constituency,
        },
    )


def nomination_document(row: Nomination) -> bytes:
    """A nomination as its network and the PDU read it."""
    return documents.render(
        NominationDocument,
        {
            "id": row.id,
            "version": row.version,
            "revision": row.revision,
            "state": row.state,
            "network_id": row.network_id,
            "organization_id": row.organization_id,
            "display_name": row.display_name,
            "roles": row.roles,
            "languages": row.languages,
            "countries": row.countries,
            "created_at": clock.timestamp(row.created_at),
            "updated_at": clock.timestamp(row.updated_at),
        },
    )


def nomination_authority(row: Nomination, constituency: str, address_hash: str | None) -> bytes:
    """What other services learn of a nomination: who may be asked, for what, in which languages and countries."""
    return documents.render(
        AuthorityDocument,
        {
            "id": row.id,
            "version": row.version,
            "revision": row.revision,
            "kind": "nomination",
            "state": row.state,
            "person_id": row.person_id,
            "address_hash": address_hash,
            "organization_id": row.organization_id,
            "network_id": row.network_id,
            "functions": [],
            "roles": row.roles,
            "languages": row.languages,
            "countries": row.countries,
            "constituency": constituency,
        },
    )


def stored_nomination(row: Nomination) -> StoredDocument:
    """The nomination's document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document)
