"""The levels of a lesson's indicators, in bands of half a level, and what they give away of a member's level.

`disclosure` publishes them or not. A band near the end of the scale is near unanimity: few members can then have answered
otherwise, and one who did knows it of the others. Beside the lesson's level the bands are narrower than they look: where all
members answered everything, that level is the mean of the indicators' levels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import permutations

from services.assessment.figures.lessons import LEAST_CHAMBERS
from services.assessment.figures.reviews import HIGHEST, Review, by_chamber, mean

LEAST_RATERS = 5
WIDTH = Fraction(1, 2)

HALF_DIGIT = Fraction(1, 20)
"""A figure of one decimal lies at most so far from what it is rounded to."""

Window = tuple[Fraction, Fraction]
"""Between which two levels, both of them possible, an indicator's level lies."""
Levels = dict[str, list[Fraction]]
"""An indicator's levels by chamber."""


@dataclass(frozen=True, slots=True)
class Band:
    """The half level in which an indicator's level lies: from `low` on and below `high`, or 4."""

    code: str
    low: float
    high: float


def bands_of(reviews: Sequence[Review], indicators: Sequence[str]) -> tuple[Band, ...] | None:
    """The bands of the indicators that five members of three chambers judged; `None` where there is none."""
    found: list[Band] = []
    for code in indicators:
        chambers = levels_of(reviews, code)
        if sum(map(len, chambers.values())) >= LEAST_RATERS and len(chambers) >= LEAST_CHAMBERS:
            level = mean([mean(own) for own in chambers.values()])
            low = _low(level)
            found.append(Band(code, float(low), float(low + WIDTH)))
    return tuple(found) or None


def levels_of(reviews: Sequence[Review], code: str) -> Levels:
    """The levels given for an indicator, by chamber."""
    return by_chamber((each.chamber, Fraction(level)) for each in reviews for level in each.judged([code]))


def _low(level: Fraction) -> Fraction:
    return min(level // WIDTH * WIDTH, HIGHEST - WIDTH)


def windows(bands: Sequence[Band], level: float, reviews: Sequence[Review], indicators: Sequence[str]) -> list[Window]:
    """Where each band leaves its indicator's level beside the level of the lesson as it is published (one decimal).

    Beside that level the others' bands tell something where all members judged all indicators of the lesson.
    """
    own: list[Window] = [(Fraction(each.low), Fraction(each.high)) for each in bands]
    answered = {len(each.judged(indicators)) for each in reviews} - {0}
    if answered != {len(indicators)} or len(bands) != len(indicators):
        return own
    level_of_all = Fraction(str(level)) * len(indicators)
    spare = HALF_DIGIT * len(indicators)
    least, most = sum(low for low, _ in own), sum(high for _, high in own)
    return [
        (max(low, level_of_all - spare - (most - high)), min(high, level_of_all + spare - (least - low)))
        for low, high in own
    ]


def narrowest(chambers: Levels, band: Band, window: Window) -> int:
    """The smallest range that the band leaves any member's level for any other member: by the sums of all others' levels."""
    table = tuple((chamber, tuple(sorted(own))) for chamber, own in sorted(chambers.items()))
    return _narrowest(table, band.low, window)


@lru_cache(maxsize=1024)
def _narrowest(table: tuple[tuple[str, tuple[Fraction, ...]], ...], band: float, window: Window) -> int:
    """Remembered, because what a panel said is shown again and again."""
    chambers = dict(table)
    weight = {chamber: math.lcm(*map(len, chambers.values())) // len(own) for chamber, own in chambers.items()}
    whole = math.lcm(*map(len, chambers.values())) * len(chambers)
    possible = (Fraction(each, whole) for each in range(HIGHEST * whole + 1))
    inside = [int(each * whole) for each in possible if _low(each) == band and window[0] <= each <= window[1]]
    kinds = sorted((chamber, int(level)) for chamber, own in chambers.items() for level in own)
    found = HIGHEST
    for (chamber, _), (own, known) in set(permutations(kinds, 2)):
        others = {name: len(levels) - (name == chamber) - (name == own) for name, levels in chambers.items()}
        sums = _sums([(weight[name], HIGHEST * many) for name, many in others.items()])
        levels = [
            level
            for level in range(HIGHEST + 1)
            if any(
                rest >= 0 and sums >> rest & 1
                for total in inside
                for rest in (total - level * weight[chamber] - known * weight[own],)
            )
        ]
        found = min(found, max(levels) - min(levels))
    return found


def _sums(parts: Sequence[tuple[int, int]]) -> int:
    """All sums of each part's weight times a whole number from 0 to its most, as the bits of a number."""
    found = 1
    for weight, most in parts:
        found = reduce(int.__or__, (found << weight * times for times in range(most + 1)))
    return found
