"""How an assessment moves: by its deadlines, and by the unit once nobody is waited for. `course` says what may follow what.

The clock's job and every command call `advance`; what entering a stage brings with it is in `_ENTERING`, a function per stage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from schemas.assessment import LEAST_REASON
from services.assessment.errors import DeadlinePassed, NotAStep, PanelMissing, ReasonOwed, StillWaiting
from services.assessment.forum import course
from services.assessment.forum.assessments import publishing, recording, records, seating
from services.assessment.forum.assessments.models import Assessment, Question
from services.assessment.forum.assessments.seats import reviewed, sitting
from services.assessment.forum.assessments.standing import actor_of, check
from services.assessment.forum.rounds.models import Round
from services.assessment.forum.rounds.recording import close_if_over
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, ServiceError
from services.chassis.identity import Principal
from services.chassis.rows import locked
from services.chassis.telemetry import log

BATCH = 20


# By deadline


def is_due(row: Assessment, now: datetime) -> bool:
    """Whether the present stage ends by its deadline."""
    return row.deadline is not None and row.deadline <= now


def advance(session: Session, row: Assessment, now: datetime) -> bool:
    """Move an assessment, locked by the caller, as far as its deadlines lead; returns whether it moved.

    While its record is suspended it waits before the stages that show the profile: the evidence cannot be seen.
    """
    moved = False
    while is_due(row, now):
        following = course.STAGES[row.stage].then
        assert following is not None, f"the stage {row.stage} has a deadline and leads nowhere"
        if following in course.SHOWING and not records.is_public(session, row.partnership_id):
            break
        enter(session, row, following, "deadline", now)
        moved = True
    return moved


def run_due(session: Session, now: datetime) -> int:
    """The clock's job: a batch of assessments whose deadline has passed. Returns how many moved.

    One that cannot move is said in the log and tried again at the next turn; the others do not wait for it.
    """
    due = select(Assessment.id).where(Assessment.deadline <= now).order_by(Assessment.id)
    moved = 0
    for assessment_id in session.scalars(due).all():
        moved += _moved(session, locked(session, Assessment, assessment_id), now)
        if moved == BATCH:
            break
    return moved


def _moved(session: Session, row: Assessment, now: datetime) -> bool:
    assessment_id = row.id
    try:
        with session.begin_nested():
            return advance(session, row, now)
    except (ServiceError, ValueError, ArithmeticError):
        log.exception("an assessment cannot move on", assessment=assessment_id)
        return False


def catch_up(database: Database, assessment_id: str) -> None:
    """Move what is due before it is read: a deadline holds even where the clock is late."""
    now = clock.now()
    with database.reading() as session:
        deadline = session.scalar(select(Assessment.deadline).where(Assessment.id == assessment_id))
    if deadline is not None and deadline <= now:
        with database.transaction() as session:
            advance(session, locked(session, Assessment, assessment_id), now)


# By the unit


def transition(
    database: Database, principal: Principal | None, assessment_id: str, to: str, reason: str | None
) -> Assessment:
    """Move an assessment, as the unit.

    Raises NotKnown, NotAllowed, NotAStep, ReasonOwed, StillWaiting, PanelMissing, and what publishing refuses.
    """
    with database.transaction() as session:
        row = locked(session, Assessment, assessment_id)
        now = clock.now()
        advance(session, row, now)
        check(actor_of(session, principal, row), "assessment.move", row)
        if not course.may_move(row.stage, to):
            raise NotAStep(
                f"From {row.stage} it goes to {' or '.join(course.STAGES[row.stage].unit)}.",
                stage=row.stage,
                possible=list(course.STAGES[row.stage].unit),
            )
        if course.owes_reason(row.stage, to) and len(reason or "") < LEAST_REASON:
            raise ReasonOwed(
                f"A reason of {LEAST_REASON} characters at least is public.",
                errors=[FieldError("/reason", f"{LEAST_REASON} characters at least")],
            )
        if to != "abandoned":
            check_nobody_waited_for(session, row, now)
        enter(session, row, to, "unit", now, reason)
        return row


def abandon(session: Session, row: Assessment, reason: str, now: datetime) -> None:
    """End an assessment because of an event; what was reviewed stays private."""
    enter(session, row, "abandoned", "event", now, reason)


def waiting_for(session: Session, row: Assessment, now: datetime) -> tuple[str, int] | None:
    """Whom the stage waits for, and how many; None where it waits for nobody but the unit."""
    count = _WAITING.get(row.stage)
    who = course.STAGES[row.stage].waits_for
    if row.replied_at is not None and is_reconsidering(row, now):
        who = "reviews"  # the reply is there; those who may revise are not done
    return None if count is None or who is None else (who, count(session, row, now))


def check_nobody_waited_for(session: Session, row: Assessment, now: datetime) -> None:
    """Raise PanelMissing or StillWaiting while somebody is waited for."""
    waiting = waiting_for(session, row, now)
    if waiting is None or not waiting[1]:
        return
    if waiting[0] == "panel":
        raise PanelMissing("Compose the panel first.")
    raise StillWaiting(
        f"The stage {row.stage} waits for {waiting[1]} {waiting[0]}; it ends by itself on {row.deadline}.",
        waiting_for=waiting[0],
        count=waiting[1],
    )


def _no_panel(session: Session, row: Assessment, _now: datetime) -> int:
    return int(not sitting(session, row.id))


def _unanswered(session: Session, row: Assessment, _now: datetime) -> int:
    asked = select(func.count()).select_from(Question)
    return session.scalar(asked.where(Question.assessment_id == row.id, Question.answered_at.is_(None))) or 0


def _unsubmitted(session: Session, row: Assessment, _now: datetime) -> int:
    seats = sitting(session, row.id)
    return len(seats) - len(reviewed(session, seats))


def _unapproved(session: Session, row: Assessment, _now: datetime) -> int:
    seats = sitting(session, row.id)
    having = reviewed(session, seats)
    return sum(each.id in having and each.approved_edition != row.edition for each in seats)


def _unreplied(session: Session, row: Assessment, now: datetime) -> int:
    return int(row.replied_at is None) + _unreconsidered(session, row, now)


def _unreconsidered(session: Session, row: Assessment, now: datetime) -> int:
    if not is_reconsidering(row, now):
        return 0
    seats = sitting(session, row.id)
    having = reviewed(session, seats)
    return sum(each.id in having and each.reconsidered_at is None for each in seats)


def is_reconsidering(row: Assessment, now: datetime) -> bool:
    """Whether the panel may revise its levels of an indicator whose facts were wrong."""
    asked = row.reconsideration
    return row.stage == "replying" and asked is not None and now < datetime.fromisoformat(asked["until"])


_WAITING: Mapping[str, Callable[[Session, Assessment, datetime], int]] = {
    "composing": _no_panel,
    "questions": _unanswered,
    "reviewing": _unsubmitted,
    "deliberating": _unapproved,
    "replying": _unreplied,
}


# Entering a stage


def enter(
    session: Session, row: Assessment, stage: str, moved_by: str, now: datetime, reason: str | None = None
) -> None:
    """Let an assessment, locked by the caller, enter a stage, with what that brings, and say so."""
    before = row.stage
    of = session.get_one(Round, row.round_id)
    sent_back = before == "unit_review" and stage == "deliberating"
    if stage in _ENTERING:
        _ENTERING[stage](session, row, of, now)
    row.stage = stage
    row.deadline = course.deadline(stage, of.content["calendar"], now, sent_back=sent_back)
    row.stages = [*row.stages, recording.entered(stage, now, moved_by, reason)]
    recording.record(session, row, "sent_back" if sent_back else course.STAGES[stage].opened, now)
    if stage in course.OVER:
        _end(session, row, now)


def _freeze(session: Session, row: Assessment, of: Round, now: datetime) -> None:
    """Questions begin: from now on this version of the record is judged. Raises DeadlinePassed after the calendar's day."""
    if course.ends(of.content["calendar"]["questions_until"]) <= now:
        raise DeadlinePassed("The round's calendar leaves no time for questions; take it up in another round.")
    stored, document = records.record(session, row.partnership_id)
    records.check_assessable(document)
    row.judged_version, row.judged_revision, row.judged_document = stored.version, stored.revision, stored.body
    row.judged_on = now.date().isoformat()


