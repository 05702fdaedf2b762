"""What one published version says of a lesson, as the attack on it reads it. `disclosure` makes it, `attack` takes it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Statement:
    """What a published version says. `interval_said` is false where its absence tells nothing."""

    level: float
    interval: tuple[float, float] | None
    interval_said: bool
    chambers: tuple[tuple[str, float], ...]
    tentative: bool
    disagreement: bool
    one_chamber_decides: bool
    computed: Fraction | None
    departs: bool
