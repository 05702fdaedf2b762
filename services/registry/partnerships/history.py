"""The public past of a record: who changed what when, each version as it was, and what it changed.

A draft has no past: nothing of it was public, and nothing becomes so later.
"""

from typing import Any

import jsonpatch
import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import NotKnown
from services.chassis.identity import Principal
from services.chassis.rows import Page, page_of
from services.registry import policy
from services.registry.authority import authority_of
from services.registry.partnerships import subjects, views
from services.registry.partnerships.models import PartnershipVersion
from services.registry.partnerships.projections import TOMBSTONES


def entries(
    database: Database, principal: Principal | None, partnership_id: str, after: int | None, limit: int
) -> Page:
    """The history, the newest first: `schemas.partnership.HistoryEntry`. Raises NotKnown."""
    columns = [column for column in PartnershipVersion.__table__.columns if column.name != "document"]
    statement = select(*columns).where(PartnershipVersion.partnership_id == partnership_id)
    if after is not None:
        statement = statement.where(PartnershipVersion.revision < after)
    with database.reading() as session:
        views.readable(session, principal, partnership_id)
        rows = session.execute(statement.order_by(PartnershipVersion.revision.desc()).limit(limit + 1)).all()
    return page_of([(_entry(row), [row.revision]) for row in rows], limit)


def _entry(row: Any) -> dict[str, Any]:
    person = {"display_name": row.author_name, "organization_id": row.author_organization_id}
    author = row.author_system or {name: value for name, value in person.items() if value is not None}
    found = {
        "version": row.version,
        "revision": row.revision,
        "at": clock.timestamp(row.at),
        "event": row.event,
        "author": author or None,
        "reason": row.reason,
    }
    return {name: value for name, value in found.items() if value is not None}


def version(database: Database, principal: Principal | None, partnership_id: str, number: int) -> StoredDocument:
    """The document as that version was last rendered. Raises NotKnown."""
    with database.reading() as session:
        row = _version(session, principal, partnership_id, number)
        return StoredDocument(partnership_id, row.version, row.revision, row.document)


def changes(database: Database, principal: Principal | None, partnership_id: str, number: int) -> dict[str, Any]:
    """What a version changed in the public one before it, as a JSON Patch (RFC 6902). Raises NotKnown."""
    with database.reading() as session:
        row = _version(session, principal, partnership_id, number)
        earlier = (
            select(PartnershipVersion)
            .where(PartnershipVersion.partnership_id == partnership_id, PartnershipVersion.version < number)
            .order_by(PartnershipVersion.revision.desc())
        )
        before = session.scalars(earlier.limit(1)).first()
    old = orjson.loads(before.document) if before is not None else {}
    patch = jsonpatch.make_patch(old, orjson.loads(row.document)).patch
    answer: dict[str, Any] = {"version": number, "changes": patch}
    return answer | ({"previous": before.version} if before is not None else {})


def _version(session: Session, principal: Principal | None, partnership_id: str, number: int) -> PartnershipVersion:
    """The last rendering of a version. What a suspended or withdrawn record said before is for those who must know.

    For everybody else it is not there (404): whether signing in would help is nothing that the public may learn.
    """
    record = views.readable(session, principal, partnership_id)
    statement = (
        select(PartnershipVersion)
        .where(PartnershipVersion.partnership_id == partnership_id, PartnershipVersion.version == number)
        .order_by(PartnershipVersion.revision.desc())
    )
    row = session.scalars(statement.limit(1)).first()
    subject = subjects.subject_for(session, record, principal)
    if row is None or not (
        row.standing in TOMBSTONES or policy.may(authority_of(session, principal), "partnership.read_versions", subject)
    ):
        raise NotKnown("The record has no public version of this number.")
    return row
