"""The attack on what is published of a lesson: all tables of scores that agree with it, and the range that they leave a score.

The attacker knows the method, the number of members who counted in each chamber and how many indicators each of them judged,
which is more than is published, and the own score. A table matters only by each chamber's sum S and sum of squares Q: the level,
the chambers' means and most flags are functions of the sums, the interval and the rest of the sums and of all squares together.
So the sums are enumerated as rows of an array, and the squares of each chamber are sets, kept as the bits of a number.
`disclosure` calls it. Exact: no table is left out, and none is counted that does not agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from services.assessment.figures import bands
from services.assessment.figures.lessons import (
    GAP,
    ONE_CHAMBER,
    SURE_ABLE,
    WIDE,
    half_width,
    range_factor,
)
from services.assessment.figures.reviews import HIGHEST, Counted
from services.assessment.figures.statement import Statement

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

NEAR = 1e-7
"""Below it two figures are the same: squares are whole numbers and their bounds are not."""
HALF_DIGIT = float(bands.HALF_DIGIT)
"""A figure lies at most so far from what it is rounded to."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score as the attack sees it: of which chamber (by place), in units of 1/`Lesson.units` level, in which steps."""

    chamber: int
    value: int
    step: int


class Lesson:
    """The members who counted, as whole numbers: a score x is x·`units`, the level is a sum of weighted sums over `whole`."""

    def __init__(self, members: Sequence[Counted], size: int) -> None:
        """`members` are those counted, of a panel of so many."""
        self.units = math.lcm(*(each.answers for each in members))
        self.names = sorted({each.chamber for each in members})
        self.scores = [
            Score(self.names.index(each.chamber), int(each.score * self.units), self.units // each.answers)
            for each in members
        ]
        self.steps = [self._steps(chamber) for chamber in range(len(self.names))]
        self.counts = [len(each) for each in self.steps]
        self.weights = [math.lcm(*self.counts) // count for count in self.counts]
        self.whole = math.lcm(*self.counts) * self.units * len(self.counts)
        self.freedom = len(members) - len(self.counts)
        self.top = HIGHEST * self.units
        self.sure = len(members) >= SURE_ABLE * size

    def _steps(self, chamber: int) -> tuple[int, ...]:
        return tuple(sorted(each.step for each in self.scores if each.chamber == chamber))


@cache
def squares(steps: tuple[int, ...], top: int) -> tuple[int, ...]:
    """For each sum of scores in these steps, from 0 to `top`: the sums of squares that there are, as the bits of a number."""
    found = [1]
    for step in steps:
        longer = [0] * (len(found) + top)
        for total, sets in enumerate(found):
            for value in range(0, top + 1, step):
                longer[total + value] |= sets << value * value
        found = longer
    return tuple(found)


@cache
def ends(steps: tuple[int, ...], top: int, before: int, after: int) -> tuple[Whole, Whole]:
    """The least and the largest sum of squares by sum of scores, from `-before` to `after`; the least is larger where there is
    none.
    """
    found = squares(steps, top)
    least, most = np.full((2, before + after + 1), 1 << 30, np.int64) * np.array([[1], [-1]])
    least[before : before + len(found)] = [(bits & -bits).bit_length() - 1 if bits else 1 << 30 for bits in found]
    most[before : before + len(found)] = [bits.bit_length() - 1 if bits else -(1 << 30) for bits in found]
    return least, most


@dataclass(frozen=True, slots=True)
class Rows:
    """The chambers' sums that agree with what is published, one row each, and between which bounds all squares then lie."""

    sums: Whole
    least: Whole
    most: Whole


@dataclass(frozen=True, slots=True)
class Left:
    """Rows, and between which bounds the squares of one chamber lie in each, by what those of the others can be."""

    rows: Rows
    low: Whole
    high: Whole


def narrowest(members: Sequence[Counted], size: int, statements: Sequence[Statement], enough: float) -> float:
    """The smallest range, in levels, that any member's score has for any other member; where it is below `enough`, the first
    such range that was found. `members` are those counted, of a panel of `size`.

    Remembered, because what a panel said is shown again and again. Raises ValueError where no table agrees with the statements.
    """
    table = tuple(sorted((each.chamber, each.score, each.answers) for each in members))
    return _narrowest(table, size, tuple(dict.fromkeys(map(_telling, statements))), enough)


def _telling(statement: Statement) -> Statement:
    """Without the computed level where the rounded level tells already whether it departs from that: it adds nothing then."""
    if statement.computed is None:
        return statement
    level = Fraction(round(statement.level * 10), 10)
    apart = abs(level - statement.computed)
    half = Fraction(1, 20)
    is_said = apart - half >= 1 if statement.departs else apart + half < 1
    return replace(statement, computed=None, departs=False) if is_said else statement


@lru_cache(maxsize=1024)
def _narrowest(
    table: tuple[tuple[str, Fraction, int], ...], size: int, statements: tuple[Statement, ...], enough: float
) -> float:
    lesson = Lesson([Counted("", *each) for each in table], size)
    rows = agreeing(lesson, statements)
    found = float(HIGHEST)
    for attacker in sorted(set(lesson.scores), key=lambda each: (each.chamber, each.value, each.step)):
        for chamber, step in _targets(lesson, attacker):
            found = min(found, _range(lesson, rows, attacker, chamber, step) / lesson.units)
            if found < enough:
                return found
    return found


def _targets(lesson: Lesson, attacker: Score) -> Iterator[tuple[int, int]]:
    """The kinds of members besides the attacker: chamber and step."""
    for chamber, steps in enumerate(lesson.steps):
        for step in sorted(set(steps)):
            if steps.count(step) > (chamber == attacker.chamber and step == attacker.step):
                yield chamber, step


def _range(lesson: Lesson, rows: Rows, attacker: Score, chamber: int, step: int) -> int:
    """Between the least and the largest score that such a member may have given."""
    scores = range(0, lesson.top + 1, step)
    left = _left(lesson, rows, attacker, chamber)
    return _first(lesson, left, attacker, chamber, step, scores[::-1]) - _first(
        lesson, left, attacker, chamber, step, scores
    )


def _first(lesson: Lesson, left: Left, attacker: Score, chamber: int, step: int, scores: range) -> int:
    """The first of the scores that is possible."""
    for each in scores:
        if _possible(lesson, left, attacker, Score(chamber, each, step)):
            return each
    raise ValueError("no table of scores agrees with what was published")


def _left(lesson: Lesson, rows: Rows, attacker: Score, chamber: int) -> Left:
    """What is left to one chamber when the attacker's score is known."""
    low, high = rows.least, rows.most
    for other in range(len(lesson.counts)):
        if other != chamber:
            least, most = _ends(lesson, rows, other, [attacker])
            low, high = low - most, high - least
    largest = lesson.counts[chamber] * lesson.top**2
    which = (low <= largest) & (high >= 0)
    return Left(_kept(rows, which), low[which], high[which])


def _ends(lesson: Lesson, rows: Rows, chamber: int, known: Sequence[Score]) -> tuple[Whole, Whole]:
    """For each row the least and the largest sum of squares of a chamber in which these members gave these scores."""
    steps, total, square = _rest(lesson, chamber, known)
    least, most = ends(steps, lesson.top, 2 * lesson.top, lesson.counts[chamber] * lesson.top)
    at = rows.sums[:, chamber] + (2 * lesson.top - total)
    return least[at] + square, most[at] + square


def _possible(lesson: Lesson, left: Left, attacker: Score, other: Score) -> bool:
    """Whether a table agrees with what is published in which these two gave these scores; `left` is that of the other's chamber."""
    known = (attacker, other)
    least, most = _ends(lesson, left.rows, other.chamber, known)
    low, high = left.low - most, left.high - least
    promising = np.flatnonzero((low <= 0) & (high >= 0))
    order = np.argsort(np.maximum(low, -high)[promising], kind="stable")
    parts = [_rest(lesson, chamber, known) for chamber in range(len(lesson.counts))]
    return any(_exists(lesson, parts, left.rows, row) for row in promising[order])


Part = tuple[tuple[int, ...], int, int]
"""Of a chamber: the steps of those whose scores are not known, and the known ones' sum and sum of squares."""


def _rest(lesson: Lesson, chamber: int, known: Sequence[Score]) -> Part:
    steps, own = list(lesson.steps[chamber]), [each for each in known if each.chamber == chamber]
    for each in own:
        steps.remove(each.step)
    return tuple(steps), sum(each.value for each in own), sum(each.value**2 for each in own)


def _exists(lesson: Lesson, parts: Sequence[Part], rows: Rows, row: int) -> bool:
    """Whether the squares of the chambers can add up to what they must."""
    reached = 1
    for chamber, (steps, total, square) in enumerate(parts):
        sets = squares(steps, lesson.top)[int(rows.sums[row, chamber]) - total] << square
        reached = _added(reached, sets)
    least, most = int(rows.least[row]), int(rows.most[row])
    return bool(reached >> least & ((1 << (most - least + 1)) - 1))


def _added(one: int, other: int) -> int:
    """The sums of a member of one set and a member of another, sets being the bits of a number."""
    few, many = sorted((one, other), key=int.bit_count)
    found = 0
    while few:
        lowest = few & -few
        found |= many << lowest.bit_length() - 1
        few ^= lowest
    return found


# Which sums agree


def agreeing(lesson: Lesson, statements: Sequence[Statement]) -> Rows:
    """The chambers' sums, and the bounds of the squares, that agree with every version that was published."""
    sums = _sums(lesson, statements)
    rows = Rows(sums, np.zeros(len(sums), np.int64), np.full(len(sums), len(lesson.scores) * lesson.top**2))
    for statement in statements:
        rows = _bounded(lesson, statement, _flagged(lesson, statement, rows))
    # A square is odd where its score is: all squares together are odd where all scores are.
    odd = rows.sums.sum(axis=1) & 1
    least, most = rows.least + ((rows.least ^ odd) & 1), rows.most - ((rows.most ^ odd) & 1)
    return _kept(Rows(rows.sums, least, most), least <= most)


def _kept(rows: Rows, which: NDArray[np.bool_]) -> Rows:
    return Rows(rows.sums[which], rows.least[which], rows.most[which])


def _sums(lesson: Lesson, statements: Sequence[Statement]) -> Whole:
    """The chambers' sums that give the published levels and means: the last chamber's follows from the others', nearly."""
    level = statements[0].level
    levels = [
        each
        for each in range(math.floor((level - 0.1) * lesson.whole), math.ceil((level + 0.1) * lesson.whole) + 1)
        if all(_rounds(Fraction(each, lesson.whole), statement.level) for statement in statements)
    ]
    choices = [_choices(lesson, chamber, statements) for chamber in range(len(lesson.counts))]
    grid = np.meshgrid(*choices[:-1], indexing="ij")
    others = np.stack([each.ravel() for each in grid], axis=1)
    weighted = others @ np.array(lesson.weights[:-1])
    found = [np.zeros((0, len(choices)), np.int64)]
    for each in levels:
        last, remainder = np.divmod(each - weighted, lesson.weights[-1])
        fits = (remainder == 0) & np.isin(last, choices[-1])
        found.append(np.column_stack((others[fits], last[fits])))
    return np.concatenate(found)


def _rounds(value: Fraction, to: float) -> bool:
    return round(value * 10) == round(to * 10)


def _choices(lesson: Lesson, chamber: int, statements: Sequence[Statement]) -> Whole:
    """The sums that a chamber can have, by what is published of it."""
    name, most = lesson.names[chamber], lesson.counts[chamber] * lesson.units
    said = [mean for each in statements for chamber, mean in each.chambers if chamber == name]
    sums = [total for total, sets in enumerate(squares(lesson.steps[chamber], lesson.top)) if sets]
    return np.array([each for each in sums if all(_rounds(Fraction(each, most), mean) for mean in said)], np.int64)


def _flagged(lesson: Lesson, statement: Statement, rows: Rows) -> Rows:
    """Those rows whose flags, as far as the sums alone decide them, are the published ones."""
    voices = len(lesson.counts)
    weighted = rows.sums * np.array(lesson.weights)
    level = weighted.sum(axis=1)
    largest = np.abs(weighted * voices - level[:, None]).max(axis=1, initial=0)
    decides = largest * ONE_CHAMBER.denominator >= ONE_CHAMBER.numerator * (voices - 1) * lesson.whole
    kept = decides == statement.one_chamber_decides
    if statement.computed is not None:
        above, below = statement.computed.as_integer_ratio()
        kept &= (np.abs(level * below - above * lesson.whole) >= below * lesson.whole) == statement.departs
    apart = _apart(lesson, rows) >= float(GAP) - NEAR
    if statement.disagreement or lesson.freedom < 2:
        kept &= apart == statement.disagreement
    return _kept(rows, kept)


def _apart(lesson: Lesson, rows: Rows) -> Real:
    """The largest mean of a chamber less the smallest, in levels."""
    means = rows.sums / (np.array(lesson.counts) * lesson.units)
    return np.asarray(means.max(axis=1, initial=0) - means.min(axis=1, initial=HIGHEST), np.float64)


def _bounded(lesson: Lesson, statement: Statement, rows: Rows) -> Rows:
    """The rows with the bounds that the interval and the flags that stand on the deviation set to all squares together."""
    if lesson.freedom < 2:
        return rows
    counts = np.array(lesson.counts)
    about = (rows.sums**2 / counts).sum(axis=1)
    level = (rows.sums / counts).mean(axis=1) / lesson.units
    low, high = _halves(lesson, statement, level)
    half = half_width(1.0, lesson.freedom, lesson.counts)
    spread_low, spread_high = low / half, high / half
    apart, factor = _apart(lesson, rows), range_factor(tuple(sorted(lesson.counts)), lesson.freedom)
    if statement.disagreement:
        spread_high = np.minimum(spread_high, apart / factor)
    else:
        spread_low = np.where(apart >= float(GAP) - NEAR, np.maximum(spread_low, apart / factor), spread_low)
    scale = lesson.freedom * lesson.units**2
    least = np.ceil(about + np.maximum(spread_low, 0) ** 2 * scale - NEAR)
    # No deviation at all gives no interval, and no disagreement by the range.
    least = np.where(spread_low >= 0, np.maximum(least, np.floor(about + NEAR) + 1), least)
    most = np.floor(about + np.minimum(spread_high, 1e4) ** 2 * scale + NEAR)
    most = np.where(spread_high < 0, -1, most)
    return Rows(rows.sums, np.maximum(rows.least, least.astype(np.int64)), np.minimum(rows.most, most.astype(np.int64)))


def _halves(lesson: Lesson, statement: Statement, level: Real) -> tuple[Real, Real]:
    """Between which bounds half the interval lies, for each level; a lower bound below 0 where there may be none."""
    low, high = np.full(len(level), -1.0), np.full(len(level), np.inf)
    if statement.interval is not None:
        start, end = statement.interval
        low = np.maximum.reduce([low + 1, level - start - HALF_DIGIT, end - HALF_DIGIT - level])
        if start > 0:
            high = np.minimum(high, level - start + HALF_DIGIT)
        if end < HIGHEST:
            high = np.minimum(high, end + HALF_DIGIT - level)
    elif statement.interval_said:
        high = np.zeros(len(level))
    if lesson.sure:
        margin = np.minimum(level, HIGHEST - level)
        wide = np.where(margin >= WIDE / 2, WIDE / 2, WIDE - margin)
        if statement.tentative:
            low = np.maximum(low, wide)
        else:
            high = np.minimum(high, wide)
    return low, high
