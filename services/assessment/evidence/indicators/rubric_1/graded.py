"""The grades of rubric 1, for the modules beside this one."""

from __future__ import annotations

from fractions import Fraction

from services.assessment.evidence import grading

VERSION = "1"
RECENT_MONTHS = 24
"""What counts as used, reviewed or submitted lately."""


def graded(code: str, figure: Fraction | int) -> int:
    """The level of a figure."""
    return grading.level(VERSION, code, figure)


def settled(code: str, least: Fraction, most: Fraction, top: int = grading.TOP) -> int | None:
    """The level, `top` at most, that a figure has wherever it lies between two; `None` where that makes a difference."""
    lowest, highest = min(graded(code, least), top), min(graded(code, most), top)
    return lowest if lowest == highest else None
