"""The embedded index: tantivy, a folder per edition, on the disk of one machine.

One process writes (the running consumer, or a rebuild where nothing runs): a lock on `writer.lock` sees to it, and the
kernel frees it when its holder dies. Any process reads; it looks at two files before it answers, so that
it never answers from an older state than the newest one committed. The only module that imports `tantivy`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tantivy

from services.chassis.locks import Locked, file_lock
from services.search.index.fields import COLLECTIONS, FIELDS, Collection, Kind
from services.search.index.ports import (
    Change,
    Facet,
    Found,
    Held,
    Hit,
    IndexLocked,
    IndexUnavailable,
    Request,
    Row,
    Sort,
    TooManyCells,
    is_more,
)
from services.search.query import (
    All,
    Best,
    Boosted,
    Everything,
    Inside,
    Near,
    Node,
    Phrase,
    Prefix,
    Range,
    Some,
    Term,
    Terms,
    without_scores,
)

WRITER_MEMORY = {"partnerships": 48_000_000, "organizations": 15_000_000}
"""Bytes of memory for documents that are not yet on the disk; 15 MB is the least that tantivy takes."""

_Query = tantivy.Query
_Must, _Should, _MustNot = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


class TantivyIndex:
    """The index in `folder`: `folder/{edition}/{collection}/`, and `folder/current` with the name of the current edition."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pointer = folder / "current"
        self._lock = threading.Lock()
        self._claimed: contextlib.ExitStack | None = None
        self._current: tuple[tuple[int, int], str] | None = None
        self._readers: dict[tuple[str, Collection], _Reader] = {}
        self._writers: dict[tuple[str, Collection], _Writer] = {}

    # Editions

    def current(self) -> str | None:
        """See `ports.Index`."""
        try:
            status = self._pointer.stat()
        except FileNotFoundError:
            return None
        seen = (status.st_ino, status.st_mtime_ns)
        known = self._current
        if known is None or known[0] != seen:
            known = self._current = (seen, self._pointer.read_text().strip())
        return known[1]

    def editions(self) -> tuple[str, ...]:
        """See `ports.Index`."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(entry.name for entry in self._folder.iterdir() if entry.is_dir()))

    def create(self, edition: str) -> None:
        """See `ports.Index`."""
        for collection in COLLECTIONS:
            path = self._path(edition, collection)
            path.mkdir(parents=True, exist_ok=True)
            if not tantivy.Index.exists(str(path)):
                tantivy.Index(_schema(collection), str(path))

    def switch(self, edition: str) -> None:
        """See `ports.Index`."""
        if edition not in self.editions():
            raise IndexUnavailable(f"there is no edition {edition} in {self._folder}")
        fresh = self._folder / f"current.{os.getpid()}"
        with fresh.open("w") as file:
            file.write(edition)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._pointer)
        _sync_folder(self._folder)

    def drop(self, edition: str) -> None:
        """See `ports.Index`. Readers that still have its files open keep reading them: only the names go."""
        if edition == self.current():
            raise ValueError(f"{edition} is current")
        with self._lock:
            for collection in COLLECTIONS:
                self._readers.pop((edition, collection), None)
                writer = self._writers.pop((edition, collection), None)
                if writer is not None:
                    writer.close()
        shutil.rmtree(self._folder / edition, ignore_errors=True)

    def _path(self, edition: str, collection: Collection) -> Path:
        return self._folder / edition / collection

    # Writing

    def claim(self) -> None:
        """See `ports.Index`."""
        with self._lock:
            if self._claimed is None:
                held = contextlib.ExitStack()
                try:
                    held.enter_context(file_lock(self._folder / "writer.lock"))
                except Locked:
                    raise IndexLocked("another process writes this index") from None
                self._claimed = held

    def release(self) -> None:
        """See `ports.Index`."""
        with self._lock:
            for writer in self._writers.values():
                writer.close()
            self._writers.clear()
            if self._claimed is not None:
                self._claimed.close()
                self._claimed = None

    def write(self, collection: Collection, changes: Sequence[Change], edition: str | None = None) -> None:
        """See `ports.Index`. One commit for all changes: 11 to 17 ms, on the disk when it returns."""
        if changes:
            self.claim()
            self._writer(self._named(edition), collection).write(changes)

    def _writer(self, edition: str, collection: Collection) -> _Writer:
        with self._lock:
            writer = self._writers.get((edition, collection))
            if writer is None:
                reader = self._open(edition, collection)
                writer = self._writers[edition, collection] = _Writer(reader, WRITER_MEMORY[collection])
        return writer

    def refresh(self, collection: Collection, edition: str | None = None) -> None:
        """See `ports.Index`. Nothing to do: every search looks whether there was a commit."""

    # Reading

    def search(self, collection: Collection, request: Request) -> Found:
        """See `ports.Index`."""
        reader = self._reader(None, collection)
        searcher = reader.searcher()
        filters = {name: reader.filter(node) for name, node in request.filters.items()}
        query = reader.query(request.query)
        matching = _all_of(query, filters.values())
        found = _page(reader, searcher, matching, request.sort, request.limit, request.offset)
        hits = tuple(_hit(searcher, rank, address, request) for rank, address in found.hits[: request.limit])
        more = is_more(request, found.total, len(found.hits))
        if not request.facets:
            return Found(found.total, hits, {}, more)
        counted = reader.query(without_scores(request.query))
        return Found(found.total, hits, _facets(searcher, counted, filters, request.facets), more)

    def count_each(self, collection: Collection, nodes: Sequence[Node]) -> list[int]:
        """See `ports.Index`."""
        reader = self._reader(None, collection)
        searcher = reader.searcher()
        return [_count(searcher, reader.query(node)) for node in nodes]

    def labels(self, nodes: Sequence[Node]) -> list[bytes | None]:
        """See `ports.Index`."""
        reader = self._reader(None, "partnerships")
        searcher = reader.searcher()
        found = [searcher.search(reader.query(node), 1, count=False).hits for node in nodes]
        return [searcher.doc(hits[0][1]).get_first("labels") if hits else None for hits in found]

    def cross(self, query: Node, filters: Mapping[str, Node], fields: Sequence[str], size: int) -> list[Row]:
        """See `ports.Index`."""
        reader = self._reader(None, "partnerships")
        matching = _all_of(reader.query(query), [reader.filter(node) for node in filters.values()])
        request: dict[str, Any] = {}
        for field in reversed(fields):
            request = {field: {"terms": _terms(field, size), **({"aggs": request} if request else {})}}
        try:
            found = reader.searcher().aggregate(matching, request)
        except ValueError as error:
            if "bucket limit" in str(error):
                raise TooManyCells(str(error)) from None
            raise
        return list(rows_of(found, tuple(fields)))

    def held(self, collection: Collection, ids: Sequence[str], edition: str | None = None) -> dict[str, Held]:
        """See `ports.Index`."""
        reader = self._reader(edition, collection)
        return reader.held(reader.searcher(), ids)

    def document(self, collection: Collection, id: str) -> bytes | None:
        """See `ports.Index`."""
        reader = self._reader(None, collection)
        searcher = reader.searcher()
        hits = searcher.search(_Query.term_query(reader.schema, "id", id), 1, count=False).hits
        return searcher.doc(hits[0][1]).get_first("document") if hits else None

    def count(self, collection: Collection, edition: str | None = None) -> int:
        """See `ports.Index`."""
        return int(self._reader(edition, collection).searcher().num_docs)

    def check(self) -> None:
        """See `ports.Index`."""
        for collection in COLLECTIONS:
            self._reader(None, collection).searcher()

    def close(self) -> None:
        """See `ports.Index`."""
        self.release()
        self._readers.clear()

    def _named(self, edition: str | None) -> str:
        name = edition or self.current()
        if name is None:
            raise IndexUnavailable(f"no index has been built in {self._folder} yet; the running consumer builds it")
        return name

    def _reader(self, edition: str | None, collection: Collection) -> _Reader:
        name = self._named(edition)
        reader = self._readers.get((name, collection))
        if reader is not None:
            return reader
        with self._lock:
            return self._open(name, collection)

    def _open(self, edition: str, collection: Collection) -> _Reader:
        reader = self._readers.get((edition, collection))
        if reader is None:
            reader = self._readers[edition, collection] = _Reader(self._path(edition, collection))
            if edition == self.current():  # what this process knew of editions before is of no more use to readers
                for name, other in list(self._readers):
                    if other == collection and name != edition and (name, other) not in self._writers:
                        del self._readers[name, other]
        return reader


def bare_calls(index: TantivyIndex, request: Request) -> Callable[[], Any]:
    """The calls of tantivy that a request by relevance comes to, all translated before: what it costs at the least.

    For the benchmark, which has to ask the engine the same thing without us.
    """
    reader = index._reader(None, "partnerships")
    searcher = reader.searcher()
    filters = {name: reader.filter(node) for name, node in request.filters.items()}
    query = reader.query(request.query)
    matching = _all_of(query, filters.values())
    counted = reader.query(without_scores(request.query))
    groups = _facet_groups(filters, request.facets)
    aggregations = [
        (_all_of(counted, [chosen for name, chosen in filters.items() if name != left_out]), _aggregation(group))
        for left_out, group in groups.items()
    ]

    def ask() -> Any:
        hits = [searcher.doc(address).get_first("item") for _, address in searcher.search(matching, request.limit).hits]
        return hits, [searcher.aggregate(query, wanted) for query, wanted in aggregations]

    return ask


class _Reader:
    """An open folder; reloads when its `meta.json` has changed since."""

    def __init__(self, path: Path) -> None:
        self._meta = path / "meta.json"
        try:
            self.index = tantivy.Index.open(str(path))
        except ValueError as error:
            raise IndexUnavailable(f"the index {path} cannot be opened: {error}") from None
        self.index.config_reader("manual", 0)
        self.schema = self.index.schema
        self._seen: tuple[int, int] | None = None

    def searcher(self) -> tantivy.Searcher:
        """A view of the newest commit."""
        try:
            status = self._meta.stat()
        except FileNotFoundError:
            raise IndexUnavailable(f"{self._meta} is gone") from None
        seen = (status.st_ino, status.st_mtime_ns)
        if seen != self._seen:
            self.index.reload()
            self._seen = seen
        return self.index.searcher()

    def held(self, searcher: tantivy.Searcher, ids: Sequence[str]) -> dict[str, Held]:
        """What this view holds of these records."""
        known = [id for id in ids if searcher.doc_freq("id", id)]  # an absent term is found out a hundred times faster
        if not known:
            return {}
        query = _Query.term_set_query(self.schema, "id", known)
        hits = searcher.search(query, len(known), count=False, order_by_field="id").hits
        addresses = [address for _, address in hits]
        columns = [
            searcher.fast_field_values(name, addresses) for name in ("version", "revision", "generation", "digest")
        ]
        return {
            str(id): Held(*(int(value or 0) for value in values))
            for (id, _), *values in zip(hits, *columns, strict=True)
        }

    def filter(self, node: Node) -> tantivy.Query:
        """A query that chooses and adds nothing to the score."""
        return _Query.const_score_query(self.query(node), 0.0)

    def query(self, node: Node) -> tantivy.Query:
        """The node as tantivy says it; `IndexUnavailable` where the index has no such field."""
        try:
            return self._query(node)
        except ValueError as error:
            raise IndexUnavailable(f"the index was made by another version of the program ({error})") from None

    def _query(self, node: Node) -> tantivy.Query:  # noqa: C901 - one case per kind of node
        schema = self.schema
        match node:
            case Everything():
                return _Query.all_query()
            case Term(field, value):
                return _Query.term_query(schema, field, value)
            case Terms(field, values):
                return _Query.const_score_query(_Query.term_set_query(schema, field, list(values)), 0.0)
            case Range(field, least, below):
                bounds = _Query.range_query(
                    schema, field, tantivy.FieldType.Integer, least, below, include_upper=below is None
                )
                return _Query.const_score_query(bounds, 0.0)
            case Phrase(field, words):
                return _Query.phrase_query(schema, field, list(words))
            case Near(field, word, distance):
                return _Query.fuzzy_term_query(schema, field, word, distance)
            case Prefix(field, word):
                return _Query.fuzzy_term_query(schema, field, word, 0, prefix=True)
            case Inside(field, letters):
                return _Query.regex_query(schema, field, f".*{_literally(letters)}.*")
            case Boosted(inner, factor):
                return _Query.boost_query(self._query(inner), factor)
            case Best(nodes):
                return _Query.disjunction_max_query([self._query(inner) for inner in nodes])
            case Some(nodes, least):
                return _Query.boolean_query([(_Should, self._query(inner)) for inner in nodes], least)
            case All(nodes, also, without):
                parts = [(_Must, self._query(inner)) for inner in nodes]
                parts += [(_Should, self._query(inner)) for inner in also]
                parts += [(_MustNot, self._query(inner)) for inner in without]
                return _Query.boolean_query(parts)

    def after(self, sort: Sort) -> tantivy.Query:
        """The records behind `sort.after`. Keys are hexadecimal, so that they need no quoting."""
        between = f"{{* TO {sort.after}}}" if sort.descending else f"{{{sort.after} TO *}}"
        return _Query.const_score_query(self.index.parse_query(f"{sort.field}:{between}", [sort.field]), 0.0)


class _Writer:
    """The one writer of a folder."""

    def __init__(self, reader: _Reader, memory: int) -> None:
        self._reader = reader
        self._gone: dict[str, int] = {}
        self._writer = reader.index.writer(memory, 1)

    def write(self, changes: Sequence[Change]) -> None:
        held = self._reader.held(self._reader.searcher(), [change.id for change in changes])
        generations = {id: found.generation for id, found in held.items()}
        try:
            for change in changes:
                if change.generation < max(generations.get(change.id, -1), self._gone.get(change.id, -1)):
                    continue
                generations[change.id] = change.generation
                self._writer.delete_documents_by_term("id", change.id)
                if change.fields is not None:
                    self._writer.add_json(change.fields.decode())
                    self._gone.pop(change.id, None)
                else:
                    self._gone[change.id] = change.generation
            self._writer.commit()
        except BaseException:
            self._writer.rollback()
            raise

    def close(self) -> None:
        self._writer.wait_merging_threads()


def _schema(collection: Collection) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name, kind in FIELDS[collection].items():
        match kind:
            case Kind.IDENTIFIER:
                builder.add_text_field(name, stored=True, fast=True, tokenizer_name="raw", index_option="basic")
            case Kind.CODES | Kind.SORT:
                builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
            case Kind.TEXT:
                builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
            case Kind.TOKENS:
                builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
            case Kind.NUMBER:
                builder.add_integer_field(name, fast=True)
            case Kind.KEPT:
                builder.add_bytes_field(name, stored=True)
    return builder.build()


def _all_of(query: tantivy.Query, filters: Any) -> tantivy.Query:
    parts = [(_Must, query), *((_Must, chosen) for chosen in filters)]
    return _Query.boolean_query(parts) if len(parts) > 1 else query


class _Page(NamedTuple):
    total: int
    hits: Sequence[tuple[Any, tantivy.DocAddress]]


def _page(
    reader: _Reader, searcher: tantivy.Searcher, query: tantivy.Query, sort: Sort | None, limit: int, offset: int
) -> _Page:
    if limit == 0:
        return _Page(_count(searcher, query), ())
    if sort is None:
        return _counted(searcher.search(query, limit, offset=offset))
    order = tantivy.Order.Desc if sort.descending else tantivy.Order.Asc
    wanted = limit + 1  # whether there is more
    if sort.after is None:
        return _counted(searcher.search(query, wanted, order_by_field=sort.field, order=order))
    rest = _all_of(query, [reader.after(sort)])
    page = searcher.search(rest, wanted, count=False, order_by_field=sort.field, order=order)
    return _Page(_count(searcher, query), page.hits)


def _counted(result: Any) -> _Page:
    return _Page(result.count or 0, result.hits)  # `count` is missing in the library's own types


def _count(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    return _counted(searcher.search(query, 1)).total


def _hit(searcher: tantivy.Searcher, rank: Any, address: tantivy.DocAddress, request: Request) -> Hit:
    kept = searcher.doc(address)
    return Hit(
        id=str(kept.get_first("id")),
        score=float(rank) if request.sort is None else 0.0,
        key=None if request.sort is None else str(rank),
        item=bytes(kept.get_first("item") or b""),
        texts=kept.get_first("texts") if request.texts else None,
    )


def _facets(
    searcher: tantivy.Searcher, query: tantivy.Query, filters: Mapping[str, tantivy.Query], facets: Sequence[Facet]
) -> dict[str, dict[str, int]]:
    """One aggregation for all facets whose own filter is not in force, and one for each other: three times as fast
    as a single one with filters inside."""
    counts: dict[str, dict[str, int]] = {}
    for left_out, group in _facet_groups(filters, facets).items():
        matching = _all_of(query, [chosen for name, chosen in filters.items() if name != left_out])
        for name, found in searcher.aggregate(matching, _aggregation(group)).items():
            counts[name] = {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}
    return counts


def _facet_groups(filters: Mapping[str, Any], facets: Sequence[Facet]) -> dict[str | None, list[Facet]]:
    """The facets that can be counted together: all those whose own filter is not in force, and each other by itself."""
    groups: dict[str | None, list[Facet]] = {}
    for facet in facets:
        groups.setdefault(facet.leaves_out if facet.leaves_out in filters else None, []).append(facet)
    return groups


def _aggregation(facets: Sequence[Facet]) -> dict[str, Any]:
    return {facet.name: {"terms": _terms(facet.field, facet.size)} for facet in facets}


def _terms(field: str, size: int) -> dict[str, Any]:
    return {"field": field, "size": size, "segment_size": max(10_000, size)}


def rows_of(found: Mapping[str, Any], fields: tuple[str, ...], codes: tuple[str, ...] = ()) -> Any:
    """The rows of nested term aggregations, in the shape that both engines answer."""
    for bucket in found[fields[0]]["buckets"]:
        row = (*codes, str(bucket["key"]))
        if len(fields) == 1:
            yield Row(row, bucket["doc_count"])
        else:
            yield from rows_of(bucket, fields[1:], row)


def _literally(letters: str) -> str:
    return "".join(letter if letter.isalnum() or not letter.isascii() else f"\\{letter}" for letter in letters)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
