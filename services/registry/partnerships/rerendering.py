"""Renders records again, in batches, when something that they name has changed.

`due` notes which records; the clock calls `render_due` until nothing is left, each batch a transaction of its own.
The same version gets a new revision. A rendering that says the same as before is not published. (`registry.maintenance` renders
everything again when the contract has grown.)
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.registry.partnerships import naming, recording, redaction
from services.registry.partnerships.models import Partnership, PartnershipPartner, RerenderDue
from services.registry.partnerships.projections import build_document, render
from services.registry.partnerships.recording import SYSTEM_REGISTER, Author, Change, speaking

BATCH = 50
EVENTS = {"names": "rerendered", "erasure": "redacted"}


def due(session: Session, cause: str, condition: ColumnElement[bool]) -> None:
    """Note that the records which match are to be rendered again. `cause`: names or erasure."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    _note(
        session, dialect, cause, list(session.scalars(select(Partnership.id).where(condition).order_by(Partnership.id)))
    )


def _note(session: Session, dialect: Any, cause: str, ids: Collection[str]) -> None:
    if not ids:
        return
    rows = [{"partnership_id": each, "cause": cause} for each in ids]
    statement = dialect.insert(RerenderDue)
    # Erasure must be told as such, whatever else is due.
    told = {"cause": statement.excluded.cause}
    replaced = statement.on_conflict_do_update(index_elements=["partnership_id"], set_=told)
    session.execute(replaced if cause == "erasure" else statement.on_conflict_do_nothing(), rows)


def naming_organization(organization_id: str) -> ColumnElement[bool]:
    """Records whose documents repeat the organization's name: it is a partner or leads them."""
    partners = select(PartnershipPartner.partnership_id).where(PartnershipPartner.organization_id == organization_id)
    return Partnership.id.in_(partners) | (Partnership.lead_organization_id == organization_id)


def naming_merged(organization_id: str) -> ColumnElement[bool]:
    """Records that name the organization anywhere, drafts too: as a partner, a host, in a body, as who was paid.

    It reads every record: for merges, which are rare.
    """
    anywhere = cast(Partnership.content, Text).contains(f'"{organization_id}"', autoescape=True)
    return anywhere | (Partnership.lead_organization_id == organization_id)


def render_due(session: Session, _moment: datetime | None = None) -> int:
    """Render a bounded batch of what is due again; returns how many. A job of the clock."""
    causes = _take(session)
    if not causes:
        return 0
    rows = session.scalars(
        select(Partnership)
        .where(Partnership.id.in_(causes))
        .order_by(Partnership.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    names = naming.names_of(
        session, {each for row in rows for each in (row.lead_organization_id, *naming.named_in(row.content))}
    )
    for row in rows:
        _render_again(session, row, names, causes[row.id])
    return len(causes)


def _take(session: Session) -> dict[str, str]:
    """Take a batch out of what is due, before anything else is read: what becomes due meanwhile is noted again after it."""
    batch = select(RerenderDue.partnership_id).order_by(RerenderDue.partnership_id).limit(BATCH)
    taken = delete(RerenderDue).where(RerenderDue.partnership_id.in_(batch.scalar_subquery()))
    rows = session.execute(
        taken.returning(RerenderDue.partnership_id, RerenderDue.cause).execution_options(synchronize_session=False)
    )
    return {row.partnership_id: row.cause for row in rows}


def _render_again(session: Session, row: Partnership, names: naming.Names, cause: str) -> None:
    if follow_merges(session, row, names):
        cause = "erasure"
    if row.document is None:
        return
    if render(build_document(row, names.organizations, speaking(session, row))) == row.document:
        return
    change = Change(EVENTS[cause], Author(system=SYSTEM_REGISTER), spoken=False, edit=False)
    recording.publish(session, row, change, names)


def brought_up_to_date(session: Session, row: Partnership) -> naming.Names:
    """Name merged organizations by their survivors, in one record; returns what is said of all organizations that it names."""
    names = naming.names_of(session, naming.named_in(row.content) | {row.lead_organization_id})
    follow_merges(session, row, names)
    return names


def follow_merges(session: Session, row: Partnership, names: naming.Names) -> bool:
    """Name merged organizations by their survivors, in the record and in what is private about it; says whether it hid a name.

    `names`: of all organizations that the record names, wherever it does.
    """
    survivors = {merged: survivor for merged, survivor in names.survivors.items() if merged != survivor}
    if not survivors:
        return False
    before = row.content
    if not naming.named_in(row.content).isdisjoint(survivors):
        row.content = naming.renamed(row.content, survivors)
    row.lead_organization_id = names.survivor(row.lead_organization_id)
    if row.registered is not None and row.registered["organization_id"] in survivors:
        row.registered = {**row.registered, "organization_id": survivors[row.registered["organization_id"]]}
    return redaction.keep_hidden(session, row, before, survivors)
