"""Search as it runs, in a folder of its own: events on a bus, the consumer, the index, the app."""

from __future__ import annotations

import itertools
import threading
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
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.eventbus.build import topic_specs
from services.chassis.eventbus.local import LocalBus
from services.chassis.eventbus.ports import Record
from services.chassis.eventbus.runner import Runner
from services.chassis.identity.keys import FunctionKeys
from services.chassis.settings import Settings
from services.search.app import create_app, subscription
from services.search.index.build import build_index
from services.search.index.ports import Index
from services.search.rebuild import Rebuilder
from tests.databases import with_tables

LISTED = "org.convene.registry.partnership.listed.v1"
ACCEPTED = "org.convene.registry.organization.accepted.v1"
EXAMPLES = Path(__file__).resolve().parents[2] / "schemas" / "examples"

_numbers = itertools.count(1)


def identifier(number: int | None = None) -> str:
    """A UUID that a test can recognize."""
    return f"0195000d-0000-7000-8000-{number if number is not None else next(_numbers):012x}"


def partnership(**stated: Any) -> dict[str, Any]:
    """A listed record with the least there is, and what a test states."""
    return {
        "id": identifier(),
        "version": 1,
        "revision": 1,
        "kind": "partnership",
        "standing": "listed",
        "phase": "active",
        "title": {"en": "Untitled"},
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        **stated,
    }


def organization(name: str = "Some Organization", **stated: Any) -> dict[str, Any]:
    """An accepted organization."""
    return {
        "id": identifier(),
        "version": 1,
        "revision": 1,
        "standing": "accepted",
        "name": {"en": name},
        "constituency": "civil_society",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        **stated,
    }


def partner(
    constituency: str = "civil_society", *roles: str, id: str | None = None, name: str = "A partner"
) -> dict[str, Any]:
    """A partner entry that is an organization."""
    return {
        "id": identifier(),
        "organization": {"id": id or identifier(), "name": {"en": name}, "constituency": constituency},
        "roles": list(roles),
        "confirmation": {"state": "claimed", "at": "2026-01-01T00:00:00Z"},
    }


class World:
    """One search service with its bus; nothing runs by itself: `deliver` makes the consumer work."""

    def __init__(self, settings: Settings, index: Index) -> None:
        self.settings = settings
        self.database = Database.open(settings, "search")
        with_tables(self.database)
        self.bus = LocalBus(Path(settings.bus_url.removeprefix("local:")))
        self.bus.ensure(topic_specs())
        self.index = index
        self.publisher = self.bus.publisher()
        self.subscription = subscription(settings, self.database, index, lambda: self.bus)
        self.runner = Runner(self.database, self.bus, self.subscription)
        self.rebuilder: Rebuilder = self.subscription.idle.__self__  # type: ignore[union-attr]
        self.subscription.started()  # type: ignore[misc]
        self._app: Any = None

    @property
    def client(self) -> FlaskClient:
        if self._app is None:
            self._app = create_app(
                self.settings, self.database, FunctionKeys(lambda: {"keys": []}), self.index, bus=lambda: self.bus
            )
        client: FlaskClient = self._app.test_client()
        return client

    def publish(
        self,
        type: str,
        document: dict[str, Any] | None,
        *,
        key: str | None = None,
        order: tuple[int, int] | None = None,
    ) -> bytes | None:
        """Put an event on the bus; returns the document's bytes."""
        data = render(topics.event_type(type).contract(), document) if document is not None else None
        version, revision = order or (document["version"], document["revision"]) if document else order or (1, 1)
        event = Event(
            id=str(uuid.uuid4()),
            type=type,
            source="/registry",
            subject=key or document["id"],  # type: ignore[index]
            time=clock.timestamp(),
            version=version,
            revision=revision,
            data=data,
            traceparent="00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
        )
        self.publisher.publish([Record(topics.event_type(type).topic, event.subject, data, tuple(event.headers()))])
        return data

    def deliver(self) -> int:
        """Let the consumer take all that is on the bus; returns how many records it took."""
        subscriber = self.bus.subscriber("search", self.runner.topics)
        taken = 0
        try:
            while count := self.runner.step(subscriber, self.publisher, 0.0):
                taken += count
        finally:
            subscriber.close()
        for collection in ("partnerships", "organizations"):
            self.index.refresh(collection)  # type: ignore[arg-type]
        return taken

    def add(self, *records: dict[str, Any]) -> None:
        """Publish records as listed (or organizations as accepted) and deliver them."""
        for record in records:
            self.publish(ACCEPTED if "name" in record else LISTED, record)
        self.deliver()

    def get(self, path: str, status: int = 200, **parameters: Any) -> Any:
        response = self.client.get(path, query_string=parameters)
        assert response.status_code == status, response.get_data(as_text=True)
        return orjson.loads(response.get_data()) if response.is_json else response.get_data(as_text=True)

    def find(self, **parameters: Any) -> Any:
        return self.get("/partnerships", **parameters)

    def ids(self, **parameters: Any) -> list[str]:
        """The ids that a search finds, sorted."""
        answer = self.find(**{"limit": 200, **parameters})
        assert answer["total"] == len(answer["items"])
        return sorted(item["id"] for item in answer["items"])

    def rebuild_to_the_end(self) -> None:
        while self.rebuilder.step():
            pass

    def in_background(self, work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
        """Do `work` again and again in a thread until `stop` is called on the returned list's first item."""
        results: list[Any] = []
        thread = threading.Thread(target=lambda: results.append(work()))
        thread.start()
        return thread, results

    def close(self) -> None:
        self.subscription.stopped()  # type: ignore[misc]
        self.publisher.close()
        self.database.close()


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    """Search on one machine."""
    made = World(settings, build_index(settings))
    yield made
    made.close()


@pytest.fixture(params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.real)])
def either_world(request: pytest.FixtureRequest, settings: Settings) -> Iterator[World]:
    """Search with the embedded index, then with Elasticsearch."""
    if request.param == "embedded":
        index = build_index(settings)
    else:
        from services.search.index.elasticsearch import ElasticsearchIndex

        index = ElasticsearchIndex(request.getfixturevalue("elasticsearch_url"), prefix=f"test-{uuid.uuid4().hex}")
    made = World(settings, index)
    yield made
    if request.param == "elasticsearch":
        index.remove_everything()  # type: ignore[attr-defined]
    made.close()
    index.close()


@pytest.fixture(scope="session")
def full_record() -> dict[str, Any]:
    """A record with nearly every field."""
    document: dict[str, Any] = orjson.loads(
        (EXAMPLES / "org.convene.registry.partnership.registered.v1.json").read_bytes()
    )
    return document
