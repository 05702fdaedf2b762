"""A lesson's figures from the reviews of its panel: one chamber, one voice; how sure it is; who disagrees.

Nothing here is rounded, and nothing here may be published as it stands: `disclosure` says what may. Scores, means and the level
are exact fractions, so that a flag never hangs on a binary digit; only what needs a root or a distribution is a float.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from services.assessment.figures.quantiles import student, studentized_range
from services.assessment.figures.reviews import HIGHEST, LOWEST, Panel, Review, by_chamber, counted, mean

LEAST_CHAMBERS = 3
LEAST_ABLE = Fraction(1, 2)
"""Of the panel, able to judge: the quorum of a lesson."""
SURE_ABLE = Fraction(3, 4)
"""Of the panel, able to judge: fewer make the level tentative."""
WIDE = 1.5
GAP = Fraction(3, 2)
ONE_CHAMBER = Fraction(1, 2)
DEPARTURE = Fraction(1)

Missing = Literal["chambers", "able"]
"""Why a lesson is not judged: fewer than three chambers, or less than half of the panel could judge."""


@dataclass(frozen=True, slots=True)
class LessonJudgement:
    """The figures of a lesson, unrounded. `level` and `interval` are `None` where it is not judged or does not apply.

    `spread` is s_p, the pooled deviation within chambers, and `freedom` its degrees; `why` says why there is no level.
    """

    not_applicable: bool = False
    not_judged: bool = False
    why: tuple[Missing, ...] = ()
    able: int = 0
    chamber_means: Mapping[str, Fraction] = field(default_factory=dict)
    chamber_counts: Mapping[str, int] = field(default_factory=dict)
    level: Fraction | None = None
    interval: tuple[float, float] | None = None
    spread: float = 0.0
    freedom: int = 0
    computed: Fraction | None = None
    tentative: bool = False
    disagreement: bool = False
    one_chamber_decides: bool = False
    departs: bool = False


def judge(
    panel: Panel, reviews: Sequence[Review], indicators: Sequence[str], computed: float | Fraction | None = None
) -> LessonJudgement:
    """The figures of a lesson whose applicable judged indicators are `indicators`: none make it not applicable.

    `computed` is the mean of the known computed levels, where the coverage allows one. Raises ValueError for a reviewer of a
    chamber that has no seat, or for more reviews of a chamber than seats.
    """
    _seated(panel, reviews)
    if not indicators:
        return LessonJudgement(not_applicable=True)
    members = counted(reviews, indicators)
    scores = by_chamber((each.chamber, each.score) for each in members)
    means = {chamber: mean(own) for chamber, own in scores.items()}
    counts = {chamber: len(own) for chamber, own in scores.items()}
    beside = exact(computed)
    why = _missing(panel, counts)
    if why:
        return LessonJudgement(
            not_judged=True, why=why, able=len(members), chamber_means=means, chamber_counts=counts, computed=beside
        )
    squares = sum((score - means[chamber]) ** 2 for chamber, own in scores.items() for score in own)
    level, freedom = mean(list(means.values())), len(members) - len(means)
    spread = pooled_spread(Fraction(squares), freedom)
    interval = interval_of(level, spread, freedom, list(counts.values()))
    return LessonJudgement(
        able=len(members),
        chamber_means=means,
        chamber_counts=counts,
        level=level,
        interval=interval,
        spread=spread,
        freedom=freedom,
        computed=beside,
        tentative=is_tentative(interval, len(members), panel.size),
        disagreement=disagree(list(means.values()), list(counts.values()), spread, freedom),
        one_chamber_decides=one_decides(list(means.values()), level),
        departs=departs(level, beside),
    )


def _seated(panel: Panel, reviews: Sequence[Review]) -> None:
    for chamber in {each.chamber for each in reviews}:
        if sum(each.chamber == chamber for each in reviews) > panel.chambers.get(chamber, 0):
            raise ValueError(f"more reviews than seats in the chamber {chamber}")


def _missing(panel: Panel, counts: Mapping[str, int]) -> tuple[Missing, ...]:
    """What the quorum of a lesson lacks."""
    lacking: list[Missing] = []
    if len(counts) < LEAST_CHAMBERS:
        lacking.append("chambers")
    if sum(counts.values()) < LEAST_ABLE * panel.size:
        lacking.append("able")
    return tuple(lacking)


def exact(computed: float | Fraction | None) -> Fraction | None:
    """The fraction that a stored mean of a few whole levels stands for."""
    return None if computed is None else Fraction(computed).limit_denominator(1000)


def pooled_spread(squares: Fraction, freedom: int) -> float:
    """s_p from the squares about the chambers' means; 0 where nothing is known of it."""
    return math.sqrt(squares / freedom) if freedom else 0.0


def has_interval(spread: float, freedom: int) -> bool:
    """Whether the deviation within chambers says anything: two degrees of freedom, and some deviation."""
    return freedom >= 2 and spread > 0


def half_width(spread: float, freedom: int, counts: Sequence[int]) -> float:
    """t·SE of the level, with SE² = s_p²·Σ(1/n_g)/G². Chambers are fixed, not sampled."""
    return student(freedom) * spread * math.sqrt(sum(1 / count for count in counts)) / len(counts)


def interval_of(level: Fraction, spread: float, freedom: int, counts: Sequence[int]) -> tuple[float, float] | None:
    """The 95 % interval of the level by Student's t, clipped to the scale; `None` where ν < 2 or s_p = 0."""
    if not has_interval(spread, freedom):
        return None
    half = half_width(spread, freedom, counts)
    return max(float(LOWEST), float(level) - half), min(float(HIGHEST), float(level) + half)


def is_tentative(interval: tuple[float, float] | None, able: int, size: int) -> bool:
    """A wide interval, or less than three quarters of the panel able to judge."""
    return (interval is not None and interval[1] - interval[0] > WIDE) or able < SURE_ABLE * size


def disagree(means: Sequence[Fraction], counts: Sequence[int], spread: float, freedom: int) -> bool:
    """Whether the chambers lie apart by more than members of one chamber do (Tukey's and Kramer's range; 1.5 levels at least)."""
    gap = max(means) - min(means)
    if gap < GAP or not has_interval(spread, freedom):
        return gap >= GAP
    return float(gap) >= spread * range_factor(tuple(sorted(counts)), freedom)


def range_factor(counts: tuple[int, ...], freedom: int) -> float:
    """q₀.₉₅(G, ν)·√mean(1/n_g): how many s_p the means of chambers lie apart by chance."""
    return studentized_range(len(counts), freedom) * math.sqrt(sum(1 / count for count in counts) / len(counts))


def one_decides(means: Sequence[Fraction], level: Fraction) -> bool:
    """Whether leaving one chamber out would move the level by half a level: max |m_g - L|/(G - 1)."""
    return max(abs(each - level) for each in means) >= ONE_CHAMBER * (len(means) - 1)


def departs(level: Fraction, computed: Fraction | None) -> bool:
    """Whether the judgement lies a whole level or more from the mean of what is known."""
    return computed is not None and abs(level - computed) >= DEPARTURE
