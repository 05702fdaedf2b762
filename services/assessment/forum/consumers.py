"""What the forum does with events: a record that is withdrawn ends its assessments, a nomination that ends frees its seats, and a
record, a designation or an organization that changes may be a conflict of interest of somebody who sits.

Evidence, panels and the register have kept the event before, in the same transaction; the runner passes only what is newer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, Table, bindparam, select
from sqlalchemy.orm import Session

from schemas.assessment import LONGEST_TEXT
from schemas.envelope import Event
from schemas.topics import EVENT_TYPES
from services.assessment.evaluations import recording as evaluations
from services.assessment.forum import course
from services.assessment.forum.assessments import moving, recording, seating, seats
from services.assessment.forum.assessments.models import Assessment, Seat
from services.assessment.forum.members.models import Member
from services.assessment.register.authority import RUNNING
from services.assessment.register.models import RegisteredAuthority
from services.chassis import clock
from services.chassis.eventbus.runner import Handler
from services.chassis.rows import all_locked

PARTNERSHIP = "convene.registry.partnership"
AUTHORITY = "convene.registry.authority"
ORGANIZATION = "convene.registry.organization"
RELATIONS = ("parent_id", "controlled_by", "merged_from", "merged_into")
WITHDRAWN = "The partnership withdrew its record."
GONE = "There is no such record any more."
# Built once, of plain columns: every event of a partnership asks it, and few of them are assessed.
_ASSESSMENTS = cast(Table, Assessment.__table__).c
_OF_RECORD = select(_ASSESSMENTS.id).where(_ASSESSMENTS.partnership_id == bindparam("partnership_id"))


def follow_record(session: Session, event: Event) -> None:
    """A partnership's record changed, was withdrawn, or is gone."""
    assessments = session.execute(_OF_RECORD, {"partnership_id": event.subject}).scalars().all()
    if not assessments:
        return
    document: Mapping[str, Any] | None = None if event.data is None else orjson.loads(event.data)
    for row in all_locked(session, Assessment, assessments):
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


def follow_authority(session: Session, event: Event) -> None:
    """Somebody who sits acts for an organization now, which may be a partner; or a nomination changed: it was bound, and its
    person turns out to act for one or to sit already, or it ended, and whoever sat by it sits no more."""
    document: Mapping[str, Any] | None = None if event.data is None else orjson.loads(event.data)
    if document is not None and document.get("kind") != "nomination":
        _follow_designation(session, document)
        return
    if document is None or document.get("state") not in RUNNING:
        _unname(session, event.subject, erased=document is None or document.get("person_id") is None)
    _recheck(session, Seat.member_id == event.subject)


def _follow_designation(session: Session, document: Mapping[str, Any]) -> None:
    if document.get("kind") != "designation" or document.get("state") not in RUNNING:
        return
    person_id, address_hash = document.get("person_id"), document.get("address_hash")
    whom = RegisteredAuthority.person_id == person_id if person_id else RegisteredAuthority.address_hash == address_hash
    _recheck(session, Seat.member_id == RegisteredAuthority.id, RegisteredAuthority.kind == "nomination", whom)


def follow_organization(session: Session, event: Event) -> None:
    """An organization belongs to another now, or has taken one in: those who sit may have come to belong to a partner."""
    document: Mapping[str, Any] = orjson.loads(event.data or b"{}")
    if any(document.get(relation) for relation in RELATIONS):
        _recheck(session)


def _recheck(session: Session, *who: ColumnElement[bool]) -> None:
    """Look again at the panels that sit: at all, or at those of certain members."""
    sat = select(Seat.assessment_id).join(Assessment, Assessment.id == Seat.assessment_id).where(*who)
    judging = sat.where(seats.counts(), Assessment.stage.in_(course.ON_PANEL)).distinct()
    for row in all_locked(session, Assessment, session.scalars(judging)):
        seating.recheck(session, row, clock.now())


def _unname(session: Session, member_id: str, *, erased: bool) -> None:
    """Whoever is no member any more is named nowhere from now on; whoever was erased is taken out of what was published, too."""
    member = session.get(Member, member_id)
    if member is None:
        return
    if not erased:
        member.named = False
        return
    for seat in session.scalars(select(Seat).where(Seat.member_id == member_id, Seat.named_as.is_not(None))):
        evaluations.unname(session, [seat.assessment_id], str(seat.named_as))
        seat.named_as = None
    session.delete(member)


FOLLOWING = {PARTNERSHIP: follow_record, AUTHORITY: follow_authority, ORGANIZATION: follow_organization}
HANDLERS: dict[str, Handler] = {each.name: FOLLOWING[each.topic] for each in EVENT_TYPES if each.topic in FOLLOWING}
"""The table `{event type: function}`."""
