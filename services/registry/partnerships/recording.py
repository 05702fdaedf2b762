"""Stores a record after a change: version and revision, document, rows of partners, history, event. In the caller's transaction.

Every public change goes through `publish`; a draft goes through `keep_draft`, which leaves no trace outside the private row. The
caller holds the row's lock, so that versions follow each other (architecture: events stay honest).
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Insert, Table, delete, insert, select
from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from services.chassis import clock
from services.chassis.eventbus import outbox
from services.registry.authority import Authority
from services.registry.partnerships import projections
from services.registry.partnerships.models import Partnership, PartnershipPartner, PartnershipVersion
from services.registry.partnerships.naming import Names, focal_points_of, names_of
from services.registry.partnerships.projections import FocalPointName, organization_ids
from services.registry.tables import Base

EVENT = "org.convene.registry.partnership.{}.v1"
SYSTEM_CLOCK = "system:clock"
SYSTEM_REGISTER = "system:register"


@dataclass(frozen=True, slots=True)
class Author:
    """Who did it. `display_name` and `organization_id` (or `system`) are public; `person_id` is private."""

    display_name: str | None = None
    organization_id: str | None = None
    person_id: str | None = None
    system: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a record: `event` is the event's name without its version, `reason` is public.

    `spoken`: somebody of the partnership was heard, so that the record is not silent. `edit`: a new version, else the same
    version rendered again.
    """

    event: str
    author: Author
    reason: Any = None
    spoken: bool = True
    edit: bool = True


def author_for(actor: Authority, organization_id: str | None) -> Author:
    """Somebody who acts for an organization, under the name of that designation."""
    return Author(actor.names.get(organization_id or ""), organization_id, actor.person_id)


def publish(session: Session, row: Partnership, change: Change, names: Names | None = None) -> StoredDocument:
    """Store a changed public record with its document, history and event; returns the document."""
    _step(row, change)
    known = _complete(session, row, names)
    focal_points = speaking(session, row)
    first = row.document is None
    row.document = projections.render(projections.build_document(row, known.organizations, focal_points))
    session.flush()
    _keep_partners(session, row, known.organizations, first=first)
    session.execute(_insert_into(PartnershipVersion), version_row(row, change, focal_points))
    outbox.announce(session, EVENT.format(change.event), row, row.document)
    return projections.stored(row)


def start(session: Session, row: Partnership, names: Names) -> StoredDocument:
    """Store a new draft. The row is only a carrier here: a plain insert needs no identity."""
    values = {column.key: getattr(row, column.key) for column in table_of(Partnership).columns}
    session.execute(_insert_into(Partnership), values)
    return draft_document(session, row, names)


def keep_draft(session: Session, row: Partnership, names: Names | None = None) -> StoredDocument:
    """Store a changed draft: in its own row and nowhere else."""
    _step(row, Change("drafted", Author()))
    session.flush()
    return draft_document(session, row, names)


def draft_document(session: Session, row: Partnership, names: Names | None = None) -> StoredDocument:
    """The document of a draft, for those who may read it; it is rendered when it is asked for and never kept."""
    return StoredDocument(row.id, row.version, row.revision, projections.render(view(session, row, names)))


def current(session: Session, row: Partnership) -> StoredDocument:
    """The document of a record that was not changed."""
    return projections.stored(row) if row.document is not None else draft_document(session, row)


def renderings(session: Session, row: Partnership) -> Sequence[bytes]:
    """The earlier renderings of the version as it now is, the newest first."""
    statement = select(PartnershipVersion.document).where(
        PartnershipVersion.partnership_id == row.id,
        PartnershipVersion.version == row.version,
        PartnershipVersion.revision < row.revision,
    )
    return session.scalars(statement.order_by(PartnershipVersion.revision.desc())).all()


def view(session: Session, row: Partnership, names: Names | None = None) -> dict[str, Any]:
    """The document of a record as it now is, as plain values."""
    known = _complete(session, row, names)
    return projections.build_document(row, known.organizations, speaking(session, row))


def speaking(session: Session, row: Partnership) -> list[FocalPointName]:
    """Who speaks for the record: the focal points of its lead; nobody yet for what was imported."""
    if row.standing == "reported":
        return []
    return focal_points_of(session, row.lead_organization_id)


def version_row(row: Partnership, change: Change, focal_points: list[FocalPointName]) -> dict[str, Any]:
    """The row of `partnership_version` of a public record as it now is."""
    return {
        "partnership_id": row.id,
        "revision": row.revision,
        "version": row.version,
        "event": change.event,
        "standing": row.standing,
        "at": row.updated_at if change.edit else clock.now(),
        "reason": change.reason,
        "document": row.document,
        "author_name": change.author.display_name,
        "author_organization_id": change.author.organization_id,
        "author_system": change.author.system,
        "author_person": change.author.person_id,
        "focal_point_ids": projections.focal_point_ids(focal_points),
    }


def _step(row: Partnership, change: Change) -> None:
    row.revision += 1
    if not change.edit:
        return
    row.version += 1
    row.updated_at = clock.now()
    if change.spoken:
        row.spoken_at = row.updated_at


def _complete(session: Session, row: Partnership, names: Names | None) -> Names:
    """The names of all organizations of the record; only those that are missing are looked up."""
    if names is None:
        return names_of(session, organization_ids(row.content) | {row.lead_organization_id})
    missing = organization_ids(row.content) - names.organizations.keys()
    if not missing:
        return names
    more = names_of(session, missing)
    return Names({**names.organizations, **more.organizations}, {**names.survivors, **more.survivors})


def _keep_partners(
    session: Session, row: Partnership, organizations: Mapping[str, Mapping[str, Any]], *, first: bool
) -> None:
    """Make the rows of partners those of the record; most changes leave them as they are, a draft has none."""
    table = table_of(PartnershipPartner)
    wanted = {each["partner_id"]: each for each in projections.partner_rows(row, organizations)}
    kept: dict[str, dict[str, Any]] = {}
    if not first:
        rows = session.execute(select(table).where(table.c.partnership_id == row.id)).mappings()
        kept = {each["partner_id"]: dict(each) for each in rows}
    changed = [partner_id for partner_id, each in kept.items() if each != wanted.get(partner_id)]
    if changed:
        session.execute(delete(table).where(table.c.partnership_id == row.id, table.c.partner_id.in_(changed)))
    fresh = [each for partner_id, each in wanted.items() if kept.get(partner_id) != each]
    if fresh:
        session.execute(_insert_into(PartnershipPartner), fresh)


@functools.cache
def _insert_into(model: type[Base]) -> Insert:
    """Built once for each table: every write of a record ends with it."""
    return insert(table_of(model))


def table_of(model: type[Base]) -> Table:
    """For plain statements, which are lighter than those of the mapper."""
    return cast(Table, model.__table__)
