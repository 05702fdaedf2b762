"""A tiny service to try the chassis with: its database, its bus, a table that a consumer keeps."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson
import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select
from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.chassis.database import Database
from services.chassis.eventbus import outbox
from services.chassis.eventbus.ports import Bus
from services.chassis.eventbus.relay import Relay
from services.chassis.eventbus.runner import Handler, Poison, Runner, Subscription
from services.chassis.settings import Settings
from services.chassis.tables import CHASSIS

LISTED = "org.convene.registry.partnership.listed.v1"
REVISED = "org.convene.registry.partnership.revised.v1"
TOPIC = "convene.registry.partnership"

metadata = MetaData()
applied = Table(
    "applied",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("version", Integer),
    Column("times", Integer),
)


@dataclass
class World:
    """A writing and a reading side over real machinery, driven by hand or by threads."""

    database: Database
    bus: Bus
    consumer: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:10]}")
    committed: list[str] = field(default_factory=list)

    def write(
        self, key: str, version: int, *, revision: int | None = None, kind: str = REVISED, data: bytes | None = b"{}"
    ) -> None:
        with self.database.transaction() as session:
            outbox.add(session, type=kind, key=key, version=version, revision=revision or version, data=data)

    def relay(self) -> int:
        publisher = self.bus.publisher()
        count, relay = 0, Relay(self.database, self.bus)
        while took := relay.step(publisher):
            count += took
        publisher.close()
        return count

    def subscription(
        self, handler: Handler | None = None, after: Callable[[Sequence[Event]], None] | None = None
    ) -> Subscription:
        handler = handler or apply
        return Subscription(self.consumer, {LISTED: handler, REVISED: handler}, after_commit=after or self._note)

    def _note(self, events: Sequence[Event]) -> None:
        self.committed += [event.subject for event in events]

    def consume(
        self, subscription: Subscription | None = None, until: Callable[[], bool] | None = None, seconds: float = 120
    ) -> Runner:
        """Run the consumer in a thread until a condition holds (by default: nothing is left to read)."""
        runner = Runner(self.database, self.bus, subscription or self.subscription())
        done = until or (lambda: sum(self.bus.lag(runner.name, runner.topics).values()) == 0)
        stopped = threading.Event()
        thread = threading.Thread(target=runner.run, args=(stopped,))
        thread.start()
        try:
            self.wait(done, seconds)
        finally:
            stopped.set()
            thread.join(60)
        return runner

    def wait(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, "the condition was not met in time"
            time.sleep(0.02)

    def applied(self) -> dict[str, tuple[int, int]]:
        with self.database.reading() as session:
            return {row.key: (row.version, row.times) for row in session.execute(select(applied))}


def apply(session: Session, event: Event) -> None:
    """Keep the version of each key, and count how often it was applied; a document that says so is poison."""
    if event.data is not None and orjson.loads(event.data).get("poison"):
        raise Poison("the document says that it is poison")
    row = session.execute(select(applied.c.times).where(applied.c.key == event.subject)).scalar()
    if row is None:
        session.execute(applied.insert().values(key=event.subject, version=event.version, times=1))
    else:
        session.execute(
            applied.update().where(applied.c.key == event.subject).values(version=event.version, times=row + 1)
        )


def _bus(request: pytest.FixtureRequest, kind: str, settings: Settings) -> Bus:
    from services.chassis.eventbus.build import build_bus, topic_specs

    environ = {"CONVENE_DATA_DIR": str(settings.data_dir), "CONVENE_BUS_PARTITIONS": "2"}
    if kind == "kafka":
        environ["CONVENE_BUS_URL"] = request.getfixturevalue("kafka_url")
    bus = build_bus(Settings.from_env(environ))
    bus.ensure(topic_specs())
    return bus


@pytest.fixture(params=["local+sqlite", pytest.param("kafka+postgresql", marks=pytest.mark.real)])
def world(request: pytest.FixtureRequest, settings: Settings) -> Iterator[World]:
    """The world on one machine, then on real Kafka and PostgreSQL."""
    kind, dialect = request.param.split("+")
    environ = {"CONVENE_DATA_DIR": str(settings.data_dir)}
    if dialect == "postgresql":
        environ["CONVENE_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(Settings.from_env(environ), "public")
    with database.engine.begin() as connection:
        CHASSIS.create_all(connection)
        metadata.create_all(connection)
    yield World(database, _bus(request, kind, settings))
    database.close()
