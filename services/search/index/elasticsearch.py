"""The index in Elasticsearch: an index per collection and edition, an alias per collection for the current edition.

Uses what a full Elasticsearch and its bare server share: no scripts, no reindex, no deletion by query. The tokens are
ours (`analysis.py`); Elasticsearch splits them at white space. The only module that imports `elasticsearch`.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from services.chassis.settings import without_password
from services.search.index.fields import COLLECTIONS, FIELDS, Collection, Kind
from services.search.index.ports import (
    Change,
    Facet,
    Found,
    Held,
    Hit,
    IndexUnavailable,
    Request,
    Row,
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
)

BULK_BYTES = 8_000_000
REQUEST_SECONDS = 10.0
_NDJSON = {"content-type": "application/x-ndjson", "accept": "application/json"}
_JSON = {"content-type": "application/json", "accept": "application/json"}

Json = dict[str, Any]


class ElasticsearchIndex:
    """The index on the servers at `url`; all names begin with `prefix`."""

    def __init__(
        self, url: str, *, api_key: str | None = None, ca: str | None = None, replicas: int = 0, prefix: str = "convene"
    ) -> None:
        self._url = url
        self._api_key = api_key
        self._ca = ca
        self._replicas = replicas
        self._prefix = prefix
        self._client: Any = None
        self._opening = threading.Lock()

    # Editions

    def current(self) -> str | None:
        """See `ports.Index`."""
        status, found = self._ask("GET", f"/_alias/{self.alias('partnerships')}", missing=True)
        if status == 404:
            return None
        return self._edition_of("partnerships", next(iter(found)))

    def editions(self) -> tuple[str, ...]:
        """See `ports.Index`."""
        _, found = self._ask("GET", f"/{self._prefix}-partnerships--*/_alias")
        return tuple(sorted(self._edition_of("partnerships", name) for name in found))

    def create(self, edition: str) -> None:
        """See `ports.Index`. Each edition has a write alias of its own: a write can never make an index by itself."""
        for collection in COLLECTIONS:
            body = {
                "settings": {
                    "number_of_shards": 1,
                    "number_of_replicas": self._replicas,
                    # Said explicitly, for an index that nobody searches would otherwise stop refreshing.
                    "refresh_interval": "1s",
                },
                "mappings": _mappings(collection),
                "aliases": {self._write_alias(collection, edition): {}},
            }
            status, answer = self._ask("PUT", f"/{self._name(collection, edition)}", body, refused=True)
            if status >= 400 and answer["error"]["type"] != "resource_already_exists_exception":
                raise IndexUnavailable(f"Elasticsearch did not make the index: {answer['error']['reason']}")

    def switch(self, edition: str) -> None:
        """See `ports.Index`. One request moves both aliases at once."""
        actions: list[Json] = []
        for collection in COLLECTIONS:
            alias = self.alias(collection)
            status, found = self._ask("GET", f"/_alias/{alias}", missing=True)
            old = list(found) if status == 200 else []
            actions += [{"remove": {"index": name, "alias": alias}} for name in old]
            actions.append({"add": {"index": self._name(collection, edition), "alias": alias}})
        self._ask("POST", "/_aliases", {"actions": actions})

    def drop(self, edition: str) -> None:
        """See `ports.Index`."""
        if edition == self.current():
            raise ValueError(f"{edition} is current")
        for collection in COLLECTIONS:
            self._ask("DELETE", f"/{self._name(collection, edition)}", missing=True)

    def remove_everything(self) -> None:
        """Delete all indices of this prefix: for tests and benchmarks, whose prefix is their own."""
        for edition in self.editions():
            for collection in COLLECTIONS:
                self._ask("DELETE", f"/{self._name(collection, edition)}", missing=True)

    def _name(self, collection: Collection, edition: str) -> str:
        return f"{self._prefix}-{collection}--{edition}"

    def _edition_of(self, collection: Collection, name: str) -> str:
        return name.removeprefix(f"{self._prefix}-{collection}--")

    def alias(self, collection: Collection) -> str:
        """The name by which a collection's current edition is searched."""
        return f"{self._prefix}-{collection}"

    def _write_alias(self, collection: Collection, edition: str) -> str:
        return f"{self._name(collection, edition)}-write"

    # Writing

    def claim(self) -> None:
        """See `ports.Index`. Any number of processes may write: the external versions keep order."""

    def release(self) -> None:
        """See `ports.Index`."""

    def write(self, collection: Collection, changes: Sequence[Change], edition: str | None = None) -> None:
        """See `ports.Index`. The generation is the external version: Elasticsearch itself refuses older ones."""
        target = self.alias(collection) if edition is None else self._write_alias(collection, edition)
        for body in _bulks(changes):
            _, answer = self._ask("POST", f"/{target}/_bulk?require_alias=true", body)
            if answer["errors"]:
                _refuse_failures(answer["items"])

    def refresh(self, collection: Collection, edition: str | None = None) -> None:
        """See `ports.Index`."""
        self._ask("POST", f"/{self._target(collection, edition)}/_refresh")

    def _target(self, collection: Collection, edition: str | None) -> str:
        return self.alias(collection) if edition is None else self._name(collection, edition)

    # Reading

    def search(self, collection: Collection, request: Request) -> Found:
        """See `ports.Index`: one request."""
        found = self._search(collection, search_body(request))
        hits = tuple(_hit(hit, request) for hit in found["hits"]["hits"][: request.limit])
        total = found["hits"]["total"]["value"]
        counts = {name: _buckets(answer) for name, answer in found.get("aggregations", {}).items()}
        return Found(total, hits, counts, is_more(request, total, len(found["hits"]["hits"])))

    def count_each(self, collection: Collection, nodes: Sequence[Node]) -> list[int]:
        """See `ports.Index`."""
        if not nodes:
            return []  # Elasticsearch refuses an empty list of filters
        body = {"size": 0, "aggs": {"each": {"filters": {"filters": [query_body(node) for node in nodes]}}}}
        found = self._search(collection, body)
        return [bucket["doc_count"] for bucket in found["aggregations"]["each"]["buckets"]]

    def labels(self, nodes: Sequence[Node]) -> list[bytes | None]:
        """See `ports.Index`."""
        if not nodes:
            return []
        first = {"top_hits": {"size": 1, "_source": False, "stored_fields": ["labels"]}}
        each = {"filters": {"filters": [query_body(node) for node in nodes]}, "aggs": {"first": first}}
        found = self._search("partnerships", {"size": 0, "aggs": {"each": each}})
        hits = [bucket["first"]["hits"]["hits"] for bucket in found["aggregations"]["each"]["buckets"]]
        kept = [hit[0]["fields"]["labels"][0] if hit and "fields" in hit[0] else None for hit in hits]
        return [base64.b64decode(value) if value is not None else None for value in kept]

    def cross(self, query: Node, filters: Mapping[str, Node], fields: Sequence[str], size: int) -> list[Row]:
        """See `ports.Index`."""
        inner: Json = {}
        for field in reversed(fields):
            inner = {field: {"terms": {"field": field, "size": size}, **({"aggs": inner} if inner else {})}}
        body = {"size": 0, "query": _matching(query, filters.values()), "aggs": inner}
        return list(_rows(self._search("partnerships", body)["aggregations"], tuple(fields)))

    def held(self, collection: Collection, ids: Sequence[str], edition: str | None = None) -> dict[str, Held]:
        """See `ports.Index`."""
        if not ids:
            return {}
        numbers = ("version", "revision", "generation", "digest")
        body = {
            "size": len(ids),
            "query": {"ids": {"values": list(ids)}},
            "_source": False,
            "docvalue_fields": list(numbers),
        }
        _, found = self._ask("POST", f"/{self._target(collection, edition)}/_search", body)
        return {hit["_id"]: Held(*(int(hit["fields"][name][0]) for name in numbers)) for hit in found["hits"]["hits"]}

    def document(self, collection: Collection, id: str) -> bytes | None:
        """See `ports.Index`."""
        body = {"size": 1, "query": {"ids": {"values": [id]}}, "_source": False, "stored_fields": ["document"]}
        hits = self._search(collection, body)["hits"]["hits"]
        return base64.b64decode(hits[0]["fields"]["document"][0]) if hits else None

    def count(self, collection: Collection, edition: str | None = None) -> int:
        """See `ports.Index`."""
        _, found = self._ask("GET", f"/{self._target(collection, edition)}/_count")
        return int(found["count"])

    def check(self) -> None:
        """See `ports.Index`."""
        for collection in COLLECTIONS:
            self._search(collection, {"size": 0})

    def close(self) -> None:
        """See `ports.Index`."""
        with self._opening:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _search(self, collection: Collection, body: Json) -> Json:
        # With replicas, the same copy answers every page: a score must not change between two of them.
        return self._ask("POST", f"/{self.alias(collection)}/_search?preference=convene", body)[1]

    def _ask(
        self, method: str, path: str, body: Json | bytes | None = None, *, missing: bool = False, refused: bool = False
    ) -> tuple[int, Json]:
        """Status and answer. `missing` lets a 404 through, `refused` any 4xx; everything else is `IndexUnavailable`
        where waiting helps, and a mistake of ours where it does not."""
        from elastic_transport import TransportError

        try:
            answer = self.client().transport.perform_request(
                method,
                path,
                body=body,
                headers=self._headers(_NDJSON if isinstance(body, bytes) else _JSON),
            )
        except TransportError as error:
            raise IndexUnavailable(f"Elasticsearch at {without_password(self._url)} does not answer: {error}") from None
        status = int(answer.meta.status)
        if status < 400 or (missing and status == 404) or (refused and status < 500):
            return status, cast(Json, answer.body)
        reason = _reason(answer.body)
        if b"too_many_buckets" in orjson.dumps(answer.body, default=str):
            raise TooManyCells(reason)
        if status in (401, 403):
            raise IndexUnavailable(f"Elasticsearch refuses our key (CONVENE_SEARCH_API_KEY): {reason}")
        if status in (404, 429) or status >= 500:
            raise IndexUnavailable(f"Elasticsearch answers {status}: {reason}")
        raise ValueError(f"Elasticsearch refuses {method} {path} with {status}: {reason}")

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        return {**headers, "authorization": f"ApiKey {self._api_key}"} if self._api_key else headers

    def client(self) -> Any:
        """The client; opened at first use, for it costs a quarter of a second to load."""
        if self._client is None:
            with self._opening:
                if self._client is None:
                    self._client = self._open()
        return self._client

    def _open(self) -> Any:
        from elasticsearch import Elasticsearch, OrjsonSerializer

        secure: Json = {"ca_certs": self._ca} if self._ca else {}
        return Elasticsearch(
            self._url,
            request_timeout=REQUEST_SECONDS,
            retry_on_timeout=True,
            max_retries=2,
            retry_on_status=(502,),
            serializers={"application/json": OrjsonSerializer()},
            **secure,
        )


