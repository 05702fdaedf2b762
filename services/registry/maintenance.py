"""Work on everything at once, for operators: events written again for a bus that has lost them, documents rendered again.

Called by the command line (`convene events republish`, `convene rerender`). Each batch is a transaction of its own, so that the
register stays in use meanwhile; both commands may be stopped and begun again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.chassis.database import Database
from services.chassis.eventbus import outbox
from services.registry.focal_points import service as focal_points
from services.registry.focal_points.models import FocalPoint
from services.registry.networks import service as networks
from services.registry.networks.models import Network, NetworkContact, Nomination
from services.registry.organizations import service as organizations
from services.registry.organizations.models import Organization
from services.registry.partnerships import recording, rerendering
from services.registry.partnerships.models import Partnership
from services.registry.units import service as units
from services.registry.units.models import Unit

BATCH = 100
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One kind of document: its rows, the bytes that its events carry, the event that says "as it is", how it is rendered."""

    model: Any
    key: InstrumentedAttribute[str]
    body: InstrumentedAttribute[Any]
    event: str
    rerender: Callable[[Session, Any], object]
    condition: ColumnElement[bool] | None = None


def _rerender_partnership(session: Session, row: Partnership) -> None:
    names = rerendering.brought_up_to_date(session, row)
    author = recording.Author(system=recording.SYSTEM_REGISTER)
    recording.publish(session, row, recording.Change("rerendered", author, spoken=False, edit=False), names)


# Organizations come before the records that repeat their names.
AGGREGATES: tuple[Aggregate, ...] = (
    Aggregate(
        Organization,
        Organization.id,
        Organization.document,
        "org.convene.registry.organization.rerendered.v1",
        organizations.rerender,
    ),
    Aggregate(Unit, Unit.id, Unit.document, "org.convene.registry.unit.revised.v1", units.rerender),
    Aggregate(Network, Network.id, Network.document, "org.convene.registry.network.revised.v1", networks.rerender),
    *(
        Aggregate(model, model.id, model.authority_document, "org.convene.registry.authority.changed.v1", rerender)
        for model, rerender in (
            (FocalPoint, focal_points.rerender),
            (NetworkContact, networks.rerender_contact),
            (Nomination, networks.rerender_nomination),
        )
    ),
    Aggregate(
        Partnership,
        Partnership.id,
        Partnership.document,
        "org.convene.registry.partnership.rerendered.v1",
        _rerender_partnership,
        Partnership.standing != "draft",
    ),
)


def republish(database: Database, progress: Progress | None = None) -> int:
    """Write the present event of every document into the outbox; returns how many. Consumers skip what they have."""
    count = 0
    for aggregate in AGGREGATES:
        count = _each_batch(database, aggregate, _say_again, count, progress)
    return count


def rerender(database: Database, progress: Progress | None = None) -> int:
    """Render every document again, with a new revision and its event; returns how many. Versions stay as they are."""
    count = 0
    for aggregate in AGGREGATES:
        count = _each_batch(database, aggregate, _render_again, count, progress)
    return count


Batch = Callable[[Session, Aggregate, list[Any]], None]


def _each_batch(database: Database, aggregate: Aggregate, work: Batch, count: int, progress: Progress | None) -> int:
    """Do `work` on all rows in batches, each locked in its own transaction; returns `count` and how many there were."""
    after = ""
    while True:
        statement = select(aggregate.model).where(aggregate.key > after)
        if aggregate.condition is not None:
            statement = statement.where(aggregate.condition)
        with database.transaction() as session:
            rows = list(session.scalars(statement.order_by(aggregate.key).limit(BATCH).with_for_update()))
            if rows:
                work(session, aggregate, rows)
                after = str(rows[-1].id)
        if not rows:
            return count
        count += len(rows)
        if progress is not None:
            progress(count)


def _say_again(session: Session, aggregate: Aggregate, rows: list[Any]) -> None:
    outbox.add_many(
        session,
        [
            outbox.row_of(
                type=aggregate.event,
                key=row.id,
                version=row.version,
                revision=row.revision,
                data=getattr(row, aggregate.body.key),
            )
            for row in rows
        ],
    )


def _render_again(session: Session, aggregate: Aggregate, rows: list[Any]) -> None:
    for row in rows:
        aggregate.rerender(session, row)
