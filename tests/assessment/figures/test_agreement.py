"""Krippendorff's alpha: by hand, without figures, and as it is reported of a lesson."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.figures.agreement import Metric, krippendorff_alpha, lesson_agreement
from services.assessment.figures.reviews import Review

METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval", "ratio")
MATRICES = st.lists(st.lists(st.none() | st.integers(0, 4), min_size=4, max_size=4), min_size=2, max_size=6)


def test_two_observers_by_hand() -> None:
    """Three units, one of them in dispute. Six values, two of each; the matrix of coincidences has 2 off the diagonal."""
    assert krippendorff_alpha([[1, 2, 3], [1, 2, 2]], "nominal") == pytest.approx(1 - 5 * 2 / (36 - 4 - 9 - 1))


def test_all_agree() -> None:
    for metric in METRICS:
        assert krippendorff_alpha([[0, 1, 4], [0, 1, 4], [None, 1, 4]], metric) == 1


def test_no_figure_without_variation_or_pairs() -> None:
    for metric in METRICS:
        assert krippendorff_alpha([[2, 2], [2, 2]], metric) is None
        assert krippendorff_alpha([[1, None], [None, 2]], metric) is None
        assert krippendorff_alpha([], metric) is None


def test_rows_have_one_length_and_ratios_no_sign() -> None:
    with pytest.raises(ValueError, match="argument"):
        krippendorff_alpha([[1, 2], [1]], "nominal")
    with pytest.raises(ValueError, match="from 0 on"):
        krippendorff_alpha([[-1, 2], [1, 2]], "ratio")


@given(MATRICES)
def test_the_order_of_observers_and_units_changes_nothing(matrix: list[list[int | None]]) -> None:
    for metric in METRICS:
        found = krippendorff_alpha(matrix, metric)
        assert krippendorff_alpha(matrix[::-1], metric) == found
        assert krippendorff_alpha([row[::-1] for row in matrix], metric) == found
        assert found is None or found <= 1


def _assessment(*levels: tuple[int | None, int | None]) -> list[Review]:
    return [Review(f"m{place}", "public", {"a": one, "b": other}) for place, (one, other) in enumerate(levels)]


def test_a_lesson_over_assessments() -> None:
    first = {"x": _assessment((1, 2), (1, 3)), "y": _assessment((4, 0), (4, None)), "z": _assessment((2, 2), (3, 2))}
    found = lesson_agreement(first, ["a", "b"])
    assert (found.units, found.assessments) == (5, 3)
    matrix = [[1, 2, 4, 2, 2], [1, 3, 4, 3, 2]]
    assert found.alpha == krippendorff_alpha(matrix, "ordinal")
    two = lesson_agreement({name: first[name] for name in "xy"}, ["a", "b"])
    assert (two.alpha, two.units, two.assessments) == (None, 3, 2)
    alike = lesson_agreement(dict.fromkeys("xyz", _assessment((2, 2), (2, 2))), ["a", "b"])
    assert (alike.alpha, alike.units) == (None, 6)
