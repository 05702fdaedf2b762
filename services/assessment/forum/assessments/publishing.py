"""From the course to the evaluation: what the figures are made of (`assessed`), the profile as it is shown, the unit's review.

The figures and what of them is disclosed are worked out by `evaluations`; here its inputs are put together from the stored reviews.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas import evidence
from services.assessment.errors import RationaleMissing, UnitReviewIncomplete
from services.assessment.evaluations import assembling
from services.assessment.evaluations.assembling import Assessed, Recommended, RecordVersion
from services.assessment.evaluations.service import publish as publish_evaluation
from services.assessment.evidence.profile import profile
from services.assessment.figures import Panel, Review
from services.assessment.forum.assessments import records
from services.assessment.forum.assessments.models import Assessment, Rationale, Recommendation, Seat, Submission
from services.assessment.forum.assessments.seats import judging, was_taken_off
from services.assessment.forum.members.models import Member
from services.assessment.forum.rounds.models import Round
from services.assessment.forum.rows import Json, known
from services.assessment.pulses.service import pulse_of
from services.assessment.register.authority import nomination
from services.assessment.register.organizations import networks
from services.chassis.database import Database
from services.chassis.errors import FieldError, NotKnown

CHECKLIST = ("conflicts", "quorum", "rationale", "reply")
ASKED = ("costs", "impact", "risk_tier")


def reviews_of(session: Session, assessment_id: str, *, first: bool = False) -> list[Review]:
    """The reviews of those whose judgement counts, by pseudonym: as they stand, or the first submissions."""
    seats = {each.id: each for each in judging(session, assessment_id)}
    statement = select(Submission).where(Submission.seat_id.in_(list(seats))).order_by(Submission.number)
    chosen: dict[str, Submission] = {}
    for submission in session.scalars(statement):
        if not first or submission.number == 1:
            chosen[submission.seat_id] = submission
    return [
        Review(seat.pseudonym, seat.chamber, levels_of(chosen[key].content))
        for key, seat in seats.items()
        if key in chosen
    ]


def levels_of(content: Json) -> dict[str, int | None]:
    """The levels of a submission by indicator; None: cannot judge."""
    return {each["indicator"]: each["level"] if isinstance(each["level"], int) else None for each in content["scores"]}


def judged(row: Assessment) -> Json:
    """The record as it was frozen."""
    document: Json = orjson.loads(row.judged_document or b"{}")
    return document


def rationale_of(session: Session, assessment_id: str) -> dict[str, dict[str, str]]:
    """The panel's rationale by lesson."""
    rows = session.scalars(select(Rationale).where(Rationale.assessment_id == assessment_id).order_by(Rationale.lesson))
    return {row.lesson: row.text for row in rows}


def recommendations_of(session: Session, assessment_id: str) -> list[Recommended]:
    """The panel's recommendations, in the order in which they were made."""
    rows = session.scalars(
        select(Recommendation).where(Recommendation.assessment_id == assessment_id).order_by(Recommendation.id)
    )
    return [Recommended(row.id, row.text, row.addressee, row.due) for row in rows]


def assessed(session: Session, row: Assessment, of: Round, now: datetime) -> Assessed:
    """All that the evaluation is made of, as it stands now. Raises NotAssessable while the record is suspended."""
    seats = judging(session, row.id)
    newest, document = records.record(session, row.partnership_id)
    records.check_public(document)
    review = row.unit_review or {}
    return Assessed(
        assessment_id=row.id,
        partnership_id=row.partnership_id,
        round_id=of.id,
        round_title=of.content["title"],
        rubric_version=of.content["rubric_version"],
        judged=RecordVersion(row.judged_version or 0, judged(row)),
        evidence=RecordVersion(newest.version, document),
        as_of=now.date(),
        panel=Panel(dict(Counter(each.chamber for each in seats))),
        reviews=reviews_of(session, row.id),
        pulse=pulse_of(session, row.partnership_id),
        named=_named(session, seats),
        rationale=rationale_of(session, row.id),
        recommendations=recommendations_of(session, row.id),
        reply=row.reply,
        costs=review.get("costs"),
        impact=review.get("impact"),
        ground=row.ground,
        risk_tier=review.get("risk_tier", "medium"),
        earlier=row.shown,
        fewer=was_taken_off(session, row),
    )