def _mappings(collection: Collection) -> Json:
    properties: Json = {}
    for name, kind in FIELDS[collection].items():
        match kind:
            case Kind.IDENTIFIER | Kind.CODES | Kind.SORT:
                properties[name] = {"type": "keyword"}
            case Kind.TEXT:
                properties[name] = {"type": "text", "analyzer": "whitespace"}
            case Kind.TOKENS:
                properties[name] = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
            case Kind.NUMBER:
                properties[name] = {"type": "long"}
            case Kind.KEPT:
                properties[name] = {"type": "binary", "store": True}
    # The source would hold every token and every byte a second time; what is read back is stored by itself.
    return {"dynamic": "strict", "_source": {"enabled": False}, "properties": properties}


def _bulks(changes: Sequence[Change]) -> Iterator[bytes]:
    lines: list[bytes] = []
    size = 0
    for change in changes:
        version = b'"_id":%b,"version":%d,"version_type":"external_gte"' % (orjson.dumps(change.id), change.generation)
        if change.fields is None:
            lines.append(b'{"delete":{%b}}\n' % version)
        else:
            lines.append(b'{"index":{%b}}\n%b\n' % (version, change.fields))
        size += len(lines[-1])
        if size >= BULK_BYTES:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)


def _refuse_failures(items: Sequence[Json]) -> None:
    for item in items:
        ((action, result),) = item.items()
        status = result["status"]
        if status < 300 or status == 409 or (action == "delete" and status == 404):
            continue  # 409: a newer generation is held already, which is what the version is for
        reason = result.get("error", {}).get("reason", "")
        if status == 429 or status >= 500 or status == 404:
            raise IndexUnavailable(f"Elasticsearch did not take {result.get('_id')}: {reason}")
        raise ValueError(f"Elasticsearch refuses {result.get('_id')}: {reason}")


