"""Reviews: each member's own, a draft until it is submitted; the first submission is kept for ever, a revision is another row.

Nobody sees another's before submitting. What a review must hold is in `checked` (while it is written) and `_complete` (when it is
submitted); the errors name the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.assessment import CANNOT_JUDGE, LEAST_REASON
from schemas.rubric import Rubric, UnknownIndicator, rubric
from services.assessment.errors import (
    AlreadySubmitted,
    CalibrationFirst,
    IndicatorNotJudged,
    LessonNotKnown,
    LevelOutOfRange,
    OnlyReconsidered,
    OwnReviewFirst,
    ReviewIncomplete,
    ReviewMissing,
    ReviewReasonsMissing,
)
from services.assessment.evidence.profile import findings, judged_not_applicable, lesson_figures
from services.assessment.evidence.pulse import Pulse
from services.assessment.forum.assessments import moving, publishing
from services.assessment.forum.assessments.models import Assessment, Draft, Seat, Submission
from services.assessment.forum.assessments.seats import sitting
from services.assessment.forum.assessments.standing import Actor, actor_of, check, over
from services.assessment.forum.members.calibration import is_calibrated
from services.assessment.forum.rounds.models import Round
from services.assessment.forum.rows import Json, known
from services.assessment.pulses.service import pulse_of
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError
from services.chassis.identity import Principal
from services.chassis.rows import locked

HIGHEST, DEPARTURE = 4, 2
Data = Mapping[str, Any]


# Use cases


def write(database: Database, principal: Principal | None, assessment_id: str, data: Data) -> Json:
    """Keep the own review as a draft.

    Raises NotOnPanel, CalibrationFirst, LevelOutOfRange, IndicatorNotJudged, LessonNotKnown, AlreadySubmitted, DeadlinePassed,
    StagePassed, StageNotReached, OnlyReconsidered.
    """
    with database.transaction() as session:
        row, actor, now = _writing(session, principal, assessment_id)
        seat = actor.own_seat
        of = session.get_one(Round, row.round_id)
        if of.content["calibration"] and not is_calibrated(session, seat.member_id, of.content["rubric_version"]):
            raise CalibrationFirst("Work through the anchor cases first: members/me/calibration.")
        content = checked(rubric(of.content["rubric_version"]), data)
        submissions = _submissions(session, seat)
        _may_write(row, submissions, now)
        if row.stage == "replying":
            _only_reconsidered(row, submissions[-1].content, content)
        draft = session.get(Draft, seat.id)
        if draft is None:
            session.add(Draft(seat_id=seat.id, content=content, updated_at=now))
        else:
            draft.content, draft.updated_at = content, now
        return _document(seat, content, "draft")


def submit(database: Database, principal: Principal | None, assessment_id: str) -> Json:
    """Submit the own review as it was written last.

    Raises what `write` raises, ReviewMissing, ReviewIncomplete, ReviewReasonsMissing.
    """
    with database.transaction() as session:
        row, actor, now = _writing(session, principal, assessment_id)
        seat = actor.own_seat
        submissions = _submissions(session, seat)
        _may_write(row, submissions, now)
        draft = session.get(Draft, seat.id)
        if draft is None and submissions:
            raise AlreadySubmitted("Nothing was written since the review was submitted.")
        if draft is None:
            raise ReviewMissing("Write the review first.")
        if row.stage == "replying":
            _only_reconsidered(row, submissions[-1].content, draft.content)
            seat.reconsidered_at = now
        _complete(session, row, draft.content)
        made = Submission(seat_id=seat.id, number=len(submissions) + 1, content=draft.content, submitted_at=now)
        session.add(made)
        session.delete(draft)
        return _document(seat, made.content, "submitted", made)


def own(database: Database, principal: Principal | None, assessment_id: str) -> Json:
    """The own review: the draft, else as it was submitted last. Raises NotOnPanel, ReviewMissing."""
    moving.catch_up(database, assessment_id)
    with database.reading() as session:
        row = known(session, Assessment, assessment_id)
        actor = actor_of(session, principal, row)
        check(actor, "assessment.read_own_review", row)
        submissions = _submissions(session, actor.own_seat)
        draft = session.get(Draft, actor.own_seat.id)
        if draft is not None:
            return _document(actor.own_seat, draft.content, "draft", first=submissions[0] if submissions else None)
        if not submissions:
            raise ReviewMissing("There is no review of yours yet.")
        return _submitted(actor.own_seat, submissions)


def listed(database: Database, principal: Principal | None, assessment_id: str) -> list[Json]:
    """Everybody's reviews under their pseudonyms, both versions. Raises NotOnPanel, OwnReviewFirst."""
    moving.catch_up(database, assessment_id)
    with database.reading() as session:
        row = known(session, Assessment, assessment_id)
        actor = actor_of(session, principal, row)
        check(actor, "assessment.read_reviews", row)
        check_submitted(session, actor)
        found = []
        for seat in sitting(session, row.id):
            submissions = _submissions(session, seat)
            if submissions:
                found.append(_submitted(seat, submissions))
        return found


