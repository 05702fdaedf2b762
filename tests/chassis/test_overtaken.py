"""Two members of one consumer: one that was paused past its session never puts an old state over a newer one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, insert, text
from sqlalchemy.orm import Session

from schemas.envelope import Event
from services.chassis.database import Database
from services.chassis.eventbus import inbox
from services.chassis.eventbus.local import LocalBus
from services.chassis.eventbus.ports import Received
from services.chassis.eventbus.runner import Runner, Subscription
from services.chassis.settings import Settings
from services.chassis.tables import CHASSIS
from tests.chassis.conftest import REVISED, TOPIC, World, applied, metadata

CONSUMER = "several"


def event(key: str, version: int) -> Event:
    return Event(f"id-{version}", REVISED, "/registry", key, "2026-01-01T00:00:00Z", version, version, b"{}", None)


def records(key: str, *versions: int) -> list[Received]:
    return [Received(TOPIC, key, b"{}", event(key, version).headers(), 0, version, 0.0) for version in versions]


def replace(session: Session, event: Event) -> None:
    """As a consumer whose rows of an aggregate come and go with its state."""
    session.execute(delete(applied).where(applied.c.key == event.subject))
    session.execute(insert(applied).values(key=event.subject, version=event.version, times=1))


def opened(settings: Settings) -> Database:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings, "public")
    with database.engine.begin() as connection:
        CHASSIS.create_all(connection)
        metadata.create_all(connection)
    return database


@pytest.fixture
def database(either_database: Settings) -> Iterator[Database]:
    made = opened(either_database)
    yield made
    made.close()


@pytest.fixture
def world(settings: Settings, postgresql_url: str) -> Iterator[World]:
    """PostgreSQL alone: on SQLite a second writer waits before it reads."""
    environ = {"CONVENE_DATA_DIR": str(settings.data_dir), "CONVENE_DATABASE_URL": postgresql_url}
    made = opened(Settings.from_env(environ))
    yield World(made, LocalBus(settings.data_dir), CONSUMER)
    made.close()


def test_a_place_that_had_no_mark_is_marked_once(database: Database) -> None:
    a, b, c = ((TOPIC, each) for each in "abc")
    with database.transaction() as session:
        inbox.mark(session, CONSUMER, {a: event("a", 1)}, known=())
    with pytest.raises(inbox.Overtaken), database.transaction() as session:
        inbox.mark(session, CONSUMER, {a: event("a", 9), b: event("b", 9)}, known=())
    with database.transaction() as session:
        inbox.mark(session, CONSUMER, {a: event("a", 2), b: event("b", 3), c: event("c", 4)}, known={a})
    with database.reading() as session:
        assert inbox.held(session, CONSUMER, TOPIC, "abc") == {"a": (2, 2), "b": (3, 3), "c": (4, 4)}


def overlap(world: World, first: list[Received], second: list[Received], until: Callable[[], bool]) -> None:
    """A member begins with `first`; while it is paused in the middle another takes `second`, until a condition holds."""
    other = Runner(world.database, world.bus, Subscription(CONSUMER, {REVISED: replace}))
    taking = threading.Thread(target=other._apply_together, args=(second,))

    def paused(session: Session, event: Event) -> None:
        if not taking.ident:
            taking.start()
            world.wait(lambda: until() or not taking.is_alive())
        replace(session, event)

    member = Runner(world.database, world.bus, Subscription(CONSUMER, {REVISED: paused}))
    try:
        member._apply_together(first)
    finally:
        taking.join(60)


def waits(world: World) -> bool:
    """Whether somebody waits for a lock in this database."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with world.database.engine.connect() as connection:
        return bool(connection.execute(query).scalar())


@pytest.mark.real
def test_a_member_that_was_overtaken_keeps_nothing(world: World) -> None:
    with pytest.raises(inbox.Overtaken):
        overlap(world, records("k", 1), records("k", 1, 2), until=lambda: False)
    assert world.applied() == {"k": (2, 1)}
    again = Runner(world.database, world.bus, Subscription(CONSUMER, {REVISED: replace}))
    assert again._apply_together(records("k", 1)).late == 1
    assert world.applied() == {"k": (2, 1)}


@pytest.mark.real
def test_a_member_that_comes_second_waits_for_the_first(world: World) -> None:
    Runner(world.database, world.bus, Subscription(CONSUMER, {REVISED: replace}))._apply_together(records("k", 1))
    overlap(world, records("k", 2), records("k", 2, 3), until=lambda: waits(world))
    assert world.applied() == {"k": (3, 1)}
    with world.database.reading() as session:
        assert inbox.held(session, CONSUMER, TOPIC, ["k"]) == {"k": (3, 3)}
