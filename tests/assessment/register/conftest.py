"""The assessment's tables and consumer with a bus of their own; `tell` puts what the registry says on it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas import topics
from schemas.documents import load, render
from schemas.envelope import Event
from services.assessment import app
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.eventbus.build import topic_specs
from services.chassis.eventbus.local import LocalBus
from services.chassis.eventbus.ports import Record
from services.chassis.eventbus.runner import Runner
from services.chassis.settings import Settings
from tests.databases import with_tables

EXAMPLES = Path(__file__).resolve().parents[3] / "schemas" / "examples"


def example(happened: str) -> dict[str, Any]:
    """The committed example of an event of the registry, like `authority.bound`."""
    document: dict[str, Any] = orjson.loads((EXAMPLES / f"org.convene.registry.{happened}.v1.json").read_bytes())
    return document


class World:
    """The assessment's consumer; nothing runs by itself."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.database = Database.open(settings, app.NAME)
        with_tables(self.database)
        self.bus = LocalBus(folder / "bus.sqlite")
        self.bus.ensure(topic_specs())
        self.publisher = self.bus.publisher()
        self.runner = Runner(self.database, self.bus, app.subscriptions()[0])

    def tell(self, happened: str, document: Mapping[str, Any]) -> None:
        """Put a document of the registry on the bus, and let it be consumed."""
        kind = topics.event_type(f"org.convene.registry.{happened}.v1")
        load(kind.contract(), document)
        self.put(happened, document["id"], render(kind.contract(), document), document["version"], document["revision"])

    def put(self, happened: str, key: str, body: bytes | None, version: int, revision: int = 1) -> None:
        """Put any bytes, or a tombstone, on the bus and let them be consumed."""
        name = f"org.convene.registry.{happened}.v1"
        event = Event(str(uuid.uuid4()), name, "/registry", key, clock.timestamp(), version, revision, body, None)
        self.publisher.publish([Record(topics.topic_of(name).name, key, body, tuple(event.headers()))])
        self.deliver()

    def deliver(self) -> None:
        """Let the consumer take all that is on the bus."""
        subscriber = self.bus.subscriber(self.runner.name, self.runner.topics)
        try:
            while self.runner.step(subscriber, self.publisher, 0.0):
                pass
        finally:
            subscriber.close()

    def close(self) -> None:
        self.publisher.close()
        self.database.close()


@pytest.fixture
def world(either_database: Settings, tmp_path: Path) -> Iterator[World]:
    """On SQLite, then on PostgreSQL."""
    made = World(either_database, tmp_path)
    yield made
    made.close()
