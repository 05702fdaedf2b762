"""Aggregates of evaluations: distributions of levels, common gaps, costs beside impact, what became of recommendations.

Pure. Groups come in the order of their keys, and never by a level; one of fewer than three assessments is not shown. What is
withheld of an evaluation is in no distribution: only what is published counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from schemas.evaluation import FLAGS
from schemas.learning import LEAST
from schemas.rubric import Lesson, rubric
from services.assessment.learning.evaluated import Evaluated

Json = dict[str, Any]
Evaluations = Sequence[Evaluated]
Bands = Sequence[tuple[int, int]]
TOP = 4
BANDS: Bands = tuple((level, level + 1) for level in range(TOP))
LEVELS: Bands = tuple((level, level) for level in range(TOP + 1))
OPEN = ("open", "under_way")
TOGETHER = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: one version of the rubric, on which day; by what evaluations are told apart; and which ones. Empty: all."""

    version: str
    on: date
    by: str | None = None
    lessons: frozenset[str] = frozenset()
    goals: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()
    chamber: str | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that are shown, how many are not, how many assessments are in none, and how many were looked at."""

    items: list[Json]
    withheld: int
    not_stated: int
    assessments: int


def grouped(evaluations: Iterable[Evaluated], asked: Question) -> Groups:
    """The groups that are asked for."""
    chosen = [each for each in evaluations if _is_asked_for(each, asked)]
    members: dict[str, list[Evaluated]] = defaultdict(list)
    for each in chosen:
        for key in _keys(each, asked):
            members[key].append(each)
    shown = {key: own for key, own in members.items() if len(own) >= LEAST}
    return Groups(
        items=[group(key, shown[key], asked) for key in sorted(shown)],
        withheld=len(members) - len(shown),
        not_stated=sum(not _keys(each, asked) for each in chosen),
        assessments=len(chosen),
    )


def _is_asked_for(evaluated: Evaluated, asked: Question) -> bool:
    return (
        evaluated.rubric_version == asked.version
        and (not asked.goals or not asked.goals.isdisjoint(evaluated.goals))
        and (not asked.countries or not asked.countries.isdisjoint(evaluated.countries))
        and (not asked.years or evaluated.year in asked.years)
    )


def _keys(evaluated: Evaluated, asked: Question) -> frozenset[str]:
    """The groups that an evaluation is in."""
    voices = frozenset(code for lesson in evaluated.lessons.values() for code in lesson["judged"]["chambers"] or ())
    if asked.chamber is not None:
        voices &= {asked.chamber}
        if not voices:
            return frozenset()
    if asked.by == "chamber":
        return voices
    if asked.by == "goal":
        return evaluated.goals & (asked.goals or evaluated.goals)
    if asked.by == "country":
        return evaluated.countries & (asked.countries or evaluated.countries)
    return frozenset({str(evaluated.year) if asked.by == "year" else TOGETHER})


def group(key: str, evaluations: Evaluations, asked: Question) -> Json:
    """One group, whatever its size. Of a chamber alone only the levels that it gave."""
    chamber = key if asked.by == "chamber" else asked.chamber
    lessons = [each for each in rubric(asked.version).lessons if not asked.lessons or each.code in asked.lessons]
    found: Json = {"key": key or None, "assessments": len(evaluations)}
    if chamber is not None:
        return found | {"lessons": [_voice(each, evaluations, chamber) for each in lessons]}
    return found | {
        "lessons": [_lesson(each, evaluations) for each in lessons],
        "gaps": _gaps(lessons, evaluations),
        "costs": costs(evaluations),
        "recommendations": recommendations(evaluations, asked.on),
    }


# Lessons


def _voice(lesson: Lesson, evaluations: Evaluations, chamber: str) -> Json:
    levels = (each.lessons[lesson.code]["judged"]["chambers"] for each in evaluations)
    return {"lesson": lesson.code, "judged": distribution([said.get(chamber) for said in levels if said], BANDS)}


def _lesson(lesson: Lesson, evaluations: Evaluations) -> Json:
    own = [each.lessons[lesson.code] for each in evaluations]
    flags = Counter(flag for each in own for flag in each["flags"])
    return {
        "lesson": lesson.code,
        "judged": distribution([each["judged"]["level"] for each in own], BANDS),
        "evidence": distribution([each["evidence"]["level"] for each in own], BANDS),
        "flags": [{"flag": flag, "count": flags[flag]} for flag in FLAGS],
        "indicators": [
            (_computed if indicator.kind == "computed" else _judged)(indicator.code, own)
            for indicator in lesson.indicators
        ],
    }


def _computed(code: str, lessons: Sequence[Mapping[str, Any]]) -> Json:
    found = [each for lesson in lessons for each in lesson["evidence"]["indicators"] if each["code"] == code]
    applicable = [each for each in found if each["applicable"]]
    return {
        "code": code,
        "kind": "computed",
        "levels": distribution([each["level"] for each in applicable], LEVELS),
        "not_known": sum(each["level"] is None for each in applicable),
        "not_applicable": len(found) - len(applicable),
    }


def _judged(code: str, lessons: Sequence[Mapping[str, Any]]) -> Json:
    """Judged indicators are published in bands of half a level: each lies within one band of a level."""
    bands = [
        each["band"] for lesson in lessons for each in lesson["judged"]["indicators"] or () if each["code"] == code
    ]
    return {
        "code": code,
        "kind": "judged",
        "levels": distribution([low for low, _ in bands], BANDS),
        "not_known": len(lessons) - len(bands),
    }


def distribution(levels: Iterable[float | None], bands: Bands) -> Json:
    """How levels are spread over bands; null where fewer than three have one."""
    known = [level for level in levels if level is not None]
    return {
        "counted": len(known),
        "bands": None
        if len(known) < LEAST
        else [{"band": list(band), "count": sum(_inside(level, band) for level in known)} for band in bands],
    }


def _inside(level: float, band: tuple[int, int]) -> bool:
    low, high = band
    return low <= level < high or level == high == TOP or level == low == high


def _gaps(lessons: Sequence[Lesson], evaluations: Evaluations) -> list[Json]:
    """The computed indicators that records leave unknown, the most common first, else in the order of the rubric."""
    found = []
    for lesson in lessons:
        own = [each.lessons[lesson.code] for each in evaluations]
        for indicator in lesson.indicators:
            if indicator.kind == "computed":
                counted = _computed(indicator.code, own)
                of = counted["not_known"] + counted["levels"]["counted"]
                found.append(
                    {"lesson": lesson.code, "indicator": indicator.code, "not_known": counted["not_known"], "of": of}
                )
    return sorted((each for each in found if each["not_known"]), key=lambda each: -each["not_known"])


# Costs, impact, recommendations


def costs(evaluations: Evaluations) -> Json:
    """What was stated of costs, and how often an impact beside it. Money is added within a currency alone."""
    stated = [each.document.get("costs") or {} for each in evaluations]
    impacts = [bool(each.document.get("impact")) for each in evaluations]
    money: dict[str, list[Decimal]] = defaultdict(list)
    for each in stated:
        own: dict[str, Decimal] = defaultdict(Decimal)
        for amount in each.get("money") or ():
            own[amount["currency"]] += Decimal(str(amount["amount"]))
        for currency, total in own.items():
            money[currency].append(total)
    days = [Decimal(str(each["days"])) for each in stated if each.get("days") is not None]
    return {
        "stated": sum(bool(each) for each in stated),
        "money": [_money(currency, money[currency]) for currency in sorted(money)],
        "days_counted": len(days),
        "days": _plain(sum(days, Decimal())) if len(days) >= LEAST else None,
        "coordination_stated": sum(each.get("coordination") is not None for each in stated),
        "impact_stated": sum(impacts),
        "both_stated": sum(bool(each) and impact for each, impact in zip(stated, impacts, strict=True)),
    }


def _plain(number: Decimal) -> int | float:
    """A number as JSON has it: days may be stated as numbers or as decimals in text."""
    return int(number) if number == number.to_integral_value() else float(number)


def _money(currency: str, totals: Sequence[Decimal]) -> Json:
    return {
        "currency": currency,
        "counted": len(totals),
        "total": f"{sum(totals):f}" if len(totals) >= LEAST else None,
    }


def recommendations(evaluations: Evaluations, on: date) -> Json:
    """What became of the recommendations by that day."""
    given = [each for evaluated in evaluations for each in evaluated.document["recommendations"]]
    responses = Counter(each.get("response") for each in given)
    return {
        "given": len(given),
        "answered": len(given) - responses[None],
        **{name: responses[name] for name in ("accepted", "partly", "declined")},
        "done": sum(each["status"] == "done" for each in given),
        "overdue": sum(
            each["status"] in OPEN and each.get("due") is not None and each["due"] < on.isoformat() for each in given
        ),
    }


__all__ = ["Groups", "Question", "costs", "distribution", "group", "grouped", "recommendations"]
