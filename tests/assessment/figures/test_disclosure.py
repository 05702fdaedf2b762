"""What is published gives no score away. The attack is made here once more, in other ways than the code's own.

Small panels: every table of scores there is, all its figures worked out by NumPy, compared with what is published. The default
panel: for every member as the attacker and every other member, two tables are looked for that agree with all that is published
and in which that other member's scores lie two levels apart; finding them proves that the score keeps its range.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
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


def test_bands_may_tell_beside_the_level() -> None:
    """A level of 1.0 beside the bands 0 to 0.5 and 2 to 2.5: both indicators lie at the low end, so nobody gave the first a 2."""
    at_the_edge = [(0, 1), (0, 2), (0, 3)]
    found = of(dict.fromkeys(CHAMBERS, at_the_edge))
    assert found.level == 1.0
    assert (found.bands, "bands" in found.withheld) == (None, True)
    inside = of({**dict.fromkeys(CHAMBERS, at_the_edge), CHAMBERS[0]: [(1, 1), (1, 3), (0, 4)]})
    assert inside.level == pytest.approx(1.2)
    assert inside.bands == (Band("a", 0.0, 0.5), Band("b", 2.0, 2.5))


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
    found, alone = disclosed(panel, moved, earlier=[first]), disclosed(panel, moved)
    assert (found.chambers, found.interval) == (None, alone.interval)
    assert alone.interval is not None
    assert alone.chambers is not None


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
    """The tables of a panel that agree with what is published, by the sums and the sums of squares of its chambers.

    `sums` has a row for each combination of the chambers' sums (in half levels), the likeliest first; `squares` says for each
    row with which sums of all squares the figures are the published ones.
    """

    def __init__(self, panel: Panel, given: Sequence[Review], version: Disclosed) -> None:
        self.members = [
            (each.chamber, 2 // len(levels), 2 * sum(levels) // len(levels))
            for each in given
            if (levels := [level for level in each.levels.values() if level is not None])
        ]
        self.names = sorted({chamber for chamber, _, _ in self.members})
        self.counts = np.array([sum(chamber == name for chamber, _, _ in self.members) for name in self.names])
        self.length = 64 * len(self.members) + 1
        true = [sum(score for chamber, _, score in self.members if chamber == name) for name in self.names]
        sums = np.indices(8 * self.counts + 1, dtype=np.int16).reshape(len(self.counts), -1).T
        about_level = np.abs((sums / self.counts).mean(axis=1) / 2 - version.level) < 0.06
        sums = sums[about_level].astype(np.int64)
        sums = sums[np.argsort(np.abs(sums - true).sum(axis=1), kind="stable")]
        squares = self._agree(sums, version, panel.size)
        self.sums, self.squares = sums[squares.any(axis=1)], squares[squares.any(axis=1)]

    def _agree(self, sums: Any, version: Disclosed, size: int) -> Any:
        """For each row, which sums of all squares give what was published."""
        voices, common, freedom = len(self.counts), math.lcm(*self.counts), len(self.members) - len(self.counts)
        weighted = sums * (common // self.counts)
        total, whole = weighted.sum(axis=1), 2 * common * voices
        rows = half_to_even(10 * total, whole) == round(10 * version.level)
        decides = 2 * abs(weighted * voices - total[:, None]).max(axis=1) >= (voices - 1) * whole
        rows &= decides == ("one_chamber_decides" in version.flags)
        rows &= (abs(total - COMPUTED * whole) >= whole) == ("departs_from_evidence" in version.flags)
        for place, name in enumerate(self.names):
            if name in (version.chambers or {}):
                rows &= half_to_even(10 * sums[:, place], 2 * self.counts[place]) == round(10 * version.chambers[name])
        about = np.arange(self.length) - (sums * weighted).sum(axis=1)[:, None] / common
        spread = np.sqrt(np.maximum(about, 0) / 4 / freedom) * (about > 1e-6)
        level, gap = (total / whole)[:, None], (weighted.max(axis=1) - weighted.min(axis=1))[:, None]
        half = T[freedom] * spread * math.sqrt((1 / self.counts).sum()) / voices
        low, high = np.maximum(level - half, 0), np.minimum(level + half, 4)
        chance = Q[voices, freedom] * spread * math.sqrt((1 / self.counts).mean())
        disagreement = (gap >= 3 * common) & (gap / (2 * common) >= chance)
        tentative = ((spread > 0) & (high - low > 1.5)) | (len(self.members) < 0.75 * size)
        agree = rows[:, None] & (about > -1e-6)
        agree &= (tentative == ("tentative" in version.flags)) & (disagreement == ("disagreement" in version.flags))
        if version.interval is not None:
            agree &= (spread > 0) & np.isclose(np.round(low, 1), version.interval[0])
            agree &= np.isclose(np.round(high, 1), version.interval[1])
        return agree

    def possible(self, known: Sequence[Member]) -> bool:
        """Whether a table agrees in which these members gave these scores: the sets of squares are added as spectra."""
        parts = [self._spectra(name, [each for each in known if each[0] == name]) for name in self.names]
        for start in range(0, len(self.sums), 100):
            sums = self.sums[start : start + 100]
            product_of = math.prod(part[sums[:, place]] for place, part in enumerate(parts))
            if ((np.fft.irfft(product_of, 1024) > 0.5)[:, : self.length] & self.squares[start : start + 100]).any():
                return True
        return False

    def _spectra(self, name: str, known: Sequence[Member]) -> Any:
        """For each sum of a chamber: the spectrum of the set of its sums of squares, with these scores among the scores."""
        steps = [step for chamber, step, _ in self.members if chamber == name]
        for _, step, _ in known:
            steps.remove(step)
        return spectra(tuple(sorted(steps)), tuple(score for _, _, score in known))

    def keeps(self, attacker: Member, target: Member) -> bool:
        """Whether two tables agree in which the target's scores lie two levels apart."""
        chamber, step, true = target

        def reach(sign: int) -> int:
            """How far from the true one a score may lie."""
            far = [each for each in (4, 3, 2, 1) if each % step == 0 and 0 <= true + sign * each <= 8]
            return next((each for each in far if self.possible([attacker, (chamber, step, true + sign * each)])), 0)

        up = reach(1)
        return up == 4 or up + reach(-1) >= 4


