"""The rows that benchmarks yield, and the one way of making one."""

from __future__ import annotations

from typing import TypedDict


class Row(TypedDict, total=False):
    """A figure, the limit measured in the same run, their ratio, the goal, and whether it was met."""

    name: str
    value: float | None
    limit: float | None
    ratio: float | None
    goal: float | None
    met: bool | None


def rate(name: str, value: float, limit: float, goal: float) -> Row:
    """A rate (higher is better) beside the rate that is possible: the goal is a share of it."""
    return Row(name=name, value=value, limit=limit, ratio=value / limit, goal=goal, met=value / limit >= goal)


def at_most(name: str, value: float, goal: float, limit: float | None = None) -> Row:
    """A figure that must not pass a goal (seconds, megabytes, a multiple of the limit)."""
    return Row(
        name=name, value=value, limit=limit, ratio=value / limit if limit else None, goal=goal, met=value <= goal
    )


def at_least(name: str, value: float, goal: float, limit: float | None = None) -> Row:
    """A figure that must reach a goal (a share)."""
    return Row(
        name=name, value=value, limit=limit, ratio=value / limit if limit else None, goal=goal, met=value >= goal
    )
