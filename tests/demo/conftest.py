"""The demo world, seeded once for all of these tests, into databases of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from services import demo
from services.accounts import app as accounts_app
from services.assessment import app as assessment_app
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.eventbus.build import topic_specs
from services.chassis.eventbus.local import LocalBus
from services.chassis.eventbus.relay import Relay
from services.chassis.eventbus.runner import Runner
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.registry import app as registry_app
from services.registry.partnerships.models import Partnership
from tests.databases import with_tables

Document = dict[str, Any]


@dataclass(frozen=True)
class World:
    """A seeded world: its services, the register's public documents by the first title in the file, and the marker's words."""

    settings: Settings
    services: list[Service]
    marker: Path

    @property
    def accounts(self) -> Database:
        return self.services[0].database

    @property
    def registry(self) -> Database:
        return self.services[1].database

    @property
    def assessment(self) -> Database:
        return self.services[2].database

    def hear(self) -> None:
        """The assessment hears of the register, as it does where an engine runs."""
        bus = LocalBus(self.marker.parent / "bus.sqlite")
        bus.ensure(topic_specs())
        publisher = bus.publisher()
        relay, runner = Relay(self.registry, bus), Runner(self.assessment, bus, assessment_app.subscriptions()[0])
        subscriber = bus.subscriber(runner.name, runner.topics)
        try:
            while relay.step(publisher) or runner.step(subscriber, publisher, 0.0):
                pass
        finally:
            subscriber.close()
            publisher.close()

    def documents(self) -> list[Document]:
        with self.registry.reading() as session:
            found = session.scalars(select(Partnership.document).where(Partnership.document.is_not(None)))
            return [orjson.loads(each) for each in found if each is not None]

    def titled(self, title: str) -> Document:
        """The public record with that title in one of its languages."""
        return next(each for each in self.documents() if title in each["title"].values())


def fresh(folder: Path) -> World:
    """Empty accounts, registry and assessment in that folder, and nothing seeded yet."""
    environ = {"CONVENE_DATA_DIR": str(folder / "data"), "CONVENE_PUBLIC_URL": "https://convene.example"}
    settings = Settings.from_env(environ).with_address_key()
    keys = accounts_app.key_source(settings)
    services = [
        accounts_app.build(settings),
        registry_app.build(settings, keys),
        assessment_app.build(settings, keys),
    ]
    for service in services:
        with_tables(service.database)
    return World(settings, services, folder / "run" / "demo")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world as `convene up --demo` makes it; no test changes it."""
    clock.use("system")
    made = fresh(tmp_path_factory.mktemp("demo"))
    demo.seed(made.services, made.settings, made.marker)
    yield made
    for service in made.services:
        service.database.close()


@pytest.fixture(scope="session")
def assessed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of its own with the rounds of the forum played; no test changes it."""
    clock.use("system")
    made = fresh(tmp_path_factory.mktemp("assessed"))
    everybody = demo.seed(made.services, made.settings, made.marker)
    made.hear()
    demo.assess(made.services, made.settings, made.marker, everybody)
    yield made
    for service in made.services:
        service.database.close()
