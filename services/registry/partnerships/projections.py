"""From a record to its public document and to its rows of partners. Pure functions; nothing depends on today's date.

`build_document` and `render` are the one way from a record to bytes; imports use them too. A suspended or withdrawn record is
a tombstone document: who it was, its standing and the reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas import documents
from schemas.documents import StoredDocument
from schemas.partnership import PartnershipDocument
from schemas.redaction import IDENTITIES, UNSPECIFIED
from services.chassis import clock
from services.registry.partnerships import placement, tiers
from services.registry.partnerships.content import Entry, organization_of, partners_of, state_of
from services.registry.partnerships.models import Partnership
from services.registry.partnerships.tiers import Organizations

TOMBSTONES = frozenset({"suspended", "withdrawn"})
SHOWN_OF_PARTNER = ("roles", "joined", "left", "confirmation", "contributions", "effort", "comment")


@dataclass(frozen=True, slots=True)
class FocalPointName:
    """Somebody who speaks for the record in public: the designation's id (private) and the name it gives."""

    id: str
    display_name: str
    organization_id: str


def organization_ids(content: Mapping[str, Any]) -> set[str]:
    """The organizations whose documents the record's document repeats."""
    return {each for entry in partners_of(content) if (each := organization_of(entry)) is not None}


def render(document: Mapping[str, Any]) -> bytes:
    """The bytes of a document made by `build_document`."""
    return documents.render(PartnershipDocument, document)


def stored(row: Partnership) -> StoredDocument:
    """The public document as it is kept."""
    return StoredDocument(row.id, row.version, row.revision, row.document or b"")


def build_document(
    row: Partnership, organizations: Organizations, focal_points: Sequence[FocalPointName] = ()
) -> dict[str, Any]:
    """The public document of a record as it now is (for its authors: of a draft too).

    `organizations` has, by id, what the record repeats of each (`naming.names_of`).
    """
    if row.standing in TOMBSTONES:
        return tombstone(row)
    content = row.content
    document = {
        **_identity(row),
        **{name: value for name, value in content.items() if name not in ("partners", "deliverables")},
        "deliverables": _deliverables(content),
        "partners": [shown(entry, organizations) for entry in partners_of(content) if state_of(entry) != "declined"],
        "declined": _declined(content),
        "submission": _submission(row),
        "focal_points": [
            {"display_name": each.display_name, "organization_id": each.organization_id} for each in focal_points
        ],
        "registered_by": _registration(row),
        "tiers": tiers.tiers(content, row.lead_organization_id, organizations),
    }
    return {name: value for name, value in document.items() if value is not None}


def tombstone(row: Partnership) -> dict[str, Any]:
    """What remains of a suspended or withdrawn record for everybody: its name, its standing and the reason."""
    document = {**_identity(row), "title": row.content["title"], "kind": row.kind}
    return {
        name: value for name, value in document.items() if value is not None and name not in ("source", "phase_reason")
    }


def _identity(row: Partnership) -> dict[str, Any]:
    source = {"system": row.source_system, "identifier": row.source_identifier, "url": row.source_url}
    return {
        "id": row.id,
        "reference": row.reference,
        "version": row.version,
        "revision": row.revision,
        "standing": row.standing,
        "phase": row.phase,
        "standing_reason": row.standing_reason,
        "phase_reason": row.phase_reason,
        "source": {name: value for name, value in source.items() if value} if row.source_system else None,
        "created_at": clock.timestamp(row.created_at),
        "updated_at": clock.timestamp(row.updated_at),
    }


def _deliverables(content: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The deliverables; each that is not SMART shows what it lacks (record.md, tiers)."""
    items = content.get("deliverables")
    if items is None:
        return None
    lacking = (tiers.lacking_to_be_smart(item) for item in items)
    return [{**item, "lacks": lacks} if lacks else item for item, lacks in zip(items, lacking, strict=True)]


def _declined(content: Mapping[str, Any]) -> int | None:
    """How many declined; of an organization with several entries it is one."""
    declined = (entry for entry in partners_of(content) if state_of(entry) == "declined")
    return len({organization_of(entry) or entry["id"] for entry in declined}) or None


def _submission(row: Partnership) -> dict[str, Any] | None:
    if row.unit_id is None or row.submitted_at is None:
        return None
    return {
        "unit_id": row.unit_id,
        "at": clock.timestamp(row.submitted_at),
        "due": placement.waits_until(row.submitted_at).date().isoformat(),
        "appeal": row.appealed,
    }


def _registration(row: Partnership) -> dict[str, Any] | None:
    """By whom the record was accepted; not independent where the unit's own organization is a partner (Panel ¶74)."""
    if row.registered is None:
        return None
    partners = {organization_of(entry) for entry in tiers.current(row.content)}
    return {
        "unit_id": row.registered["unit_id"],
        "date": row.registered["date"],
        "independent": row.registered["organization_id"] not in partners,
    }


def shown(entry: Entry, organizations: Organizations) -> dict[str, Any]:
    """A partner as the public sees it; one that asked not to be named is its constituency alone."""
    result: dict[str, Any] = {"id": entry["id"]}
    organization_id = organization_of(entry)
    if state_of(entry) == "unnamed":
        result["unnamed"] = {"constituency": tiers.constituency_of(entry, organizations) or UNSPECIFIED}
    elif organization_id is not None:
        result["organization"] = organizations.get(organization_id) or {
            "id": organization_id,
            **entry.get("proposal", {}),
        }
    else:
        result.update({name: entry[name] for name in IDENTITIES if name in entry})
    result.update({name: entry[name] for name in SHOWN_OF_PARTNER if name in entry})
    return result


def partner_rows(row: Partnership, organizations: Organizations) -> list[dict[str, Any]]:
    """The rows of `partnership_partner` of a public record."""
    hidden = row.standing in TOMBSTONES
    return [
        {
            "partnership_id": row.id,
            "partner_id": entry["id"],
            "organization_id": organization_of(entry),
            "constituency": tiers.constituency_of(entry, organizations),
            "state": state_of(entry),
            "roles": entry.get("roles") or [],
            "lead": organization_of(entry) == row.lead_organization_id,
            "shown": not hidden and "organization" in entry and state_of(entry) not in ("declined", "unnamed"),
        }
        for entry in partners_of(row.content)
    ]


def focal_point_ids(focal_points: Iterable[FocalPointName]) -> list[str]:
    """The designations behind the document's `focal_points`, in their order; private."""
    return [each.id for each in focal_points]
