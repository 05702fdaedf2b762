"""The use cases of search: partnerships, organizations, what is similar, what is where; answers as values, never as HTTP.

`api.py` calls it. Every answer is made of what the index keeps: items and documents as bytes. A text that finds nothing
as it stands is tried with typing errors forgiven, then by some of its words; the answer says which.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import orjson
from sqlalchemy import Select, Table, bindparam, select

from services.chassis.database import Database
from services.search import analysis, facets, query
from services.search.analysis import Word
from services.search.criteria import Criteria, SortName, Values, filters
from services.search.errors import BadParameter, RecordNotFound
from services.search.freshness import Freshness, FreshnessSource
from services.search.highlight import Marker, highlights, marker
from services.search.index.fields import NOT_STATED, Collection
from services.search.index.ports import (
    MOST_FROM_START,
    Facet,
    Found,
    Hit,
    Index,
    Request,
    Row,
    Sort,
    SortField,
    TooManyCells,
)
from services.search.models import Record
from services.search.projections import Text as Original
from services.search.projections import preferred
from services.search.query import All, Boosted, Manner, Node, Some, Term, Terms, Text

SORTS: Mapping[SortName, tuple[SortField, bool]] = {
    "updated": ("by_updated", True),
    "title": ("by_title", False),
    "start": ("by_start", True),
}
"""The field of each sort, and whether it descends: the newest first, titles from A."""

MOST_AFFILIATES = 500
MOST_SIMILAR_WORDS = 25
CROSSED = ("goal", "country", "constituency")
CROSSED_SIZE = 300


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of an answer. `after` is a sort key, `offset` counts from the start where the order is by relevance."""

    sort: SortName = "updated"
    limit: int = 20
    after: str | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of items (bytes of JSON), all counts, and where the next page begins (`None`: there is none).

    `matched` says how the text was understood: `all` words, `near` with typing errors forgiven, `some` of the words.
    """

    total: int
    items: tuple[bytes, ...]
    next: Page | None
    facets: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    freshness: Freshness | None = None
    matched: Manner = "all"


@dataclass(frozen=True, slots=True)
class Understood:
    """How a text was read, and the tree that it is asked with."""

    text: Text
    manner: Manner
    unknown: frozenset[Word]
    node: Node


class Search:
    """Answers questions from one index."""

    def __init__(self, database: Database, index: Index, freshness: FreshnessSource | None = None) -> None:
        self._database = database
        self._index = index
        self._freshness = freshness
        self.names = facets.Names(index)

    def partnerships(
        self, criteria: Criteria, page: Page, *, facet_names: Sequence[str] = (), language: str = "en"
    ) -> Answer:
        """The partnerships that are asked for, with counts per facet and of those that do not state it."""
        fresh = self._freshness.read() if self._freshness else None  # before the index is asked: never fresher than it
        criteria = self._with_organizations(criteria)
        chosen = filters(criteria)
        wanted = facets.requested(facet_names)
        understood, found = self._ask("partnerships", criteria.q, chosen, page, wanted)
        counted = self._complete(understood.node, chosen, found, facet_names)
        counts = facets.with_open_years(counted, criteria.today)
        own = self._organization_names(counts.get("organization", {}), language) | self.names.labels(counts, language)
        marks = marker(understood.text, understood.manner, understood.unknown)
        return Answer(
            total=found.total,
            items=tuple(_item(hit, marks, understood.text) for hit in found.hits),
            next=_next(page, found),
            facets={name: facets.shown(name, counts[name], language, own) for name in facet_names},
            missing={name: counts[name].get(NOT_STATED, 0) for name in facet_names if name not in facets.ALWAYS_STATED},
            freshness=fresh,
            matched=understood.manner,
        )

    def organizations(self, q: str, values: Mapping[str, Values], page: Page) -> Answer:
        """The organizations whose name, former name, domain or identifier has these words."""
        chosen: dict[str, Node] = {name: Terms(name, codes) for name, codes in values.items() if codes}
        understood, found = self._ask("organizations", q, chosen, page, ())
        return Answer(found.total, tuple(hit.item for hit in found.hits), _next(page, found), matched=understood.manner)

    def similar(self, id: str, limit: int) -> list[bytes]:
        """Partnerships with rare words, goals, targets, places or beneficiaries in common, the likest first.

        Raises `RecordNotFound`.
        """
        document = self._index.document("partnerships", id)
        if document is None:
            raise RecordNotFound(f"There is no partnership {id}.")
        request = Request(_likeness(orjson.loads(document)), {}, limit=limit)
        found = self._index.search("partnerships", request)
        return [_with_score(hit.item, hit.score) for hit in found.hits]

    def crossed(self, criteria: Criteria, fields: Sequence[str]) -> list[dict[str, Any]]:
        """How many partnerships there are for each combination of goal, country and constituency; `None`: not stated."""
        criteria = self._with_organizations(criteria)
        node = query.text_node(query.parse(criteria.q))
        rows = self._cross(node, filters(criteria), fields)
        return [
            {
                **{name: None if code == NOT_STATED else code for name, code in zip(fields, row.codes, strict=True)},
                "count": row.count,
            }
            for row in rows
        ]

    def _cross(self, node: Node, chosen: Mapping[str, Node], fields: Sequence[str]) -> list[Row]:
        """All cells at once; where those are too many, code by code of the first field."""
        try:
            return self._index.cross(node, chosen, fields, CROSSED_SIZE)
        except TooManyCells:
            first, *others = fields
        rows: list[Row] = []
        for each in self._index.cross(node, chosen, (first,), CROSSED_SIZE):
            found = self._index.cross(node, {**chosen, "each": Terms(first, each.codes)}, others, CROSSED_SIZE)
            rows += [Row((*each.codes, *row.codes), row.count) for row in found]
        return rows

    def _ask(
        self, collection: Collection, q: str, chosen: Mapping[str, Node], page: Page, wanted: Sequence[Facet]
    ) -> tuple[Understood, Found]:
        """The page as the text stands; where no record has the text at all, as it might have been meant."""
        text = query.parse(q)
        understood = Understood(text, "all", frozenset(), query.text_node(text))
        found = self._search(collection, understood, chosen, page, wanted)
        if found.total or text.wants_nothing:
            return understood, found
        if chosen and self._index.count_each(collection, [understood.node])[0]:
            return understood, found  # the filters leave nothing of it: that is the answer
        for guess in self._guesses(collection, text):
            if self._index.count_each(collection, [guess.node])[0]:
                return guess, self._search(collection, guess, chosen, page, wanted)
        return understood, found

    def _guesses(self, collection: Collection, text: Text) -> list[Understood]:
        """What a text might mean, the likelier first: words that no record has are mistyped; then some of the words do."""
        each = self._index.count_each(collection, [query.word_node(word) for word in text.words])
        unknown = frozenset(word for word, count in zip(text.words, each, strict=True) if not count)
        manners: tuple[Literal["near", "some"], ...] = ("near", "some") if unknown else ("some",)
        return [Understood(text, manner, unknown, query.text_node(text, manner, unknown)) for manner in manners]

    def _search(
        self,
        collection: Collection,
        understood: Understood,
        chosen: Mapping[str, Node],
        page: Page,
        wanted: Sequence[Facet],
    ) -> Found:
        sort = None
        if page.sort != "relevance":
            by, descending = SORTS[page.sort]
            sort = Sort(by, descending, page.after)
        marked = collection == "partnerships" and not understood.text.wants_nothing
        return self._index.search(
            collection,
            Request(understood.node, chosen, tuple(wanted), sort, page.limit, page.offset, texts=marked),
        )

    def _complete(
        self, node: Node, chosen: Mapping[str, Node], found: Found, names: Sequence[str]
    ) -> Mapping[str, Mapping[str, int]]:
        """The counts, with that of «not stated» where more frequent values had left no room for it."""
        cut = [
            name
            for name in names
            if not facets.KINDS[name].bounded
            and len(found.facets[name]) > facets.KINDS[name].size
            and NOT_STATED not in found.facets[name]
        ]
        if not cut:
            return found.facets
        silent = [
            All((node, Terms(name, (NOT_STATED,)), *(other for key, other in chosen.items() if key != name)))
            for name in cut
        ]
        counted = self._index.count_each("partnerships", silent)
        added = {name: {**found.facets[name], NOT_STATED: count} for name, count in zip(cut, counted, strict=True)}
        return {**found.facets, **added}

    def _organization_names(self, ids: Mapping[str, int], language: str) -> dict[tuple[str, str], str]:
        documents = self._organization_documents([id for id in ids if id != NOT_STATED])
        return {("organization", id): preferred(document["name"], language) for id, document in documents.items()}

    def _organization_documents(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        if not ids:
            return {}
        with self._database.connection() as connection:
            rows = connection.execute(_organizations(), {"ids": ids}).all()
        return {row.id: orjson.loads(row.document) for row in rows}

    def _with_organizations(self, criteria: Criteria) -> Criteria:
        """The organizations asked for as the index has them: as they live on and, if asked for, with their affiliates."""
        asked = criteria.values.get("organization")
        if not asked:
            return criteria
        found = self._living_on(asked)
        return replace(criteria, organizations=self._affiliates(found) if criteria.affiliates else found)

    def _living_on(self, asked: Values) -> Values:
        """These organizations and those that they were merged into, whose names records then have in their place."""
        found = dict.fromkeys(asked)
        newest = list(asked)
        while newest:
            documents = self._organization_documents(newest).values()
            merged = (document.get("merged_into") for document in documents)
            newest = [id for id in merged if id is not None and id not in found]
            found.update(dict.fromkeys(newest))
        return tuple(found)

    def _affiliates(self, asked: Values) -> Values:
        """Organizations with all that are parts of them or controlled by them."""
        family = dict.fromkeys(asked)
        newest: Values = asked
        while newest:
            request = Request(Terms("family", newest), {}, sort=Sort("by_title"), limit=MOST_AFFILIATES)
            below = [hit.id for hit in self._index.search("organizations", request).hits]
            newest = tuple(id for id in below if id not in family)
            family.update(dict.fromkeys(newest))
            if len(family) > MOST_AFFILIATES:
                raise BadParameter(f"The organizations have more than {MOST_AFFILIATES} affiliates; ask for fewer.")
        return tuple(family)


@functools.cache
def _organizations() -> Select[Any]:
    """Documents of organizations. Built once, of plain columns: every answer with their facet asks it."""
    records = cast(Table, Record.__table__).c
    known = records.collection == "organizations", records.document.is_not(None)
    return select(records.id, records.document).where(*known, records.id.in_(bindparam("ids", expanding=True)))


def _next(page: Page, found: Found) -> Page | None:
    """The page after this one; by relevance only so far from the start as an engine can sort cheaply."""
    if not found.more:
        return None
    if page.sort != "relevance":
        return replace(page, after=found.hits[-1].key)
    offset = page.offset + page.limit
    return None if offset + page.limit > MOST_FROM_START else replace(page, offset=offset)


def _item(hit: Hit, marks: Marker, text: Text) -> bytes:
    """The item of a list, with what was found marked, and how well it was found."""
    found = highlights(_originals(hit), marks) if not text.wants_nothing else []
    return b'%b,"highlight":%b,"score":%.4f}' % (hit.item[:-1], orjson.dumps(found), hit.score)


def _originals(hit: Hit) -> list[Original]:
    texts: list[Original] = orjson.loads(hit.texts) if hit.texts else []
    return texts


def _with_score(item: bytes, score: float) -> bytes:
    return b'%b,"highlight":[],"score":%.4f}' % (item[:-1], score)


def _likeness(record: Mapping[str, Any]) -> Node:
    """What a record shares with others: goals and targets weigh more than countries, rare words more than frequent ones."""
    words: dict[str, None] = {}
    for name in ("title", "summary", "acronym"):
        value = record.get(name) or {}
        for text in value.values() if isinstance(value, dict) else (value,):
            words.update(dict.fromkeys(word for word in analysis.surfaces(text) if not analysis.is_stop_word(word)))
    nodes: list[Node] = [Term("words", word) for word in list(words)[:MOST_SIMILAR_WORDS] if len(word) > 1]
    for goal in record.get("goals") or ():
        if goal["scheme"] in ("sdg", "sdg-target"):
            name = "goal" if goal["scheme"] == "sdg" else "target"
            nodes.append(Boosted(Term(name, goal["code"]), 2.0))
    nodes += [Term("country", code) for code in (record.get("geography") or {}).get("countries") or ()]
    return All((Some(tuple(nodes) or (Terms("id", (NOT_STATED,)),)),), without=(Terms("id", (record["id"],)),))
