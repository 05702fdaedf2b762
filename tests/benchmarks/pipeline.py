"""`pipeline-embedded`, `pipeline-real`: from the bus to the index, beside projecting and bulk-writing alone.

The value is the consumer as it runs (bus, inbox, table, projection, index, position); the limit makes the same
projections and writes them in the same batches to a fresh index of the same engine. In turns; events per second.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator

from schemas.envelope import Event
from services.chassis import migrations, telemetry
from services.chassis.database import Database
from services.chassis.eventbus.build import build_bus, topic_specs
from services.chassis.eventbus.ports import Record
from services.chassis.eventbus.runner import BATCH, Runner
from services.chassis.settings import Settings
from services.search import projections
from services.search.app import subscription
from services.search.index.ports import Change, Index
from services.search.indexing import with_generation
from tests.benchmarks import engines
from tests.benchmarks.records import Maker
from tests.benchmarks.rows import Row, rate

RECORDS = 5_000
ROUNDS = 3
TOPIC = "convene.registry.partnership"

Documents = list[tuple[str, bytes]]
Fresh = Callable[[], contextlib.AbstractContextManager[Index]]


def run_embedded() -> Iterator[Row]:
    """SQLite, the local bus, tantivy."""

    @contextlib.contextmanager
    def place() -> Iterator[Settings]:
        with tempfile.TemporaryDirectory() as folder:
            yield _settings(folder)

    yield _measure("pipeline-embedded: events/s", place, engines.embedded, 0.7)


def run_real() -> Iterator[Row]:
    """PostgreSQL, Kafka, Elasticsearch."""
    with engines.server("kafka") as bus, engines.server("postgresql") as server:

        @contextlib.contextmanager
        def place() -> Iterator[Settings]:
            with tempfile.TemporaryDirectory() as folder, _database(server) as url:
                yield _settings(folder, CONVENE_BUS_URL=bus, CONVENE_DATABASE_URL=url, CONVENE_ADDRESS_KEY="k" * 32)

        yield _measure("pipeline-real: events/s", place, engines.real, 0.45)


def _measure(
    name: str, place: Callable[[], contextlib.AbstractContextManager[Settings]], fresh: Fresh, goal: float
) -> Row:
    maker = Maker()
    ours, theirs = [], []
    for _ in range(ROUNDS):
        documents = list(maker.documents(RECORDS))
        with place() as settings, fresh() as index:
            ours.append(_consume(settings, index, documents))
        with fresh() as index:
            theirs.append(_bulk(index, documents))
    return rate(name, statistics.median(ours), statistics.median(theirs), goal)


def _consume(settings: Settings, index: Index, documents: Documents) -> float:
    """Events per second from the bus to the index."""
    telemetry.configure(settings)
    database = Database.open(settings, "search")
    migrations.upgrade(database)
    bus = build_bus(settings)
    bus.ensure(topic_specs())
    consumer = subscription(settings, database, index, lambda: bus)
    publisher = bus.publisher()
    runner = Runner(database, bus, consumer)
    subscriber = bus.subscriber(runner.name, runner.topics)
    publisher.publish([_record(*documents[0])])
    while not runner.step(subscriber, publisher, 1.0):
        pass  # Kafka's group gives the consumer its partitions: that is not the pipeline's time
    publisher.publish([_record(id, document) for id, document in documents[1:]])
    began, taken = time.perf_counter(), 1
    while taken < len(documents):
        taken += runner.step(subscriber, publisher, 1.0)
    _searchable(index, len(documents))
    seconds = time.perf_counter() - began
    subscriber.close()
    publisher.close()
    bus.close()
    database.close()
    return taken / seconds


def _searchable(index: Index, count: int) -> None:
    index.refresh("partnerships")
    if index.count("partnerships") != count:
        raise RuntimeError(f"the index holds {index.count('partnerships')} records, not {count}")


def _bulk(index: Index, documents: Documents) -> float:
    """Projections and writes alone, per second."""
    began = time.perf_counter()
    for start in range(0, len(documents), BATCH):
        changes = [
            Change(id, 1, with_generation(projections.record_fields("partnerships", document), 1))
            for id, document in documents[start : start + BATCH]
        ]
        index.write("partnerships", changes)
    _searchable(index, len(documents))
    return len(documents) / (time.perf_counter() - began)


def _record(id: str, document: bytes) -> Record:
    event = Event(str(uuid.uuid4()), f"org.{TOPIC}.listed.v1", "/registry", id, "2026-01-01T00:00:00Z", 1, 1, document)
    return Record(TOPIC, id, document, tuple(event.headers()))


def _settings(folder: str, **more: str) -> Settings:
    environ = {
        "CONVENE_DATA_DIR": folder,
        "CONVENE_PUBLIC_URL": "http://localhost",
        "CONVENE_LOG_LEVEL": "error",
        **more,
    }
    return Settings.from_env(environ)


@contextlib.contextmanager
def _database(server: str) -> Iterator[str]:
    import psycopg

    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield f"{server.rpartition('/')[0]}/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
