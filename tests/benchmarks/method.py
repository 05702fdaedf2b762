"""`method`: does anybody dominate? Simulated panels, where the truth is known: the error of a lesson's level beside the plain mean
and the median of all members; how often the interval holds the truth; what the flags see; what composition keeps of balance.

The truth of a lesson is the mean of what the four chambers see, which differs a little. Members err about their chamber's view;
levels are given in halves, as the mean of two judged indicators is. The formulas are those of `services.assessment.figures`, on
arrays: a test of a few panels against `judge` stands before the simulation.
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np

from services.assessment.figures import Panel, Review, judge
from services.assessment.figures.lessons import GAP, WIDE, half_width, range_factor
from services.assessment.panels.composition import CompositionImpossible, compose
from services.assessment.panels.rules import PanelRules
from tests.assessment.panels.candidates import CHAMBERS, CONSTITUENCIES, candidate
from tests.benchmarks.rows import Row, at_least, at_most

PANELS, POOLS, SEED = 20_000, 12, 11
EVEN = (3, 3, 3, 3)
APART, ERROR = 0.4, 0.7
"""The deviation of chambers' views about the truth, and of members about their chamber's view."""
NOMINAL, UNEQUAL = 0.94, 0.88
"""The least coverage of an interval of 95 %, as simulated: where chambers vary alike, and where they do not."""

Scores = Any
Change = Callable[[np.random.Generator, Scores, Sequence[slice]], Scores]


def run() -> Iterator[Row]:
    """Rows: errors by who misbehaves, coverage, power of the flags, composition under lopsided pools."""
    chance = np.random.default_rng(SEED)
    _same_figures(chance)
    yield from _errors(chance)
    yield from _coverage(chance)
    yield from _power(chance)
    yield from _composition()


# Panels on arrays


def _places(counts: Sequence[int]) -> list[slice]:
    ends = np.cumsum([0, *counts]).tolist()
    return [slice(start, end) for start, end in pairwise(ends)]


def _views(chance: np.random.Generator, voices: int, apart: float = APART) -> tuple[Any, Any]:
    """The truth of each lesson, and what each chamber sees: it differs, and the truth is the mean."""
    views = chance.uniform(0.8, 3.2, (PANELS, 1)) + chance.normal(0, apart, (PANELS, voices))
    return views.mean(axis=1), views


def _given(chance: np.random.Generator, views: Any, counts: Sequence[int], errors: Sequence[float]) -> Scores:
    """Each member's mean of two whole levels."""
    each = np.repeat(views, counts, axis=1)
    deviation = np.repeat(np.array(errors) * math.sqrt(2), counts)
    levels = [np.clip(np.rint(chance.normal(each, deviation)), 0, 4) for _ in range(2)]
    return (levels[0] + levels[1]) / 2


def _figures(scores: Scores, counts: Sequence[int]) -> dict[str, Any]:
    places, freedom = _places(counts), sum(counts) - len(counts)
    means = np.stack([scores[:, place].mean(axis=1) for place in places], axis=1)
    squares = sum(
        ((scores[:, place] - scores[:, place].mean(axis=1, keepdims=True)) ** 2).sum(axis=1) for place in places
    )
    spread, level = np.sqrt(squares / freedom), means.mean(axis=1)
    half = half_width(1.0, freedom, counts) * spread
    low, high = np.clip(level - half, 0, 4), np.clip(level + half, 0, 4)
    gap = means.max(axis=1) - means.min(axis=1)
    least = np.maximum(float(GAP), range_factor(tuple(sorted(counts)), freedom) * spread)
    return {
        "level": level,
        "low": np.where(spread > 0, low, np.nan),
        "high": np.where(spread > 0, high, np.nan),
        "tentative": (high - low > WIDE) & (spread > 0),
        "disagreement": gap >= least - 1e-9,
        "one_chamber_decides": np.abs(means - level[:, None]).max(axis=1) / (len(counts) - 1) >= 0.5 - 1e-9,
    }


