"""A registry of the test's own: real database, real app with signed tokens, real bus, a clock that jumps.

`registry` runs on SQLite; `either_registry` on SQLite and on PostgreSQL. `World` has the few steps that most tests begin with.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import select
from werkzeug.test import TestResponse

from schemas.envelope import Event
from schemas.topics import event_type
from services.chassis import clock
from services.chassis.eventbus.build import build_bus, topic_specs
from services.chassis.eventbus.ports import Bus, Record
from services.chassis.eventbus.relay import Relay
from services.chassis.eventbus.runner import Runner
from services.chassis.identity.addresses import hash_address
from services.chassis.identity.keys import FunctionKeys
from services.chassis.identity.verification import issuer
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.tables import outbox
from services.registry import app as registry_app
from tests.databases import with_tables

KEY = ECKey.generate_key("P-256")


def jwks() -> dict[str, list[dict[str, Any]]]:
    """What the accounts of these tests publish."""
    return {"keys": [{**KEY.as_dict(private=False), "kid": KEY.thumbprint(), "use": "sig", "alg": "ES256"}]}


@dataclass
class Person:
    """Somebody with a verified address; `get`, `post`, `put`, `patch` call the registry with a good token."""

    world: World
    id: str
    email: str | None
    role: str | None

    @property
    def headers(self) -> dict[str, str]:
        """The header with a fresh token."""
        now = int(clock.now().timestamp())
        hashes = [hash_address(self.world.settings.address_key, self.email)] if self.email else []
        claims = {
            "iss": issuer(self.world.settings),
            "aud": "convene",
            "sub": self.id,
            "iat": now,
            "exp": now + 900,
            "adr": hashes,
        } | ({"role": self.role} if self.role else {})
        header = {"alg": "ES256", "kid": KEY.thumbprint(), "typ": "at+jwt"}
        return {"Authorization": f"Bearer {jwt.encode(header, claims, KEY, algorithms=['ES256'])}"}

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """A request in this person's name."""
        headers = self.headers | options.pop("headers", {})
        return self.world.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("POST", path, **({} if body is None else {"json": body}), **options)

    def put(self, path: str, body: Any, version: str | None = "*", **options: Any) -> TestResponse:
        return self.call("PUT", path, json=body, headers={"If-Match": version} if version else {}, **options)

    def patch(self, path: str, body: Any, version: str | None = "*", **options: Any) -> TestResponse:
        return self.call("PATCH", path, json=body, headers={"If-Match": version} if version else {}, **options)


