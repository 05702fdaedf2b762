"""What of a lesson's figures may be published, so that no score of a member can be worked out (disclosure control).

The attacker is anyone outside together with one member of the panel, who knows the own scores, holding every published version.
Published are the level and its interval to one decimal, flags, and bands of the indicators' levels; chamber means only by the
rules below. Never the standard error, degrees of freedom, spread or counts. The evaluations and the stage of reply call it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from services.assessment.figures.bands import Band, bands_of, levels_of, windows
from services.assessment.figures.bands import narrowest as narrowest_by_band
from services.assessment.figures.lessons import LessonJudgement, departs
from services.assessment.figures.reviews import Panel, Review, counted
from services.assessment.figures.statement import Statement

LEAST_PER_CHAMBER = 3
"""Counted members of a chamber whose mean is published."""
LEAST_WITHHELD, LEAST_CHAMBERS_WITHHELD = 3, 2
"""Where some chambers' means are withheld: so many members of so many chambers at least, or none is published."""
LEAST_TRIED, MOST_TRIED = 0.5, 3.5
"""The published levels between which every score must keep its range."""
LEAST_RANGE = 2.0
"""In levels, what every score must keep."""


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
    fewer: bool = False,
) -> Disclosed:
    """What may be published of a lesson's figures: `judgement` of `panel`, `reviews` and applicable `indicators`.

    `earlier`: what was published of the same lesson of the same evaluation before; `fewer`: somebody's judgement was taken out
    since, so that what changed is that member's.
    """
    flags = flags_of(judgement)
    if judgement.level is None:
        return Disclosed(flags=flags, computed=judgement.computed)
    most = Disclosed(
        level=rounded(judgement.level),
        interval=rounded_interval(judgement.interval),
        chambers=chambers_of(judgement),
        bands=bands_of(reviews, indicators),
        flags=flags,
        computed=judgement.computed,
    )
    if _is_tried(judgement):
        most = _without_telling_bands(most, reviews, indicators)
    if fewer and _said_otherwise(earlier, judgement):
        most = _less(most, "chambers", "interval", "bands")
    return _safe(most, judgement, panel, reviews, indicators, earlier)


def _without_telling_bands(most: Disclosed, reviews: Sequence[Review], indicators: Sequence[str]) -> Disclosed:
    """No band where one of them, beside the level and the other bands, would narrow a member's level too much."""
    if most.bands is None or most.level is None:
        return most
    for band, window in zip(most.bands, windows(most.bands, most.level, reviews, indicators), strict=True):
        if narrowest_by_band(levels_of(reviews, band.code), band, window) < LEAST_RANGE:
            return replace(most, bands=None, withheld=(*most.withheld, "bands"))
    return most


def _safe(
    most: Disclosed,
    judgement: LessonJudgement,
    panel: Panel,
    reviews: Sequence[Review],
    indicators: Sequence[str],
    earlier: Sequence[Disclosed],
) -> Disclosed:
    """As much of `most` as the attack allows: without the chambers' means where it must be, then without the interval too.

    Beyond the levels at which every score must keep its range the means are withheld where that helps, and the interval stays.
    """
    # Loaded where there is a judgement to publish: it needs NumPy, which the web process starts without.
    from services.assessment.figures import attack

    members = counted(reviews, indicators)
    agreeing = [each for each in earlier if each.level is not None and _agrees(each, judgement)]
    before = [_statement(each, interval_said=each.interval is not None) for each in agreeing]

    def narrowest(version: Disclosed, enough: float = 0.0) -> float:
        said = _statement(version, interval_said="interval" not in version.withheld)
        return attack.narrowest(members, panel.size, (said, *before), enough)

    if _said_otherwise(earlier, judgement):
        # Scores were changed since: the difference of two means of a chamber would tell by how much, and of two intervals whose.
        most = _less(most, "chambers")
    for version in [most, _less(most, "chambers")] if most.chambers is not None else [most]:
        found = narrowest(version, LEAST_RANGE)
        if found >= LEAST_RANGE:
            return replace(version, narrowest=found)
    given = _less(most, "chambers", "interval") if _is_tried(judgement) else most
    return replace(given, narrowest=narrowest(given))


def _said_otherwise(earlier: Sequence[Disclosed], judgement: LessonJudgement) -> bool:
    """Whether an earlier version said something of other scores."""
    return any(each.level is not None and not _agrees(each, judgement) for each in earlier)


def _is_tried(judgement: LessonJudgement) -> bool:
    """Whether the level is one at which every score must keep its range; beyond, near unanimity reveals itself."""
    return judgement.level is not None and LEAST_TRIED <= rounded(judgement.level) <= MOST_TRIED


def _less(most: Disclosed, *parts: str) -> Disclosed:
    """Without these parts, and with a note of those that there were; an interval that is absent may be withheld as well."""
    gone = tuple(part for part in parts if part == "interval" or getattr(most, part) is not None)
    return replace(most, **dict.fromkeys(parts), withheld=(*most.withheld, *gone))  # type: ignore[arg-type]


def _agrees(earlier: Disclosed, judgement: LessonJudgement) -> bool:
    """Whether an earlier version says of the same scores what it said."""
    assert judgement.level is not None
    again = replace(judgement, computed=earlier.computed, departs=departs(judgement.level, earlier.computed))
    means = {chamber: rounded(own) for chamber, own in judgement.chamber_means.items()}
    return (
        earlier.level == rounded(judgement.level)
        and earlier.interval in (None, rounded_interval(judgement.interval))
        and all(means.get(chamber) == own for chamber, own in (earlier.chambers or {}).items())
        and earlier.flags == flags_of(again)
    )


def _statement(version: Disclosed, *, interval_said: bool) -> Statement:
    assert version.level is not None
    return Statement(
        level=version.level,
        interval=version.interval,
        interval_said=interval_said,
        chambers=tuple((version.chambers or {}).items()),
        tentative="tentative" in version.flags,
        disagreement="disagreement" in version.flags,
        one_chamber_decides="one_chamber_decides" in version.flags,
        computed=version.computed,
        departs="departs_from_evidence" in version.flags,
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
