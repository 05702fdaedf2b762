"""What the figures are made of: a panel as its chambers' seats, and reviews as levels by indicator.

Nothing here says who a member is: `member` is any name that is the same within one assessment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

LOWEST, HIGHEST = 0, 4


@dataclass(frozen=True, slots=True)
class Review:
    """A member's levels, 0 to 4, by the code of a judged indicator; `None` is "cannot judge". What is absent was not answered."""

    member: str
    chamber: str
    levels: Mapping[str, int | None]

    def __post_init__(self) -> None:
        """Raises ValueError for a level that is no whole number from 0 to 4."""
        for code, level in self.levels.items():
            if level is not None and (isinstance(level, bool) or level not in range(LOWEST, HIGHEST + 1)):
                raise ValueError(f"{code}: a level is a whole number from 0 to 4, not {level!r}")

    def judged(self, indicators: Sequence[str]) -> tuple[int, ...]:
        """The levels given for these indicators, without those that could not be judged."""
        given = (self.levels.get(code) for code in indicators)
        return tuple(level for level in given if level is not None)


@dataclass(frozen=True, slots=True)
class Panel:
    """The seats that are filled, by chamber, whether or not their members reviewed."""

    chambers: Mapping[str, int]

    @property
    def size(self) -> int:
        """All members."""
        return sum(self.chambers.values())


@dataclass(frozen=True, slots=True)
class Counted:
    """A member who counts for a lesson: at least half of its judged indicators were judged. `score` is x, the mean of them."""

    member: str
    chamber: str
    score: Fraction
    answers: int


def counted(reviews: Iterable[Review], indicators: Sequence[str]) -> tuple[Counted, ...]:
    """Those who count for a lesson with these judged indicators, in the order of the members' names.

    Raises ValueError where a member has two reviews.
    """
    found: dict[str, Counted | None] = {}
    for review in reviews:
        if review.member in found:
            raise ValueError(f"{review.member} has two reviews")
        given = review.judged(indicators)
        enough = bool(given) and 2 * len(given) >= len(indicators)
        score = Fraction(sum(given), len(given)) if enough else None
        found[review.member] = None if score is None else Counted(review.member, review.chamber, score, len(given))
    return tuple(each for _, each in sorted(found.items()) if each is not None)


def by_chamber(scores: Iterable[tuple[str, Fraction]]) -> dict[str, list[Fraction]]:
    """Scores by chamber, chambers in the order of their names."""
    found: dict[str, list[Fraction]] = {}
    for chamber, score in sorted(scores):
        found.setdefault(chamber, []).append(score)
    return found


def mean(values: Sequence[Fraction]) -> Fraction:
    """The mean; of at least one value."""
    return sum(values, Fraction(0)) / len(values)