def search_body(request: Request) -> Json:
    """The body of one search request: filters that no facet leaves out choose in the query, the others after it."""
    owned = {facet.leaves_out for facet in request.facets if facet.leaves_out} & set(request.filters)
    body: Json = {
        "query": _matching(request.query, [node for name, node in request.filters.items() if name not in owned]),
        "size": request.limit,
        "track_total_hits": True,
        "_source": False,
        "stored_fields": ["item", "texts"] if request.texts else ["item"],
    }
    if owned:
        body["post_filter"] = {"bool": {"filter": [query_body(request.filters[name]) for name in sorted(owned)]}}
    if request.facets:
        body["aggs"] = {
            facet.name: _facet(facet, [request.filters[name] for name in sorted(owned) if name != facet.leaves_out])
            for facet in request.facets
        }
    if request.sort is None:
        body["from"] = request.offset
        return body
    if request.limit:
        body["size"] += 1  # whether there is more
    body["sort"] = [{request.sort.field: "desc" if request.sort.descending else "asc"}]
    if request.sort.after is not None:
        body["search_after"] = [request.sort.after]
    return body


def _facet(facet: Facet, others: Sequence[Node]) -> Json:
    terms = {"terms": {"field": facet.field, "size": facet.size}}
    if not others:
        return terms
    return {"filter": {"bool": {"filter": [query_body(node) for node in others]}}, "aggs": {"values": terms}}


