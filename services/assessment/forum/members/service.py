"""Use cases of members: what may be said of them, what they declare, what they have to do. Each sees the own alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import vocabulary
from schemas.rubric import versions
from services.assessment.evidence.service import document_of
from services.assessment.forum import course
from services.assessment.forum.assessments import moving, seating
from services.assessment.forum.assessments.models import Assessment, Excluded, Seat
from services.assessment.forum.assessments.seats import reviewed
from services.assessment.forum.members.calibration import is_calibrated
from services.assessment.forum.members.models import Interest, Member
from services.assessment.forum.rows import Json, acting, membership
from services.assessment.register.authority import Nomination
from services.assessment.register.organizations import organization
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotKnown
from services.chassis.identifiers import uuid7
from services.chassis.identity import Principal
from services.chassis.rows import all_locked

Data = Mapping[str, Any]


def read(database: Database, principal: Principal) -> Json:
    """The caller as a member. Raises NotAMember."""
    with database.reading() as session:
        return _document(session, membership(session, principal, "member.read"))


def change(database: Database, principal: Principal, data: Data) -> Json:
    """May I be named? Raises NotAMember."""
    with database.transaction() as session:
        member = membership(session, principal, "member.change")
        row = session.get(Member, member.id)
        if row is None:
            row = Member(id=member.id, named=False)
            session.add(row)
        row.named, row.display_name = data["named"], data.get("display_name")
        session.flush()
        return _document(session, member)


def _document(session: Session, member: Nomination) -> Json:
    row = session.get(Member, member.id)
    return {
        "id": member.id,
        "network_id": member.network_id,
        "constituency": member.constituency,
        "chamber": vocabulary.chamber_of(member.constituency),
        "organization_id": member.organization_id,
        "languages": list(member.languages),
        "countries": list(member.countries),
        "named": row is not None and row.named,
        "display_name": row.display_name if row is not None else None,
        "calibrated": is_calibrated(session, member.id, versions()[-1]),
    }


# Interests


def declare(database: Database, principal: Principal, data: Data) -> Json:
    """Declare an interest; whoever sits on a panel that it touches leaves it. Raises NotAMember, Invalid, RecordNotKnown."""
    with database.transaction() as session:
        member = membership(session, principal, "member.declare")
        if data.get("partnership_id"):
            document_of(session, data["partnership_id"])
        elif organization(session, data["organization_id"]) is None:
            errors = [FieldError("/organization_id", "is no organization that is known here")]
            raise Invalid("An interest is in an organization of the register.", errors=errors)
        row = Interest(
            id=uuid7(),
            member_id=member.id,
            organization_id=data.get("organization_id"),
            partnership_id=data.get("partnership_id"),
            nature=data["nature"],
            declared_at=clock.now(),
        )
        session.add(row)
        session.flush()
        for assessment in all_locked(session, Assessment, _running(session, member.id)):
            seating.recheck(session, assessment, row.declared_at)
        return _interest(row)


def _running(session: Session, member_id: str) -> list[str]:
    """The assessments on whose panels somebody sits."""
    return list(
        session.scalars(
            select(Assessment.id)
            .join(Seat, Seat.assessment_id == Assessment.id)
            .where(Seat.member_id == member_id, Seat.left_at.is_(None), Assessment.stage.in_(course.ON_PANEL))
        )
    )


def interests(database: Database, principal: Principal) -> list[Json]:
    """What the caller declared. Raises NotAMember."""
    with database.reading() as session:
        member = membership(session, principal, "member.declare")
        rows = session.scalars(select(Interest).where(Interest.member_id == member.id).order_by(Interest.id))
        return [_interest(row) for row in rows]


def withdraw(database: Database, principal: Principal, interest_id: str) -> None:
    """An interest is over. Raises NotAMember, NotKnown."""
    with database.transaction() as session:
        member = membership(session, principal, "member.declare")
        row = session.get(Interest, interest_id)
        if row is None or row.member_id != member.id:
            raise NotKnown("You declared no interest with this identifier.")
        session.delete(row)


def _interest(row: Interest) -> Json:
    return {
        "id": row.id,
        "organization_id": row.organization_id,
        "partnership_id": row.partnership_id,
        "nature": row.nature,
        "declared_at": clock.timestamp(row.declared_at),
    }


def exclusions(database: Database, principal: Principal) -> list[Json]:
    """The panels on which the caller may not sit, in all nominations, and why. Raises NotAMember."""
    with database.reading() as session:
        authority = acting(session, principal, "member.read")
        members = [each.id for each in authority.memberships] if authority else []
        rows = session.scalars(select(Excluded).where(Excluded.member_id.in_(members)).order_by(Excluded.assessment_id))
        return [{"assessment_id": row.assessment_id, "rule": row.rule, "source": row.source} for row in rows]


# Work


def assignments(database: Database, principal: Principal) -> list[Json]:
    """The panels on which the caller sits, in all nominations, the newest first. Raises NotAMember."""
    with database.reading() as session:
        authority = acting(session, principal, "member.assignments")
        members = [each.id for each in authority.memberships] if authority else []
        mine = (
            select(Assessment, Seat)
            .join(Seat, Seat.assessment_id == Assessment.id)
            .where(Seat.member_id.in_(members), Seat.left_at.is_(None))
            .order_by(Assessment.id.desc())
        )
        found = session.execute(mine).all()
        due = [row.id for row, _ in found if moving.is_due(row, clock.now())]
        if not due:
            return [_assignment(session, row, seat) for row, seat in found]
    for assessment_id in due:
        moving.catch_up(database, assessment_id)
    return assignments(database, principal)


def _assignment(session: Session, row: Assessment, seat: Seat) -> Json:
    return {
        "assessment_id": row.id,
        "round_id": row.round_id,
        "partnership": {"id": row.partnership_id, "reference": row.reference, "title": row.title or None},
        "stage": row.stage,
        "deadline": None if row.deadline is None else clock.timestamp(row.deadline),
        "pseudonym": seat.pseudonym,
        "submitted": seat.id in reviewed(session, [seat]),
        "approved": seat.approved_edition is not None and seat.approved_edition == row.edition,
    }
