"""What of a lesson's figures may be published, so that no score of a member can be worked out (disclosure control).

The attacker is anyone outside together with one member of the panel, who knows the own scores, holding every published version.
Published are the level and its interval to one decimal, flags, and bands of the indicators' levels; chamber means only by the
rules below. Never the standard error, degrees of freedom, spread or counts. The evaluations and the stage of reply call it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from services.assessment.figures.lessons import LEAST_CHAMBERS, LessonJudgement
from services.assessment.figures.reviews import HIGHEST, Panel, Review, by_chamber, mean

LEAST_PER_CHAMBER = 3
"""Counted members of a chamber whose mean is published."""
LEAST_WITHHELD, LEAST_CHAMBERS_WITHHELD = 3, 2
"""Where some chambers' means are withheld: so many members of so many chambers at least, or none is published."""
LEAST_RATERS = 5
BAND = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Band:
    """The half level in which an indicator's level lies, as `[low, high]`."""

    code: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is published of a lesson. `flags` are in the order of the method.

    Not for publication: `withheld`, what the attack took away (`chambers`, `interval`, `bands`); `computed`, which the evidence
    beside it says anyway; `narrowest`, the smallest range in levels that the attack leaves any score (`None`: not tried).
    """

    level: float | None = None
    interval: tuple[float, float] | None = None
    chambers: Mapping[str, float] | None = None
    bands: tuple[Band, ...] | None = None
    flags: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    computed: Fraction | None = field(default=None, repr=False)
    narrowest: float | None = field(default=None, repr=False)

    def as_document(self) -> dict[str, Any]:
        """The part `judged` of a lesson in an evaluation, without its rationale; `flags` stand beside it there."""
        bands = (
            None if self.bands is None else [{"code": each.code, "band": [each.low, each.high]} for each in self.bands]
        )
        return {
            "level": self.level,
            "interval": None if self.interval is None else list(self.interval),
            "chambers": None if self.chambers is None else dict(self.chambers),
            "indicators": bands,
        }


def published(
    judgement: LessonJudgement,
    panel: Panel,
    reviews: Sequence[Review],
    indicators: Sequence[str],
    *,
    earlier: Sequence[Disclosed] = (),
) -> Disclosed:
    """What may be published of a lesson's figures: `judgement` of `panel`, `reviews` and applicable `indicators`.

    `earlier`: what was published of the same lesson of the same evaluation before.
    """
    flags = flags_of(judgement)
    if judgement.level is None:
        return Disclosed(flags=flags, computed=judgement.computed)
    return Disclosed(
        level=rounded(judgement.level),
        interval=rounded_interval(judgement.interval),
        chambers=chambers_of(judgement),
        bands=bands_of(reviews, indicators),
        flags=flags,
        computed=judgement.computed,
    )


def flags_of(judgement: LessonJudgement) -> tuple[str, ...]:
    """The flags in the order of the method; where there is no level, only why."""
    if judgement.not_applicable:
        return ("not_applicable",)
    if judgement.not_judged:
        return ("not_judged",)
    raised = {
        "tentative": judgement.tentative,
        "disagreement": judgement.disagreement,
        "one_chamber_decides": judgement.one_chamber_decides,
        "departs_from_evidence": judgement.departs,
    }
    return tuple(name for name, is_so in raised.items() if is_so)


def rounded(value: Fraction | float) -> float:
    """To one decimal; of an exact half to the even one."""
    return round(value * 10) / 10


def rounded_interval(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    """Both ends to one decimal."""
    return None if interval is None else (rounded(interval[0]), rounded(interval[1]))


def chambers_of(judgement: LessonJudgement) -> dict[str, float] | None:
    """The chambers' means that may be published by the numbers of their members; `None` where none may."""
    withheld = [count for count in judgement.chamber_counts.values() if count < LEAST_PER_CHAMBER]
    if withheld and (sum(withheld) < LEAST_WITHHELD or len(withheld) < LEAST_CHAMBERS_WITHHELD):
        return None
    counts = judgement.chamber_counts
    found = {each: rounded(own) for each, own in judgement.chamber_means.items() if counts[each] >= LEAST_PER_CHAMBER}
    return found or None


def bands_of(reviews: Sequence[Review], indicators: Sequence[str]) -> tuple[Band, ...] | None:
    """The bands of the indicators that five members of three chambers judged; `None` where there is none."""
    found: list[Band] = []
    for code in indicators:
        given = [(each.chamber, Fraction(level)) for each in reviews for level in each.judged([code])]
        chambers = by_chamber(given)
        if len(given) >= LEAST_RATERS and len(chambers) >= LEAST_CHAMBERS:
            level = mean([mean(own) for own in chambers.values()])
            low = min(level // BAND * BAND, HIGHEST - BAND)
            found.append(Band(code, float(low), float(low + BAND)))
    return tuple(found) or None
