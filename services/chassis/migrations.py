"""Migrations: every service's tables are made and changed by Alembic, each in its own file or schema.

Composition roots call `upgrade` before they serve; a service's `migrations/env.py` calls `run`. When the stored revision is
already the newest, Alembic is not even loaded, which keeps a start fast.
"""

from __future__ import annotations

import contextlib
import importlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, inspect, pool, text
from sqlalchemy.exc import DatabaseError

from services.chassis.database import Database
from services.chassis.settings import SettingsError
from services.chassis.tables import CHASSIS


class MigrationError(SettingsError):
    """The database was made by a newer Convene, or is not one of ours."""


def head(service: str) -> str:
    """The newest revision that this program knows for `service`."""
    return str(importlib.import_module(f"services.{service}.migrations").HEAD)


def current(database: Database) -> str | None:
    """The revision that the database is at; `None` for an empty one. Raises `MigrationError` for a file that is no database."""
    try:
        with database.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version", schema=_schema(database)):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DatabaseError as error:
        if isinstance(error.orig, sqlite3.DatabaseError) and not isinstance(error.orig, sqlite3.OperationalError):
            raise MigrationError(
                f"{database.engine.url.database} cannot be read ({error.orig}): restore a backup into an empty folder, "
                "or choose another folder with --data-dir"
            ) from None
        raise


def current_or_none(database: Database) -> str | None:
    """As `current`, and `None` too where there is not even a file: looking must not make one."""
    if database.dialect == "sqlite" and not Path(str(database.engine.url.database)).exists():
        return None
    return current(database)


def upgrade(database: Database) -> bool:
    """Bring the database to the newest revision; returns whether there was anything to do. Safe beside other processes."""
    _prepare(database)
    if current(database) == head(database.service):
        return False
    with _alone(database):
        if current(database) != head(database.service):
            _alembic(database)
    return True


def _schema(database: Database) -> str | None:
    return None if database.dialect == "sqlite" else database.service


def _prepare(database: Database) -> None:
    """Make the place for the tables: the folder, or the schema."""
    if database.dialect == "sqlite":
        Path(str(database.engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
        return
    with database.engine.begin() as connection:
        known = connection.execute(
            text("SELECT 1 FROM information_schema.schemata WHERE schema_name = :s"), {"s": database.service}
        )
        if known.first() is None:
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{database.service}"'))


@contextlib.contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Nobody else migrates this database meanwhile."""
    if database.dialect == "sqlite":
        from services.chassis.locks import file_lock

        with file_lock(Path(str(database.engine.url.database) + ".migrating"), wait=True):
            yield
        return
    with database.engine.connect() as connection:
        connection.execute(
            text("SELECT pg_advisory_lock(hashtext(:name))"), {"name": f"convene-migrate-{database.service}"}
        )
        try:
            yield
        finally:
            connection.execute(
                text("SELECT pg_advisory_unlock(hashtext(:name))"), {"name": f"convene-migrate-{database.service}"}
            )


def _alembic(database: Database) -> None:
    # Loaded here because Alembic costs a third of a second and is needed only when there is something to migrate.
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    folder = Path(str(importlib.import_module(f"services.{database.service}.migrations").__file__)).parent
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["engine"] = database.engine
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise MigrationError(
            f"The data of the service {database.service} is at revision {current(database)}, which this "
            f"version of Convene does not know"
            f" ({error}). It was made by a newer version: run that version, or restore a backup made by this one."
        ) from None


def run() -> None:
    """Called by each service's `migrations/env.py`: run the migrations on the connection that `upgrade` gave."""
    from alembic import context

    engine: Engine = context.config.attributes["engine"]
    # A connection of its own: the pooled ones have begun their own way (BEGIN IMMEDIATE).
    migrating = create_engine(engine.url, poolclass=pool.NullPool) if engine.dialect.name == "sqlite" else engine
    with migrating.connect() as connection:
        context.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def create_chassis_tables(operations: Any) -> None:
    """Create the chassis's tables; called by the first migration of each service with Alembic's `op`."""
    connection: Connection = operations.get_bind()
    CHASSIS.create_all(connection, checkfirst=False)
