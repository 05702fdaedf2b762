"""From a figure to a level: linear between the anchors of the rubric, rounded down to whole levels.

The anchors are the rubric's own data (`schemas.rubric`), kept here as whole numbers, because a bulk run grades millions of
figures.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from schemas.rubric import rubric

TOP = 4


@cache
def thresholds(version: str, code: str) -> tuple[bool, tuple[tuple[int, int], ...]]:
    """Whether more is better, and the figures at which levels 1 to 4 begin, as numerators and denominators.

    Shares are from 0 to 1 here, in the rubric in percent.
    """
    anchors = rubric(version).indicator(code).anchors
    if anchors is None or not anchors.values:
        raise ValueError(f"{code} is not graded by a figure")
    unit = 100 if anchors.measure == "share" else 1
    values = [each / unit for each in anchors.thresholds]
    return anchors.values[0] < anchors.values[-1], tuple((each.numerator, each.denominator) for each in values)


def level(version: str, code: str, figure: Fraction | int) -> int:
    """The level of a figure in the unit of its finding; exact at the thresholds."""
    rising, steps = thresholds(version, code)
    above, below = figure.numerator, figure.denominator
    if rising:
        return sum(above * denominator >= numerator * below for numerator, denominator in steps)
    return sum(above * denominator <= numerator * below for numerator, denominator in steps)
