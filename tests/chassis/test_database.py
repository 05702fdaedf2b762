"""The database of a service: what a reader sees while others write."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from services.chassis.database import Database
from services.chassis.settings import Settings
from tests.chassis.conftest import applied


@pytest.fixture
def database(either_database: Settings) -> Iterator[Database]:
    either_database.data_dir.mkdir(parents=True, exist_ok=True)
    opened = Database.open(either_database, "public")
    applied.create(opened.engine)
    yield opened
    opened.close()


def count(session: Session) -> int:
    return int(session.scalar(select(func.count()).select_from(applied)) or 0)


def write(database: Database, key: str) -> None:
    with database.transaction() as session:
        session.execute(insert(applied).values(key=key, version=1, times=1))


def elsewhere(database: Database, key: str) -> None:
    """Write in another context, as another request does."""
    writer = threading.Thread(target=write, args=(database, key))
    writer.start()
    writer.join()


def test_a_reader_sees_one_state(database: Database) -> None:
    with database.reading() as session:
        assert count(session) == 0
        elsewhere(database, "a")
        assert count(session) == 0
    with database.reading() as session:
        assert count(session) == 1


def test_a_reader_in_a_transaction_sees_what_it_writes(database: Database) -> None:
    with database.transaction() as session:
        session.execute(insert(applied).values(key="a", version=1, times=1))
        with database.reading() as inner:
            assert count(inner) == 1


@pytest.mark.real
def test_a_writer_on_the_same_connection_sees_what_others_commit(database: Database) -> None:
    """Waiting for a lock is of use only where the row is read anew: the level of a reader is not left on its connection."""
    if database.dialect == "sqlite":
        pytest.skip("on SQLite nobody commits beside a writer")
    with database.reading() as session:
        reader = session.scalar(text("SELECT pg_backend_pid()"))
    with database.transaction() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) == reader
        assert count(session) == 0
        elsewhere(database, "a")
        assert count(session) == 1
