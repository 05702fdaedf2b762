"""From a designation to its two documents: the public one with a name, and the internal one with ids. Pure functions."""

from collections.abc import Sequence

from schemas import documents
from schemas.authority import AuthorityDocument
from schemas.documents import StoredDocument
from schemas.focal_point import FocalPointDocument
from services.chassis import clock
from services.registry.focal_points.models import FocalPoint


def document(row: FocalPoint) -> bytes:
    """What the public reads: no address, and no id of a person."""
    return documents.render(
        FocalPointDocument,
        {
            "id": row.id,
            "version": row.version,
            "revision": row.revision,
            "state": row.state,
            "organization_id": row.organization_id,
            "display_name": row.display_name,
            "functions": row.functions,
            "term_start": _day(row.term_start),
            "term_end": _day(row.term_end),
            "languages": row.languages,
            "countries": row.countries,
            "predecessor_id": row.predecessor_id,
            "created_at": clock.timestamp(row.created_at),
            "updated_at": clock.timestamp(row.updated_at),
        },
    )


def authority_document(row: FocalPoint, address_hash: str | None, unit_ids: Sequence[str]) -> bytes:
    """What other services learn: ids, functions, term; the hash of the address only while nobody is bound."""
    return documents.render(
        AuthorityDocument,
        {
            "id": row.id,
            "version": row.version,
            "revision": row.revision,
            "kind": "designation",
            "state": row.state,
            "person_id": row.person_id,
            "address_hash": address_hash,
            "organization_id": row.organization_id,
            "unit_ids": list(unit_ids) or None,
            "functions": row.functions,
            "term_start": _day(row.term_start),
            "term_end": _day(row.term_end),
            "languages": row.languages,
            "countries": row.countries,
        },
    )


def stored(row: FocalPoint) -> StoredDocument:
    """The public document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document)


def _day(day: object) -> str | None:
    return None if day is None else str(day)
