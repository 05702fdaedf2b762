"""The profile of a record: its findings by lesson, the gaps its focal point could fill, and the spread of its partners.

Pure: a document, a date, the partner pulse and a version of the rubric give the profile, and always the same. There is no
figure over lessons. `service` calls it, and whoever publishes an evaluation.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from marshmallow import ValidationError

from schemas.documents import load
from schemas.evidence import ProfiledPartnership
from schemas.rubric import rubric
from schemas.vocabulary import LANGUAGES
from services.assessment.evidence.findings import Figure, Finding, Indicator
from services.assessment.evidence.indicators import NEWEST, NOT_APPLICABLE, VERSIONS
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.record import Record
from services.assessment.evidence.words import explanation

TOP = 4
LEAST_COVERAGE = Fraction(1, 2)
DECIMALS = 10
Document = Mapping[str, object]


def findings(document: Document, on: date, pulse: Pulse | None = None, version: str = NEWEST) -> dict[str, Finding]:
    """What every computed indicator finds, by code, in the order of the rubric."""
    record = Record(document, on)
    return {each.code: each.function(record, on, pulse) for each in VERSIONS[version]}


def finding(code: str, document: Document, on: date, pulse: Pulse | None = None, version: str = NEWEST) -> Finding:
    """What one indicator finds. Raises `KeyError` for a code that is not computed in that version."""
    function = {each.code: each.function for each in VERSIONS[version]}[code]
    return function(Record(document, on), on, pulse)


def judged_not_applicable(document: Document, on: date, version: str = NEWEST) -> frozenset[str]:
    """The codes of the judged indicators that do not apply to a record."""
    return NOT_APPLICABLE[version](Record(document, on))


@dataclass(frozen=True, slots=True)
class LessonFigures:
    """The figures of a lesson, exact. All `None` where no indicator applies."""

    low: Fraction | None
    high: Fraction | None
    level: Fraction | None
    coverage: Fraction | None


def lesson_figures(found: Iterable[Finding]) -> LessonFigures:
    """With A applicable indicators, u of them unknown: the range [Σ/A, (Σ + 4u)/A] of the known levels' sum Σ, the coverage
    (A - u)/A, and the mean of the known where the coverage is a half or more."""
    levels = [each.level for each in found if each.applicable]
    known = [level for level in levels if level is not None]
    if not levels:
        return LessonFigures(None, None, None, None)
    applicable, total = len(levels), sum(known)
    unknown = applicable - len(known)
    coverage = Fraction(len(known), applicable)
    return LessonFigures(
        low=Fraction(total, applicable),
        high=Fraction(total + TOP * unknown, applicable),
        level=Fraction(total, len(known)) if known and coverage >= LEAST_COVERAGE else None,
        coverage=coverage,
    )


def profile(
    document: Document,
    on: date,
    pulse: Pulse | None = None,
    version: str = NEWEST,
    languages: Sequence[str] = LANGUAGES,
) -> dict[str, Any]:
    """The profile as `schemas.evidence.EvidenceProfile` describes it; `languages` are those of the sentences."""
    record = Record(document, on)
    found = [(each, each.function(record, on, pulse)) for each in VERSIONS[version]]
    notice = rubric(version).notes["profile"]
    return {
        "partnership": _identity(document),
        "rubric_version": version,
        "as_of": on.isoformat(),
        "notice": {language: notice[language] for language in languages},
        "lessons": [_lesson(record, lesson.code, found, languages) for lesson in rubric(version).lessons],
        "gaps": _gaps(record, found, version, languages),
        "spread": spread(record, version),
    }


def _identity(document: Document) -> dict[str, Any]:
    """Which record it is, as far as the document says so in a way that a record can be named."""
    said = {name: document.get(name) for name in ProfiledPartnership._declared_fields}
    right: dict[str, Any] = {}
    for name, value in said.items():
        with contextlib.suppress(ValidationError):
            right |= load(ProfiledPartnership, {name: value})
    return {name: right.get(name) for name in said}


Found = Sequence[tuple[Indicator, Finding]]


def _lesson(record: Record, lesson: str, found: Found, languages: Sequence[str]) -> dict[str, Any]:
    own = [(indicator, each) for indicator, each in found if indicator.lesson == lesson]
    figures = lesson_figures(each for _, each in own)
    return {
        "lesson": lesson,
        "as_of": record.on.isoformat(),
        "range": None if figures.low is None else [_number(figures.low), _number(figures.high)],
        "level": _number(figures.level),
        "coverage": _number(figures.coverage),
        "indicators": [_indicator(record, indicator, each, languages) for indicator, each in own],
    }


def _indicator(record: Record, indicator: Indicator, found: Finding, languages: Sequence[str]) -> dict[str, Any]:
    return {
        "code": indicator.code,
        "applicable": found.applicable,
        "level": found.level,
        "value": _number(found.value),
        "unit": found.unit,
        "reason": found.reason,
        "figures": [{"code": name, "value": _figure(value)} for name, value in found.figures],
        "found": list(found.found),
        "missing": [*found.missing, *found.denied],
        "evidence": list(found.evidence),
        "silence": _silence(record, found),
        "explanation": explanation(found, languages),
    }


def _silence(record: Record, found: Finding) -> str | None:
    return record.silence(*found.lacking) if found.level is None and found.lacking else None


def _number(value: Fraction | None) -> float | int | None:
    """A figure as JSON has it: to ten decimals, which is what contracts take."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(round(value, DECIMALS))


