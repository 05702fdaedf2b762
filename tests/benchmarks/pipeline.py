"""`pipeline-embedded`, `pipeline-real`: the way of events from a full outbox into the index, in the processes that run it.

Outbox → relay → bus → consumer (inbox, table, projection) → index, until everything is searchable; beside it the same
projections written in the same batches to the same engine, alone. In turns; documents per second.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from services.chassis.database import Database
from services.chassis.eventbus import outbox
from services.chassis.eventbus.build import build_bus
from services.chassis.eventbus.runner import BATCH
from services.chassis.settings import Settings
from services.search import projections
from services.search.index.build import build_index
from services.search.index.elasticsearch import ElasticsearchIndex
from services.search.index.ports import Change, Index
from services.search.index.tantivy import TantivyIndex
from services.search.indexing import TOPICS, with_generation
from services.search.models import Record
from tests.benchmarks import engines
from tests.benchmarks.records import Maker
from tests.benchmarks.rows import Row, rate
from tests.databases import fresh_database
from tests.system.running import CONVENE, ROOT, Embedded, running, wait

RECORDS = 5_000
WARM = 500
ROUNDS = 3
SECONDS = 300.0
LISTED = "org.convene.registry.partnership.listed.v1"

Documents = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Pipeline:
    """A running system: where the outbox is, where the table, and the index at the end."""

    registry: Database
    search: Database
    index: TantivyIndex | ElasticsearchIndex


def run_embedded() -> Iterator[Row]:
    """`convene up`: SQLite, the local bus, tantivy, relay and consumer as threads of one process."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Embedded(Path(folder))) as system,
        _opened(Settings.from_env(system.environ)) as pipeline,
        engines.embedded() as alone,
    ):
        yield _measure("pipeline-embedded: documents/s", pipeline, alone, 0.7)


def run_real() -> Iterator[Row]:
    """Relay and consumer as processes of their own: PostgreSQL, Kafka, Elasticsearch."""
    with contextlib.ExitStack() as servers:
        url = servers.enter_context(fresh_database(servers.enter_context(engines.server("postgresql"))))
        environ = {
            "CONVENE_DATA_DIR": servers.enter_context(tempfile.TemporaryDirectory()),
            "CONVENE_DATABASE_URL": url,
            "CONVENE_BUS_URL": servers.enter_context(engines.server("kafka")),
            "CONVENE_SEARCH_URL": servers.enter_context(engines.server("elasticsearch")),
            "CONVENE_ADDRESS_KEY": "k" * 64,
        }
        with _processes(environ), _opened(Settings.from_env(environ)) as pipeline:
            with _beside(environ["CONVENE_SEARCH_URL"]) as alone:
                yield _measure("pipeline-real: documents/s", pipeline, alone, 0.45)
            pipeline.index.remove_everything()


def _measure(name: str, pipeline: Pipeline, alone: Index, goal: float) -> Row:
    maker = Maker()
    ours, theirs = [], []
    for count in (WARM, *[RECORDS] * ROUNDS):
        documents = list(maker.documents(count))
        ours.append(_carry(pipeline, documents))
        theirs.append(_bulk(alone, documents))
    return rate(name, statistics.median(ours[1:]), statistics.median(theirs[1:]), goal)


def _carry(pipeline: Pipeline, documents: Documents) -> float:
    """Documents per second from the commit that fills the outbox until all are found."""
    before = _rows(pipeline.search)
    with pipeline.registry.transaction() as session:
        events = [{"type": LISTED, "key": id, "version": 1, "revision": 1, "data": data} for id, data in documents]
        outbox.add_many(session, outbox.rows_for(events))
    began = time.perf_counter()
    wanted = before + len(documents)
    wait(lambda: _rows(pipeline.search) == wanted, SECONDS, "every event applied", patient=False)
    wait(lambda: _searchable(pipeline.index) == wanted, SECONDS, "every document searchable", patient=False)
    return len(documents) / (time.perf_counter() - began)


def _rows(database: Database) -> int:
    with database.connection() as connection:
        return connection.execute(select(func.count()).select_from(Record)).scalar() or 0


def _searchable(index: Index) -> int:
    index.refresh("partnerships")
    return index.count("partnerships")


def _bulk(index: Index, documents: Documents) -> float:
    """The projections and the writes alone, per second."""
    wanted = index.count("partnerships") + len(documents)
    began = time.perf_counter()
    for start in range(0, len(documents), BATCH):
        changes = [
            Change(id, 1, with_generation(projections.record_fields("partnerships", document), 1))
            for id, document in documents[start : start + BATCH]
        ]
        index.write("partnerships", changes)
    assert _searchable(index) == wanted
    return len(documents) / (time.perf_counter() - began)


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[Pipeline]:
    """The system's databases and index, once its consumer works."""
    databases = [Database.open(settings, name) for name in ("registry", "search")]
    index = build_index(settings)
    assert isinstance(index, TantivyIndex | ElasticsearchIndex)
    bus = build_bus(settings)
    wait(lambda: index.current() is not None, 60, "the consumer at work")
    wait(lambda: not sum(bus.lag("search", TOPICS).values()), 60, "what was on the bus before")
    yield Pipeline(*databases, index)
    index.close()
    for database in databases:
        database.close()


@contextlib.contextmanager
def _beside(url: str) -> Iterator[ElasticsearchIndex]:
    """Another index in the same Elasticsearch."""
    index = ElasticsearchIndex(url, prefix=f"bench-{uuid.uuid4().hex}")
    index.create("bench")
    index.switch("bench")
    try:
        yield index
    finally:
        index.remove_everything()
        index.close()


@contextlib.contextmanager
def _processes(environ: dict[str, str]) -> Iterator[None]:
    """The registry's relay and the consumer of search."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONVENE_")} | environ
    subprocess.run([CONVENE, "db", "upgrade"], env=kept, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    processes = [
        subprocess.Popen([CONVENE, *words], env=kept, cwd=ROOT, stderr=subprocess.DEVNULL)
        for words in (("relay", "registry"), ("consume", "search"))
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)
