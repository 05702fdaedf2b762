"""Who may do what, as a table: each service has one, and nothing else in it grants anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; `standings` and `functions` are words separated by spaces. What has no standing is `current`."""

    action: str
    standings: str
    functions: str


class Table:
    """Rows of action × standing → functions."""

    def __init__(self, *rows: Row) -> None:
        self.rows = rows
        self._index: dict[str, dict[str, frozenset[str]]] = {}
        for row in rows:
            standings = self._index.setdefault(row.action, {})
            for standing in row.standings.split():
                standings[standing] = standings.get(standing, frozenset()) | frozenset(row.functions.split())

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __contains__(self, action: object) -> bool:
        return action in self._index

    def allows(self, functions: Iterable[str], action: str, standing: str = "current") -> bool:
        """Whether one of the functions may do the action in that standing. KeyError: no such action."""
        return not self._index[action].get(standing, frozenset()).isdisjoint(functions)

    def standings_of(self, functions: Iterable[str], action: str) -> frozenset[str]:
        """The standings in which one of the functions may do the action. KeyError: no such action."""
        held = frozenset(functions)
        return frozenset(standing for standing, those in self._index[action].items() if held & those)
