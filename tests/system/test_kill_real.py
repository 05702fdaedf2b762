"""The distributed system on real servers, while records go in: every kind of process is killed, every server goes away once.

Nothing acknowledged is lost, nothing is applied twice, the index catches up by itself. One system and three private servers for
all faults (`real`): each test begins with what the one before has left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.system.faults import rename_while, terms_lapse_while
from tests.system.load import Cast, Load, cast, check, every
from tests.system.running import Distributed, client, wait
from tests.system.stack import Stack

pytestmark = [
    pytest.mark.system,
    pytest.mark.real,
    pytest.mark.xdist_group("real-system"),
    pytest.mark.timeout(900),
]


@dataclass
class World:
    """The system, its servers, and who writes."""

    system: Distributed
    stack: Stack
    cast: Cast

    def under_load(self, fault: Callable[[Load], None]) -> None:
        """Something happens while records go in; afterwards everything is as it should be."""
        with client(self.system) as reader:
            before = len(every(reader, "/api/registry/partnerships"))
        load = Load(self.system, self.cast)
        try:
            with load:
                load.reach(10)
                fault(load)
                load.reach(10)
        except BaseException:
            self.stack.up()  # for the tests that follow: a fault that failed has left away what it took away
            raise
        check(self.system, load, beside=before)
        for name in ("service search", "relay registry", "consume search", "consume registry", "clock registry"):
            wait(lambda name=name: self.system.health(name)[0] == 200, 60, f"{name} being ready")


@pytest.fixture(scope="module")
def world(real: tuple[Distributed, Stack]) -> World:
    return World(*real, cast(real[0]))


@pytest.mark.parametrize("victim", ["service registry", "relay registry", "consume search"])
def test_a_killed_process_starts_again_and_nothing_is_lost(world: World, victim: str) -> None:
    world.under_load(lambda load: world.system.kill(victim))


def test_a_killed_consumer_of_the_registry_still_renames_every_record(world: World) -> None:
    world.under_load(lambda load: rename_while(world.system, world.cast, lambda: world.system.kill("consume registry")))


def test_terms_lapse_once_each_though_the_clock_is_killed(world: World) -> None:
    world.under_load(lambda load: terms_lapse_while(world.system, lambda: world.system.kill("clock registry")))


def test_without_kafka_writes_go_on_and_are_found_later(world: World) -> None:
    def fault(load: Load) -> None:
        world.stack.stop("kafka")
        load.reach(10)
        for name in ("relay registry", "consume search", "consume registry"):
            wait(lambda name=name: _complains(world.system, name, "bus", "Kafka"), 60, f"{name} saying what is away")
        with client(world.system) as reader:
            wait(lambda: _behind(reader) is None, 30, "search saying that it cannot know how far behind it is")
        world.stack.start("kafka")

    world.under_load(fault)


def test_without_elasticsearch_writes_go_on_and_search_says_that_it_is_away(world: World) -> None:
    def fault(load: Load) -> None:
        world.stack.kill("elasticsearch")
        load.reach(10)
        for name in ("service search", "consume search"):
            wait(lambda name=name: _complains(world.system, name, "index", "Elasticsearch"), 60, f"{name} saying it")
        with client(world.system) as reader:
            for path in ("partnerships", "organizations", "suggestions?q=we", "aggregates", "feeds/partnerships.atom"):
                _is_away(reader.get(f"/api/search/{path}"))
            assert "problem" in reader.get("/api/search/status").json()
        world.stack.start("elasticsearch")

    world.under_load(fault)


@pytest.mark.parametrize("manner", ["stop", "kill"])
def test_without_postgresql_nothing_is_acknowledged_and_nothing_is_lost(world: World, manner: str) -> None:
    def fault(load: Load) -> None:
        getattr(world.stack, manner)("postgresql")
        for name in ("service registry", "service search", "relay registry"):
            wait(lambda name=name: _complains(world.system, name, "database", ""), 60, f"{name} saying what is away")
        with client(world.system) as reader:
            _is_away(reader.get("/api/registry/partnerships"))
        world.stack.start("postgresql")

    world.under_load(fault)


def test_a_killed_broker_loses_nothing(world: World) -> None:
    def fault(load: Load) -> None:
        world.stack.kill("kafka")
        world.stack.start("kafka")

    world.under_load(fault)


def _complains(system: Distributed, name: str, check: str, about: str) -> bool:
    """Whether the process is not ready because of this check, and says what is away."""
    status, body = system.health(name)
    return status == 503 and any(
        row["name"] == check and not row["ok"] and about in row["detail"] for row in body["checks"]
    )


def _behind(reader: httpx.Client) -> int | None:
    """How many events search says it is behind; what is indexed is found without the bus."""
    answer = reader.get("/api/search/partnerships")
    assert answer.status_code == 200, answer.text
    behind: int | None = answer.json()["freshness"]["behind"]
    return behind


def _is_away(response: httpx.Response) -> None:
    assert response.status_code == 503, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"]
    assert response.json()["type"].endswith("unavailable")
