"""Use cases of the partner pulse: open one, answer it, read what is shown of it.

Answers are counted and not kept; that a partner has answered is kept as a keyed hash without the answers. What is shown changes
with every fifth answer only: the difference between two distributions would otherwise tell what the last partner said.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from schemas import documents, rubric
from schemas.documents import StoredDocument
from schemas.pulse import ANSWERS, QUESTIONS, PulseDocument
from services.assessment.errors import AlreadyAnswered, DeadlinePassed, LeadNotAsked, PulseRunning
from services.assessment.evidence.pulse import LEAST_ANSWERS
from services.assessment.evidence.pulse import Pulse as Counted
from services.assessment.pulses.models import Pulse, PulseAnswered, PulseCommentRow
from services.assessment.pulses.partners import Partners, acting, partners_of, speaks_for
from services.assessment.register.authority import Authority
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import Page, locked, page_of

USUAL_DAYS, MOST_DAYS = 30, 365
INFLUENCE = "could_influence"
"""The question whose answers an indicator counts."""


def open_pulse(database: Database, principal: Principal | None, data: Mapping[str, Any]) -> StoredDocument:
    """Ask the confirmed partners of a partnership. Raises RecordNotKnown, NotAllowed, PulseRunning, Invalid."""
    with database.transaction() as session:
        partners = partners_of(session, data["partnership_id"])
        acting(session, principal, "pulse.open", partners)
        newest = _newest(session, data["partnership_id"])
        if newest is not None and _is_open(newest):
            raise PulseRunning(f"A pulse of this partnership is open until {newest.closes_on}.", pulse_id=newest.id)
        row = Pulse(
            id=uuid7(),
            partnership_id=data["partnership_id"],
            rubric_version=rubric.versions()[-1],
            opened_at=clock.now(),
            closes_on=_last_day(data.get("closes_on")),
            answered=0,
            counts={question: dict.fromkeys(ANSWERS, 0) for question in QUESTIONS},
            shown_answers=0,
            shown=None,
        )
        session.add(row)
        return _stored(row)


def _last_day(asked: str | None) -> str:
    today = clock.today()
    day = date.fromisoformat(asked) if asked else today + timedelta(days=USUAL_DAYS)
    if not today <= day <= today + timedelta(days=MOST_DAYS):
        raise Invalid(
            "The last day lies ahead, within a year.",
            errors=[FieldError("/closes_on", f"must lie between {today} and {today + timedelta(days=MOST_DAYS)}")],
        )
    return day.isoformat()


def answer(
    database: Database, key: bytes, principal: Principal | None, pulse_id: str, data: Mapping[str, Any]
) -> StoredDocument:
    """Count a partner's answers, once. `key` makes the hash of who has answered.

    Raises NotKnown, NotAllowed, LeadNotAsked, DeadlinePassed, AlreadyAnswered, Invalid.
    """
    with database.transaction() as session:
        row = locked(session, Pulse, pulse_id)
        partners = partners_of(session, row.partnership_id)
        authority = acting(session, principal, "pulse.answer", partners)
        organization_id = _speaking_for(authority, partners, data.get("organization_id"))
        if not _is_open(row):
            raise DeadlinePassed(f"The last day for answers was {row.closes_on}.")
        partner_hash = hmac.new(key, f"pulse:{row.id}:{organization_id}".encode(), hashlib.sha256).hexdigest()
        if session.get(PulseAnswered, (row.id, partner_hash)) is not None:
            raise AlreadyAnswered("Your organization has answered already.")
        session.add(PulseAnswered(pulse_id=row.id, partner_hash=partner_hash))
        _count(row, data["answers"])
        if data.get("comment"):
            session.add(
                PulseCommentRow(pulse_id=row.id, id=secrets.token_hex(16), text=data["comment"], released=False)
            )
        _show(session, row)
        return _stored(row)


def _speaking_for(authority: Authority, partners: Partners, asked: str | None) -> str:
    """The partner for which somebody answers. Raises LeadNotAsked, Invalid."""
    if speaks_for(authority, partners.leading, "focal_point", "confirmer"):
        raise LeadNotAsked("You act for the organization that leads the partnership.")
    mine = sorted(speaks_for(authority, partners.confirmed - partners.leading, "focal_point", "confirmer"))
    if asked is None and len(mine) == 1:
        return mine[0]
    if asked not in mine:
        said = "is missing: you speak for several" if asked is None else "is no confirmed partner that you speak for"
        raise Invalid("Say for which partner you answer.", errors=[FieldError("/organization_id", said)])
    return asked


def _count(row: Pulse, answers: Mapping[str, str]) -> None:
    counts = deepcopy(row.counts)
    for question in QUESTIONS:
        counts[question][answers[question]] += 1
    row.counts, row.answered = counts, row.answered + 1


def _show(session: Session, row: Pulse) -> None:
    """With every fifth answer: show all that were given until now, and their comments."""
    if row.answered % LEAST_ANSWERS:
        return
    row.shown, row.shown_answers = row.counts, row.answered
    session.flush()
    session.execute(update(PulseCommentRow).where(PulseCommentRow.pulse_id == row.id).values(released=True))


# Reading


def read(database: Database, pulse_id: str) -> StoredDocument:
    """A pulse as everybody sees it. Raises NotKnown."""
    with database.reading() as session:
        row = session.get(Pulse, pulse_id)
        if row is None:
            raise NotKnown("There is no such pulse.")
        return _stored(row)


def listed(database: Database, partnership_ids: Sequence[str], after: str | None, limit: int) -> Page:
    """Pulses, the newest first."""
    with database.reading() as session:
        chosen = select(Pulse)
        if partnership_ids:
            chosen = chosen.where(Pulse.partnership_id.in_(partnership_ids))
        total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
        if after is not None:
            chosen = chosen.where(Pulse.id < after)
        rows = session.scalars(chosen.order_by(Pulse.id.desc()).limit(limit + 1))
        return page_of([(_stored(row).body, [row.id]) for row in rows], limit, total)


def pulse_of(session: Session, partnership_id: str) -> Counted | None:
    """What the indicators count of the newest pulse that has five answers: only what everybody is shown."""
    row = session.scalars(
        select(Pulse)
        .where(Pulse.partnership_id == partnership_id, Pulse.shown_answers >= LEAST_ANSWERS)
        .order_by(Pulse.id.desc())
        .limit(1)
    ).first()
    if row is None or row.shown is None:
        return None
    return Counted(**row.shown[INFLUENCE])


def comments_of(session: Session, partnership_id: str) -> list[str]:
    """What partners added in the pulses of a partnership: for its panel alone. In the order of random ids.

    Of a pulse that runs those that came with the answers that are shown; of one that is over all, however few answered.
    """
    seen = or_(PulseCommentRow.released, Pulse.closes_on < clock.today().isoformat())
    statement = (
        select(PulseCommentRow.text)
        .join(Pulse, Pulse.id == PulseCommentRow.pulse_id)
        .where(Pulse.partnership_id == partnership_id, seen)
        .order_by(PulseCommentRow.id)
    )
    return list(session.scalars(statement))


def _newest(session: Session, partnership_id: str) -> Pulse | None:
    statement = select(Pulse).where(Pulse.partnership_id == partnership_id).order_by(Pulse.id.desc()).limit(1)
    return session.scalars(statement.with_for_update()).first()


def _is_open(row: Pulse) -> bool:
    return clock.today().isoformat() <= row.closes_on


def _stored(row: Pulse) -> StoredDocument:
    """The document, which follows from what is shown: its version must not count answers one by one."""
    is_open = _is_open(row)
    document = {
        "id": row.id,
        "partnership_id": row.partnership_id,
        "rubric_version": row.rubric_version,
        "state": "open" if is_open else "closed",
        "opened_at": clock.timestamp(row.opened_at),
        "closes_on": row.closes_on,
        "answers": row.shown_answers or None,
        "distributions": [{"question": each, **row.shown[each]} for each in QUESTIONS] if row.shown else None,
    }
    version = 1 + row.shown_answers // LEAST_ANSWERS + (not is_open)
    return StoredDocument(row.id, version, version, documents.render(PulseDocument, document))
