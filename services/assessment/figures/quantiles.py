"""Quantiles of the two distributions that the figures stand on: Student's t, and the studentized range.

`lessons` asks for those that leave 5 % outside. SciPy computes them; it is loaded with the first figure, not with the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

CONFIDENCE = 0.95

STUDENTIZED_RANGE: Mapping[int, tuple[float, ...]] = {
    3: (8.33078, 5.90960, 5.04024, 4.60173, 4.33920, 4.16494, 4.04104, 3.94849, 3.87678, 3.81959, 3.77293, 3.73414),
    4: (9.79805, 6.82453, 5.75706, 5.21832, 4.89560, 4.68128, 4.52881, 4.41489, 4.32658, 4.25614, 4.19866, 4.15087),
    5: (10.88111, 7.50167, 6.28703, 5.67312, 5.30489, 5.06007, 4.88575, 4.75540, 4.65429, 4.57360, 4.50771, 4.45291),
    6: (11.73430, 8.03708, 6.70644, 6.03290, 5.62835, 5.35908, 5.16715, 5.02351, 4.91202, 4.82297, 4.75023, 4.68970),
}
"""95 % quantiles of the studentized range by the number of means, from two degrees of freedom on: all that panels of 16 need."""


@cache
def student(freedom: int) -> float:
    """The quantile of Student's t that leaves 5 % outside on both sides together."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


@cache
def studentized_range(chambers: int, freedom: int) -> float:
    """The 95 % quantile of the studentized range of so many means."""
    known = STUDENTIZED_RANGE.get(chambers, ())
    if 0 <= freedom - 2 < len(known):
        return known[freedom - 2]
    # Larger panels than there may be. The table spares the others seconds of loading and a second of quadrature each.
    from scipy.stats import studentized_range as distribution

    return float(distribution.ppf(CONFIDENCE, chambers, freedom))
