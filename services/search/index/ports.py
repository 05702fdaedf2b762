"""The index port: what search asks of an engine, with the promises that both adapters keep (`tests/ports/index`).

An *edition* is one complete build of the index: a folder on one machine, a pair of indices in Elasticsearch. One edition
is current; another may be built beside it. A record's `generation` is the count of changes to it in our own table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from services.chassis.locks import Locked
from services.search.index.fields import Collection
from services.search.query import Node

MOST_FROM_START = 10_000
"""How far a page by relevance may lie from the start (the default bound of Elasticsearch)."""

SortField = Literal["by_updated", "by_title", "by_start"]


class IndexUnavailable(Exception):
    """The engine cannot be reached, or has no current edition; nothing was changed. The message says what to do."""


class IndexLocked(Locked):
    """Another process is the writer of this index."""


class TooManyCells(Exception):
    """There are more combinations of codes than the engine answers at once (some 65,000)."""


@dataclass(frozen=True, slots=True)
class Change:
    """A record as it is to be held: `fields` is the JSON object of its fields, `None` where it is gone."""

    id: str
    generation: int
    fields: bytes | None


@dataclass(frozen=True, slots=True)
class Facet:
    """Counts of the values of `field`, leaving out the filter named `leaves_out`."""

    name: str
    field: str
    size: int
    leaves_out: str | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """By a stored key, unique for every record; `after` continues behind a key."""

    field: SortField
    descending: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A page of records. `sort` of `None` is by score, best first; then `offset` counts from the start.

    Records of equal score keep one order as long as nothing is written.
    """

    query: Node
    filters: Mapping[str, Node]
    facets: tuple[Facet, ...] = ()
    sort: Sort | None = None
    limit: int = 20
    offset: int = 0
    texts: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A record found: its item (and, if asked for, its texts) as bytes, its score, its sort key where sorted by one."""

    id: str
    score: float
    key: str | None
    item: bytes
    texts: bytes | None


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: how many records match in all, those of the page, and per facet the counts of its values.

    `more` says whether there are records behind the page.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]]
    more: bool = False


def is_more(request: Request, total: int, found: int) -> bool:
    """Whether there are records behind a page, for the adapters: by score the total tells, else a record beyond the limit."""
    if request.sort is None:
        return request.limit > 0 and request.offset + found < total
    return found > request.limit > 0


@dataclass(frozen=True, slots=True)
class Held:
    """What the index holds of a record: the numbers of its document, and a digest of what it was made from."""

    version: int
    revision: int
    generation: int
    digest: int


@dataclass(frozen=True, slots=True)
class Row:
    """A count of the records that have these codes, in the order of the fields asked for."""

    codes: tuple[str, ...]
    count: int


class Index(Protocol):
    """One engine. Thread-safe for reading; one thread writes.

    All methods raise `IndexUnavailable` when the engine does not answer. `edition` of `None` is the current one.
    """

    def current(self) -> str | None:
        """The name of the current edition; `None` before the first."""

    def editions(self) -> tuple[str, ...]:
        """The names of all editions there are, sorted."""

    def create(self, edition: str) -> None:
        """Make an empty edition; nothing happens where it exists. Names are `[0-9a-z-]+`."""

    def switch(self, edition: str) -> None:
        """Make an edition the current one, at once for all readers: a read meanwhile is answered by the one or the other."""

    def drop(self, edition: str) -> None:
        """Delete an edition that is not current; nothing happens where it does not exist."""

    def claim(self) -> None:
        """Become the writer, where there can be only one; nothing happens where this process is it.

        Raises `IndexLocked` where another process is the writer.
        """

    def release(self) -> None:
        """Be the writer no longer; the next `write` claims again."""

    def write(self, collection: Collection, changes: Sequence[Change], edition: str | None = None) -> None:
        """Hold these records. What returned is kept whatever dies; it is found by `refresh` at the latest.

        A change of a lower generation than the one held changes nothing; one of the same generation is written again.
        Raises `IndexLocked` where another process is the writer.
        """

    def refresh(self, collection: Collection, edition: str | None = None) -> None:
        """What was written before is found by searches that begin after."""

    def search(self, collection: Collection, request: Request) -> Found:
        """A page, its total and its facets. Terms of a facet beyond its size are left out; all counts given are exact
        up to some ten thousand different values."""

    def count_each(self, collection: Collection, nodes: Sequence[Node]) -> list[int]:
        """For every tree how many records it finds."""

    def labels(self, nodes: Sequence[Node]) -> list[bytes | None]:
        """For every tree the field `labels` of one partnership that it finds; `None` where it finds none that has it."""

    def cross(self, query: Node, filters: Mapping[str, Node], fields: Sequence[str], size: int) -> list[Row]:
        """Partnerships per combination of codes of these fields, at most `size` codes a field; combinations of none left out.

        Raises `TooManyCells`.
        """

    def held(self, collection: Collection, ids: Sequence[str], edition: str | None = None) -> dict[str, Held]:
        """What the edition holds of these records, as far as searches see it; absent ones are left out. At most 1,000 ids."""

    def document(self, collection: Collection, id: str) -> bytes | None:
        """The bytes of a record's document as the index keeps them."""

    def count(self, collection: Collection, edition: str | None = None) -> int:
        """How many records searches see in it."""

    def check(self) -> None:
        """Raise `IndexUnavailable` with a sentence when searches cannot be answered now."""

    def close(self) -> None:
        """Let go of everything; the writer's lock too."""
