"""The consumer: what it keeps, what is poison, and that doing the same twice changes nothing."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from schemas.envelope import Event
from services.chassis.database import Database
from services.chassis.eventbus.dead_letters import TOPIC as DEAD_LETTERS
from services.chassis.eventbus.ports import Record as BusRecord
from services.chassis.settings import Settings
from services.search import consumers, projections
from services.search.index.ports import IndexUnavailable
from services.search.models import Record
from tests.databases import with_tables
from tests.search.conftest import LISTED, World, partnership


def carry(world: World, key: str, data: bytes | None, version: int = 1) -> None:
    event = Event(str(uuid.uuid4()), LISTED, "/registry", key, "2026-01-01T00:00:00Z", version, version, data)
    world.publisher.publish([BusRecord("convene.registry.partnership", key, data, tuple(event.headers()))])


@pytest.mark.parametrize(
    "data", [b"[]", b"{}", b"null", b'{"id":1}', b'{"id":"x","version":1,"revision":1,"title":5}', b"\xff\xfe"]
)
def test_what_is_no_document_is_a_dead_letter_and_holds_nothing_up(world: World, data: bytes) -> None:
    good = partnership(title={"en": "Water"})
    carry(world, "bad", data)
    world.publish(LISTED, good)
    world.deliver()
    assert world.ids() == [good["id"]]
    letters = [received for received in world.bus.read([DEAD_LETTERS], from_beginning=True, follow=False) if received]
    assert len(letters) == 1
    with world.database.reading() as session:
        assert session.scalars(select(Record.id)).all() == [good["id"]]


def test_a_crash_between_commit_and_index_heals(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    record = partnership(title={"en": "Water"})
    world.publish(LISTED, record)

    def gone(*_: Any) -> None:
        raise IndexUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(world.index, "write", gone)
        with pytest.raises(IndexUnavailable):
            world.deliver()
    assert world.ids() == []
    with world.database.reading() as session:
        assert session.scalars(select(Record.id)).all() == [record["id"]]
    world.deliver()
    assert world.ids() == [record["id"]]


def test_the_table_alone_refuses_what_is_late(either_database: Settings) -> None:

    database = Database.open(either_database, "search")
    with_tables(database)

    def hold(version: int, revision: int, data: bytes | None = b"{}") -> bool:
        event = Event(str(uuid.uuid4()), LISTED, "/registry", "a", "2026-01-01T00:00:00Z", version, revision, data)
        with database.transaction() as session:
            return consumers.hold(session, "partnerships", event)

    assert [hold(2, 3), hold(2, 3), hold(2, 2), hold(1, 9), hold(2, 4), hold(3, 5, None), hold(3, 4)] == [
        True,
        False,
        False,
        False,
        True,
        True,
        False,
    ]
    with database.reading() as session:
        row = session.scalars(select(Record)).one()
    assert (row.version, row.revision, row.generation, row.document) == (3, 5, 3, None)
    database.close()


def test_projections_are_made_once_and_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    original = projections.record_fields
    monkeypatch.setattr(projections, "record_fields", lambda *arguments: made.append(1) or original(*arguments))
    world.add(*[partnership() for _ in range(5)])
    assert len(made) == 5


def test_the_digest_stands_for_the_bytes() -> None:
    document = orjson.dumps(partnership())
    assert projections.digest(document) == projections.digest(bytes(document))
    assert projections.digest(document) != projections.digest(document, b"{}")
    assert projections.digest(document) != projections.digest(document.replace(b"listed", b"tsilde"))