def _buckets(answer: Json) -> dict[str, int]:
    buckets = answer["values"]["buckets"] if "values" in answer else answer["buckets"]
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


def _matching(query: Node, filters: Iterable[Node]) -> Json:
    chosen = [query_body(node) for node in filters]
    return {"bool": {"must": [query_body(query)], "filter": chosen}} if chosen else query_body(query)


def query_body(node: Node) -> Json:  # noqa: C901 - one case per kind of node
    """The node as Elasticsearch says it."""
    match node:
        case Everything():
            return {"match_all": {}}
        case Term(field, value):
            return {"term": {field: {"value": value}}}
        case Terms(field, values):
            return {"constant_score": {"filter": {"terms": {field: list(values)}}, "boost": 0}}
        case Range(field, least, below):
            bounds = {name: bound for name, bound in (("gte", least), ("lt", below)) if bound is not None}
            return {"constant_score": {"filter": {"range": {field: bounds}}, "boost": 0}}
        case Phrase(field, words):
            return {"match_phrase": {field: {"query": " ".join(words)}}}
        case Near(field, word, distance):
            return {"fuzzy": {field: {"value": word, "fuzziness": distance, "rewrite": "constant_score"}}}
        case Prefix(field, word):
            return {"prefix": {field: {"value": word}}}
        case Inside(field, letters):
            return {"wildcard": {field: {"value": f"*{_literally(letters)}*"}}}
        case Boosted(inner, factor):
            return {"bool": {"must": [query_body(inner)], "boost": factor}}
        case Best(nodes):
            return {"dis_max": {"queries": [query_body(inner) for inner in nodes]}}
        case Some(nodes, least):
            return {"bool": {"should": [query_body(inner) for inner in nodes], "minimum_should_match": least}}
        case All(nodes, also, without):
            return {
                "bool": {
                    "must": [query_body(inner) for inner in nodes],
                    "should": [query_body(inner) for inner in also],
                    "must_not": [query_body(inner) for inner in without],
                }
            }


def _literally(letters: str) -> str:
    return "".join(f"\\{letter}" if letter in "*?\\" else letter for letter in letters)


def _hit(hit: Json, request: Request) -> Hit:
    fields = hit["fields"]
    return Hit(
        id=hit["_id"],
        score=hit["_score"] or 0.0,
        key=None if request.sort is None else hit["sort"][0],
        item=base64.b64decode(fields["item"][0]),
        texts=base64.b64decode(fields["texts"][0]) if request.texts else None,
    )


def _rows(found: Json, fields: tuple[str, ...], codes: tuple[str, ...] = ()) -> Iterator[Row]:
    for bucket in found[fields[0]]["buckets"]:
        row = (*codes, str(bucket["key"]))
        if len(fields) == 1:
            yield Row(row, bucket["doc_count"])
        else:
            yield from _rows(bucket, fields[1:], row)


def _reason(body: Any) -> str:
    error = body.get("error", body) if isinstance(body, dict) else body
    return str(error.get("reason", error) if isinstance(error, dict) else error)[:300]
