"""`search-embedded`, `search-real`: a search over HTTP with text, two filters and four facets, beside the engine's own calls.

100,000 records. The value is the whole way from the WSGI request to the bytes of the answer, with highlights, labels
and counts; the limit is the same query asked of the engine by its own client, already translated. Both are asked in
turns, each question once before it counts.
"""

from __future__ import annotations

import io
import math
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from schemas import vocabulary
from services.chassis import migrations, process
from services.chassis.database import Database
from services.chassis.identity.keys import FunctionKeys
from services.chassis.settings import Settings
from services.search import facets, projections, query
from services.search.app import create_app
from services.search.index.elasticsearch import ElasticsearchIndex, search_body
from services.search.index.ports import Change, Index, Request
from services.search.index.tantivy import TantivyIndex, bare_calls
from services.search.indexing import with_generation
from services.search.query import Terms
from tests.benchmarks import engines
from tests.benchmarks.records import Maker
from tests.benchmarks.rows import Row, at_most

RECORDS = 100_000
BATCH = 1_000
QUESTIONS = 300
FACETS = ("goal", "country", "constituency", "role")

Question = dict[str, Any]


def run_embedded() -> Iterator[Row]:
    """Beside tantivy."""
    with engines.embedded() as index:
        yield from _measure("search-embedded", index, lambda request: _tantivy(index, request))


def run_real() -> Iterator[Row]:
    """Beside Elasticsearch."""
    with engines.real() as index:
        yield from _measure("search-real", index, lambda request: _elasticsearch(index, request))


def _measure(name: str, index: Index, engine: Callable[[Request], Callable[[], Any]]) -> Iterator[Row]:
    maker = Maker()
    _fill(index, maker)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env({"CONVENE_DATA_DIR": folder, "CONVENE_LOG_LEVEL": "error"}).with_address_key()
        database = Database.open(settings, "search")
        migrations.upgrade(database)
        app = create_app(settings, database, FunctionKeys(lambda: {"keys": []}), index)
        process.settle()  # as the web server does before it forks
        ours, theirs = [], []
        for question in _questions(maker):
            ask, bare = _wsgi(app, question), engine(_request(question))
            ask()
            bare()
            ours.append(_milliseconds(ask))
            theirs.append(_milliseconds(bare))
        database.close()
    for share, label, goal in ((50, "p50", lambda limit: limit + 3), (95, "p95", lambda limit: limit * 1.5)):
        value, limit = _percentile(ours, share), _percentile(theirs, share)
        yield at_most(f"{name}: {label} ms", value, goal(limit), limit)


def _fill(index: Index, maker: Maker) -> None:
    batch: list[Change] = []
    for id, document in maker.documents(RECORDS):
        batch.append(Change(id, 1, with_generation(projections.record_fields("partnerships", document), 1)))
        if len(batch) == BATCH:
            index.write("partnerships", batch)
            batch = []
    index.write("partnerships", batch)
    index.refresh("partnerships")


def _questions(maker: Maker) -> Iterator[Question]:
    """One or two words, that two in a hundred or half of the records have; a goal or two; one to three countries."""
    drawn = random.Random(7)
    countries = vocabulary.scheme("country").codes
    for number in range(QUESTIONS):
        words = [
            maker.vocabulary[int(math.exp(drawn.uniform(math.log(20), math.log(2_000))))] for _ in range(1 + number % 2)
        ]
        yield {
            "q": " ".join(words),
            "goal": drawn.sample(vocabulary.scheme("sdg").codes, 1 + number % 2),
            "country": drawn.sample(countries[:60], 1 + number % 3),
            "facet": list(FACETS),
        }


def _request(question: Question) -> Request:
    """The request that the engine gets for a question."""
    text = query.parse(question["q"])
    filters = {name: Terms(name, tuple(question[name])) for name in ("goal", "country")}
    return Request(query.text_node(text), filters, facets.requested(FACETS))


def _tantivy(index: TantivyIndex, request: Request) -> Callable[[], Any]:
    return bare_calls(index, request)


def _elasticsearch(index: ElasticsearchIndex, request: Request) -> Callable[[], Any]:
    from elasticsearch import Elasticsearch

    client: Elasticsearch = index.client()
    body = search_body(request)
    return lambda: client.search(index=index.alias("partnerships"), **_named(body))


def _named(body: dict[str, Any]) -> dict[str, Any]:
    return {"source" if name == "_source" else name: value for name, value in body.items()}


def _wsgi(app: Any, question: Question) -> Callable[[], bytes]:
    """The whole of the service, without a socket."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/partnerships",
        "QUERY_STRING": urlencode(question, doseq=True),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }

    def ask() -> bytes:
        said: list[str] = []
        body = b"".join(app(dict(environ), lambda status, headers, _=None: said.append(status)))
        if not said[0].startswith("200"):
            raise RuntimeError(f"{said[0]}: {body.decode()}")
        return body

    return ask


def _milliseconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _percentile(times: list[float], share: int) -> float:
    return statistics.quantiles(times, n=100)[share - 1]
