"""`disclosure`: the attack on what is published, over 500 generated panels: what range it leaves every score, and what it costs.

A lesson counts where its level lies between 0.5 and 3.5 and it is judged; beyond, near unanimity reveals itself, and panels are
made until there are 500 that count. Tests make the same attack in other ways; here it is the code's own.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from random import Random

from services.assessment.figures import judge, published
from services.assessment.figures.disclosure import LEAST_RANGE, LEAST_TRIED, MOST_TRIED, chambers_of
from tests.assessment.figures.made import INDICATORS, USUAL, reviews
from tests.benchmarks.rows import Row, at_least, at_most

PANELS, SEED, MOST_SECONDS = 500, 7, 1.0


def run() -> Iterator[Row]:
    """Rows: the smallest range, how many lessons withheld what, and how long a lesson takes at most."""
    chance, counts, seconds, beyond = Random(SEED), Counter[str](), list[float](), 0
    ranges, alone = list[float](), list[float]()
    while len(ranges) < PANELS:
        panel, given = reviews(chance, chance.choice(USUAL))
        computed = chance.choice((None, chance.randint(0, 16) / 4))
        began = time.process_time()
        judgement = judge(panel, given, INDICATORS, computed)
        found = published(judgement, panel, given, INDICATORS)
        seconds.append(time.process_time() - began)
        if found.level is None or not LEAST_TRIED <= found.level <= MOST_TRIED or found.narrowest is None:
            beyond += 1
            continue
        ranges.append(found.narrowest)
        if found.chambers is None and found.interval is None:
            alone.append(found.narrowest)
        counts["means"] += found.chambers is not None
        counts["few"] += chambers_of(judgement) is None
        counts.update(found.withheld)
        counts["no interval"] += judgement.interval is None
    name = f"disclosure: of {PANELS} lessons,"
    shown = min(each for each in ranges if each not in alone or each >= LEAST_RANGE)
    yield Row(name="disclosure: smallest range of a score, in levels", value=min(ranges))
    yield at_least("disclosure: smallest range where means or the interval are published", shown, LEAST_RANGE)
    few = sum(each < LEAST_RANGE for each in alone)
    yield Row(name=f"{name} whose level and flags alone leave less than {LEAST_RANGE:g}", value=few)
    yield Row(name=f"{name} chamber means published", value=counts["means"])
    yield Row(name=f"{name} chamber means withheld for the numbers of members", value=counts["few"])
    yield Row(name=f"{name} chamber means withheld for the attack", value=counts["chambers"])
    yield Row(name=f"{name} interval withheld", value=counts["interval"])
    yield Row(name=f"{name} of these, without an interval anyway", value=counts["no interval"])
    yield Row(name=f"{name} bands withheld", value=counts["bands"])
    yield Row(name="disclosure: lessons beyond 0.5 and 3.5, or not judged", value=beyond)
    yield at_most("disclosure: seconds of one lesson at most", max(seconds), MOST_SECONDS)
