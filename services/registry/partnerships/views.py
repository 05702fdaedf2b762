"""Reading records: one by its identifier, lists of what is public, one's own drafts.

Reading only; the stored bytes are passed on as they are. Text, goals and places are searched by the search service.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from services.chassis.database import Database, Lookup
from services.chassis.errors import FieldError, Invalid, NotKnown, Unauthenticated
from services.chassis.identity import Principal
from services.chassis.rows import Page, page_of
from services.registry import policy
from services.registry.authority import authority_of
from services.registry.organizations.models import Organization
from services.registry.partnerships import recording, subjects
from services.registry.partnerships.models import Partnership, PartnershipPartner


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list asks for; several values of one field mean or. `standings` is `draft` alone for one's own drafts."""

    standings: Sequence[str] = ()
    kinds: Sequence[str] = ()
    phases: Sequence[str] = ()
    organization_ids: Sequence[str] = ()
    reference: str | None = None


_DOCUMENT = Lookup(
    lambda: select(Partnership.version, Partnership.revision, Partnership.document).where(
        Partnership.id == bindparam("partnership_id")
    )
)


def read(database: Database, principal: Principal | None, partnership_id: str) -> StoredDocument:
    """The document: the stored bytes of a public record, a draft for those who may know of it. Raises NotKnown."""
    found = _DOCUMENT.first(database, partnership_id=partnership_id)
    if found is None:
        raise NotKnown("There is no partnership with this identifier.")
    version, revision, document = found
    if document is not None:
        return StoredDocument(partnership_id, version, revision, document)
    with database.reading() as session:
        row = readable(session, principal, partnership_id)
        return recording.draft_document(session, row)


def readable(session: Session, principal: Principal | None, partnership_id: str) -> Partnership:
    """The row, if this person may read the record. Raises NotKnown."""
    row = session.get(Partnership, partnership_id)
    if row is None:
        raise NotKnown("There is no partnership with this identifier.")
    policy.decide(authority_of(session, principal), "partnership.read", subjects.subject_for(session, row, principal))
    return row


def page(database: Database, principal: Principal | None, wanted: Filter, after: str | None, limit: int) -> Page:
    """The public records that match, the newest first; or, asked for `standing=draft`, one's own drafts."""
    if "draft" in wanted.standings:
        return _drafts(database, principal, wanted, after, limit)
    statement = select(Partnership.id, Partnership.document).where(
        Partnership.document.is_not(None), *_conditions(wanted)
    )
    if after is not None:
        statement = statement.where(Partnership.id < after)
    with database.connection() as connection:
        rows = connection.execute(statement.order_by(Partnership.id.desc()).limit(limit + 1)).all()
    return page_of([(row.document, [row.id]) for row in rows], limit)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, values in (
        (Partnership.standing, wanted.standings),
        (Partnership.kind, wanted.kinds),
        (Partnership.phase, wanted.phases),
    ):
        if values:
            found.append(column.in_(values))
    if wanted.reference:
        found.append(Partnership.reference == wanted.reference.upper())
    if wanted.organization_ids:
        found.append(
            exists().where(
                PartnershipPartner.partnership_id == Partnership.id,
                _is_one_of(wanted.organization_ids),
                PartnershipPartner.shown,
            )
        )
    return found


def _is_one_of(organization_ids: Sequence[str]) -> ColumnElement[bool]:
    """Partners that are one of these organizations, or what they were merged into: both identifiers live on."""
    survivors = select(Organization.merged_into).where(Organization.id.in_(organization_ids))
    named = PartnershipPartner.organization_id
    return named.in_(organization_ids) | named.in_(survivors)


def _drafts(database: Database, principal: Principal | None, wanted: Filter, after: str | None, limit: int) -> Page:
    if set(wanted.standings) != {"draft"}:
        detail = "drafts are listed alone"
        raise Invalid("Ask for drafts, or for public records.", errors=[FieldError("/query/standing", detail)])
    if principal is None:
        raise Unauthenticated("Sign in to see your drafts.")
    with database.reading() as session:
        actor = subjects.somebody(session, principal)
        statement = select(Partnership).where(Partnership.standing == "draft", subjects.drafts_of(principal, actor))
        if after is not None:
            statement = statement.where(Partnership.id < after)
        rows = session.scalars(statement.order_by(Partnership.id.desc()).limit(limit + 1)).all()
        bodies = [(recording.draft_document(session, row).body, [row.id]) for row in rows]
    return page_of(bodies, limit)


def current_document(session: Session, row: Partnership) -> dict[str, Any]:
    """The document as it now is, as plain values."""
    if row.document is None:
        return recording.view(session, row)
    found: dict[str, Any] = orjson.loads(row.document)
    return found
