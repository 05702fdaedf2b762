"""A prepared select asks the driver alone, and is otherwise a select like others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy.exc
from sqlalchemy import bindparam, insert, select, text

from services.chassis.database import Database, Lookup
from services.chassis.settings import Settings
from tests.chassis.conftest import applied

VERSION = Lookup(lambda: select(applied.c.version, applied.c.times).where(applied.c.key == bindparam("key")))


@pytest.fixture
def database(either_database: Settings) -> Iterator[Database]:
    either_database.data_dir.mkdir(parents=True, exist_ok=True)
    opened = Database.open(either_database, "public")
    with opened.transaction() as session:
        applied.create(session.connection())
        session.execute(insert(applied).values(key="a", version=7, times=2))
    yield opened
    opened.close()


def test_the_first_row_or_none(database: Database) -> None:
    assert tuple(VERSION.first(database, key="a")) == (7, 2)
    assert VERSION.first(database, key="'; --") is None


def test_it_sees_the_transaction_that_is_open_here_and_nobody_elses(database: Database) -> None:
    with database.transaction() as session:
        session.execute(insert(applied).values(key="b", version=1, times=1))
        assert tuple(VERSION.first(database, key="b")) == (1, 1)
    assert tuple(VERSION.first(database, key="b")) == (1, 1)


def test_connections_come_back(database: Database) -> None:
    for _ in range(100):
        VERSION.first(database, key="a")
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_what_is_wrong_is_said_as_by_any_select(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("DROP TABLE applied"))
    with pytest.raises(sqlalchemy.exc.DBAPIError):
        VERSION.first(database, key="a")
