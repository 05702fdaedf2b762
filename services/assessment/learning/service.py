"""The use cases of learning: aggregates over published evaluations, and the report of a year. It writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.learning import LEAST, render_aggregates, render_report
from schemas.rubric import Rubric, rubric, versions
from services.assessment.evaluations.models import Evaluation
from services.assessment.evidence.models import Evidence
from services.assessment.learning.aggregates import Question, grouped
from services.assessment.learning.evaluated import Evaluated, countries_of, goals_of
from services.assessment.learning.report import Firsts, last_day, report
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotKnown

FirstsOf = Callable[[Session, str, date], Firsts | None]
"""The first submissions, by assessment, under a version of the rubric and until a day (that day included)."""

AT_ONCE = 200
FIRST_YEAR = 1900


def no_firsts(_session: Session, _version: str, _until: date) -> None:
    """Nobody keeps submissions here."""


def aggregates(database: Database, query: Mapping[str, Any], on: date) -> bytes:
    """The aggregates that are asked for (`schemas.learning.AggregateQuery`), as they are on a day."""
    with database.reading() as session:
        found, _ = evaluations(session)
    known = _rubric(query.get("rubric_version"), {each.rubric_version for each in found})
    asked = Question(
        version=known.version,
        on=on,
        by=query.get("by"),
        lessons=frozenset(query.get("lesson") or ()),
        goals=frozenset(query.get("goal") or ()),
        countries=frozenset(query.get("country") or ()),
        years=frozenset(map(int, query.get("year") or ())),
        chamber=query.get("chamber"),
    )
    groups = grouped(found, asked)
    return render_aggregates(
        {
            "rubric_version": known.version,
            "as_of": on.isoformat(),
            "notice": dict(known.notes["profile"]),
            "by": asked.by,
            "least": LEAST,
            "assessments": groups.assessments,
            "items": groups.items,
            "withheld": groups.withheld,
            "not_stated": groups.not_stated,
        }
    )


def yearly_report(database: Database, year: int, on: date, firsts_of: FirstsOf = no_firsts) -> bytes:
    """The report of a year. Raises NotKnown for one that has not begun, and for those before `FIRST_YEAR`."""
    if not FIRST_YEAR <= year <= on.year:
        raise NotKnown(
            "There is no report of a year that has not begun, or in which there were no partnerships to assess."
        )
    with database.reading() as session:
        found, corrections = evaluations(session)
        used = {each.rubric_version for each in found if each.year == year}
        firsts = {version: firsts_of(session, version, last_day(year, on)) for version in used}
    return render_report(report(year, found, corrections[year], firsts, on))


def evaluations(session: Session) -> tuple[list[Evaluated], Counter[int]]:
    """Every evaluation that none corrects, the oldest first, with what its record states; and by year how many were corrections."""
    rows = session.execute(
        select(
            Evaluation.assessment_id,
            Evaluation.partnership_id,
            Evaluation.published_at,
            Evaluation.corrected_by,
            Evaluation.document,
        ).order_by(Evaluation.published_at, Evaluation.id)
    ).all()
    first: dict[str, int] = {}
    corrections: Counter[int] = Counter()
    for row in rows:
        if row.assessment_id in first:
            corrections[int(orjson.loads(row.document)["corrects"]["at"][:4])] += 1
        first.setdefault(row.assessment_id, row.published_at.year)
    standing = [row for row in rows if row.corrected_by is None]
    records = _records(session, sorted({row.partnership_id for row in standing}))
    nowhere: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    return [
        Evaluated(orjson.loads(row.document), first[row.assessment_id], *records.get(row.partnership_id, nowhere))
        for row in standing
    ], corrections


def _rubric(asked: str | None, used: set[str]) -> Rubric:
    """The version that is asked for, else the newest that evaluations used, else the newest. Raises Invalid."""
    there = versions()
    if asked is not None and asked not in there:
        known = f"there are: {', '.join(there)}"
        raise Invalid("There is no such version of the rubric.", errors=[FieldError("/query/rubric_version", known)])
    return rubric(asked or [each for each in there if each in used or not used][-1])


def _records(session: Session, partnership_ids: list[str]) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """By partnership, the goals and countries that its public record states."""
    found: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for start in range(0, len(partnership_ids), AT_ONCE):
        some = partnership_ids[start : start + AT_ONCE]
        rows = session.execute(
            select(Evidence.partnership_id, Evidence.document).where(Evidence.partnership_id.in_(some))
        )
        for row in rows:
            record = orjson.loads(row.document) if row.document is not None else {}
            found[row.partnership_id] = goals_of(record), countries_of(record)
    return found
