"""Composes a panel out of candidates by an integer program: chambers, readers and region as rules, workload and variety as aims.

The aims follow one another strictly (lexicographic, zero gap): what an earlier one reached is never given up for a later one, and
what is left falls by the round's seed. Pure: the same candidates, rules and seed give the same panel, in whatever order they come.
Conflicts are settled before (`conflicts`); the forum calls it, and the benchmarks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from services.assessment.panels.program import Program, Selection
from services.assessment.panels.rules import Candidate, PanelRules
from services.assessment.panels.seeds import keyed

PURPOSE = "panel"
CHAMBER = "chamber"
UNIT = 1_000
CHANCE_BYTES = 3

READER, REGION, REVIEWS, CHAMBERS, SIZE = (
    "panel-reader",
    "panel-region",
    "panel-reviews",
    "panel-chambers",
    "panel-size",
)
RULES = (READER, REGION, REVIEWS, CHAMBERS, SIZE)
"""The rules by name, in the order in which they are looked at when no panel keeps them all."""


class Composition(NamedTuple):
    """A panel: its members' ids, chamber after chamber, and how balanced it is, in figures for its readers."""

    members: tuple[str, ...]
    balance: dict[str, Any]


class CompositionImpossible(Exception):
    """No panel keeps all rules. `rule` fails, `mends` are sentences on what would mend it.

    `rules` are all that would have to give way together; mostly that is `rule` alone.
    """

    def __init__(self, rules: Sequence[str], mends: Sequence[str]) -> None:
        super().__init__(f"{', '.join(rules)}: {' '.join(mends)}")
        self.rule = rules[0]
        self.rules = tuple(rules)
        self.mends = tuple(mends)


def compose(
    candidates: Iterable[Candidate], rules: PanelRules, seed: str, staying: Iterable[str] = (), of: str = ""
) -> Composition:
    """The panel `of` a partnership. Whoever is `staying` stays, whatever their `reviews`. Raises `CompositionImpossible`."""
    pool = sorted({each.id: each for each in candidates}.values(), key=lambda each: each.id)
    fixed = frozenset(staying)
    if unknown := fixed - {each.id for each in pool}:
        raise ValueError(f"they stay, but are no candidates: {', '.join(sorted(unknown))}")
    program = _program(pool, rules, fixed)
    selection = program.solve()
    if selection is None:
        raise _impossible(pool, rules, fixed)
    for aim in _aims(pool, rules, seed, of):
        selection = aim(program)
    chosen = [each for each, taken in zip(pool, selection, strict=True) if taken]
    chosen.sort(key=lambda each: (rules.chambers.index(each.chamber), each.id))
    return Composition(tuple(each.id for each in chosen), balance(chosen, rules))


def balance(panel: Sequence[Candidate], rules: PanelRules) -> dict[str, Any]:
    """How a panel is made up, for the unit. `readers` and `from_region` are null where no rule asks for any."""
    chambers = Counter(each.chamber for each in panel)
    constituencies = Counter(each.constituency for each in panel)
    return {
        "size": len(panel),
        "chambers": {code: chambers[code] for code in rules.chambers if chambers[code]},
        "constituencies": {code: constituencies[code] for code in sorted(constituencies)},
        "networks": len({each.network_id for each in panel}),
        "countries": len({country for each in panel for country in each.countries}),
        "readers": sum(rules.reads(each) for each in panel) if rules.languages else None,
        "from_region": sum(rules.is_from_region(each) for each in panel) if rules.region else None,
        "most_reviews": 1 + max((each.reviews for each in panel), default=0),
    }


# Rules


def _program(
    pool: Sequence[Candidate], rules: PanelRules, fixed: frozenset[str], dropped: Iterable[str] = ()
) -> Program:
    """The rules as an integer program, without those `dropped`."""
    program = Program(len(pool))
    for place, each in enumerate(pool):
        busy = each.reviews >= rules.most_reviews and REVIEWS not in dropped
        if each.id in fixed:
            program.fix(place, 1)
        elif busy or each.chamber not in rules.chambers:
            program.fix(place, 0)
    if SIZE not in dropped:
        program.count(range(len(pool)), rules.size, rules.size)
    if CHAMBERS not in dropped:
        used = [
            program.group(_places(pool, lambda each: each.chamber == chamber), rules.least_per_chamber, rules.size)  # noqa: B023 — asked at once
            for chamber in rules.chambers
        ]
        program.count(used, rules.least_chambers, len(used))
    if rules.languages and READER not in dropped:
        program.count(_places(pool, rules.reads), 1, rules.size)
    if rules.region and REGION not in dropped:
        program.count(_places(pool, rules.is_from_region), 1, rules.size)
    return program


