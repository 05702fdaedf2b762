"""The yearly report: what a year of assessments taught, as one document. Pure; the same evaluations and day give the same report.

Partnerships come in the order of their references, goals and countries in the order of their codes: nothing is ranked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from schemas.learning import DIMENSIONS, LEAST
from schemas.rubric import rubric, versions
from services.assessment.figures.agreement import lesson_agreement
from services.assessment.figures.reviews import Review
from services.assessment.learning.aggregates import TOGETHER, Question, group, grouped, recommendations
from services.assessment.learning.evaluated import Evaluated

Json = dict[str, Any]
Firsts = Mapping[str, Sequence[Review]]
"""The first submissions by assessment."""
SECTIONS = {"goal": "goals", "country": "countries", "chamber": "chambers"}
assert set(SECTIONS) == set(DIMENSIONS) - {"year"}


def last_day(year: int, on: date) -> date:
    """The day until which a year's report looks: its last one, or the present one while it runs."""
    return min(date(year, 12, 31), on)


def report(
    year: int, evaluations: Sequence[Evaluated], corrections: int, firsts: Mapping[str, Firsts | None], on: date
) -> Json:
    """The report of a year. `firsts`: by version of the rubric the first submissions until `last_day`; None where not known."""
    own = sorted((each for each in evaluations if each.year == year), key=_reference)
    used = [each for each in versions() if any(each == one.rubric_version for one in own)]
    return {
        "year": year,
        "as_of": on.isoformat(),
        "complete": on > date(year, 12, 31),
        "notice": dict(rubric((used or versions())[-1]).notes["profile"]),
        "least": LEAST,
        "assessments": len(own),
        "corrections": corrections,
        "rounds": _rounds(own),
        "sections": [_section(year, own, version, firsts.get(version), on) for version in used],
        "recommendations": recommendations(own, on),
        "evaluations": [_evaluation(each, on) for each in own],
    }


def _reference(evaluated: Evaluated) -> tuple[str, str]:
    return evaluated.document["partnership"].get("reference") or "", evaluated.document["id"]


def _rounds(evaluations: Sequence[Evaluated]) -> list[Json]:
    counts = Counter(each.document["round"]["id"] for each in evaluations)
    titles = {each.document["round"]["id"]: each.document["round"]["title"] for each in evaluations}
    return [{"id": id, "title": titles[id], "assessments": counts[id]} for id in sorted(counts)]


def _section(year: int, evaluations: Sequence[Evaluated], version: str, firsts: Firsts | None, on: date) -> Json:
    under = [each for each in evaluations if each.rubric_version == version]
    by = {name: grouped(under, Question(version, on, by=name)) for name in SECTIONS}
    return {
        "rubric_version": version,
        "together": group(TOGETHER, under, Question(version, on)) if len(under) >= LEAST else None,
        **{SECTIONS[name]: groups.items for name, groups in by.items()},
        "withheld": {name: groups.withheld for name, groups in by.items()},
        "agreement_until": last_day(year, on).isoformat(),
        "agreement": None if firsts is None else _agreement(firsts, version),
    }


def _agreement(firsts: Firsts, version: str) -> list[Json]:
    found = []
    for lesson in rubric(version).lessons:
        agreement = lesson_agreement(firsts, [each.code for each in rubric(version).judged(lesson.code)])
        alpha = None if agreement.alpha is None else round(float(agreement.alpha), 3)
        found.append(
            {"lesson": lesson.code, "alpha": alpha, "units": agreement.units, "assessments": agreement.assessments}
        )
    return found


def _evaluation(evaluated: Evaluated, on: date) -> Json:
    """Cost beside impact."""
    document = evaluated.document
    return {
        "id": document["id"],
        "partnership_id": document["partnership"]["id"],
        "reference": document["partnership"].get("reference"),
        "title": document["partnership"]["title"],
        "published_at": document["published_at"],
        "costs": document.get("costs"),
        "impact": document.get("impact"),
        "recommendations": recommendations([evaluated], on),
    }


__all__ = ["Firsts", "last_day", "report"]
