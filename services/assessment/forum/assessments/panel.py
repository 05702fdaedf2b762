"""Panels: composed by the integer program, changed when a member leaves. `seating` puts together what both take."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.assessment.errors import PanelComposed
from services.assessment.forum.assessments import moving, recording, records, seating
from services.assessment.forum.assessments.models import Assessment, Seat
from services.assessment.forum.assessments.seats import sitting
from services.assessment.forum.assessments.standing import Actor, actor_of, check
from services.assessment.forum.rounds.models import Round
from services.assessment.forum.rows import Json
from services.assessment.panels import seeds
from services.assessment.panels.composition import CompositionImpossible
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import NotAllowed, NotKnown
from services.chassis.identity import Principal
from services.chassis.rows import locked

# Use cases


def compose(database: Database, principal: Principal | None, assessment_id: str) -> Json:
    """Compose the panel. Raises NotKnown, NotAllowed, PanelComposed, PanelImpossible, NotAssessable,
    and what the stage forbids."""
    with database.transaction() as session:
        row = locked(session, Assessment, assessment_id)
        now = clock.now()
        check(actor_of(session, principal, row), "assessment.compose", row)
        if sitting(session, row.id):
            raise PanelComposed("Replace members one by one, each with a reason.")
        records.check_assessable(records.record(session, row.partnership_id)[1])
        of = locked(session, Round, row.round_id)
        members = seating.members_of_pool(session)
        found = seating.exclusions_of(session, row, members.values(), now)
        seating.keep_exclusions(session, row.id, found)
        try:
            made = seating.composed(session, row, of, members, {each.member_id for each in found}, ())
        except CompositionImpossible as error:
            raise seating.impossible(error) from None
        seating.seat_members(session, row.id, [members[each] for each in made.members], now)
        row.balance, row.pool_digest = made.balance, seeds.pool_digest(members.values())
        recording.record(session, row, "composed", now)
        return seating.document_of(session, row)


def read(database: Database, principal: Principal | None, assessment_id: str) -> Json:
    """The panel as the unit sees it. Raises NotKnown, NotAllowed."""
    with database.reading() as session:
        row = session.get(Assessment, assessment_id)
        if row is None:
            raise NotKnown("Nothing is known under this identifier.")
        check(actor_of(session, principal, row), "assessment.read_panel", row)
        return seating.document_of(session, row)


def leave(database: Database, principal: Principal | None, assessment_id: str, member_id: str, reason: str) -> Json:
    """A member leaves, or is taken off by the unit; replaced where the stage allows it.

    Raises NotKnown, NotAllowed, NotOnPanel, StagePassed. What the member sees then is an empty panel.
    """
    with database.transaction() as session:
        row = locked(session, Assessment, assessment_id)
        now = clock.now()
        moving.advance(session, row, now)
        actor = actor_of(session, principal, row)
        check(actor, "assessment.leave", row)
        seat = _seat_of(session, row.id, member_id, actor)
        by_themselves = actor.seat is not None and actor.seat.id == seat.id
        seating.vacate(session, row, [(seat, reason)], now, by_themselves=by_themselves)
        return seating.document_of(session, row) if "pdu_officer" in actor.functions else seating.of_nobody()


def _seat_of(session: Session, assessment_id: str, member_id: str, actor: Actor) -> Seat:
    if "pdu_officer" not in actor.functions and (actor.seat is None or actor.seat.member_id != member_id):
        raise NotAllowed("A member leaves by itself, or the unit replaces it.")
    for seat in sitting(session, assessment_id):
        if seat.member_id == member_id:
            return seat
    raise NotKnown("Nobody with this identifier sits on this panel.")
