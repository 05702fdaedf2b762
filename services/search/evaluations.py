"""Evaluations beside the records that they are about: what is shown of each is kept, and the newest is joined to its record.

`consumers` calls `hold` for every event, a rebuild calls `sweep`. Several evaluations of one partnership may come in any order,
and before the partnership itself.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.chassis.eventbus.runner import Poison
from services.search import projections
from services.search.models import Evaluation, Rebuild, Record


def hold(session: Session, event: Event) -> None:
    """Keep what an evaluation says, unless one as new is held, and join the newest to its record. Raises `Poison`."""
    if event.data is None:
        raise Poison("an evaluation is corrected by another one and never taken back")
    try:
        partnership_id, published_at, profile = projections.evaluation_profile(event.data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Poison(f"not an evaluation: {type(error).__name__} {error}") from error
    values = {
        "id": event.subject,
        "partnership_id": partnership_id,
        "version": event.version,
        "revision": event.revision,
        "published_at": published_at,
        "profile": profile,
        "sweep": _sweep_number(session),
    }
    if _upsert(session, values):
        _place_for(session, partnership_id, event)
        _join(session, partnership_id)


def _upsert(session: Session, values: dict[str, Any]) -> bool:
    """Keep it where it is newer than what is held, or where the table is being read anew; whether it was kept."""
    statement = _insert(session, Evaluation).values(values)
    new = statement.excluded
    newer = tuple_(new.version, new.revision) > tuple_(Evaluation.version, Evaluation.revision)
    kept = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={name: new[name] for name in values if name != "id"},
        where=or_(newer, Evaluation.sweep < new.sweep),
    ).returning(Evaluation.id)
    return session.execute(kept).first() is not None


def _place_for(session: Session, partnership_id: str, event: Event) -> None:
    """Lock the record; where it has not come yet, a place for it, which holds no document."""
    statement = _insert(session, Record).values(
        collection="partnerships",
        id=partnership_id,
        version=0,
        revision=0,
        generation=0,
        time=event.time,
        traceparent=event.traceparent,
        sweep=_sweep_number(session),
    )
    same = {"generation": Record.generation}
    session.execute(statement.on_conflict_do_update(index_elements=["collection", "id"], set_=same))


def _join(session: Session, partnership_id: str) -> None:
    """Put the newest evaluation beside its record, whose generation rises."""
    newest = session.scalar(
        select(Evaluation.profile)
        .where(Evaluation.partnership_id == partnership_id)
        .order_by(Evaluation.published_at.desc(), Evaluation.id.desc())
        .limit(1)
    )
    session.execute(
        update(Record)
        .where(Record.collection == "partnerships", Record.id == partnership_id)
        .values(evaluation=newest, generation=Record.generation + 1)
    )


def sweep(session: Session, number: int) -> None:
    """After the topics were read anew: evaluations that they no longer have are gone."""
    stale = delete(Evaluation).where(Evaluation.sweep < number).returning(Evaluation.partnership_id)
    for partnership_id in sorted(set(session.scalars(stale))):
        _join(session, partnership_id)


def _sweep_number(session: Session) -> int:
    return session.scalar(select(func.coalesce(func.max(Rebuild.number), 0)).where(Rebuild.from_topics)) or 0


def _insert(session: Session, model: type[Evaluation] | type[Record]) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)
