"""One service's database: SQLite (WAL, a file per service) or PostgreSQL (a schema per service).

Services open transactions here and nowhere else. A transaction opened while one is already open in the same context joins it:
that is how an idempotency key and the work that it guards commit together. Nothing here knows a table of a service.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import sqlalchemy.exc
from sqlalchemy import Connection, DateTime, Dialect, Engine, String, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from services.chassis.settings import Settings, SettingsError

BUSY_TIMEOUT_MS = 20_000
_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


class Timestamp(TypeDecorator[datetime]):
    """An aware instant in UTC: `timestamptz` on PostgreSQL, sortable RFC 3339 text on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a timestamp needs a time zone")
        value = value.astimezone(UTC)
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Database:
    """The database of one service.

    `transaction()` for writes (BEGIN IMMEDIATE on SQLite, so that no upgrade of a read lock can deadlock), `reading()` for
    reads, `connection()` for the one or two hottest reads that need no session.
    """

    def __init__(self, engine: Engine, service: str) -> None:
        self.engine = engine
        self.service = service
        # SQLite's readers see one state anyway. The driver says the level with the BEGIN that it sends in any case.
        self._reading = (
            engine.execution_options(isolation_level="REPEATABLE READ") if self.dialect != "sqlite" else engine
        )
        self._ambient: ContextVar[Session | None] = ContextVar(f"transaction-{service}", default=None)

    @classmethod
    def open(cls, settings: Settings, service: str) -> Database:
        """The database of `service` as the settings name it. Connects at first use, never before."""
        if settings.database_url.startswith("sqlite:"):
            return cls(_sqlite_engine(Path(settings.database_url.removeprefix("sqlite:")), service), service)
        return cls(_postgresql_engine(settings, service), service)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @property
    def is_writing(self) -> bool:
        """Whether a transaction is open in this context."""
        return self._ambient.get() is not None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session in a transaction: committed at the end, rolled back on any exception; joins one already open here."""
        ambient = self._ambient.get()
        if ambient is not None:
            yield ambient
            ambient.flush()
            return
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"begin_immediate": True})
            token = self._ambient.set(session)
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise
            finally:
                self._ambient.reset(token)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading: one consistent view; sees the transaction open in this context, if any."""
        ambient = self._ambient.get()
        if ambient is not None:
            yield ambient
            return
        with Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection for single Core selects (no session, no transaction to end)."""
        ambient = self._ambient.get()
        if ambient is not None:
            yield ambient.connection()
            return
        with self.engine.connect() as connection:
            yield connection

    def checkpoint(self) -> None:
        """On SQLite: write the log beside the file into it and empty the log, in which what was erased would stay readable.

        Where others read or write just now the log stays until the next time. PostgreSQL does so by itself.
        """
        if self.dialect == "sqlite":
            with self.engine.connect() as connection:
                empty_log(cast("sqlite3.Connection", connection.connection.driver_connection))

    def close(self) -> None:
        """Close all connections of this process."""
        self.engine.dispose()


class Lookup:
    """A select of plain columns (texts, numbers, bytes) whose first row is asked for again and again: compiled once, then asked
    of the driver alone, which takes a quarter of the time. Parameters are `bindparam`s, by name.
    """

    def __init__(self, statement: Callable[[], Any]) -> None:
        self._statement = functools.cache(statement)
        self._prepared = functools.cache(self._prepare)

    def _prepare(self, dialect: Dialect) -> tuple[str, tuple[str, ...] | None]:
        compiled = self._statement().compile(dialect=dialect)
        return str(compiled), tuple(compiled.positiontup or ()) if compiled.positional else None

    def first(self, database: Database, **values: Any) -> Any:
        """The first row as a tuple, or `None`; sees the transaction open in this context. Raises what a select raises."""
        if database.is_writing:
            return self._select(database, values)
        text, names = self._prepared(database.engine.dialect)
        given: Any = values if names is None else tuple(values[name] for name in names)
        connection = database.engine.raw_connection()
        try:
            return connection.cursor().execute(text, given).fetchone()
        except (sqlite3.Error, database.engine.dialect.loaded_dbapi.Error):
            return self._select(database, values)  # which says what is wrong in the way that everybody knows
        finally:
            connection.close()

    def _select(self, database: Database, values: dict[str, Any]) -> Any:
        with database.connection() as connection:
            return connection.execute(self._statement(), values).first()


def empty_log(connection: sqlite3.Connection) -> None:
    """Write the write-ahead log of a SQLite file into it and empty it, unless somebody is in the way."""
    before = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout=200")  # writers wait as long as this does
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute(f"PRAGMA busy_timeout={before}")


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database cannot be used now (away, busy, full), and not that a statement is wrong."""
    if isinstance(error, sqlalchemy.exc.TimeoutError):  # no connection of the pool came free
        return True
    if not isinstance(error, sqlalchemy.exc.DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return (getattr(error.orig, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_AWAY
    # psycopg's OperationalError: PostgreSQL's classes 08 (connection), 40, 53, 57, 58, and what never reached it.
    return error.connection_invalidated or isinstance(error, sqlalchemy.exc.OperationalError)


def _sqlite_engine(folder: Path, service: str) -> Engine:
    path = folder / f"{service}.sqlite"
    url = URL.create("sqlite+pysqlite", database=str(path))
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        pool_size=8,
        max_overflow=32,
        hide_parameters=True,  # an error is logged; the values it was about may be private
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: we say BEGIN IMMEDIATE.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL: what was acknowledged is on the disk, whatever loses power.
        cursor.execute("PRAGMA synchronous=FULL")
        # What was deleted or replaced is overwritten with zeros: an erased name is not in the file any more.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-16000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("begin_immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    _forget_connections_after_fork(engine)
    return engine


def _postgresql_engine(settings: Settings, service: str) -> Engine:
    try:
        url = make_url(settings.database_url).set(drivername="postgresql+psycopg")
    except Exception as error:
        raise SettingsError(f"CONVENE_DATABASE_URL is not a database URL: {error}") from None
    arguments: dict[str, Any] = {
        "options": f"-csearch_path={service}",
        "connect_timeout": 10,
        "application_name": f"convene-{service}",
    }
    if settings.database_ca:
        arguments |= {"sslmode": "verify-full", "sslrootcert": settings.database_ca}
    engine = create_engine(
        url, connect_args=arguments, pool_size=5, max_overflow=20, pool_pre_ping=True, hide_parameters=True
    )

    @event.listens_for(engine, "handle_error")
    def _hide_values(context: ExceptionContext) -> None:
        # PostgreSQL repeats the row in the message ("DETAIL: Key (email)=(…)"), which `hide_parameters` knows nothing of.
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None:
                error.args = tuple(arg.partition("\n")[0] if isinstance(arg, str) else arg for arg in error.args)

    _forget_connections_after_fork(engine)
    return engine


def _forget_connections_after_fork(engine: Engine) -> None:
    # A connection must never be used by two processes; the child forgets the parent's without closing them.
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
