"""What was deleted on one machine is not in its files any more: neither in a database, nor in the log beside it, nor on the bus."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from services.chassis.database import Database
from services.chassis.eventbus.build import build_bus, topic_specs
from services.chassis.eventbus.local import LocalBus
from services.chassis.eventbus.ports import Record
from services.chassis.settings import Settings
from tests.chassis.conftest import applied

NAME = "Somebody-who-wants-to-be-forgotten"
TOPIC = "convene.registry.partnership"


def _bytes(settings: Settings) -> bytes:
    return b"".join(path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file())


def test_in_a_database(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings, "public")
    with database.transaction() as session:
        applied.create(session.connection())
        session.execute(insert(applied).values(key=NAME, version=1, times=1))
    assert NAME.encode() in _bytes(settings)
    with database.transaction() as session:
        session.execute(update(applied).values(key="a"))
    database.checkpoint()
    assert NAME.encode() not in _bytes(settings)
    database.close()


def test_on_the_bus(settings: Settings) -> None:
    bus = build_bus(settings)
    assert isinstance(bus, LocalBus)
    bus.ensure(topic_specs())
    publisher = bus.publisher()
    publisher.publish([Record(TOPIC, "a", NAME.encode(), ())])
    publisher.publish([Record(TOPIC, "a", b"{}", ())])
    assert NAME.encode() in _bytes(settings)
    assert bus.compact() == 1
    bus.checkpoint()
    assert NAME.encode() not in _bytes(settings)
    publisher.close()


@pytest.mark.parametrize("open_reader", [False, True])
def test_nobody_waits_for_it(settings: Settings, *, open_reader: bool) -> None:
    """A reader in the way leaves the log as it is; the next turn empties it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings, "public")
    with database.transaction() as session:
        applied.create(session.connection())
    with database.reading() as reader:
        if open_reader:
            reader.connection()
        with database.transaction() as session:
            session.execute(insert(applied).values(key="a", version=1, times=1))
        database.checkpoint()
    database.checkpoint()
    assert (settings.data_dir / "public.sqlite-wal").stat().st_size == 0
    database.close()
