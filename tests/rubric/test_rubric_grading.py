"""A figure becomes a level: linear between the anchors, rounded down, on rising and falling scales."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rubric import Anchors, UnknownIndicator, rubric

ONE = rubric("1")
FIGURED = [indicator.anchors for indicator in ONE.indicators if indicator.anchors and indicator.anchors.values]


def anchors(code: str) -> Anchors:
    found = ONE.indicator(code).anchors
    assert found
    return found


@pytest.mark.parametrize(
    ("code", "figure", "level"),
    [
        ("partners_confirmed", 0, 0), ("partners_confirmed", 29, 0), ("partners_confirmed", 30, 1),
        ("partners_confirmed", 50, 2), ("partners_confirmed", 70, 3), ("partners_confirmed", 89, 3),
        ("partners_confirmed", 90, 4), ("partners_confirmed", 100, 4),
        ("power_gap", 60, 0), ("power_gap", 50, 0), ("power_gap", 38, 0), ("power_gap", Fraction(75, 2), 1),
        ("power_gap", 25, 2), ("power_gap", 10, 4), ("power_gap", -5, 4),
        ("days_to_payment", 181, 0), ("days_to_payment", 127, 1), ("days_to_payment", 128, 0),
        ("days_to_payment", 75, 2), ("days_to_payment", 52, 3), ("days_to_payment", 53, 2), ("days_to_payment", 30, 4),
        ("papers_public", 0, 0), ("papers_public", 1, 1), ("papers_public", 3, 3), ("papers_public", 4, 4),
        ("affected_hold_power", 0, 0), ("affected_hold_power", 8, 1), ("affected_hold_power", 25, 4),
        ("business_power", Fraction(100, 3), 4), ("business_power", Fraction(100, 2), 0), ("business_power", 40, 2),
    ],
)  # fmt: skip
def test_worked_cases(code: str, figure: Fraction | int, level: int) -> None:
    assert anchors(code).level(figure) == level


@given(share=st.fractions(0, 1))
def test_business_is_graded_by_the_formula(share: Fraction) -> None:
    clipped = min(max((Fraction(1, 2) - share) / Fraction(1, 6), Fraction(0)), Fraction(1))
    assert anchors("business_power").level(100 * share) == math.floor(4 * clipped)
    assert anchors("business_money").level(100 * share) == math.floor(4 * clipped)


@given(scale=st.sampled_from(FIGURED), figure=st.fractions(-50, 400))
def test_a_level_is_the_linear_value_rounded_down(scale: Anchors, figure: Fraction) -> None:
    zero, two, four = scale.values
    towards = (two - zero) > 0
    first, last = (zero, four) if towards else (four, zero)
    inside = min(max(figure, first), last)
    below = inside <= two if towards else inside >= two
    linear = 2 * (inside - zero) / (two - zero) if below else 2 + 2 * (inside - two) / (four - two)
    assert scale.level(figure) == math.floor(linear)


@given(scale=st.sampled_from(FIGURED), one=st.fractions(0, 200), other=st.fractions(0, 200))
def test_a_better_figure_never_has_a_lower_level(scale: Anchors, one: Fraction, other: Fraction) -> None:
    better, worse = (max, min) if scale.values[0] < scale.values[2] else (min, max)
    assert scale.level(better(one, other)) >= scale.level(worse(one, other))


def test_practices_are_not_graded_by_figures() -> None:
    assert anchors("safeguards").thresholds == ()
    with pytest.raises(ValueError, match="practice"):
        anchors("safeguards").level(1)


def test_what_there_is_not() -> None:
    with pytest.raises(UnknownIndicator, match="no indicator 'kindness'"):
        ONE.indicator("kindness")
    with pytest.raises(UnknownIndicator, match="no lesson 'kindness'"):
        ONE.judged("kindness")