def check_submitted(session: Session, actor: Actor) -> None:
    """Raise OwnReviewFirst where the actor's review is not submitted."""
    if not _submissions(session, actor.own_seat):
        raise OwnReviewFirst("Submit your own review first.")


def to_discuss(session: Session, row: Assessment) -> list[str]:
    """The indicators whose levels spread by 2 or more, in the order of the rubric."""
    of = session.get_one(Round, row.round_id)
    given: dict[str, list[int]] = {}
    for review in publishing.reviews_of(session, row.id):
        for code, level in review.levels.items():
            if level is not None:
                given.setdefault(code, []).append(level)
    return [
        each.code
        for each in rubric(of.content["rubric_version"]).indicators
        if each.code in given and max(given[each.code]) - min(given[each.code]) >= DEPARTURE
    ]


# When


def _writing(session: Session, principal: Principal | None, assessment_id: str) -> tuple[Assessment, Actor, datetime]:
    row = locked(session, Assessment, assessment_id)
    now = clock.now()
    moving.advance(session, row, now)
    actor = actor_of(session, principal, row)
    check(actor, "assessment.write_review", row)
    return row, actor, now


def _may_write(row: Assessment, submissions: Sequence[Submission], now: datetime) -> None:
    """In the reviewing once; in the deliberation who has submitted; while replying where reconsideration was asked for."""
    if row.stage == "reviewing":
        if submissions:
            raise AlreadySubmitted("The review is submitted; it can be revised in the deliberation.")
        return
    if not submissions:
        over(row, "reviewing")
    if row.stage == "replying" and not moving.is_reconsidering(row, now):
        over(row, "deliberating")


def _only_reconsidered(row: Assessment, before: Json, after: Json) -> None:
    indicator = (row.reconsideration or {}).get("indicator")
    old, new = publishing.levels_of(before), publishing.levels_of(after)
    changed = [code for code in {**old, **new} if code != indicator and old.get(code) != new.get(code)]
    if changed:
        raise OnlyReconsidered(
            f"Only {indicator} is judged again; {', '.join(changed)} stays as it was.", indicator=indicator
        )


# What


def checked(known_rubric: Rubric, data: Data) -> Json:
    """A review's content, as it is kept. Raises IndicatorNotJudged, LevelOutOfRange, LessonNotKnown."""
    not_judged, out_of_range = [], []
    seen: set[str] = set()
    for place, score in enumerate(data["scores"]):
        code = score["indicator"]
        if code in seen or not _is_judged(known_rubric, code):
            says = "is there twice" if code in seen else "is not judged in this rubric"
            not_judged.append(FieldError(f"/scores/{place}/indicator", says))
        seen.add(code)
        if not _is_level(score["level"]):
            out_of_range.append(FieldError(f"/scores/{place}/level", f"0 to {HIGHEST}, or {CANNOT_JUDGE}"))
    if not_judged:
        raise IndicatorNotJudged("Judge the judged indicators, each once.", errors=not_judged)
    if out_of_range:
        raise LevelOutOfRange(f"A level is 0 to {HIGHEST}, or {CANNOT_JUDGE}.", errors=out_of_range)
    lessons = {lesson.code for lesson in known_rubric.lessons}
    strange = [each for each in data.get("reasons") or {} if each not in lessons]
    if strange:
        raise LessonNotKnown(
            "Reasons are given per lesson.", errors=[FieldError("/reasons", f"no lesson: {strange[0][:80]}")]
        )
    scores = [dict(score) for score in data["scores"]]
    for score in scores:
        if isinstance(score["level"], float):
            score["level"] = int(score["level"])
        if isinstance(score.get("evidence"), str):
            score["evidence"] = [score["evidence"]]
    return {"scores": scores, "reasons": dict(data.get("reasons") or {})}


