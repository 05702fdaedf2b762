"""What is published gives no score away. The attack is made here once more, in other ways than the code's own.

Small panels: every table of scores there is, all its figures worked out by NumPy, compared with what is published. The default
panel: for every member as the attacker and every other member, two tables are looked for that agree with all that is published
and in which that other member's scores lie two levels apart; finding them proves that the score keeps its range.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy import stats

from services.assessment.figures import Disclosed, Panel, Review, judge, published
from services.assessment.figures.bands import Band
from services.assessment.figures.disclosure import chambers_of, flags_of, rounded, rounded_interval
from services.assessment.figures.quantiles import STUDENTIZED_RANGE
from tests.assessment.figures.made import CHAMBERS, INDICATORS, reviews
from tests.assessment.figures.test_lessons import BALANCED, Chambers, panel_of

FLAGS = ("tentative", "disagreement", "one_chamber_decides", "departs_from_evidence", "not_judged", "not_applicable")
COMPUTED = 2.0


def disclosed(panel: Panel, given: Sequence[Review], computed: float | None = None, **more: Any) -> Disclosed:
    return published(judge(panel, given, INDICATORS, computed), panel, given, INDICATORS, **more)


def of(chambers: Chambers, **more: Any) -> Disclosed:
    return disclosed(*panel_of(chambers), **more)


# By the numbers of members


WIDE: Chambers = {
    "public": [0, 1, 2, 3, 4],
    "civil": [0, 1, 3, 3, 4],
    "affected": [0, 2, 2, 3, 4],
    "business": [1, 1, 2, 4, 4],
}


def test_the_means_of_large_chambers() -> None:
    found = of(WIDE)
    assert found.chambers == {"public": 2.0, "civil": 2.2, "affected": 2.2, "business": 2.4}
    assert (found.level, found.withheld) == (2.2, ())
    assert found.narrowest is not None
    assert found.narrowest >= 2


@pytest.mark.parametrize(
    ("small", "shown"),
    [
        ({"business": [2, 3]}, None),  # a single chamber withheld follows from the level
        ({"business": [2]}, None),
        ({"business": [2], "affected": [1]}, None),  # two members of two chambers
        ({"business": [2, 4], "affected": [1]}, {"public", "civil"}),
        ({"business": [], "affected": [1, 1, 2, 4, 4]}, {"public", "civil", "affected"}),
    ],
)
def test_means_are_withheld_by_the_numbers_of_members(small: Any, shown: set[str] | None) -> None:
    chambers = {**WIDE, **small}
    means = chambers_of(judge(*panel_of(chambers), INDICATORS))
    assert (None if means is None else set(means)) == shown
    if shown is None:
        found = of(chambers)
        assert (found.chambers, "chambers" in found.withheld) == (None, False)


def test_bands_from_five_members_of_three_chambers() -> None:
    found = of({"public": [(1, None), (2, 3)], "civil": [(2, 3), (None, 3)], "affected": [(4, 1), (2, None)]})
    assert found.bands == (Band("a", 2.0, 2.5),)
    assert found.as_document()["indicators"] == [{"code": "a", "band": [2.0, 2.5]}]
    assert of({"public": [2, (2, None)], "civil": [1, (3, None)], "affected": [3, (1, None)]}).bands == (
        Band("a", 2.0, 2.5),
    )


def test_a_band_alone_may_tell() -> None:
    """Where a chamber's single member weighs a third, an indicator near 4 leaves that member nothing but 3 and 4."""
    found = of({"public": [(4, 0), (4, 1), (4, 2)], "civil": [(4, 1)], "affected": [(4, 2)]})
    assert (found.bands, "bands" in found.withheld) == (None, True)


def test_without_a_level_only_the_reason_is_published() -> None:
    few = of({"public": [2, 2], "civil": [4, 0]})
    assert few == Disclosed(flags=("not_judged",))
    panel, given = panel_of(BALANCED)
    assert published(judge(panel, given, []), panel, given, []) == Disclosed(flags=("not_applicable",))
    assert few.as_document() == {"level": None, "interval": None, "chambers": None, "indicators": None}


def test_flags_in_the_order_of_the_method() -> None:
    found = of({"public": [4, 4, 4], "civil": [1, 1, 0], "affected": [0, 1, (None, None)]}, computed=0.0)
    assert list(found.flags) == [flag for flag in FLAGS if flag in found.flags]
    assert set(found.flags) >= {"disagreement", "one_chamber_decides", "departs_from_evidence"}