@dataclass
class World:
    """The registry under test, and people who call it."""

    settings: Settings
    service: Service
    client: FlaskClient
    bus: Bus
    shifted: float = 0.0
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, name: str, role: str | None = None) -> Person:
        """The person of that name, whose verified address is `{name}@example.org`."""
        if name not in self.people:
            self.people[name] = Person(self, str(uuid4()), f"{name}@example.org", role)
        return self.people[name]

    @property
    def admin(self) -> Person:
        return self.person("admin", "administrator")

    @property
    def officer(self) -> Person:
        return self.person("officer", "pdu_officer")

    def get(self, path: str, **options: Any) -> TestResponse:
        """A request of nobody."""
        return self.client.get(path, **options)

    def organization(self, name: str = "Water Federation", **more: Any) -> dict[str, Any]:
        """An accepted organization."""
        body = {"name": {"en": name}, "constituency": "civil_society", "country": "KHM"} | more
        return ok(self.admin.post("/organizations", body), 201)

    def designated(self, name: str, organization_id: str, *functions: str, **more: Any) -> Person:
        """The person of that name, designated and bound."""
        self.designation(name, organization_id, *functions, **more)
        who = self.person(name)
        ok(who.get("/focal-points/me"))
        return who

    def designation(self, name: str, organization_id: str, *functions: str, **more: Any) -> dict[str, Any]:
        """A designation of that person, not yet bound."""
        body = {
            "organization_id": organization_id,
            "email": f"{name}@example.org",
            "display_name": name.title(),
            "functions": list(functions) or ["lead"],
        } | more
        return ok(self.admin.post("/focal-points", body), 201)

    def unit(self, organization_id: str, **more: Any) -> dict[str, Any]:
        """A unit of that organization."""
        body = {"organization_id": organization_id, "name": {"en": "Unit"}, "countries": [], "goals": []} | more
        return ok(self.admin.post("/units", body), 201)

    def registrar(self, name: str = "registrar", **unit: Any) -> tuple[Person, dict[str, Any]]:
        """A registrar of a unit of its own organization."""
        organization = self.organization(f"Office of {name}", constituency="un_system")
        made = self.unit(organization["id"], **unit)
        return self.designated(name, organization["id"], "registrar"), made

    def travel(self, days: float) -> None:
        """Let time pass."""
        self.shifted += days * 86400
        clock.use(f"offset:{self.shifted}")

    def run_jobs(self) -> int:
        """One turn of the clock."""
        return clock.Clock(self.service.database, self.service.jobs).turn()

    def events(self, kind: str = "") -> list[tuple[str, str, dict[str, Any]]]:
        """Everything said so far: type (without its ends), key and data, in order."""
        with self.service.database.reading() as session:
            rows = session.execute(select(outbox.c.headers, outbox.c.key, outbox.c.value).order_by(outbox.c.id)).all()
        found = [
            (
                orjson.loads(row.headers)["ce_type"].removeprefix("org.convene.").removesuffix(".v1"),
                row.key,
                orjson.loads(row.value),
            )
            for row in rows
        ]
        return [each for each in found if each[0].startswith(kind)]

    def say(self, kind: str, key: str, version: int, data: dict[str, Any] | None) -> None:
        """Publish an event of another service."""
        event = Event(
            id=str(uuid4()),
            type=kind,
            source="/test",
            subject=key,
            time=clock.timestamp(),
            version=version,
            revision=version,
            data=None if data is None else orjson.dumps(data),
        )
        publisher = self.bus.publisher()
        publisher.publish([Record(event_type(kind).topic, key, event.data, tuple(event.headers()))])
        publisher.close()

    def settle(self) -> None:
        """Relay and consume until nothing is left to do."""
        relay, publisher = Relay(self.service.database, self.bus), self.bus.publisher()
        runners = [Runner(self.service.database, self.bus, each) for each in self.service.subscriptions]
        subscribers = [self.bus.subscriber(runner.name, runner.topics) for runner in runners]
        limit = time.monotonic() + 120
        try:
            while True:
                assert time.monotonic() < limit, "the registry does not come to rest"
                did = relay.step(publisher)
                for runner, subscriber in zip(runners, subscribers, strict=True):
                    did += runner.step(subscriber, publisher, timeout=0.0)
                if not did and not any(sum(self.bus.lag(each.name, each.topics).values()) for each in runners):
                    return
        finally:
            for subscriber in subscribers:
                subscriber.close()
            publisher.close()


def ok(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json or {}


def refused(answer: TestResponse, status: int, slug: str) -> dict[str, Any]:
    """The problem of an answer that must name this rule."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    problem: dict[str, Any] = answer.json or {}
    assert problem["type"].rpartition("/")[2] == slug, answer.text
    return problem


def _world(settings: Settings) -> Iterator[World]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    service = registry_app.build(settings, FunctionKeys(jwks))
    with_tables(service.database)
    bus = build_bus(settings)
    bus.ensure(topic_specs())
    yield World(settings, service, service.create_app().test_client(), bus)
    bus.close()
    service.database.close()


@pytest.fixture
def registry(settings: Settings) -> Iterator[World]:
    """The registry on SQLite."""
    yield from _world(settings)


@pytest.fixture
def either_registry(either_database: Settings) -> Iterator[World]:
    """The registry on SQLite, then on PostgreSQL: for what depends on locks and transactions."""
    yield from _world(either_database)
