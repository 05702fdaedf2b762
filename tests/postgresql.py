"""A PostgreSQL database for one test or one measurement."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

import psycopg

ITS_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of a new, empty database on the server (a URL whose role may make databases); dropped afterwards.

    `DROP … WITH (FORCE)` is refused when the server itself happens to be vacuuming the database, whose sessions the role may not
    end. A plain DROP ends that one and waits for it; the role's own sessions are ended here.
    """
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(ITS_SESSIONS, [name])
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
