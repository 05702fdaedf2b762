"""How far members agree when they use the rubric: Krippendorff's alpha (Content Analysis, 2004; Computing Krippendorff's
Alpha-Reliability, 2011), over first submissions, before anybody saw another's review.

It is reported about the rubric, and never decides about one partnership. Whoever reports on lessons learned calls it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal

from services.assessment.figures.reviews import Review

Metric = Literal["nominal", "ordinal", "interval", "ratio"]
Value = int | float
Distance = Callable[[Value, Value], Fraction]

LEAST_ASSESSMENTS = 3


@dataclass(frozen=True, slots=True)
class Agreement:
    """Ordinal alpha of a lesson, `None` under three assessments or without variation; of so many units and assessments.

    A unit is an indicator of one assessment that two members or more judged.
    """

    alpha: float | None
    units: int
    assessments: int


def lesson_agreement(first: Mapping[str, Sequence[Review]], indicators: Sequence[str]) -> Agreement:
    """The agreement about a lesson's judged indicators, from the first submissions by assessment."""
    found = {
        assessment: [
            unit for code in indicators if len(unit := [level for each in reviews for level in each.judged([code])]) > 1
        ]
        for assessment, reviews in first.items()
    }
    units = [unit for own in found.values() for unit in own]
    assessments = sum(bool(own) for own in found.values())
    alpha = alpha_of_units(units, "ordinal") if assessments >= LEAST_ASSESSMENTS else None
    return Agreement(alpha, len(units), assessments)


def krippendorff_alpha(matrix: Sequence[Sequence[Value | None]], metric: Metric) -> float | None:
    """Alpha of a matrix with a row for each observer and a column for each unit; `None` is missing.

    `None` where no unit has two values, or all values are the same. Raises ValueError for rows of different lengths, and for
    the ratio metric where a value is negative.
    """
    columns = zip(*matrix, strict=True)
    return alpha_of_units([[value for value in column if value is not None] for column in columns], metric)


def alpha_of_units(units: Iterable[Sequence[Value]], metric: Metric) -> float | None:
    """Alpha of the values that each unit was given, whoever gave them; units with one value say nothing."""
    pairable = [Counter(unit) for unit in units if len(unit) > 1]
    totals = sum(pairable, Counter[Value]())
    distance = _metrics(totals)[metric]
    observed = sum(
        (Fraction(_apart(unit, distance)) / (unit.total() - 1) for unit in pairable),
        Fraction(0),
    )
    expected = _apart(totals, distance)
    if not expected:
        return None
    return float(1 - (totals.total() - 1) * observed / expected)


def _apart(values: Mapping[Value, int], distance: Distance) -> Fraction:
    """The sum of the squared distances over all ordered pairs of values."""
    pairs = product(values.items(), repeat=2)
    return sum((many * others * distance(one, other) for (one, many), (other, others) in pairs), Fraction(0))


def _metrics(totals: Mapping[Value, int]) -> dict[Metric, Distance]:
    """The squared distance of two values by metric, given how often each value occurs."""
    if any(value < 0 for value in totals):
        ratio: Distance = _no_ratio
    else:
        ratio = _ratio

    def ordinal(one: Value, other: Value) -> Fraction:
        low, high = sorted((one, other))
        between = sum(many for value, many in totals.items() if low <= value <= high)
        return (between - Fraction(totals[one] + totals[other], 2)) ** 2 if one != other else Fraction(0)

    return {
        "nominal": lambda one, other: Fraction(one != other),
        "ordinal": ordinal,
        "interval": lambda one, other: (Fraction(one) - Fraction(other)) ** 2,
        "ratio": ratio,
    }


def _ratio(one: Value, other: Value) -> Fraction:
    return ((Fraction(one) - Fraction(other)) / (Fraction(one) + Fraction(other))) ** 2 if one != other else Fraction(0)


def _no_ratio(_one: Value, _other: Value) -> Fraction:
    raise ValueError("the ratio metric needs values from 0 on")