def _show(session: Session, row: Assessment, of: Round, now: datetime) -> None:
    """The partnership sees the profile: what it was shown is kept, because it is a published version to an attacker."""
    publishing.show_anew(session, row, of, now)


def _deliberate_again(_session: Session, row: Assessment, _of: Round, _now: datetime) -> None:
    """Sent back: the panel approves anew."""
    if row.stage == "unit_review":
        row.edition += 1


def _publish(session: Session, row: Assessment, of: Round, now: datetime) -> None:
    row.evaluation_id = publishing.publish(session, row, of, now)


def _review(session: Session, row: Assessment, _of: Round, now: datetime) -> None:
    seating.recheck(session, row, now)


def _review_by_unit(session: Session, row: Assessment, of: Round, now: datetime) -> None:
    seating.recheck(session, row, now)
    publishing.show(session, row, of, now)


_ENTERING: Mapping[str, Callable[[Session, Assessment, Round, datetime], None]] = {
    "questions": _freeze,
    "reviewing": _review,
    "deliberating": _deliberate_again,
    "replying": _show,
    "unit_review": _review_by_unit,
    "published": _publish,
}


def _end(session: Session, row: Assessment, now: datetime) -> None:
    """Over: it may have been the last of its round."""
    session.flush()
    _close(session, row.round_id, now)


def close_rounds(session: Session, now: datetime) -> int:
    """The clock's job: rounds whose assessments ended before their questions did. Returns how many closed."""
    over = (
        select(Assessment.round_id)
        .group_by(Assessment.round_id)
        .having(func.min(case((Assessment.stage.in_(course.OVER), 1), else_=0)) == 1)
    )
    still_open = select(Round.id).where(Round.closed.is_(False), Round.id.in_(over)).order_by(Round.id)
    return sum(_close(session, each, now) for each in session.scalars(still_open).all())


def _close(session: Session, round_id: str, now: datetime) -> bool:
    """Close a round that is over, and empty its document rooms; returns whether it was."""
    if not close_if_over(session, round_id, now):
        return False
    of_round = select(Assessment.id).where(Assessment.round_id == round_id)
    private = select(Question).where(Question.assessment_id.in_(of_round), Question.panel_only.is_(True))
    for question in session.scalars(private):
        question.answer = None
    return True
