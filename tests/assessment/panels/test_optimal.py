"""The integer program against every panel there is: on small pools it finds the very one that is first in all aims in turn."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.assessment.panels.composition import CHAMBER, PURPOSE, CompositionImpossible, compose
from services.assessment.panels.rules import Candidate, PanelRules
from services.assessment.panels.seeds import keyed
from tests.assessment.panels.candidates import CHAMBERS, CONSTITUENCIES, candidate

SEED = "0123456789abcdef" * 4
RULES = PanelRules(CHAMBERS, size=6, languages=frozenset({"km"}), region=frozenset({"KHM"}))


def small_pool(seed: int) -> list[Candidate]:
    rng = random.Random(seed)
    pool = []
    for number in range(rng.randrange(7, 12)):
        chamber = rng.choice(CHAMBERS)
        pool.append(
            candidate(
                f"m{number}",
                chamber,
                constituency=rng.choice(CONSTITUENCIES[chamber]),
                network_id=f"n{rng.randrange(4)}",
                organization_id=rng.choice([None, f"o{rng.randrange(4)}"]),
                countries=frozenset(rng.sample(["KHM", "LAO", "SWE"], rng.randrange(1, 4))),
                languages=frozenset(rng.sample(["en", "km"], rng.randrange(1, 3))),
                reviews=rng.choice([0, 0, 1, 2, 3]),
            )
        )
    return pool


def is_allowed(panel: tuple[Candidate, ...]) -> bool:
    counts = Counter(each.chamber for each in panel)
    return (
        len(counts) >= 3
        and min(counts.values()) >= 2
        and all(each.reviews < 3 for each in panel)
        and any("km" in each.languages for each in panel)
        and any("KHM" in each.countries for each in panel)
    )


def squares(kinds: Iterable[str]) -> int:
    return sum(number**2 for number in Counter(kinds).values())


def spread(panel: tuple[Candidate, ...]) -> int:
    """Countries in thousandths of a member, the k-th member of a country at 2k - 1."""
    units: Counter[str] = Counter()
    for each in panel:
        share, rest = divmod(1000, len(each.countries))
        units.update({country: share + (place < rest) for place, country in enumerate(sorted(each.countries))})
    whole = ((number // 1000, number % 1000) for number in units.values())
    return sum(1000 * full**2 + rest * (2 * full + 1) for full, rest in whole)


def worth(panel: tuple[Candidate, ...]) -> tuple[int, ...]:
    """The aims in turn; the least is the best."""
    drawn = sorted(RULES.chambers, key=lambda chamber: keyed(SEED, CHAMBER, f":{chamber}"))
    return (
        squares(each.chamber for each in panel),
        sum(2 * each.reviews + 1 for each in panel),
        sum((RULES.size + 1) ** drawn.index(each.chamber) for each in panel),
        squares(each.constituency for each in panel),
        squares(each.organization_id or each.id for each in panel),
        spread(panel),
        squares(each.network_id for each in panel),
        sum(1 + int.from_bytes(keyed(SEED, PURPOSE, each.id)[:3]) for each in panel),
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_the_panel_is_the_best_of_all_in_every_aim(seed: int) -> None:
    pool = small_pool(seed)
    allowed = [panel for panel in combinations(pool, RULES.size) if is_allowed(panel)]
    try:
        found = compose(pool, RULES, SEED)
    except CompositionImpossible:
        assert allowed == []
        return
    best = min(allowed, key=worth)
    by_id = {each.id: each for each in pool}
    assert worth(tuple(by_id[each] for each in found.members)) == worth(best)
    assert set(found.members) == {each.id for each in best}


def test_some_small_pools_have_a_panel_and_some_have_none() -> None:
    possible = [any(map(is_allowed, combinations(small_pool(seed), 6))) for seed in range(40)]
    assert any(possible)
    assert not all(possible)
