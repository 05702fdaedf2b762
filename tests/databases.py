"""Databases of one test or one measurement: with all tables at once, or empty.

Migrating takes a third of a second a service, and thousands of tests want tables: each process migrates once, and copies.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg

from services import embedded
from services.chassis import migrations
from services.chassis.database import Database
from services.chassis.settings import Settings

ITS_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"


def with_tables(database: Database) -> None:
    """Make the service's tables; on SQLite, where there is no file yet, as a copy of one that was migrated before."""
    file = Path(str(database.engine.url.database))
    if database.dialect == "sqlite" and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_migrated(database.service), file)
    else:
        migrations.upgrade(database)


@functools.cache
def _migrated(service: str) -> Path:
    """A SQLite file with the service's tables and nothing in them."""
    folder = _folder()
    database = Database.open(Settings.from_env({"CONVENE_DATA_DIR": str(folder)}), service)
    migrations.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / f"{service}.sqlite"


@functools.cache
def _folder() -> Path:
    made = tempfile.TemporaryDirectory(prefix="convene-migrated-")
    _kept.append(made)
    return Path(made.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []
"""Deleted when the process ends."""


@contextlib.contextmanager
def template(server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the tables of every service, to be given to `fresh_database`."""
    with fresh_database(server) as url:
        environ = {"CONVENE_DATABASE_URL": url, "CONVENE_PUBLIC_URL": "https://convene.example"}
        settings = Settings.from_env(environ | {"CONVENE_ADDRESS_KEY": "k" * 64})
        for service in embedded.NAMES:
            database = Database.open(settings, service)
            migrations.upgrade(database)
            database.close()
        yield url.rpartition("/")[2]


@contextlib.contextmanager
def fresh_database(server: str, like: str = "template1") -> Iterator[str]:
    """The URL of a new database on the server (a URL whose role may make databases), a copy of `like`; dropped afterwards.

    `DROP … WITH (FORCE)` is refused when the server itself happens to be vacuuming the database, whose sessions the role may not
    end. A plain DROP ends that one and waits for it; the role's own sessions are ended here.
    """
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(ITS_SESSIONS, [name])
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
