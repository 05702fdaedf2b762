"""The figures of a lesson: worked by hand, beside SciPy's own tests, and properties that hold for every panel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.figures import LessonJudgement, Panel, Review, judge
from services.assessment.figures.quantiles import STUDENTIZED_RANGE, student, studentized_range

LEVEL = st.none() | st.integers(0, 4)
Chambers = Mapping[str, Sequence[int | tuple[int | None, int | None]]]


def panel_of(chambers: Chambers) -> tuple[Panel, list[Review]]:
    """A panel whose members gave these levels for `a` and `b`; one number stands for both."""
    reviews = [
        Review(
            f"{chamber}{place}",
            chamber,
            dict(zip("ab", each if isinstance(each, tuple) else (each, each), strict=True)),
        )
        for chamber, given in chambers.items()
        for place, each in enumerate(given)
    ]
    return Panel({chamber: len(given) for chamber, given in chambers.items()}), reviews


def figures(chambers: Chambers, computed: float | None = None) -> LessonJudgement:
    return judge(*panel_of(chambers), ["a", "b"], computed)


BALANCED: Chambers = {"public": [1, 2, 3], "civil": [2, 2, 3], "affected": [0, 1, 1], "business": [3, 4, 4]}


def test_a_panel_of_twelve_by_hand() -> None:
    found = figures(BALANCED)
    assert found.chamber_means == {
        "public": 2,
        "civil": Fraction(7, 3),
        "affected": Fraction(2, 3),
        "business": Fraction(11, 3),
    }
    assert found.level == Fraction(26, 3) / 4
    # Squares about the means: 2 + 2/3 + 2/3 + 2/3 = 4, over eight degrees of freedom.
    assert (found.freedom, found.spread) == (8, pytest.approx(math.sqrt(0.5)))
    half = 2.306004135 * math.sqrt(0.5) * math.sqrt(4 / 3) / 4
    assert found.interval == (pytest.approx(26 / 12 - half), pytest.approx(26 / 12 + half))
    # The chambers lie 3 apart; by chance 4.5288·√½·√⅓ = 1.85 at the 5 % level.
    assert found.disagreement
    # Leaving the business out moves the level by (11/3 - 13/6)/3 = 1/2.
    assert found.one_chamber_decides
    assert not found.tentative
    assert not found.departs


def test_one_chamber_has_one_voice() -> None:
    """Ten of a chamber weigh what two of another do."""
    assert figures({"public": [4] * 10, "civil": [0, 0], "affected": [2, 2]}).level == 2


def test_a_member_counts_who_judged_half_of_the_indicators() -> None:
    found = figures({"public": [(4, None), (None, None)], "civil": [(1, 2), 2], "affected": [(None, 3), 3]})
    assert found.chamber_counts == {"public": 1, "civil": 2, "affected": 2}
    assert found.chamber_means == {"public": 4, "civil": Fraction(7, 4), "affected": 3}
    three = Review("x", "public", {"a": 4, "b": None, "c": None})
    others = [
        Review(f"{name}{place}", name, {"a": 1, "b": 2, "c": None}) for name in ("p", "q", "r") for place in (0, 1)
    ]
    kept = judge(Panel({"public": 1, "p": 2, "q": 2, "r": 2}), [three, *others], ["a", "b", "c"])
    assert kept.able == 6


def test_three_chambers_and_half_of_the_panel_make_a_lesson() -> None:
    two = figures({"public": [4, 4], "civil": [1, 1], "affected": [(None, None)]})
    assert (two.not_judged, two.why, two.level, two.interval) == (True, ("chambers",), None, None)
    panel, reviews = panel_of({"public": [4], "civil": [1], "affected": [2]})
    few = judge(Panel({**panel.chambers, "business": 4}), reviews, ["a", "b"])
    assert (few.not_judged, few.why) == (True, ("able",))
    half = judge(Panel({**panel.chambers, "business": 3}), reviews, ["a", "b"])
    assert (half.not_judged, half.level) == (False, Fraction(7, 3))
    assert half.tentative


def test_a_lesson_without_applicable_indicators_does_not_apply() -> None:
    found = judge(*panel_of(BALANCED), [], 2.0)
    assert (found.not_applicable, found.not_judged, found.level) == (True, False, None)


def test_no_interval_without_deviation_or_degrees_of_freedom() -> None:
    unanimous = figures({"public": [2, 2, 2], "civil": [2, 2, 2], "affected": [4, 4, 4]})
    assert (unanimous.interval, unanimous.spread, unanimous.freedom) == (None, 0, 6)
    assert unanimous.disagreement  # 1.5 alone
    single = figures({"public": [0, 4], "civil": [2], "affected": [3]})
    assert (single.interval, single.freedom) == (None, 1)
    assert not single.disagreement  # 1 apart
    assert not figures({"public": [2], "civil": [2], "affected": [3]}).disagreement


def test_the_interval_stays_on_the_scale() -> None:
    found = figures({"public": [0, 4], "civil": [4, 4], "affected": [4, 3]})
    assert found.interval is not None
    assert found.interval[1] == 4
    assert found.tentative  # wider than 1.5
    wide = found.interval[1] - found.interval[0]
    assert wide > 1.5


def test_tentative_is_less_than_three_quarters() -> None:
    cannot = (None, None)
    enough = {"public": [2, 2, 2], "civil": [2, 2, 2], "affected": [2, 3, 2], "business": [cannot] * 3}
    assert not figures(enough).tentative  # nine of twelve
    assert figures({**enough, "civil": [2, 2, cannot]}).tentative


@pytest.mark.parametrize(
    ("computed", "so"), [(1.0, True), (1.0000000001, True), (1.01, False), (None, False), (3.0, True)]
)
def test_a_judgement_departs_by_a_whole_level(computed: float | None, so: bool) -> None:
    assert figures({"public": [2, 2], "civil": [2, 2], "affected": [2, 2]}, computed).departs is so


def test_thirds_are_exact() -> None:
    found = figures({"public": [2, 2, 3], "civil": [2, 2, 3], "affected": [2, 2, 3]}, 10 / 3)
    assert found.level == Fraction(7, 3)
    assert found.departs


def test_unequal_chambers_by_tukey_and_kramer() -> None:
    found = figures({"public": [4, 4, 3, 3], "civil": [2, 2], "affected": [1, 2, 3]})
    squares = 1 + 0 + 2
    spread = math.sqrt(squares / 6)
    assert found.spread == pytest.approx(spread)
    assert found.disagreement is (max(1.5, 4.33920 * spread * math.sqrt((1 / 4 + 1 / 2 + 1 / 3) / 3)) <= 1.5)


def test_levels_are_whole_numbers_of_members_with_a_seat() -> None:
    for level in (5, -1, True, 2.5):
        with pytest.raises(ValueError, match="whole number"):
            Review("m", "public", {"a": level})
    _, reviews = panel_of(BALANCED)
    with pytest.raises(ValueError, match="two reviews"):
        judge(Panel({"public": 6}), [*reviews[:3], *reviews[:3]], ["a", "b"])
    with pytest.raises(ValueError, match="seats"):
        judge(Panel({"public": 2}), reviews, ["a", "b"])


def test_quantiles_are_those_of_scipy() -> None:
    from scipy import stats

    for freedom in range(2, 14):
        assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=1e-9)
    for chambers, known in STUDENTIZED_RANGE.items():
        for freedom in (2, 8, 13):
            right = stats.studentized_range.ppf(0.95, chambers, freedom)
            assert known[freedom - 2] == studentized_range(chambers, freedom) == pytest.approx(right, abs=1e-4)


@st.composite
def panels(draw: st.DrawFn) -> dict[str, list[tuple[int | None, int | None]]]:
    names = draw(st.sampled_from([("p", "q", "r"), ("p", "q", "r", "s")]))
    return {name: draw(st.lists(st.tuples(LEVEL, LEVEL), min_size=1, max_size=5)) for name in names}


@given(panels(), st.data())
def test_a_chamber_in_unison_moves_the_level_by_no_more_than_its_share(
    chambers: dict[str, list[tuple[int | None, int | None]]], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(chambers)))
    unison = data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4)))
    one = figures({**chambers, name: [unison] * len(chambers[name])})
    other = figures(
        {**chambers, name: [data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4)))] * len(chambers[name])}
    )
    if one.level is None:
        assert other.level is None
    else:
        assert abs(one.level - other.level) <= Fraction(4, len(one.chamber_means))


@given(panels())
def test_order_and_names_change_nothing(chambers: dict[str, list[tuple[int | None, int | None]]]) -> None:
    panel, reviews = panel_of(chambers)
    found = judge(panel, reviews, ["a", "b"], 1.5)
    again = judge(panel, reviews[::-1], ["b", "a"], 1.5)
    assert found == again
    renamed = [Review(f"z{each.member}", each.chamber, each.levels) for each in reviews]
    assert judge(panel, renamed, ["a", "b"], 1.5) == found


@given(panels())
def test_figures_stay_on_the_scale(chambers: dict[str, list[tuple[int | None, int | None]]]) -> None:
    found = figures(chambers)
    assert (found.level is None) is found.not_judged
    if found.level is not None:
        assert 0 <= found.level <= 4
    if found.interval is not None and found.level is not None:
        low, high = found.interval
        assert 0 <= low <= found.level <= high <= 4
