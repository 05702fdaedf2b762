"""Panels as the tests and the benchmarks make them: a partnership as it is, chambers that see it differently, members who err."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from services.assessment.figures import Panel, Review

CHAMBERS = ("public", "civil_society", "affected_groups", "business_and_knowledge")
INDICATORS = ("a", "b")
USUAL: Sequence[Sequence[int]] = ((3, 3, 3, 3), (3, 3, 3, 3), (3, 3, 3, 3), (4, 4, 4, 4), (3, 3, 3), (2, 4, 3, 3))
"""Seats by chamber; the default panel most often."""


def reviews(chance: Random, seats: Sequence[int], cannot: float = 0.05) -> tuple[Panel, list[Review]]:
    """A panel with so many seats in each chamber, and its reviews of one lesson with two judged indicators."""
    truth, apart, error = chance.uniform(0.3, 3.7), chance.choice((0.2, 0.5, 0.9)), chance.choice((0.3, 0.6, 0.9, 1.2))
    found: list[Review] = []
    for chamber, members in zip(CHAMBERS, seats, strict=False):
        view = truth + chance.gauss(0, apart)
        for place in range(members):
            levels = {code: _level(chance, view, error, cannot) for code in INDICATORS}
            found.append(Review(f"{chamber}-{place}", chamber, levels))
    return Panel(dict(zip(CHAMBERS, seats, strict=False))), found


def _level(chance: Random, view: float, error: float, cannot: float) -> int | None:
    return None if chance.random() < cannot else max(0, min(4, round(chance.gauss(view, error))))