def _is_judged(known_rubric: Rubric, code: str) -> bool:
    try:
        return known_rubric.indicator(code).kind == "judged"
    except UnknownIndicator:
        return False


def _is_level(value: object) -> bool:
    if value == CANNOT_JUDGE:
        return True
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and not isinstance(value, bool) and 0 <= value <= HIGHEST  # type: ignore[operator]


def _complete(session: Session, row: Assessment, content: Json) -> None:
    """Raise ReviewIncomplete or ReviewReasonsMissing unless the review may be submitted."""
    of = session.get_one(Round, row.round_id)
    known_rubric = rubric(of.content["rubric_version"])
    document, day = publishing.judged(row), publishing.as_of(row)
    without = judged_not_applicable(document, day, known_rubric.version)
    given = {score["indicator"]: score for score in content["scores"]}
    owed = [each.code for each in known_rubric.indicators if each.kind == "judged" and each.code not in without]
    missing = [code for code in owed if code not in given]
    if missing:
        raise ReviewIncomplete(
            f"Say something of {', '.join(missing)}: a level, or {CANNOT_JUDGE}.", indicators=missing
        )
    errors = _lesson_reasons(known_rubric, content, without)
    computed = computed_levels(session, row, known_rubric)
    for place, score in enumerate(content["scores"]):
        lesson = known_rubric.indicator(score["indicator"]).lesson
        why = _reason_owed(score["level"], computed[lesson])
        if why and len(score.get("reason") or "") < LEAST_REASON:
            errors.append(FieldError(f"/scores/{place}/reason", f"{why}: {LEAST_REASON} characters at least"))
    if errors:
        raise ReviewReasonsMissing(
            "A reason per lesson, and for every 0, every 4 and every departure of 2 from the computed level.",
            errors=errors,
        )


def _lesson_reasons(known_rubric: Rubric, content: Json, without: frozenset[str]) -> list[FieldError]:
    """A lesson of which the member judged anything owes its reason."""
    judged = {
        known_rubric.indicator(score["indicator"]).lesson
        for score in content["scores"]
        if score["level"] != CANNOT_JUDGE and score["indicator"] not in without
    }
    return [
        FieldError(f"/reasons/{lesson.code}", f"{LEAST_REASON} characters at least")
        for lesson in known_rubric.lessons
        if lesson.code in judged and len(content["reasons"].get(lesson.code, "")) < LEAST_REASON
    ]


def _reason_owed(level: object, computed: Fraction | None) -> str | None:
    if not isinstance(level, int):
        return None
    if level in (0, HIGHEST):
        return f"a level of {level}"
    if computed is not None and abs(level - computed) >= DEPARTURE:
        return f"it departs from the computed level {float(computed):.1f}"
    return None


def computed_levels(session: Session, row: Assessment, known_rubric: Rubric) -> dict[str, Fraction | None]:
    """By lesson the computed level that stands beside the judgement: of the frozen record, counted from that day."""
    pulse = pulse_of(session, row.partnership_id)
    return dict(_computed(row.judged_document or b"{}", publishing.as_of(row), pulse, known_rubric.version))


@lru_cache(maxsize=64)
def _computed(record: bytes, day: date, pulse: Pulse | None, version: str) -> tuple[tuple[str, Fraction | None], ...]:
    """Remembered, because a whole panel submits its reviews of the same frozen record."""
    found = findings(orjson.loads(record), day, pulse, version)
    return tuple(
        (lesson.code, lesson_figures(found[each.code] for each in lesson.indicators if each.code in found).level)
        for lesson in rubric(version).lessons
    )


# As documents


def _submissions(session: Session, seat: Seat) -> Sequence[Submission]:
    statement = select(Submission).where(Submission.seat_id == seat.id).order_by(Submission.number)
    return session.scalars(statement).all()


def _submitted(seat: Seat, submissions: Sequence[Submission]) -> Json:
    first = submissions[0] if len(submissions) > 1 else None
    return _document(seat, submissions[-1].content, "submitted", submissions[-1], first)


def _document(
    seat: Seat, content: Json, state: str, made: Submission | None = None, first: Submission | None = None
) -> Json:
    return {
        "pseudonym": seat.pseudonym,
        "state": state,
        "number": made.number if made else None,
        "submitted_at": clock.timestamp(made.submitted_at) if made else None,
        "scores": content["scores"],
        "reasons": content["reasons"],
        "first": first.content if first else None,
    }