def _places(pool: Sequence[Candidate], holds: Callable[[Candidate], bool]) -> list[int]:
    return [place for place, each in enumerate(pool) if holds(each)]


# Aims

Aim = Callable[[Program], Selection]


def _aims(pool: Sequence[Candidate], rules: PanelRules, seed: str, of: str) -> list[Aim]:
    """What is wanted beyond the rules, the most important first."""
    # Where not all chambers have room, or not the same, chance says which sits out, anew for each partnership: the one that has the
    # fewest constituencies would be left out of every panel.
    drawn = sorted(rules.chambers, key=lambda chamber: keyed(seed, CHAMBER, f"{of}:{chamber}"))
    rank = {chamber: (rules.size + 1) ** place for place, chamber in enumerate(drawn)}

    def even(kind: Callable[[Candidate], str]) -> Aim:
        return lambda program: program.even([{kind(each): 1} for each in pool], 1, rules.size)

    return [
        even(lambda each: each.chamber),
        lambda program: program.least([2 * each.reviews + 1 for each in pool]),  # the sum of squares of their work
        lambda program: program.least([rank.get(each.chamber, 0) for each in pool]),
        even(lambda each: each.constituency),
        even(lambda each: each.organization_id or each.id),
        lambda program: program.even([_countries(each) for each in pool], UNIT, rules.size),
        even(lambda each: each.network_id),
        lambda program: program.least(
            [1 + int.from_bytes(keyed(seed, PURPOSE, each.id)[:CHANCE_BYTES]) for each in pool]
        ),
    ]


def _countries(candidate: Candidate) -> dict[str, int]:
    """A unit over all countries of somebody: naming many makes nobody more welcome. Who names none is of one kind."""
    named = sorted(candidate.countries)[:UNIT]
    if not named:
        return {"": UNIT}
    each, rest = divmod(UNIT, len(named))
    return {country: each + (place < rest) for place, country in enumerate(named)}


# Where no panel is possible


def _impossible(pool: Sequence[Candidate], rules: PanelRules, fixed: frozenset[str]) -> CompositionImpossible:
    """The fewest rules without which there would be a panel, and what would mend them."""
    failing = next(
        dropped
        for number in range(1, len(RULES) + 1)
        for dropped in combinations(RULES, number)
        if _program(pool, rules, fixed, dropped).solve() is not None
    )
    return CompositionImpossible(failing, [mend for rule in failing for mend in _mends(rule, pool, rules, fixed)])


def _mends(rule: str, pool: Sequence[Candidate], rules: PanelRules, fixed: frozenset[str]) -> list[str]:
    free = [each for each in pool if each.id in fixed or each.reviews < rules.most_reviews]
    if rule == READER:
        return [f"A member who reads {' or '.join(sorted(rules.languages))} would have to be nominated."]
    if rule == REGION:
        return ["A member from the region of the partnership would have to be nominated."]
    if rule == REVIEWS:
        busy = len(pool) - len(free)
        return [f"{busy} candidates have {rules.most_reviews} reviews in this round; more members, or a later round."]
    if rule == CHAMBERS:
        return _chambers_short(free, rules)
    least = rules.least_chambers * rules.least_per_chamber
    smaller = [f"A panel of {len(free)} would do."] if least <= len(free) < rules.size else []
    return [f"{rules.size} members are wanted, {len(free)} may sit: more would have to be nominated.", *smaller]


def _chambers_short(free: Sequence[Candidate], rules: PanelRules) -> list[str]:
    """Which chambers lack members: a sentence for each."""
    counts = Counter(each.chamber for each in free)
    least = rules.least_per_chamber
    mends = [
        f"{chamber}: {counts[chamber]} may sit, {least} are wanted; {least - counts[chamber]} more would have to be nominated."
        for chamber in rules.chambers
        if counts[chamber] < least
    ]
    mends.append(f"At least {rules.least_chambers} chambers with {least} members each are wanted.")
    return mends
