"""The assessment as it runs, in a folder of its own: events on a bus, the consumer, the app."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from schemas import topics
from schemas.documents import render
from schemas.envelope import Event
from schemas.partnership import PartnershipDocument
from services.assessment import app
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.eventbus.build import topic_specs
from services.chassis.eventbus.local import LocalBus
from services.chassis.eventbus.ports import Record
from services.chassis.eventbus.runner import Runner
from services.chassis.identity.keys import FunctionKeys
from services.chassis.settings import Settings
from tests.databases import with_tables

TOPIC = "convene.registry.partnership"
EXAMPLES = Path(__file__).resolve().parents[3] / "schemas" / "examples"


class World:
    """The assessment with its bus; nothing runs by itself: `deliver` makes the consumer work."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.database = Database.open(settings, app.NAME)
        with_tables(self.database)
        self.bus = LocalBus(folder / "bus.sqlite")
        self.bus.ensure(topic_specs())
        self.publisher = self.bus.publisher()
        self.runner = Runner(self.database, self.bus, app.subscriptions()[0])
        self.client: FlaskClient = app.create_app(
            settings, self.database, FunctionKeys(lambda: {"keys": []})
        ).test_client()

    def publish(
        self,
        document: dict[str, Any] | None,
        what: str = "revised",
        *,
        key: str = "",
        data: bytes | None = None,
        **order: int,
    ) -> None:
        """Put a document on the bus, or bytes, or a tombstone."""
        body = render(PartnershipDocument, document) if document is not None else data
        event = Event(
            id=str(uuid.uuid4()),
            type=f"org.{TOPIC}.{what}.v1",
            source="/registry",
            subject=key or document["id"],  # type: ignore[index]
            time=clock.timestamp(),
            version=order.get("version") or (document or {}).get("version", 1),
            revision=order.get("revision") or (document or {}).get("revision", 1),
            data=body,
            traceparent=None,
        )
        self.publisher.publish([Record(topics.topic(TOPIC).name, event.subject, body, tuple(event.headers()))])

    def deliver(self) -> None:
        """Let the consumer take all that is on the bus."""
        subscriber = self.bus.subscriber(self.runner.name, self.runner.topics)
        try:
            while self.runner.step(subscriber, self.publisher, 0.0):
                pass
        finally:
            subscriber.close()

    def get(self, path: str, status: int = 200) -> Any:
        response = self.client.get(path)
        assert response.status_code == status, response.get_data(as_text=True)
        return orjson.loads(response.get_data())

    def post(self, body: Any, status: int = 200, query: str = "") -> Any:
        response = self.client.post(f"/evidence{query}", json=body)
        assert response.status_code == status, response.get_data(as_text=True)
        return orjson.loads(response.get_data())

    def close(self) -> None:
        self.publisher.close()
        self.database.close()


@pytest.fixture
def world(either_database: Settings, tmp_path: Path) -> Iterator[World]:
    """On SQLite, then on PostgreSQL."""
    made = World(either_database, tmp_path)
    yield made
    made.close()


@pytest.fixture
def lake() -> Callable[[], dict[str, Any]]:
    """A record with nearly every field; each call gives one of its own."""
    body = (EXAMPLES / "org.convene.registry.partnership.registered.v1.json").read_bytes()
    return lambda: orjson.loads(body)  # type: ignore[no-any-return]