Member = tuple[str, int, int]
"""Of which chamber, in which steps the score goes, and the score; in half levels."""

T = {freedom: float(stats.t.ppf(0.975, freedom)) for freedom in range(2, 14)}
Q = {(voices, freedom): q for voices, own in STUDENTIZED_RANGE.items() for freedom, q in enumerate(own, 2)}


@cache
def spectra(steps: tuple[int, ...], known: tuple[int, ...]) -> Any:
    """By sum of scores: the spectrum of the set of sums of squares of members with these steps, and of these known scores."""
    sets = np.zeros((8 * (len(steps) + len(known)) + 1, 1024))
    for scores in product(*(range(0, 9, step) for step in steps)):
        sets[sum(scores) + sum(known), sum(score * score for score in (*scores, *known))] = 1
    return np.fft.rfft(sets)


@pytest.mark.parametrize("seed", range(20))
def test_every_score_keeps_its_range(seed: int) -> None:
    chance = Random(seed)
    found = Disclosed()
    while found.level is None or not 0.5 <= found.level <= 3.5:
        panel, given = reviews(chance, (3, 3, 3, 3) if seed % 4 else (4, 3, 2, 3))
        found = disclosed(panel, given, COMPUTED)
    agreeing = Agreeing(panel, given, found)
    kinds = Counter(agreeing.members)
    for attacker in kinds:
        for target in kinds - Counter([attacker]):
            assert agreeing.keeps(attacker, target), (attacker, target, found)
