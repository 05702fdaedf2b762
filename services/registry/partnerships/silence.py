"""Dormancy: a partnership of which nothing was heard for 24 months becomes dormant by itself (record.md, phase)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.registry.partnerships import recording
from services.registry.partnerships.models import Partnership
from services.registry.partnerships.recording import SYSTEM_CLOCK, Author, Change

MONTHS = 24
AT_ONCE = 50
SPEAKING = ("listed", "submitted", "returned", "registered", "reported")
AWAKE = ("forming", "active")


def make_dormant(session: Session, moment: datetime) -> int:
    """A job of the clock: make silent partnerships dormant, at most fifty at once; returns how many."""
    rows = session.scalars(
        select(Partnership)
        .where(
            Partnership.phase.in_(AWAKE),
            Partnership.standing.in_(SPEAKING),
            Partnership.spoken_at < months_before(moment, MONTHS),
        )
        .order_by(Partnership.id)
        .limit(AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.phase, row.phase_reason = "dormant", None
        recording.publish(session, row, Change("phase_changed", Author(system=SYSTEM_CLOCK), spoken=False))
    return len(rows)


def months_before(moment: datetime, months: int) -> datetime:
    """The same day and hour so many months earlier; the last day of a month that is shorter."""
    years, month = divmod(moment.month - 1 - months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=moment.year + years, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=moment.year + years, month=month + 1)
