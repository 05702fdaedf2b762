"""From the rows of an organization to its document and to the columns that lists and matching look for. Pure functions."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from schemas import documents
from schemas.documents import StoredDocument
from schemas.organization import OrganizationDocument
from services.chassis import clock
from services.registry.organizations.models import Organization

WRITABLE = (
    "name",
    "identifiers",
    "constituency",
    "country",
    "domains",
    "parent_id",
    "business_size",
    "controlled_by",
)
# Combining marks of alphabets only: in Khmer or Arabic a mark can be a vowel, and two names would become one.
_ACCENTS = re.compile("[\u0300-\u036f]")


def folded(name: str) -> str:
    """A name as it is matched: case, accents, punctuation at the ends and runs of white space do not count."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", name)).casefold()
    return " ".join(unicodedata.normalize("NFC", plain).split()).strip(" .,;:-–—'\"()")


def sort_name(name: Mapping[str, str]) -> str:
    """The name by which lists are sorted: the English one, else the first by language."""
    return folded(name.get("en") or name[min(name)])[:200]


def document(
    row: Organization, merged_from: Sequence[str] = (), focal_points: Sequence[Mapping[str, Any]] = ()
) -> bytes:
    """The public document. `merged_from`: the ids of the organizations that became part of this one; `focal_points`: who speaks
    for it, each `{"display_name", "functions"}`."""
    content = {name: row.content.get(name) for name in WRITABLE}
    return documents.render(
        OrganizationDocument,
        {
            "id": row.id,
            "version": row.version,
            "revision": row.revision,
            "standing": row.standing,
            **content,
            "former_names": row.former_names or None,
            "merged_into": row.merged_into,
            "merged_from": list(merged_from) or None,
            "reason": row.reason,
            "focal_points": list(focal_points) or None,
            "created_at": clock.timestamp(row.created_at),
            "updated_at": clock.timestamp(row.updated_at),
        },
    )


def stored(row: Organization) -> StoredDocument:
    """The document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document)


def summary(row: Organization) -> dict[str, Any]:
    """What a record that names the organization repeats of it (record.md, partners)."""
    shown = {
        "id": row.id,
        "name": row.content["name"],
        "constituency": row.constituency,
        "country": row.country,
        "parent_id": row.parent_id,
        "business_size": row.content.get("business_size"),
        "controlled_by": row.controlled_by,
    }
    return {name: value for name, value in shown.items() if value is not None}
