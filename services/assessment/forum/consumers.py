"""What the forum does with events: a record that is withdrawn ends its assessments, one that changes is looked at for conflicts, a
nomination that ends frees its seats.

Evidence, panels and the register have kept the event before, in the same transaction; the runner passes only what is newer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.assessment import LONGEST_TEXT
from schemas.envelope import Event
from schemas.topics import EVENT_TYPES
from services.assessment.evaluations import recording as evaluations
from services.assessment.forum import course
from services.assessment.forum.assessments import moving, recording, seating
from services.assessment.forum.assessments.models import Assessment, Seat
from services.assessment.forum.members.models import Member
from services.assessment.forum.rows import all_locked
from services.chassis import clock
from services.chassis.eventbus.runner import Handler

PARTNERSHIP = "convene.registry.partnership"
AUTHORITY = "convene.registry.authority"
RUNNING = ("nominated", "bound")
WITHDRAWN = "The partnership withdrew its record."
GONE = "There is no such record any more."


def follow_record(session: Session, event: Event) -> None:
    """A partnership's record changed, was withdrawn, or is gone."""
    of_record = select(Assessment.id).where(Assessment.partnership_id == event.subject)
    document: Mapping[str, Any] | None = None if event.data is None else orjson.loads(event.data)
    for row in all_locked(session, Assessment, session.scalars(of_record)):
        now = clock.now()
        if row.stage not in course.OVER and (document is None or document.get("standing") == "withdrawn"):
            moving.abandon(session, row, _why(document), now)
        if document is None:
            continue
        _redact(row, event)
        _retitle(session, row, document, now)
        seating.recheck(session, row, now)


def _why(document: Mapping[str, Any] | None) -> str:
    """The reason as the record gives it, in the first of its languages."""
    if document is None:
        return GONE
    reason = (document.get("standing_reason") or {}).get("reason") or {}
    words = next(iter(reason.values()), "") if isinstance(reason, Mapping) else str(reason)
    return f"{WITHDRAWN} {words}".strip()[:LONGEST_TEXT]


def _redact(row: Assessment, event: Event) -> None:
    """The same version rendered again takes the frozen one's place: a name that was taken out is gone here too."""
    same = row.judged_version == event.version and event.revision > (row.judged_revision or 0)
    if same and row.judged_document is not None:
        row.judged_document, row.judged_revision = event.data, event.revision


def _retitle(session: Session, row: Assessment, document: Mapping[str, Any], now: datetime) -> None:
    reference, title = document.get("reference"), document.get("title") or {}
    if (row.reference, row.title) != (reference, title):
        row.reference, row.title = reference, title
        recording.record(session, row, "rerendered", now, step=False)


def follow_nomination(session: Session, event: Event) -> None:
    """A nomination ended: whoever sat by it sits no more."""
    document: Mapping[str, Any] | None = None if event.data is None else orjson.loads(event.data)
    if document is not None and (document.get("kind") != "nomination" or document.get("state") in RUNNING):
        return
    sat = (
        select(Assessment.id)
        .join(Seat, Seat.assessment_id == Assessment.id)
        .where(Seat.member_id == event.subject, Seat.left_at.is_(None), Assessment.stage.in_(course.ON_PANEL))
    )
    _unname(session, event.subject, erased=document is None or document.get("person_id") is None)
    for row in all_locked(session, Assessment, session.scalars(sat)):
        seating.recheck(session, row, clock.now())


def _unname(session: Session, member_id: str, *, erased: bool) -> None:
    """Whoever is no member any more is named nowhere from now on; whoever was erased is taken out of what was published, too."""
    member = session.get(Member, member_id)
    if member is None:
        return
    if not erased:
        member.named = False
        return
    if member.display_name is not None:
        sat = select(Seat.assessment_id).where(Seat.member_id == member_id).distinct()
        evaluations.unname(session, session.scalars(sat).all(), member.display_name)
    session.delete(member)


HANDLERS: dict[str, Handler] = {
    each.name: {PARTNERSHIP: follow_record, AUTHORITY: follow_nomination}[each.topic]
    for each in EVENT_TYPES
    if each.topic in (PARTNERSHIP, AUTHORITY)
}
"""The table `{event type: function}`."""