def _named(session: Session, seats: Sequence[Seat]) -> list[str]:
    """The names of those who agreed to be named; who gave none is one whom a network nominated."""
    members = _agreed(session, seats)
    return [each.display_name or _nominated_by(session, each.id) for each in members.values()]


def _agreed(session: Session, seats: Sequence[Seat]) -> dict[str, Member]:
    """By seat the members who agreed to be named."""
    members = {each.id: session.get(Member, each.member_id) for each in seats}
    return {seat: member for seat, member in members.items() if member is not None and member.named}


def _nominated_by(session: Session, member_id: str) -> str:
    known = nomination(session, member_id)
    network = networks(session).get(known.network_id) if known else None
    name = next(iter(network.name.values())) if network and network.name else "a constituency network"
    return f"A member nominated by {name}"


def show(session: Session, row: Assessment, of: Round, now: datetime) -> list[Json]:
    """The lessons under the rules of disclosure, as everybody would see them now; kept, because they were shown."""
    lessons = assembling.lessons(assessed(session, row, of, now))
    before = row.shown
    if before and _judgement(before[-1]) == _judgement(lessons):
        before = before[:-1]
    row.shown = [*before, lessons]
    return lessons


def show_anew(session: Session, row: Assessment, of: Round, now: datetime) -> None:
    """Show the profile again. Where it says something else than before it waits for another reply, and another look of the unit;
    what was written stays until then."""
    before = row.shown[-1] if row.shown else None
    lessons = show(session, row, of, now)
    if before is not None and [each["judged"] for each in before] != [each["judged"] for each in lessons]:
        row.replied_at = row.unit_review = None


def _judgement(lessons: Sequence[Json]) -> list[tuple[object, ...]]:
    """What of shown lessons says anything of scores."""
    return [
        (each["lesson"], {**each["judged"], "rationale": None}, each["flags"], each["evidence"]["level"])
        for each in lessons
    ]


def publish(session: Session, row: Assessment, of: Round, now: datetime) -> str:
    """Publish the evaluation; its id. Raises UnitReviewIncomplete, RationaleMissing, and TooFewLessons without a quorum."""
    _check_unit_review(row.unit_review or {})
    ready = assessed(session, row, of, now)
    missing = [
        each["lesson"]
        for each in assembling.lessons(ready)
        if each["judged"]["level"] is not None and each["lesson"] not in ready.rationale
    ]
    if missing:
        raise RationaleMissing(f"No rationale: {', '.join(missing)}. Send it back to the panel.", lessons=missing)
    seats = judging(session, row.id)
    for seat_id, member in _agreed(session, seats).items():
        session.get_one(Seat, seat_id).named_as = member.display_name
    return publish_evaluation(session, ready).id


def _check_unit_review(review: dict[str, Any]) -> None:
    checklist = review.get("checklist") or {}
    missing = [f"/checklist/{name}" for name in CHECKLIST if checklist.get(name) is not True]
    missing += [f"/{name}" for name in ASKED if name not in review]
    if missing:
        raise UnitReviewIncomplete(
            "The unit's review comes first.", errors=[FieldError(each, "is asked for") for each in missing]
        )


def as_of(row: Assessment) -> date:
    """The day on which the record was frozen: reviewers' evidence is counted from it."""
    return date.fromisoformat(row.judged_on or "")


def frozen_record(database: Database, assessment_id: str) -> bytes:
    """The bytes of the record as it is judged, without whoever was taken out of it since.

    Raises NotKnown before it is frozen, RecordNotKnown once the record is public no more.
    """
    with database.reading() as session:
        row = _frozen(session, assessment_id)
        return records.shown(session, row.partnership_id, row.judged_document or b"")


def frozen_evidence(database: Database, assessment_id: str) -> bytes:
    """The computed profile of the frozen record, counted from the day on which it was frozen, under the title of today.

    The levels are those of the record as it is judged, whoever was taken out of it since. Raises as `frozen_record`.
    """
    with database.reading() as session:
        row = _frozen(session, assessment_id)
        records.visible(session, row.partnership_id)
        of = session.get_one(Round, row.round_id)
        pulse = pulse_of(session, row.partnership_id)
        document = judged(row) | {"title": row.title}
    return evidence.render(profile(document, as_of(row), pulse, of.content["rubric_version"]))


def _frozen(session: Session, assessment_id: str) -> Assessment:
    row = known(session, Assessment, assessment_id)
    if row.judged_document is None:
        raise NotKnown("The record is frozen when the questions begin.")
    return row