def _figure(value: Figure) -> float | int | str | None:
    return value if isinstance(value, str) else _number(Fraction(value))


def _gaps(record: Record, found: Found, version: str, languages: Sequence[str]) -> list[dict[str, Any]]:
    """What could still be stated: unknown first, then by level. Where the record says why it is silent, or that there is none,
    nobody is asked.
    """
    open_ones = [
        (indicator, each, asked)
        for indicator, each in found
        if each.applicable and each.level != TOP and each.lacking and record.silence(*each.lacking) is None
        if (asked := [pointer for pointer in each.lacking if not record.is_denied(pointer)])
    ]
    open_ones.sort(key=lambda gap: -1 if gap[1].level is None else gap[1].level)
    return [_gap(indicator, each, asked, version, languages) for indicator, each, asked in open_ones]


def _gap(
    indicator: Indicator, found: Finding, asked: Sequence[str], version: str, languages: Sequence[str]
) -> dict[str, Any]:
    said = rubric(version).indicator(indicator.code)
    asks = said.question if found.level is None else said.levels[found.level + 1]
    return {
        "lesson": indicator.lesson,
        "indicator": indicator.code,
        "level": found.level,
        "pointers": list(asked),
        "missing": list(found.missing),
        "asks": {language: asks[language] for language in languages},
    }


def spread(record: Record, version: str = NEWEST) -> dict[str, Any]:
    """How evenly the partners are spread over constituencies; graded nowhere."""
    counts = Counter(each.constituency for each in record.partners if each.constituency)
    kinds = {constituency for chamber in rubric(version).chambers.values() for constituency in chamber} | set(counts)
    return {
        "value": _number(blau(list(counts.values()), len(kinds))),
        "partners": counts.total(),
        "kinds": len(kinds),
        "constituencies": [{"constituency": each, "partners": counts[each]} for each in sorted(counts)],
    }


def blau(counts: Sequence[int], kinds: int) -> Fraction | None:
    """Blau's index 1 - Σp² (1977) over its maximum for N members in K kinds; `None` under two members or kinds.

    With N = qK + r the most even spread has r kinds of q + 1 members and K - r of q.
    """
    members = sum(counts)
    if members < 2 or kinds < 2:
        return None
    even, more = divmod(members, kinds)
    most = 1 - Fraction(more * (even + 1) ** 2 + (kinds - more) * even**2, members**2)
    return (1 - Fraction(sum(count**2 for count in counts), members**2)) / most