# What was published before


def test_what_an_earlier_version_said_is_known() -> None:
    panel, given = reviews(Random(5), (5, 5, 5))
    first = disclosed(panel, given, 1.0)
    assert first.chambers is not None
    again = disclosed(panel, given, 1.0, earlier=[first])
    assert (again.chambers, again.narrowest) == (first.chambers, first.narrowest)
    other = disclosed(panel, given, 2.0, earlier=[first])
    assert other.narrowest is not None
    assert first.narrowest is not None
    assert other.narrowest <= first.narrowest


def test_where_scores_were_changed_the_difference_is_not_told() -> None:
    panel, given = reviews(Random(5), (5, 5, 5))
    first = disclosed(panel, given)
    moved = [Review(given[0].member, given[0].chamber, {"a": 0, "b": 0}), *given[1:]]
    found = disclosed(panel, moved, earlier=[first])
    assert (found.interval, found.chambers) == (None, None)
    assert disclosed(panel, moved).interval is not None


# The attack on small panels: every table of scores


def half_to_even(above: Any, below: int) -> Any:
    """Whole fractions to the nearest whole number, exactly."""
    down, rest = np.divmod(above, below)
    return down + ((2 * rest > below) | ((2 * rest == below) & (down % 2 == 1)))


def every_table(counts: Sequence[int]) -> dict[str, Any]:
    """Every table of scores, in half levels, of a panel that all could judge, and its figures as they would be published."""
    members, voices, common = sum(counts), len(counts), math.lcm(*counts)
    tables = np.indices((9,) * members, dtype=np.int16).reshape(members, -1).T
    edges = np.cumsum([0, *counts])
    parts = [tables[:, start:end] for start, end in pairwise(edges)]
    sums = np.stack([part.sum(axis=1, dtype=np.int64) for part in parts], axis=1)
    weighted = sums * [common // count for count in counts]  # means in units of 1/(2·common)
    total, whole, freedom = weighted.sum(axis=1), 2 * common * voices, members - voices
    # The squares about the means, times 4·common.
    about = sum((part.astype(np.int64) ** 2).sum(axis=1) for part in parts) * common - (sums * weighted).sum(axis=1)
    spread, level = np.sqrt(about / (4 * common * freedom)), total / whole
    inverse = sum(1 / count for count in counts)
    half = stats.t.ppf(0.975, freedom) * spread * math.sqrt(inverse) / voices
    gap = weighted.max(axis=1) - weighted.min(axis=1)
    chance = stats.studentized_range.ppf(0.95, voices, freedom) * spread * math.sqrt(inverse / voices)
    low, high = np.maximum(level - half, 0), np.minimum(level + half, 4)
    return {
        "tables": tables,
        "level": half_to_even(10 * total, whole) / 10,
        "means": [half_to_even(10 * sums[:, place], 2 * count) / 10 for place, count in enumerate(counts)],
        "interval": np.where(about > 0, np.round(low, 1) * 100 + np.round(high, 1), -1),
        "tentative": (about > 0) & (high - low > 1.5),
        "disagreement": (2 * gap >= 6 * common) & (gap / (2 * common) >= chance - 1e-12),
        "one_chamber_decides": 2 * abs(weighted * voices - total[:, None]).max(axis=1) >= (voices - 1) * whole,
        "departs_from_evidence": abs(total - COMPUTED * whole) >= whole,
    }


def range_left(known: dict[str, Any], version: Disclosed, own: Sequence[int], *, nothing_said: bool) -> float:
    """The smallest range that any score keeps over the tables that agree with a version, whoever of the members attacks."""
    agree = known["level"] == version.level
    for flag in FLAGS[:4]:
        agree &= known[flag] == (flag in version.flags)
    if version.interval is not None:
        agree &= np.isclose(known["interval"], version.interval[0] * 100 + version.interval[1])
    elif not nothing_said:
        agree &= known["interval"] == -1
    for place, chamber in enumerate(sorted(CHAMBERS)):
        if chamber in (version.chambers or {}):
            agree &= known["means"][place] == version.chambers[chamber]  # type: ignore[index]
    tables, least = known["tables"][agree], 8
    for attacker, score in enumerate(own):
        others = np.delete(tables[tables[:, attacker] == score], attacker, axis=1)
        least = min(least, (others.max(axis=0) - others.min(axis=0)).min())
    return least / 2


@pytest.mark.parametrize("counts", [(2, 2, 2), (3, 2, 1), (1, 1, 4), (3, 1, 2)])
def test_the_attack_finds_what_all_tables_say(counts: tuple[int, int, int]) -> None:
    known, chance = every_table(counts), Random(sum(each * 10**place for place, each in enumerate(counts)))
    names, kinds = sorted(CHAMBERS)[:3], set()
    for _ in range(25):
        centre, error = chance.uniform(0.2, 3.8), chance.choice((0.1, 0.5, 1, 2))
        own = [max(0, min(8, round(chance.gauss(2 * centre, error)))) for _ in range(sum(counts))]
        places = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
        given = [
            Review(f"m{place}", name, {"a": score // 2, "b": score - score // 2})
            for place, (name, score) in enumerate(zip(places, own, strict=True))
        ]
        panel = Panel(dict(zip(names, counts, strict=True)))
        found = disclosed(panel, given, COMPUTED)
        left = range_left(known, found, own, nothing_said="interval" in found.withheld)
        assert found.narrowest == left, (own, found)
        whole = disclosed_whole(panel, given)
        assert found.level is not None
        if left < 2 and 0.5 <= found.level <= 3.5:
            assert (found.chambers, found.interval) == (None, None)
        if found.withheld and found.withheld != ("bands",):
            # Nothing was withheld that might have been published.
            more = replace(whole, chambers=None) if "interval" in found.withheld else whole
            assert range_left(known, more, own, nothing_said=False) < 2
        kinds.add(found.withheld)
    assert len(kinds) > 1


def disclosed_whole(panel: Panel, given: Sequence[Review]) -> Disclosed:
    """What would be published if nobody attacked."""
    judgement = judge(panel, given, INDICATORS, COMPUTED)
    assert judgement.level is not None
    return Disclosed(
        level=rounded(judgement.level),
        interval=rounded_interval(judgement.interval),
        chambers=chambers_of(judgement),
        flags=flags_of(judgement),
    )


# The attack on larger panels: two tables for every score


class Agreeing:
    """The tables of a panel that agree with what is published: by the sums and the sums of squares of its chambers."""

    def __init__(self, panel: Panel, given: Sequence[Review], version: Disclosed) -> None:
        self.version, self.size = version, panel.size
        self.members = [
            (each.chamber, levels)
            for each in given
            if (levels := [level for level in each.levels.values() if level is not None])
        ]
        self.names = sorted({chamber for chamber, _ in self.members})
        self.own = {name: [levels for chamber, levels in self.members if chamber == name] for name in self.names}
        self.counts = [len(self.own[name]) for name in self.names]
        self.rows = sorted(self._rows(), key=lambda row: row[0])

    def _rows(self) -> Iterator[tuple[float, tuple[int, ...], int, int]]:
        """Sums in half levels, between which bounds all squares lie; by how far the sums are from the true ones."""
        true = [sum(2 * sum(levels) // len(levels) for levels in self.own[name]) for name in self.names]
        for first in product(*(range(8 * count + 1) for count in self.counts[:-1])):
            means = [total / count / 2 for total, count in zip(first, self.counts, strict=False)]
            assert self.version.level is not None
            rest = (self.version.level * len(self.counts) - sum(means)) * 2 * self.counts[-1]
            slack = 0.05 * len(self.counts) * 2 * self.counts[-1] + 1
            for end in range(max(0, math.ceil(rest - slack)), min(8 * self.counts[-1], math.floor(rest + slack)) + 1):
                sums = (*first, end)
                bounds = self._bounds(sums)
                if bounds:
                    yield sum(map(abs, map(int.__sub__, sums, true))), sums, *bounds

    def _bounds(self, sums: Sequence[int]) -> tuple[int, int] | None:
        """The least and the largest sum of all squares with which these sums agree with what is published."""
        version, voices = self.version, len(self.counts)
        means = [Fraction(total, 2 * count) for total, count in zip(sums, self.counts, strict=True)]
        level = sum(means, Fraction(0)) / voices
        flags = set(version.flags)
        apart = max(abs(mean - level) for mean in means) / (voices - 1) >= Fraction(1, 2)
        departs = abs(level - Fraction(COMPUTED)) >= 1
        if (
            float(round(level, 1)) != version.level
            or apart != ("one_chamber_decides" in flags)
            or departs != ("departs_from_evidence" in flags)
            or any(
                float(round(mean, 1)) != (version.chambers or {}).get(name, float(round(mean, 1)))
                for name, mean in zip(self.names, means, strict=True)
            )
        ):
            return None
        about = sum(total * total / count for total, count in zip(sums, self.counts, strict=True))
        most = 64 * sum(self.counts)
        fits = [
            each
            for each in range(math.ceil(about - 1e-9), most + 1)
            if self._says_so(float(level), means, each - about)
        ]
        assert fits == list(range(fits[0], fits[-1] + 1)) if fits else True
        return (fits[0], fits[-1]) if fits else None

    def _says_so(self, level: float, means: Sequence[Fraction], about: float) -> bool:
        """Whether squares about the means, in quarters, give the published interval and flags."""
        version, freedom = self.version, sum(self.counts) - len(self.counts)
        spread = math.sqrt(max(about, 0) / 4 / freedom)
        spread = spread if spread > 1e-6 else 0.0
        inverse = sum(1 / count for count in self.counts)
        half = T[freedom] * spread * math.sqrt(inverse) / len(self.counts)
        low, high = max(level - half, 0), min(level + half, 4)
        chance = Q[len(self.counts), freedom] * spread * math.sqrt(inverse / len(self.counts))
        gap = max(means) - min(means)
        tentative = (spread > 0 and high - low > 1.5) or sum(self.counts) < 0.75 * self.size
        disagreement = gap >= Fraction(3, 2) and float(gap) >= chance
        same = version.interval is None or (round(low, 1), round(high, 1)) == version.interval
        return (
            same
            and (version.interval is None or spread > 0)
            and tentative == ("tentative" in version.flags)
            and disagreement == ("disagreement" in version.flags)
        )

    def possible(self, known: Sequence[tuple[str, int, int]]) -> bool:
        """Whether a table agrees in which members of these chambers, of so many answers, gave these scores."""
        parts = []
        for name in self.names:
            answers = [len(levels) for levels in self.own[name]]
            total = square = 0
            for chamber, many, score in known:
                if chamber == name:
                    answers.remove(many)
                    total, square = total + score, square + score * score
            parts.append((total, square, sums_of_squares(tuple(sorted(answers)))))
        for _, sums, least, most in self.rows:
            sets = [
                {square + each for each in found.get(own - total, ())}
                for own, (total, square, found) in zip(sums, parts, strict=True)
            ]
            reached = {0}
            for each in sets:
                reached = {one + other for one in reached for other in each}
            if any(least <= each <= most for each in reached):
                return True
        return False

    def keeps(self, attacker: int, target: int) -> bool:
        """Whether two tables agree in which the target's scores lie two levels apart."""
        own, other = self.members[attacker], self.members[target]
        knows = (own[0], len(own[1]), 2 * sum(own[1]) // len(own[1]))
        step, true = 2 // len(other[1]), 2 * sum(other[1]) // len(other[1])

        def reach(scores: Sequence[int]) -> int:
            """The last of the scores, from the true one on, that are possible."""
            last = true
            for score in scores:
                if not self.possible([knows, (other[0], len(other[1]), score)]):
                    break
                last = score
            return last

        up = reach(range(true + step, min(8, true + 4) + 1, step))
        return up - true >= 4 or up - reach(range(true - step, max(0, up - 4) - 1, -step)) >= 4


T = {freedom: float(stats.t.ppf(0.975, freedom)) for freedom in range(2, 14)}
Q = {(voices, freedom): q for voices, own in STUDENTIZED_RANGE.items() for freedom, q in enumerate(own, 2)}


@cache
def sums_of_squares(answers: tuple[int, ...]) -> dict[int, set[int]]:
    """By the sum of scores of members who judged so many indicators: the sums of squares that there are; in half levels."""
    found: dict[int, set[int]] = {}
    for scores in product(*(range(0, 9, 2 // many) for many in answers)):
        found.setdefault(sum(scores), set()).add(sum(score * score for score in scores))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_every_score_keeps_its_range(seed: int) -> None:
    chance = Random(seed)
    found = Disclosed()
    while found.level is None or not 0.5 <= found.level <= 3.5:
        panel, given = reviews(chance, (3, 3, 3, 3) if seed % 4 else (4, 3, 2, 3))
        found = disclosed(panel, given, COMPUTED)
    agreeing = Agreeing(panel, given, found)
    kinds = {(name, tuple(levels)): place for place, (name, levels) in enumerate(agreeing.members)}
    assert all(
        agreeing.keeps(attacker, target)
        for attacker in kinds.values()
        for target in range(len(agreeing.members))
        if target != attacker
    )
