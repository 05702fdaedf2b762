"""Power indices of weighted voting games, exactly: the shares of Banzhaf (1965) and of Shapley and Shubik (1954).

Pure functions on votes and a quota; they know no partnership. The indicators of decisions call them. Coalitions are not listed:
the players are cut into two halves and the sums of one half are looked up among those of the other, so that twenty players take
milliseconds with votes of any size.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from math import factorial


def banzhaf(weights: Sequence[int], quota: int) -> list[Fraction]:
    """Each player's share of all swings: coalitions that win with the player and lose without. The shares add up to 1.

    A coalition wins that has `quota` votes at least. All zero where all players together do not win, or nobody is needed.
    Raises ValueError for a negative weight.
    """
    swings = [sum(sizes) for sizes in _swings(weights, quota)]
    total = sum(swings)
    return [Fraction(own, total) if total else Fraction(0) for own in swings]


def shapley_shubik(weights: Sequence[int], quota: int) -> list[Fraction]:
    """The share of all orders of the players in which a player is the one whose votes reach the quota; they add up to 1.

    All zero where all together do not reach it, or nobody is needed. Raises ValueError for a negative weight.
    """
    players = len(weights)
    orders = [factorial(before) * factorial(players - 1 - before) for before in range(players)]
    return [
        Fraction(sum(count * ways for count, ways in zip(sizes, orders, strict=True)), factorial(players))
        for sizes in _swings(weights, quota)
    ]


def _swings(weights: Sequence[int], quota: int) -> list[list[int]]:
    """For each player and each size of coalition: how many coalitions of the others the player turns from losing to winning."""
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    middle = len(weights) // 2
    first, second = weights[:middle], weights[middle:]
    whole_first, whole_second = _coalitions(first), _coalitions(second)
    found: list[list[int]] = []
    for place, weight in enumerate(weights):
        if place < middle:
            here, there = _coalitions([*first[:place], *first[place + 1 :]]), whole_second
        else:
            here, there = whole_first, _coalitions([*second[: place - middle], *second[place - middle + 1 :]])
        found.append(_between(here, there, quota - weight, quota, len(weights)))
    return found


Coalitions = list[dict[int, int]]
"""For each size of coalition: how many there are of each sum of votes."""


def _coalitions(weights: Sequence[int]) -> Coalitions:
    counts: Coalitions = [{0: 1}]
    for weight in weights:
        counts.append({})
        for size in range(len(counts) - 1, 0, -1):
            for votes, count in counts[size - 1].items():
                counts[size][votes + weight] = counts[size].get(votes + weight, 0) + count
    return counts


def _between(here: Coalitions, there: Coalitions, least: int, below: int, sizes: int) -> list[int]:
    """By size: the coalitions out of both halves whose votes are `least` or more and fewer than `below`."""
    found = [0] * sizes
    for other_size, others in enumerate(there):
        sums = sorted(others)
        up_to = [0, *accumulate(others[votes] for votes in sums)]
        for size, own in enumerate(here):
            found[size + other_size] += sum(
                count * (up_to[bisect_left(sums, below - votes)] - up_to[bisect_left(sums, least - votes)])
                for votes, count in own.items()
            )
    return found
