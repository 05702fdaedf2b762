"""Who somebody is to an assessment, and whether that lets them do something in its present stage (`policy.TABLE`).

Every use case of an assessment begins with `opened` or `seen`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.assessment import policy
from services.assessment.errors import DeadlinePassed, NotOnPanel, StageNotReached, StagePassed
from services.assessment.forum import course
from services.assessment.forum.assessments.models import Assessment, Seat
from services.assessment.forum.assessments.records import leads_of
from services.assessment.forum.rows import functions_of
from services.assessment.register.authority import Authority, authority_of
from services.chassis.errors import NotAllowed, Unauthenticated
from services.chassis.identity import Principal

PARTIES = frozenset({"panel", "focal_point"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, as one assessment sees them: functions in the words of `policy.FUNCTIONS`, and the own seat, if any."""

    authority: Authority | None
    functions: frozenset[str]
    seat: Seat | None = None

    def may(self, action: str, stage: str) -> bool:
        """Whether the policy allows an action in a stage."""
        return policy.allowed(self.functions, action, stage)

    @property
    def own_seat(self) -> Seat:
        """The own seat. Raises NotOnPanel."""
        if self.seat is None:
            raise NotOnPanel("Only members of this panel can do this.")
        return self.seat


def actor_of(session: Session, principal: Principal | None, row: Assessment) -> Actor:
    """What the caller is to the assessment, today."""
    authority = authority_of(session, principal)
    functions = set(functions_of(authority))
    seat = None
    if authority is not None:
        seat = _seat_of(session, authority, row.id)
        if seat is not None:
            functions.add("panel")
        points = authority.acting_for("focal_point")
        if points and points & leads_of(session, row.partnership_id):
            functions.add("focal_point")
    if functions & PARTIES:
        # Whoever judges or is judged is no officer here: the unit knows who is behind a pseudonym.
        functions.discard("pdu_officer")
    return Actor(authority, frozenset(functions), seat)


def _seat_of(session: Session, authority: Authority, assessment_id: str) -> Seat | None:
    members = [each.id for each in authority.memberships]
    if not members:
        return None
    return session.scalars(
        select(Seat).where(Seat.assessment_id == assessment_id, Seat.member_id.in_(members), Seat.left_at.is_(None))
    ).first()


def check(actor: Actor, action: str, row: Assessment) -> None:
    """Return when the actor may do the action now.

    Raises NotOnPanel, NotAllowed, Unauthenticated: it may not in any stage; StageNotReached, StagePassed, DeadlinePassed: it may
    in another.
    """
    if actor.may(action, row.stage):
        return
    possible = policy.stages_of(actor.functions, action)
    if possible:
        _wrong_stage(row, possible)
    if actor.authority is None:
        raise Unauthenticated("Sign in to do this.")
    if policy.stages_of(frozenset({"panel"}), action) and not policy.stages_of(frozenset({"focal_point"}), action):
        raise NotOnPanel("Only members of this panel can do this.")
    raise NotAllowed(f"This needs another function than yours ({action}).")


def _wrong_stage(row: Assessment, possible: tuple[str, ...]) -> NoReturn:
    if any(course.is_past(stage, row.stage) for stage in possible) and row.stage != "abandoned":
        raise StageNotReached(
            f"This belongs to the stage {' or '.join(possible)}; the assessment is in {row.stage}.",
            stage=row.stage,
            possible_in=list(possible),
        )
    over(row, possible[-1])


def over(row: Assessment, stage: str) -> NoReturn:
    """Say that a stage is over, or will not come. Raises DeadlinePassed where its deadline ended it, else StagePassed."""
    if row.stage == "abandoned":
        raise StagePassed("The assessment was abandoned.", stage=row.stage)
    names = [step["stage"] for step in row.stages]
    last = max((place for place, name in enumerate(names) if name == stage), default=None)
    ended = row.stages[last + 1] if last is not None and last + 1 < len(row.stages) else None
    if ended is not None and ended["moved_by"] == "deadline":
        raise DeadlinePassed(
            f"The stage {stage} ended by its deadline; the assessment is in {row.stage}.",
            stage=row.stage,
            ended_at=ended["entered_at"],
        )
    raise StagePassed(f"The stage {stage} is over; the assessment is in {row.stage}.", stage=row.stage)