def _same_figures(chance: np.random.Generator) -> None:
    """The arrays say what `judge` says, on the first panels of three kinds."""
    for counts in (EVEN, (2, 3, 4), (6, 2, 2, 2)):
        _, views = _views(chance, len(counts))
        scores = _given(chance, views, counts, [ERROR] * len(counts))
        made = _figures(scores, counts)
        panel = Panel(dict(zip(CHAMBERS, counts, strict=False)))
        seats = [chamber for chamber, count in panel.chambers.items() for _ in range(count)]
        for row in range(50):
            halves = [int(2 * score) for score in scores[row]]
            reviews = [
                Review(str(place), chamber, {"a": half // 2, "b": half - half // 2})
                for place, (chamber, half) in enumerate(zip(seats, halves, strict=True))
            ]
            found = judge(panel, reviews, ["a", "b"])
            assert found.level is not None
            assert abs(float(found.level) - made["level"][row]) < 1e-9
            assert found.interval is None or abs(found.interval[0] - made["low"][row]) < 1e-9
            for flag in ("tentative", "disagreement", "one_chamber_decides"):
                assert getattr(found, flag) == made[flag][row], (flag, row)


# Errors


def _errors(chance: np.random.Generator) -> Iterator[Row]:
    """The root of the mean squared error of the level, the plain mean and the median, by who misbehaves."""
    table: list[tuple[str, float, float, float]] = []
    for name, counts, change in _stories():
        truth, views = _views(chance, len(counts))
        scores = change(chance, _given(chance, views, counts, [ERROR] * len(counts)), _places(counts))
        estimates = (_figures(scores, counts)["level"], scores.mean(axis=1), np.median(scores, axis=1))
        errors = [float(np.sqrt(((each - truth) ** 2).mean())) for each in estimates]
        table.append((name, errors[0], errors[1], errors[2]))
        yield Row(
            name=f"method: error, {name} (beside the plain mean)",
            value=errors[0],
            limit=errors[1],
            ratio=errors[0] / errors[1],
        )
    yield _flooded(chance, table)
    sys.stdout.write(f"\n{'root mean squared error':50}{'level':>8}{'mean':>8}{'median':>8}\n")
    for name, *errors in table:
        sys.stdout.write(f"{name:50}" + "".join(f"{each:8.2f}" for each in errors) + "\n")
    sys.stdout.write("\n")


def _stories() -> list[tuple[str, Sequence[int], Change]]:
    return [
        ("all honest", EVEN, lambda _, scores, __: scores),
        ("all honest, a chamber of six among twelve", (6, 2, 2, 2), lambda _, scores, __: scores),
        ("a chamber colludes for 4", EVEN, _colluding),
        ("a chamber of six among twelve colludes for 4", (6, 2, 2, 2), _colluding),
        ("a lenient chamber (a level more)", EVEN, lambda _, scores, places: _shifted(scores, places[0], 1)),
        ("a harsh member in each chamber (1.5 less)", EVEN, _harsh),
        ("a random member in each chamber", EVEN, _random),
    ]


def _colluding(_: np.random.Generator, scores: Scores, places: Sequence[slice]) -> Scores:
    scores[:, places[0]] = 4
    return scores


def _shifted(scores: Scores, place: slice, by: float) -> Scores:
    scores[:, place] = np.clip(scores[:, place] + by, 0, 4)
    return scores


def _harsh(_: np.random.Generator, scores: Scores, places: Sequence[slice]) -> Scores:
    for place in places:
        scores = _shifted(scores, slice(place.start, place.start + 1), -1.5)
    return scores


def _random(chance: np.random.Generator, scores: Scores, places: Sequence[slice]) -> Scores:
    for place in places:
        scores[:, place.start] = chance.integers(0, 9, len(scores)) / 2
    return scores


def _flooded(chance: np.random.Generator, table: list[tuple[str, float, float, float]]) -> Row:
    """A constituency that floods the pool and always gives 4: twelve drawn by lot from it, beside three of each chamber.

    Seven in ten of the pool are of one chamber; of twelve drawn at random about eight are.
    """
    truth, views = _views(chance, 4)
    composed = _colluding(chance, _given(chance, views, EVEN, [ERROR] * 4), _places(EVEN))
    drawn = chance.choice(4, size=(PANELS, 12), p=[0.7, 0.1, 0.1, 0.1])
    error = ERROR * math.sqrt(2)
    levels = [np.clip(np.rint(chance.normal(np.take_along_axis(views, drawn, 1), error)), 0, 4) for _ in range(2)]
    by_lot = np.where(drawn == 0, 4.0, (levels[0] + levels[1]) / 2)
    estimates = (_figures(composed, EVEN)["level"], by_lot.mean(axis=1), np.median(by_lot, axis=1))
    found = [float(np.sqrt(((each - truth) ** 2).mean())) for each in estimates]
    name = "a constituency floods the pool (70 %) for 4"
    table.append((name, found[0], found[1], found[2]))
    return at_most(f"method: error, {name} (beside twelve by lot)", found[0], found[1], limit=found[1])


# The interval and the flags


def _coverage(chance: np.random.Generator) -> Iterator[Row]:
    """How often the interval holds the mean of the chambers' views, for scores that are not rounded or cut: what it is made for."""
    for name, counts, errors, goal in (
        ("equal variances", EVEN, [ERROR] * 4, NOMINAL),
        ("equal variances, chambers of 2 to 4", (2, 3, 3, 4), [ERROR] * 4, NOMINAL),
        ("a chamber with three times the deviation", EVEN, [ERROR, ERROR, ERROR, 3 * ERROR], UNEQUAL),
        ("a chamber of two with three times the deviation", (4, 3, 3, 2), [ERROR, ERROR, ERROR, 3 * ERROR], None),
    ):
        truth, views = _views(chance, len(counts))
        scores = chance.normal(np.repeat(views, counts, axis=1), np.repeat(errors, counts))
        freedom, level = sum(counts) - len(counts), _figures(scores, counts)["level"]
        squares = sum((scores[:, place].var(axis=1) * (place.stop - place.start)) for place in _places(counts))
        half = half_width(1.0, freedom, counts) * np.sqrt(squares / freedom)
        covered = float((np.abs(level - truth) <= half).mean())
        row = f"method: coverage of the interval, {name}"
        yield Row(name=row, value=covered) if goal is None else at_least(row, covered, goal)
    truth, views = _views(chance, 4)
    found = _figures(_given(chance, np.clip(views, 0, 4), EVEN, [ERROR] * 4), EVEN)
    held = (found["low"] <= np.clip(views, 0, 4).mean(axis=1)) & (np.clip(views, 0, 4).mean(axis=1) <= found["high"])
    yield Row(name="method: coverage of the interval, levels rounded and cut", value=float(held.mean()))


def _power(chance: np.random.Generator) -> Iterator[Row]:
    """How often the flags are raised: without cause, and with it."""
    for name, apart, shift, error in (
        ("chambers see the same", 0.0, 0.0, ERROR),
        ("a chamber sees 1 level more", 0.0, 1.0, ERROR),
        ("a chamber sees 2 levels more", 0.0, 2.0, ERROR),
        ("a chamber sees 2 levels more, members agree", 0.0, 2.0, 0.3),
        ("members disagree widely", 0.0, 0.0, 1.5),
    ):
        middle = np.full((PANELS, 4), 1.5) + chance.normal(0, apart, (PANELS, 4))
        middle[:, 0] += shift
        found = _figures(_given(chance, middle, EVEN, [error] * 4), EVEN)
        for flag in ("disagreement", "one_chamber_decides", "tentative"):
            share = float(found[flag].mean())
            row = f"method: {flag}, {name}"
            without_cause = flag == "disagreement" and not shift and error == ERROR
            yield at_most(row, share, 0.05) if without_cause else Row(name=row, value=share)


# Composition


def _composition() -> Iterator[Row]:
    """How far panels keep their balance when the pool is lopsided: the largest chamber's share of the panel, beside the pool's."""
    chance = Random(SEED)
    for name, shares in (
        ("even", (25, 25, 25, 25)),
        ("one chamber has 70 %", (70, 10, 10, 10)),
        ("one constituency has 85 %", (85, 5, 5, 5)),
        ("a chamber is absent", (60, 20, 20, 0)),
    ):
        largest, possible, seconds = [], 0, 0.0
        for number in range(POOLS):
            pool = [
                candidate(
                    f"{chamber}-{place}",
                    chamber,
                    constituency=CONSTITUENCIES[chamber][0] if share == 85 else chance.choice(CONSTITUENCIES[chamber]),
                    network_id=f"n{chance.randrange(8)}",
                    countries=frozenset({chance.choice(("KHM", "FRA", "KEN", "PER"))}),
                    reviews=chance.randrange(3),
                )
                for chamber, share in zip(CHAMBERS, shares, strict=True)
                for place in range(share * 60 // 100)
            ]
            began = time.process_time()
            try:
                panel = compose(pool, PanelRules(CHAMBERS), f"{number:064x}")
            except CompositionImpossible:
                continue
            finally:
                seconds += time.process_time() - began
            possible += 1
            chambers = Counter(each.rpartition("-")[0] for each in panel.members)
            largest.append(max(chambers.values()) / len(panel.members))
        share = max(shares) / 100
        fair = 1 / sum(each > 0 for each in shares)
        worst = max(largest, default=1.0)
        row = f"method: largest chamber's share of the panel (beside the pool's), {name}"
        yield Row(name=row, value=worst, limit=share, ratio=worst / share, goal=fair, met=worst <= fair)
        yield Row(name=f"method: panels composed of {POOLS}, {name}", value=possible)
        yield Row(name=f"method: seconds to compose a panel, {name}", value=seconds / POOLS)
