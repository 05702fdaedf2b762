"""One document, rendered once: the bytes that are stored, served, carried by the event and kept by search are the same bytes.

Once on one machine, once on real Kafka, Elasticsearch and PostgreSQL. The servers are shared with other tests: a subscriber that
sees this test's records alone stands before the consumers, and the index has a name of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from services import embedded
from services.accounts.people import service as people
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.eventbus.build import build_bus, topic_specs
from services.chassis.eventbus.ports import Bus, Received
from services.chassis.eventbus.relay import Relay
from services.chassis.eventbus.runner import Runner
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.search.app import subscription
from services.search.index.build import build_index
from services.search.index.ports import Index
from tests.databases import with_tables

TOPICS = {"partnerships": "convene.registry.partnership", "organizations": "convene.registry.organization"}
TABLES = {"partnerships": "partnership", "organizations": "organization"}


@dataclass
class Own:
    """A subscriber that sees the records of some keys alone, in their order, and each once."""

    bus: Bus
    topics: tuple[str, ...]
    keys: set[str]
    seen: set[tuple[str, int, int]] = field(default_factory=set)

    def poll(self, limit: int, timeout: float) -> list[Received]:
        """What has not been seen yet."""
        found = [
            each
            for each in self.bus.read(self.topics, from_beginning=True, follow=False)
            if each is not None and each.key in self.keys and (each.topic, each.partition, each.offset) not in self.seen
        ]
        self.seen |= {(each.topic, each.partition, each.offset) for each in found[:limit]}
        return found[:limit]

    def commit(self) -> None:
        """What was polled does not come again."""

    def rewind(self) -> None:
        """Nothing is polled twice here."""

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class App:
    """The services behind one origin, and the settings that all parts share."""

    wsgi: Any
    settings: Settings


@dataclass
class World:
    """Registry and search on one kind of machinery."""

    registry: Service
    search: Database
    bus: Bus
    index: Index
    app: App
    admin: dict[str, str]
    lead: dict[str, str]
    keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        found = subscription(self.app.settings, self.search, self.index, lambda: self.bus)
        self._runners = [Runner(self.search, self.bus, found)]
        self._runners += [Runner(self.registry.database, self.bus, each) for each in self.registry.subscriptions]
        self._own = [Own(self.bus, tuple(runner.topics), self.keys) for runner in self._runners]

    def write(self, method: str, path: str, body: Any, headers: dict[str, str]) -> dict[str, Any]:
        """A write that must succeed, carried to everybody."""
        answer = Client(self.app.wsgi).open(
            f"/api/registry/{path}", method=method, json=body, headers={"If-Match": "*", **headers}
        )
        assert answer.status_code < 300, answer.text
        made: dict[str, Any] = answer.json or {}
        self.keys.add(made["id"])
        self.carry()
        return made

    def carry(self) -> None:
        """Relay, consume and do what is due until nothing is left."""
        publisher = self.bus.publisher()
        relay = Relay(self.registry.database, self.bus)
        while True:
            did = relay.step(publisher)
            for runner, own in zip(self._runners, self._own, strict=True):
                did += runner.step(own, publisher, timeout=0.0)
            if not did + Clock(self.registry.database, self.registry.jobs).turn():
                break
        publisher.close()
        self.index.refresh("partnerships")
        self.index.refresh("organizations")

    def four(self, collection: str, id: str) -> dict[str, bytes]:
        """The bytes in the four places, and in search's own table and the stored version beside them."""
        query = text(f"SELECT document FROM {TABLES[collection]} WHERE id = :id")
        with self.registry.database.reading() as session:
            stored = bytes(session.execute(query, {"id": id}).scalar_one())
        with self.search.reading() as session:
            joined = session.execute(text("SELECT document FROM record WHERE id = :id"), {"id": id}).scalar_one()
        carried = [
            each.value
            for each in self.bus.read([TOPICS[collection]], from_beginning=True, follow=False)
            if each is not None and each.key == id
        ]
        return {
            "stored": stored,
            "served": Client(self.app.wsgi).get(f"/api/registry/{collection}/{id}").data,
            "carried": carried[-1] or b"",
            "kept by the index": self.index.document(collection, id) or b"",  # type: ignore[arg-type]
            "kept by search": bytes(joined),
        }


