"""Anchor cases: three invented partnerships that a member judges before the first review, to see how the rubric is meant.

The cases are data (`anchor_cases.json`), a set per version of the rubric. The first answer stays; after it the anchor is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.rubric import rubric, versions
from services.assessment.errors import LevelOutOfRange
from services.assessment.forum.members.models import AnchorAnswer
from services.assessment.forum.rows import Json, membership
from services.assessment.register.authority import nominations_of_same_person
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid
from services.chassis.identity import Principal

CASES = Path(__file__).parent / "anchor_cases.json"
HIGHEST = 4


@cache
def cases(rubric_version: str) -> Mapping[str, Json]:
    """The anchor cases of a version of the rubric by code, in their order."""
    every: dict[str, list[Json]] = orjson.loads(CASES.read_bytes())
    return {each["code"]: each for each in every.get(rubric_version, [])}


def is_calibrated(session: Session, member_id: str, rubric_version: str) -> bool:
    """Whether a member has worked through all anchor cases of a version, by whichever nomination."""
    return _answers(session, member_id, rubric_version).keys() >= cases(rubric_version).keys()


def _answers(session: Session, member_id: str, rubric_version: str) -> dict[str, int]:
    """The levels that a person answered by case, under all of its nominations; the first answer is the one that stays."""
    own = nominations_of_same_person(session, member_id)
    statement = select(AnchorAnswer).where(
        AnchorAnswer.member_id.in_(own), AnchorAnswer.rubric_version == rubric_version
    )
    rows = session.scalars(statement.order_by(AnchorAnswer.answered_at.desc()))
    return {row.case: row.level for row in rows}


def read(database: Database, principal: Principal) -> Json:
    """The anchor cases of the newest rubric, and the own answers. Raises NotAMember."""
    with database.reading() as session:
        member = membership(session, principal, "member.calibrate")
        return _document(session, member.id, versions()[-1])


def answer(database: Database, principal: Principal, answers: Sequence[Mapping[str, Any]]) -> Json:
    """Answer anchor cases; what was answered before stays. Raises NotAMember, LevelOutOfRange, Invalid for an unknown case."""
    with database.transaction() as session:
        member = membership(session, principal, "member.calibrate")
        version = versions()[-1]
        _check(version, answers)
        answered = set(_answers(session, member.id, version))
        for each in answers:
            if each["case"] not in answered:
                answered.add(each["case"])
                session.add(
                    AnchorAnswer(
                        member_id=member.id,
                        rubric_version=version,
                        case=each["case"],
                        level=int(each["level"]),
                        answered_at=clock.now(),
                    )
                )
        session.flush()
        return _document(session, member.id, version)


def _check(version: str, answers: Sequence[Mapping[str, Any]]) -> None:
    unknown = [place for place, each in enumerate(answers) if each["case"] not in cases(version)]
    if unknown:
        errors = [FieldError(f"/answers/{place}/case", f"one of {', '.join(cases(version))}") for place in unknown]
        raise Invalid("There is no such anchor case.", errors=errors)
    wrong = [place for place, each in enumerate(answers) if each["level"] not in range(HIGHEST + 1)]
    if wrong:
        errors = [FieldError(f"/answers/{place}/level", f"0 to {HIGHEST}") for place in wrong]
        raise LevelOutOfRange("An anchor case is judged.", errors=errors)


def _document(session: Session, member_id: str, version: str) -> Json:
    given = _answers(session, member_id, version)
    return {
        "rubric_version": version,
        "done": given.keys() >= cases(version).keys(),
        "cases": [_case(version, each, given.get(code)) for code, each in cases(version).items()],
    }


def _case(version: str, case: Json, level: int | None) -> Json:
    shown: Json = {
        "code": case["code"],
        "indicator": case["indicator"],
        "case": case["case"],
        "question": dict(rubric(version).indicator(case["indicator"]).question),
    }
    return shown | ({} if level is None else {"level": level, "anchor": case["level"], "why": case["why"]})
