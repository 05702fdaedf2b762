"""Composition: its rules hold, its aims follow one another, a seed gives one panel, and a failure says what mends it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.assessment.panels.composition import (
    CHAMBERS as CHAMBERS_RULE,
)
from services.assessment.panels.composition import (
    READER,
    REGION,
    REVIEWS,
    SIZE,
    CompositionImpossible,
    compose,
)
from services.assessment.panels.composition import (
    RULES as RULE_NAMES,
)
from services.assessment.panels.rules import Candidate, PanelRules
from tests.assessment.panels.candidates import CHAMBERS, CONSTITUENCIES, RULES, candidate, even_pool

SEED = "5eed" * 16


def chambers(pool: list[Candidate], members: tuple[str, ...]) -> Counter[str]:
    by_id = {each.id: each for each in pool}
    return Counter(by_id[each].chamber for each in members)


def test_by_default_there_are_twelve_three_of_each_chamber() -> None:
    panel = compose(even_pool(), RULES, SEED)
    assert len(panel.members) == 12
    assert panel.balance["chambers"] == dict.fromkeys(CHAMBERS, 3)
    assert panel.balance["readers"] is None
    assert panel.balance["most_reviews"] == 1


def test_the_same_seed_gives_the_same_panel_in_any_order_and_another_seed_another() -> None:
    pool = even_pool(8)
    panels = {compose(random.Random(number).sample(pool, len(pool)), RULES, SEED).members for number in range(4)}
    assert len(panels) == 1
    assert len({compose(pool, RULES, f"{number:064}").members for number in range(6)}) > 1


def test_chance_is_fair_among_equals() -> None:
    pool = [candidate(f"{chamber}-{number}", chamber) for chamber in CHAMBERS for number in range(4)]
    taken = Counter(each for number in range(60) for each in compose(pool, RULES, f"{number:064}").members)
    assert set(taken) == {each.id for each in pool}
    assert all(30 <= times <= 60 for times in taken.values())  # 45 of 60 expected, sd 3.4


def test_work_is_levelled_before_anything_else_is_wanted() -> None:
    pool = [replace(each, reviews=0 if each.id.endswith(("0", "1", "2")) else 1) for each in even_pool(6)]
    assert {each[-1] for each in compose(pool, RULES, SEED).members} == {"0", "1", "2"}


def test_a_constituency_that_floods_the_pool_gets_no_more_than_what_others_leave() -> None:
    pool = even_pool(4) + [candidate(f"flood-{number}") for number in range(60)]
    panel = compose(pool, RULES, SEED)
    assert panel.balance["chambers"]["public"] == 3
    assert panel.balance["constituencies"].get("government", 0) <= 1


def test_an_organization_or_a_network_does_not_sit_twice_where_others_can() -> None:
    pool = even_pool(4)
    pool += [replace(each, id=f"again-{each.id}") for each in pool]  # everybody twice, from the same organization
    by_id = {each.id: each for each in pool}
    members = compose(pool, RULES, SEED).members
    assert len({by_id[each].organization_id for each in members}) == 12


def test_naming_many_countries_makes_nobody_more_welcome() -> None:
    pool = [
        candidate(f"{chamber}-{number}", chamber, countries=frozenset({f"C{number}{chamber}"}))
        for chamber in CHAMBERS
        for number in range(4)
    ]
    everywhere = frozenset(country for each in pool for country in each.countries)
    pool += [candidate(f"braggart-{number}", "public", countries=everywhere) for number in range(4)]
    taken = Counter(each for number in range(10) for each in compose(pool, RULES, f"{number:064}").members)
    assert not any(each.startswith("braggart") for each in taken)


def test_somebody_reads_the_record_and_somebody_is_from_the_region() -> None:
    rules = PanelRules(CHAMBERS, languages=frozenset({"km"}), region=frozenset({"KHM", "LAO"}))
    pool = even_pool(9)
    pool[13] = replace(pool[13], languages=frozenset({"km-KH"}), reviews=2)
    pool[25] = replace(pool[25], countries=frozenset({"LAO"}), reviews=2)
    panel = compose(pool, rules, SEED)
    assert {pool[13].id, pool[25].id} <= set(panel.members)
    assert (panel.balance["readers"], panel.balance["from_region"]) == (1, 1)


def test_a_chamber_with_two_sits_with_two_and_one_with_one_does_not_sit() -> None:
    two = [each for each in even_pool(6) if each.chamber != "public" or each.id in ("public-0", "public-1")]
    assert sorted(compose(two, RULES, SEED).balance["chambers"].values()) == [2, 3, 3, 4]
    one = [each for each in even_pool(6) if each.chamber != "public" or each.id == "public-0"]
    assert compose(one, RULES, SEED).balance["chambers"] == dict.fromkeys(CHAMBERS[1:], 4)


def test_where_not_all_chambers_have_room_chance_says_which_sits_out() -> None:
    # One chamber has a single constituency: variety alone would always leave it out.
    pool = [
        replace(each, constituency="civil_society") if each.chamber == "civil_society" else each
        for each in even_pool(6)
    ]
    rules = replace(RULES, size=6)
    sitting = [compose(pool, rules, SEED, of=f"partnership-{number}").balance["chambers"] for number in range(24)]
    assert all(list(each.values()) == [2, 2, 2] for each in sitting)
    assert {chamber for chamber in CHAMBERS for each in sitting if chamber not in each} == set(CHAMBERS)
    assert compose(pool, rules, SEED, of="partnership-1") == compose(pool, rules, SEED, of="partnership-1")


def test_a_stated_number_per_chamber_is_kept_by_all_that_the_size_has_room_for() -> None:
    strict = PanelRules(CHAMBERS, size=12, per_chamber=3)
    one = [each for each in even_pool(6) if each.chamber != "public" or each.id == "public-0"]
    with pytest.raises(CompositionImpossible) as failure:
        compose(one, strict, SEED)
    assert failure.value.rule == CHAMBERS_RULE
    assert any("public: 1 may sit, 3 are wanted; 2 more" in each for each in failure.value.mends)
    three = PanelRules(CHAMBERS, size=11, per_chamber=3)
    assert compose(one, three, SEED).balance["size"] == 11


@pytest.mark.parametrize(("size", "per_chamber"), [(5, None), (17, None), (12, 1), (12, 5), (8, 3), (0, None), (6, 3)])
def test_no_panel_is_like_this(size: int, per_chamber: int | None) -> None:
    with pytest.raises(ValueError, match="members"):
        PanelRules(CHAMBERS, size=size, per_chamber=per_chamber)


def test_the_rule_that_fails_is_named_with_what_would_mend_it() -> None:
    needs = PanelRules(CHAMBERS, languages=frozenset({"km"}), region=frozenset({"KHM"}))
    reader = [replace(even_pool()[0], languages=frozenset({"km"})), *even_pool()[1:]]
    local = [replace(even_pool()[0], countries=frozenset({"KHM"})), *even_pool()[1:]]
    busy = [replace(each, reviews=3) if each.id.endswith("3") else each for each in even_pool(3) + even_pool(4)[3::4]]
    busy = [replace(each, reviews=3) if each.id.endswith(("2", "3")) else each for each in even_pool(4)]
    cases: list[tuple[list[Candidate], PanelRules, tuple[str, ...], str]] = [
        (local, needs, (READER,), "reads km"),
        (reader, needs, (REGION,), "region"),
        (even_pool(), needs, (READER, REGION), "reads km"),
        (busy, RULES, (REVIEWS,), "8 candidates have 3 reviews"),
        (even_pool(2), RULES, (SIZE,), "A panel of 8 would do"),
        ([each for each in even_pool(9) if each.chamber in CHAMBERS[:2]], RULES, (CHAMBERS_RULE,), "affected_groups: 0 may sit"),
        ([], RULES, (CHAMBERS_RULE, SIZE), "0 may sit"),
    ]  # fmt: skip
    for pool, rules, failing, mend in cases:
        with pytest.raises(CompositionImpossible) as failure:
            compose(pool, rules, SEED)
        assert failure.value.rules == failing
        assert failure.value.rule == failing[0]
        assert mend in " ".join(failure.value.mends), failure.value.mends


def test_who_leaves_is_replaced_by_one_who_keeps_the_rules() -> None:
    rules = PanelRules(CHAMBERS, languages=frozenset({"km"}))
    pool = even_pool(6)
    pool[0] = replace(pool[0], languages=frozenset({"km"}))
    pool[7] = replace(pool[7], languages=frozenset({"km"}))
    members = compose(pool, rules, SEED).members
    leaving = next(each for each in (pool[0].id, pool[7].id) if each in members)
    staying = [each for each in members if each != leaving]
    rest = [replace(each, reviews=3) if each.id in staying else each for each in pool if each.id != leaving]
    [successor] = set(compose(rest, rules, SEED, staying).members) - set(staying)
    assert successor not in members or successor in (pool[0].id, pool[7].id)
    by_id = {each.id: each for each in pool}
    assert any(rules.reads(by_id[each]) for each in [*staying, successor])
    counts = chambers(pool, (*staying, successor))
    assert min(counts.values()) >= 2
    with pytest.raises(ValueError, match="no candidates"):
        compose([each for each in rest if each.id not in staying], rules, SEED, staying)


def test_a_place_that_nobody_can_take_is_said() -> None:
    pool = even_pool(3)
    members = compose(pool, RULES, SEED).members
    with pytest.raises(CompositionImpossible) as failure:
        compose([each for each in pool if each.id != members[0]], RULES, SEED, members[1:])
    assert failure.value.rule == SIZE


@st.composite
def pools(draw: st.DrawFn) -> list[Candidate]:
    """Pools of any shape, mostly lopsided."""
    weights = draw(st.lists(st.integers(0, 12), min_size=4, max_size=4))
    rng = random.Random(draw(st.integers(0, 2**32)))
    return [
        candidate(
            f"{chamber}-{place}",
            chamber,
            constituency=rng.choice(CONSTITUENCIES[chamber]),
            network_id=f"n{rng.randrange(5)}",
            organization_id=rng.choice([None, f"o{rng.randrange(9)}"]),
            countries=frozenset(rng.sample(["KHM", "LAO", "SWE", "KEN"], rng.randrange(3))),
            languages=frozenset(rng.sample(["en", "km", "fr"], rng.randrange(3))),
            reviews=rng.choice([0, 0, 0, 1, 2, 3]),
        )
        for chamber, number in zip(CHAMBERS, weights, strict=True)
        for place in range(number)
    ]


@settings(max_examples=60, deadline=None)
@given(
    pool=pools(),
    size=st.integers(6, 16),
    per_chamber=st.none() | st.integers(2, 4),
    needs=st.booleans(),
)
def test_a_panel_keeps_every_rule_or_the_rule_that_fails_is_named(
    pool: list[Candidate], size: int, per_chamber: int | None, needs: bool
) -> None:
    assume(size >= 3 * (per_chamber or 2))
    rules = PanelRules(
        CHAMBERS,
        size=size,
        per_chamber=per_chamber,
        languages=frozenset({"km"} if needs else ()),
        region=frozenset({"KHM", "LAO"} if needs else ()),
    )
    try:
        panel = compose(pool, rules, SEED)
    except CompositionImpossible as failure:
        assert set(failure.rules) <= set(RULE_NAMES)
        assert failure.mends
        return
    by_id = {each.id: each for each in pool}
    members = [by_id[each] for each in panel.members]
    assert len(set(panel.members)) == size
    counts = Counter(each.chamber for each in members)
    assert len(counts) >= rules.least_chambers >= 3
    assert min(counts.values()) >= rules.least_per_chamber >= 2
    assert all(each.reviews < 3 for each in members)
    if needs:
        assert any("km" in each.languages for each in members)
        assert any({"KHM", "LAO"} & each.countries for each in members)


@settings(max_examples=25, deadline=None)
@given(pool=pools(), size=st.integers(6, 12))
def test_the_chambers_are_as_even_as_the_pool_allows(pool: list[Candidate], size: int) -> None:
    try:
        panel = compose(pool, PanelRules(CHAMBERS, size=size), SEED)
    except CompositionImpossible:
        return
    counts = chambers(pool, panel.members)
    free = Counter(each.chamber for each in pool if each.reviews < 3)
    for fuller, emptier in ((one, other) for one in counts for other in counts):
        # Nobody could be moved from a fuller chamber to an emptier one.
        assert counts[fuller] - counts[emptier] <= 1 or free[emptier] == counts[emptier]