@pytest.fixture(
    params=["embedded", pytest.param("real", marks=[pytest.mark.real, pytest.mark.xdist_group("same-bytes")])]
)
def world(request: pytest.FixtureRequest, settings: Settings) -> Iterator[World]:
    """Everything on one machine, then on the real servers."""
    if request.param == "real":
        environ = {
            "CONVENE_DATA_DIR": str(settings.data_dir),
            "CONVENE_ADDRESS_KEY": "k" * 64,
            "CONVENE_PUBLIC_URL": "https://convene.example",
            "CONVENE_BUS_URL": request.getfixturevalue("kafka_url"),
            "CONVENE_DATABASE_URL": request.getfixturevalue("postgresql_url"),
        }
        settings = Settings.from_env(environ)
    index = _index(request, settings)
    services = embedded.build(settings, ("accounts", "registry"))
    search = Database.open(settings, "search")
    for database in (*(service.database for service in services), search):
        with_tables(database)
    tokens = [
        people.issue_token(services[0].database, settings, f"{name}@example.org", role)
        for name, role in (("admin", "administrator"), ("lead", None))
    ]
    bus = build_bus(settings)
    bus.ensure(topic_specs())
    headers = [{"Authorization": f"Bearer {token}"} for token in tokens]
    yield World(services[1], search, bus, index, App(embedded.wsgi(settings, services), settings), *headers)
    if request.param == "real":
        index.remove_everything()  # type: ignore[attr-defined]
    index.close()
    bus.close()
    for database in (*(service.database for service in services), search):
        database.close()


def _index(request: pytest.FixtureRequest, settings: Settings) -> Index:
    if request.param == "embedded":
        index = build_index(settings)
    else:
        from services.search.index.elasticsearch import ElasticsearchIndex

        index = ElasticsearchIndex(request.getfixturevalue("elasticsearch_url"), prefix=f"test-{uuid.uuid4().hex}")
    index.create("first")
    index.switch("first")
    return index


def test_stored_served_carried_and_kept_are_the_same_bytes(world: World) -> None:
    organizations = [
        world.write("POST", "organizations", {"name": {"en": name, "km": "ទឹក"}, "constituency": kind}, world.admin)
        for name, kind in (("Émile's “Water” Council", "civil_society"), ("Universität", "academia"))
    ]
    lead, partner = (each["id"] for each in organizations)
    designation = {"organization_id": lead, "email": "lead@example.org", "display_name": "អ្នក", "functions": ["lead"]}
    world.write("POST", "focal-points", designation, world.admin)
    body = {
        "title": {"en": "Wells </script> & “more”", "ar": "آبار", "zh": "水井"},
        "organization_id": lead,
        "summary": {"en": "Villages keep their wells clean."},
        "geography": {"scope": "national", "countries": ["KH"]},
        "goals": [{"scheme": "mdg", "code": "2", "weight": "primary"}],
        "start": "2024",
        "partners": [{"organization": {"id": partner}}],
        "budget": {"totals": [{"basis": "planned", "amount": 1250.5, "currency": "USD"}]},
        "safeguarding": False,
        "stakeholders": [],
    }
    draft = world.write("POST", "partnerships", body, world.lead)
    record = world.write("POST", f"partnerships/{draft['id']}/transitions", {"to": "listed"}, world.lead)
    same(world, "partnerships", record["id"])
    for organization in organizations:
        same(world, "organizations", organization["id"])
    record = world.write("PATCH", f"partnerships/{draft['id']}", {"acronym": "Ω"}, world.lead)
    before = same(world, "partnerships", record["id"])
    world.write("PATCH", f"organizations/{partner}", {"name": {"en": "Renamed"}}, world.admin)
    same(world, "organizations", partner)
    after = same(world, "partnerships", record["id"])
    assert after != before
    assert b"Renamed" in after, "the record was rendered again, once, for all"


def same(world: World, collection: str, id: str) -> bytes:
    """The bytes, which are the same everywhere."""
    found = world.four(collection, id)
    assert found["stored"]
    for place, content in found.items():
        assert content == found["stored"], place
    return found["stored"]
