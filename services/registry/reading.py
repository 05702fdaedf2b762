"""A page of a list as services give it: rendered items, and the sort keys after which the next page begins.

Services know no HTTP: the views turn the keys into a cursor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """`items` are documents (bytes) or plain objects; `next` the sort keys of the last one, None on the last page."""

    items: Sequence[bytes | dict[str, Any]]
    next: Sequence[Any] | None = None
    total: int | None = None


def page_of(rows: Sequence[tuple[bytes | dict[str, Any], Sequence[Any]]], limit: int, total: int | None = None) -> Page:
    """A page of `limit` out of the rows `(item, sort keys)`, of which one more than that was asked for."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page([item for item, _ in shown], shown[-1][1] if more and shown else None, total)
