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
